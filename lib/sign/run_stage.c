#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/sign/run.h"
#include "lib/base/text.h"
#include "lib/verify/verify.h"

/* ---- outputs ---- */

/* The decoded name of output i; i == n is the proof. */
static enum csg_rc
output_name(
    const struct csg_run *r, size_t i, struct csg_buf *out, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	char words[CSG_SHORT_LEN];
	struct csg_buf name = { 0 };
	enum csg_rc rc;

	if (i == req->n) {
		csg_buf_printf(
		    out, "%s.csgproof", csg_request_short(req, words));
		return csg_buf_ok(out, err);
	}
	if ((rc = csg_filename_decode(req->artifacts[i].name, &name, err)) ==
	    CSG_OK) {
		csg_format_output(r->format, csg_buf_str(&name), out);
		rc = csg_buf_ok(out, err);
	}
	csg_buf_free(&name);
	return rc;
}

enum csg_rc
csg_run_probe(
    const struct csg_run *r, enum csg_existing existing, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	size_t i;
	enum csg_rc rc;

	rc = csg_outputs_probe(r->in->out_dir, NULL, existing, err);
	for (i = 0; i <= r->tally->request->n && rc == CSG_OK; i++) {
		if ((rc = output_name(r, i, &name, err)) == CSG_OK)
			rc = csg_outputs_probe(
			    r->in->out_dir, csg_buf_str(&name), existing, err);
		csg_buf_free(&name);
	}
	return rc;
}

/* Staged outputs are numbered; the last is the proof. */
static void
staged_name(size_t i, char out[32])
{
	(void)snprintf(out, 32, "%zu", i);
}

/* Whatever it is: a run that is killed leaves temporary files, too. */
static enum csg_rc
empty_dir(DIR *d, const char *path, struct csg_err *err)
{
	const struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) == -1)
			return csg_fail_errno(err, "%s/%s", path, e->d_name);
	return fsync(dirfd(d)) == 0 ? CSG_OK : csg_fail_errno(err, "%s", path);
}

