/* What the proofs of an archive say of its signatures. */
#include <stdlib.h>
#include <string.h>

#include "lib/verify/archive_model.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/*
 * How near a proof comes to an item that it does not fit, the nearest is
 * believed to be meant: one that holds and sealed this very signature; one
 * that does not hold and says so; one that holds and is of this artifact, or
 * of this place; one that does not hold and says that.
 */
enum { FAR = 0, HINT = 1, PLACE = 2, INPUT = 4, HINT_OUTPUT = 7, OUTPUT = 8 };

/* ---- claims ---- */

/* What the seal says of artifact i; the place is beside the proof. */
static enum csg_rc
read_claim(const char *proof, const struct csg_sealed *s,
    const struct csg_format *f, struct archive_claim *c, struct csg_err *err)
{
	const char *slash = strrchr(proof, '/');
	struct csg_buf path = { 0 }, sig = { 0 };
	enum csg_rc rc;

	c->input = s->input;
	c->output = s->output;
	c->in_place = f->replaces != NULL;
	if (slash != NULL)
		csg_buf_add(&path, proof, (size_t)(slash + 1 - proof));
	if ((rc = csg_filename_decode(s->name, &path, err)) != CSG_OK)
		goto out;
	csg_format_output(f, csg_buf_str(&path), &sig);
	if ((rc = csg_buf_ok(&sig, err)) != CSG_OK)
		goto out;
	c->path = (char *)path.data; /* transferred */
	c->signature = (char *)sig.data; /* transferred */
	return CSG_OK;
out:
	csg_buf_free(&path);
	csg_buf_free(&sig);
	return rc;
}

static enum csg_rc
read_claims(struct archive_proof *ap, const struct csg_seal *s,
    const struct csg_format *f, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;

	if ((ap->claims = calloc(s->n + 1, sizeof(*ap->claims))) == NULL)
		return csg_fail_mem(err);
	for (; ap->n < s->n && rc == CSG_OK; ap->n++)
		rc = read_claim(
		    ap->path, &s->artifacts[ap->n], f, &ap->claims[ap->n], err);
	return rc;
}

/* What a proof that does not hold claims, where that can be had. */
static enum csg_rc
read_hints(
    struct archive_proof *ap, const struct csg_buf *text, struct csg_err *err)
{
	struct csg_seal *seal;
	enum csg_rc rc;

	if ((seal = csg_proof_claims(ap->path, text->data, text->len)) == NULL)
		return CSG_OK;
	rc = read_claims(ap, seal, csg_format(CSG_FORMAT_CMS), err);
	csg_seal_free(seal);
	return rc == CSG_TROUBLE ? rc : CSG_OK;
}

/* ---- judging ---- */

/* Is it what the proof sealed, and what is expected? */
static enum csg_rc
check(const struct archive *a, const struct csg_proof *p, size_t nth,
    const struct csg_line *l, const struct csg_hashes *hashes,
    struct csg_err *err)
{
	enum csg_alg alg = p->record->key->cert->alg;
	struct csg_hashes again;
	struct csg_buf sig = { 0 };
	enum csg_rc rc;

	if (!hashes->have[alg]) {
		if ((rc = csg_archive_hash_file(
			 a, l->path, 1U << alg, &again, err)) != CSG_OK)
			return rc;
		hashes = &again;
	}
	if ((rc = csg_io_readat(a->tree->fd, l->signature, CSG_MAX_FILE, &sig,
		 err)) == CSG_OK &&
	    (rc = csg_verify_output(p, nth, hashes, sig.data, sig.len, err)) ==
		CSG_OK)
		rc = csg_verify_expected(p, &a->in->expected, err);
	csg_buf_free(&sig);
	return rc;
}

/* The same, and what the caller renders of it. */
static enum csg_rc
judge(const struct archive *a, const struct csg_proof *p, size_t nth,
    const struct csg_line *l, const struct csg_hashes *hashes, char **rendered,
    struct csg_err *why)
{
	const struct csg_finding f = { p, nth };

	*rendered = NULL;
	if (check(a, p, nth, l, hashes, why) != CSG_OK || a->in->render == NULL)
		return CSG_OK;
	if ((*rendered = a->in->render(a->in->arg, l, &f)) == NULL)
		return csg_fail_mem(why);
	return CSG_OK;
}

