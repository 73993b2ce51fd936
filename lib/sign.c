#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/embedded.h"
#include "lib/sign.h"
#include "lib/text.h"
#include "lib/verify.h"
#include "lib/when.h"

/* One run; what is borrowed outlives it. */
struct run {
	struct csg_state *state;
	const struct csg_sign_in *in;
	struct csg_sign_out *out;
	const struct csg_policy *policy;
	const struct csg_format *format;
	struct csg_tally *tally; /* owned by out */
	struct csg_hashes *hashes; /* [artifacts] */
	int fd; /* of the one artifact that
						 * the format reads itself */
	struct csg_buf staging; /* directory */
	struct csg_sealed *sealed; /* [artifacts] */
	struct csg_buf seal; /* armoured */
	struct csg_buf receipt; /* armoured; empty before the finish */
};

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

/* ---- artifacts ---- */

static enum csg_rc
open_base(const char *base, int *fd, struct csg_err *err)
{
	*fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return csg_fail_errno(err, "%s", base);
	return CSG_OK;
}

/* Open once, hash, compare; *fd stays open if the format wants it. */
static enum csg_rc
check_artifact(int base, const struct csg_artifact *a,
    const struct csg_tally *t, const struct csg_sign_in *in,
    struct csg_hashes *h, int *fd, struct csg_err *err)
{
	const struct csg_format *f = csg_format(t->profile->format);
	const struct csg_key *key = &t->policy->keys[t->profile->key];
	struct csg_work w = { .artifact = a,
		.hashes = h,
		.policy = t->policy,
		.time = t->time,
		.allow_lockout = in->allow_lockout };
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	*fd = -1;
	if ((rc = csg_filename_decode(a->name, &path, err)) != CSG_OK)
		return rc;
	*fd = csg_io_openat(base, csg_buf_str(&path), err);
	csg_buf_free(&path);
	if (*fd == -1)
		return err->rc;
	rc = csg_hash_fd(*fd, 1U << key->cert->alg, h, err);
	if (rc == CSG_OK &&
	    (h->size != a->size || !csg_id_equal(&h->id, &a->sha256)))
		rc = csg_fail(err, CSG_R_DIGEST,
		    "differs from the artifact that was requested");
	w.fd = *fd;
	if (rc == CSG_OK)
		rc = f->accept(&w, err);
	if (rc != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", a->name);
	if (rc != CSG_OK || !f->needs_fd) {
		(void)close(*fd);
		*fd = -1;
	}
	return rc;
}

/* All artifacts of a tally; a format that reads them itself has just one. */
static enum csg_rc
check_artifacts(const struct csg_tally *t, const struct csg_sign_in *in,
    struct csg_hashes **hashes, int *fd, struct csg_err *err)
{
	const struct csg_request *r = t->request;
	const struct csg_format *f = csg_format(t->profile->format);
	int dir;
	size_t i;
	enum csg_rc rc;

	*fd = -1;
	*hashes = NULL;
	if (f->needs_fd && r->n != 1)
		return csg_fail(err, CSG_R_POLICY,
		    "profile %s signs one "
		    "artifact a request, not %zu",
		    t->profile->name, r->n);
	if ((rc = csg_artifacts_distinct(r->artifacts, r->n, f->suffix, err)) !=
		CSG_OK ||
	    (rc = open_base(in->base, &dir, err)) != CSG_OK)
		return rc;
	if ((*hashes = calloc(r->n, sizeof(**hashes))) == NULL)
		rc = csg_fail_mem(err);
	for (i = 0; i < r->n && rc == CSG_OK; i++)
		rc = check_artifact(
		    dir, &r->artifacts[i], t, in, &(*hashes)[i], fd, err);
	(void)close(dir);
	return rc;
}

/* What the request is about: its artifacts, or a key that is retired. */
static enum csg_rc
check_subject(const struct csg_chain *chain, const struct csg_tally *t,
    const struct csg_sign_in *in, struct csg_hashes **hashes, int *fd,
    struct csg_err *err)
{
	const struct csg_request *r = t->request;

