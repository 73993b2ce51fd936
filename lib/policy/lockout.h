/*
 * Lock-out: can the policy still be changed, and by how thin a thread?
 */
#ifndef CSG_POLICY_LOCKOUT_H
#define CSG_POLICY_LOCKOUT_H

#include "lib/policy/policy.h"

/* How many departures (0, 1, or 2 for more) leave nobody who could change the
 * policy.  People whose certificates are not valid at t are gone already. */
enum csg_rc csg_lockout_margin(
    const struct csg_policy *p, int64_t t, unsigned *out, struct csg_err *err);

/*
 * LOCKOUT when a new policy would lock everybody out, or leaves the profile
 * policy one departure from it.
 */
enum csg_rc csg_lockout_check(
    const struct csg_policy *draft, int64_t t, struct csg_err *err);

#endif
