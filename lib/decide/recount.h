/*
 * Recount: what if some people had said nothing, or others something?
 */
#ifndef CSG_DECIDE_RECOUNT_H
#define CSG_DECIDE_RECOUNT_H

#include "lib/decide/tally.h"

/*
 * What if these people (names, NULL-terminated) had said nothing?  Decide
 * again: their votes stay eligible and count no more.  REVOKED when the
 * signature would not be there: the verdict is another, or one of them is the
 * requester or the operator.  t borrows the names.
 */
enum csg_rc csg_tally_without(
    struct csg_tally *t, char *const *names, struct csg_err *err);

/* A vote that somebody might cast. */
struct csg_trial_vote {
	size_t user;
	enum csg_vote vote;
	const char *statement; /* or NULL */
};

/*
 * What if?  The decision on votes that were never cast, at time t: each is
 * valid, cites all that stand before it, and came long enough ago for any
 * cooling-off.  requester may be CSG_NONE.  *out is the caller's
 * (csg_tally_free).
 */
enum csg_rc csg_tally_try(const struct csg_policy *p,
    const struct csg_profile *pr, size_t requester,
    const struct csg_trial_vote *votes, size_t n, int64_t t,
    struct csg_tally **out, struct csg_err *err);

#endif
