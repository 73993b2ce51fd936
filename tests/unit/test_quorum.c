/* The quorum decision: a table of edges, and brute force beside it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/policy/quorum.h"
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
		out[n++] = (struct csg_ballot){ .user = (size_t)(s[1] - 'a'),
			.vote = *s == '+' ? CSG_APPROVE :
			    *s == '-'	  ? CSG_REJECT :
					    CSG_ABSTAIN };
	return n;
}

static void
check_row(const struct row *r)
{
	bool a[U], b[U];
	struct csg_clause clauses[2] = { { .need = r->need_a, .member = a },
		{ .need = r->need_b, .member = b } };
	struct csg_rule route = { .clauses = clauses,
		.nclauses = r->b != NULL ? 2 : 1 };
	struct csg_ballot ballots[16];
	struct csg_quorum q = {
		.users = U, .rules = &route, .nrules = 1, .ballots = ballots
	};
	struct csg_decision d;
	struct csg_err err = { 0 };

	unit_case(r->what);
	members(r->a, a);
	members(r->b != NULL ? r->b : "", b);
	q.requester =
	    r->requester != 0 ? (size_t)(r->requester - 'a') : CSG_NONE;
	q.nballots = read_ballots(r->ballots, ballots);
	CHECK(csg_quorum_decide(&q, &d, &err) == CSG_OK);
	CHECK(d.verdict == r->want);
	CHECK(d.have == r->have);
	csg_decision_clear(&d);
}

/* ---- workflow words, edge by edge ---- */

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Two clauses, "a" of ab and "c" of cd, and what is done to the rule. */
struct words {
	bool ab[U], cd[U], veto[U];
	struct csg_clause clauses[2];
	struct csg_rule route;
	struct csg_ballot ballots[8];
	struct csg_quorum q;
};

static void
words_init(struct words *w)
{
	memset(w, 0, sizeof(*w));
	members("ab", w->ab);
	members("cd", w->cd);
	w->clauses[0] = (struct csg_clause){ .need = 1, .member = w->ab };
	w->clauses[1] = (struct csg_clause){ .need = 1, .member = w->cd };
	w->route = (struct csg_rule){ .clauses = w->clauses, .nclauses = 2 };
	w->q = (struct csg_quorum){ .users = U,
		.requester = CSG_NONE,
		.rules = &w->route,
		.nrules = 1,
		.ballots = w->ballots,
		.time = 1000 * DAY };
}

static void
votes(struct words *w, const char *ballots)
{
	w->q.nballots = read_ballots(ballots, w->ballots);
}

/* The reason, NONE when met; until is checked where it is not 0. */
static enum csg_reason
judge(const struct words *w, int64_t until)
{
	struct csg_decision d;
	enum csg_reason reason;

	if (csg_quorum_decide(&w->q, &d, NULL) != CSG_OK)
		abort();
	reason = d.reason;
	CHECK((reason == CSG_R_NONE) == (d.verdict == CSG_MET));
	if (until != 0)
		CHECK(d.until == until);
	csg_decision_clear(&d);
	return reason;
}

static void
test_statement(void)
{
	struct words w;

	unit_case("a clause's statement");
	words_init(&w);
	w.clauses[1].statement = 2;
	votes(&w, "+a+c");
	CHECK(judge(&w, 0) == CSG_R_QUORUM);
	w.ballots[1].statement = 1;
	CHECK(judge(&w, 0) == CSG_R_QUORUM);
	w.ballots[1].statement = 2;
	CHECK(judge(&w, 0) == CSG_R_NONE);
	w.ballots[0].statement = 1; /* unasked, and no harm */
	CHECK(judge(&w, 0) == CSG_R_NONE);
}

static void
test_stage(void)
{
	static const size_t a[] = { 0 }, self[] = { 1 };
	struct words w;

	unit_case("stages");
	words_init(&w);
	w.clauses[0].stage = 1;
	w.clauses[1].stage = 2;
	votes(&w, "+a+c");
	CHECK(judge(&w, 0) == CSG_R_STAGE);
	w.ballots[1].cites = self;
	w.ballots[1].ncites = 1;
	CHECK(judge(&w, 0) == CSG_R_STAGE);
	w.ballots[1].cites = a;
	CHECK(judge(&w, 0) == CSG_R_NONE);
	w.q.requester = 0; /* the cited vote doesn't count then */
	CHECK(judge(&w, 0) == CSG_R_STAGE);
	w.q.requester = CSG_NONE;
	votes(&w, "+a");
	CHECK(judge(&w, 0) == CSG_R_QUORUM);
}

