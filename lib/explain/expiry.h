/*
 * Expiry: what in a policy ends when, and which keys count no more.
 */
#ifndef CSG_EXPLAIN_EXPIRY_H
#define CSG_EXPLAIN_EXPIRY_H

#include "lib/policy/policy.h"

/* What is about to end: a quarter leaves time for a new policy. */
#define CSG_EXPIRING INT64_C(7776000) /* 90 days */

struct csg_expiry {
	const char *what; /* "person", "key", "policy"; static */
	const char *name; /* borrowed from the policy, as is cert */
	const struct csg_cert *cert; /* NULL: the policy itself */
	int64_t time;
	int64_t other; /* the last end of the person's other certificates, 0:
			  none */
};

/* All of them, the first to end first.  *out is the caller's (free). */
enum csg_rc csg_expiry_list(const struct csg_policy *p, struct csg_expiry **out,
    size_t *n, struct csg_err *err);

/* Whose key it was, in the newest of the policies that knew it: "person" or
 * "key" in *what, and the name; NULL when none did. */
const char *csg_expiry_owner(const struct csg_policy *const *policies, size_t n,
    const struct csg_id *spki, const char **what);

#endif
