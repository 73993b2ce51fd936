#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition_model.h"

/* ---- kinds of people ---- */

/* Are users a and b in the same of the groups that the profile names? */
static bool
have_same_parts(const struct csg_policy *p, const struct csg_profile *pr,
    size_t a, size_t b)
{
	const struct csg_rule *q;
	size_t r, c;

	if (csg_policy_in_groups(p, &pr->requesters, a) !=
		csg_policy_in_groups(p, &pr->requesters, b) ||
	    csg_policy_in_groups(p, &pr->operators, a) !=
		csg_policy_in_groups(p, &pr->operators, b))
		return false;
	for (r = 0; r < pr->nroutes; r++) {
		q = &pr->rules[r];
		for (c = 0; c < q->nclauses; c++)
			if (q->clauses[c].member[a] != q->clauses[c].member[b])
				return false;
	}
	return true;
}

static enum csg_rc
add_to_kind(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_coalitions *a, size_t user, struct csg_err *err)
{
	struct csg_coalition_kind *kind;
	size_t k;

	for (k = 0; k < a->nkinds; k++)
		if (have_same_parts(p, pr, a->kinds[k].users[0], user))
			break;
	kind = &a->kinds[k];
	if (k == a->nkinds) {
		kind->users = calloc(p->nusers, sizeof(*kind->users));
		if (kind->users == NULL)
			return csg_fail_mem(err);
		kind->may_ask = csg_policy_in_groups(p, &pr->requesters, user);
		kind->may_run = csg_policy_in_groups(p, &pr->operators, user);
		a->nkinds++;
	}
	kind->users[kind->n++] = user;
	return CSG_OK;
}

/* Kinds of requesters come first, which is the order that people expect. */
static enum csg_rc
find_kinds(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_coalitions *a, struct csg_err *err)
{
	size_t u;
	int others;
	bool asks;
	enum csg_rc rc;

	a->kinds = calloc(p->nusers + 1, sizeof(*a->kinds));
	if (a->kinds == NULL)
		return csg_fail_mem(err);
	for (others = 0; others < 2; others++)
		for (u = 0; u < p->nusers; u++) {
			asks = csg_policy_may_request(p, pr, u);
			if (asks != (others == 0) ||
			    (!asks && !csg_policy_may_endorse(pr, u) &&
				!csg_policy_in_groups(p, &pr->operators, u)))
				continue;
			if ((rc = add_to_kind(p, pr, a, u, err)) != CSG_OK)
				return rc;
		}
	return CSG_OK;
}

static enum csg_rc
read_route(struct csg_coalition_model *m, const struct csg_rule *rule,
    struct csg_coalition_rule *r, struct csg_err *err)
{
	const struct csg_coalition_kind *kind;
	size_t k, c;

	r->rule = rule;
	r->in = calloc(m->a->nkinds + 1, rule->nclauses * sizeof(*r->in));
	r->any = calloc(m->a->nkinds + 1, sizeof(*r->any));
	if (r->in == NULL || r->any == NULL)
		return csg_fail_mem(err);
	for (c = 0; c < rule->nclauses; c++)
		r->places += rule->clauses[c].need;
	for (k = 0; k < m->a->nkinds; k++) {
		kind = &m->a->kinds[k];
		for (c = 0; c < rule->nclauses; c++)
			if (rule->clauses[c].member[kind->users[0]])
				r->in[k * rule->nclauses + c] = r->any[k] =
				    true;
		if (r->any[k])
			r->members += kind->n;
	}
	return CSG_OK;
}

enum csg_rc
csg_coalition_model_init(struct csg_coalition_model *m,
    const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_coalitions *a, struct csg_err *err)
{
	size_t r, k, most = 1;
	enum csg_rc rc;

	memset(m, 0, sizeof(*m));
	m->a = a;
	m->operators = pr->operators.n > 0;
	a->routes = calloc(pr->nroutes + 1, sizeof(*a->routes));
	m->routes = calloc(pr->nroutes + 1, sizeof(*m->routes));
	if (a->routes == NULL || m->routes == NULL)
		return csg_fail_mem(err);
	a->nroutes = pr->nroutes;
	if ((rc = find_kinds(p, pr, a, err)) != CSG_OK)
		return rc;
	for (r = 0; r < pr->nroutes; r++) {
		rc = read_route(m, &pr->rules[r], &m->routes[r], err);
		if (rc != CSG_OK)
			return rc;
		if (pr->rules[r].nclauses > most)
			most = pr->rules[r].nclauses;
	}
	m->all = calloc(a->nkinds + 1, sizeof(*m->all));
	m->seated = calloc(a->nkinds + 1, most * sizeof(*m->seated));
	m->filled = calloc(most + 1, sizeof(*m->filled));
	m->tried = calloc(most + 1, sizeof(*m->tried));
	m->closed = calloc(most + 1, sizeof(*m->closed));
	if (m->all == NULL || m->seated == NULL || m->filled == NULL ||
	    m->tried == NULL || m->closed == NULL)
		return csg_fail_mem(err);
	for (k = 0; k < a->nkinds; k++)
		m->all[k] = a->kinds[k].n;
	return CSG_OK;
}

