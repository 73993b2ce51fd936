#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/workstation/mirror.h"
#include "lib/workstation/capacity.h"
#include "lib/sign/run.h"
#include "lib/base/time.h"

void
csg_sign_out_clear(struct csg_sign_out *o)
{
	size_t i;

	csg_tally_free(o->tally);
	csg_bundle_clear(&o->known);
	csg_bundle_clear(&o->act);
	for (i = 0; i < o->npaths; i++)
		free(o->paths[i]);
	free(o->paths);
	memset(o, 0, sizeof(*o));
}

enum csg_rc
csg_sign_out_add(struct csg_sign_out *o, const char *dir, const char *name,
    struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char **more;
	enum csg_rc rc;

	if (strcmp(dir, ".") == 0)
		csg_buf_puts(&path, name);
	else
		csg_buf_printf(&path, "%s/%s", dir, name);
	if ((rc = csg_buf_ok(&path, err)) != CSG_OK)
		return rc;
	more = realloc(o->paths, (o->npaths + 1) * sizeof(*more));
	if (more != NULL) {
		o->paths = more;
		if ((more[o->npaths] = strdup(csg_buf_str(&path))) != NULL)
			o->npaths++;
		else
			more = NULL;
	}
	csg_buf_free(&path);
	return more != NULL ? CSG_OK : csg_fail_mem(err);
}

enum csg_rc
csg_seal_make(const struct csg_tally *t, const struct csg_signer_key *k,
    const char *key_name, const struct csg_id *evidence,
    struct csg_sealed *artifacts, size_t n, struct csg_buf *armoured,
    struct csg_err *err)
{
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 };
	struct csg_seal seal = { .head = { .time = t->time,
				     .policy = t->policy->id },
		.request = t->request->id,
		.evidence = *evidence,
		.artifacts = artifacts,
		.n = n };
	enum csg_rc rc = CSG_TROUBLE;

	seal.head.author = strdup(key_name);
	seal.route = strdup(csg_tally_route(t));
	if (seal.head.author == NULL || seal.route == NULL)
		(void)csg_fail_mem(err);
	else if ((rc = csg_seal_write(&seal, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(k, CSG_SEAL, &yaml, t->time, &env, err)) ==
		CSG_OK)
		csg_envelope_armor(env, armoured);
	free(seal.head.author);
	free(seal.route);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc != CSG_OK ? rc : csg_buf_ok(armoured, err);
}

/*
 * The key that the request is about goes for good.  After a crash it may be
 * gone already.
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
	if ((key = csg_chain_retired(r->state->chain, req->destroy,
		 &req->destroy_key, err)) == NULL)
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

/* Claim durably, unless this very claim is in the ledger already. */
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
		    "ledger: the claim's votes are not its evidence");
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

/* The durable end; a new policy is in force with it. */
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

/* The keys that the next change will need: a policy whose own keys can't sign
 * could never be followed by another. */
static enum csg_rc
check_next_keys(struct csg_run *r, struct csg_token *token, struct csg_err *err)
{
	struct csg_policy *draft;
	struct csg_target w = { .artifact = r->tally->request->artifacts,
		.hashes = r->hashes,
		.fd = r->fd };
	struct csg_signer_key unused;
	const struct csg_key *k[2];
	size_t i;
	enum csg_rc rc;

	if (!csg_tally_makes_policy(r->tally))
		return CSG_OK;
	if ((rc = csg_policy_draft(&w, &draft, err)) != CSG_OK)
		return rc;
	k[0] = &draft->keys[draft->policy_key];
	k[1] = &draft->keys[draft->ledger_key];
	for (i = 0; i < 2 && rc == CSG_OK; i++)
		if ((rc = csg_token_signing_key(token, k[i]->uri, k[i]->cert,
			 k[i]->pss, &unused, err)) != CSG_OK ||
		    (rc = csg_cert_valid_at(k[i]->cert, r->tally->time,
			 k[i]->name, err)) != CSG_OK)
			(void)csg_err_prefix(err, "in the new policy: ");
	csg_policy_free(draft);
	return rc;
}

/* From the decision to the receipt of the finish entry. */
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
	/* without the ledger's key there would be no receipt in the end */
	if ((rc = csg_token_signing_key(token, ledger->uri, ledger->cert,
		 ledger->pss, &unused, err)) == CSG_OK &&
	    (rc = check_next_keys(r, token, err)) == CSG_OK &&
	    (rc = csg_run_stage(r, &k, &evidence, err)) == CSG_OK &&
	    (rc = csg_run_check(r, err)) == CSG_OK &&
	    (rc = destroy_key(r, token, earlier != NULL, err)) == CSG_OK &&
	    (rc = finish(r, err)) == CSG_OK &&
	    (rc = csg_run_make_receipt(r, token, err)) == CSG_OK)
		rc = csg_run_check(r, err);
	csg_token_close(token);
	return rc;
}

