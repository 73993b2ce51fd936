#include <stdlib.h>
#include <string.h>

#include "lib/explain/departures.h"

/*
 * By Hall's theorem the places of a route cannot be filled exactly if, for some
 * of its clauses, fewer people are left in these clauses than they have places.
 * So whatever stops a requester and a route that still suffice is one of a few
 * demands of the form "so many of these people leave": one for each choice of
 * clauses, one for the requester's kind, one for the operators.  The search
 * meets the demands collected so far with the fewest people, looks for somebody
 * who can still get a signature, and tries each demand that stops that.
 */

#define DEMANDS_MAX 64
#define CLAUSES_MAX 16
#define CHOICES_MAX 2048

/* A choice of clauses of one route. */
struct choice {
	bool *who; /* [kinds]: in any of the clauses? */
	size_t people, need;
};

struct choices {
	struct choice *v;
	size_t n;
};

/* People to whom the same demands apply. */
struct type {
	uint64_t in; /* these demands, as bits */
	size_t n;
	size_t take;
	size_t best; /* take in the best answer */
};

struct search {
	struct csg_coalition_model *m;
	struct choices *choices; /* [routes] */
	size_t limit;
	uint64_t *in; /* [kinds]: demands, as bits */
	size_t demand[DEMANDS_MAX];
	size_t ndemands;
	struct type *types; /* [kinds] */
	size_t ntypes;
	size_t best; /* people who leave, or limit + 1 */
	size_t *left; /* [kinds]: people who stay */
	bool *who; /* [kinds * DEMANDS_MAX]: people of the demands tried */
};

/* ---- demands met with the fewest people ---- */

static int
by_demands(const void *a, const void *b)
{
	uint64_t x = ((const struct type *)a)->in;
	uint64_t y = ((const struct type *)b)->in;
	int nx = 0, ny = 0;
	uint64_t i;

	for (i = x; i != 0; i &= i - 1)
		nx++;
	for (i = y; i != 0; i &= i - 1)
		ny++;
	return nx != ny ? ny - nx : (x > y) - (x < y);
}

static void
find_types(struct search *s)
{
	size_t k, t;

	s->ntypes = 0;
	s->m->work += s->m->a->nkinds;
	for (k = 0; k < s->m->a->nkinds; k++) {
		if (s->in[k] == 0)
			continue;
		for (t = 0; t < s->ntypes; t++)
			if (s->types[t].in == s->in[k])
				break;
		if (t == s->ntypes)
			s->types[s->ntypes++] = (struct type){ .in = s->in[k] };
		s->types[t].n += s->m->all[k];
	}
	qsort(s->types, s->ntypes, sizeof(*s->types), by_demands);
}

/* The demands not met yet, as bits.  *most is the largest of those among
 * "among". */
static uint64_t
unmet(const struct search *s, const size_t *rest, uint64_t among, size_t *most)
{
	uint64_t open = 0;
	size_t d;

	*most = 0;
	for (d = 0; d < s->ndemands; d++) {
		if (rest[d] == 0 || (among >> d & 1) == 0)
			continue;
		open |= UINT64_C(1) << d;
		if (rest[d] > *most)
			*most = rest[d];
	}
	return open;
}

/*
 * The fewest people of type t to try: as many as possible if no later type is
 * better (then exchanging people loses nothing), else the number that later
 * types cannot provide.
 */
static size_t
least_of(const struct search *s, const size_t *rest, size_t t, uint64_t open,
    size_t most)
{
	uint64_t mine = s->types[t].in & open;
	size_t i, d, others, least = 0;
	bool rival = false;

	for (i = t + 1; i < s->ntypes; i++)
		rival = rival ||
		    ((s->types[i].in & mine) != 0 &&
			(s->types[i].in & open & ~mine) != 0);
	if (!rival)
		return most;
	for (d = 0; d < s->ndemands; d++) {
		if ((mine >> d & 1) == 0)
			continue;
		others = 0;
		for (i = t + 1; i < s->ntypes; i++)
			if ((s->types[i].in >> d & 1) != 0)
				others += s->types[i].n;
		if (rest[d] > others && rest[d] - others > least)
			least = rest[d] - others;
	}
	return least;
}

static void
meet_from(struct search *s, size_t t, const size_t *rest, size_t used)
{
	size_t after[DEMANDS_MAX] = { 0 }, most, least, take, d;
	uint64_t open = unmet(s, rest, UINT64_MAX, &most);

	s->m->work += s->ntypes + 1;
	if (used + most >= s->best || s->m->work > CSG_COALITION_WORK)
		return;
	if (open == 0) {
		s->best = used;
		for (d = 0; d < s->ntypes; d++)
			s->types[d].best = d < t ? s->types[d].take : 0;
		return;
	}
	if (t == s->ntypes)
		return;
	(void)unmet(s, rest, s->types[t].in, &most);
	if (most > s->types[t].n)
		most = s->types[t].n;
	least = least_of(s, rest, t, open, most);
	for (take = most + 1; take-- > least;) {
		for (d = 0; d < s->ndemands; d++)
			after[d] = (s->types[t].in >> d & 1) == 0 ? rest[d] :
			    rest[d] > take ? rest[d] - take :
					     0;
		s->types[t].take = take;
		meet_from(s, t + 1, after, used + take);
	}
}

