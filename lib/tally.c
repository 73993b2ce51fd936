#include <stdlib.h>
#include <string.h>

#include "lib/tally.h"
#include "lib/when.h"

/* The time limits of a vote.  A rejection never expires. */
static enum csg_rc
check_times(
    const struct csg_tally *t, const struct csg_tallied *v, struct csg_err *err)
{
	const struct csg_endorsement *e = v->vote;
	int64_t last;
	char when[CSG_TIME_LEN];

	if (e->head.time > t->time + CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_EXPIRED,
		    "vote is from the future (%s)",
		    csg_time_format(e->head.time, when));
	if (e->vote == CSG_REJECT)
		return CSG_OK;
	last = e->head.time + t->profile->vote_life;
	if (e->expires < last)
		last = e->expires;
	if (t->time > last)
		return csg_fail(err, CSG_R_EXPIRED, "vote expired at %s",
		    csg_time_format(last, when));
	return csg_cert_valid_at(v->cert, t->time, e->head.author, err);
}

/* May this person's vote count? */
static enum csg_rc
check_right(
    const struct csg_tally *t, const struct csg_tallied *v, struct csg_err *err)
{
	if (v->user == t->requester)
		return v->vote->vote == CSG_REJECT ?
		    CSG_OK :
		    csg_fail(err, CSG_R_SELF, "%s made the request",
			v->vote->head.author);
	if (!csg_policy_may_endorse(t->policy, t->profile, v->user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group of profile %s", v->vote->head.author,
		    t->profile->name);
	if (v->vote->vote == CSG_APPROVE && v->vote->blind &&
	    t->profile->inspect)
		return csg_fail(err, CSG_R_BLIND,
		    "%s approved without the artifacts at hand",
		    v->vote->head.author);
	return CSG_OK;
}

static enum csg_rc
check_vote(
    const struct csg_tally *t, struct csg_tallied *v, struct csg_err *err)
{
	const struct csg_envelope *env = v->msg->env;
	enum csg_rc rc;

	if (env->kind != CSG_ENDORSEMENT)
		return csg_fail(err, CSG_R_TYPE, "a %s is no vote",
		    csg_kind_word(env->kind));
	if ((rc = csg_endorsement_read(env, &v->vote, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&v->vote->request, &t->request->id))
		return csg_fail(err, CSG_R_REQMISMATCH,
		    "%s voted on another request", v->vote->head.author);
	if (!csg_id_equal(&v->vote->head.policy, &t->policy->id))
		return csg_fail(err, CSG_R_POLICY,
		    "%s voted under another policy", v->vote->head.author);
	if ((rc = csg_message_author(t->policy, &v->vote->head, env, &v->user,
		 &v->cert, err)) != CSG_OK ||
	    (rc = check_right(t, v, err)) != CSG_OK)
		return rc;
	return check_times(t, v, err);
}

/* Has the same vote (by id) been counted already? */
static bool
is_repeat(const struct csg_tally *t, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (t->votes[j].eligible &&
		    csg_id_equal(
			&t->votes[j].msg->env->id, &t->votes[i].msg->env->id))
			return true;
	return false;
}

static enum csg_rc
check_votes(
    struct csg_tally *t, const struct csg_policy *newest, struct csg_err *err)
{
	const struct csg_revocation *r;
	struct csg_tallied *v;
	enum csg_rc rc;
	size_t i;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if ((rc = check_vote(t, v, &v->why)) == CSG_TROUBLE) {
			if (err != NULL)
				*err = v->why;
			return rc;
		}
		if (rc != CSG_OK)
			continue;
		if (is_repeat(t, i)) {
			(void)csg_fail(
			    &v->why, CSG_R_REPLAY, "the same vote once more");
			continue;
		}
		v->eligible = v->counted = true;
		if (newest != NULL &&
		    (r = csg_policy_revoked(newest, &v->cert->spki)) != NULL &&
		    r->compromised && t->time >= r->since) {
			v->counted = false;
			(void)csg_fail(&v->why, CSG_R_REVOKED,
			    "the key of %s was compromised",
			    v->vote->head.author);
		}
	}
	return CSG_OK;
}

static enum csg_rc
decide(struct csg_tally *t, struct csg_err *err)
{
	struct csg_ballot *ballots;
	struct csg_quorum q = { .users = t->policy->nusers,
		.requester = t->requester,
		.routes = t->profile->quorum,
		.nroutes = t->profile->nroutes };
	enum csg_rc rc;
	size_t i;

	if ((ballots = calloc(t->n + 1, sizeof(*ballots))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->n; i++)
		if (t->votes[i].counted)
			ballots[q.nballots++] =
			    (struct csg_ballot){ t->votes[i].user,
				    t->votes[i].vote->vote };
	q.ballots = ballots;
	rc = csg_quorum_decide(&q, &t->decision, err);
	free(ballots);
	return rc;
}

enum csg_rc
csg_tally_make(const struct csg_policy *p, const struct csg_message *request,
    const struct csg_message *const *votes, size_t n, int64_t time,
    const struct csg_policy *newest, struct csg_tally **out,
    struct csg_err *err)
{
	struct csg_tally *t;
	enum csg_rc rc = CSG_TROUBLE;
	size_t i;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->votes = calloc(n + 1, sizeof(*t->votes))) == NULL) {
		(void)csg_fail_mem(err);
		goto out;
	}
	t->policy = p;
	t->msg = request;
	t->time = time;
	for (t->n = n, i = 0; i < n; i++) {
		t->votes[i].msg = votes[i];
		t->votes[i].user = CSG_NOBODY;
	}
	if ((rc = csg_request_read(request->env, &t->request, err)) != CSG_OK ||
	    (rc = csg_request_check(t->request, request->env, p, time,
		 &t->requester, &t->profile, err)) != CSG_OK) {
		(void)csg_err_prefix(err, "%s: ", request->origin);
		goto out;
	}
	if ((rc = check_votes(t, newest, err)) != CSG_OK ||
	    (rc = decide(t, err)) != CSG_OK)
		goto out;
	*out = t; /* transferred */
	t = NULL;
out:
	csg_tally_free(t);
	return rc;
}

