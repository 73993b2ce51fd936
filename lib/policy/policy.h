/*
 * Policy: who may have what signed, with which key, and approved by whom.
 *
 * A struct csg_policy exists only if the whole document is valid; every tool
 * reads policies through csg_policy_parse() and so refuses the same ones.
 * All fields are read-only for callers.  csg-policy(5) is the reference.
 */
#ifndef CSG_POLICY_POLICY_H
#define CSG_POLICY_POLICY_H

#include "lib/crypto/cert.h"
#include "lib/policy/index.h"
#include "lib/policy/quorum.h"
#include "lib/codec/yaml.h"

#define CSG_POLICY_MAX (4 * 1024 * 1024) /* bytes of YAML */
#define CSG_USER_CERTS 4
#define CSG_LIFETIME INT64_C(604800) /* default: 7 days */

struct csg_user {
	struct csg_at at;
	char *name;
	char *email; /* or NULL */
	struct csg_cert **certs;
	size_t ncerts;
};

struct csg_group {
	char *name;
	bool *member; /* [nusers] */
	size_t n;
};

struct csg_key {
	struct csg_at at;
	char *name;
	char *uri;
	struct csg_cert *cert;
	bool pss; /* RSA keys: PSS instead of PKCS#1 */
};

enum csg_format_id { CSG_FORMAT_POLICY, CSG_FORMAT_CMS, CSG_FORMAT_RAW };
#define CSG_NFORMAT 3
extern const char *const csg_format_words[]; /* terminated by NULL */

/* A list of groups, by index. */
struct csg_groups {
	size_t *g;
	size_t n;
};

/* One alternative; the groups are parallel to the clauses of its rule. */
struct csg_profile_route {
	struct csg_at at;
	char *name; /* "normal" for the profile's own */
	size_t *groups; /* [nclauses] */
	bool emergency;
};

/* The most that requests can ask for; 0: no limit. */
struct csg_limit {
	uint64_t artifacts; /* per request */
	uint64_t bytes; /* per artifact */
	uint64_t signatures; /* under the profile, per period */
	int64_t period; /* seconds */
};

struct csg_profile {
	struct csg_at at;
	char *name;
	size_t key;
	enum csg_format_id format;
	struct csg_groups requesters;
	struct csg_profile_route *routes;
	struct csg_rule *rules; /* parallel to routes */
	size_t nroutes;
	struct csg_groups reject; /* n 0: every member of a clause */
	bool *may_veto; /* [nusers], members of reject; or NULL */
	struct csg_groups operators; /* n 0: anyone may run csg-sign */
	bool inspect; /* blind approvals do not count */
	int64_t request_life, vote_life; /* seconds */
	struct csg_limit limit;
	char **names; /* patterns of artifact names */
	size_t nnames; /* 0: any name */
};

struct csg_revocation {
	struct csg_id spki;
	int64_t since;
	bool compromised; /* else: left */
};

struct csg_policy {
	struct csg_id id; /* SHA-256 of the YAML */
	char *name;
	uint64_t version;
	struct csg_id previous; /* zero in version 1 */
	int64_t issued, expires;
	uint64_t epoch; /* of the ledger, from 1 */
	struct csg_user *users;
	size_t nusers;
	struct csg_group *groups;
	size_t ngroups;
	struct csg_key *keys;
	size_t nkeys;
	char **statements; /* a clause's statement is the index + 1 */
	size_t nstatements;
	struct csg_profile *profiles;
	size_t nprofiles;
	struct csg_revocation *revoked;
	size_t nrevoked;
	size_t policy_key, ledger_key; /* indexes into keys */
	/* by name (users case-folded); revoked by public key */
	struct csg_index by_user, by_group, by_key, by_statement, by_profile,
	    by_revoked;
};

/*
 * Read a policy's YAML and check everything that can be checked without a
 * clock.  The first error found is returned, as "LINE:COLUMN: rule".  *out is
 * the caller's (csg_policy_free), NULL on failure.  PARSE, TEXT, DUPKEY,
 * REVOKED, or as csg_certs_read().
 */
enum csg_rc csg_policy_parse(
    const void *yaml, size_t len, struct csg_policy **out, struct csg_err *err);
void csg_policy_free(struct csg_policy *p);

/* Index by name, or CSG_NONE. */
size_t csg_policy_user(const struct csg_policy *p, const char *name);
size_t csg_policy_group(const struct csg_policy *p, const char *name);
size_t csg_policy_key(const struct csg_policy *p, const char *name);
const struct csg_profile *csg_policy_profile(
    const struct csg_policy *p, const char *name);

/* The number of a statement, from 1; 0 if the policy does not list it. */
unsigned csg_policy_statement(const struct csg_policy *p, const char *name);

/* Whose key is it?  Returns the user's index, with the certificate of that key
 * in *cert, or CSG_NONE.  cert may be NULL. */
size_t csg_policy_owner(const struct csg_policy *p, const struct csg_id *spki,
    const struct csg_cert **cert);

/* Is the user a member of one of the groups? */
bool csg_policy_in_groups(
    const struct csg_policy *p, const struct csg_groups *groups, size_t user);

/* May the user request signatures / approve / reject under the profile? */
bool csg_policy_may_request(
    const struct csg_policy *p, const struct csg_profile *pr, size_t user);
bool csg_policy_may_endorse(const struct csg_profile *pr, size_t user);
bool csg_policy_may_reject(const struct csg_profile *pr, size_t user);

/* Does an artifact's name (as in messages) match a pattern of the profile, or
 * has the profile no patterns?  Patterns are those of fnmatch(3) with
 * FNM_PATHNAME: '*' does not match '/'. */
bool csg_policy_name_fits(const struct csg_profile *pr, const char *name);

/* The policy's revocation of a public key, or NULL. */
const struct csg_revocation *csg_policy_revoked(
    const struct csg_policy *p, const struct csg_id *spki);

/* Does newest (NULL: no) say that the key was compromised at or before t? */
bool csg_policy_compromised(
    const struct csg_policy *newest, const struct csg_id *spki, int64_t t);

/* Is the policy valid at t for the profile?  An expired policy still serves
 * the profile "policy".  EXPIRED. */
enum csg_rc csg_policy_in_force(const struct csg_policy *p,
    const struct csg_profile *pr, int64_t t, struct csg_err *err);

#endif
