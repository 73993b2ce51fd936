/*
 * Reading a policy: what policy_read.c and profile_read.c share.  For no one
 * else; callers use csg_policy_parse().
 */
#ifndef CSG_POLICY_POLICY_READ_H
#define CSG_POLICY_POLICY_READ_H

#include "lib/policy/policy.h"

/* Room for one element per child of a map or list, which must have some.
 * NULL: *err says why (PARSE with position, or out of memory). */
void *csg_read_array(
    const struct csg_node *n, size_t size, struct csg_err *err);

/* The key of a map's member as a name, copied, and where it stands; what it is
 * a name for. */
enum csg_rc csg_read_name(const struct csg_node *n, const char *what,
    char **out, struct csg_at *at, struct csg_err *err);

enum csg_rc csg_read_map(
    const struct csg_node *n, const char *what, struct csg_err *err);

/*
 * One profile into pr, which is the last of p->profiles; users, groups, keys
 * and statements of p are complete.  *pr is freed with p, whatever happens.
 */
enum csg_rc csg_profile_read(const struct csg_node *n,
    const struct csg_policy *p, struct csg_profile *pr, struct csg_err *err);

#endif
