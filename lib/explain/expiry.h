/*
 * Expiry: what in a policy expires when, and whose the revoked keys were.
 */
#ifndef CSG_EXPLAIN_EXPIRY_H
#define CSG_EXPLAIN_EXPIRY_H

#include "lib/policy/policy.h"

/* How long before its end something counts as expiring: a quarter, which leaves
 * time for a new policy. */
#define CSG_EXPIRING INT64_C(7776000) /* 90 days */

struct csg_expiry {
	const char *what; /* "person", "key", "policy"; static */
	const char *name; /* borrowed from the policy, as is cert */
	const struct csg_cert *cert; /* NULL: the policy itself */
	int64_t time;
	int64_t other; /* when the last of the person's other certificates
			 * expires; 0: there is none */
};

/* All that expires, in the order of time.  *out is the caller's (free). */
enum csg_rc csg_expiry_list(const struct csg_policy *p, struct csg_expiry **out,
    size_t *n, struct csg_err *err);

/* Whose key it was, in the newest of the policies that have it: the name, and
 * "person" or "key" in *what; both NULL when none has. */
const char *csg_expiry_owner(const struct csg_policy *const *policies, size_t n,
    const struct csg_id *spki, const char **what);

#endif
