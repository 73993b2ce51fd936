#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sign/rejections.h"
#include "lib/sign/sign.h"

/* What a founding makes, step by step. */
struct founding {
	struct csg_policy *policy; /* the draft */
	struct csg_tally *tally; /* borrowed from out */
	struct csg_hashes hashes;
	int fd; /* the draft */
	struct csg_buf chain; /* text of NAME-1.csgpolicy */
	struct csg_buf trust; /* text of trust.pem */
};

static enum csg_rc
read_draft(struct founding *f, const char *path, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((f->fd = csg_io_open(path, err)) == -1)
		return err->rc;
	if ((rc = csg_hash_fd(f->fd, 0, &f->hashes, err)) == CSG_OK &&
	    (rc = csg_io_read(path, CSG_POLICY_MAX, &text, err)) == CSG_OK &&
	    (rc = csg_policy_parse(text.data, text.len, &f->policy, err)) !=
		CSG_OK)
		(void)csg_err_prefix(err, "%s:", path);
	if (rc == CSG_OK && !csg_id_equal(&f->policy->id, &f->hashes.id))
		rc = csg_fail(err, CSG_R_DIGEST,
		    "%s: changed while it was "
		    "read",
		    path);
	csg_buf_free(&text);
	return rc;
}

/* The draft's own quorum decides, and the request must be for this draft. */
static enum csg_rc
decide(struct founding *f, struct csg_ledger *ledger,
    const struct csg_sign_in *in, struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_case c;
	struct csg_tally_in judge = { .policy = f->policy,
		.messages = &c,
		.time = in->now,
		.suspended = in->suspended };
	const struct csg_policy *draft = f->policy;
	struct csg_veto_in h = { .messages = &c,
		.policies = &draft,
		.n = 1,
		.now = in->now,
		.ledger = ledger };
	struct csg_target w = {
		.hashes = &f->hashes, .fd = f->fd, .time = in->now
	};
	struct csg_err veto = { 0 };
	enum csg_rc rc;

	if ((rc = csg_case_sort(in->messages, &c, err)) == CSG_OK &&
	    (rc = csg_veto_load(
		 ledger, &c.request->env->id, &out->known, err)) == CSG_OK &&
	    (rc = csg_case_add(&c, &out->known, err)) == CSG_OK &&
	    (rc = csg_veto_find(&h, &veto, err)) == CSG_OK)
		rc = csg_tally_make(&judge, &out->tally, err);
	csg_case_clear(&c);
	if (rc == CSG_REFUSED && err->reason == CSG_R_POLICY)
		return csg_fail(err, CSG_R_POLICY,
		    "the draft is not the one that the request asks for");
	if (rc != CSG_OK)
		return rc;
	f->tally = out->tally;
	if (!csg_request_is_founding(f->tally->request) ||
	    f->tally->profile->format != CSG_FORMAT_POLICY)
		return csg_fail(err, CSG_R_REQMISMATCH,
		    "not a founding request for this draft");
	w.artifact = &f->tally->request->artifacts[0];
	if ((rc = csg_fmt_policy.accept(&w, err)) != CSG_OK ||
	    (in->strict && (rc = csg_tally_strict(f->tally, err)) != CSG_OK))
		return rc;
	return csg_veto_apply(&veto, csg_tally_verdict(f->tally, err), err);
}

static enum csg_rc
sign(struct founding *f, const struct csg_signer_key *k, struct csg_err *err)
{
	const struct csg_artifact *a = &f->tally->request->artifacts[0];
	struct csg_sealed sealed = { .name = a->name, .input = a->sha256 };
	struct csg_buf made = { 0 }, text = { 0 };
	struct csg_id evidence;
	struct csg_target w = { .artifact = a,
		.hashes = &f->hashes,
		.fd = f->fd,
		.time = f->tally->time };
	enum csg_rc rc;

	if ((rc = csg_tally_evidence(f->tally, csg_tally_route(f->tally), &text,
		 &evidence, err)) == CSG_OK &&
	    (rc = csg_fmt_policy.sign(&w, k, &made, err)) == CSG_OK &&
	    (rc = csg_id_mem(made.data, made.len, &sealed.output, err)) ==
		CSG_OK) {
		csg_armor_write(&f->chain, made.data, made.len);
		csg_tally_armor(f->tally, &f->chain);
		rc = csg_seal_make(f->tally, k, "policy", &evidence, &sealed, 1,
		    &f->chain, err);
	}
	csg_buf_free(&made);
	csg_buf_free(&text);
	return rc;
}

