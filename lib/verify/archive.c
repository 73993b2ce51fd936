#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/format/format.h"
#include "lib/message/artifact.h"
#include "lib/verify/archive_model.h"

/* ---- lines ---- */

void
csg_line_clear(struct csg_line *l)
{
	free(l->path);
	free(l->signature);
	free(l->text);
	memset(l, 0, sizeof(*l));
}

static enum csg_rc
set_reason(struct csg_line *l, const struct csg_err *why, struct csg_err *err)
{
	l->reason = why->reason;
	if (why->rc == CSG_OK)
		return CSG_OK;
	if ((l->text = strdup(csg_text_behind_path(why->text, l->path))) ==
	    NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

enum csg_rc
csg_line_make(const char *path, const char *signature,
    const struct csg_err *why, struct csg_line *out, struct csg_err *err)
{
	memset(out, 0, sizeof(*out));
	if ((out->path = strdup(path)) == NULL ||
	    (signature != NULL &&
		(out->signature = strdup(signature)) == NULL) ||
	    set_reason(out, why, err) != CSG_OK) {
		csg_line_clear(out);
		return csg_fail_mem(err);
	}
	return CSG_OK;
}

/* ---- items ---- */

static const struct csg_format *
format_of(const char *signature)
{
	const struct csg_format *f;
	int i;

	for (i = 0; i < CSG_NFORMAT; i++) {
		f = csg_format((enum csg_format_id)i);
		if (csg_text_ends(signature, f->suffix))
			return f;
	}
	return NULL;
}

enum csg_rc
csg_archive_add(struct archive *a, const char *path, const char *signature,
    const char *known_as, struct archive_item **out, struct csg_err *err)
{
	const struct csg_err none = { 0 };
	struct archive_item *it;
	size_t room = a->room == 0 ? 16 : 2 * a->room;
	enum csg_rc rc;

	if (a->nitems == a->room) {
		if ((it = realloc(a->items, room * sizeof(*it))) == NULL)
			return csg_fail_mem(err);
		a->items = it;
		a->room = room;
	}
	it = &a->items[a->nitems];
	*it = (struct archive_item){ .file = CSG_NONE };
	if ((rc = csg_id_mem(known_as, strlen(known_as), &it->place, err)) !=
		CSG_OK ||
	    (rc = csg_line_make(path, signature, &none, &it->line, err)) !=
		CSG_OK)
		return rc;
	if (signature != NULL)
		it->format = format_of(signature);
	a->nitems++;
	*out = it;
	return CSG_OK;
}

/* ---- judging ---- */

enum csg_rc
csg_archive_read(
    struct archive *a, const char *const *proofs, size_t n, struct csg_err *err)
{
	const struct csg_proof_in proof = { .trust = a->in->trust,
		.newest = a->in->expected.newest,
		.known = a->in->chains };
	const struct csg_claims_in in = { .dir = a->dir,
		.paths = proofs,
		.n = n,
		.beside = a->tree != NULL,
		.decisions = a->tree == NULL,
		.proof = &proof,
		.jobs = a->in->jobs };

	return csg_claims_read(&in, &a->claims, err);
}

/* The digest algorithms that the signature may use: the one that it names, or
 * those of all keys. */
static unsigned
algs_of(const struct archive *a, const struct csg_buf *sig)
{
	struct csg_cms cms;
	struct csg_err ignored = { 0 };

	if (csg_cms_parse(sig->data, sig->len, &cms, &ignored) == CSG_OK)
		return 1U << cms.alg;
	return a->algs;
}

static bool
is_gone(const struct archive *a, const char *path)
{
	struct stat st;

	return fstatat(a->dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

static enum csg_rc
hash_artifact(const struct archive *a, const struct archive_item *it,
    const struct csg_buf *sig, struct csg_hashes *h, struct csg_err *err)
{
	const struct csg_proof *p;
	enum csg_rc rc;

	if (it->kept != NULL) {
		p = a->claims->files[it->kept->file].proof;
		*h = (struct csg_hashes){ .id = it->kept->input,
			.size = p->record->tally->request
			    ->artifacts[it->kept->artifact]
			    .size };
		return CSG_OK;
	}
	rc =
	    csg_file_hash(a->dir, it->line.path, algs_of(a, sig), h, NULL, err);
	if (rc != CSG_OK && a->tree != NULL && is_gone(a, it->line.path))
		return csg_fail(err, CSG_R_IO,
		    "missing: only its signature %s is here",
		    it->line.signature);
	return rc;
}

static enum csg_rc
read_signature(const struct archive *a, struct archive_item *it,
    struct csg_buf *sig, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_io_read_in(
		 a->dir, it->line.signature, CSG_MAX_FILE, sig, err)) != CSG_OK)
		return rc;
	rc = csg_id_mem(sig->data, sig->len, &it->output, err);
	it->has_output = rc == CSG_OK;
	return rc;
}

/* A policy chain has several messages: the output for this artifact is the one
 * that has it as content. */
static void
find_message(struct archive_item *it, const struct csg_hashes *h,
    const struct csg_buf *sig)
{
	const struct csg_target w = { .hashes = h };
	struct csg_err ignored = { 0 };
	struct csg_id id;

	if ((it->format == NULL || it->format->replaces != NULL) &&
	    csg_fmt_policy.output_id(&w, sig->data, sig->len, &id, &ignored) ==
		CSG_OK)
		it->output = id;
}

/* Read both files of an item.  An unreadable artifact is reported first. */
static enum csg_rc
read_item(const struct archive *a, struct archive_item *it, struct csg_buf *sig,
    struct csg_hashes *h, struct csg_err *err)
{
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if (it->line.signature != NULL)
		(void)read_signature(a, it, sig, &why);
	if (why.rc == CSG_OK && it->fault != NULL)
		why = *it->fault;
	if ((rc = hash_artifact(a, it, sig, h, err)) != CSG_OK)
		return rc;
	if (why.rc != CSG_OK) {
		*err = why;
		return why.rc;
	}
	find_message(it, h, sig);
	return CSG_OK;
}

static void
match_item(const struct archive *a, struct archive_item *it,
    const struct csg_subject *s, struct csg_err *why)
{
	const struct csg_proof_file *f;
	struct csg_match m;

	csg_match(&a->match, s, &m);
	*why = m.why;
	if ((it->file = m.file) == CSG_NONE)
		return;
	f = &a->claims->files[m.file];
	if (m.why.rc == CSG_OK)
		it->line.finding = (struct csg_finding){ f->proof, m.artifact };
	else if (f->refused != NULL)
		it->line.refused = f->refused->refused.tally;
}

/* A job: read, hash and match item i. */
static enum csg_rc
judge_item(void *arg, size_t i, struct csg_err *err)
{
	const struct archive *a = arg;
	struct archive_item *it = &a->items[i];
	struct csg_hashes hashes;
	struct csg_buf sig = { 0 };
	struct csg_subject s = { .hashes = &hashes,
		.sig = &sig,
		.place = it->place,
		.format = it->format };
	struct csg_err why = { 0 };

	if (read_item(a, it, &sig, &hashes, &why) == CSG_OK) {
		s.output = it->output;
		match_item(a, it, &s, &why);
	}
	csg_buf_free(&sig);
	return set_reason(&it->line, &why, err);
}

enum csg_rc
csg_archive_judge(struct archive *a, struct csg_err *err)
{
	const struct csg_chain *c = a->in->expected.newest;

	if (c == NULL)
		c = csg_chains_longest(a->in->chains);
	a->match = (struct csg_match_in){ .claims = a->claims,
		.expected = &a->in->expected,
		.policy = c != NULL ? csg_chain_policy(c) : NULL,
		.only_one = a->tree == NULL };
	a->algs = csg_chains_algs(a->in->chains);
	return csg_parallel_run(a->in->jobs, a->nitems, judge_item, a, err);
}

/* ---- the result ---- */

enum csg_rc
csg_archive_collect(struct archive *a, size_t more, struct csg_archive *out,
    struct csg_err *err)
{
	const struct csg_proof_file *f;
	struct csg_err why;
	size_t i;
	enum csg_rc rc;

	out->lines = calloc(a->nitems + more + 1, sizeof(*out->lines));
	out->broken = calloc(a->claims->nfiles + 1, sizeof(*out->broken));
	a->used = calloc(a->claims->nfiles + 1, sizeof(*a->used));
	if (out->lines == NULL || out->broken == NULL || a->used == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < a->nitems; i++) {
		if (a->items[i].file != CSG_NONE)
			a->used[a->items[i].file] = true;
		out->lines[out->n++] = a->items[i].line; /* transferred */
		memset(&a->items[i].line, 0, sizeof(a->items[i].line));
	}
	for (i = 0; i < a->claims->nfiles; i++) {
		f = &a->claims->files[i];
		if (f->proof != NULL || a->used[i])
			continue;
		why = (struct csg_err){ 0 };
		(void)csg_fail(&why, f->reason, "%s", f->text);
		if ((rc = csg_line_make(f->path, NULL, &why,
			 &out->broken[out->nbroken], err)) != CSG_OK)
			return rc;
		out->nbroken++;
	}
	out->claims = a->claims; /* transferred */
	a->claims = NULL;
	return CSG_OK;
}

void
csg_archive_clear(struct archive *a)
{
	size_t i;

	for (i = 0; i < a->nitems; i++)
		csg_line_clear(&a->items[i].line);
	free(a->items);
	free(a->used);
	csg_claims_free(a->claims);
}

void
csg_archive_free(struct csg_archive *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->n; i++)
		csg_line_clear(&a->lines[i]);
	for (i = 0; i < a->nbroken; i++)
		csg_line_clear(&a->broken[i]);
	free(a->lines);
	free(a->broken);
	free(a->unsigned_files);
	free(a->unused_proofs);
	csg_claims_free(a->claims);
	csg_walk_free(a->tree);
	free(a);
}

/* ---- signatures that the caller names ---- */

static enum csg_rc
add_given(struct archive *a, const struct csg_given *g, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct archive_item *it;
	enum csg_rc rc = CSG_OK;

	if (g->fault == NULL)
		rc = csg_filename_decode(g->name, &name, err);
	if (rc == CSG_OK)
		rc = csg_archive_add(
		    a, g->artifact, g->signature, csg_buf_str(&name), &it, err);
	if (rc == CSG_OK)
		it->fault = g->fault;
	csg_buf_free(&name);
	return rc;
}

enum csg_rc
csg_archive_given(const struct csg_archive_in *in,
    const struct csg_given *given, size_t n, const char *const *proofs,
    size_t nproofs, struct csg_archive **out, struct csg_err *err)
{
	struct archive a = { .in = in, .dir = AT_FDCWD };
	struct csg_archive *made;
	size_t i;
	enum csg_rc rc = CSG_OK;

	*out = NULL;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		return csg_fail_mem(err);
	in->jobs->total = n + nproofs;
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = add_given(&a, &given[i], err);
	if (rc != CSG_OK ||
	    (rc = csg_archive_read(&a, proofs, nproofs, err)) != CSG_OK ||
	    (rc = csg_archive_judge(&a, err)) != CSG_OK ||
	    (rc = csg_archive_collect(&a, 0, made, err)) != CSG_OK)
		goto out;
	*out = made; /* transferred */
	made = NULL;
out:
	csg_archive_clear(&a);
	csg_archive_free(made);
	return rc;
}