	if (r->destroy == NULL)
		return check_artifacts(t, in, hashes, fd, err);
	*hashes = NULL;
	*fd = -1;
	return csg_chain_retired(chain, r->destroy, &r->destroy_key, err) ==
		NULL ?
	    err->rc :
	    CSG_OK;
}

/* ---- the decision ---- */

/* Broken blocks and odd messages are listed; strict refuses them. */
static enum csg_rc
check_strict(const struct csg_sign_in *in, const struct csg_tally *t,
    struct csg_err *err)
{
	if (!in->strict)
		return CSG_OK;
	if (in->messages->nbroken > 0) {
		*err = in->messages->broken[0].err;
		return csg_err_prefix(
		    err, "%s: ", in->messages->broken[0].origin);
	}
	return csg_tally_strict(t, err);
}

enum csg_rc
csg_sign_decide(const struct csg_chain *chain, const struct csg_sign_in *in,
    struct csg_tally **tally, struct csg_err *err)
{
	struct csg_case c;
	struct csg_tally_in judge = { .policy = csg_chain_policy(chain),
		.messages = &c,
		.time = in->now,
		.suspended = in->suspended };
	struct csg_hashes *hashes = NULL;
	int fd = -1;
	enum csg_rc rc;

	*tally = NULL;
	if ((rc = csg_case_sort(in->messages, &c, err)) == CSG_OK &&
	    (rc = csg_tally_make(&judge, tally, err)) == CSG_OK &&
	    (rc = check_strict(in, *tally, err)) == CSG_OK &&
	    (rc = csg_tally_verdict(*tally, err)) == CSG_OK)
		rc = check_subject(chain, *tally, in, &hashes, &fd, err);
	if (*tally == NULL && c.request != NULL)
		csg_chain_explain(chain, c.request->env, err);
	if (fd != -1)
		(void)close(fd);
	free(hashes);
	csg_case_clear(&c);
	return rc;
}

/* Rejections are kept for good, whatever the outcome. */
static enum csg_rc
remember(struct run *r, struct csg_err *err)
{
	const struct csg_tallied *v;
	struct csg_buf text = { 0 };
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < r->tally->n && rc == CSG_OK; i++) {
		v = &r->tally->votes[i];
		if (!v->counted || v->vote->vote != CSG_REJECT)
			continue;
		csg_envelope_armor(v->msg->env, &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
			rc = csg_ledger_remember(r->state->ledger,
			    &r->tally->request->id, &v->vote->id, r->in->now,
			    csg_buf_str(&text), err);
		csg_buf_free(&text);
	}
	return rc;
}

static enum csg_rc
check_clock(struct run *r, struct csg_err *err)
{
	int64_t newest;
	char when[CSG_TIME_LEN], now[CSG_TIME_LEN];
	enum csg_rc rc;

	if ((rc = csg_ledger_newest(r->state->ledger, &newest, err)) != CSG_OK)
		return rc;
	if (r->in->now < newest)
		return csg_fail(err, CSG_R_CLOCK,
		    "the clock says %s, but the "
		    "ledger has an entry of %s",
		    csg_time_format(r->in->now, now),
		    csg_time_format(newest, when));
	return CSG_OK;
}

/* Judge a case at time t; what was judged before is forgotten. */
static enum csg_rc
judge(struct run *r, const struct csg_case *c, int64_t t,
    char *const *suspended, struct csg_err *err)
{
	struct csg_tally_in in = { .policy = r->policy,
		.messages = c,
		.time = t,
		.suspended = suspended };
	enum csg_rc rc;

	csg_tally_free(r->out->tally);
	rc = csg_tally_make(&in, &r->out->tally, err);
	r->tally = r->out->tally;
	if (rc == CSG_OK)
		r->format = csg_format(r->tally->profile->format);
	return rc;
}

/* The messages given and the rejections remembered, judged now. */
static enum csg_rc
judge_given(struct run *r, struct csg_err *err)
{
	const struct csg_bundle *known = &r->out->known;
	const struct csg_message **all;
	struct csg_case c;
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_case_sort(r->in->messages, &c, err)) != CSG_OK)
		goto out;
	all = realloc(c.votes, (c.n + known->n + 1) * sizeof(*all));
	if (all == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	c.votes = all;
	for (i = 0; i < known->n; i++)
		c.votes[c.n++] = &known->m[i];
	if ((rc = judge(r, &c, r->in->now, r->in->suspended, err)) != CSG_OK)
		csg_chain_explain(r->state->chain, c.request->env, err);
out:
	csg_case_clear(&c);
	return rc;
}

