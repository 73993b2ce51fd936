/* The audit's answers, beside brute force over every set of people. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/audit.h"
#include "tests/unit/unit.h"

#define U 8 /* people, at most, for brute force */
#define MANY 50

/* A policy with one profile, built by hand. */
struct world {
	struct csg_policy p;
	struct csg_profile pr;
	struct csg_user users[MANY];
	char names[MANY][8];
	struct csg_group groups[12];
	bool member[12][MANY];
	size_t group_of_requesters[1], group_of_operators[1];
	struct csg_route routes[2];
	struct csg_clause clauses[2][3];
};

static void
world_init(struct world *w, size_t users)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->p.users = w->users;
	w->p.nusers = users;
	w->p.groups = w->groups;
	w->p.ngroups = 12;
	for (i = 0; i < users; i++) {
		(void)snprintf(w->names[i], sizeof(w->names[i]), "u%zu", i);
		w->users[i].name = w->names[i];
	}
	for (i = 0; i < 12; i++)
		w->groups[i].member = w->member[i];
	w->group_of_operators[0] = 1;
	w->pr.requesters =
	    (struct csg_groups){ w->group_of_requesters, 1 }; /* group 0 */
	w->pr.quorum = w->routes;
	w->pr.nroutes = 1;
}

/* ---- brute force ---- */

/* Put person u and all after, of the set, into places; the requester none. */
static bool
fill(const struct world *w, const struct csg_route *r, unsigned set,
    size_t requester, size_t u, size_t left[3])
{
	size_t c;

	for (c = 0; c < r->nclauses && left[c] == 0; c++)
		;
	if (c == r->nclauses)
		return true;
	if (u == w->p.nusers)
		return false;
	if (fill(w, r, set, requester, u + 1, left))
		return true;
	if ((set & 1U << u) == 0 || u == requester)
		return false;
	for (c = 0; c < r->nclauses; c++) {
		if (left[c] == 0 || !r->clauses[c].member[u])
			continue;
		left[c]--;
		if (fill(w, r, set, requester, u + 1, left)) {
			left[c]++;
			return true;
		}
		left[c]++;
	}
	return false;
}

static bool
everybody_voted(const struct world *w, const struct csg_route *r, unsigned set,
    size_t requester)
{
	size_t u, c;

	for (u = 0; u < w->p.nusers && r->all_vote; u++)
		for (c = 0; c < r->nclauses; c++)
			if (u != requester && r->clauses[c].member[u] &&
			    (set & 1U << u) == 0)
				return false;
	return true;
}

/* Could exactly these people get a signature? */
static bool
brute_enough(const struct world *w, unsigned set)
{
	size_t q, r, c, left[3];
	bool operates = w->pr.operators.n == 0;

	for (q = 0; q < w->p.nusers; q++)
		operates =
		    operates || ((set & 1U << q) != 0 && w->member[1][q]);
	for (q = 0; q < w->p.nusers && operates; q++) {
		if ((set & 1U << q) == 0 || !w->member[0][q])
			continue;
		for (r = 0; r < w->pr.nroutes; r++) {
			for (c = 0; c < w->routes[r].nclauses; c++)
				left[c] = w->routes[r].clauses[c].need;
			if (everybody_voted(w, &w->routes[r], set, q) &&
			    fill(w, &w->routes[r], set, q, 0, left))
				return true;
		}
	}
	return false;
}

