#include <stdlib.h>
#include <string.h>

#include "lib/decide/ballots.h"

/* Does the vote cite the id?  Cites are in ascending order. */
static bool
does_cite(const struct csg_endorsement *v, const struct csg_id *id)
{
	return v->ncites > 0 &&
	    bsearch(id, v->cites, v->ncites, sizeof(*v->cites), csg_id_cmp) !=
	    NULL;
}

enum csg_rc
csg_ballots_make(const struct csg_policy *p,
    const struct csg_endorsement *const *votes, size_t n,
    struct csg_ballots *out, struct csg_err *err)
{
	const struct csg_endorsement *v;
	struct csg_ballot *b;
	size_t *next;
	size_t i, j, cites = 0;

	for (i = 0; i < n; i++)
		cites += votes[i]->ncites;
	out->n = n;
	out->b = calloc(n + 1, sizeof(*out->b));
	out->cites = calloc(cites + 1, sizeof(*out->cites));
	if (out->b == NULL || out->cites == NULL)
		return csg_fail_mem(err);
	next = out->cites;
	for (i = 0; i < n; i++) {
		v = votes[i];
		b = &out->b[i];
		*b = (struct csg_ballot){ .user = csg_policy_user(
					      p, v->head.author),
			.vote = v->vote,
			.time = v->head.time,
			.cites = next };
		if (v->statement != NULL)
			b->statement = csg_policy_statement(p, v->statement);
		for (j = 0; j < n; j++)
			if (does_cite(v, &votes[j]->id))
				next[b->ncites++] = j;
		next += b->ncites;
	}
	return CSG_OK;
}

void
csg_ballots_clear(struct csg_ballots *bs)
{
	free(bs->b);
	free(bs->cites);
	memset(bs, 0, sizeof(*bs));
}
