/*
 * Explain: a policy in plain sentences, as one would explain it to a colleague.
 *
 * The text is made from the parsed policy, never from its source text, so it
 * describes the rules that csg-sign and csg-verify apply.  Lines have at most
 * 78 columns, unless a single word is longer.
 */
#ifndef CSG_EXPLAIN_EXPLAIN_H
#define CSG_EXPLAIN_EXPLAIN_H

#include "lib/policy/policy.h"

/* Append who may make requests, who must approve, who can stop a request, and
 * when it is signed. */
enum csg_rc csg_explain_profile(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_buf *out, struct csg_err *err);

/* Append the policy itself, then each profile, separated by blank lines. */
enum csg_rc csg_explain_policy(
    const struct csg_policy *p, struct csg_buf *out, struct csg_err *err);

#endif
