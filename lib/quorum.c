#include <stdlib.h>
#include <string.h>

#include "lib/quorum.h"

/*
 * A maximum bipartite matching of people to clauses, where a clause has
 * "need" places: augmenting paths, one person at a time.
 */
struct matching {
	const struct csg_route *route;
	size_t users;
	size_t *place; /* [users] clause or NOBODY */
	size_t *filled; /* [clauses] */
	bool *tried; /* [clauses] on this path */
};

static enum csg_rc
matching_init(struct matching *m, size_t users, const struct csg_route *route,
    struct csg_err *err)
{
	size_t u;

	memset(m, 0, sizeof(*m));
	m->route = route;
	m->users = users;
	m->place = calloc(users + 1, sizeof(*m->place));
	m->filled = calloc(route->nclauses + 1, sizeof(*m->filled));
	m->tried = calloc(route->nclauses + 1, sizeof(*m->tried));
	if (m->place == NULL || m->filled == NULL || m->tried == NULL)
		return csg_fail_mem(err);
	for (u = 0; u < users; u++)
		m->place[u] = CSG_NOBODY;
	return CSG_OK;
}

static void
matching_clear(struct matching *m)
{
	free(m->place);
	free(m->filled);
	free(m->tried);
}

/*
 * Find a place for u: a free one, or one whose holder can move on.  Each
 * clause is tried once a path, so the depth is that of the clauses.
 */
static bool
seat(struct matching *m, size_t u)
{
	const struct csg_clause *clause;
	size_t c, v;

	for (c = 0; c < m->route->nclauses; c++) {
		clause = &m->route->clauses[c];
		if (m->tried[c] || !clause->member[u])
			continue;
		m->tried[c] = true;
		if (m->filled[c] < clause->need) {
			m->filled[c]++;
			m->place[u] = c;
			return true;
		}
		for (v = 0; v < m->users; v++)
			if (m->place[v] == c && seat(m, v)) {
				/* v left a place here */
				m->place[u] = c;
				return true;
			}
	}
	return false;
}

static size_t
match(struct matching *m, const bool *approves)
{
	size_t u, n = 0;

	for (u = 0; u < m->users; u++) {
		if (!approves[u])
			continue;
		memset(m->tried, 0, m->route->nclauses * sizeof(*m->tried));
		if (seat(m, u))
			n++;
	}
	return n;
}

static size_t
places(const struct csg_route *route)
{
	size_t c, n = 0;

	for (c = 0; c < route->nclauses; c++)
		n += route->clauses[c].need;
	return n;
}

/* Is u a member of any clause of any route? */
static bool
could_count(const struct csg_quorum *q, size_t u)
{
	size_t r, c;

	for (r = 0; r < q->nroutes; r++)
		for (c = 0; c < q->routes[r].nclauses; c++)
			if (q->routes[r].clauses[c].member[u])
				return true;
	return false;
}

/* Sort the ballots: who approves, who vetoes. */
static bool
read_ballots(const struct csg_quorum *q, bool *approves, bool *vetoes)
{
	const struct csg_ballot *b;
	size_t i;
	bool veto = false;

	for (i = 0; i < q->nballots; i++) {
		b = &q->ballots[i];
		if (b->user >= q->users)
			continue;
		if (b->vote == CSG_REJECT &&
		    (b->user == q->requester || could_count(q, b->user)))
			veto = vetoes[b->user] = true;
		if (b->vote == CSG_APPROVE && b->user != q->requester)
			approves[b->user] = true;
	}
	return veto;
}

/* Decide route r; it replaces what out says if it is nearer to met. */
static enum csg_rc
try_route(const struct csg_quorum *q, size_t r, const bool *approves,
    struct csg_decision *out, struct csg_err *err)
{
	struct matching m;
	size_t have, need;

	if (matching_init(&m, q->users, &q->routes[r], err) != CSG_OK) {
		matching_clear(&m);
		return CSG_TROUBLE;
	}
	have = match(&m, approves);
	need = places(&q->routes[r]);
	if (out->place == NULL || need - have < out->need - out->have) {
		free(out->place);
		free(out->filled);
		out->place = m.place; /* transferred */
		out->filled = m.filled; /* transferred */
		m.place = m.filled = NULL;
		out->route = r;
		out->have = have;
		out->need = need;
	}
	matching_clear(&m);
	return CSG_OK;
}

enum csg_rc
csg_quorum_decide(
    const struct csg_quorum *q, struct csg_decision *out, struct csg_err *err)
{
	bool *approves, veto;
	size_t r;
	enum csg_rc rc = CSG_OK;

	memset(out, 0, sizeof(*out));
	approves = calloc(q->users + 1, sizeof(*approves));
	out->vetoed_by = calloc(q->users + 1, sizeof(*out->vetoed_by));
	if (approves == NULL || out->vetoed_by == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	veto = read_ballots(q, approves, out->vetoed_by);
	for (r = 0; r < q->nroutes && rc == CSG_OK; r++)
		rc = try_route(q, r, approves, out, err);
	if (rc == CSG_OK && veto)
		out->verdict = CSG_VETOED;
	else if (rc == CSG_OK && out->place != NULL && out->need > 0 &&
	    out->have == out->need)
		out->verdict = CSG_MET;
out:
	free(approves);
	if (rc != CSG_OK)
		csg_decision_clear(out);
	return rc;
}

void
csg_decision_clear(struct csg_decision *d)
{
	free(d->place);
	free(d->filled);
	free(d->vetoed_by);
	memset(d, 0, sizeof(*d));
}

enum csg_rc
csg_quorum_reachable(size_t users, size_t requester,
    const struct csg_route *route, bool *out, struct csg_err *err)
{
	struct matching m;
	bool *all;
	size_t u;
	enum csg_rc rc;

	*out = false;
	if ((all = calloc(users + 1, sizeof(*all))) == NULL)
		return csg_fail_mem(err);
	for (u = 0; u < users; u++)
		all[u] = u != requester;
	if ((rc = matching_init(&m, users, route, err)) == CSG_OK)
		*out = match(&m, all) == places(route);
	matching_clear(&m);
	free(all);
	return rc;
}