/* Too many: how many there are, and when there is room again. */
static enum csg_rc
too_many(const struct csg_run *r, uint64_t made, struct csg_err *err)
{
	const struct csg_limit *l = &r->tally->profile->limit;
	struct csg_buf period = { 0 };
	char when[CSG_TIME_LEN];
	int64_t passing;
	enum csg_rc rc;

	if ((rc = csg_ledger_rate_frees_at(r->state->ledger,
		 r->tally->profile->name, r->tally->time - l->period,
		 l->signatures - r->tally->request->n, &passing, err)) !=
	    CSG_OK)
		return rc;
	csg_duration_phrase(&period, l->period);
	rc = csg_fail(err, CSG_R_RATE,
	    "profile %s allows %llu signatures in %s; %llu were made, %zu are "
	    "asked for; there is room again at %s",
	    r->tally->profile->name, (unsigned long long)l->signatures,
	    csg_buf_str(&period), (unsigned long long)made,
	    r->tally->request->n, csg_time_format(passing + l->period, when));
	csg_buf_free(&period);
	return rc;
}

/* How many signatures the profile allows in its period. */
static enum csg_rc
check_rate(const struct csg_run *r, struct csg_err *err)
{
	const struct csg_limit *l = &r->tally->profile->limit;
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

enum csg_rc
csg_sign_operate(struct csg_tally *t, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	const struct csg_operator *op = in->op;
	enum csg_rc rc;

	if (op == NULL && t->profile->operators.n == 0)
		return CSG_OK;
	if (op == NULL)
		return csg_fail(err, CSG_R_OPERATOR,
		    "profile %s is signed by its operators: give your key "
		    "with -k",
		    t->profile->name);
	if (t->profile->operators.n == 0)
		return csg_fail(err, CSG_R_OPERATOR,
		    "profile %s names no operators: leave -k away",
		    t->profile->name);
	if ((rc = op->act(op->arg, t, &out->act, err)) != CSG_OK ||
	    (rc = csg_tally_operate(t, &out->act.m[0], NULL, err)) != CSG_OK)
		return rc;
	return csg_tally_suspended(in->suspended, t->act->head.author, err);
}

/* What a decision for the request still hangs on: room for what is made of it,
 * its artifacts, the ledger, and how many signatures there may be. */
static enum csg_rc
check_decided(struct csg_run *r, bool claimed, struct csg_err *err)
{
	enum csg_rc rc;

	if (!claimed &&
	    (rc = csg_capacity_check(r->state->chain, r->tally, err)) != CSG_OK)
		return rc;
	if ((rc = csg_run_check_subject(r->state->chain, r->tally, r->in,
		 &r->hashes, &r->fd, err)) != CSG_OK ||
	    (rc = csg_run_check_ledger(r, err)) != CSG_OK)
		return rc;
	return claimed ? CSG_OK : check_rate(r, err);
}

/* Out it goes, once the mirror has its entries, too. */
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
    const struct csg_id *request, struct csg_err *err)
{
	enum csg_existing existing;
	enum csg_rc rc;

	existing = r->in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE;
	rc = c != NULL ? csg_run_decide_again(r, c, err) :
			 csg_run_decide(r, request, err);
	if (rc != CSG_OK || (rc = check_decided(r, c != NULL, err)) != CSG_OK ||
	    (rc = csg_run_probe(r, existing, err)) != CSG_OK ||
	    (signer->mirror != NULL &&
		(rc = csg_mirror_probe(signer->mirror, err)) != CSG_OK) ||
	    (c == NULL &&
		(rc = csg_sign_operate(r->tally, r->in, r->out, err)) !=
		    CSG_OK))
		return rc;
	r->sealed = calloc(r->tally->request->n + 1, sizeof(*r->sealed));
	if (r->sealed == NULL)
		return csg_fail_mem(err);
	if ((rc = sign_claimed(r, signer, pin, c, err)) != CSG_OK)
		return rc;
	return release(r, signer, existing, err);
}

