/* The founding: the first policy, approved by the quorum that it names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sign/rejections.h"
#include "lib/sign/run.h"
#include "lib/sign/sealing.h"
#include "lib/workstation/session.h"

/* The parts of a founding, made one after the other. */
struct founding {
	/* run of the draft, which is decided by its own rules */
	struct csg_run run;
	const char *path; /* path of the draft */
	struct csg_buf chain; /* text of NAME-1.csgpolicy */
	struct csg_buf trust; /* text of trust.pem */
	struct csg_trust *anchor; /* parsed from trust */
	struct csg_chains *chains; /* chains under the anchor */
};

/* Open the draft, hash it, and read it once. */
static enum csg_rc
read_draft(struct founding *f, struct csg_err *err)
{
	struct csg_run *r = &f->run;
	struct csg_opened *o = &r->artifacts;
	enum csg_rc rc;

	if ((o->hashes = calloc(1, sizeof(*o->hashes))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_file_hash(
		 AT_FDCWD, f->path, 0, &o->hashes[0], &o->fd, err)) != CSG_OK)
		return rc;
	if ((rc = csg_draft_read(o->fd, &o->hashes[0], &r->draft, err)) !=
	    CSG_OK)
		return csg_err_prefix_file(err, f->path);
	r->policy = r->draft.policy;
	return CSG_OK;
}

/* The gate for artifacts: the draft must be the one that was requested, and
 * acceptable as a first policy. */
static enum csg_rc
check_draft(void *founding, const struct csg_tally *t, struct csg_err *err)
{
	struct csg_run *r = &((struct founding *)founding)->run;
	struct csg_target w;

	r->tally = t;
	r->format = csg_format(t->profile->format);
	csg_run_target(r, 0, NULL, &w);
	if (!csg_artifact_is(w.artifact, w.hashes))
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: differs from the draft that was requested",
		    w.artifact->name);
	return r->format->accept(&w, err);
}

/* Decide by the draft's own quorum; the request must be for this draft. */
static enum csg_rc
decide(struct founding *f, struct csg_err *err)
{
	struct csg_run *r = &f->run;
	struct csg_sign_out *o = r->out;
	const struct csg_policy *const draft[] = { r->policy };
	const struct csg_terms terms = { .policy = r->policy,
		.time = r->in->now,
		.suspended = r->in->suspended,
		.founding = true,
		.strict = r->in->strict };
	const struct csg_gates gates = { .artifacts = check_draft, .arg = f };
	struct csg_ledger *l = r->state->ledger;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if ((rc = csg_case_open(r->in->messages, draft, 1, &o->given, err)) !=
		CSG_OK ||
	    (rc = csg_rejections_load(
		 l, &o->given.request->id, &o->remembered, err)) != CSG_OK ||
	    (rc = csg_case_add(&o->given, &o->remembered, err)) != CSG_OK)
		goto out;
	rc = csg_decide(&o->given, &terms, &gates, &o->judged, err);
	r->tally = o->judged.tally;
	if (csg_rejections_keep(
		l, &o->given, &o->judged.veto, r->in->now, &why) != CSG_OK) {
		*err = why;
		rc = why.rc;
	}
out:
	csg_case_drop_policies(
	    &o->given); /* the list of policies is on this stack */
	return rc;
}

static enum csg_rc
sign(struct founding *f, const struct csg_signer_key *k, struct csg_err *err)
{
	struct csg_run *r = &f->run;
	const struct csg_artifact *a = &r->tally->request->artifacts[0];
	struct csg_sealed sealed = { .name = a->name, .input = a->sha256 };
	struct csg_buf made = { 0 }, text = { 0 };
	struct csg_id evidence;
	struct csg_target w;
	enum csg_rc rc;

	csg_run_target(r, 0, NULL, &w);
	if ((rc = csg_tally_evidence(r->tally, csg_tally_route(r->tally), &text,
		 &evidence, err)) == CSG_OK &&
	    (rc = r->format->sign(&w, k, &made, err)) == CSG_OK &&
	    (rc = csg_id_mem(made.data, made.len, &sealed.output, err)) ==
		CSG_OK &&
	    (rc = csg_run_remember(f->chains, k, &made, err)) == CSG_OK) {
		csg_armor_write(&f->chain, made.data, made.len);
		csg_tally_armor(r->tally, &f->chain);
		rc = csg_seal_make(r->tally, k, "policy", &evidence, &sealed, 1,
		    f->chains, &f->chain, err);
	}
	csg_buf_free(&made);
	csg_buf_free(&text);
	return rc;
}

/* Make the anchor that everybody will pin, and read it back from its text. */
static enum csg_rc
make_anchor(struct founding *f, struct csg_err *err)
{
	const struct csg_policy *p = f->run.policy;
	const struct csg_trust trust = { .founding = p->id,
		.cert = p->keys[p->policy_key].cert };
	enum csg_rc rc;

	if ((rc = csg_trust_write(&trust, &f->trust, err)) != CSG_OK ||
	    (rc = csg_trust_read(
		 f->trust.data, f->trust.len, &f->anchor, err)) != CSG_OK)
		return rc;
	return csg_chains_new(f->anchor, NULL, &f->chains, err);
}

