#include <stdlib.h>
#include <string.h>

#include "lib/audit.h"

/* One route as the search sees it; clauses of one group are one. */
struct way_in {
	unsigned need[CSG_AUDIT_GROUPS];
	size_t ngroups;
	unsigned *adjacent; /* [kinds]: bits of the groups */
	size_t *needed; /* [1 << ngroups]: places of those groups */
	bool all_vote;
};

struct search {
	const struct csg_policy *p;
	const struct csg_profile *pr;
	struct csg_audit *a;
	struct way_in *routes;
	size_t nroutes;
	bool *requester, *operates; /* [kinds] */
	size_t *x; /* [kinds]: the vector at hand */
	size_t work;
	bool beyond; /* a route has too many groups */
};

/* ---- kinds of people ---- */

static bool
concerns(const struct csg_policy *p, const struct csg_profile *pr, size_t u)
{
	return csg_policy_may_request(p, pr, u) ||
	    csg_policy_may_endorse(pr, u) ||
	    csg_policy_in_groups(p, &pr->operators, u);
}

static bool
are_alike(const struct csg_policy *p, const struct csg_profile *pr, size_t u,
    size_t v)
{
	size_t r, c;

	if (csg_policy_may_request(p, pr, u) !=
		csg_policy_may_request(p, pr, v) ||
	    csg_policy_in_groups(p, &pr->operators, u) !=
		csg_policy_in_groups(p, &pr->operators, v))
		return false;
	for (r = 0; r < pr->nroutes; r++)
		for (c = 0; c < pr->quorum[r].nclauses; c++)
			if (pr->quorum[r].clauses[c].member[u] !=
			    pr->quorum[r].clauses[c].member[v])
				return false;
	return true;
}

static enum csg_rc
add_to_kinds(struct search *s, size_t u, struct csg_err *err)
{
	struct csg_audit *a = s->a;
	struct csg_kind_of_people *k;
	size_t i;

	for (i = 0; i < a->nkinds; i++)
		if (are_alike(s->p, s->pr, a->kinds[i].users[0], u))
			break;
	k = &a->kinds[i];
	if (i == a->nkinds) {
		k->users = calloc(s->p->nusers, sizeof(*k->users));
		if (k->users == NULL)
			return csg_fail_mem(err);
		a->nkinds++;
	}
	k->users[k->n++] = u;
	return CSG_OK;
}

static enum csg_rc
find_kinds(struct search *s, struct csg_err *err)
{
	size_t u, k;
	enum csg_rc rc = CSG_OK;

	for (u = 0; u < s->p->nusers && rc == CSG_OK; u++)
		if (concerns(s->p, s->pr, u))
			rc = add_to_kinds(s, u, err);
	if (rc != CSG_OK)
		return rc;
	s->requester = calloc(s->a->nkinds + 1, sizeof(bool));
	s->operates = calloc(s->a->nkinds + 1, sizeof(bool));
	s->x = calloc(s->a->nkinds + 1, sizeof(*s->x));
	if (s->requester == NULL || s->operates == NULL || s->x == NULL)
		return csg_fail_mem(err);
	for (k = 0; k < s->a->nkinds; k++) {
		u = s->a->kinds[k].users[0];
		s->requester[k] = csg_policy_may_request(s->p, s->pr, u);
		s->operates[k] =
		    csg_policy_in_groups(s->p, &s->pr->operators, u);
	}
	return CSG_OK;
}

/* ---- routes ---- */

/* Clauses that have the same members are one, with the sum of places. */
static size_t
group_of(const struct search *s, const struct csg_route *q, size_t c)
{
	size_t b;

	for (b = 0; b < c; b++)
		if (memcmp(q->clauses[b].member, q->clauses[c].member,
			s->p->nusers * sizeof(bool)) == 0)
			break;
	return b;
}

