/*
 * Ballots: votes in the form that quorum.h needs.
 */
#ifndef CSG_DECIDE_BALLOTS_H
#define CSG_DECIDE_BALLOTS_H

#include "lib/message/vote.h"

struct csg_ballots {
	struct csg_ballot *b; /* in the order of the votes */
	size_t n;
	size_t *cites; /* the lists of all ballots, concatenated */
};

/*
 * Make the ballots of n votes by users of the policy.  A ballot cites those of
 * the given votes whose ids its vote names.  Clear out even after a failure.
 * IO if out of memory.
 */
enum csg_rc csg_ballots_make(const struct csg_policy *p,
    const struct csg_endorsement *const *votes, size_t n,
    struct csg_ballots *out, struct csg_err *err);
void csg_ballots_clear(struct csg_ballots *bs);

#endif
