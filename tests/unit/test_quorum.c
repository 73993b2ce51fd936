/* The quorum decision: a table of edges, and brute force beside it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/quorum.h"
#include "tests/unit/unit.h"

#define U 6 /* people, at most */

/* A clause as text: who is a member ("abc") and how many are needed. */
struct row {
	const char *what;
	const char *a;
	size_t need_a;
	const char *b;
	size_t need_b;
	char requester; /* or 0 */
	const char *ballots; /* "+a" approves, "-b" rejects, "0c" abstains */
	enum csg_verdict want;
	size_t have;
};

static const struct row rows[] = { { "one of one", "a", 1, NULL, 0, 0, "+a",
				       CSG_MET, 1 },
	{ "nobody yet", "a", 1, NULL, 0, 0, "", CSG_WAITING, 0 },
	{ "one short", "abc", 2, NULL, 0, 0, "+a", CSG_WAITING, 1 },
	{ "exactly enough", "abc", 2, NULL, 0, 0, "+a+c", CSG_MET, 2 },
	{ "repeats count once", "abc", 2, NULL, 0, 0, "+a+a+a", CSG_WAITING,
	    1 },
	{ "outsiders don't count", "ab", 2, NULL, 0, 0, "+a+d+e", CSG_WAITING,
	    1 },
	{ "an outsider's rejection doesn't stop", "ab", 1, NULL, 0, 0, "+a-d",
	    CSG_MET, 1 },
	{ "two groups, two people", "ab", 1, "cd", 1, 0, "+a+c", CSG_MET, 2 },
	{ "a group short", "ab", 1, "cd", 1, 0, "+a+b", CSG_WAITING, 1 },
	{ "in two groups, one place", "ab", 1, "ac", 1, 0, "+a", CSG_WAITING,
	    1 },
	{ "the place is found by moving", "ab", 1, "a", 1, 0, "+a+b", CSG_MET,
	    2 },
	{ "and in the other order", "ab", 1, "a", 1, 0, "+b+a", CSG_MET, 2 },
	{ "the requester never counts", "ab", 1, NULL, 0, 'a', "+a",
	    CSG_WAITING, 0 },
	{ "somebody else does", "ab", 1, NULL, 0, 'a', "+b", CSG_MET, 1 },
	{ "the requester withdraws", "ab", 1, NULL, 0, 'd', "+a-d", CSG_VETOED,
	    1 },
	{ "a veto before", "abc", 1, NULL, 0, 0, "-b+a", CSG_VETOED, 1 },
	{ "a veto after", "abc", 1, NULL, 0, 0, "+a-b", CSG_VETOED, 1 },
	{ "approving later doesn't lift a veto", "abc", 1, NULL, 0, 0, "-b+a+b",
	    CSG_VETOED, 1 },
	{ "nor did approving before", "abc", 1, NULL, 0, 0, "+b-b", CSG_VETOED,
	    1 },
	{ "an abstention fills no place", "ab", 1, NULL, 0, 0, "0a",
	    CSG_WAITING, 0 },
	{ "an abstention stops nothing", "ab", 1, NULL, 0, 0, "0a+b", CSG_MET,
	    1 },
	{ "a huge need is just not met", "ab", 1000000, NULL, 0, 0, "+a+b",
	    CSG_WAITING, 2 } };

static void
members(const char *who, bool out[U])
{
	memset(out, 0, U * sizeof(*out));
	for (; *who != '\0'; who++)
		out[*who - 'a'] = true;
}

static size_t
read_ballots(const char *s, struct csg_ballot *out)
{
	size_t n = 0;

	for (; *s != '\0'; s += 2)
		out[n++] = (struct csg_ballot){ (size_t)(s[1] - 'a'),
			*s == '+'     ? CSG_APPROVE :
			    *s == '-' ? CSG_REJECT :
					CSG_ABSTAIN };
	return n;
}

static void
check_row(const struct row *r)
{
	bool a[U], b[U];
	struct csg_clause clauses[2] = { { r->need_a, a }, { r->need_b, b } };
	struct csg_route route = { clauses, r->b != NULL ? 2 : 1 };
	struct csg_ballot ballots[16];
	struct csg_quorum q = {
		.users = U, .routes = &route, .nroutes = 1, .ballots = ballots
	};
	struct csg_decision d;
	struct csg_err err = { 0 };

	unit_case(r->what);
	members(r->a, a);
	members(r->b != NULL ? r->b : "", b);
	q.requester =
	    r->requester != 0 ? (size_t)(r->requester - 'a') : CSG_NOBODY;
	q.nballots = read_ballots(r->ballots, ballots);
	CHECK(csg_quorum_decide(&q, &d, &err) == CSG_OK);
	CHECK(d.verdict == r->want);
	CHECK(d.have == r->have);
	csg_decision_clear(&d);
}

/* ---- brute force ---- */

static uint64_t seed = 20261124;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