static enum csg_rc
read_route(struct search *s, size_t r, struct csg_err *err)
{
	const struct csg_route *q = &s->pr->quorum[r];
	struct way_in *w = &s->routes[r];
	size_t index[CSG_AUDIT_GROUPS], c, b, k;
	unsigned mask;

	w->all_vote = q->all_vote;
	if ((w->adjacent = calloc(s->a->nkinds + 1, sizeof(*w->adjacent))) ==
	    NULL)
		return csg_fail_mem(err);
	for (c = 0; c < q->nclauses; c++) {
		b = group_of(s, q, c);
		for (k = 0; k < w->ngroups && index[k] != b; k++)
			;
		if (k == CSG_AUDIT_GROUPS) {
			s->beyond = true;
			return CSG_OK;
		}
		if (k == w->ngroups)
			index[w->ngroups++] = b;
		w->need[k] += (unsigned)q->clauses[c].need;
	}
	for (c = 0; c < w->ngroups; c++)
		for (k = 0; k < s->a->nkinds; k++)
			if (q->clauses[index[c]]
				.member[s->a->kinds[k].users[0]])
				w->adjacent[k] |= 1U << c;
	w->needed = calloc((size_t)1 << w->ngroups, sizeof(*w->needed));
	if (w->needed == NULL)
		return csg_fail_mem(err);
	for (mask = 1; mask < 1U << w->ngroups; mask++)
		for (c = 0; c < w->ngroups; c++)
			if ((mask & 1U << c) != 0)
				w->needed[mask] += w->need[c];
	return CSG_OK;
}

static enum csg_rc
read_routes(struct search *s, struct csg_err *err)
{
	size_t r;
	enum csg_rc rc = CSG_OK;

	s->nroutes = s->pr->nroutes;
	if ((s->routes = calloc(s->nroutes, sizeof(*s->routes))) == NULL)
		return csg_fail_mem(err);
	for (r = 0; r < s->nroutes && rc == CSG_OK; r++)
		rc = read_route(s, r, err);
	return rc;
}

/* ---- is it enough? ---- */

/*
 * Do the people of s->x, one of kind "asks" being the requester, fill all
 * places of the route?  By Hall's theorem: if for every choice of groups
 * there are as many people in them as places.
 */
static bool
fill_places(const struct search *s, const struct way_in *w, size_t asks)
{
	unsigned mask;
	size_t k, people;

	for (mask = 1; mask < 1U << w->ngroups; mask++) {
		for (people = 0, k = 0; k < s->a->nkinds; k++)
			if ((w->adjacent[k] & mask) != 0)
				people += s->x[k] - (k == asks);
		if (people < w->needed[mask])
			return false;
	}
	return true;
}

/* Where all must vote: is everybody there but the requester? */
static bool
all_there(const struct search *s, const struct way_in *w)
{
	size_t k;

	for (k = 0; k < s->a->nkinds && w->all_vote; k++)
		if (w->adjacent[k] != 0 && s->x[k] < s->a->kinds[k].n)
			return false;
	return true;
}

/* Could the people of s->x get a signature together? */
static bool
is_enough(const struct search *s)
{
	size_t r, k;

	for (k = 0; k < s->a->nkinds; k++)
		if (s->operates[k] && s->x[k] > 0)
			break;
	if (k == s->a->nkinds && s->pr->operators.n > 0)
		return false;
	for (k = 0; k < s->a->nkinds; k++)
		for (r = 0; r < s->nroutes && s->requester[k] && s->x[k] > 0;
		     r++)
			if (all_there(s, &s->routes[r]) &&
			    fill_places(s, &s->routes[r], k))
				return true;
	return false;
}

/* ---- going through the vectors ---- */

/*
 * All vectors with that many people in kinds k and up.  found() is called for
 * each; it returns false to end the search.
 */
static bool
each(struct search *s, size_t k, size_t people,
    bool (*found)(struct search *, struct csg_err *), struct csg_err *err)
{
	size_t most, rest = 0, i;

	if (k == s->a->nkinds) {
		s->work++;
		return people > 0 || found(s, err);
	}
	for (i = k + 1; i < s->a->nkinds; i++)
		rest += s->a->kinds[i].n;
	most = people < s->a->kinds[k].n ? people : s->a->kinds[k].n;
	for (i = people > rest ? people - rest : 0; i <= most; i++) {
		if (s->work > CSG_AUDIT_WORK)
			return false;
		s->x[k] = i;
		if (!each(s, k + 1, people - i, found, err))
			return false;
	}
	s->x[k] = 0;
	return true;
}

