/* What is signed for a request: made, staged, and checked as csg-verify
 * would. */
#include <string.h>

#include "lib/sign/run.h"
#include "lib/sign/sealing.h"
#include "lib/verify/verify.h"

/* ---- signing ---- */

/* Sign artifact i into *made, and note its digests for the seal. */
static enum csg_rc
sign_one(struct csg_run *r, size_t i, const struct csg_signer_key *k,
    const char *evidence, struct csg_buf *made, struct csg_err *err)
{
	const struct csg_artifact *a = &r->tally->request->artifacts[i];
	struct csg_target w;
	enum csg_rc rc;

	csg_run_target(r, i, evidence, &w);
	r->sealed[i].name = a->name;
	r->sealed[i].input = a->sha256;
	if ((rc = r->format->sign(&w, k, made, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", a->name);
	return csg_id_mem(made->data, made->len, &r->sealed[i].output, err);
}

/*
 * The output file for a policy is the chain with its new link: the message just
 * made, and the record of its approval.
 */
static enum csg_rc
chain_text(struct csg_run *r, const struct csg_buf *made, struct csg_buf *out,
    struct csg_err *err)
{
	csg_chain_armor(r->chain, out);
	csg_armor_write(out, made->data, made->len);
	csg_tally_armor(r->tally, out);
	csg_buf_add(out, r->seal.data, r->seal.len);
	return csg_buf_ok(out, err);
}

/* Sign all artifacts, under one login.  The message made for a policy goes to
 * *policy: it is staged after the seal was made. */
static enum csg_rc
sign_artifacts(struct csg_run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_buf *policy, struct csg_err *err)
{
	char attr[CSG_EVIDENCE_ATTR];
	struct csg_buf made = { 0 };
	size_t i;
	enum csg_rc rc = CSG_OK;

	(void)csg_evidence_attr(r->tally->request, evidence, attr);
	if (csg_tally_makes_policy(r->tally)) {
		if ((rc = sign_one(r, 0, k, attr, policy, err)) == CSG_OK)
			rc = csg_run_remember(r->state->chains, k, policy, err);
		return rc;
	}
	for (i = 0; i < r->tally->request->n && rc == CSG_OK; i++) {
		if ((rc = sign_one(r, i, k, attr, &made, err)) == CSG_OK)
			rc = csg_staging_add(
			    r->staged, made.data, made.len, err);
		csg_buf_free(&made);
	}
	return rc;
}

static enum csg_rc
stage_policy(
    struct csg_run *r, const struct csg_buf *policy, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = chain_text(r, policy, &text, err)) == CSG_OK)
		rc = csg_staging_add(r->staged, text.data, text.len, err);
	csg_buf_free(&text);
	return rc;
}

/* Stage the proof: chain, request, votes, seal. */
static enum csg_rc
stage_proof(struct csg_run *r, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_chain_armor(r->chain, &text);
	csg_tally_armor(r->tally, &text);
	csg_buf_add(&text, r->seal.data, r->seal.len);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_staging_add(r->staged, text.data, text.len, err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_run_stage(struct csg_run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	const char *key = r->policy->keys[r->tally->profile->key].name;
	struct csg_buf policy = { 0 };
	enum csg_rc rc;

	if ((rc = csg_staging_make(csg_buf_str(&r->staging), &req->id,
		 req->n + 1, &r->staged, err)) != CSG_OK ||
	    (rc = sign_artifacts(r, k, evidence, &policy, err)) != CSG_OK ||
	    (rc = csg_seal_make(r->tally, k, key, evidence, r->sealed, req->n,
		 r->state->chains, &r->seal, err)) != CSG_OK ||
	    (csg_tally_makes_policy(r->tally) &&
		(rc = stage_policy(r, &policy, err)) != CSG_OK) ||
	    (rc = stage_proof(r, err)) != CSG_OK)
		goto out;
	rc = csg_staging_end(r->staged, err);
out:
	csg_buf_free(&policy);
	return rc;
}

/* ---- checking ---- */

/* Read the staged proof, with the receipt if there is one. */
static enum csg_rc
read_proof(struct csg_run *r, struct csg_proof **proof, struct csg_err *err)
{
	const struct csg_proof_in in = { .trust = r->state->trust,
		.known = r->state->chains,
		.unfinished = r->receipt.len == 0 };
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*proof = NULL;
	if ((rc = csg_staging_read(
		 r->staged, r->tally->request->n, &text, err)) == CSG_OK) {
		csg_buf_add(&text, r->receipt.data, r->receipt.len);
		rc = csg_buf_ok(&text, err);
	}
	if (rc == CSG_OK)
		rc = csg_proof_read(
		    "proof", text.data, text.len, &in, proof, err);
	csg_buf_free(&text);
	return rc;
}

/* Is output i what the seal of this proof says, and its artifact the endorsed
 * one? */
static enum csg_rc
check_output(struct csg_run *r, const struct csg_proof *proof, size_t i,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_staging_read(r->staged, i, &text, err)) == CSG_OK)
		rc = csg_verify_sealed(proof, i, &r->artifacts.hashes[i],
		    text.data, text.len, err);
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
settle_check(enum csg_rc rc, const struct csg_err *why, struct csg_err *err)
{
	if (rc == CSG_OK)
		return CSG_OK;
	return csg_fail(err, CSG_R_SELFTEST,
	    "what was just signed does not verify: %s: %s",
	    csg_reason_word(why->reason), why->text);
}

enum csg_rc
csg_run_check_staged(struct csg_run *r, struct csg_err *err)
{
	struct csg_err why = { 0 };
	size_t i;
	enum csg_rc rc;

	rc = read_proof(r, &r->proof, &why);
	for (i = 0; i < r->tally->request->n && rc == CSG_OK; i++)
		rc = check_output(r, r->proof, i, &why);
	return settle_check(rc, &why, err);
}

enum csg_rc
csg_run_check_receipt(struct csg_run *r, struct csg_err *err)
{
	struct csg_err why = { 0 };
	enum csg_rc rc;

	rc = csg_proof_finish(r->proof, csg_buf_str(&r->receipt), &why);
	if (rc == CSG_OK && csg_tally_makes_policy(r->tally) &&
	    r->proof->record->receipt->tree.epoch != r->draft.policy->epoch)
		rc = csg_fail(&why, CSG_R_LOG,
		    "the receipt and the new policy have different epochs");
	return settle_check(rc, &why, err);
}

/* Is output i what the seal of the proof says?  The artifact is not
 * available. */
static enum csg_rc
check_sealed(struct csg_run *r, const struct csg_proof *proof, size_t i,
    struct csg_err *err)
{
	const struct csg_sealed *s = &proof->record->seal->artifacts[i];
	const struct csg_hashes hashes = { .id = s->input };
	const struct csg_target w = { .hashes = &hashes };
	struct csg_buf text = { 0 };
	struct csg_id id;
	enum csg_rc rc;

	if ((rc = csg_staging_read(r->staged, i, &text, err)) == CSG_OK &&
	    (rc = r->format->output_id(&w, text.data, text.len, &id, err)) ==
		CSG_OK &&
	    !csg_id_equal(&id, &s->output))
		rc = csg_fail(err, CSG_R_UNENDORSED,
		    "the output stored for '%s' is not the sealed one",
		    s->name);
	csg_buf_free(&text);
	return rc;
}

/* Verify the whole chain that ends with the new policy. */
static enum csg_rc
check_chain(struct csg_run *r, struct csg_err *err)
{
	const struct csg_chain *chain;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_staging_read(r->staged, 0, &text, err)) == CSG_OK &&
	    (rc = csg_chains_read(r->state->chains, "stored chain", text.data,
		 text.len, &chain, err)) == CSG_OK &&
	    csg_chain_policy(chain)->version != r->policy->version + 1)
		rc = csg_fail(err, CSG_R_POLICYSIG,
		    "the stored policy chain ends with version %llu, not %llu",
		    (unsigned long long)csg_chain_policy(chain)->version,
		    (unsigned long long)r->policy->version + 1);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_run_check_stored(struct csg_run *r, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	struct csg_proof *proof = NULL;
	struct csg_err why = { 0 };
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_staging_open(csg_buf_str(&r->staging), &req->id,
		 req->n + 1, &r->staged, &why)) == CSG_OK)
		rc = read_proof(r, &proof, &why);
	if (rc == CSG_OK &&
	    !csg_id_equal(&proof->record->tally->request->id, &req->id))
		rc = csg_fail(&why, CSG_R_REQMISMATCH,
		    "the proof belongs to another request");
	for (i = 0; i < req->n && rc == CSG_OK; i++)
		rc = check_sealed(r, proof, i, &why);
	if (rc == CSG_OK && csg_tally_makes_policy(r->tally))
		rc = check_chain(r, &why);
	csg_proof_free(proof);
	if (rc == CSG_OK)
		return CSG_OK;
	if (why.reason == CSG_R_IO) {
		*err = why;
		return rc;
	}
	return csg_fail(err, CSG_R_SELFTEST,
	    "what was signed before does not verify any more: %s: %s",
	    csg_reason_word(why.reason), why.text);
}

