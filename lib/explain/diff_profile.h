/*
 * Diff, a profile: what it signs, who may ask, veto and operate, its routes
 * and its limits.  Only csg_policy_diff() uses this.
 */
#ifndef CSG_EXPLAIN_DIFF_PROFILE_H
#define CSG_EXPLAIN_DIFF_PROFILE_H

#include "lib/explain/diff_entry.h"

/* a of the old policy and b of the new one, of one name. */
void csg_diff_profile(struct csg_diff *d, const struct csg_profile *a,
    const struct csg_profile *b);

#endif