/* Verify the new chain from the anchor. */
static enum csg_rc
check(struct founding *f, struct csg_err *err)
{
	const struct csg_chain *chain;
	struct csg_err why = { 0 };

	if (csg_chains_read(f->chains, "new chain", f->chain.data, f->chain.len,
		&chain, &why) == CSG_OK)
		return CSG_OK;
	return csg_fail(err, CSG_R_SELFTEST,
	    "the new policy chain does not verify: %s", why.text);
}

/* "NAME-1.csgpolicy" */
static void
chain_name(const struct founding *f, char out[80])
{
	(void)snprintf(out, 80, "%s-1.csgpolicy", f->run.policy->name);
}

static enum csg_existing
existing_outputs(const struct csg_sign_in *in)
{
	return in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE;
}

static enum csg_rc
release(struct founding *f, struct csg_err *err)
{
	const struct csg_sign_in *in = f->run.in;
	struct csg_sign_out *out = f->run.out;
	struct csg_outputs *set = NULL;
	char name[80];
	enum csg_rc rc;

	chain_name(f, name);
	if ((rc = csg_outputs_new(in->out_dir, &set, err)) == CSG_OK &&
	    (rc = csg_outputs_add(set, name, 0644, f->chain.data, f->chain.len,
		 err)) == CSG_OK &&
	    (rc = csg_outputs_add(set, "trust.pem", 0644, f->trust.data,
		 f->trust.len, err)) == CSG_OK &&
	    (rc = csg_sign_out_add(out, in->out_dir, name, err)) == CSG_OK &&
	    (rc = csg_sign_out_add(out, in->out_dir, "trust.pem", err)) ==
		CSG_OK)
		rc = csg_outputs_commit(set, existing_outputs(in), err);
	csg_outputs_free(set);
	return rc;
}

static enum csg_rc
probe(const struct founding *f, struct csg_err *err)
{
	const struct csg_sign_in *in = f->run.in;
	enum csg_existing existing = existing_outputs(in);
	char name[80];
	enum csg_rc rc;

	chain_name(f, name);
	if ((rc = csg_outputs_probe(in->out_dir, NULL, existing, err)) !=
		CSG_OK ||
	    (rc = csg_outputs_probe(in->out_dir, name, existing, err)) !=
		CSG_OK)
		return rc;
	return csg_outputs_probe(in->out_dir, "trust.pem", existing, err);
}

/* Sign, check, put in force, release: in this order. */
static enum csg_rc
carry_out(struct founding *f, const struct csg_signer *signer,
    const struct csg_pin_source *pin, struct csg_err *err)
{
	const struct csg_policy *p = f->run.policy;
	struct csg_state *s = f->run.state;
	const struct csg_key *key = &p->keys[p->policy_key];
	struct csg_ledger_policy force = { 1, p->id };
	struct csg_token *token = NULL;
	struct csg_signer_key k = { 0 };
	enum csg_rc rc;

	if ((rc = make_anchor(f, err)) != CSG_OK ||
	    (rc = csg_session_login(signer, pin, key, &token, &k, err)) !=
		CSG_OK)
		return rc;
	rc = sign(f, &k, err);
	csg_token_close(token);
	if (rc != CSG_OK || (rc = check(f, err)) != CSG_OK ||
	    (rc = csg_state_put_trust(s, &f->trust, err)) != CSG_OK ||
	    (rc = csg_state_put_chain(s, 1, &f->chain, err)) != CSG_OK ||
	    (rc = csg_ledger_found(s->ledger, f->run.in->now, &force, err)) !=
		CSG_OK)
		return rc;
	return release(f, err);
}

enum csg_rc
csg_found(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const char *draft,
    const struct csg_sign_in *in, struct csg_sign_out *out, struct csg_err *err)
{
	struct founding f = { .run = CSG_RUN_NONE, .path = draft };
	enum csg_rc rc;

	if (s->chain != NULL)
		return csg_fail(err, CSG_R_REPLAY,
		    "policy %s was already founded on this workstation; to change it, request a new version under the profile policy",
		    csg_chain_policy(s->chain)->name);
	f.run.state = s;
	f.run.in = in;
	f.run.out = out;
	f.run.founding = true;
	if ((rc = read_draft(&f, err)) == CSG_OK &&
	    (rc = decide(&f, err)) == CSG_OK &&
	    (rc = probe(&f, err)) == CSG_OK &&
	    (rc = csg_run_operate(&f.run, err)) == CSG_OK)
		rc = carry_out(&f, signer, pin, err);
	out->draft = f.run.draft; /* transferred: the tally refers to it */
	f.run.draft = (struct csg_draft)CSG_DRAFT_NONE;
	csg_run_clear(&f.run);
	csg_chains_free(f.chains);
	csg_trust_free(f.anchor);
	csg_buf_free(&f.chain);
	csg_buf_free(&f.trust);
	return rc;
}