static void
test_all_vote(void)
{
	struct words w;

	unit_case("all must vote");
	words_init(&w);
	w.route.all_vote = true;
	votes(&w, "+a+c0b");
	CHECK(judge(&w, 0) == CSG_R_QUORUM);
	votes(&w, "+a+c0b0d");
	CHECK(judge(&w, 0) == CSG_R_NONE);
	votes(&w, "+a+c+b");
	w.q.requester = 3; /* d asked, and need not vote */
	CHECK(judge(&w, 0) == CSG_R_NONE);
}

static void
test_reject(void)
{
	struct words w;

	unit_case("who can veto");
	words_init(&w);
	votes(&w, "+a+c-b");
	CHECK(judge(&w, 0) == CSG_R_VETO);
	w.q.may_veto = w.veto;
	CHECK(judge(&w, 0) == CSG_R_NONE);
	votes(&w, "+a+c-e");
	CHECK(judge(&w, 0) == CSG_R_NONE);
	w.veto[4] = true; /* e is in no clause, and can */
	CHECK(judge(&w, 0) == CSG_R_VETO);
	w.veto[4] = false;
	w.q.requester = 4; /* withdraws */
	CHECK(judge(&w, 0) == CSG_R_VETO);
}

static void
test_cooling(void)
{
	struct words w;

	unit_case("cooling-off, from the vote that completed the quorum");
	words_init(&w);
	w.route.cooling_off = HOUR;
	votes(&w, "+a+c+b");
	w.ballots[0].time = w.q.time - 3 * HOUR;
	w.ballots[1].time = w.q.time - HOUR + 1;
	w.ballots[2].time = w.q.time - 1; /* adds nothing, restarts nothing */
	CHECK(judge(&w, w.q.time + 1) == CSG_R_COOLING);
	w.ballots[1].time--;
	CHECK(judge(&w, 0) == CSG_R_NONE);
	w.route.all_vote = true;
	votes(&w, "+a+c+b0d");
	w.ballots[3].time = w.q.time; /* completed by the last voter */
	CHECK(judge(&w, w.q.time + HOUR) == CSG_R_COOLING);
}

static void
test_completed(void)
{
	struct words w;
	int64_t t = 0;

	unit_case("when the quorum was complete");
	words_init(&w);
	w.route.cooling_off = HOUR; /* is not waited for */
	votes(&w, "+a+c+b");
	w.ballots[0].time = 300;
	w.ballots[1].time = 200;
	w.ballots[2].time = 100;
	CHECK(csg_quorum_completed(&w.q, 0, &t, NULL) == CSG_OK && t == 200);
	w.q.requester = 1; /* b, whose approval is none */
	CHECK(csg_quorum_completed(&w.q, 0, &t, NULL) == CSG_OK && t == 300);
	votes(&w, "+a+b");
	CHECK(csg_quorum_completed(&w.q, 0, &t, NULL) == CSG_OK &&
	    t == CSG_NEVER);
	votes(&w, "");
	CHECK(csg_quorum_completed(&w.q, 0, &t, NULL) == CSG_OK &&
	    t == CSG_NEVER);
}

static void
test_window(void)
{
	struct words w;
	const int64_t monday = 4 * DAY; /* 1970-01-05 */

	unit_case("the window");
	words_init(&w);
	votes(&w, "+a+c");
	w.route.window = (struct csg_window){
		.set = true, .day = { true }, .start = 8 * 60, .end = 18 * 60
	};
	w.q.time = monday + 8 * HOUR - 1;
	CHECK(judge(&w, monday + 8 * HOUR) == CSG_R_WINDOW);
	w.q.time++;
	CHECK(judge(&w, 0) == CSG_R_NONE);
	w.q.time = monday + 18 * HOUR;
	CHECK(judge(&w, monday + 7 * DAY + 8 * HOUR) == CSG_R_WINDOW);
	w.route.window.start = 22 * 60;
	w.route.window.end = 2 * 60;
	w.q.time = monday + DAY + 2 * HOUR - 1; /* Monday's, on Tuesday */
	CHECK(judge(&w, 0) == CSG_R_NONE);
	w.q.time = monday + HOUR;
	CHECK(judge(&w, monday + 22 * HOUR) == CSG_R_WINDOW);
	w.route.cooling_off = 2 * DAY;
	w.q.time = monday + 22 * HOUR;
	w.ballots[0].time = w.ballots[1].time = monday;
	CHECK(judge(&w, monday + 7 * DAY + 22 * HOUR) == CSG_R_COOLING);
}

