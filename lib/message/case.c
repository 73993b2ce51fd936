#include <stdlib.h>
#include <string.h>

#include "lib/message/case.h"

void
csg_case_clear(struct csg_case *c)
{
	free(c->votes);
	memset(c, 0, sizeof(*c));
}

/* Why is there no request?  A broken block is the likeliest. */
static enum csg_rc
no_request(const struct csg_bundle *b, struct csg_err *err)
{
	if (b->nbroken == 0)
		return csg_fail(
		    err, CSG_R_TYPE, "no request among the messages");
	if (err != NULL)
		*err = b->broken[0].err;
	return csg_err_prefix(err, "%s: ", b->broken[0].origin);
}

enum csg_rc
csg_case_sort(
    const struct csg_bundle *b, struct csg_case *out, struct csg_err *err)
{
	const struct csg_message *m;
	size_t i;

	memset(out, 0, sizeof(*out));
	if ((out->votes = calloc(b->n + 1, sizeof(*out->votes))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < b->n; i++) {
		m = &b->m[i];
		if (m->env->kind != CSG_REQUEST)
			out->votes[out->n++] = m;
		else if (out->request == NULL)
			out->request = m;
		else if (!csg_id_equal(&out->request->env->id, &m->env->id))
			return csg_fail(err, CSG_R_REQMISMATCH,
			    "two requests in one run: %s and %s",
			    out->request->origin, m->origin);
	}
	return out->request != NULL ? CSG_OK : no_request(b, err);
}

enum csg_rc
csg_case_add(
    struct csg_case *c, const struct csg_bundle *b, struct csg_err *err)
{
	const struct csg_message **all;
	size_t i;

	all = realloc(c->votes, (c->n + b->n + 1) * sizeof(*all));
	if (all == NULL)
		return csg_fail_mem(err);
	c->votes = all;
	for (i = 0; i < b->n; i++)
		c->votes[c->n++] = &b->m[i];
	return CSG_OK;
}

/* The message at *pos if it is of that kind, and *pos moves on. */
static const struct csg_message *
next_of(const struct csg_bundle *b, size_t *pos, enum csg_kind kind)
{
	if (*pos >= b->n || b->m[*pos].env->kind != kind)
		return NULL;
	return &b->m[(*pos)++];
}

static enum csg_rc
misplaced(const struct csg_bundle *b, size_t pos, const char *what,
    struct csg_err *err)
{
	return csg_fail(err, CSG_R_PARSE, "%s: a %s should stand here",
	    pos < b->n ? b->m[pos].origin : "end", what);
}

enum csg_rc
csg_case_take(const struct csg_bundle *b, size_t *pos, bool unsealed,
    struct csg_case *out, struct csg_err *err)
{
	const struct csg_message *m;

	memset(out, 0, sizeof(*out));
	if ((out->request = next_of(b, pos, CSG_REQUEST)) == NULL)
		return misplaced(b, *pos, "request", err);
	if ((out->votes = calloc(b->n, sizeof(*out->votes))) == NULL)
		return csg_fail_mem(err);
	while ((m = next_of(b, pos, CSG_ENDORSEMENT)) != NULL)
		out->votes[out->n++] = m;
	out->act = next_of(b, pos, CSG_ACT);
	if (!unsealed && (out->seal = next_of(b, pos, CSG_SEAL)) == NULL)
		return misplaced(b, *pos, "seal", err);
	if (!unsealed)
		out->receipt = next_of(b, pos, CSG_RECEIPT);
	return CSG_OK;
}
