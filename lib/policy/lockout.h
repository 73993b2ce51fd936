/*
 * Lock-out: can the policy still be changed, and could it after one more
 * person left?
 */
#ifndef CSG_POLICY_LOCKOUT_H
#define CSG_POLICY_LOCKOUT_H

#include "lib/policy/policy.h"

/* *out: how many departures (0, 1, or 2 for more than one) leave nobody who
 * could change the policy.  People without a certificate that is valid at t
 * count as gone already. */
enum csg_rc csg_lockout_margin(
    const struct csg_policy *p, int64_t t, unsigned *out, struct csg_err *err);

/*
 * LOCKOUT if nobody could change the policy draft once it is in force, or if
 * one departure would lead to that.
 */
enum csg_rc csg_lockout_check(
    const struct csg_policy *draft, int64_t t, struct csg_err *err);

#endif