/* ---- brute force ---- */

#define B 9 /* ballots, at most */

static uint64_t seed = 20261124;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

struct instance {
	bool member[2][3][U], veto[U];
	struct csg_clause clauses[2][3];
	struct csg_rule rules[2];
	struct csg_ballot ballots[B];
	size_t cites[B][B];
	struct csg_quorum q;
};

static void
throw_route(struct instance *x, size_t r)
{
	struct csg_rule *route = &x->rules[r];
	size_t c, u;

	*route = (struct csg_rule){ .clauses = x->clauses[r],
		.nclauses = 1 + dice(3),
		.all_vote = dice(5) == 0,
		.cooling_off = dice(4) == 0 ? (int64_t)dice(6) : 0 };
	if (dice(6) == 0)
		route->window = (struct csg_window){ .set = true,
			.day = { dice(2), dice(2), dice(2), true },
			.end = (int)dice(24 * 60) };
	for (c = 0; c < route->nclauses; c++) {
		for (u = 0; u < x->q.users; u++)
			x->member[r][c][u] = dice(2) == 0;
		x->clauses[r][c] = (struct csg_clause){ .need = 1 + dice(2),
			.member = x->member[r][c],
			.stage = dice(2) == 0 ? 1 : (unsigned)dice(3),
			.statement = dice(3) == 0 ? 1 : 0 };
	}
}

static void
throw_ballot(struct instance *x, size_t i)
{
	size_t j;

	x->ballots[i] = (struct csg_ballot){ .user = dice(x->q.users),
		.vote = dice(12) == 0 ? CSG_REJECT :
		    dice(8) == 0      ? CSG_ABSTAIN :
					CSG_APPROVE,
		.statement = (unsigned)dice(2),
		.time = (int64_t)dice(6),
		.cites = x->cites[i] };
	for (j = 0; j < i; j++)
		if (dice(3) > 0)
			x->cites[i][x->ballots[i].ncites++] = j;
}

static void
throw_instance(struct instance *x)
{
	size_t r, i;

	memset(x, 0, sizeof(*x));
	x->q = (struct csg_quorum){ .users = 2 + dice(U - 1),
		.requester = dice(3) == 0 ? CSG_NONE : 0,
		.rules = x->rules,
		.nrules = 1 + dice(2),
		.ballots = x->ballots,
		.nballots = dice(B),
		.time = (int64_t)dice(10) };
	if (dice(4) == 0) {
		x->q.may_veto = x->veto;
		for (i = 0; i < U; i++)
			x->veto[i] = dice(3) == 0;
	}
	for (r = 0; r < x->q.nrules; r++)
		throw_route(x, r);
	for (i = 0; i < x->q.nballots; i++)
		throw_ballot(x, i);
}

/*
 * The rules once more, by definition: does ballot b fit clause c of the
 * route, looking at ballots up to a time only?
 */
static bool brute_fits(const struct csg_quorum *q, const struct csg_rule *route,
    size_t b, size_t c, int64_t until);

/*
 * Try every way to put person u and all after into places of the stages
 * below one, by the ballots that are set.
 */
static bool
fill(const struct csg_quorum *q, const struct csg_rule *route, const bool *set,
    unsigned below, int64_t until, size_t u, size_t left[3])
{
	size_t b, c;

	for (c = 0; c < route->nclauses &&
	    (left[c] == 0 || route->clauses[c].stage >= below);
	    c++)
		;
	if (c == route->nclauses)
		return true;
	if (u == q->users)
		return false;
	if (fill(q, route, set, below, until, u + 1, left))
		return true;
	for (c = 0; c < route->nclauses; c++) {
		if (left[c] == 0 || route->clauses[c].stage >= below)
			continue;
		for (b = 0; b < q->nballots; b++)
			if (set[b] && q->ballots[b].user == u &&
			    brute_fits(q, route, b, c, until))
				break;
		if (b == q->nballots)
			continue;
		left[c]--;
		if (fill(q, route, set, below, until, u + 1, left)) {
			left[c]++;
			return true;
		}
		left[c]++;
	}
	return false;
}

