/* The decision of a run, on given votes and what the workstation knows. */
#include <string.h>

#include "lib/base/time.h"
#include "lib/sign/rejections.h"
#include "lib/sign/run.h"
#include "lib/workstation/capacity.h"

/* ---- gates ---- */

static enum csg_rc
check_capacity(void *run, const struct csg_tally *t, struct csg_err *err)
{
	const struct csg_run *r = run;

	return csg_capacity_check(r->chain, t, err);
}

/* Does the format accept every artifact? */
static enum csg_rc
accept_all(struct csg_run *r, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	struct csg_target w;
	size_t i;

	for (i = 0; i < req->n; i++) {
		csg_run_target(r, i, NULL, &w);
		if (r->format->accept(&w, err) != CSG_OK)
			return csg_err_prefix(
			    err, "%s: ", req->artifacts[i].name);
	}
	return CSG_OK;
}

/* Open each artifact once, hash and compare it; a draft is read at the same
 * time. */
static enum csg_rc
check_artifacts(struct csg_run *r, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	const struct csg_profile *pr = r->tally->profile;
	const struct csg_format *f = r->format;
	unsigned algs = 1U << r->policy->keys[pr->key].cert->alg;
	enum csg_rc rc;

	if (f->reads_draft && req->n != 1)
		return csg_fail(err, CSG_R_POLICY,
		    "profile %s signs exactly one artifact per request, not %zu",
		    pr->name, req->n);
	if ((rc = csg_artifacts_distinct(
		 req->artifacts, req->n, f->suffix, err)) != CSG_OK ||
	    (rc = csg_artifacts_open(r->in->base, req->artifacts, req->n, algs,
		 f->reads_draft, &r->artifacts, err)) != CSG_OK)
		return rc;
	if (f->reads_draft &&
	    (rc = csg_draft_read(r->artifacts.fd, &r->artifacts.hashes[0],
		 &r->draft, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", req->artifacts[0].name);
	return accept_all(r, err);
}

/* Check the subject of the request: the artifacts, or the key to be
 * destroyed. */
static enum csg_rc
check_subject(void *run, const struct csg_tally *t, struct csg_err *err)
{
	struct csg_run *r = run;
	const struct csg_request *req = t->request;

	r->tally = t;
	r->format = csg_format(t->profile->format);
	if (req->destroy == NULL)
		return check_artifacts(r, err);
	return csg_chain_retired(
		   r->chain, req->destroy, &req->destroy_key, err) == NULL ?
	    err->rc :
	    CSG_OK;
}

static enum csg_rc
check_ledger(void *run, const struct csg_tally *t, struct csg_err *err)
{
	(void)t;
	return csg_run_check_heads(run, err);
}

/* Report how many signatures were made, and when there is room again. */
static enum csg_rc
too_many(const struct csg_run *r, uint64_t made, struct csg_err *err)
{
	const struct csg_limit *l = &r->tally->profile->limit;
	struct csg_buf period = { 0 };
	char when[CSG_TIME_LEN];
	int64_t frees_at;
	enum csg_rc rc;

	if ((rc = csg_ledger_rate_frees_at(r->state->ledger,
		 r->tally->profile->name, r->tally->time - l->period,
		 l->signatures - r->tally->request->n, &frees_at, err)) !=
	    CSG_OK)
		return rc;
	csg_duration_phrase(&period, l->period);
	rc = csg_fail(err, CSG_R_RATE,
	    "profile %s allows %llu signatures in %s; %llu were made and %zu more are requested; there is room again at %s",
	    r->tally->profile->name, (unsigned long long)l->signatures,
	    csg_buf_str(&period), (unsigned long long)made,
	    r->tally->request->n, csg_time_format(frees_at + l->period, when));
	csg_buf_free(&period);
	return rc;
}

/* Check the number of signatures that the profile allows in its period. */
static enum csg_rc
check_rate(void *run, const struct csg_tally *t, struct csg_err *err)
{
	const struct csg_run *r = run;
	const struct csg_limit *l = &t->profile->limit;
	uint64_t made;
	enum csg_rc rc;

	if (l->signatures == 0)
		return CSG_OK;
	if ((rc = csg_ledger_signatures(r->state->ledger,
		 r->tally->profile->name, r->tally->time - l->period, &made,
		 err)) != CSG_OK ||
	    made + r->tally->request->n <= l->signatures)
		return rc;
	return too_many(r, made, err);
}

/* ---- the case ---- */

enum csg_rc
csg_run_open_case(struct csg_run *r, struct csg_err *err)
{
	return csg_case_open(r->in->messages, r->chain->policies, r->chain->n,
	    &r->out->given, err);
}

/* Add the rejections recorded by earlier runs to the case. */
static enum csg_rc
recall_rejections(struct csg_run *r, struct csg_err *err)
{
	struct csg_case *c = &r->out->given;
	enum csg_rc rc;

	r->out->remembered.verified = r->in->messages->verified;
	if ((rc = csg_rejections_load(r->state->ledger, &c->request->id,
		 &r->out->remembered, err)) != CSG_OK)
		return rc;
	return csg_case_add(c, &r->out->remembered, err);
}

/* Record the rejections that were found before any result is returned; a
 * failure to record them outweighs every refusal.  A request under another
 * policy is never signed, and people who left with that policy must not fill
 * the ledger. */
static enum csg_rc
keep_rejections(struct csg_run *r, const struct csg_veto *veto, enum csg_rc rc,
    struct csg_err *err)
{
	struct csg_err why = { 0 };

	if (r->dry || r->out->given.policy != r->policy ||
	    csg_rejections_keep(r->state->ledger, &r->out->given, veto,
		r->in->now, &why) == CSG_OK)
		return rc;
	*err = why;
	return why.rc;
}

/* ---- a first run ---- */

static enum csg_rc
decide(struct csg_run *r, const struct csg_gates *gates, struct csg_err *err)
{
	const struct csg_terms terms = { .policy = r->policy,
		.time = r->in->now,
		.suspended = r->in->suspended,
		.strict = r->in->strict };
	struct csg_sign_out *o = r->out;
	enum csg_rc rc;

	rc = csg_decide(&o->given, &terms, gates, &o->judged, err);
	r->tally = o->judged.tally;
	if (rc != CSG_OK && r->tally == NULL)
		csg_chain_explain(r->chain, o->given.request, err);
	return rc;
}

enum csg_rc
csg_run_decide(struct csg_run *r, struct csg_err *err)
{
	const struct csg_gates gates = { .capacity = check_capacity,
		.artifacts = check_subject,
		.ledger = check_ledger,
		.rate = check_rate,
		.arg = r };
	enum csg_rc rc;

	if ((rc = recall_rejections(r, err)) != CSG_OK)
		return rc;
	rc = decide(r, &gates, err);
	return keep_rejections(r, &r->out->judged.veto, rc, err);
}

enum csg_rc
csg_sign_decide(const struct csg_chain *chain, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_run r = CSG_RUN_NONE;
	const struct csg_gates gates = { .capacity = check_capacity,
		.artifacts = check_subject,
		.arg = &r };
	enum csg_rc rc;

	r.chain = chain;
	r.in = in;
	r.out = out;
	r.policy = csg_chain_policy(chain);
	r.dry = true;
	if ((rc = csg_run_open_case(&r, err)) == CSG_OK)
		rc = decide(&r, &gates, err);
	csg_run_clear(&r);
	return rc;
}

/* ---- claimed before ---- */

/* Decide on the messages of a claim, as of its time and under its policy. */
static enum csg_rc
decide_claimed(struct csg_run *r, const struct csg_claim *claim,
    const struct csg_terms *given, const struct csg_gates *gates,
    struct csg_err *err)
{
	struct csg_sign_out *o = r->out;
	struct csg_terms terms = *given;
	size_t pos = 0;
	enum csg_rc rc;

	terms.policy = r->policy;
	terms.time = claim->time;
	o->claim.verified = r->in->messages->verified;
	if ((rc = csg_bundle_add(&o->claim, "ledger", claim->messages,
		 strlen(claim->messages), err)) != CSG_OK ||
	    (rc = csg_case_take(&o->claim, &pos, true, &o->claimed, err)) !=
		CSG_OK ||
	    (rc = csg_case_verify(&o->claimed, r->chain->policies,
		 (size_t)r->policy->version, err)) != CSG_OK)
		return rc;
	if (pos != o->claim.n || o->claimed.request == NULL ||
	    !csg_id_equal(&o->claimed.request->id, &claim->request))
		return csg_fail(err, CSG_R_LOG,
		    "ledger: the messages of a claim do not belong to its request");
	rc = csg_decide(&o->claimed, &terms, gates, &o->judged, err);
	r->tally = o->judged.tally;
	if (r->tally != NULL)
		r->format = csg_format(r->tally->profile->format);
	return rc;
}

enum csg_rc
csg_run_decide_finished(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err)
{
	const struct csg_terms terms = { 0 };

	return decide_claimed(r, c, &terms, NULL, err);
}

/* A run that was to destroy a key may have done so.  Only the token knows, and
 * it is not used for a refusal. */
static void
say_destroyed(const struct csg_request *r, struct csg_err *why)
{
	/* a prefix, since the end of a long text may be cut off */
	if (r->destroy != NULL)
		(void)csg_err_prefix(why,
		    "key %s may already be destroyed (csg-token list shows it): ",
		    r->destroy);
}

/* Are refusals and abandonments of the request recorded?  The reasons against
 * it are those of csg_request_long_expired(). */
static bool
is_recorded(const struct csg_run *r)
{
	const struct csg_case *c = &r->out->given;

	return c->policy != NULL &&
	    !csg_request_long_expired(c->request, c->policy, r->in->now);
}

/* Record that the claim is abandoned, and remove its staging file. */
static enum csg_rc
abandon(struct csg_run *r, struct csg_err *err)
{
	const struct csg_request *req = r->out->given.request;
	struct csg_err why = *err;
	enum csg_rc rc;

	say_destroyed(req, &why);
	if (is_recorded(r) &&
	    ((rc = csg_staging_remove(csg_buf_str(&r->staging), err)) !=
		    CSG_OK ||
		(rc = csg_ledger_abandon(r->state->ledger, &req->id, r->in->now,
		     why.text, err)) != CSG_OK))
		return rc;
	*err = why;
	return why.rc;
}

/* SUSPENDED if an approval of the claim is from somebody who is suspended by now.
 * The other votes may be a quorum, but they are not the evidence of the claim. */
static enum csg_rc
check_voters(const struct csg_run *r, struct csg_err *err)
{
	const struct csg_case *c = &r->out->claimed;
	const struct csg_endorsement *v;
	size_t i;

	for (i = 0; i < c->n; i++) {
		v = c->votes[i].vote;
		if (v != NULL && v->vote == CSG_APPROVE &&
		    csg_is_named(r->in->suspended, v->head.author))
			return csg_fail(err, CSG_R_SUSPENDED,
			    "%s, whose vote is part of the claim, is suspended at this workstation",
			    v->head.author);
	}
	return CSG_OK;
}

/* Decide whether a claim is completed: CSG_OK, or the reason against it.  *ends
 * is false if a later run could still complete it, such as with other
 * artifacts. */
static enum csg_rc
judge_claim(struct csg_run *r, const struct csg_claim *c,
    const struct csg_veto *veto, bool *ends, struct csg_err *err)
{
	const struct csg_gates gates = {
		.artifacts = check_subject, .ledger = check_ledger, .arg = r
	};
	const struct csg_terms terms = { .completed = r->in->now,
		.suspended = r->in->suspended };
	enum csg_rc rc;

	*ends = true;
	if (!csg_id_equal(&c->policy, &r->policy->id))
		return csg_fail(err, CSG_R_POLICY,
		    "the policy has changed since this request was claimed");
	/* the request was in order when it was claimed; of the reasons that
	 * came up since, a rejection must be the one on record */
	if (veto->why.rc != CSG_OK) {
		*err = veto->why;
		return err->rc;
	}
	rc = decide_claimed(r, c, &terms, &gates, err);
	*ends = (rc == CSG_REFUSED || rc == CSG_NOTYET) &&
	    r->out->judged.step <= CSG_AT_QUORUM;
	if (rc != CSG_OK)
		return rc;
	*ends = true;
	return check_voters(r, err);
}

enum csg_rc
csg_run_decide_again(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err)
{
	struct csg_veto veto = { 0 };
	bool ends = false;
	enum csg_rc rc;

	if ((rc = recall_rejections(r, err)) == CSG_OK &&
	    (rc = csg_veto_find(
		 &r->out->given, r->in->now, NULL, &veto, err)) == CSG_OK &&
	    (rc = keep_rejections(r, &veto, CSG_OK, err)) == CSG_OK &&
	    (rc = judge_claim(r, c, &veto, &ends, err)) != CSG_OK && ends &&
	    !r->dry)
		rc = abandon(r, err);
	csg_veto_clear(&veto);
	return rc;
}

/* ---- refusals ---- */

enum csg_rc
csg_run_record_refusal(
    struct csg_run *r, const struct csg_err *why, struct csg_err *err)
{
	const struct csg_case *c = &r->out->given;

	if (c->request == NULL || c->by.cert == NULL || !is_recorded(r) ||
	    csg_policy_owner(r->policy, &c->by.cert->spki, NULL) == CSG_NONE)
		return CSG_OK;
	return csg_ledger_refuse(r->state->ledger, &c->request->id,
	    c->request->profile, r->in->now, why, err);
}
