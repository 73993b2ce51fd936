#include <stdlib.h>
#include <string.h>

#include "lib/sign/run.h"
#include "lib/workstation/mirror.h"
#include "lib/workstation/session.h"

/* ---- the token ---- */

/*
 * Destroy the key that the request is about.  After a crash it may already be
 * gone.
 */
static enum csg_rc
destroy_key(struct csg_run *r, struct csg_token *token, bool resumed,
    struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	const struct csg_key *key;
	bool found;
	enum csg_rc rc;

	if (req->destroy == NULL)
		return CSG_OK;
	if ((key = csg_chain_retired(
		 r->chain, req->destroy, &req->destroy_key, err)) == NULL)
		return err->rc;
	if ((rc = csg_token_destroy(token, key->uri, key->cert, &found, err)) !=
	    CSG_OK)
		return rc;
	if (!found && !resumed)
		return csg_fail(err, CSG_R_TOKEN, "key %s is not on the token",
		    req->destroy);
	return CSG_OK;
}

/* ---- the order ---- */

/* Claim durably, unless the ledger already has this claim. */
static enum csg_rc
claim(struct csg_run *r, const struct csg_claim *earlier,
    const struct csg_id *evidence, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_claim c = { .request = r->tally->request->id,
		.policy = r->policy->id,
		.evidence = *evidence,
		.time = r->tally->time,
		.profile = r->tally->request->profile,
		.count = r->tally->request->n };
	enum csg_rc rc;

	c.route = (char *)(uintptr_t)csg_tally_route(r->tally);
	if (earlier != NULL && !csg_id_equal(&earlier->evidence, evidence))
		return csg_fail(err, CSG_R_LOG,
		    "ledger: the messages of the claim do not match its evidence");
	if (earlier != NULL)
		return CSG_OK;
	csg_tally_armor(r->tally, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK) {
		c.messages = (char *)text.data;
		rc = csg_ledger_claim(r->state->ledger, &c, r->in->now, err);
	}
	csg_buf_free(&text);
	return rc;
}

/* Write the durable finish; a new policy is in force with it. */
static enum csg_rc
finish(struct csg_run *r, struct csg_err *err)
{
	struct csg_ledger_policy next = { 0 };
	enum csg_rc rc;

	if (csg_tally_makes_policy(r->tally) &&
	    (rc = csg_run_stage_policy(r, &next, err)) != CSG_OK)
		return rc;
	return csg_ledger_finish(r->state->ledger, &r->tally->request->id,
	    r->in->now, csg_buf_str(&r->seal), next.version != 0 ? &next : NULL,
	    err);
}

/* Check the keys that the next change needs: a policy whose own keys cannot
 * sign could never be followed by another. */
static enum csg_rc
check_next_keys(struct csg_run *r, struct csg_token *token, struct csg_err *err)
{
	const struct csg_policy *draft = r->draft.policy;
	struct csg_signer_key unused;
	const struct csg_key *k[2];
	size_t i;
	enum csg_rc rc;

	if (!csg_tally_makes_policy(r->tally))
		return CSG_OK;
	k[0] = &draft->keys[draft->policy_key];
	k[1] = &draft->keys[draft->ledger_key];
	for (i = 0; i < 2; i++)
		if ((rc = csg_token_signing_key(token, k[i]->uri, k[i]->cert,
			 k[i]->pss, &unused, err)) != CSG_OK ||
		    (rc = csg_cert_valid_at(k[i]->cert, r->tally->time,
			 k[i]->name, err)) != CSG_OK)
			return csg_err_prefix(err, "in the new policy: ");
	return CSG_OK;
}

/* Everything from the claim to the receipt of the finish entry. */
static enum csg_rc
sign_claimed(struct csg_run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *earlier,
    struct csg_err *err)
{
	struct csg_token *token = NULL;
	struct csg_signer_key k = { 0 }, unused;
	struct csg_buf evidence_text = { 0 };
	struct csg_id evidence;
	const struct csg_key *key, *ledger;
	enum csg_rc rc;

