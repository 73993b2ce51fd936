/*
 * Reading one profile of a policy.  For policy_read.c; others call
 * csg_policy_parse().
 */
#ifndef CSG_POLICY_PROFILE_READ_H
#define CSG_POLICY_PROFILE_READ_H

#include "lib/policy/policy.h"

/*
 * One profile into pr, which is the last of p->profiles; users, groups, keys
 * and statements of p are complete.  *pr is freed with p, whatever happens.
 * PARSE with position.
 */
enum csg_rc csg_profile_read(const struct csg_node *n,
    const struct csg_policy *p, struct csg_profile *pr, struct csg_err *err);

#endif
