/*
 * Lint: what is allowed in a policy but unwise.
 */
#ifndef CSG_EXPLAIN_LINT_H
#define CSG_EXPLAIN_LINT_H

#include "lib/policy/policy.h"

#define CSG_SOON INT64_C(2592000) /* 30 days: reported as expiring soon */

struct csg_warning {
	struct csg_at at;
	char *text;
};

struct csg_warnings {
	struct csg_warning *v; /* in the order of the policy's text */
	size_t n;
};

/* *out is filled in if CSG_OK is returned, and freed with
 * csg_warnings_clear(). */
enum csg_rc csg_lint(const struct csg_policy *p, int64_t now,
    struct csg_warnings *out, struct csg_err *err);
void csg_warnings_clear(struct csg_warnings *w);

#endif