void
csg_tally_free(struct csg_tally *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		csg_endorsement_free(t->votes[i].vote);
	csg_decision_clear(&t->decision);
	csg_request_free(t->request);
	free(t->votes);
	free(t);
}

static enum csg_rc
say_veto(const struct csg_tally *t, struct csg_err *err)
{
	const struct csg_tallied *v;
	size_t i;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (!v->counted || v->vote->vote != CSG_REJECT)
			continue;
		return csg_fail(err, CSG_R_VETO, "%s %s the request: %s",
		    v->vote->head.author,
		    v->user == t->requester ? "withdrew" : "rejected",
		    v->vote->comment);
	}
	return csg_fail(err, CSG_R_VETO, "rejected");
}

/* "security 1/2: erin or frank" for each clause that is not full. */
static enum csg_rc
say_missing(const struct csg_tally *t, struct csg_err *err)
{
	const struct csg_decision *d = &t->decision;
	const struct csg_route *q = &t->profile->quorum[d->route];
	const struct csg_profile_route *route = &t->profile->routes[d->route];
	struct csg_buf b = { 0 };
	const char *sep;
	size_t c, u;
	enum csg_rc rc;

	for (c = 0; c < q->nclauses; c++) {
		if (d->filled[c] >= q->clauses[c].need)
			continue;
		csg_buf_printf(&b, "%s%s %zu/%zu", b.len > 0 ? "; " : "",
		    t->policy->groups[route->groups[c]].name, d->filled[c],
		    q->clauses[c].need);
		for (u = 0, sep = ": "; u < t->policy->nusers; u++) {
			if (!q->clauses[c].member[u] || u == t->requester ||
			    d->place[u] != CSG_NOBODY)
				continue;
			csg_buf_printf(
			    &b, "%s%s", sep, t->policy->users[u].name);
			sep = " or ";
		}
	}
	rc = csg_fail(err, CSG_R_QUORUM, "%s", csg_buf_str(&b));
	csg_buf_free(&b);
	return rc;
}

enum csg_rc
csg_tally_verdict(const struct csg_tally *t, struct csg_err *err)
{
	switch (t->decision.verdict) {
	case CSG_MET: return CSG_OK;
	case CSG_VETOED: return say_veto(t, err);
	case CSG_WAITING: break;
	}
	return say_missing(t, err);
}

const char *
csg_tally_route(const struct csg_tally *t)
{
	return t->profile->routes[t->decision.route].name;
}

enum csg_rc
csg_tally_strict(const struct csg_tally *t, struct csg_err *err)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->votes[i].counted &&
		    t->votes[i].why.reason != CSG_R_REPLAY) {
			if (err != NULL)
				*err = t->votes[i].why;
			return csg_err_prefix(
			    err, "%s: ", t->votes[i].msg->origin);
		}
	return CSG_OK;
}

enum csg_rc
csg_tally_evidence(const struct csg_tally *t, const char *route,
    struct csg_buf *text, struct csg_id *digest, struct csg_err *err)
{
	struct csg_evidence e = { .policy = t->policy->id,
		.request = t->request->id,
		.time = t->time,
		.route = route };
	enum csg_rc rc;
	size_t i;

	if ((e.votes = calloc(t->n + 1, sizeof(*e.votes))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->n; i++)
		if (t->votes[i].eligible)
			e.votes[e.nvotes++] = t->votes[i].msg->env->id;
	rc = csg_evidence_text(&e, text, digest, err);
	free(e.votes);
	return rc;
}