/* The policy that a claim was made under becomes that of the run. */
static enum csg_rc
use_policy_of(struct csg_run *r, const struct csg_claim *c, struct csg_err *err)
{
	const struct csg_policy *p;

	p = csg_chain_policy_by_id(r->state->chain, &c->policy);
	if (p == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: a claim under a policy that the chain lacks");
	r->policy = p;
	return CSG_OK;
}

/* A receipt that comes later is of the epoch that the request's own would have
 * been of: that of its policy, or of the one that it put in force.  And a
 * rebuilt ledger signs no head of the epoch that ended with it. */
static enum csg_rc
check_epoch(const struct csg_run *r, struct csg_err *err)
{
	const struct csg_policy *own = r->policy;

	if (csg_tally_makes_policy(r->tally) &&
	    r->policy->version < r->state->chain->n)
		own = r->state->chain->policies[r->policy->version];
	if (r->epoch != own->epoch)
		return csg_fail(err, CSG_R_LOG,
		    "the epoch of the ledger ended before this request had its "
		    "receipt");
	return csg_ledger_check_epoch(r->state->ledger, r->epoch, err);
}

/*
 * Signed before: what is stored goes out again, bit for bit.  The policy may
 * have changed since, so only the request's own words are read.
 */
static enum csg_rc
replay(struct csg_run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *c,
    struct csg_err *err)
{
	struct csg_token *token = NULL;
	struct csg_signer_key k;
	const struct csg_key *key;
	enum csg_rc rc;

	r->epoch = r->policy->epoch;
	if ((rc = use_policy_of(r, c, err)) != CSG_OK ||
	    (rc = csg_run_judge_claimed(r, c, NULL, err)) != CSG_OK)
		return rc;
	r->out->replayed = true;
	if ((rc = csg_ledger_receipt(
		 r->state->ledger, &c->request, &r->receipt, err)) == CSG_OK &&
	    r->receipt.len == 0 && (rc = check_epoch(r, err)) == CSG_OK) {
		key = &r->policy->keys[r->policy->ledger_key];
		if ((rc = csg_session_login(
			 signer, pin, key, &token, &k, err)) == CSG_OK)
			rc = csg_run_make_receipt(r, token, err);
		csg_token_close(token);
	}
	if (rc != CSG_OK || (rc = csg_run_check_stored(r, err)) != CSG_OK)
		return rc;
	return release(r, signer,
	    r->in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_SAME, err);
}

static void
run_clear(struct csg_run *r)
{
	if (r->fd != -1)
		(void)close(r->fd);
	free(r->hashes);
	free(r->sealed);
	csg_buf_free(&r->staging);
	csg_buf_free(&r->seal);
	csg_buf_free(&r->receipt);
}

/* Which request is the run about? */
static enum csg_rc
request_id(const struct csg_bundle *b, struct csg_id *out, struct csg_err *err)
{
	struct csg_case c;
	enum csg_rc rc;

	if ((rc = csg_case_sort(b, &c, err)) == CSG_OK)
		*out = c.request->env->id;
	csg_case_clear(&c);
	return rc;
}

/* A refusal is on record before it is told. */
static enum csg_rc
record_refusal(struct csg_run *r, struct csg_err *err)
{
	struct csg_err why = *err;

	if (csg_run_record_refusal(r, &why, err) != CSG_OK)
		return err->rc;
	*err = why;
	return err->rc;
}

/* Which request is it, what is known of it, and is the clock right? */
static enum csg_rc
begin(struct csg_run *r, struct csg_id *request, enum csg_progress *progress,
    struct csg_claim *c, struct csg_err *err)
{
	enum csg_rc rc;

	if (r->state->chain == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no policy was founded on this workstation");
	r->policy = csg_chain_policy(r->state->chain);
	if ((rc = request_id(r->in->messages, request, err)) != CSG_OK ||
	    (rc = csg_ledger_clock(r->state->ledger, r->in->now, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_find(
		 r->state->ledger, request, progress, c, err)) != CSG_OK)
		return rc;
	csg_state_signed_dir(r->state, request, &r->staging);
	return csg_buf_ok(&r->staging, err);
}

enum csg_rc
csg_sign_run(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_run r = { .state = s, .in = in, .out = out, .fd = -1 };
	struct csg_claim c = { 0 };
	struct csg_id request;
	enum csg_progress progress = CSG_UNKNOWN;
	enum csg_rc rc;

	if ((rc = begin(&r, &request, &progress, &c, err)) == CSG_OK)
		rc = progress == CSG_FINISHED ?
		    replay(&r, signer, pin, &c, err) :
		    sign_new(&r, signer, pin,
			progress == CSG_CLAIMED ? &c : NULL, &request, err);
	if (rc == CSG_REFUSED && progress != CSG_FINISHED)
		rc = record_refusal(&r, err);
	csg_claim_clear(&c);
	run_clear(&r);
	return rc;
}

enum csg_rc
csg_sign_explain(struct csg_state *s, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_run r = {
		.state = s, .in = in, .out = out, .fd = -1, .dry = true
	};
	struct csg_claim c = { 0 };
	struct csg_id request;
	enum csg_progress progress = CSG_UNKNOWN;
	enum csg_rc rc;

	if ((rc = begin(&r, &request, &progress, &c, err)) != CSG_OK)
		;
	else if (progress == CSG_FINISHED) {
		out->replayed = true;
		if ((rc = use_policy_of(&r, &c, err)) == CSG_OK)
			rc = csg_run_judge_claimed(&r, &c, NULL, err);
	} else {
		rc = progress == CSG_CLAIMED ?
		    csg_run_decide_again(&r, &c, err) :
		    csg_run_decide(&r, &request, err);
		if (rc == CSG_OK)
			rc = check_decided(&r, progress == CSG_CLAIMED, err);
	}
	csg_claim_clear(&c);
	run_clear(&r);
	return rc;
}
