/*
 * Policy: who may have what signed, with which key, approved by whom.
 *
 * A struct csg_policy exists only if the whole document is sound; every tool
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
extern const char *const csg_format_words[]; /* ended by NULL */

/* A list of groups, by index. */
struct csg_groups {
	size_t *g;
	size_t n;
};

/* One alternative; rules[i].clauses run parallel to groups. */
struct csg_profile_route {
	struct csg_at at;
	char *name; /* "normal" for the profile's own */
	size_t *groups; /* [nclauses] */
	bool emergency;
};

/* What a request may ask for at most; 0: no limit. */
struct csg_limit {
	uint64_t artifacts; /* a request */
	uint64_t bytes; /* an artifact */
	uint64_t signatures; /* of the profile, in a period */
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
	struct csg_groups reject; /* n 0: whoever is in a clause */
	bool *may_veto; /* [nusers], of reject; or NULL */
	struct csg_groups operators; /* n 0: anyone may run csg-sign */
	bool inspect; /* blind approvals don't count */
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
	size_t policy_key, ledger_key; /* of keys */
	/* by name, users whatever their case; revoked by public key */
	struct csg_index by_user, by_group, by_key, by_statement, by_profile,
	    by_revoked;
};

/*
 * Read a policy's YAML and check everything that can be checked without a
 * clock.  The first error refuses it, as "LINE:COLUMN: rule".
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

/* The number of a statement from 1 on; 0 when the policy has none such. */
unsigned csg_policy_statement(const struct csg_policy *p, const char *name);

/* Whose key is it?  The user's index and certificate, or CSG_NONE. */
size_t csg_policy_owner(const struct csg_policy *p, const struct csg_id *spki,
    const struct csg_cert **cert);

/* Is the user in one of the groups? */
bool csg_policy_in_groups(
    const struct csg_policy *p, const struct csg_groups *groups, size_t user);

/* May the user ask for signatures / approve / reject under the profile? */
bool csg_policy_may_request(
    const struct csg_policy *p, const struct csg_profile *pr, size_t user);
bool csg_policy_may_endorse(const struct csg_profile *pr, size_t user);
bool csg_policy_may_reject(const struct csg_profile *pr, size_t user);

/* Does an artifact's name (as in messages) match a pattern of the profile?
 * As fnmatch(3) with FNM_PATHNAME: '*' stops at '/'. */
bool csg_policy_name_fits(const struct csg_profile *pr, const char *name);

/* The policy's word on a public key, or NULL. */
const struct csg_revocation *csg_policy_revoked(
    const struct csg_policy *p, const struct csg_id *spki);

/* Does newest (or NULL: none) say that the key was compromised by time t? */
bool csg_policy_compromised(
    const struct csg_policy *newest, const struct csg_id *spki, int64_t t);

/* Is the policy in force at t for the profile?  An expired policy still
 * serves the profile "policy".  EXPIRED. */
enum csg_rc csg_policy_in_force(const struct csg_policy *p,
    const struct csg_profile *pr, int64_t t, struct csg_err *err);

#endif
