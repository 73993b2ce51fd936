#include <stdlib.h>
#include <string.h>

#include "lib/policy/matching.h"
#include "lib/policy/quorum.h"

#define ALWAYS INT64_MAX

static bool
in_route(const struct csg_rule *route, size_t u)
{
	size_t c;

	for (c = 0; c < route->nclauses; c++)
		if (route->clauses[c].member[u])
			return true;
	return false;
}

/* ---- which ballot fits which clause ---- */

/* One route that is tried with the ballots up to a time. */
struct trial {
	const struct csg_quorum *q;
	const struct csg_rule *route;
	const enum csg_standing *standing; /* [ballots]; NULL: unknown yet */
	int64_t until;
	bool *fits; /* [ballots * clauses] */
	struct csg_matching m;
	bool *silent; /* [users] */
	size_t nsilent;
};

static enum csg_rc
trial_init(struct trial *t, const struct csg_quorum *q, size_t route,
    struct csg_err *err)
{
	memset(t, 0, sizeof(*t));
	t->q = q;
	t->route = &q->rules[route];
	t->until = ALWAYS;
	t->fits =
	    calloc(q->nballots + 1, t->route->nclauses * sizeof(*t->fits));
	t->silent = calloc(q->users + 1, sizeof(*t->silent));
	if (t->fits == NULL || t->silent == NULL)
		return csg_fail_mem(err);
	return csg_matching_init(&t->m, q->users, t->route, err);
}

static void
trial_clear(struct trial *t)
{
	free(t->fits);
	free(t->silent);
	csg_matching_clear(&t->m);
}

static bool *
fits(const struct trial *t, size_t b, size_t c)
{
	return &t->fits[b * t->route->nclauses + c];
}

/* Is the ballot considered: by a user, in time, and with standing? */
static bool
heard(const struct trial *t, size_t b)
{
	const struct csg_ballot *ballot = &t->q->ballots[b];

	return ballot->user < t->q->users && ballot->time <= t->until &&
	    (t->standing == NULL || t->standing[b] == CSG_STANDS);
}

static bool
approves(const struct trial *t, size_t b)
{
	return heard(t, b) && t->q->ballots[b].vote == CSG_APPROVE &&
	    t->q->ballots[b].user != t->q->requester;
}

static void
no_edges(struct trial *t)
{
	memset(t->m.edge, 0,
	    t->q->users * t->route->nclauses * sizeof(*t->m.edge));
}

static void
add_edges(struct trial *t, size_t b)
{
	size_t c;

	for (c = 0; c < t->route->nclauses; c++)
		if (*fits(t, b, c))
			*csg_matching_edge(&t->m, t->q->ballots[b].user, c) =
			    true;
}

/* Do the approvals by others that b cites fill all stages below stage? */
static bool
cites_fill(struct trial *t, size_t b, unsigned stage)
{
	const struct csg_ballot *ballot = &t->q->ballots[b];
	size_t i, cited;

	no_edges(t);
	for (i = 0; i < ballot->ncites; i++) {
		cited = ballot->cites[i];
		if (cited < t->q->nballots && approves(t, cited) &&
		    t->q->ballots[cited].user != ballot->user)
			add_edges(t, cited);
	}
	return csg_matching_run(&t->m, stage) ==
	    csg_matching_places(t->route, stage);
}

/* Does b fit clause c, ignoring the clause's stage? */
static bool
fits_clause(const struct trial *t, size_t b, size_t c)
{
	const struct csg_clause *clause = &t->route->clauses[c];
	const struct csg_ballot *ballot = &t->q->ballots[b];

	return clause->member[ballot->user] &&
	    (clause->statement == 0 || clause->statement == ballot->statement);
}

/* The lowest stage of the route, above *above if that is given; false if none
 * is left. */
static bool
next_stage(const struct csg_rule *route, const unsigned *above, unsigned *out)
{
	size_t c;
	bool found = false;
	unsigned s;

	for (c = 0; c < route->nclauses; c++) {
		s = route->clauses[c].stage;
		if ((above == NULL || s > *above) && (!found || s < *out)) {
			*out = s;
			found = true;
		}
	}
	return found;
}

/* Find all fits, stage by stage, since a later one builds on earlier ones. */
static void
find_fits(struct trial *t)
{
	unsigned stage = 0, last;
	bool first = true, more;
	size_t b, c;

	memset(t->fits, 0,
	    (t->q->nballots + 1) * t->route->nclauses * sizeof(*t->fits));
	for (more = next_stage(t->route, NULL, &stage); more;
	    more = next_stage(t->route, &last, &stage)) {
		for (b = 0; b < t->q->nballots; b++) {
			if (!approves(t, b) ||
			    (!first && !cites_fill(t, b, stage)))
				continue;
			for (c = 0; c < t->route->nclauses; c++)
				if (t->route->clauses[c].stage == stage &&
				    fits_clause(t, b, c))
					*fits(t, b, c) = true;
		}
		first = false;
		last = stage;
	}
}

