#include <stdlib.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/decide/ballots.h"
#include "lib/decide/tally.h"

/* ---- the request ---- */

/* Refuse a requester who is suspended or whose key a later policy calls
 * compromised. */
static enum csg_rc
check_requester(const struct csg_case *c, const struct csg_terms *terms,
    struct csg_err *err)
{
	if (csg_is_named(terms->suspended, c->request->head.author))
		return csg_fail(err, CSG_R_SUSPENDED,
		    "%s is suspended at this workstation",
		    c->request->head.author);
	if (!csg_policy_compromised(
		terms->newest, &c->by.cert->spki, terms->time))
		return CSG_OK;
	return csg_fail(err, CSG_R_REVOKED,
	    "the key of the requester %s was compromised",
	    c->request->head.author);
}

/* Check that the request asks for the policy that judges it. */
static enum csg_rc
check_founding(
    const struct csg_case *c, const struct csg_profile *pr, struct csg_err *err)
{
	if (csg_request_is_founding(c->request) &&
	    pr->format == CSG_FORMAT_POLICY)
		return CSG_OK;
	return csg_fail(
	    err, CSG_R_REQMISMATCH, "not a founding request for this draft");
}

/* Only the policy in force decides, even if others are known. */
static enum csg_rc
check_policy(const struct csg_case *c, const struct csg_terms *terms,
    struct csg_err *err)
{
	const struct csg_policy *p = terms->policy;

	if (csg_id_equal(&c->request->head.policy, &p->id))
		return CSG_OK;
	if (terms->founding)
		return csg_fail(err, CSG_R_POLICY,
		    "the draft is not the one that the request asks for");
	return csg_fail(err, CSG_R_POLICY,
	    "request was made under a policy other than %s version %llu; csg-request --from asks again",
	    p->name, (unsigned long long)p->version);
}

static enum csg_rc
check_request(const struct csg_case *c, const struct csg_terms *terms,
    const struct csg_profile **profile, struct csg_err *err)
{
	const struct csg_request *r = c->request;
	char when[CSG_TIME_LEN];
	enum csg_rc rc;

	if ((rc = check_policy(c, terms, err)) != CSG_OK)
		return rc;
	if (c->by.cert == NULL || c->policy != terms->policy) {
		if (c->why.rc == CSG_OK)
			return csg_fail(err, CSG_R_POLICY,
			    "request was not verified under this policy");
		if (err != NULL)
			*err = c->why;
		return c->why.rc;
	}
	if ((rc = csg_request_check(r, c->msg->env, terms->policy, &c->by,
		 terms->time, profile, err)) != CSG_OK ||
	    (rc = check_requester(c, terms, err)) != CSG_OK ||
	    (terms->founding &&
		(rc = check_founding(c, *profile, err)) != CSG_OK))
		return rc;
	if (terms->completed <= r->expires)
		return CSG_OK;
	return csg_fail(err, CSG_R_EXPIRED,
	    "request expired at %s, before the claim was completed",
	    csg_time_format(r->expires, when));
}

/* ---- votes ---- */

/* Check the time limits of a vote.  A rejection never expires. */
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

enum csg_rc
csg_tally_check_right(
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

bool
csg_is_named(char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* Check that the vote is on this request, under this policy, and was verified
 * by the case. */
static enum csg_rc
check_message(const struct csg_tally *t, const struct csg_candidate *c,
    struct csg_err *err)
{
	const struct csg_endorsement *v = c->vote;

	if (v != NULL && !csg_id_equal(&v->request, &t->request->id))
		return csg_fail(err, CSG_R_REQMISMATCH,
		    "%s voted on another request", v->head.author);
	if (v != NULL && !csg_id_equal(&v->head.policy, &t->policy->id))
		return csg_fail(err, CSG_R_POLICY,
		    "%s voted under another policy", v->head.author);
	if (v != NULL && c->by.cert != NULL)
		return CSG_OK;
	if (c->why.rc == CSG_OK)
		return csg_fail(err, CSG_R_SIGNATURE, "not verified");
	*err = c->why;
	return err->rc;
}

/* A suspension only takes power away: it does not lift a veto. */
static enum csg_rc
check_vote(const struct csg_tally *t, const struct csg_candidate *c,
    const struct csg_tallied *v, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = check_message(t, c, err)) != CSG_OK ||
	    (rc = csg_tally_check_right(t, v, err)) != CSG_OK)
		return rc;
	if (v->vote->vote == CSG_APPROVE &&
	    csg_is_named(t->suspended, v->vote->head.author))
		return csg_fail(err, CSG_R_SUSPENDED,
		    "%s is suspended at this workstation",
		    v->vote->head.author);
	if (c->why.rc != CSG_OK) { /* a head of the ledger is not valid */
		*err = c->why;
		return err->rc;
	}
	return check_times(t, v, err);
}

