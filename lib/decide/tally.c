#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/decide/ballots.h"
#include "lib/decide/tally.h"
#include "lib/base/time.h"

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
	if (e->head.time < t->request->head.time - CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_EXPIRED,
		    "vote is older than its request (%s)",
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
	const char *name = v->vote->head.author;

	if (v->user == t->requester)
		return v->vote->vote == CSG_REJECT ?
		    CSG_OK :
		    csg_fail(err, CSG_R_SELF, "%s made the request", name);
	if (!csg_policy_may_endorse(t->profile, v->user) &&
	    (v->vote->vote != CSG_REJECT ||
		!csg_policy_may_reject(t->profile, v->user)))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group of profile %s", name, t->profile->name);
	if (v->vote->vote == CSG_APPROVE && v->vote->blind &&
	    t->profile->inspect)
		return csg_fail(err, CSG_R_BLIND,
		    "%s approved without the artifacts at hand", name);
	return CSG_OK;
}

/* Is the name on the list (NULL-terminated, or NULL)? */
static bool
is_named(char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* A suspension takes power away and adds none: it lifts no veto. */
enum csg_rc
csg_tally_suspended(
    char *const *suspended, const char *name, struct csg_err *err)
{
	if (is_named(suspended, name))
		return csg_fail(err, CSG_R_SUSPENDED,
		    "%s is suspended at this workstation", name);
	return CSG_OK;
}

/* Is the head signed by the ledger key of some version of the policy, and no
 * newer than the vote? */
static enum csg_rc
check_witness(const struct csg_tally_in *in, const struct csg_endorsement *v,
    const struct csg_witness *w, struct csg_err *err)
{
	const struct csg_receipt *r = w->receipt;
	const struct csg_policy *p = NULL;
	size_t i;

	if (csg_id_equal(&r->head.policy, &in->policy->id))
		p = in->policy;
	for (i = 0; i < in->npast && p == NULL; i++)
		if (csg_id_equal(&r->head.policy, &in->past[i]->id))
			p = in->past[i];
	if (p == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "receipt: made under a policy that is not of this chain");
	if (r->head.time > v->head.time + CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_LOG, "it is newer than the vote");
	return csg_receipt_signed(r, w->env, p, err);
}

/*
 * A vote may bring heads of the ledger that its author has seen.  One that
 * does not hold makes an approval or abstention void; a rejection stands.
 */
static enum csg_rc
check_seen(const struct csg_tally_in *in, const struct csg_endorsement *v,
    struct csg_err *err)
{
	size_t i;

	for (i = 0; i < v->nseen && v->vote != CSG_REJECT; i++)
		if (check_witness(in, v, &v->seen[i], err) != CSG_OK)
			return csg_err_prefix(err,
			    "the head of the ledger that %s saw: ",
			    v->head.author);
	return CSG_OK;
}

static enum csg_rc
check_vote(const struct csg_tally *t, struct csg_tallied *v,
    const struct csg_tally_in *in, struct csg_err *err)
{
	const struct csg_envelope *env = v->msg->env;
	enum csg_rc rc;

	if (env->kind != CSG_ENDORSEMENT)
		return csg_fail(
		    err, CSG_R_TYPE, "%s is no vote", csg_kind_one(env->kind));
	if ((rc = csg_endorsement_read(env, &v->vote, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&v->vote->request, &t->request->id))
		return csg_fail(err, CSG_R_REQMISMATCH,
		    "%s voted on another request", v->vote->head.author);
	if (!csg_id_equal(&v->vote->head.policy, &t->policy->id))
		return csg_fail(err, CSG_R_POLICY,
		    "%s voted under another policy", v->vote->head.author);
	if ((rc = csg_message_verify(t->policy, &v->vote->head, env, &v->user,
		 &v->cert, err)) != CSG_OK ||
	    (rc = check_right(t, v, err)) != CSG_OK ||
	    (v->vote->vote == CSG_APPROVE &&
		(rc = csg_tally_suspended(
		     in->suspended, v->vote->head.author, err)) != CSG_OK) ||
	    (rc = check_seen(in, v->vote, err)) != CSG_OK)
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

/* Has the person had the say often enough? */
static bool
is_one_too_many(const struct csg_tally *t, size_t i)
{
	const struct csg_tallied *v = &t->votes[i];
	size_t j, n = 0;

	for (j = 0; j < i; j++)
		n += t->votes[j].eligible && t->votes[j].user == v->user &&
		    (t->votes[j].vote->vote == CSG_REJECT) ==
			(v->vote->vote == CSG_REJECT);
	return n >= CSG_VOTES_OF_ONE;
}

/* Is the head (number j of vote i) among those that come before it, in the vote
 * or in eligible votes of the same person? */
static bool
is_known_head(const struct csg_tally *t, size_t i, size_t j)
{
	const struct csg_tree_head *h =
				       &t->votes[i].vote->seen[j].receipt->tree,
				   *o;
	const struct csg_endorsement *v;
	size_t k, l;

	for (k = 0; k <= i; k++) {
		v = t->votes[k].vote;
		if (k < i &&
		    (!t->votes[k].eligible ||
			t->votes[k].user != t->votes[i].user))
			continue;
		for (l = 0; l < (k < i ? v->nseen : j); l++) {
			o = &v->seen[l].receipt->tree;
			if (o->epoch == h->epoch && o->size == h->size)
				return true;
		}
	}
	return false;
}

/* Would the person bring too many different heads with vote i? */
static bool
brings_too_many(const struct csg_tally *t, size_t i)
{
	const struct csg_endorsement *v;
	size_t k, j, n = 0;

	for (k = 0; k <= i; k++) {
		v = t->votes[k].vote;
		if (v == NULL || v->vote == CSG_REJECT ||
		    t->votes[k].user != t->votes[i].user ||
		    (k < i && !t->votes[k].eligible))
			continue;
		for (j = 0; j < v->nseen; j++)
			n += !is_known_head(t, k, j);
	}
	return t->votes[i].vote->vote != CSG_REJECT && n > CSG_HEADS_OF_ONE;
}

static enum csg_rc
check_votes(
    struct csg_tally *t, const struct csg_tally_in *in, struct csg_err *err)
{
	struct csg_tallied *v;
	enum csg_rc rc;
	size_t i;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		rc = check_vote(t, v, in, &v->why);
		/* LOG: what the vote says of the ledger only voids the vote */
		if (rc == CSG_TROUBLE && v->why.reason != CSG_R_LOG) {
			if (err != NULL)
				*err = v->why;
			return rc;
		}
		if (rc == CSG_OK && is_repeat(t, i))
			(void)csg_fail(
			    &v->why, CSG_R_REPLAY, "the same vote once more");
		else if (rc == CSG_OK && is_one_too_many(t, i))
			(void)csg_fail(&v->why, CSG_R_REPLAY,
			    "%s has voted %d times, which is enough",
			    v->vote->head.author, CSG_VOTES_OF_ONE);
		else if (rc == CSG_OK && brings_too_many(t, i))
			(void)csg_fail(&v->why, CSG_R_LOG,
			    "%s would bring more than %d heads of the ledger",
			    v->vote->head.author, CSG_HEADS_OF_ONE);
		else if (rc == CSG_OK)
			v->eligible = v->counted = true;
	}
	return CSG_OK;
}

/* Votes whose key a later policy calls compromised don't count. */
static bool
hear_revocations(struct csg_tally *t, const struct csg_policy *newest)
{
	const struct csg_revocation *r;
	struct csg_tallied *v;
	size_t i;
	bool any = false;

	for (i = 0; i < t->n && newest != NULL; i++) {
		v = &t->votes[i];
		if (!v->counted)
			continue;
		r = csg_policy_revoked(newest, &v->cert->spki);
		if (r == NULL || !r->compromised || t->time < r->since)
			continue;
		any = true;
		v->counted = false;
		(void)csg_fail(&v->why, CSG_R_REVOKED,
		    "the key of %s was compromised", v->vote->head.author);
	}
	return any;
}

/* ---- the decision ---- */

/* What an approval without standing lacks. */
static void
no_standing(const struct csg_tally *t, struct csg_tallied *v,
    enum csg_standing standing)
{
	v->eligible = v->counted = false;
	if (standing == CSG_NO_STAGE)
		(void)csg_fail(&v->why, CSG_R_STAGE,
		    "%s voted before the earlier stages were complete, and "
		    "must vote again",
		    v->vote->head.author);
	else
		(void)csg_fail(&v->why, CSG_R_STATEMENT,
		    "profile %s wants another statement of %s than %s",
		    t->profile->name, v->vote->head.author,
		    v->vote->statement != NULL ? v->vote->statement : "none");
}

/* The counted votes; of[i] tells which of the tally's votes[i] is. */
static size_t
counted_votes(
    const struct csg_tally *t, struct csg_endorsement **votes, size_t *of)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++)
		if (t->votes[i].counted) {
			votes[n] = t->votes[i].vote;
			of[n++] = i;
		}
	return n;
}