enum csg_rc
csg_run_discard(struct csg_run *r, struct csg_err *err)
{
	const char *path = csg_buf_str(&r->staging);
	DIR *d;
	int fd;
	enum csg_rc rc;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? CSG_OK :
					 csg_fail_errno(err, "%s", path);
	if ((d = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return csg_fail_mem(err);
	}
	rc = empty_dir(d, path, err);
	(void)closedir(d);
	if (rc == CSG_OK && rmdir(path) == -1)
		rc = csg_fail_errno(err, "%s", path);
	return rc;
}

static enum csg_rc
read_staged(
    const struct csg_run *r, size_t i, struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char name[32];
	enum csg_rc rc;

	staged_name(i, name);
	csg_buf_printf(&path, "%s/%s", csg_buf_str(&r->staging), name);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
		rc = csg_io_read(csg_buf_str(&path), CSG_MAX_FILE, out, err);
	csg_buf_free(&path);
	return rc;
}

static enum csg_rc
release_one(struct csg_run *r, struct csg_outputs *set, size_t i,
    const char *name, struct csg_err *err)
{
	struct csg_buf path = { 0 }, text = { 0 };
	char staged[32];
	int fd;
	enum csg_rc rc;

	if (i == r->tally->request->n) { /* the proof gets its receipt */
		if ((rc = read_staged(r, i, &text, err)) == CSG_OK) {
			csg_buf_add(&text, r->receipt.data, r->receipt.len);
			if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
				rc = csg_outputs_add(
				    set, name, 0644, text.data, text.len, err);
		}
		csg_buf_free(&text);
		return rc;
	}
	staged_name(i, staged);
	csg_buf_printf(&path, "%s/%s", csg_buf_str(&r->staging), staged);
	if ((fd = csg_io_open(csg_buf_str(&path), err)) == -1)
		rc = err->rc;
	else
		rc = csg_outputs_add_fd(set, name, 0644, fd, err);
	if (fd != -1)
		(void)close(fd);
	csg_buf_free(&path);
	return rc;
}

enum csg_rc
csg_run_release(
    struct csg_run *r, enum csg_existing existing, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	struct csg_buf name = { 0 };
	size_t i, n = r->tally->request->n;
	enum csg_rc rc;

	rc = csg_outputs_new(r->in->out_dir, &set, err);
	for (i = 0; i <= n && rc == CSG_OK; i++) {
		if ((rc = output_name(r, i, &name, err)) == CSG_OK &&
		    (rc = release_one(r, set, i, csg_buf_str(&name), err)) ==
			CSG_OK)
			rc = csg_sign_out_add(
			    r->out, r->in->out_dir, csg_buf_str(&name), err);
		csg_buf_free(&name);
	}
	if (rc == CSG_OK)
		rc = csg_outputs_commit(set, existing, err);
	csg_outputs_free(set);
	return rc;
}

/* ---- staging ---- */

/* Sign artifact i; what was made goes to *made, its digest to sealed. */
static enum csg_rc
sign_one(struct csg_run *r, size_t i, const struct csg_signer_key *k,
    const char *evidence, struct csg_buf *made, struct csg_err *err)
{
	const struct csg_artifact *a = &r->tally->request->artifacts[i];
	struct csg_target w = { .artifact = a,
		.hashes = &r->hashes[i],
		.fd = r->fd,
		.policy = r->policy,
		.time = r->tally->time,
		.evidence = evidence };
	enum csg_rc rc;

	r->sealed[i].name = a->name;
	r->sealed[i].input = a->sha256;
	if ((rc = r->format->sign(&w, k, made, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", a->name);
	return csg_id_mem(made->data, made->len, &r->sealed[i].output, err);
}

/*
 * The output file of a policy is the chain with its new link: the message
 * just made, and the record that approved it.
 */
static enum csg_rc
chain_text(struct csg_run *r, const struct csg_buf *made, struct csg_buf *out,
    struct csg_err *err)
{
	csg_chain_armor(r->state->chain, out);
	csg_armor_write(out, made->data, made->len);
	csg_tally_armor(r->tally, out);
	csg_buf_add(out, r->seal.data, r->seal.len);
	return csg_buf_ok(out, err);
}

/* Sign everything into the set of staged outputs, under one login. */
static enum csg_rc
sign_all(struct csg_run *r, struct csg_outputs *set,
    const struct csg_signer_key *k, const struct csg_id *evidence,
    struct csg_err *err)
{
	const struct csg_key *key = &r->policy->keys[r->tally->profile->key];
	struct csg_buf made = { 0 }, text = { 0 };
	char attr[CSG_EVIDENCE_ATTR], name[32];
	size_t i, n = r->tally->request->n;
	bool is_policy;
	enum csg_rc rc = CSG_OK;

	is_policy = csg_tally_makes_policy(r->tally);
	(void)csg_evidence_attr(r->tally->request, evidence, attr);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		csg_buf_free(&made);
		staged_name(i, name);
		rc = sign_one(r, i, k, attr, &made, err);
		if (rc == CSG_OK && !is_policy)
			rc = csg_outputs_add(
			    set, name, 0600, made.data, made.len, err);
	}
	if (rc == CSG_OK)
		rc = csg_seal_make(r->tally, k, key->name, evidence, r->sealed,
		    n, &r->seal, err);
	if (rc == CSG_OK && is_policy &&
	    (rc = chain_text(r, &made, &text, err)) == CSG_OK)
		rc = csg_outputs_add(set, "0", 0600, text.data, text.len, err);
	csg_buf_free(&made);
	csg_buf_free(&text);
	return rc;
}

/* The proof: chain, request, votes, seal. */
static enum csg_rc
add_proof(struct csg_run *r, struct csg_outputs *set, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	char name[32];
	enum csg_rc rc;

	csg_chain_armor(r->state->chain, &text);
	csg_tally_armor(r->tally, &text);
	csg_buf_add(&text, r->seal.data, r->seal.len);
	staged_name(r->tally->request->n, name);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_outputs_add(set, name, 0600, text.data, text.len, err);
	csg_buf_free(&text);
	return rc;
}

/* The proof that is staged, with the receipt if there is one. */
static enum csg_rc
read_proof(struct csg_run *r, struct csg_proof **proof, struct csg_err *err)
{
	const struct csg_proof_in in = { .trust = r->state->trust,
		.known = r->state->chains,
		.unfinished = r->receipt.len == 0 };
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*proof = NULL;
	if ((rc = read_staged(r, r->tally->request->n, &text, err)) == CSG_OK) {
		csg_buf_add(&text, r->receipt.data, r->receipt.len);
		rc = csg_buf_ok(&text, err);
	}
	if (rc == CSG_OK)
		rc = csg_proof_read(
		    "proof", text.data, text.len, &in, proof, err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_run_check(struct csg_run *r, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_proof *proof;
	struct csg_err why = { 0 };
	size_t i;
	enum csg_rc rc;

	rc = read_proof(r, &proof, &why);
	for (i = 0; i < r->tally->request->n && rc == CSG_OK; i++) {
		csg_buf_free(&text);
		if ((rc = read_staged(r, i, &text, &why)) == CSG_OK)
			rc = csg_verify_output(
			    proof, i, &r->hashes[i], text.data, text.len, &why);
	}
	csg_proof_free(proof);
	csg_buf_free(&text);
	if (rc == CSG_OK)
		return CSG_OK;
	return csg_fail(err, CSG_R_SELFTEST,
	    "what was just signed does not verify: %s: %s",
	    csg_reason_word(why.reason), why.text);
}

/* Is output i what the proof's seal says?  The artifact is not at hand. */
static enum csg_rc
check_sealed(struct csg_run *r, const struct csg_proof *proof, size_t i,
    struct csg_err *err)
{
	const struct csg_sealed *s = &proof->record->seal->artifacts[i];
	const struct csg_hashes hashes = { .id = s->input };
	const struct csg_target w = { .hashes = &hashes, .fd = -1 };
	struct csg_buf text = { 0 };
	struct csg_id id;
	enum csg_rc rc;

	if ((rc = read_staged(r, i, &text, err)) == CSG_OK &&
	    (rc = r->format->output_id(&w, text.data, text.len, &id, err)) ==
		CSG_OK &&
	    !csg_id_equal(&id, &s->output))
		rc = csg_fail(err, CSG_R_UNENDORSED,
		    "what is stored for '%s' is not what was sealed", s->name);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_run_check_stored(struct csg_run *r, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	struct csg_proof *proof;
	struct csg_err why = { 0 };
	size_t i;
	enum csg_rc rc;

	rc = read_proof(r, &proof, &why);
	if (rc == CSG_OK &&
	    !csg_id_equal(&proof->record->tally->request->id, &req->id))
		rc = csg_fail(
		    &why, CSG_R_REQMISMATCH, "the proof of another request");
	for (i = 0; i < req->n && rc == CSG_OK; i++)
		rc = check_sealed(r, proof, i, &why);
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

enum csg_rc
csg_run_stage_policy(
    struct csg_run *r, struct csg_ledger_policy *next, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	const struct csg_chain *chain;
	const struct csg_policy *p;
	enum csg_rc rc;

	if ((rc = read_staged(r, 0, &text, err)) != CSG_OK)
		goto out;
	if ((rc = csg_chains_read(r->state->chains, "new chain", text.data,
		 text.len, &chain, err)) != CSG_OK) {
		rc = csg_fail(err, CSG_R_SELFTEST,
		    "the new policy chain does "
		    "not hold");
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

struct proving {
	struct csg_ledger *ledger;
	struct csg_receipt *receipt;
};

/* One head that a voter saw; those of other epochs are not of this tree. */
static enum csg_rc
prove_head(void *arg, const struct csg_endorsement *v,
    const struct csg_receipt *seen, struct csg_err *err)
{
	const struct proving *p = arg;

	(void)v;
	if (seen->tree.epoch != p->receipt->tree.epoch)
		return CSG_OK;
	return csg_ledger_prove_earlier(
	    p->ledger, seen->tree.size, p->receipt, err);
}

enum csg_rc
csg_run_prove_heads(
    const struct csg_run *r, struct csg_receipt *receipt, struct csg_err *err)
{
	struct proving p = { r->state->ledger, receipt };

	return csg_tally_each_head(r->tally, prove_head, &p, err);
}

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
		 &k, CSG_RECEIPT, &yaml, r->in->now, &env, err)) == CSG_OK) {
		csg_envelope_armor(env, &r->receipt);
		if ((rc = csg_buf_ok(&r->receipt, err)) == CSG_OK)
			rc = csg_ledger_keep_receipt(r->state->ledger, request,
			    csg_buf_str(&r->receipt), err);
	}
	csg_receipt_clear(&receipt);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc;
}

enum csg_rc
csg_run_stage(struct csg_run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	enum csg_rc rc;

	if ((rc = csg_run_discard(r, err)) != CSG_OK)
		return rc; /* what a killed run left */
	if (mkdir(csg_buf_str(&r->staging), 0700) == -1)
		return csg_fail_errno(err, "%s", csg_buf_str(&r->staging));
	if ((rc = csg_outputs_new(csg_buf_str(&r->staging), &set, err)) ==
		CSG_OK &&
	    (rc = sign_all(r, set, k, evidence, err)) == CSG_OK &&
	    (rc = add_proof(r, set, err)) == CSG_OK)
		rc = csg_outputs_commit(set, CSG_EXISTING_REPLACE, err);
	csg_outputs_free(set);
	return rc;
}
