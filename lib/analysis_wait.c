/* From a request to its quorum. */
#include <stdlib.h>
#include <string.h>

#include "lib/analysis.h"

/* An entry's votes as ballots, and the lists of what they cite. */
struct ballots {
	struct csg_ballot *b;
	size_t *cites;
};

static enum csg_rc
ballots_init(
    struct ballots *bs, const struct csg_logged *e, struct csg_err *err)
{
	size_t i, cites = 0;

	for (i = 0; i < e->nvotes; i++)
		cites += e->votes[i]->ncites;
	bs->b = calloc(e->nvotes + 1, sizeof(*bs->b));
	bs->cites = calloc(cites + 1, sizeof(*bs->cites));
	if (bs->b == NULL || bs->cites == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

static void
ballots_clear(struct ballots *bs)
{
	free(bs->b);
	free(bs->cites);
}

static bool
does_cite(const struct csg_endorsement *v, const struct csg_id *id)
{
	return v->ncites > 0 &&
	    bsearch(id, v->cites, v->ncites, sizeof(*v->cites), csg_id_cmp) !=
	    NULL;
}

/* The ledger has eligible votes only, so each is worth what it says. */
static void
ballots_fill(
    struct ballots *bs, const struct csg_policy *p, const struct csg_logged *e)
{
	const struct csg_endorsement *v;
	size_t *next = bs->cites;
	size_t i, j;

	for (i = 0; i < e->nvotes; i++) {
		v = e->votes[i];
		bs->b[i] = (struct csg_ballot){ .user = csg_policy_user(
						    p, v->head.author),
			.vote = v->vote,
			.time = v->head.time,
			.cites = next };
		if (v->statement != NULL)
			bs->b[i].statement =
			    csg_policy_statement(p, v->statement);
		for (j = 0; j < e->nvotes; j++)
			if (does_cite(v, &e->votes[j]->id))
				next[bs->b[i].ncites++] = j;
		next += bs->b[i].ncites;
	}
}

/* When the route of the claim was complete, or CSG_NEVER. */
static enum csg_rc
find_completion(const struct csg_policy *p, const struct csg_logged *e,
    int64_t *out, struct csg_err *err)
{
	const struct csg_profile *pr = csg_policy_profile(p, e->claim->profile);
	struct ballots bs = { NULL, NULL };
	struct csg_quorum q = { .users = p->nusers,
		.requester = csg_policy_user(p, e->request->head.author),
		.nballots = e->nvotes,
		.time = e->claim->time };
	size_t r;
	enum csg_rc rc;

	*out = CSG_NEVER;
	for (r = 0; pr != NULL && r < pr->nroutes; r++)
		if (strcmp(pr->routes[r].name, e->claim->route) == 0)
			break;
	if (pr == NULL || r == pr->nroutes)
		return CSG_OK;
	q.routes = pr->quorum;
	q.nroutes = pr->nroutes;
	if ((rc = ballots_init(&bs, e, err)) == CSG_OK) {
		ballots_fill(&bs, p, e);
		q.ballots = bs.b;
		rc = csg_quorum_completed(&q, r, out, err);
	}
	ballots_clear(&bs);
	return rc;
}

static int64_t
last_approval(const struct csg_logged *e)
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
csg_analysis_wait(const struct csg_policy *p, const struct csg_logged *e,
    int64_t *out, struct csg_err *err)
{
	int64_t asked = e->request->head.time, done = CSG_NEVER;
	enum csg_rc rc;

	if (p != NULL && (rc = find_completion(p, e, &done, err)) != CSG_OK)
		return rc;
	if (done == CSG_NEVER)
		done = last_approval(e);
	*out = done == CSG_NEVER ? CSG_NEVER : done < asked ? 0 : done - asked;
	return CSG_OK;
}