static enum csg_rc
decide(struct csg_tally *t, struct csg_err *err)
{
	struct csg_ballots bs = { 0 };
	struct csg_endorsement **votes = calloc(t->n + 1, sizeof(*votes));
	size_t *of = calloc(t->n + 1, sizeof(*of));
	struct csg_quorum q = { .users = t->policy->nusers,
		.requester = t->requester,
		.may_veto = t->profile->may_veto,
		.rules = t->profile->rules,
		.nrules = t->profile->nroutes,
		.time = t->time,
		/* before the founding there is nothing to protect */
		.no_wait = csg_request_is_founding(t->request) };
	enum csg_rc rc;
	size_t i;

	csg_decision_clear(&t->decision);
	if (votes == NULL || of == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	if ((rc = csg_ballots_make(t->policy, votes,
		 counted_votes(t, votes, of), &bs, err)) != CSG_OK)
		goto out;
	q.ballots = bs.b;
	q.nballots = bs.n;
	rc = csg_quorum_decide(&q, &t->decision, err);
	for (i = 0; i < bs.n && rc == CSG_OK; i++)
		if (t->decision.standing[i] != CSG_STANDS)
			no_standing(
			    t, &t->votes[of[i]], t->decision.standing[i]);
out:
	csg_ballots_clear(&bs);
	free(votes);
	free(of);
	return rc;
}

/* Decide on the votes that still count; which ones were eligible is settled. */
static enum csg_rc
decide_again(struct csg_tally *t, struct csg_err *err)
{
	bool *eligible;
	size_t i;
	enum csg_rc rc;

	if ((eligible = calloc(t->n + 1, sizeof(*eligible))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->n; i++)
		eligible[i] = t->votes[i].eligible;
	rc = decide(t, err);
	for (i = 0; i < t->n; i++)
		t->votes[i].eligible = eligible[i];
	free(eligible);
	return rc;
}

/*
 * Decide on all that was valid then; that settles which votes are eligible.
 * A later policy's revocations may leave fewer to count.
 */
static enum csg_rc
decide_twice(
    struct csg_tally *t, const struct csg_policy *newest, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = decide(t, err)) != CSG_OK || !hear_revocations(t, newest))
		return rc;
	return decide_again(t, err);
}