static bool
brute_filled(const struct csg_quorum *q, const struct csg_rule *route,
    const bool *set, unsigned below, int64_t until)
{
	size_t c, left[3] = { 0 };

	for (c = 0; c < route->nclauses; c++)
		left[c] = route->clauses[c].need;
	return fill(q, route, set, below, until, 0, left);
}

static bool
brute_fits(const struct csg_quorum *q, const struct csg_rule *route, size_t b,
    size_t c, int64_t until)
{
	const struct csg_ballot *x = &q->ballots[b];
	const struct csg_clause *clause = &route->clauses[c];
	bool cited[B] = { false };
	size_t i;

	if (x->vote != CSG_APPROVE || x->user == q->requester ||
	    x->time > until || !clause->member[x->user] ||
	    (clause->statement != 0 && clause->statement != x->statement))
		return false;
	for (i = 0; i < route->nclauses; i++)
		if (route->clauses[i].stage < clause->stage)
			break;
	if (i == route->nclauses)
		return true;
	for (i = 0; i < x->ncites; i++)
		cited[x->cites[i]] = q->ballots[x->cites[i]].user != x->user;
	return brute_filled(q, route, cited, clause->stage, until);
}

static bool
is_member(const struct csg_rule *route, size_t u)
{
	size_t c;

	for (c = 0; c < route->nclauses; c++)
		if (route->clauses[c].member[u])
			return true;
	return false;
}

/* Approvals that fit nowhere are as good as not cast. */
static bool
brute_stands(const struct csg_quorum *q, size_t b)
{
	size_t r, c;

	if (q->ballots[b].vote != CSG_APPROVE)
		return true;
	for (r = 0; r < q->nrules; r++)
		for (c = 0; c < q->rules[r].nclauses; c++)
			if (brute_fits(q, &q->rules[r], b, c, INT64_MAX))
				return true;
	return false;
}

static bool
brute_complete(
    const struct csg_quorum *q, const struct csg_rule *route, int64_t until)
{
	bool all[B], voted;
	size_t u, b;

	for (b = 0; b < q->nballots; b++)
		all[b] = true;
	if (!brute_filled(q, route, all, 1000, until))
		return false;
	for (u = 0; u < q->users && route->all_vote; u++) {
		if (u == q->requester || !is_member(route, u))
			continue;
		for (voted = false, b = 0; b < q->nballots; b++)
			if (q->ballots[b].user == u &&
			    q->ballots[b].time <= until && brute_stands(q, b))
				voted = true;
		if (!voted)
			return false;
	}
	return true;
}

static enum csg_verdict
brute(const struct csg_quorum *q)
{
	size_t i, r;
	int64_t t;
	bool may;

	for (i = 0; i < q->nballots; i++) {
		size_t u = q->ballots[i].user;

		may = q->may_veto != NULL && q->may_veto[u];
		for (r = 0; r < q->nrules && q->may_veto == NULL; r++)
			may = may || is_member(&q->rules[r], u);
		if (q->ballots[i].vote == CSG_REJECT &&
		    (u == q->requester || may))
			return CSG_VETOED;
	}
	for (r = 0; r < q->nrules; r++) {
		if (!brute_complete(q, &q->rules[r], INT64_MAX))
			continue;
		for (t = 0; !brute_complete(q, &q->rules[r], t); t++)
			;
		if ((q->rules[r].cooling_off == 0 ||
			q->time >= t + q->rules[r].cooling_off) &&
		    csg_window_open(&q->rules[r].window, q->time))
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
	size_t i, j, last = x->q.nballots - 1;
	struct csg_ballot first = x->ballots[0];
	enum csg_verdict after;

	if (x->q.nballots > 1) {
		x->ballots[0] = x->ballots[last];
		x->ballots[last] = first;
		for (i = 0; i <= last; i++)
			for (j = 0; j < x->ballots[i].ncites; j++) {
				size_t *c = &x->cites[i == 0 ? last :
					i == last	     ? 0 :
							       i][j];

				*c = *c == 0 ? last : *c == last ? 0 : *c;
			}
		if (verdict(&x->q) != before)
			return false;
	}
	if (x->q.nballots == B)
		return true;
	throw_ballot(x, x->q.nballots);
	x->ballots[x->q.nballots++].vote = CSG_APPROVE;
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
	test_statement();
	test_stage();
	test_all_vote();
	test_reject();
	test_cooling();
	test_completed();
	test_window();
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
