#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition_model.h"

/* ---- kinds of people ---- */

/* Do a and b stand in the same groups, as far as the profile asks? */
static bool
is_alike(const struct csg_policy *p, const struct csg_profile *pr, size_t a,
    size_t b)
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
    struct csg_audit *a, size_t user, struct csg_err *err)
{
	struct csg_audit_kind *kind;
	size_t k;

	for (k = 0; k < a->nkinds; k++)
		if (is_alike(p, pr, a->kinds[k].users[0], user))
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

/* Requesters' kinds come first: that is the order in which people read. */
static enum csg_rc
find_kinds(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_audit *a, struct csg_err *err)
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
read_route(struct audit_model *m, const struct csg_rule *rule,
    struct audit_route *r, struct csg_err *err)
{
	const struct csg_audit_kind *kind;
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

static enum csg_rc
model_init(struct audit_model *m, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_audit *a, struct csg_err *err)
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

static void
model_clear(struct audit_model *m)
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
 * Find a place for one more of kind k: a free one, or one whose holder can
 * move on.  Nobody who has a place ever loses it.
 */
static bool
seat(struct audit_model *m, const struct audit_route *r, size_t k)
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
			if (m->seated[v * n + c] > 0 && seat(m, r, v)) {
				m->seated[v * n + c]--;
				m->seated[k * n + c]++;
				return true;
			}
	}
	return false;
}

/* The clauses that a search in vain has tried are full for good: none of
 * their holders can move to any other. */
static bool
seat_one(struct audit_model *m, const struct audit_route *r, size_t k)
{
	size_t n = r->rule->nclauses * sizeof(*m->tried);

	memcpy(m->tried, m->closed, n);
	if (seat(m, r, k))
		return true;
	memcpy(m->closed, m->tried, n);
	return false;
}

/*
 * Can avail[k] people of each kind k, less one requester of kind u, fill all
 * places of the route, with one of kind x and another of kind y among those
 * who do?  u, x, y: or CSG_NONE.
 */
static bool
fills(struct audit_model *m, size_t route, const size_t *avail, size_t u,
    size_t x, size_t y)
{
	const struct audit_route *r = &m->routes[route];
	size_t n = r->rule->nclauses, k, i, have, done = 0;

	memset(m->seated, 0, m->a->nkinds * n * sizeof(*m->seated));
	memset(m->filled, 0, n * sizeof(*m->filled));
	memset(m->closed, 0, n * sizeof(*m->closed));
	if (x != CSG_NONE && (avail[x] < 1u + (x == u) || !seat_one(m, r, x)))
		return false;
	if (y != CSG_NONE &&
	    (avail[y] < 1u + (y == u) + (y == x) || !seat_one(m, r, y)))
		return false;
	done = (size_t)(x != CSG_NONE) + (y != CSG_NONE);
	for (k = 0; k < m->a->nkinds && done < r->places; k++) {
		have = avail[k];
		i = (size_t)(k == u) + (k == x) + (k == y);
		for (; i < have && done < r->places; i++) {
			if (!seat_one(m, r, k))
				break;
			done++;
		}
	}
	return done == r->places;
}

/* One more for running csg-sign: 0 where somebody in the set can be it, or 2
 * if nobody can. */
static size_t
more_for_operator(struct audit_model *m, const struct audit_route *r,
    const size_t *avail, size_t u)
{
	size_t k, more = 2;

	if (!m->operators || m->a->kinds[u].may_run)
		return 0;
	for (k = 0; k < m->a->nkinds; k++)
		if (m->a->kinds[k].may_run && avail[k] > 0) {
			if (r->any[k])
				return 0; /* whoever fits can have a place */
			more = 1;
		}
	return more;
}

size_t
audit_size(struct audit_model *m, size_t route, const size_t *avail, size_t u)
{
	const struct audit_route *r = &m->routes[route];
	size_t k, more, n;

	if (!m->a->kinds[u].may_ask || avail[u] == 0)
		return 0;
	for (k = 0; r->rule->all_vote && k < m->a->nkinds; k++)
		if (r->any[k] && avail[k] < m->all[k])
			return 0;
	if ((more = more_for_operator(m, r, avail, u)) == 2 ||
	    !fills(m, route, avail, u, CSG_NONE, CSG_NONE))
		return 0;
	n = r->rule->all_vote ? r->members + !r->any[u] : r->places + 1;
	return n + more;
}

bool
audit_suffices(
    struct audit_model *m, const size_t *avail, size_t *u, size_t *route)
{
	for (*route = 0; *route < m->a->nroutes; (*route)++)
		for (*u = 0; *u < m->a->nkinds; (*u)++)
			if (audit_size(m, *route, avail, *u) != 0)
				return true;
	return false;
}

