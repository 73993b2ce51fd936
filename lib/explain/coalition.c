#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition.h"
#include "lib/explain/coalition_count.h"
#include "lib/explain/departures.h"

/* ---- properties of each kind ---- */

/* Is a person of kind x in a smallest set with a requester of kind u by this
 * route? */
static bool
is_in_smallest(struct csg_coalition_model *m, size_t route, size_t u, size_t x)
{
	const struct csg_coalition_rule *r = &m->routes[route];
	const struct csg_coalition_kind *kinds = m->a->kinds;
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
		return csg_coalition_fills(m, route, m->all, u, x, CSG_NONE);
	for (o = 0; o < m->a->nkinds; o++)
		if (kinds[o].may_run &&
		    csg_coalition_fills(m, route, m->all, u, x, o))
			return true;
	return false;
}

static bool
is_spent(struct csg_coalition_model *m)
{
	return m->work > CSG_COALITION_WORK;
}

/* Find the kinds of people that are in some smallest set. */
static void
find_needed_kinds(struct csg_coalition_model *m)
{
	size_t r, u, x;

	for (r = 0; r < m->a->nroutes; r++)
		for (u = 0; u < m->a->nkinds && !is_spent(m); u++) {
			if (csg_coalition_size(m, r, m->all, u) != m->a->size)
				continue;
			for (x = 0; x < m->a->nkinds && !is_spent(m); x++)
				if (!m->a->kinds[x].some)
					m->a->kinds[x].some =
					    is_in_smallest(m, r, u, x);
		}
}

static enum csg_rc
judge_kinds(struct csg_coalition_model *m, struct csg_err *err)
{
	struct csg_coalitions *a = m->a;
	size_t *avail = calloc(a->nkinds + 1, sizeof(*avail)), k, u, r;

	if (avail == NULL)
		return csg_fail_mem(err);
	memcpy(avail, m->all, a->nkinds * sizeof(*avail));
	m->work = 0;
	find_needed_kinds(m);
	for (k = 0; k < a->nkinds && !is_spent(m); k++) {
		avail[k]--;
		a->kinds[k].every = !csg_coalition_has_smallest(m, avail);
		a->kinds[k].vital = a->kinds[k].every &&
		    !csg_coalition_suffices(m, avail, &u, &r);
		avail[k]++;
		a->every = a->every || a->kinds[k].every;
	}
	a->kinds_exact = !is_spent(m);
	/* Stealing the key of a person in no smallest set saves the thief
	 * nothing. */
	for (k = 0; k < a->nkinds; k++)
		a->kinds[k].others =
		    a->size - (a->kinds[k].some || !a->kinds_exact);
	free(avail);
	return CSG_OK;
}

static void
find_route_sizes(struct csg_coalition_model *m, const struct csg_profile *pr)
{
	struct csg_coalition_route *r;
	size_t i, u, n;

	for (i = 0; i < m->a->nroutes; i++) {
		r = &m->a->routes[i];
		for (u = 0; u < m->a->nkinds; u++) {
			n = csg_coalition_size(m, i, m->all, u);
			if (n != 0 && (r->size == 0 || n < r->size))
				r->size = n;
		}
		r->lone = pr->routes[i].emergency && r->size == 2;
		if (r->size != 0 && (m->a->size == 0 || r->size < m->a->size))
			m->a->size = r->size;
	}
}

enum csg_rc
csg_coalitions_find(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_coalitions **out, struct csg_err *err)
{
	struct csg_coalition_model m;
	struct csg_coalitions *a = calloc(1, sizeof(*a));
	enum csg_rc rc;

	*out = NULL;
	if (a == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_coalition_model_init(&m, p, pr, a, err)) != CSG_OK)
		goto out;
	find_route_sizes(&m, pr);
	a->count_exact = a->forms_all = a->kinds_exact = a->departures_exact =
	    true;
	if (a->size != 0 &&
	    ((rc = judge_kinds(&m, err)) != CSG_OK ||
		(rc = csg_coalition_count(&m, err)) != CSG_OK ||
		(rc = csg_departures_find(&m, err)) != CSG_OK))
		goto out;
	*out = a; /* transferred */
	a = NULL;
out:
	csg_coalition_model_clear(&m);
	csg_coalitions_free(a);
	return rc;
}

void
csg_coalitions_free(struct csg_coalitions *a)
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