/* ---- a new policy ---- */

enum csg_rc
csg_run_stage_policy(
    struct csg_run *r, struct csg_ledger_policy *next, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_err why = { 0 };
	const struct csg_chain *chain;
	const struct csg_policy *p;
	enum csg_rc rc;

	if ((rc = csg_staging_read(r->staged, 0, &text, err)) != CSG_OK)
		goto out;
	if ((rc = csg_chains_read(r->state->chains, "new chain", text.data,
		 text.len, &chain, &why)) != CSG_OK) {
		rc = csg_fail(err, CSG_R_SELFTEST,
		    "the new policy chain does not verify: %s", why.text);
		goto out;
	}
	p = csg_chain_policy(chain);
	next->version = p->version;
	next->id = p->id;
	rc = csg_state_put_chain(r->state, p->version, &text, err);
out:
	csg_buf_free(&text);
	return rc;
}

/* ---- the receipt ---- */

enum csg_rc
csg_run_make_receipt(
    struct csg_run *r, struct csg_token *token, struct csg_err *err)
{
	const struct csg_key *key = &r->policy->keys[r->policy->ledger_key];
	struct csg_receipt receipt = { .head = { .time = r->in->now,
					   .policy = r->policy->id,
					   .author = key->name } };
	const struct csg_id *request = &r->tally->request->id;
	struct csg_signer_key k;
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 };
	enum csg_rc rc;

	if ((rc = csg_token_signing_key(
		 token, key->uri, key->cert, key->pss, &k, err)) == CSG_OK &&
	    (rc = csg_ledger_prove(r->state->ledger, request, r->epoch,
		 &receipt, err)) == CSG_OK &&
	    (rc = csg_run_prove_heads(r, &receipt, err)) == CSG_OK &&
	    (rc = csg_receipt_write(&receipt, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(
		 &k, CSG_RECEIPT, &yaml, r->in->now, &env, err)) == CSG_OK &&
	    (rc = csg_envelope_remember(env, key->cert,
		 csg_chains_verified(r->state->chains), err)) == CSG_OK) {
		csg_envelope_armor(env, &r->receipt);
		rc = csg_buf_ok(&r->receipt, err);
	}
	csg_receipt_clear(&receipt);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc;
}

enum csg_rc
csg_run_keep_receipt(struct csg_run *r, struct csg_err *err)
{
	return csg_ledger_keep_receipt(r->state->ledger, &r->tally->request->id,
	    csg_buf_str(&r->receipt), err);
}