/* Of several proofs that fit the one that makes it valid counts, else the
 * first: whatever thread comes first. */
static bool
is_better(const struct archive_item *it, bool valid, size_t proof)
{
	if (!it->settled)
		return true;
	if (valid != (it->line.reason == CSG_R_NONE))
		return valid;
	return proof < it->proof;
}

static enum csg_rc
settle(struct archive *a, struct archive_item *it, size_t proof,
    const struct csg_err *why, char *rendered, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;

	(void)pthread_mutex_lock(&a->lock);
	if (is_better(it, why->rc == CSG_OK, proof)) {
		it->settled = true;
		it->proof = proof;
		rc = csg_line_set(&it->line, why, err);
		it->line.rendered = rendered; /* transferred */
		rendered = NULL;
	}
	(void)pthread_mutex_unlock(&a->lock);
	free(rendered);
	return rc;
}

/* No later proof is better than one that makes it valid: of a release that
 * lies here many times only one is looked at. */
static bool
is_done(struct archive *a, const struct archive_item *it, size_t proof)
{
	bool done;

	(void)pthread_mutex_lock(&a->lock);
	done = it->settled && !is_better(it, true, proof);
	(void)pthread_mutex_unlock(&a->lock);
	return done;
}

enum csg_rc
csg_archive_judge(struct archive *a, const struct csg_proof *p, size_t proof,
    size_t nth, struct archive_item *it, struct csg_err *err)
{
	struct csg_err why = { 0 };
	char *rendered;
	enum csg_rc rc;

	if (is_done(a, it, proof))
		return CSG_OK;
	if ((rc = judge(a, p, nth, &it->line, it->hashes, &rendered, &why)) !=
	    CSG_OK) {
		*err = why;
		return rc;
	}
	return settle(a, it, proof, &why, rendered, err);
}

/* Is this the proof that the item comes nearest to, so far? */
static void
offer(struct archive *a, size_t item, size_t proof, size_t nth, int score)
{
	struct archive_item *it = &a->items[item];

	(void)pthread_mutex_lock(&a->lock);
	if (!it->settled &&
	    (score > it->score || (score == it->score && proof < it->proof))) {
		it->score = score;
		it->proof = proof;
		it->nth = nth;
	}
	(void)pthread_mutex_unlock(&a->lock);
}

/* ---- matching ---- */

static bool
is_place(const struct archive_item *it, const struct archive_claim *c)
{
	return strcmp(it->line.path, c->path) == 0 &&
	    strcmp(it->line.signature, c->signature) == 0;
}

/* Is it a signature of the same format? */
static bool
is_alike(const struct archive_item *it, const struct archive_claim *c)
{
	return strcmp(it->line.signature + strlen(it->line.path),
		   c->signature + strlen(c->path)) == 0;
}

/* The items with the signature that was sealed; p NULL: only claimed. */
static enum csg_rc
match_output(struct archive *a, const struct csg_proof *p, size_t proof,
    size_t nth, struct csg_err *err)
{
	const struct archive_claim *c = &a->proofs[proof].claims[nth];
	struct archive_item *it;
	size_t k;
	enum csg_rc rc = CSG_OK;

	for (k = csg_archive_first_id(a, a->by_output, &c->output);
	     k < a->nitems && csg_id_equal(&a->by_output[k].id, &c->output) &&
	     rc == CSG_OK;
	     k++) {
		it = &a->items[a->by_output[k].item];
		if (it->hashes == NULL)
			continue;
		if (p == NULL)
			offer(a, a->by_output[k].item, proof, nth, HINT_OUTPUT);
		else if (!csg_id_equal(&it->input, &c->input))
			offer(a, a->by_output[k].item, proof, nth,
			    OUTPUT + (is_place(it, c) ? PLACE : 0));
		else
			rc = csg_archive_judge(a, p, proof, nth, it, err);
	}
	return rc;
}