	key = &r->policy->keys[r->tally->profile->key];
	ledger = &r->policy->keys[r->policy->ledger_key];
	rc = csg_tally_evidence(r->tally, csg_tally_route(r->tally),
	    &evidence_text, &evidence, err);
	csg_buf_free(&evidence_text);
	if (rc != CSG_OK ||
	    (rc = csg_cert_valid_at(
		 key->cert, r->tally->time, key->name, err)) != CSG_OK ||
	    (rc = csg_cert_valid_at(
		 ledger->cert, r->in->now, ledger->name, err)) != CSG_OK ||
	    (rc = claim(r, earlier, &evidence, err)) != CSG_OK ||
	    (rc = csg_session_login(signer, pin, key, &token, &k, err)) !=
		CSG_OK)
		return rc;
	/* without the ledger key there would be no receipt at the end */
	if ((rc = csg_token_signing_key(token, ledger->uri, ledger->cert,
		 ledger->pss, &unused, err)) == CSG_OK &&
	    (rc = check_next_keys(r, token, err)) == CSG_OK &&
	    (rc = csg_run_stage(r, &k, &evidence, err)) == CSG_OK &&
	    (rc = csg_run_check_staged(r, err)) == CSG_OK &&
	    (rc = destroy_key(r, token, earlier != NULL, err)) == CSG_OK &&
	    (rc = finish(r, err)) == CSG_OK &&
	    (rc = csg_run_make_receipt(r, token, err)) == CSG_OK &&
	    (rc = csg_run_check_receipt(r, err)) == CSG_OK)
		rc = csg_run_keep_receipt(r, err);
	csg_token_close(token);
	return rc;
}

/* Release, after the mirror was brought up to date. */
static enum csg_rc
release(struct csg_run *r, const struct csg_signer *signer,
    enum csg_existing existing, struct csg_err *err)
{
	enum csg_rc rc;

	if (signer->mirror != NULL &&
	    (rc = csg_mirror_update(r->state, signer->mirror,
		 &r->tally->request->id, err)) != CSG_OK)
		return rc;
	return csg_run_release(r, existing, err);
}

static enum csg_rc
sign_new(struct csg_run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *c,
    struct csg_err *err)
{
	enum csg_existing existing;
	enum csg_rc rc;

	existing = r->in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE;
	rc = c != NULL ? csg_run_decide_again(r, c, err) :
			 csg_run_decide(r, err);
	if (rc != CSG_OK || (rc = csg_run_probe(r, existing, err)) != CSG_OK ||
	    (signer->mirror != NULL &&
		(rc = csg_mirror_probe(signer->mirror, err)) != CSG_OK) ||
	    (c == NULL && (rc = csg_run_operate(r, err)) != CSG_OK))
		return rc;
	r->sealed = calloc(r->tally->request->n + 1, sizeof(*r->sealed));
	if (r->sealed == NULL)
		return csg_fail_mem(err);
	if ((rc = sign_claimed(r, signer, pin, c, err)) != CSG_OK)
		return rc;
	return release(r, signer, existing, err);
}

