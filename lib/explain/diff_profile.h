/*
 * Diff of a profile: what it signs, who may request, veto and operate, its
 * routes and its limits.  Only csg_policy_diff() uses this.
 */
#ifndef CSG_EXPLAIN_DIFF_PROFILE_H
#define CSG_EXPLAIN_DIFF_PROFILE_H

#include "lib/explain/diff_entry.h"

/* Compare a of the old policy with b of the new one; both have the same
 * name. */
void csg_diff_profile(struct csg_diff *d, const struct csg_profile *a,
    const struct csg_profile *b);

#endif