/* Is an eligible vote with the same id listed before? */
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

/* Does vote i exceed the number of votes that one person may cast? */
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

/* Does head j of vote i occur before it, in the same vote or in an earlier
 * eligible vote of the same person? */
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

/* Would the person's votes have too many different heads with vote i? */
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

static void
weigh_votes(struct csg_tally *t, const struct csg_case *c)
{
	struct csg_tallied *v;
	size_t i;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (check_vote(t, &c->votes[i], v, &v->why) != CSG_OK)
			continue;
		if (is_repeat(t, i))
			(void)csg_fail(
			    &v->why, CSG_R_REPLAY, "the same vote again");
		else if (is_one_too_many(t, i))
			(void)csg_fail(&v->why, CSG_R_REPLAY,
			    "%s has voted %d times, which is the limit",
			    v->vote->head.author, CSG_VOTES_OF_ONE);
		else if (brings_too_many(t, i))
			(void)csg_fail(&v->why, CSG_R_LOG,
			    "the votes of %s would have more than %d heads of the ledger",
			    v->vote->head.author, CSG_HEADS_OF_ONE);
		else
			v->eligible = v->counted = true;
	}
}

/* Uncount votes whose key a later policy calls compromised; returns whether
 * there are any. */
static bool
uncount_compromised(struct csg_tally *t, const struct csg_policy *newest)
{
	struct csg_tallied *v;
	size_t i;
	bool any = false;

	for (i = 0; i < t->n && newest != NULL; i++) {
		v = &t->votes[i];
		if (!v->counted ||
		    !csg_policy_compromised(newest, &v->cert->spki, t->time))
			continue;
		any = true;
		v->counted = false;
		(void)csg_fail(&v->why, CSG_R_REVOKED,
		    "the key of %s was compromised", v->vote->head.author);
	}
	return any;
}

/* ---- the decision ---- */

/* Record why an approval has no standing. */
static void
no_standing(const struct csg_tally *t, struct csg_tallied *v,
    enum csg_standing standing)
{
	v->eligible = v->counted = false;
	if (standing == CSG_NO_STAGE)
		(void)csg_fail(&v->why, CSG_R_STAGE,
		    "%s voted before the earlier stages were complete, and must vote again",
		    v->vote->head.author);
	else
		(void)csg_fail(&v->why, CSG_R_STATEMENT,
		    "profile %s requires a different statement from %s (got: %s)",
		    t->profile->name, v->vote->head.author,
		    v->vote->statement != NULL ? v->vote->statement : "none");
}

/* The counted votes; of[i] is the index of votes[i] in the tally. */
static size_t
counted_votes(
    const struct csg_tally *t, const struct csg_endorsement **votes, size_t *of)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++)
		if (t->votes[i].counted) {
			votes[n] = t->votes[i].vote;
			of[n++] = i;
		}
	return n;
}