enum csg_rc
csg_tally_make(
    const struct csg_tally_in *in, struct csg_tally **out, struct csg_err *err)
{
	const struct csg_message *request = in->messages->request;
	struct csg_tally *t;
	enum csg_rc rc = CSG_TROUBLE;
	size_t i;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->votes = calloc(in->messages->n + 1, sizeof(*t->votes))) ==
		NULL) {
		(void)csg_fail_mem(err);
		goto out;
	}
	t->policy = in->policy;
	t->msg = request;
	t->time = in->time;
	t->suspended = in->suspended;
	t->actor = CSG_NONE;
	for (t->n = in->messages->n, i = 0; i < t->n; i++) {
		t->votes[i].msg = in->messages->votes[i];
		t->votes[i].origin = t->votes[i].msg->origin;
		t->votes[i].user = CSG_NONE;
	}
	if ((rc = csg_request_read(request->env, &t->request, err)) != CSG_OK ||
	    (rc = csg_request_check(t->request, request->env, in->policy,
		 in->time, &t->requester, &t->profile, err)) != CSG_OK ||
	    (rc = csg_tally_suspended(
		 in->suspended, t->request->head.author, err)) != CSG_OK) {
		(void)csg_err_prefix(err, "%s: ", request->origin);
		goto out;
	}
	if ((rc = check_votes(t, in, err)) != CSG_OK ||
	    (rc = decide_twice(t, in->newest, err)) != CSG_OK)
		goto out;
	*out = t; /* transferred */
	t = NULL;