static uint64_t
times(uint64_t a, uint64_t b)
{
	return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* n over k, saturating. */
static uint64_t
choose(size_t n, size_t k)
{
	uint64_t c = 1;
	size_t i;

	for (i = 1; i <= k; i++) {
		if (times(c, n - k + i) == UINT64_MAX)
			return UINT64_MAX;
		c = c * (n - k + i) / i;
	}
	return c;
}

static bool
keep_way(struct search *s, struct csg_err *err)
{
	struct csg_audit *a = s->a;
	uint64_t sets = 1;
	size_t k;

	if (!is_enough(s))
		return true;
	for (k = 0; k < a->nkinds; k++)
		sets = times(sets, choose(a->kinds[k].n, s->x[k]));
	a->count = a->count > UINT64_MAX - sets ? UINT64_MAX : a->count + sets;
	if (a->nways == CSG_AUDIT_WAYS) {
		a->complete = false;
		return true;
	}
	a->ways[a->nways] = calloc(a->nkinds + 1, sizeof(**a->ways));
	if (a->ways[a->nways] == NULL) {
		(void)csg_fail_mem(err);
		return false;
	}
	memcpy(a->ways[a->nways++], s->x, a->nkinds * sizeof(*s->x));
	return true;
}

/* A removal vector: what is left must not be enough. */
static bool
ends_it(struct search *s, struct csg_err *err)
{
	size_t k;
	bool alive;

	(void)err;
	for (k = 0; k < s->a->nkinds; k++)
		s->x[k] = s->a->kinds[k].n - s->x[k];
	alive = is_enough(s);
	for (k = 0; k < s->a->nkinds; k++)
		s->x[k] = s->a->kinds[k].n - s->x[k];
	return alive;
}

/* ---- the answers ---- */

static size_t
everybody(const struct search *s)
{
	size_t k, n = 0;

	for (k = 0; k < s->a->nkinds; k++)
		n += s->a->kinds[k].n;
	return n;
}

static enum csg_rc
find_smallest(struct search *s, struct csg_err *err)
{
	struct csg_audit *a = s->a;
	struct csg_err failed = { 0 };
	size_t n, most = everybody(s);

	if ((a->ways = calloc(CSG_AUDIT_WAYS, sizeof(*a->ways))) == NULL)
		return csg_fail_mem(err);
	a->complete = true;
	for (n = 2; n <= most && a->nways == 0 && s->work <= CSG_AUDIT_WORK;
	     n++) {
		(void)each(s, 0, n, keep_way, &failed);
		if (a->nways > 0)
			a->size = n;
	}
	if (s->work > CSG_AUDIT_WORK)
		a->complete = false;
	if (failed.rc != CSG_OK && err != NULL)
		*err = failed;
	return failed.rc;
}

/* Who sits in every smallest set, and who in some? */
static void
find_indispensable(struct search *s)
{
	struct csg_audit *a = s->a;
	size_t k, w, i;
	bool every, some;

	for (k = 0; k < a->nkinds; k++) {
		every = a->complete && a->nways > 0;
		some = false;
		for (w = 0; w < a->nways; w++) {
			every = every && a->ways[w][k] == a->kinds[k].n;
			some = some || a->ways[w][k] > 0;
		}
		for (i = 0; i < a->kinds[k].n; i++) {
			a->every[a->kinds[k].users[i]] = every;
			a->some[a->kinds[k].users[i]] = some;
		}
	}
}

static void
find_departures(struct search *s)
{
	struct csg_audit *a = s->a;
	size_t n, most = everybody(s), k, i;

	s->work = 0;
	for (n = 0; n <= most; n++) {
		memset(s->x, 0, (a->nkinds + 1) * sizeof(*s->x));
		if (!each(s, 0, n, ends_it, NULL))
			break;
	}
	a->departures = n;
	a->departures_exact = s->work <= CSG_AUDIT_WORK;
	for (k = 0; k < a->nkinds && a->departures_exact; k++)
		for (i = 0; i < s->x[k]; i++)
			a->leaving[a->kinds[k].users[i]] = true;
}

static void
search_clear(struct search *s)
{
	size_t r;

	for (r = 0; r < s->nroutes && s->routes != NULL; r++) {
		free(s->routes[r].adjacent);
		free(s->routes[r].needed);
	}
	free(s->routes);
	free(s->requester);
	free(s->operates);
	free(s->x);
	csg_audit_free(s->a);
}

enum csg_rc
csg_audit_make(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_audit **out, struct csg_err *err)
{
	struct search s = { .p = p, .pr = pr };
	struct csg_audit *a;
	enum csg_rc rc;

	*out = NULL;
	if ((s.a = a = calloc(1, sizeof(*a))) == NULL)
		return csg_fail_mem(err);
	a->kinds = calloc(p->nusers + 1, sizeof(*a->kinds));
	a->every = calloc(p->nusers + 1, sizeof(bool));
	a->some = calloc(p->nusers + 1, sizeof(bool));
	a->leaving = calloc(p->nusers + 1, sizeof(bool));
	if (a->kinds == NULL || a->every == NULL || a->some == NULL ||
	    a->leaving == NULL) {
		search_clear(&s);
		return csg_fail_mem(err);
	}
	if ((rc = find_kinds(&s, err)) == CSG_OK &&
	    (rc = read_routes(&s, err)) == CSG_OK && !s.beyond &&
	    (rc = find_smallest(&s, err)) == CSG_OK) {
		find_indispensable(&s);
		find_departures(&s);
	}
	if (rc == CSG_OK) {
		*out = a; /* transferred */
		s.a = NULL;
	}
	search_clear(&s);
	return rc;
}

void
csg_audit_free(struct csg_audit *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->nkinds; i++)
		free(a->kinds[i].users);
	for (i = 0; i < a->nways; i++)
		free(a->ways[i]);
	free(a->kinds);
	free(a->ways);
	free(a->every);
	free(a->some);
	free(a->leaving);
	free(a);
}

