/*
 * Recount: the decision if some people had not voted, or others had.
 */
#ifndef CSG_DECIDE_RECOUNT_H
#define CSG_DECIDE_RECOUNT_H

#include "lib/decide/tally.h"

/*
 * Decide again as if these people (names, NULL-terminated) had not voted:
 * their votes stay eligible but no longer count.  REVOKED if there would be no
 * signature: the quorum is not met, or one of them is the requester or the
 * operator.  t borrows the names.
 */
enum csg_rc csg_tally_without(
    struct csg_tally *t, char *const *names, struct csg_err *err);

/* A hypothetical vote. */
struct csg_trial_vote {
	size_t user;
	enum csg_vote vote;
	const char *statement; /* or NULL */
};

/*
 * Decide on n hypothetical votes at time t: each is valid, cites all those
 * before it, and was cast long enough ago for any cooling-off.  requester can
 * be CSG_NONE.  *out is the caller's (csg_tally_free) and borrows p and pr.
 */
enum csg_rc csg_tally_try(const struct csg_policy *p,
    const struct csg_profile *pr, size_t requester,
    const struct csg_trial_vote *votes, size_t n, int64_t t,
    struct csg_tally **out, struct csg_err *err);

#endif
