/*
 * Matching and reach: as the straightforward way has it, person by person; and
 * both end for many people.
 */
#include <stdint.h>

#include "lib/policy/matching.h"
#include "lib/policy/reach.h"
#include "tests/unit/straight.h"
#include "tests/unit/unit.h"

#define U STRAIGHT_USERS
#define C STRAIGHT_CLAUSES
#define G 8 /* groups, at most */

static uint64_t seed = 20261201;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

struct sample {
	size_t users;
	bool member[G][U];
	struct csg_clause clauses[C];
	struct csg_rule rule;
};

/* Small ones most of the time; clauses may share a group. */
static void
throw_sample(struct sample *x)
{
	size_t groups = 1 + dice(G), often = 1 + dice(4), c, g, u;
	bool small = dice(8) > 0;

	memset(x, 0, sizeof(*x));
	x->users = 1 + dice(small ? 8 : U);
	x->rule.clauses = x->clauses;
	x->rule.nclauses = 1 + dice(small ? 4 : C);
	for (g = 0; g < groups; g++)
		for (u = 0; u < x->users; u++)
			x->member[g][u] = dice(often + 1) > 0;
	for (c = 0; c < x->rule.nclauses; c++)
		x->clauses[c] = (struct csg_clause){
			.need = 1 + dice(1 + x->users / 2 / x->rule.nclauses),
			.member = x->member[dice(groups)],
			.stage = (unsigned)(1 + dice(3)),
		};
}

/* ---- matching ---- */

/* Edges that are not the memberships alone: votes decide on them. */
static void
throw_edges(const struct sample *x, struct csg_matching *m, struct straight *s)
{
	size_t u, c, often = 1 + dice(3);

	for (u = 0; u < x->users; u++)
		for (c = 0; c < x->rule.nclauses; c++)
			*csg_matching_edge(m, u, c) = s->edge[u][c] =
			    x->clauses[c].member[u] && dice(often + 1) > 0;
}

/* The number, and who fills what. */
static bool
is_straight(struct csg_matching *m, struct straight *s)
{
	if (csg_matching_run(m, s->below) != straight_run(s))
		return false;
	return memcmp(m->place, s->place, s->users * sizeof(*m->place)) == 0 &&
	    memcmp(m->filled, s->filled,
		s->rule->nclauses * sizeof(*m->filled)) == 0;
}

static void
test_matching(void)
{
	struct sample x;
	struct csg_matching m;
	struct straight s;
	size_t i, bad = 0, full = 0;

	unit_case("20000 random matchings fill the places as they always did");
	for (i = 0; i < 20000; i++) {
		throw_sample(&x);
		memset(&s, 0, sizeof(s));
		s.rule = &x.rule;
		s.users = x.users;
		if (csg_matching_init(&m, x.users, &x.rule, NULL) != CSG_OK)
			abort();
		throw_edges(&x, &m, &s);
		for (s.below = 0; s.below < 4; s.below++)
			bad += !is_straight(&m, &s);
		throw_edges(&x, &m, &s);
		s.below = 0;
		bad += !is_straight(&m, &s);
		full += straight_run(&s) == csg_matching_places(&x.rule, 0);
		csg_matching_clear(&m);
	}
	CHECK(bad == 0);
	CHECK(full > 2000 && full < 18000);
}

/* ---- reach ---- */

/* Of one sample: is spare right for each person?  How many are spared? */
static bool
is_reach_straight(const struct sample *x, const bool *people, size_t *spared)
{
	bool spare[U], ok = true;
	size_t u;

	*spared = 0;
	if (csg_reach_find(&x->rule, x->users, people, spare, NULL) != CSG_OK)
		abort();
	for (u = 0; u < x->users; u++) {
		ok = ok &&
		    spare[u] ==
			straight_reachable(&x->rule, x->users, u, people);
		*spared += spare[u];
	}
	return ok;
}