/* ---- in words ---- */

/* The names of those who are marked; the number of them. */
static size_t
add_marked(const struct csg_policy *p, const bool *marked, struct csg_buf *out)
{
	size_t u, n = 0;

	for (u = 0; u < p->nusers; u++)
		if (marked[u])
			csg_buf_printf(
			    out, "%s%s", n++ > 0 ? ", " : "", p->users[u].name);
	return n;
}

/* "1 of dave, carol + alice + 2 of erin, frank, grace" */
static void
add_way(const struct csg_policy *p, const struct csg_audit *a,
    const size_t *way, struct csg_buf *out)
{
	const struct csg_kind_of_people *k;
	const char *sep = "    ";
	size_t i, j;

	for (i = 0; i < a->nkinds; i++) {
		k = &a->kinds[i];
		if (way[i] == 0)
			continue;
		csg_buf_puts(out, sep);
		if (way[i] < k->n)
			csg_buf_printf(out, "%zu of ", way[i]);
		for (j = 0; j < k->n; j++)
			csg_buf_printf(out, "%s%s", j > 0 ? ", " : "",
			    p->users[k->users[j]].name);
		sep = " + ";
	}
	csg_buf_puts(out, "\n");
}

static void
add_sets(
    const struct csg_policy *p, const struct csg_audit *a, struct csg_buf *out)
{
	size_t w;

	csg_buf_printf(out,
	    "  the smallest sets that get a signature: %zu people, ", a->size);
	if (!a->complete)
		csg_buf_puts(out, "more sets than could be counted:\n");
	else if (a->count == UINT64_MAX)
		csg_buf_puts(out, "too many sets to count:\n");
	else
		csg_buf_printf(out, "%llu such set%s:\n",
		    (unsigned long long)a->count, a->count == 1 ? "" : "s");
	for (w = 0; w < a->nways && w < 20; w++)
		add_way(p, a, a->ways[w], out);
	if (a->nways > 20)
		csg_buf_printf(out, "    and %zu ways more\n", a->nways - 20);
}

static void
add_departures(
    const struct csg_policy *p, const struct csg_audit *a, struct csg_buf *out)
{
	csg_buf_printf(out, "  departures until nobody can sign: %s%zu",
	    a->departures_exact ? "" : "at least ", a->departures);
	if (a->departures_exact) {
		csg_buf_puts(out, ", such as ");
		(void)add_marked(p, a->leaving, out);
	}
	csg_buf_puts(out, "\n");
}

enum csg_rc
csg_audit_text(const struct csg_policy *p, const struct csg_profile *pr,
    const struct csg_audit *a, struct csg_buf *out, struct csg_err *err)
{
	csg_buf_printf(out, "profile %s\n", pr->name);
	if (a->size == 0) {
		csg_buf_puts(
		    out, "  too large to be audited exactly (csg-policy(1))\n");
		return csg_buf_ok(out, err);
	}
	add_sets(p, a, out);
	csg_buf_puts(out, "  in every one of them: ");
	if (add_marked(p, a->every, out) == 0)
		csg_buf_puts(out, "nobody");
	csg_buf_puts(out, "\n");
	add_departures(p, a, out);
	csg_buf_printf(out,
	    "  with one stolen key, of any of these, %zu more %s needed:\n    ",
	    a->size - 1, a->size == 2 ? "is" : "are");
	(void)add_marked(p, a->some, out);
	csg_buf_puts(out, "\n");
	return csg_buf_ok(out, err);
}
