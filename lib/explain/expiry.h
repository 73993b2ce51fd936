/*
 * Expiry: when parts of a policy expire, and who owned the revoked keys.
 */
#ifndef CSG_EXPLAIN_EXPIRY_H
#define CSG_EXPLAIN_EXPIRY_H

#include "lib/policy/policy.h"

/* How long before its end something is reported as expiring: 90 days, which
 * leaves time for a new policy. */
#define CSG_EXPIRING INT64_C(7776000) /* 90 days */

struct csg_expiry {
	const char *what; /* "person", "key", "policy"; static */
	const char *name; /* borrowed from the policy, as is cert */
	const struct csg_cert *cert; /* NULL for the policy itself */
	int64_t time;
	/* when the last of the person's other certificates expires; 0 if there
	 * is none */
	int64_t other;
};

/* List everything that expires, sorted by time.  *out is the caller's
 * (free). */
enum csg_rc csg_expiry_list(const struct csg_policy *p, struct csg_expiry **out,
    size_t *n, struct csg_err *err);

/* The owner of a key, in the newest of the policies that have it: returns the
 * name, and sets *what to "person" or "key"; both are NULL if none has it. */
const char *csg_expiry_owner(const struct csg_policy *const *policies, size_t n,
    const struct csg_id *spki, const char **what);

#endif