/* The messages of a claim, judged as they were then. */
static enum csg_rc
judge_claimed(struct run *r, const struct csg_claim *claim, struct csg_err *err)
{
	struct csg_case c = { 0 };
	size_t pos = 0;
	enum csg_rc rc;

	csg_bundle_clear(&r->out->known);
	if ((rc = csg_bundle_add(&r->out->known, "ledger", claim->messages,
		 strlen(claim->messages), err)) == CSG_OK &&
	    (rc = csg_case_take(&r->out->known, &pos, true, &c, err)) ==
		CSG_OK &&
	    (rc = judge(r, &c, claim->time, NULL, err)) == CSG_OK &&
	    c.act != NULL)
		rc = csg_tally_operate(r->tally, c.act, NULL, err);
	csg_case_clear(&c);
	return rc;
}

/* A first run: votes given and rejections remembered, judged now. */
static enum csg_rc
decide_new(struct run *r, const struct csg_id *request, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	rc = csg_ledger_recall(r->state->ledger, request, &text, err);
	if (rc == CSG_OK && text.len > 0)
		rc = csg_bundle_add(
		    &r->out->known, "ledger", text.data, text.len, err);
	csg_buf_free(&text);
	if (rc != CSG_OK || (rc = judge_given(r, err)) != CSG_OK ||
	    (rc = remember(r, err)) != CSG_OK ||
	    (rc = check_strict(r->in, r->tally, err)) != CSG_OK)
		return rc;
	return csg_tally_verdict(r->tally, err);
}

/*
 * A run after a crash: completed as claimed, unless the policy changed or
 * somebody rejected since.
 */
static enum csg_rc
decide_claimed(struct run *r, const struct csg_claim *c, struct csg_err *err)
{
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if (!csg_id_equal(&c->policy, &r->policy->id)) {
		(void)csg_fail(&why, CSG_R_POLICY,
		    "the policy changed after this request was claimed");
		goto abandon;
	}
	if ((rc = decide_new(r, &c->request, &why)) == CSG_TROUBLE) {
		*err = why;
		return rc;
	}
	if (why.reason == CSG_R_VETO)
		goto abandon;
	if ((rc = judge_claimed(r, c, err)) != CSG_OK)
		return rc;
	return csg_tally_verdict(r->tally, err);
abandon:
	rc = csg_ledger_abandon(
	    r->state->ledger, &c->request, r->in->now, why.text, err);
	if (rc != CSG_OK)
		return rc;
	*err = why;
	return why.rc;
}

/* ---- outputs ---- */

/* The decoded name of output i; i == n is the proof. */
static enum csg_rc
output_name(
    const struct run *r, size_t i, struct csg_buf *out, struct csg_err *err)
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

/* Fail before the claim on what the release would trip over. */
static enum csg_rc
probe_outputs(
    const struct run *r, enum csg_existing existing, struct csg_err *err)
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

static enum csg_rc
read_staged(
    const struct run *r, size_t i, struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char name[32];
	enum csg_rc rc;

	staged_name(i, name);
	csg_buf_printf(&path, "%s/%s", csg_buf_str(&r->staging), name);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
		rc = csg_io_read(csg_buf_str(&path), SIZE_MAX / 8, out, err);
	csg_buf_free(&path);
	return rc;
}

static enum csg_rc
release_one(struct run *r, struct csg_outputs *set, size_t i, const char *name,
    struct csg_err *err)
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

/* Copy everything staged to its place, all or nothing. */
static enum csg_rc
release(struct run *r, enum csg_existing existing, struct csg_err *err)
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

/* ---- signing ---- */

enum csg_rc
csg_sign_login(const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_key *key,
    struct csg_token **token, struct csg_signer_key *k, struct csg_err *err)
{
	struct csg_secret secret = { 0 };
	enum csg_rc rc;