void
csg_coalition_model_clear(struct csg_coalition_model *m)
{
	size_t r;

	for (r = 0; m->routes != NULL && r < m->a->nroutes; r++) {
		free(m->routes[r].in);
		free(m->routes[r].any);
	}
	free(m->routes);
	free(m->all);
	free(m->seated);
	free(m->filled);
	free(m->tried);
	free(m->closed);
}

/* ---- who suffices ---- */

/*
 * Find a place for another person of kind k: a free one, or one whose holder
 * can move to another.  Nobody who has a place loses it.
 */
static bool
seat_or_move(
    struct csg_coalition_model *m, const struct csg_coalition_rule *r, size_t k)
{
	size_t n = r->rule->nclauses, c, v;

	for (c = 0; c < n; c++) {
		m->work++;
		if (m->tried[c] || !r->in[k * n + c])
			continue;
		m->tried[c] = true;
		if (m->filled[c] < r->rule->clauses[c].need) {
			m->filled[c]++;
			m->seated[k * n + c]++;
			return true;
		}
		m->work += m->a->nkinds;
		for (v = 0; v < m->a->nkinds; v++)
			if (m->seated[v * n + c] > 0 && seat_or_move(m, r, v)) {
				m->seated[v * n + c]--;
				m->seated[k * n + c]++;
				return true;
			}
	}
	return false;
}

/* Clauses tried in a failed search stay full: none of their holders can move to
 * another clause. */
static bool
seat_person(
    struct csg_coalition_model *m, const struct csg_coalition_rule *r, size_t k)
{
	size_t n = r->rule->nclauses * sizeof(*m->tried);

	memcpy(m->tried, m->closed, n);
	if (seat_or_move(m, r, k))
		return true;
	memcpy(m->closed, m->tried, n);
	return false;
}

bool
csg_coalition_fills(struct csg_coalition_model *m, size_t route,
    const size_t *avail, size_t u, size_t x, size_t y)
{
	const struct csg_coalition_rule *r = &m->routes[route];
	size_t n = r->rule->nclauses, k, i, have, done = 0;

	memset(m->seated, 0, m->a->nkinds * n * sizeof(*m->seated));
	memset(m->filled, 0, n * sizeof(*m->filled));
	memset(m->closed, 0, n * sizeof(*m->closed));
	if (x != CSG_NONE &&
	    (avail[x] < 1u + (x == u) || !seat_person(m, r, x)))
		return false;
	if (y != CSG_NONE &&
	    (avail[y] < 1u + (y == u) + (y == x) || !seat_person(m, r, y)))
		return false;
	done = (size_t)(x != CSG_NONE) + (y != CSG_NONE);
	for (k = 0; k < m->a->nkinds && done < r->places; k++) {
		have = avail[k];
		i = (size_t)(k == u) + (k == x) + (k == y);
		for (; i < have && done < r->places; i++) {
			if (!seat_person(m, r, k))
				break;
			done++;
		}
	}
	return done == r->places;
}

/* How many more people the operator adds to a set: 0 if somebody in it can run
 * csg-sign, 1 if somebody else must, 2 if nobody can. */
static size_t
more_for_operator(struct csg_coalition_model *m,
    const struct csg_coalition_rule *r, const size_t *avail, size_t u)
{
	size_t k, more = 2;

	if (!m->operators || m->a->kinds[u].may_run)
		return 0;
	for (k = 0; k < m->a->nkinds; k++)
		if (m->a->kinds[k].may_run && avail[k] > 0) {
			if (r->any[k])
				return 0; /* they get a place */
			more = 1;
		}
	return more;
}

size_t
csg_coalition_size(
    struct csg_coalition_model *m, size_t route, const size_t *avail, size_t u)
{
	const struct csg_coalition_rule *r = &m->routes[route];
	size_t k, more, n;

	if (!m->a->kinds[u].may_ask || avail[u] == 0)
		return 0;
	for (k = 0; r->rule->all_vote && k < m->a->nkinds; k++)
		if (r->any[k] && avail[k] < m->all[k])
			return 0;
	if ((more = more_for_operator(m, r, avail, u)) == 2 ||
	    !csg_coalition_fills(m, route, avail, u, CSG_NONE, CSG_NONE))
		return 0;
	n = r->rule->all_vote ? r->members + !r->any[u] : r->places + 1;
	return n + more;
}

bool
csg_coalition_suffices(struct csg_coalition_model *m, const size_t *avail,
    size_t *u, size_t *route)
{
	for (*route = 0; *route < m->a->nroutes; (*route)++)
		for (*u = 0; *u < m->a->nkinds; (*u)++)
			if (csg_coalition_size(m, *route, avail, *u) != 0)
				return true;
	return false;
}

bool
csg_coalition_has_smallest(struct csg_coalition_model *m, const size_t *avail)
{
	size_t r, u;

	for (r = 0; r < m->a->nroutes; r++)
		for (u = 0; u < m->a->nkinds; u++)
			if (m->a->routes[r].size == m->a->size &&
			    csg_coalition_size(m, r, avail, u) == m->a->size)
				return true;
	return false;
}