/* Who must vote and has not? */
static void
find_silent(struct trial *t)
{
	size_t u, b;

	t->nsilent = 0;
	for (u = 0; u < t->q->users; u++) {
		t->silent[u] = t->route->all_vote && u != t->q->requester &&
		    in_route(t->route, u);
		for (b = 0; b < t->q->nballots && t->silent[u]; b++)
			if (t->q->ballots[b].user == u && heard(t, b))
				t->silent[u] = false;
		t->nsilent += t->silent[u];
	}
}

/* Count the ballots up to a time; returns the number of places filled. */
static size_t
count(struct trial *t, int64_t until)
{
	size_t b;

	t->until = until;
	find_fits(t);
	find_silent(t);
	no_edges(t);
	for (b = 0; b < t->q->nballots; b++)
		add_edges(t, b);
	return csg_matching_run(&t->m, 0);
}

/* ---- standing ---- */

/* What keeps b from fitting any clause of the route? */
static enum csg_standing
standing_in(const struct trial *t, size_t b)
{
	enum csg_standing s = CSG_NO_PLACE;
	size_t c;

	for (c = 0; c < t->route->nclauses; c++) {
		if (*fits(t, b, c))
			return CSG_STANDS;
		if (fits_clause(t, b, c))
			s = CSG_NO_STAGE;
		else if (s == CSG_NO_PLACE &&
		    t->route->clauses[c].member[t->q->ballots[b].user])
			s = CSG_NO_STATEMENT;
	}
	return s;
}

/* The better of two: CSG_STANDS, else the one nearest to it. */
static enum csg_standing
better(enum csg_standing a, enum csg_standing b)
{
	if (a == CSG_STANDS || b == CSG_STANDS)
		return CSG_STANDS;
	return a > b ? a : b;
}

/* An approval stands if it fits a clause of some route; others always do. */
static enum csg_rc
find_standing(
    const struct csg_quorum *q, enum csg_standing *out, struct csg_err *err)
{
	struct trial t;
	size_t r, b;
	enum csg_rc rc = CSG_OK;

	for (b = 0; b < q->nballots; b++)
		if (q->ballots[b].vote == CSG_APPROVE)
			out[b] = CSG_NO_PLACE;
	for (r = 0; r < q->nrules && rc == CSG_OK; r++) {
		if ((rc = trial_init(&t, q, r, err)) == CSG_OK) {
			find_fits(&t);
			for (b = 0; b < q->nballots; b++)
				if (approves(&t, b))
					out[b] =
					    better(out[b], standing_in(&t, b));
		}
		trial_clear(&t);
	}
	return rc;
}

/* ---- the decision ---- */

static bool
may_veto(const struct csg_quorum *q, size_t u)
{
	size_t r;

	if (u == q->requester)
		return true;
	if (q->may_veto != NULL)
		return q->may_veto[u];
	for (r = 0; r < q->nrules; r++)
		if (in_route(&q->rules[r], u))
			return true;
	return false;
}

static bool
find_vetoes(const struct csg_quorum *q, bool *vetoed_by)
{
	const struct csg_ballot *b;
	size_t i;
	bool veto = false;

	for (i = 0; i < q->nballots; i++) {
		b = &q->ballots[i];
		if (b->user < q->users && b->vote == CSG_REJECT &&
		    may_veto(q, b->user))
			veto = vetoed_by[b->user] = true;
	}
	return veto;
}

static int
time_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/*
 * The time of the vote that completed a route, which is complete.  Further
 * ballots never undo that, so a binary search over the times finds it.
 */