	*token = NULL;
	if ((rc = csg_embedded_open(signer, token, err)) != CSG_OK ||
	    (rc = pin->get(pin->arg, &secret, err)) != CSG_OK ||
	    (rc = csg_token_login(*token, &secret, err)) != CSG_OK ||
	    (rc = csg_embedded_keep(signer, err)) != CSG_OK)
		goto out;
	rc = csg_token_signing_key(
	    *token, key->uri, key->cert, key->pss, k, err);
out:
	csg_secret_free(&secret);
	if (rc != CSG_OK) {
		csg_token_close(*token);
		*token = NULL;
	}
	return rc;
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

/* Sign artifact i; what was made goes to *made, its digest to sealed. */
static enum csg_rc
sign_one(struct run *r, size_t i, const struct csg_signer_key *k,
    const char *evidence, struct csg_buf *made, struct csg_err *err)
{
	const struct csg_artifact *a = &r->tally->request->artifacts[i];
	struct csg_work w = { .artifact = a,
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
chain_text(struct run *r, const struct csg_buf *made, struct csg_buf *out,
    struct csg_err *err)
{
	csg_chain_armor(r->state->chain, out);
	csg_armor_write(out, made->data, made->len);
	csg_tally_armor(r->tally, out);
	csg_buf_add(out, r->seal.data, r->seal.len);
	return csg_buf_ok(out, err);
}

/* Does the request put a new policy in force? */
static bool
makes_policy(const struct run *r)
{
	return r->tally->profile->format == CSG_FORMAT_POLICY &&
	    r->tally->request->destroy == NULL;
}

/*
 * The key that the request is about goes for good.  After a crash it may be
 * gone already.
 */
static enum csg_rc
destroy_key(
    struct run *r, struct csg_token *token, bool resumed, struct csg_err *err)
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

/* Sign everything into the set of staged outputs, under one login. */
static enum csg_rc
sign_all(struct run *r, struct csg_outputs *set, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err)
{
	const struct csg_key *key = &r->policy->keys[r->tally->profile->key];
	struct csg_buf made = { 0 }, text = { 0 };
	char attr[CSG_EVIDENCE_ATTR], name[32];
	size_t i, n = r->tally->request->n;
	bool is_policy;
	enum csg_rc rc = CSG_OK;

	is_policy = makes_policy(r);
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
add_proof(struct run *r, struct csg_outputs *set, struct csg_err *err)
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

/* What csg-verify would say to everything staged. */
static enum csg_rc
check_staged(struct run *r, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	struct csg_buf text = { 0 };
	struct csg_proof *proof = NULL;
	struct csg_err why = { 0 };
	size_t i;
	enum csg_rc rc;

	if ((rc = read_staged(r, req->n, &text, &why)) == CSG_OK) {
		csg_buf_add(&text, r->receipt.data, r->receipt.len);
		rc = csg_buf_ok(&text, &why);
	}
	if (rc == CSG_OK)
		rc = csg_proof_read("proof", text.data, text.len,
		    r->state->trust, NULL, r->receipt.len == 0, &proof, &why);
	for (i = 0; i < req->n && rc == CSG_OK; i++) {
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

/* The chain with its new link, checked and stored; the ledger's word makes
 * it the one in force. */
static enum csg_rc
stage_policy(struct run *r, struct csg_ledger_policy *next, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_chain *chain = NULL;
	const struct csg_policy *p;
	enum csg_rc rc;

	if ((rc = read_staged(r, 0, &text, err)) != CSG_OK)
		goto out;
	if ((rc = csg_chain_read("new chain", text.data, text.len,
		 r->state->trust, &chain, err)) != CSG_OK) {
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
	csg_chain_free(chain);
	csg_buf_free(&text);
	return rc;
}

#define RECEIPT "receipt"

/* Sign the head of the tree with the entry in it, and keep that. */
static enum csg_rc
make_receipt(struct run *r, struct csg_token *token, struct csg_err *err)
{
	const struct csg_key *key = &r->policy->keys[r->policy->ledger_key];
	struct csg_receipt receipt = { .head = { .time = r->in->now,
					   .policy = r->policy->id,
					   .author = key->name } };
	struct csg_signer_key k;
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 };
	enum csg_rc rc;

	if ((rc = csg_token_signing_key(
		 token, key->uri, key->cert, key->pss, &k, err)) == CSG_OK &&
	    (rc = csg_ledger_prove(r->state->ledger, &r->tally->request->id,
		 &receipt, err)) == CSG_OK &&
	    (rc = csg_receipt_write(&receipt, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(
		 &k, CSG_RECEIPT, &yaml, r->in->now, &env, err)) == CSG_OK) {
		csg_envelope_armor(env, &r->receipt);
		if ((rc = csg_buf_ok(&r->receipt, err)) == CSG_OK)
			rc = csg_io_write(csg_buf_str(&r->staging), RECEIPT,
			    0600, r->receipt.data, r->receipt.len,
			    CSG_EXISTING_REPLACE, err);
	}
	free(receipt.entry);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc;
}

/* The receipt of an earlier run, if it came that far. */
static enum csg_rc
find_receipt(struct run *r, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&path, "%s/%s", csg_buf_str(&r->staging), RECEIPT);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK &&
	    access(csg_buf_str(&path), F_OK) == 0)
		rc = csg_io_read(
		    csg_buf_str(&path), CSG_MAX_FILE, &r->receipt, err);
	csg_buf_free(&path);
	return rc;
}

static enum csg_rc
stage(struct run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	enum csg_rc rc;

	if (mkdir(csg_buf_str(&r->staging), 0700) == -1 && errno != EEXIST)
		return csg_fail_errno(err, "%s", csg_buf_str(&r->staging));
	if ((rc = csg_outputs_new(csg_buf_str(&r->staging), &set, err)) ==
		CSG_OK &&
	    (rc = sign_all(r, set, k, evidence, err)) == CSG_OK &&
	    (rc = add_proof(r, set, err)) == CSG_OK)
		rc = csg_outputs_commit(set, CSG_EXISTING_REPLACE, err);
	csg_outputs_free(set);
	return rc;
}

/* Claim durably, unless this very claim is in the ledger already. */
static enum csg_rc
claim(struct run *r, const struct csg_claim *earlier,
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
		rc = csg_ledger_claim(r->state->ledger, &c, err);
	}
	csg_buf_free(&text);
	return rc;
}

/* The durable end; a new policy is in force with it. */
static enum csg_rc
finish(struct run *r, struct csg_err *err)
{
	struct csg_ledger_policy next = { 0 };
	enum csg_rc rc;

	if (makes_policy(r) && (rc = stage_policy(r, &next, err)) != CSG_OK)
		return rc;
	return csg_ledger_finish(r->state->ledger, &r->tally->request->id,
	    r->in->now, csg_buf_str(&r->seal), next.version != 0 ? &next : NULL,
	    err);
}

/* From the decision to the receipt of the finish entry. */
static enum csg_rc
sign_claimed(struct run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *earlier,
    struct csg_err *err)
{
	struct csg_token *token = NULL;
	struct csg_signer_key k = { 0 };
	struct csg_buf evidence_text = { 0 };
	struct csg_id evidence;
	const struct csg_key *key;
	enum csg_rc rc;

	key = &r->policy->keys[r->tally->profile->key];
	rc = csg_tally_evidence(r->tally, csg_tally_route(r->tally),
	    &evidence_text, &evidence, err);
	csg_buf_free(&evidence_text);
	if (rc != CSG_OK ||
	    (rc = csg_cert_valid_at(
		 key->cert, r->tally->time, key->name, err)) != CSG_OK ||
	    (rc = claim(r, earlier, &evidence, err)) != CSG_OK ||
	    (rc = csg_sign_login(signer, pin, key, &token, &k, err)) != CSG_OK)
		return rc;
	if ((rc = destroy_key(r, token, earlier != NULL, err)) == CSG_OK &&
	    (rc = stage(r, &k, &evidence, err)) == CSG_OK &&
	    (rc = check_staged(r, err)) == CSG_OK &&
	    (rc = finish(r, err)) == CSG_OK &&
	    (rc = make_receipt(r, token, err)) == CSG_OK)
		rc = check_staged(r, err);
	csg_token_close(token);
	return rc;
}

/* How many signatures the profile allows in its period. */
static enum csg_rc
check_rate(const struct run *r, struct csg_err *err)
{
	const struct csg_limit *l = &r->tally->profile->limit;
	uint64_t made;
	enum csg_rc rc;

	if (l->signatures == 0)
		return CSG_OK;
	if ((rc = csg_ledger_signatures(r->state->ledger,
		 r->tally->profile->name, r->tally->time - l->period, &made,
		 err)) != CSG_OK)
		return rc;
	if (made + r->tally->request->n > l->signatures)
		return csg_fail(err, CSG_R_RATE,
		    "profile %s allows %llu signatures in its period; %llu "
		    "were made, %zu are asked for",
		    r->tally->profile->name, (unsigned long long)l->signatures,
		    (unsigned long long)made, r->tally->request->n);
	return CSG_OK;
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

static enum csg_rc
sign_new(struct run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *c,
    const struct csg_id *request, struct csg_err *err)
{
	enum csg_existing existing;
	enum csg_rc rc;

	existing = r->in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE;
	rc =
	    c != NULL ? decide_claimed(r, c, err) : decide_new(r, request, err);
	if (rc != CSG_OK ||
	    (rc = check_subject(r->state->chain, r->tally, r->in, &r->hashes,
		 &r->fd, err)) != CSG_OK ||
	    (rc = probe_outputs(r, existing, err)) != CSG_OK ||
	    (c == NULL && (rc = check_rate(r, err)) != CSG_OK) ||
	    (c == NULL &&
		(rc = csg_sign_operate(r->tally, r->in, r->out, err)) !=
		    CSG_OK))
		return rc;
	r->sealed = calloc(r->tally->request->n + 1, sizeof(*r->sealed));
	if (r->sealed == NULL)
		return csg_fail_mem(err);
	if ((rc = sign_claimed(r, signer, pin, c, err)) != CSG_OK)
		return rc;
	return release(r, existing, err);
}

/*
 * Signed before: what is stored goes out again, bit for bit.  The policy may
 * have changed since, so only the request's own words are read.
 */
static enum csg_rc
replay(struct run *r, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_claim *c,
    struct csg_err *err)
{
	struct csg_token *token = NULL;
	struct csg_signer_key k;
	const struct csg_key *key;
	size_t i;
	enum csg_rc rc;

	for (i = 0; i < r->state->chain->n; i++)
		if (csg_id_equal(
			&r->state->chain->links[i].policy->id, &c->policy))
			r->policy = r->state->chain->links[i].policy;
	if ((rc = judge_claimed(r, c, err)) != CSG_OK)
		return rc;
	r->out->replayed = true;
	if ((rc = find_receipt(r, err)) == CSG_OK && r->receipt.len == 0) {
		key = &r->policy->keys[r->policy->ledger_key];
		if ((rc = csg_sign_login(signer, pin, key, &token, &k, err)) ==
		    CSG_OK)
			rc = make_receipt(r, token, err);
		csg_token_close(token);
	}
	if (rc != CSG_OK)
		return rc;
	return release(
	    r, r->in->replace ? CSG_EXISTING_REPLACE : CSG_EXISTING_SAME, err);
}

static void
run_clear(struct run *r)
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

enum csg_rc
csg_sign_run(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err)
{
	struct run r = { .state = s, .in = in, .out = out, .fd = -1 };
	struct csg_claim c = { 0 };
	struct csg_id request;
	enum csg_progress progress;
	enum csg_rc rc;

	if (s->chain == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no policy was founded on this workstation");
	r.policy = csg_chain_policy(s->chain);
	if ((rc = request_id(in->messages, &request, err)) != CSG_OK ||
	    (rc = check_clock(&r, err)) != CSG_OK ||
	    (rc = csg_ledger_find(s->ledger, &request, &progress, &c, err)) !=
		CSG_OK)
		return rc;
	csg_state_signed_dir(s, &request, &r.staging);
	if ((rc = csg_buf_ok(&r.staging, err)) == CSG_OK)
		rc = progress == CSG_FINISHED ?
		    replay(&r, signer, pin, &c, err) :
		    sign_new(&r, signer, pin,
			progress == CSG_CLAIMED ? &c : NULL, &request, err);
	csg_claim_clear(&c);
	run_clear(&r);
	return rc;
}
