/* The time from a request to its quorum. */
#include <string.h>

#include "lib/report/analysis.h"
#include "lib/decide/ballots.h"

/* The time when the claim's route was complete, or CSG_NEVER. */
static enum csg_rc
quorum_time(const struct csg_policy *p, const struct csg_entry_view *e,
    int64_t *out, struct csg_err *err)
{
	const struct csg_profile *pr = csg_policy_profile(p, e->claim->profile);
	struct csg_ballots bs = { 0 };
	struct csg_quorum q = {
		.users = p->nusers,
		.requester = csg_policy_user(p, e->request->head.author),
		.time = e->claim->time,
	};
	size_t r;
	enum csg_rc rc;

	*out = CSG_NEVER;
	for (r = 0; pr != NULL && r < pr->nroutes; r++)
		if (strcmp(pr->routes[r].name, e->claim->route) == 0)
			break;
	if (pr == NULL || r == pr->nroutes)
		return CSG_OK;
	q.rules = pr->rules;
	q.nrules = pr->nroutes;
	/* the ledger holds only eligible votes, so each counts as it was
	 * cast */
	if ((rc = csg_ballots_make(p, e->votes, e->nvotes, &bs, err)) ==
	    CSG_OK) {
		q.ballots = bs.b;
		q.nballots = bs.n;
		rc = csg_quorum_completed(&q, r, out, err);
	}
	csg_ballots_clear(&bs);
	return rc;
}

static int64_t
last_approval(const struct csg_entry_view *e)
{
	int64_t last = CSG_NEVER;
	size_t i;

	for (i = 0; i < e->nvotes; i++)
		if (e->votes[i]->vote == CSG_APPROVE &&
		    (last == CSG_NEVER || e->votes[i]->head.time > last))
			last = e->votes[i]->head.time;
	return last;
}

enum csg_rc
csg_analysis_wait(const struct csg_policy *p, const struct csg_entry_view *e,
    int64_t *out, struct csg_err *err)
{
	int64_t asked = e->request->head.time, done = CSG_NEVER;
	enum csg_rc rc;

	if (p != NULL && (rc = quorum_time(p, e, &done, err)) != CSG_OK)
		return rc;
	if (done == CSG_NEVER)
		done = last_approval(e);
	*out = done == CSG_NEVER ? CSG_NEVER : done < asked ? 0 : done - asked;
	return CSG_OK;
}