static enum csg_rc
find_completion(struct trial *t, int64_t *out, struct csg_err *err)
{
	size_t i, lo = 0, hi = t->q->nballots - 1, mid;
	int64_t *times = calloc(t->q->nballots, sizeof(*times));

	if (times == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->q->nballots; i++)
		times[i] = t->q->ballots[i].time;
	qsort(times, t->q->nballots, sizeof(*times), time_cmp);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (count(t, times[mid]) == csg_matching_places(t->route, 0) &&
		    t->nsilent == 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	*out = times[lo];
	free(times);
	return CSG_OK;
}

/* A complete route may have to wait: *until is 0 or when the wait is over. */
static enum csg_rc
find_wait(
    struct trial *t, enum csg_reason *why, int64_t *until, struct csg_err *err)
{
	int64_t from = t->q->time, complete = 0;

	*why = CSG_R_NONE;
	*until = 0;
	if (t->q->no_wait)
		return CSG_OK;
	if (t->route->cooling_off > 0) {
		if (find_completion(t, &complete, err) != CSG_OK)
			return CSG_TROUBLE;
		if (t->q->time < complete + t->route->cooling_off) {
			*why = CSG_R_COOLING;
			from = *until = complete + t->route->cooling_off;
		}
		(void)count(t, ALWAYS); /* to restore the places */
	}
	if (!csg_window_open(&t->route->window, from)) {
		if (*why == CSG_R_NONE)
			*why = CSG_R_WINDOW;
		*until = csg_window_next(&t->route->window, from);
	}
	return CSG_OK;
}

/* Is d nearer to being met than the route in out? */
static bool
is_nearer(const struct csg_quorum *q, const struct csg_decision *out,
    const struct csg_decision *d)
{
	bool is_last = q->rules[d->route].last_resort;

	if (out->place == NULL)
		return true;
	if (out->reason == CSG_R_NONE || d->reason == CSG_R_NONE)
		return out->reason != CSG_R_NONE;
	if (is_last != q->rules[out->route].last_resort)
		return !is_last;
	if (d->need - d->have != out->need - out->have)
		return d->need - d->have < out->need - out->have;
	if (d->nsilent != out->nsilent)
		return d->nsilent < out->nsilent;
	return d->until < out->until;
}

/* Why are places of the route empty: were votes missing, or too early? */
static enum csg_reason
why_waiting(const struct trial *t, const enum csg_standing *standing)
{
	size_t b;

	for (b = 0; b < t->q->nballots; b++)
		if (standing[b] == CSG_NO_STAGE &&
		    t->m.place[t->q->ballots[b].user] == CSG_NONE)
			return CSG_R_STAGE;
	return CSG_R_QUORUM;
}

/* Move the trial's result to out; the trial gets out's arrays, to free. */
static void
replace(struct csg_decision *out, const struct csg_decision *d, struct trial *t)
{
	size_t *place = out->place, *filled = out->filled;
	bool *silent = out->silent;

	out->place = t->m.place;
	out->filled = t->m.filled;
	out->silent = t->silent;
	t->m.place = place;
	t->m.filled = filled;
	t->silent = silent;
	out->reason = d->reason;
	out->route = d->route;
	out->have = d->have;
	out->need = d->need;
	out->nsilent = d->nsilent;
	out->until = d->until;
}

/* Decide route r, which replaces the one in out if it is nearer to met. */
static enum csg_rc
try_route(const struct csg_quorum *q, size_t r, struct csg_decision *out,
    struct csg_err *err)
{
	struct csg_decision d = { .route = r };
	struct trial t;
	enum csg_rc rc;

	if ((rc = trial_init(&t, q, r, err)) != CSG_OK)
		goto out;
	t.standing = out->standing;
	d.have = count(&t, ALWAYS);
	d.need = csg_matching_places(t.route, 0);
	d.nsilent = t.nsilent;
	d.reason = why_waiting(&t, out->standing);
	if (d.have == d.need && d.nsilent == 0 &&
	    (rc = find_wait(&t, &d.reason, &d.until, err)) != CSG_OK)
		goto out;
	if (is_nearer(q, out, &d))
		replace(out, &d, &t);
out:
	trial_clear(&t);
	return rc;
}

enum csg_rc
csg_quorum_decide(
    const struct csg_quorum *q, struct csg_decision *out, struct csg_err *err)
{
	size_t r;
	enum csg_rc rc = CSG_OK;

	memset(out, 0, sizeof(*out));
	out->vetoed_by = calloc(q->users + 1, sizeof(*out->vetoed_by));
	out->standing = calloc(q->nballots + 1, sizeof(*out->standing));
	if (out->vetoed_by == NULL || out->standing == NULL)
		rc = csg_fail_mem(err);
	if (rc == CSG_OK)
		rc = find_standing(q, out->standing, err);
	for (r = 0; r < q->nrules && rc == CSG_OK; r++)
		rc = try_route(q, r, out, err);
	if (rc != CSG_OK) {
		csg_decision_clear(out);
		return rc;
	}
	if (find_vetoes(q, out->vetoed_by)) {
		out->verdict = CSG_VETOED;
		out->reason = CSG_R_VETO;
	} else if (out->reason == CSG_R_NONE && out->place != NULL &&
	    out->need > 0 && out->have == out->need && out->nsilent == 0)
		out->verdict = CSG_MET;
	return CSG_OK;
}

enum csg_rc
csg_quorum_completed(
    const struct csg_quorum *q, size_t route, int64_t *out, struct csg_err *err)
{
	struct trial t;
	enum csg_rc rc;

	*out = CSG_NEVER;
	if ((rc = trial_init(&t, q, route, err)) == CSG_OK &&
	    count(&t, ALWAYS) == csg_matching_places(t.route, 0) &&
	    t.nsilent == 0)
		rc = find_completion(&t, out, err);
	trial_clear(&t);
	return rc;
}

void
csg_decision_clear(struct csg_decision *d)
{
	free(d->place);
	free(d->filled);
	free(d->silent);
	free(d->vetoed_by);
	free(d->standing);
	memset(d, 0, sizeof(*d));
}
