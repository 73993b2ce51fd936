/*
 * Explain: a policy in plain sentences, as one would tell a colleague.
 *
 * What is said is said of the policy as it was parsed, never of its text, so
 * that it is the rule that csg-sign and csg-verify apply.  Lines have at most
 * 78 columns, unless a single word is longer.
 */
#ifndef CSG_EXPLAIN_EXPLAIN_H
#define CSG_EXPLAIN_EXPLAIN_H

#include "lib/policy/policy.h"

/* Who may ask, who must approve, who can stop it, and when it is signed. */
enum csg_rc csg_explain_profile(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_buf *out, struct csg_err *err);

/* The policy itself, then each profile, with a blank line between. */
enum csg_rc csg_explain_policy(
    const struct csg_policy *p, struct csg_buf *out, struct csg_err *err);

#endif