out:
	csg_tally_free(t);
	return rc;
}

bool
csg_tally_makes_policy(const struct csg_tally *t)
{
	return t->profile->format == CSG_FORMAT_POLICY &&
	    t->request->destroy == NULL;
}

/* ---- what if ---- */

/* Why it would not hold without these people. */
static enum csg_rc
say_falls(char *const *names, const struct csg_err *why, struct csg_err *err)
{
	struct csg_buf who = { 0 };
	enum csg_rc rc;

	for (; *names != NULL; names++)
		csg_buf_printf(
		    &who, "%s%s", who.len > 0 ? " and " : "", *names);
	rc = csg_fail(err, CSG_R_REVOKED, "would not hold without %s: %s%s%s",
	    csg_buf_str(&who), csg_reason_word(why->reason),
	    why->reason != CSG_R_NONE ? ": " : "", why->text);
	csg_buf_free(&who);
	return rc;
}

/* Votes of these people don't count; is there any that did? */
static bool
leave_out(struct csg_tally *t, char *const *names)
{
	struct csg_tallied *v;
	size_t i;
	bool any = false;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (!v->counted || !is_named(names, v->vote->head.author))
			continue;
		any = true;
		v->counted = false;
		(void)csg_fail(&v->why, CSG_R_REVOKED, "recounted without %s",
		    v->vote->head.author);
	}
	return any;
}

enum csg_rc
csg_tally_without(struct csg_tally *t, char *const *names, struct csg_err *err)
{
	struct csg_err why = { 0 };
	enum csg_rc rc;

	t->suspended = names; /* nobody is to ask them */
	if (leave_out(t, names) && (rc = decide_again(t, err)) != CSG_OK)
		return rc;
	if (is_named(names, t->request->head.author))
		(void)snprintf(why.text, sizeof(why.text), "%s asked for it",
		    t->request->head.author);
	else if (t->act != NULL && is_named(names, t->act->head.author))
		(void)snprintf(why.text, sizeof(why.text),
		    "%s was the operator", t->act->head.author);
	else if (csg_tally_verdict(t, &why) == CSG_OK)
		return CSG_OK;
	return say_falls(names, &why, err);
}

/* ---- trials ---- */

static enum csg_rc
trial_vote(struct csg_tally *t, size_t i, const struct csg_trial_vote *v,
    struct csg_err *err)
{
	struct csg_tallied *to = &t->votes[i];
	struct csg_endorsement *e;
	size_t j;

	to->origin = t->policy->users[v->user].name;
	to->user = v->user;
	if ((to->vote = e = calloc(1, sizeof(*e))) == NULL ||
	    (e->head.author = strdup(to->origin)) == NULL ||
	    (e->cites = calloc(i + 1, sizeof(*e->cites))) == NULL ||
	    (v->statement != NULL &&
		(e->statement = strdup(v->statement)) == NULL))
		return csg_fail_mem(err);
	e->vote = v->vote;
	e->id.b[0] = (unsigned char)(i >> 8); /* ascending, as cites are */
	e->id.b[1] = (unsigned char)i;
	for (j = 0; j < i; j++)
		e->cites[e->ncites++] = t->votes[j].vote->id;
	if (check_right(t, to, &to->why) == CSG_OK)
		to->eligible = to->counted = true;
	return CSG_OK;
}