bool
audit_has_smallest(struct audit_model *m, const size_t *avail)
{
	size_t r, u;

	for (r = 0; r < m->a->nroutes; r++)
		for (u = 0; u < m->a->nkinds; u++)
			if (m->a->routes[r].size == m->a->size &&
			    audit_size(m, r, avail, u) == m->a->size)
				return true;
	return false;
}

/* ---- what each kind means ---- */

/* Is somebody of kind x in a smallest set with this requester and route? */
static bool
is_part(struct audit_model *m, size_t route, size_t u, size_t x)
{
	const struct audit_route *r = &m->routes[route];
	const struct csg_audit_kind *kinds = m->a->kinds;
	size_t o;
	bool spare;

	if (x == u)
		return true;
	if (r->rule->all_vote) {
		spare = m->a->size > r->members + !r->any[u];
		return r->any[x] || (spare && kinds[x].may_run);
	}
	spare = m->a->size > r->places + 1;
	if (spare && kinds[x].may_run)
		return true;
	if (spare || !m->operators || kinds[u].may_run || kinds[x].may_run)
		return fills(m, route, m->all, u, x, CSG_NONE);
	for (o = 0; o < m->a->nkinds; o++)
		if (kinds[o].may_run && fills(m, route, m->all, u, x, o))
			return true;
	return false;
}

static bool
is_spent(struct audit_model *m)
{
	return m->work > CSG_AUDIT_WORK;
}

/* The kinds that the smallest sets have people of. */
static void
find_some(struct audit_model *m)
{
	size_t r, u, x;

	for (r = 0; r < m->a->nroutes; r++)
		for (u = 0; u < m->a->nkinds && !is_spent(m); u++) {
			if (audit_size(m, r, m->all, u) != m->a->size)
				continue;
			for (x = 0; x < m->a->nkinds && !is_spent(m); x++)
				if (!m->a->kinds[x].some)
					m->a->kinds[x].some =
					    is_part(m, r, u, x);
		}
}

static enum csg_rc
find_kinds_parts(struct audit_model *m, struct csg_err *err)
{
	struct csg_audit *a = m->a;
	size_t *avail = calloc(a->nkinds + 1, sizeof(*avail)), k, u, r;

	if (avail == NULL)
		return csg_fail_mem(err);
	memcpy(avail, m->all, a->nkinds * sizeof(*avail));
	m->work = 0;
	find_some(m);
	for (k = 0; k < a->nkinds && !is_spent(m); k++) {
		avail[k]--;
		a->kinds[k].every = !audit_has_smallest(m, avail);
		a->kinds[k].vital =
		    a->kinds[k].every && !audit_suffices(m, avail, &u, &r);
		avail[k]++;
		a->every = a->every || a->kinds[k].every;
	}
	a->kinds_exact = !is_spent(m);
	/* A key that is in no smallest set spares the thief nobody. */
	for (k = 0; k < a->nkinds; k++)
		a->kinds[k].others =
		    a->size - (a->kinds[k].some || !a->kinds_exact);
	free(avail);
	return CSG_OK;
}

static void
find_sizes(struct audit_model *m, const struct csg_profile *pr)
{
	struct csg_audit_route *r;
	size_t i, u, n;

	for (i = 0; i < m->a->nroutes; i++) {
		r = &m->a->routes[i];
		for (u = 0; u < m->a->nkinds; u++) {
			n = audit_size(m, i, m->all, u);
			if (n != 0 && (r->size == 0 || n < r->size))
				r->size = n;
		}
		r->lone = pr->routes[i].emergency && r->size == 2;
		if (r->size != 0 && (m->a->size == 0 || r->size < m->a->size))
			m->a->size = r->size;
	}
}

enum csg_rc
csg_audit_make(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_audit **out, struct csg_err *err)
{
	struct audit_model m;
	struct csg_audit *a = calloc(1, sizeof(*a));
	enum csg_rc rc;

	*out = NULL;
	if (a == NULL)
		return csg_fail_mem(err);
	if ((rc = model_init(&m, p, pr, a, err)) != CSG_OK)
		goto out;
	find_sizes(&m, pr);
	a->count_exact = a->forms_all = a->kinds_exact = a->departures_exact =
	    true;
	if (a->size != 0 &&
	    ((rc = find_kinds_parts(&m, err)) != CSG_OK ||
		(rc = audit_count(&m, err)) != CSG_OK ||
		(rc = audit_leave(&m, err)) != CSG_OK))
		goto out;
	*out = a; /* transferred */
	a = NULL;
out:
	model_clear(&m);
	csg_audit_free(a);
	return rc;
}

void
csg_audit_free(struct csg_audit *a)
{
	size_t k;

	if (a == NULL)
		return;
	for (k = 0; k < a->nkinds; k++)
		free(a->kinds[k].users);
	free(a->kinds);
	free(a->routes);
	free(a->forms);
	free(a->sets);
	free(a->leave);
	free(a);
}
