/*
 * Reading one profile of a policy.  Only policy_read.c uses this; others call
 * csg_policy_parse().
 */
#ifndef CSG_POLICY_PROFILE_READ_H
#define CSG_POLICY_PROFILE_READ_H

#include "lib/policy/policy.h"

/*
 * Read one profile into pr, which is the last of p->profiles.  The users,
 * groups, keys and statements of p must be complete.  *pr is freed with p,
 * even after a failure.  PARSE with position.
 */
enum csg_rc csg_profile_read(const struct csg_node *n,
    const struct csg_policy *p, struct csg_profile *pr, struct csg_err *err);

#endif
