/*
 * Request: which artifacts are to be signed, under which profile, and why.
 */
#ifndef CSG_MESSAGE_REQUEST_H
#define CSG_MESSAGE_REQUEST_H

#include "lib/message/artifact.h"
#include "lib/message/header.h"

#define CSG_MAX_ARTIFACTS 100000
/* DER of a request for a policy: the chain, and so every proof, contains it */
#define CSG_MAX_POLICY_REQUEST (256 * 1024)

struct csg_request {
	struct csg_header head;
	struct csg_id id;
	char *profile;
	char *why;
	int64_t expires;
	struct csg_artifact *artifacts;
	size_t n; /* 0 if a key is to be destroyed */
	char *destroy; /* name of that key, or NULL */
	struct csg_id destroy_key; /* its public key */
};

/* Read a request and check its form: names are unique (case-folded) and
 * encoded; it has artifacts or a key to destroy.  *out is the caller's
 * (csg_request_free).  TYPE, PARSE, TEXT, EXPIRED. */
enum csg_rc csg_request_read(const struct csg_envelope *e,
    struct csg_request **out, struct csg_err *err);
void csg_request_free(struct csg_request *r);

/* Append the YAML of a request; its id is ignored. */
enum csg_rc csg_request_write(
    const struct csg_request *r, struct csg_buf *out, struct csg_err *err);

/* "20261123-lusab-babad": the day and two words of the id. */
#define CSG_SHORT_LEN 24
const char *csg_request_short(
    const struct csg_request *r, char out[CSG_SHORT_LEN]);
/* The same for a request that was not read yet. */
const char *csg_envelope_short(
    const struct csg_envelope *request, char out[CSG_SHORT_LEN]);

/* A founding request names its only artifact as its policy. */
bool csg_request_is_founding(const struct csg_request *r);

/*
 * Check that this request, which by's key signed, can be decided at time t
 * under p, the policy that it names: profile, the requester's right, limits
 * and names, lifetimes, policy in force.  e is the request's envelope;
 * *profile is borrowed from p.  PROFILE, GROUP, LIMIT, NAME, EXPIRED.
 */
enum csg_rc csg_request_check(const struct csg_request *r,
    const struct csg_envelope *e, const struct csg_policy *p,
    const struct csg_author *by, int64_t t, const struct csg_profile **profile,
    struct csg_err *err);

/*
 * Did it expire more than a day before t, by its own expiry or by its
 * profile's lifetime (0 if the policy lacks the profile)?  If the clock is far
 * ahead, every request has, and a ledger with an entry of that time would sign
 * nothing until then; so refusals of such a request are not recorded.
 */
bool csg_request_long_expired(
    const struct csg_request *r, const struct csg_policy *p, int64_t t);

#endif