static size_t
size_of(unsigned set)
{
	size_t n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

/* ---- random policies ---- */

static uint64_t seed = 7;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

static void
throw_world(struct world *w)
{
	size_t r, c, u, g;

	world_init(w, 2 + dice(U - 1));
	for (g = 0; g < 12; g++)
		for (u = 0; u < w->p.nusers; u++)
			w->member[g][u] = dice(2) == 0;
	w->pr.nroutes = 1 + dice(2);
	if (dice(3) == 0)
		w->pr.operators =
		    (struct csg_groups){ w->group_of_operators, 1 };
	for (r = 0; r < w->pr.nroutes; r++) {
		w->routes[r] = (struct csg_route){ .clauses = w->clauses[r],
			.nclauses = 1 + dice(3),
			.all_vote = dice(5) == 0 };
		for (c = 0; c < w->routes[r].nclauses; c++)
			w->clauses[r][c] =
			    (struct csg_clause){ .need = 1 + dice(2),
				    .member = w->member[2 + dice(8)] };
	}
}

/* The whole answer, compared with a look at every subset. */
static bool
is_right(const struct world *w, const struct csg_audit *a)
{
	unsigned set, all = (1U << w->p.nusers) - 1, every = all, some = 0,
		      gone = 0;
	size_t size = 0, count = 0, departures = w->p.nusers + 1, u;

	for (set = 0; set <= all; set++) {
		if (!brute_enough(w, all & ~set) && size_of(set) < departures)
			departures = size_of(set);
		if (!brute_enough(w, set))
			continue;
		if (size == 0 || size_of(set) < size) {
			size = size_of(set);
			count = 0;
			every = all;
			some = 0;
		}
		if (size_of(set) == size) {
			count++;
			every &= set;
			some |= set;
		}
	}
	if (a->size != size || a->count != count || !a->complete)
		return false;
	for (u = 0; u < w->p.nusers; u++) {
		if (size > 0 &&
		    (a->every[u] != ((every >> u & 1) != 0) ||
			a->some[u] != ((some >> u & 1) != 0)))
			return false;
		gone |= a->leaving[u] ? 1U << u : 0;
	}
	return a->departures_exact && a->departures == departures &&
	    size_of(gone) == departures && !brute_enough(w, all & ~gone);
}

static void
test_random(void)
{
	struct world w;
	struct csg_audit *a;
	size_t i, wrong = 0, possible = 0;

	unit_case("3000 random policies, beside every set of people");
	for (i = 0; i < 3000; i++) {
		throw_world(&w);
		if (csg_audit_make(&w.p, &w.pr, &a, NULL) != CSG_OK)
			abort();
		wrong += !is_right(&w, a);
		possible += a->size > 0;
		csg_audit_free(a);
	}
	CHECK(wrong == 0);
	CHECK(possible > 500 && possible < 2900);
}

/* Fifty people in ten groups, three clauses: exact. */
static void
test_large(void)
{
	static struct world w;
	struct csg_audit *a;
	struct csg_buf text = { 0 };
	size_t u;

	unit_case("fifty people in ten groups");
	world_init(&w, MANY);
	for (u = 0; u < MANY; u++) {
		w.member[0][u] = u % 10 == 0;
		w.member[2 + u % 10][u] = true;
		w.member[2 + (u / 10 + 3) % 10][u] = true;
	}
	w.routes[0] =
	    (struct csg_route){ .clauses = w.clauses[0], .nclauses = 3 };
	w.clauses[0][0] =
	    (struct csg_clause){ .need = 2, .member = w.member[3] };
	w.clauses[0][1] =
	    (struct csg_clause){ .need = 2, .member = w.member[4] };
	w.clauses[0][2] =
	    (struct csg_clause){ .need = 3, .member = w.member[6] };
	CHECK(csg_audit_make(&w.p, &w.pr, &a, NULL) == CSG_OK);
	CHECK(a->size == 8 && a->complete && a->departures_exact);
	CHECK(csg_audit_text(&w.p, &w.pr, a, &text, NULL) == CSG_OK);
	CHECK(text.len > 100);
	csg_buf_free(&text);
	csg_audit_free(a);
}

/* A startup: either asks, the other approves. */
static void
test_text(void)
{
	struct world w;
	struct csg_audit *a;
	struct csg_buf text = { 0 };

	unit_case("the answer in words");
	world_init(&w, 3);
	w.member[0][0] = w.member[0][1] = true;
	w.pr.name = w.names[2];
	w.routes[0] =
	    (struct csg_route){ .clauses = w.clauses[0], .nclauses = 1 };
	w.clauses[0][0] =
	    (struct csg_clause){ .need = 1, .member = w.member[0] };
	CHECK(csg_audit_make(&w.p, &w.pr, &a, NULL) == CSG_OK);
	CHECK(csg_audit_text(&w.p, &w.pr, a, &text, NULL) == CSG_OK);
	CHECK(strcmp(csg_buf_str(&text),
		  "profile u2\n"
		  "  the smallest sets that get a signature: 2 people, 1 such "
		  "set:\n"
		  "    u0, u1\n"
		  "  in every one of them: u0, u1\n"
		  "  departures until nobody can sign: 1, such as u0\n"
		  "  with one stolen key, of any of these, 1 more is needed:\n"
		  "    u0, u1\n") == 0);
	csg_buf_free(&text);
	csg_audit_free(a);
}

int
main(void)
{
	test_random();
	test_large();
	test_text();
	return unit_done();
}
