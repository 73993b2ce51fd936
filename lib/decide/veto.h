/*
 * Veto: the rejections in a case, found independently of everything else.
 *
 * A valid rejection stops a request for good, even if something else is wrong
 * with the request or its votes, and even if the rejection came late or is
 * older than the request.
 */
#ifndef CSG_DECIDE_VETO_H
#define CSG_DECIDE_VETO_H

#include "lib/message/case.h"

struct csg_rejection {
	size_t vote; /* index into the case's votes */
	size_t user; /* index into the users of the case's policy */
};

struct csg_veto {
	struct csg_rejection *found; /* one per person */
	size_t n;
	struct csg_err why; /* VETO, and by whom; CSG_OK if none stops it */
};

/*
 * Find every rejection in a case that was verified: signed by a user of the
 * request's policy who may vote or veto, or by the requester, naming this
 * request and its policy, and at most CSG_FUTURE_SLACK ahead of time.  newest
 * is a later policy, or NULL: rejections by keys that it calls compromised are
 * left out.  Of several by one person, the last in the case is found.
 *
 * Clear out even after a failure.  IO if out of memory: there may then be a
 * rejection.
 */
enum csg_rc csg_veto_find(const struct csg_case *c, int64_t time,
    const struct csg_policy *newest, struct csg_veto *out, struct csg_err *err);
void csg_veto_clear(struct csg_veto *v);

#endif