/* Meet all demands within the limit; s->left is set to those who stay. */
static bool
meet_demands(struct search *s)
{
	size_t t, k, n, *left = s->left;

	find_types(s);
	s->best = s->limit + 1;
	meet_from(s, 0, s->demand, 0);
	if (s->best > s->limit)
		return false;
	memcpy(left, s->m->all, s->m->a->nkinds * sizeof(*left));
	for (t = 0; t < s->ntypes; t++)
		for (k = 0; k < s->m->a->nkinds; k++) {
			if (s->in[k] != s->types[t].in)
				continue;
			n = s->types[t].best;
			if (n > left[k])
				n = left[k];
			left[k] -= n;
			s->types[t].best -= n;
		}
	return true;
}

/* ---- the search ---- */

static bool stop_all(struct search *s);

/* Try one more demand. */
static bool
try_demand(struct search *s, const bool *who, size_t n)
{
	uint64_t one;
	size_t k;
	bool found;

	if (n > s->limit)
		return false;
	if (s->ndemands == DEMANDS_MAX) {
		s->m->work = CSG_COALITION_WORK +
		    1; /* give up: the result is not exact */
		return false;
	}
	one = UINT64_C(1) << s->ndemands;
	for (k = 0; k < s->m->a->nkinds; k++)
		if (who[k])
			s->in[k] |= one;
	s->demand[s->ndemands++] = n;
	found = stop_all(s);
	s->ndemands--;
	for (k = 0; k < s->m->a->nkinds; k++)
		s->in[k] &= ~one;
	return found;
}

/* Demand that all requesters of kind u leave, or all operators. */
static bool
stop_people(struct search *s, size_t u, bool *who)
{
	const struct csg_coalitions *a = s->m->a;
	size_t k, n = 0;

	memset(who, 0, a->nkinds * sizeof(*who));
	who[u] = true;
	if (try_demand(s, who, s->m->all[u]))
		return true;
	if (!s->m->operators)
		return false;
	for (k = 0; k < a->nkinds; k++) {
		who[k] = a->kinds[k].may_run;
		n += who[k] ? s->m->all[k] : 0;
	}
	return try_demand(s, who, n);
}

/* Demand that the route cannot be met for requesters of kind u. */
static bool
stop_route(struct search *s, size_t r, size_t u)
{
	const struct choice *b;
	size_t i;

	if (s->m->routes[r].rule->all_vote)
		return try_demand(s, s->m->routes[r].any, 1);
	for (i = 0; i < s->choices[r].n; i++) {
		b = &s->choices[r].v[i];
		if (try_demand(s, b->who, b->people - b->who[u] + 1 - b->need))
			return true;
	}
	return false;
}

/* Can the demands, together with further ones, stop everybody within the
 * limit? */
static bool
stop_all(struct search *s)
{
	bool *who = &s->who[s->ndemands * s->m->a->nkinds];
	size_t u, r;

	if (!meet_demands(s))
		return false;
	if (!csg_coalition_suffices(s->m, s->left, &u, &r))
		return true;
	return stop_route(s, r, u) || stop_people(s, u, who);
}

/* ---- the choices of clauses ---- */

/* Are the clauses connected by common kinds?  If not, one part of them is too
 * small by itself, and is tried by itself. */
static bool
is_connected(const struct csg_coalition_rule *r, size_t nkinds, size_t clauses)
{
	size_t n = r->rule->nclauses, reached = clauses & ~(clauses - 1);
	size_t before, k, c, of;

	do {
		before = reached;
		for (k = 0; k < nkinds; k++) {
			of = 0;
			for (c = 0; c < n; c++)
				of |= (size_t)r->in[k * n + c] << c;
			if ((of & reached) != 0)
				reached |= of & clauses;
		}
	} while (reached != before);
	return reached == clauses;
}

static enum csg_rc
add_choice(struct csg_coalition_model *m, const struct csg_coalition_rule *r,
    size_t clauses, struct choices *out, struct csg_err *err)
{
	struct choice b = { calloc(m->a->nkinds, sizeof(*b.who)), 0, 0 }, *old;
	size_t n = r->rule->nclauses, k, c, i;

	if (b.who == NULL)
		return csg_fail_mem(err);
	for (c = 0; c < n; c++)
		if ((clauses >> c & 1) != 0)
			b.need += r->rule->clauses[c].need;
	for (k = 0; k < m->a->nkinds; k++) {
		for (c = 0; c < n; c++)
			if ((clauses >> c & 1) != 0 && r->in[k * n + c])
				b.who[k] = true;
		b.people += b.who[k] ? m->all[k] : 0;
	}
	for (i = 0; i < out->n; i++) {
		old = &out->v[i];
		if (memcmp(old->who, b.who, m->a->nkinds) != 0)
			continue;
		if (b.need > old->need)
			old->need = b.need;
		free(b.who);
		return CSG_OK;
	}
	out->v[out->n++] = b; /* transferred */
	return CSG_OK;
}

