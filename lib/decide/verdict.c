#include "lib/base/time.h"
#include "lib/decide/verdict.h"

static enum csg_rc
say_veto(const struct csg_tally *t, struct csg_err *err)
{
	const struct csg_tallied *v;
	size_t i;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (!v->counted || v->vote->vote != CSG_REJECT ||
		    !t->decision.vetoed_by[v->user])
			continue;
		return csg_fail(err, CSG_R_VETO, "%s %s the request%s%s",
		    v->vote->head.author,
		    v->user == t->requester ? "withdrew" : "rejected",
		    v->vote->comment != NULL ? ": " : "",
		    v->vote->comment != NULL ? v->vote->comment : "");
	}
	return csg_fail(err, CSG_R_VETO, "rejected");
}

bool
csg_tally_could_fill(const struct csg_tally *t, size_t clause, size_t user)
{
	const struct csg_decision *d = &t->decision;

	return d->place[user] == CSG_NONE && user != t->requester &&
	    t->profile->rules[d->route].clauses[clause].member[user] &&
	    !csg_is_named(t->suspended, t->policy->users[user].name);
}

/* Append "security 1/2: erin or frank", with the statement that is required. */
static void
say_clause(const struct csg_tally *t, size_t c, struct csg_buf *out)
{
	const struct csg_decision *d = &t->decision;
	const struct csg_clause *clause =
	    &t->profile->rules[d->route].clauses[c];
	const struct csg_profile_route *route = &t->profile->routes[d->route];
	const char *sep = ": ";
	size_t u;

	csg_buf_printf(out, "%s%s %zu/%zu", out->len > 0 ? "; " : "",
	    t->policy->groups[route->groups[c]].name, d->filled[c],
	    clause->need);
	if (clause->statement != 0)
		csg_buf_printf(
		    out, " %s", t->policy->statements[clause->statement - 1]);
	for (u = 0; u < t->policy->nusers; u++) {
		if (!csg_tally_could_fill(t, c, u))
			continue;
		csg_buf_printf(out, "%s%s", sep, t->policy->users[u].name);
		sep = " or ";
	}
}

static enum csg_rc
say_missing(const struct csg_tally *t, struct csg_err *err)
{
	const struct csg_decision *d = &t->decision;
	const struct csg_rule *q = &t->profile->rules[d->route];
	struct csg_buf b = { 0 };
	bool first = true;
	size_t c, u;
	enum csg_rc rc;

	for (c = 0; c < q->nclauses; c++)
		if (d->filled[c] < q->clauses[c].need)
			say_clause(t, c, &b);
	for (u = 0; u < t->policy->nusers; u++)
		if (d->silent[u]) {
			if (first && b.len > 0)
				csg_buf_puts(&b, "; ");
			csg_buf_printf(&b, "%s%s",
			    first ? "all must vote: " : " and ",
			    t->policy->users[u].name);
			first = false;
		}
	if (t->profile->nroutes > 1)
		csg_buf_printf(&b, " (%s %s)",
		    t->profile->routes[d->route].emergency ? "EMERGENCY route" :
							     "route",
		    csg_tally_route(t));
	rc = csg_fail(err, d->reason, "%s%s",
	    d->reason == CSG_R_STAGE ? "an earlier stage was not complete: " :
				       "",
	    csg_buf_str(&b));
	csg_buf_free(&b);
	return rc;
}

enum csg_rc
csg_tally_verdict(const struct csg_tally *t, struct csg_err *err)
{
	char when[CSG_TIME_LEN];

	switch (t->decision.verdict) {
	case CSG_MET: return CSG_OK;
	case CSG_VETOED: return say_veto(t, err);
	case CSG_WAITING: break;
	}
	if (t->decision.reason == CSG_R_COOLING)
		return csg_fail(err, CSG_R_COOLING,
		    "the quorum is met; signing is allowed from %s on",
		    csg_time_format(t->decision.until, when));
	if (t->decision.reason == CSG_R_WINDOW)
		return csg_fail(err, CSG_R_WINDOW,
		    "the quorum is met; the next window opens at %s",
		    csg_time_format(t->decision.until, when));
	return say_missing(t, err);
}