/* Those with another signature of the same artifact, or in its place. */
static void
match_others(struct archive *a, bool holds, size_t proof, size_t nth)
{
	const struct archive_claim *c = &a->proofs[proof].claims[nth];
	const struct archive_item *it;
	size_t k;

	for (k = csg_archive_first_id(a, a->by_input, &c->input);
	     k < a->nitems && csg_id_equal(&a->by_input[k].id, &c->input);
	     k++) {
		it = &a->items[a->by_input[k].item];
		if (!csg_id_equal(&it->output, &c->output) && is_alike(it, c))
			offer(a, a->by_input[k].item, proof, nth,
			    holds ? INPUT + (is_place(it, c) ? PLACE : 0) :
				    HINT);
	}
	for (k = csg_archive_first_path(a, c->path);
	     k < a->nitems && strcmp(a->by_path[k].path, c->path) == 0; k++) {
		it = &a->items[a->by_path[k].item];
		if (is_place(it, c) && !csg_id_equal(&it->input, &c->input))
			offer(a, a->by_path[k].item, proof, nth,
			    holds ? PLACE : HINT);
	}
}

/*
 * A policy: the signature is a message in the chain file beside it, which
 * holds the artifact's text, too.
 */
static enum csg_rc
judge_in_place(struct archive *a, const struct csg_proof *p,
    struct archive_claim *c, size_t nth, struct csg_err *err)
{
	struct csg_hashes h = { .id = c->input,
		.size = p->record->tally->request->artifacts[nth].size };
	struct csg_err why = { 0 };
	bool here = csg_walk_find(a->tree, c->path) < a->tree->n;
	char *rendered;
	enum csg_rc rc;

	if (csg_walk_find(a->tree, c->signature) >= a->tree->n)
		return CSG_OK;
	c->line.path = strdup(here ? c->path : c->signature);
	c->line.signature = strdup(c->signature);
	if (c->line.path == NULL || c->line.signature == NULL)
		return csg_fail_mem(err);
	h.have[p->record->key->cert->alg] = true;
	if (here && csg_archive_hash_file(a, c->path, 0, &h, &why) != CSG_OK)
		return csg_line_set(&c->line, &why, err);
	if ((rc = judge(a, p, nth, &c->line, &h, &rendered, &why)) != CSG_OK) {
		*err = why;
		return rc;
	}
	rc = csg_line_set(&c->line, &why, err);
	c->line.rendered = rendered; /* transferred */
	return rc;
}

static enum csg_rc
match(struct archive *a, const struct csg_proof *p, size_t proof,
    struct csg_err *err)
{
	struct archive_proof *ap = &a->proofs[proof];
	enum csg_rc rc = CSG_OK;
	size_t i;

	for (i = 0; i < ap->n && rc == CSG_OK; i++) {
		if (ap->claims[i].in_place && p != NULL) {
			rc = judge_in_place(a, p, &ap->claims[i], i, err);
			continue;
		}
		rc = match_output(a, p, proof, i, err);
		match_others(a, p != NULL, proof, i);
	}
	return rc;
}

enum csg_rc
csg_archive_read_proof(const struct archive *a, const char *path,
    struct csg_buf *text, struct csg_proof **out, struct csg_err *why)
{
	const struct csg_proof_in in = { .trust = a->in->trust,
		.newest = a->in->expected.newest,
		.known = a->in->chains };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_io_readat(a->tree->fd, path, CSG_MAX_FILE, text, why)) !=
	    CSG_OK)
		return rc;
	return csg_proof_read(path, text->data, text->len, &in, out, why);
}

/* What is kept of a proof that does not hold. */
static enum csg_rc
keep_broken(struct archive_proof *ap, const struct csg_buf *text,
    const struct csg_err *why, struct csg_err *err)
{
	ap->reason = why->reason;
	if ((ap->text = strdup(why->text)) == NULL)
		return csg_fail_mem(err);
	return read_hints(ap, text, err);
}

enum csg_rc
csg_archive_proof(void *arg, size_t i, struct csg_err *err)
{
	struct archive *a = arg;
	struct archive_proof *ap = &a->proofs[i];
	struct csg_proof *p;
	struct csg_buf text = { 0 };
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if (csg_archive_read_proof(a, ap->path, &text, &p, &why) == CSG_OK)
		rc = read_claims(ap, p->record->seal,
		    csg_format(p->record->tally->profile->format), err);
	else
		rc = keep_broken(ap, &text, &why, err);
	csg_buf_free(&text);
	if (rc == CSG_OK)
		rc = match(a, p, i, err);
	if (p != NULL) {
		ap->receipt = p->record->receipt; /* transferred */
		p->record->receipt = NULL;
	}
	csg_proof_free(p);
	return rc;
}