enum csg_rc
csg_tally_decide(struct csg_tally *t, struct csg_err *err)
{
	struct csg_ballots bs = { 0 };
	const struct csg_endorsement **votes = calloc(t->n + 1, sizeof(*votes));
	size_t *of = calloc(t->n + 1, sizeof(*of));
	struct csg_quorum q = { .users = t->policy->nusers,
		.requester = t->requester,
		.may_veto = t->profile->may_veto,
		.rules = t->profile->rules,
		.nrules = t->profile->nroutes,
		.time = t->time,
		/* there is nothing to protect before the founding */
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
	free((void *)votes);
	free(of);
	return rc;
}

enum csg_rc
csg_tally_decide_again(struct csg_tally *t, struct csg_err *err)
{
	bool *eligible;
	size_t i;
	enum csg_rc rc;

	if ((eligible = calloc(t->n + 1, sizeof(*eligible))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->n; i++)
		eligible[i] = t->votes[i].eligible;
	rc = csg_tally_decide(t, err);
	for (i = 0; i < t->n; i++)
		t->votes[i].eligible = eligible[i];
	free(eligible);
	return rc;
}

/*
 * Decide on all votes that were valid at T, which settles which of them are
 * eligible; then, if a later policy's revocations uncount some, decide again.
 */
static enum csg_rc
decide_twice(
    struct csg_tally *t, const struct csg_policy *newest, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_tally_decide(t, err)) != CSG_OK ||
	    !uncount_compromised(t, newest))
		return rc;
	return csg_tally_decide_again(t, err);
}

/* List the candidates of a case as votes, not yet eligible or counted. */
static enum csg_rc
list_votes(struct csg_tally *t, const struct csg_case *c, struct csg_err *err)
{
	size_t i;

	if ((t->votes = calloc(c->n + 1, sizeof(*t->votes))) == NULL)
		return csg_fail_mem(err);
	for (t->n = c->n, i = 0; i < t->n; i++)
		t->votes[i] = (struct csg_tallied){ .msg = c->votes[i].msg,
			.origin = c->votes[i].msg->origin,
			.vote = c->votes[i].vote,
			.user = c->votes[i].by.user,
			.cert = c->votes[i].by.cert };
	return CSG_OK;
}

enum csg_rc
csg_tally_make(const struct csg_case *c, const struct csg_terms *terms,
    struct csg_tally **out, struct csg_err *err)
{
	struct csg_tally *t;
	enum csg_rc rc;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	t->policy = terms->policy;
	t->msg = c->msg;
	t->request = c->request;
	t->requester = c->by.user;
	t->time = terms->time;
	t->suspended = terms->suspended;
	t->actor.user = CSG_NONE;
	if ((rc = check_request(c, terms, &t->profile, err)) != CSG_OK) {
		(void)csg_err_prefix(err, "%s: ", c->msg->origin);
		goto out;
	}
	if ((rc = list_votes(t, c, err)) != CSG_OK)
		goto out;
	weigh_votes(t, c);
	if ((rc = decide_twice(t, terms->newest, err)) != CSG_OK)
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

enum csg_rc
csg_tally_operate(struct csg_tally *t, const struct csg_message *msg,
    const struct csg_policy *newest, struct csg_err *err)
{
	struct csg_act *a = NULL;
	enum csg_rc rc;

	if (t->profile->operators.n == 0)
		return csg_fail(err, CSG_R_OPERATOR,
		    "profile %s names no operators", t->profile->name);
	if ((rc = csg_act_read(msg->env, &a, err)) != CSG_OK ||
	    (rc = csg_act_check(a, msg->env, t->policy, t->profile,
		 &t->request->id, t->time, &t->actor, err)) != CSG_OK) {
		csg_act_free(a);
		return csg_err_prefix(err, "%s: ", msg->origin);
	}
	csg_act_free(t->act);
	t->act = a; /* transferred */
	t->act_msg = msg;
	if (csg_is_named(t->suspended, a->head.author))
		return csg_fail(err, CSG_R_SUSPENDED,
		    "%s is suspended at this workstation", a->head.author);
	if (csg_policy_compromised(newest, &t->actor.cert->spki, t->time))
		return csg_fail(err, CSG_R_REVOKED,
		    "the key of the operator %s was compromised",
		    a->head.author);
	return CSG_OK;
}

void
csg_tally_free(struct csg_tally *t)
{
	if (t == NULL)
		return;
	csg_decision_clear(&t->decision);
	csg_act_free(t->act);
	if (t->trial != NULL)
		csg_case_clear(t->trial);
	free(t->trial);
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
csg_tally_strict(const struct csg_tally *t, bool exact, struct csg_err *err)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (exact ? !t->votes[i].eligible :
			    !t->votes[i].counted &&
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