/* The chain must hold from the anchor that everybody will pin. */
static enum csg_rc
check(struct founding *f, struct csg_err *err)
{
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if ((rc = csg_trust_read(f->trust.data, f->trust.len, &trust, &why)) ==
	    CSG_OK)
		rc = csg_chain_read("new chain", f->chain.data, f->chain.len,
		    trust, &chain, &why);
	csg_chain_free(chain);
	csg_trust_free(trust);
	if (rc == CSG_OK)
		return CSG_OK;
	return csg_fail(err, CSG_R_SELFTEST,
	    "the new policy chain does not hold: %s", why.text);
}

static enum csg_rc
release(struct founding *f, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	char name[80];
	enum csg_rc rc;

	(void)snprintf(name, sizeof(name), "%s-1.csgpolicy", f->policy->name);
	if ((rc = csg_outputs_new(in->out_dir, &set, err)) == CSG_OK &&
	    (rc = csg_outputs_add(set, name, 0644, f->chain.data, f->chain.len,
		 err)) == CSG_OK &&
	    (rc = csg_outputs_add(set, "trust.pem", 0644, f->trust.data,
		 f->trust.len, err)) == CSG_OK &&
	    (rc = csg_sign_out_add(out, in->out_dir, name, err)) == CSG_OK &&
	    (rc = csg_sign_out_add(out, in->out_dir, "trust.pem", err)) ==
		CSG_OK)
		rc = csg_outputs_commit(set,
		    in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE,
		    err);
	csg_outputs_free(set);
	return rc;
}

static enum csg_rc
probe(
    const struct founding *f, const struct csg_sign_in *in, struct csg_err *err)
{
	enum csg_existing existing;
	char name[80];
	enum csg_rc rc;

	existing = in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE;
	(void)snprintf(name, sizeof(name), "%s-1.csgpolicy", f->policy->name);
	if ((rc = csg_outputs_probe(in->out_dir, NULL, existing, err)) !=
		CSG_OK ||
	    (rc = csg_outputs_probe(in->out_dir, name, existing, err)) !=
		CSG_OK)
		return rc;
	return csg_outputs_probe(in->out_dir, "trust.pem", existing, err);
}

/* Sign, check, put in force, let out: in this order. */
static enum csg_rc
carry_out(struct founding *f, struct csg_state *s,
    const struct csg_signer *signer, const struct csg_pin_source *pin,
    const struct csg_sign_in *in, struct csg_sign_out *out, struct csg_err *err)
{
	const struct csg_key *key;
	struct csg_token *token = NULL;
	struct csg_signer_key k = { 0 };
	struct csg_trust trust = { .founding = f->policy->id };
	struct csg_ledger_policy force = { 1, f->policy->id };
	enum csg_rc rc;

	key = &f->policy->keys[f->policy->policy_key];
	trust.cert = key->cert;
	if ((rc = csg_trust_write(&trust, &f->trust, err)) != CSG_OK ||
	    (rc = csg_session_login(signer, pin, key, &token, &k, err)) !=
		CSG_OK)
		return rc;
	rc = sign(f, &k, err);
	csg_token_close(token);
	if (rc != CSG_OK || (rc = check(f, err)) != CSG_OK ||
	    (rc = csg_state_put_trust(s, &f->trust, err)) != CSG_OK ||
	    (rc = csg_state_put_chain(s, 1, &f->chain, err)) != CSG_OK ||
	    (rc = csg_ledger_found(s->ledger, in->now, &force, err)) != CSG_OK)
		return rc;
	return release(f, in, out, err);
}

enum csg_rc
csg_found(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const char *draft,
    const struct csg_sign_in *in, struct csg_sign_out *out, struct csg_err *err)
{
	struct founding f = { .fd = -1 };
	enum csg_rc rc;

	if (s->chain != NULL)
		return csg_fail(err, CSG_R_REPLAY,
		    "policy %s was founded on "
		    "this workstation already; change it by a request under "
		    "the profile policy",
		    csg_chain_policy(s->chain)->name);
	if ((rc = read_draft(&f, draft, err)) == CSG_OK &&
	    (rc = decide(&f, s->ledger, in, out, err)) == CSG_OK &&
	    (rc = probe(&f, in, err)) == CSG_OK &&
	    (rc = csg_sign_operate(f.tally, in, out, err)) == CSG_OK)
		rc = carry_out(&f, s, signer, pin, in, out, err);
	if (f.fd != -1)
		(void)close(f.fd);
	csg_policy_free(f.policy);
	csg_buf_free(&f.chain);
	csg_buf_free(&f.trust);
	return rc;
}