static void
test_reach(void)
{
	struct sample x;
	bool people[U];
	size_t i, u, spared, bad = 0, none = 0, some = 0, all = 0;

	unit_case(
	    "40000 random rules are within reach of whom they always were");
	for (i = 0; i < 40000; i++) {
		throw_sample(&x);
		for (u = 0; u < x.users; u++)
			people[u] = dice(8) > 0;
		bad += !is_reach_straight(
		    &x, dice(2) == 0 ? people : NULL, &spared);
		none += spared == 0;
		all += spared == x.users;
		some += spared > 0 && spared < x.users;
	}
	CHECK(bad == 0);
	CHECK(none > 4000 && some > 4000 && all > 4000);
}

/* ---- many people ---- */

#define MANY 20000
#define BITS 15

/* Half of all people, all of them needed, and one of each bit of a number:
 * each of them is in other groups, and none can be spared to ask. */
static void
test_bits(void)
{
	static bool member[BITS + 1][MANY], spare[MANY];
	struct csg_clause clauses[BITS + 1];
	struct csg_rule rule = { .clauses = clauses, .nclauses = BITS + 1 };
	size_t u, c, spared = 0;

	unit_case("whom 20000 people in overlapping groups can spare");
	for (c = 0; c <= BITS; c++) {
		for (u = 0; u < MANY; u++)
			member[c][u] =
			    c == BITS ? u < MANY / 2 : (u >> c & 1) != 0;
		clauses[c] = (struct csg_clause){
			.need = c == BITS ? MANY / 2 : 1,
			.member = member[c],
		};
	}
	CHECK(csg_reach_find(&rule, MANY, NULL, spare, NULL) == CSG_OK);
	for (u = 0; u < MANY; u++)
		spared += spare[u] && u >= MANY / 2;
	CHECK(spared == MANY / 2);
	for (u = spared = 0; u < MANY / 2; u++)
		spared += spare[u];
	CHECK(spared == 0);
}

/* Person i in groups i and i-1: whoever leaves makes the others move. */
static void
test_chain(void)
{
	enum { N = 1000 };
	static bool member[N][N], spare[N];
	static struct csg_clause clauses[N - 1];
	struct csg_rule rule = { .clauses = clauses, .nclauses = N - 1 };
	size_t u, spared = 0;

	unit_case("a chain of 1000 people, any one of whom can be spared");
	for (u = 0; u < N - 1; u++) {
		member[u][u] = member[u][u + 1] = true;
		clauses[u] =
		    (struct csg_clause){ .need = 1, .member = member[u] };
	}
	CHECK(csg_reach_find(&rule, N, NULL, spare, NULL) == CSG_OK);
	for (u = 0; u < N; u++)
		spared += spare[u];
	CHECK(spared == N);
	clauses[0].need = 2;
	CHECK(csg_reach_find(&rule, N, NULL, spare, NULL) == CSG_OK);
	for (u = spared = 0; u < N; u++)
		spared += spare[u];
	CHECK(spared == 0);
}

/* Nobody can have the one place too many, however many try. */
static void
test_failing(void)
{
	static bool member[MANY];
	struct csg_clause clause = { .need = MANY / 2, .member = member };
	struct csg_rule rule = { .clauses = &clause, .nclauses = 1 };
	struct csg_matching m;
	size_t u;

	unit_case("20000 people vote for half as many places, 1000 times");
	if (!CHECK(csg_matching_init(&m, MANY, &rule, NULL) == CSG_OK))
		return;
	for (u = 0; u < MANY; u++)
		*csg_matching_edge(&m, u, 0) = true;
	for (u = 0; u < 1000; u++)
		CHECK(csg_matching_run(&m, 0) == MANY / 2);
	csg_matching_clear(&m);
}

int
main(void)
{
	(void)alarm(300); /* the old way would need hours for many people */
	test_matching();
	test_reach();
	test_bits();
	test_chain();
	test_failing();
	return unit_done();
}