struct instance {
	bool member[2][3][U];
	struct csg_clause clauses[2][3];
	struct csg_route routes[2];
	struct csg_ballot ballots[10];
	struct csg_quorum q;
};

static void
throw_instance(struct instance *x)
{
	size_t r, c, u;

	memset(x, 0, sizeof(*x));
	x->q = (struct csg_quorum){ .users = 2 + dice(U - 1),
		.requester = dice(3) == 0 ? CSG_NOBODY : 0,
		.routes = x->routes,
		.nroutes = 1 + dice(2),
		.ballots = x->ballots,
		.nballots = dice(10) };
	for (r = 0; r < x->q.nroutes; r++) {
		x->routes[r] = (struct csg_route){ x->clauses[r], 1 + dice(3) };
		for (c = 0; c < x->routes[r].nclauses; c++) {
			for (u = 0; u < x->q.users; u++)
				x->member[r][c][u] = dice(2) == 0;
			x->clauses[r][c] =
			    (struct csg_clause){ 1 + dice(2), x->member[r][c] };
		}
	}
	for (u = 0; u < x->q.nballots; u++)
		x->ballots[u] = (struct csg_ballot){ dice(x->q.users),
			dice(8) == 0	 ? CSG_REJECT :
			    dice(8) == 0 ? CSG_ABSTAIN :
					   CSG_APPROVE };
}

/* Try every way to put person u and all after into places. */
static bool
fill(const struct csg_route *route, const bool *approves, size_t users,
    size_t u, size_t left[3])
{
	size_t c;

	for (c = 0; c < route->nclauses && left[c] == 0; c++)
		;
	if (c == route->nclauses)
		return true;
	if (u == users)
		return false;
	if (fill(route, approves, users, u + 1, left))
		return true;
	for (c = 0; approves[u] && c < route->nclauses; c++) {
		if (left[c] == 0 || !route->clauses[c].member[u])
			continue;
		left[c]--;
		if (fill(route, approves, users, u + 1, left)) {
			left[c]++;
			return true;
		}
		left[c]++;
	}
	return false;
}

static bool
is_member(const struct csg_quorum *q, size_t u)
{
	size_t r, c;

	for (r = 0; r < q->nroutes; r++)
		for (c = 0; c < q->routes[r].nclauses; c++)
			if (q->routes[r].clauses[c].member[u])
				return true;
	return false;
}

static enum csg_verdict
brute(const struct csg_quorum *q)
{
	bool approves[U] = { false };
	size_t i, r, c, left[3];

	for (i = 0; i < q->nballots; i++) {
		size_t u = q->ballots[i].user;

		if (q->ballots[i].vote == CSG_REJECT &&
		    (u == q->requester || is_member(q, u)))
			return CSG_VETOED;
		if (q->ballots[i].vote == CSG_APPROVE && u != q->requester)
			approves[u] = true;
	}
	for (r = 0; r < q->nroutes; r++) {
		for (c = 0; c < q->routes[r].nclauses; c++)
			left[c] = q->routes[r].clauses[c].need;
		if (fill(&q->routes[r], approves, q->users, 0, left))
			return CSG_MET;
	}
	return CSG_WAITING;
}

static enum csg_verdict
verdict(const struct csg_quorum *q)
{
	struct csg_decision d;
	struct csg_err err = { 0 };
	enum csg_verdict v;

	if (csg_quorum_decide(q, &d, &err) != CSG_OK)
		abort();
	v = d.verdict;
	csg_decision_clear(&d);
	return v;
}

/* One more approval never undoes a quorum; order never matters. */
static bool
is_monotonic(struct instance *x, enum csg_verdict before)
{
	struct csg_ballot first = x->ballots[0];
	enum csg_verdict after;
	size_t n = x->q.nballots;

	if (n > 1) {
		x->ballots[0] = x->ballots[n - 1];
		x->ballots[n - 1] = first;
		if (verdict(&x->q) != before)
			return false;
	}
	if (n == 10)
		return true;
	x->ballots[x->q.nballots++] =
	    (struct csg_ballot){ dice(x->q.users), CSG_APPROVE };
	after = verdict(&x->q);
	return before == CSG_WAITING ? after != CSG_VETOED : after == before;
}

int
main(void)
{
	struct instance x;
	size_t i, wrong = 0, odd = 0, seen[3] = { 0 };
	enum csg_verdict v;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
	for (i = 0; i < 50000; i++) {
		throw_instance(&x);
		v = verdict(&x.q);
		seen[v]++;
		wrong += v != brute(&x.q);
		odd += !is_monotonic(&x, v);
	}
	unit_case("50000 random policies decide as brute force does");
	CHECK(wrong == 0);
	CHECK(seen[CSG_MET] > 1000 && seen[CSG_WAITING] > 1000 &&
	    seen[CSG_VETOED] > 1000);
	unit_case("order never matters, an approval never undoes a quorum");
	CHECK(odd == 0);
	return unit_done();
}