/* *fit is set to false if there are too many. */
static enum csg_rc
find_choices(struct csg_coalition_model *m, const struct csg_coalition_rule *r,
    struct choices *out, bool *fit, struct csg_err *err)
{
	size_t n = r->rule->nclauses, clauses;
	enum csg_rc rc;

	if ((out->v = calloc(CHOICES_MAX, sizeof(*out->v))) == NULL)
		return csg_fail_mem(err);
	if (n > CLAUSES_MAX) {
		*fit = false;
		return CSG_OK;
	}
	for (clauses = 1; clauses >> n == 0; clauses++) {
		if (!is_connected(r, m->a->nkinds, clauses))
			continue;
		if (out->n == CHOICES_MAX) {
			*fit = false;
			return CSG_OK;
		}
		if ((rc = add_choice(m, r, clauses, out, err)) != CSG_OK)
			return rc;
	}
	return CSG_OK;
}

/* ---- all together ---- */

static enum csg_rc
search_init(struct search *s, bool *fit, struct csg_err *err)
{
	size_t n = s->m->a->nkinds, r;
	enum csg_rc rc;

	*fit = true;
	s->choices = calloc(s->m->a->nroutes, sizeof(*s->choices));
	s->in = calloc(n, sizeof(*s->in));
	s->types = calloc(n, sizeof(*s->types));
	s->left = calloc(n, sizeof(*s->left));
	s->who = calloc(DEMANDS_MAX + 1, n * sizeof(*s->who));
	if (s->choices == NULL || s->in == NULL || s->types == NULL ||
	    s->left == NULL || s->who == NULL)
		return csg_fail_mem(err);
	for (r = 0; r < s->m->a->nroutes; r++)
		if (!s->m->routes[r].rule->all_vote &&
		    (rc = find_choices(s->m, &s->m->routes[r], &s->choices[r],
			 fit, err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

static void
search_clear(struct search *s)
{
	size_t r, i;

	for (r = 0; s->choices != NULL && r < s->m->a->nroutes; r++) {
		for (i = 0; i < s->choices[r].n; i++)
			free(s->choices[r].v[i].who);
		free(s->choices[r].v);
	}
	free(s->choices);
	free(s->in);
	free(s->types);
	free(s->left);
	free(s->who);
}

/* Without an exact answer: begin with nobody staying, then let as many of each
 * kind stay as possible, requesters last. */
static void
stop_anyhow(struct search *s)
{
	size_t n = s->m->a->nkinds, k, lo, hi, u, r;

	memset(s->left, 0, n * sizeof(*s->left));
	for (k = n; k-- > 0;) {
		lo = 0;
		hi = s->m->all[k];
		while (lo < hi) {
			s->left[k] = hi - (hi - lo) / 2;
			if (csg_coalition_suffices(s->m, s->left, &u, &r))
				hi = s->left[k] - 1;
			else
				lo = s->left[k];
		}
		s->left[k] = lo;
	}
}

static enum csg_rc
name_leavers(struct search *s, struct csg_err *err)
{
	struct csg_coalitions *a = s->m->a;
	size_t k, i, n = 0;

	for (k = 0; k < a->nkinds; k++)
		n += s->m->all[k] - s->left[k];
	if ((a->leave = calloc(n + 1, sizeof(*a->leave))) == NULL)
		return csg_fail_mem(err);
	for (k = 0; k < a->nkinds; k++)
		for (i = s->left[k]; i < s->m->all[k]; i++)
			a->leave[a->nleave++] =
			    a->kinds[k].users[i - s->left[k]];
	return CSG_OK;
}

enum csg_rc
csg_departures_find(struct csg_coalition_model *m, struct csg_err *err)
{
	struct search s = { .m = m };
	bool fit, found = false;
	enum csg_rc rc;

	m->work = 0;
	if ((rc = search_init(&s, &fit, err)) != CSG_OK)
		goto out;
	while (fit && !found && m->work <= CSG_COALITION_WORK) {
		s.limit++;
		found = stop_all(&s);
	}
	if (!found)
		stop_anyhow(&s);
	rc = name_leavers(&s, err);
	m->a->departures_exact = found;
	m->a->departures = found ? m->a->nleave : s.limit > 0 ? s.limit : 1;
out:
	search_clear(&s);
	return rc;
}
