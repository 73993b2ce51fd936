/*
 * Rejections of a request, heard apart from everything else.
 *
 * Whatever else is wrong with a request or its votes, a valid rejection stops
 * it for good: before the request is judged, and where a crash left a claim
 * that only waits to be completed.
 */
#ifndef CSG_SIGN_REJECTIONS_H
#define CSG_SIGN_REJECTIONS_H

#include "lib/message/case.h"
#include "lib/ledger/ledger.h"
#include "lib/policy/policy.h"

struct csg_veto_in {
	const struct csg_case *messages;
	/* the request's policy is looked for among these */
	const struct csg_policy *const *policies;
	size_t n;
	int64_t now;
	struct csg_ledger *ledger; /* where they are remembered, or NULL */
};

/* So many rejections of one person are remembered in a day at the most, so that
 * nobody can fill the disk. */
#define CSG_REJECTIONS 256

/*
 * Hear every rejection among the candidates: one that is signed by a member
 * who may vote or veto, names this request and its policy, and is not from the
 * future.  *veto says VETO, and by whom, if one stops the request, and is left
 * alone else.
 *
 * One of each person is remembered, if the request's author signed it and
 * csg_request_long_expired() says no.  Those that were before stand last among the
 * candidates.
 *
 * Never CSG_OK when memory was too short to tell: then a rejection may be among
 * them.
 */
enum csg_rc csg_veto_find(
    const struct csg_veto_in *h, struct csg_err *veto, struct csg_err *err);

/* The verdict of a tally, but VETO where that is "yes" or "not yet" and a
 * rejection was heard: the tally leaves out what is older than the request. */
enum csg_rc csg_veto_apply(
    const struct csg_err *veto, enum csg_rc verdict, struct csg_err *err);

/* The rejections of earlier runs, added to a bundle. */
enum csg_rc csg_veto_load(struct csg_ledger *l, const struct csg_id *request,
    struct csg_bundle *out, struct csg_err *err);

#endif