enum csg_rc
csg_tally_try(const struct csg_policy *p, const struct csg_profile *pr,
    size_t requester, const struct csg_trial_vote *votes, size_t n,
    int64_t time, struct csg_tally **out, struct csg_err *err)
{
	struct csg_tally *t;
	enum csg_rc rc = CSG_OK;
	size_t i;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->votes = calloc(n + 1, sizeof(*t->votes))) == NULL ||
	    (t->request = calloc(1, sizeof(*t->request))) == NULL ||
	    (t->request->head.author = strdup(requester == CSG_NONE ?
		     "somebody else" :
		     p->users[requester].name)) == NULL) {
		csg_tally_free(t);
		return csg_fail_mem(err);
	}
	t->policy = p;
	t->profile = pr;
	t->requester = requester;
	t->time = time;
	t->actor = CSG_NONE;
	for (i = 0; i < n && rc == CSG_OK; i++) {
		t->n = i + 1;
		rc = trial_vote(t, i, &votes[i], err);
	}
	if (rc == CSG_OK && (rc = decide(t, err)) == CSG_OK) {
		*out = t; /* transferred */
		return CSG_OK;
	}
	csg_tally_free(t);
	return rc;
}

enum csg_rc
csg_tally_operate(struct csg_tally *t, const struct csg_message *msg,
    const struct csg_policy *newest, struct csg_err *err)
{
	const struct csg_revocation *r;
	struct csg_act *a = NULL;
	enum csg_rc rc;

	if (t->profile->operators.n == 0)
		return csg_fail(err, CSG_R_OPERATOR,
		    "profile %s names no operators", t->profile->name);
	if ((rc = csg_act_read(msg->env, &a, err)) != CSG_OK ||
	    (rc = csg_act_check(a, msg->env, t->policy, t->profile,
		 &t->request->id, t->time, &t->actor, &t->actor_cert, err)) !=
		CSG_OK) {
		csg_act_free(a);
		return csg_err_prefix(err, "%s: ", msg->origin);
	}
	csg_act_free(t->act);
	t->act = a; /* transferred */
	t->act_msg = msg;
	if (newest != NULL &&
	    (r = csg_policy_revoked(newest, &t->actor_cert->spki)) != NULL &&
	    r->compromised && t->time >= r->since)
		return csg_fail(err, CSG_R_REVOKED,
		    "the key of the operator %s was compromised",
		    a->head.author);
	return CSG_OK;
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
	csg_act_free(t->act);
	csg_request_free(t->request);
	free(t->votes);
	free(t);
}

enum csg_rc
csg_tally_each_head(const struct csg_tally *t, csg_tree_head_visit visit,
    void *arg, struct csg_err *err)
{
	const struct csg_endorsement *v;
	size_t i, j;
	enum csg_rc rc;

	for (i = 0; i < t->n; i++) {
		v = t->votes[i].vote;
		if (!t->votes[i].eligible || v->vote == CSG_REJECT)
			continue;
		for (j = 0; j < v->nseen; j++)
			if ((rc = visit(arg, v, v->seen[j].receipt, err)) !=
			    CSG_OK)
				return rc;
	}
	return CSG_OK;
}

void
csg_tally_armor(const struct csg_tally *t, struct csg_buf *out)
{
	size_t i;

	csg_envelope_armor(t->msg->env, out);
	for (i = 0; i < t->n; i++)
		if (t->votes[i].eligible)
			csg_envelope_armor(t->votes[i].msg->env, out);
	if (t->act_msg != NULL)
		csg_envelope_armor(t->act_msg->env, out);
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
			return csg_err_prefix(err, "%s: ", t->votes[i].origin);
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
		.route = route,
		.act = t->act != NULL ? &t->act->id : NULL };
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