/* Use the policy that a claim was made under for this run. */
static enum csg_rc
use_policy_of(struct csg_run *r, const struct csg_claim *c, struct csg_err *err)
{
	const struct csg_policy *p;

	p = csg_chain_policy_by_id(r->chain, &c->policy);
	if (p == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: a claim was made under a policy that is not in the chain");
	r->policy = p;
	return CSG_OK;
}

/* A receipt made late must be of the same epoch as one made in time: that of
 * the request's policy, or of the policy that the request put in force.  A
 * rebuilt ledger signs no head of the epoch that ended with it. */
static enum csg_rc
check_epoch(const struct csg_run *r, struct csg_err *err)
{
	const struct csg_policy *own = r->policy;

	if (csg_tally_makes_policy(r->tally) &&
	    r->policy->version < r->chain->n)
		own = r->chain->policies[r->policy->version];
	if (r->epoch != own->epoch)
		return csg_fail(err, CSG_R_LOG,
		    "the epoch of the ledger ended before this request had its receipt");
	return csg_ledger_check_epoch(r->state->ledger, r->epoch, err);
}

/* Make the receipt that a killed run did not get to. */
static enum csg_rc
make_missing_receipt(struct csg_run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, struct csg_err *err)
{
	const struct csg_key *key = &r->policy->keys[r->policy->ledger_key];
	struct csg_token *token;
	struct csg_signer_key k;
	enum csg_rc rc;

	if ((rc = check_epoch(r, err)) != CSG_OK ||
	    (rc = csg_cert_valid_at(key->cert, r->in->now, key->name, err)) !=
		CSG_OK ||
	    (rc = csg_session_login(signer, pin, key, &token, &k, err)) !=
		CSG_OK)
		return rc;
	rc = csg_run_make_receipt(r, token, err);
	csg_token_close(token);
	return rc;
}

/*
 * The request was signed before: release the stored outputs again, bit for bit.
 * The policy may have changed since, so only the request's own messages are
 * read.
 */
static enum csg_rc
replay(struct csg_run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *c,
    struct csg_err *err)
{
	bool missing;
	enum csg_rc rc;

	r->epoch = r->policy->epoch;
	if ((rc = use_policy_of(r, c, err)) != CSG_OK ||
	    (rc = csg_run_decide_finished(r, c, err)) != CSG_OK)
		return rc;
	r->out->replayed = true;
	if ((rc = csg_ledger_receipt(
		 r->state->ledger, &c->request, &r->receipt, err)) != CSG_OK)
		return rc;
	missing = r->receipt.len == 0;
	if ((missing &&
		(rc = make_missing_receipt(r, signer, pin, err)) != CSG_OK) ||
	    (rc = csg_run_check_stored(r, err)) != CSG_OK ||
	    (missing && (rc = csg_run_keep_receipt(r, err)) != CSG_OK))
		return rc;
	return release(r, signer,
	    r->in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_SAME, err);
}

/* Record the refusal before it is reported. */
static enum csg_rc
record_refusal(struct csg_run *r, struct csg_err *err)
{
	struct csg_err why = *err;

	if (csg_run_record_refusal(r, &why, err) != CSG_OK)
		return err->rc;
	*err = why;
	return err->rc;
}

/* Open the case; find the request's progress in the ledger; check the clock. */
static enum csg_rc
begin(struct csg_run *r, enum csg_progress *progress, struct csg_claim *c,
    struct csg_err *err)
{
	const struct csg_id *request;
	enum csg_rc rc;

	if ((r->chain = r->state->chain) == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no policy was founded on this workstation");
	r->policy = csg_chain_policy(r->chain);
	if ((rc = csg_run_open_case(r, err)) != CSG_OK)
		return rc;
	request = &r->out->given.request->id;
	if ((rc = csg_ledger_clock(r->state->ledger, r->in->now, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_find(
		 r->state->ledger, request, progress, c, err)) != CSG_OK)
		return rc;
	csg_state_signed(r->state, request, &r->staging);
	return csg_buf_ok(&r->staging, err);
}

enum csg_rc
csg_sign_run(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_run r = CSG_RUN_NONE;
	struct csg_claim c = { 0 };
	enum csg_progress progress = CSG_UNKNOWN;
	enum csg_rc rc;

	r.state = s;
	r.in = in;
	r.out = out;
	if ((rc = begin(&r, &progress, &c, err)) == CSG_OK)
		rc = progress == CSG_FINISHED ?
		    replay(&r, signer, pin, &c, err) :
		    sign_new(&r, signer, pin,
			progress == CSG_CLAIMED ? &c : NULL, err);
	if (rc == CSG_REFUSED && progress != CSG_FINISHED && r.policy != NULL)
		rc = record_refusal(&r, err);
	csg_claim_clear(&c);
	csg_run_clear(&r);
	return rc;
}

/* Decide as csg_sign_run() would. */
static enum csg_rc
explain(struct csg_run *r, enum csg_progress progress,
    const struct csg_claim *c, struct csg_err *err)
{
	enum csg_rc rc;

	switch (progress) {
	case CSG_FINISHED:
		r->out->replayed = true;
		if ((rc = use_policy_of(r, c, err)) != CSG_OK)
			return rc;
		return csg_run_decide_finished(r, c, err);
	case CSG_CLAIMED: return csg_run_decide_again(r, c, err);
	default: return csg_run_decide(r, err);
	}
}

enum csg_rc
csg_sign_explain(struct csg_state *s, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_run r = CSG_RUN_NONE;
	struct csg_claim c = { 0 };
	enum csg_progress progress = CSG_UNKNOWN;
	enum csg_rc rc;

	r.state = s;
	r.in = in;
	r.out = out;
	r.dry = true;
	if ((rc = begin(&r, &progress, &c, err)) == CSG_OK)
		rc = explain(&r, progress, &c, err);
	csg_claim_clear(&c);
	csg_run_clear(&r);
	return rc;
}
