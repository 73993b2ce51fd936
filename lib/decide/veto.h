/*
 * Veto: the rejections in a case, found apart from everything else.
 *
 * Whatever else is wrong with a request or its votes, a valid rejection stops
 * it for good: also one that came too late or is older than its request.
 */
#ifndef CSG_DECIDE_VETO_H
#define CSG_DECIDE_VETO_H

#include "lib/message/case.h"

struct csg_rejection {
	size_t vote; /* of the case */
	size_t user; /* of the case's policy */
};

struct csg_veto {
	struct csg_rejection *found; /* one of each person */
	size_t n;
	struct csg_err why; /* VETO, and by whom; or CSG_OK */
};

/*
 * Find every rejection in a case that was verified: signed by a member of the
 * request's policy who may vote or veto, or by the requester, naming this
 * request and its policy, and not more than a moment ahead of time.  newest is a
 * later policy, or NULL: rejections by keys that it calls compromised are left
 * out.  Of several
 * by one person the last in the case is found.
 *
 * out is to be cleared, whatever comes back.  IO when memory was too short to
 * tell: then a rejection may be among them.
 */
enum csg_rc csg_veto_find(const struct csg_case *c, int64_t time,
    const struct csg_policy *newest, struct csg_veto *out, struct csg_err *err);
void csg_veto_clear(struct csg_veto *v);

#endif
