/* Archive: everything signed below a directory, and what is missing there. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/format/format.h"
#include "lib/message/artifact.h"
#include "lib/message/receipt_set.h"
#include "lib/verify/archive_model.h"

static bool
is_here(const struct archive *a, const char *path)
{
	return csg_walk_find(a->tree, path) < a->tree->n;
}

/* ---- signatures and proofs ---- */

/* The suffix that makes a file a signature beside an artifact, or NULL. */
static const char *
signature_suffix(const char *path)
{
	const struct csg_format *f;
	size_t len = strlen(path);
	int i;

	for (i = 0; i < CSG_NFORMAT; i++) {
		f = csg_format((enum csg_format_id)i);
		if (f->replaces == NULL && csg_text_ends(path, f->suffix) &&
		    path[len - strlen(f->suffix) - 1] != '/')
			return f->suffix;
	}
	return NULL;
}

static enum csg_rc
add_signature(struct archive *a, const char *signature, const char *suffix,
    struct csg_err *err)
{
	struct csg_buf path = { 0 };
	struct archive_item *it;
	enum csg_rc rc;

	csg_buf_add(&path, signature, strlen(signature) - strlen(suffix));
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
		rc = csg_archive_add(a, csg_buf_str(&path), signature,
		    csg_buf_str(&path), &it, err);
	csg_buf_free(&path);
	return rc;
}

/* Add the signatures as items; proofs has room for the paths of all files. */
static enum csg_rc
find_files(struct archive *a, const char **proofs, size_t *nproofs,
    struct csg_err *err)
{
	const struct csg_walk *t = a->tree;
	const char *suffix;
	size_t i;
	enum csg_rc rc;

	*nproofs = 0;
	for (i = 0; i < t->n; i++) {
		if (csg_text_ends(t->files[i], ".csgproof")) {
			proofs[(*nproofs)++] = t->files[i];
			continue;
		}
		if ((suffix = signature_suffix(t->files[i])) != NULL &&
		    (rc = add_signature(a, t->files[i], suffix, err)) != CSG_OK)
			return rc;
	}
	return CSG_OK;
}

static enum csg_rc
signature_of(
    const struct csg_claim *c, struct csg_buf *path, struct csg_err *err)
{
	csg_format_output(c->format, c->path, path);
	return csg_buf_ok(path, err);
}

/*
 * Add a policy: its signature is a message in the chain file beside it, which
 * also contains the artifact's text.  Only a proof shows that it is a policy.
 */
static enum csg_rc
add_policy(struct archive *a, const struct csg_claim *c, struct csg_err *err)
{
	struct csg_buf signature = { 0 };
	struct archive_item *it;
	bool here = is_here(a, c->path);
	enum csg_rc rc;

	if ((rc = signature_of(c, &signature, err)) != CSG_OK ||
	    !is_here(a, csg_buf_str(&signature)))
		goto out;
	if ((rc = csg_archive_add(a, here ? c->path : csg_buf_str(&signature),
		 csg_buf_str(&signature), c->path, &it, err)) == CSG_OK)
		it->kept = here ? NULL : c;
out:
	csg_buf_free(&signature);
	return rc;
}

static enum csg_rc
add_policies(struct archive *a, struct csg_err *err)
{
	const struct csg_claim *c;
	size_t i, before = a->nitems;
	enum csg_rc rc;

	for (i = 0; i < a->claims->n; i++) {
		c = &a->claims->v[i];
		if (c->format != NULL && c->format->replaces != NULL &&
		    (rc = add_policy(a, c, err)) != CSG_OK)
			return rc;
	}
	a->in->jobs->total += a->nitems - before;
	return CSG_OK;
}

/* ---- what is missing ---- */

/* The signatures that are here, sorted by their ids. */
struct outputs {
	struct csg_id *v;
	size_t n;
};

static enum csg_rc
find_outputs(const struct archive *a, struct outputs *out, struct csg_err *err)
{
	size_t i;

	if ((out->v = calloc(a->nitems + 1, sizeof(*out->v))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < a->nitems; i++)
		if (a->items[i].has_output)
			out->v[out->n++] = a->items[i].output;
	qsort(out->v, out->n, sizeof(*out->v), csg_id_cmp);
	return CSG_OK;
}

static bool
is_the_artifact(const struct archive *a, const struct csg_claim *c)
{
	struct csg_hashes h;
	struct csg_err ignored = { 0 };

	return csg_file_hash(a->dir, c->path, 0, &h, NULL, &ignored) ==
	    CSG_OK &&
	    csg_id_equal(&h.id, &c->input);
}

/*
 * Is the signature present?  At its place, it has a line of its own.  One
 * elsewhere will do for an artifact that was moved, but not for an artifact
 * that is still at its place.
 */
static bool
is_met(const struct archive *a, const struct outputs *o,
    const struct csg_claim *c, const char *signature)
{
	if (is_here(a, signature))
		return true;
	if (bsearch(&c->output, o->v, o->n, sizeof(*o->v), csg_id_cmp) == NULL)
		return false;
	return !is_here(a, c->path) || !is_the_artifact(a, c);
}

/* Add a line if the signature that a valid proof lists is missing. */
static enum csg_rc
check_claim(struct archive *a, const struct outputs *o,
    const struct csg_claim *c, struct csg_archive *out, struct csg_err *err)
{
	struct csg_buf signature = { 0 };
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if ((rc = signature_of(c, &signature, err)) != CSG_OK ||
	    is_met(a, o, c, csg_buf_str(&signature)))
		goto out;
	(void)csg_fail(&why, CSG_R_IO,
	    is_here(a, c->path) ?
		"its signature %s is missing, although proof %s lists it" :
		"missing, and so is %s: proof %s lists them",
	    csg_buf_str(&signature), out->claims->files[c->file].path);
	if ((rc = csg_line_make(c->path, csg_buf_str(&signature), &why,
		 &out->lines[out->n], err)) != CSG_OK)
		goto out;
	out->n++;
	a->used[c->file] = true;
out:
	csg_buf_free(&signature);
	return rc;
}

static enum csg_rc
add_missing(struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	const struct csg_claims *c = out->claims;
	struct outputs o = { NULL, 0 };
	size_t i;
	enum csg_rc rc;

	rc = find_outputs(a, &o, err);
	for (i = 0; i < c->n && rc == CSG_OK; i++)
		if (c->v[i].holds)
			rc = check_claim(a, &o, &c->v[i], out, err);
	free(o.v);
	return rc;
}

static enum csg_rc
add_unread(
    const struct csg_walk *t, struct csg_archive *out, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	for (i = 0; i < t->nunread; i++) {
		if ((rc = csg_line_make(t->unread[i].path, NULL,
			 &t->unread[i].err, &out->lines[out->n], err)) !=
		    CSG_OK)
			return rc;
		out->n++;
	}
	return CSG_OK;
}

/* ---- the order of the lines ---- */

static int
cmp_lines(const void *a, const void *b)
{
	const struct csg_line *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	if (c == 0 && x->signature != NULL && y->signature != NULL)
		c = strcmp(x->signature, y->signature);
	if (c == 0) /* of lines about the same subject, the valid one first */
		c = (x->reason != CSG_R_NONE) - (y->reason != CSG_R_NONE);
	return c != 0 ? c : x->text != NULL ? strcmp(x->text, y->text) : 0;
}

static bool
same_subject(const struct csg_line *x, const struct csg_line *y)
{
	return x->signature != NULL && y->signature != NULL &&
	    strcmp(x->path, y->path) == 0 &&
	    strcmp(x->signature, y->signature) == 0;
}

/* Sort, and keep one line per subject: several proofs may miss one file. */
static void
sort_lines(struct csg_archive *out)
{
	size_t i, n = 0;

	if (out->n > 0)
		qsort(out->lines, out->n, sizeof(*out->lines), cmp_lines);
	for (i = 0; i < out->n; i++)
		if (n > 0 && same_subject(&out->lines[n - 1], &out->lines[i]))
			csg_line_clear(&out->lines[i]);
		else if (n++ != i) {
			out->lines[n - 1] = out->lines[i];
			memset(&out->lines[i], 0, sizeof(out->lines[i]));
		}
	out->n = n;
}

/* ---- files that no line names ---- */

static int
cmp_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Find the files that no line names and that are not csg's own. */
static enum csg_rc
find_unsigned(
    const struct csg_walk *t, struct csg_archive *out, struct csg_err *err)
{
	const char **named;
	size_t i, n = 0;

	out->unsigned_files = calloc(t->n + 1, sizeof(char *));
	if (out->unsigned_files == NULL ||
	    (named = calloc(2 * out->n + 1, sizeof(char *))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < out->n; i++) {
		named[n++] = out->lines[i].path;
		if (out->lines[i].signature != NULL)
			named[n++] = out->lines[i].signature;
	}
	qsort(named, n, sizeof(char *), cmp_names);
	for (i = 0; i < t->n; i++)
		if (!csg_bundle_is_own(t->files[i]) &&
		    bsearch(&t->files[i], named, n, sizeof(char *),
			cmp_names) == NULL)
			out->unsigned_files[out->nunsigned++] = t->files[i];
	free(named);
	return CSG_OK;
}

static enum csg_rc
find_unused(
    const struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	const struct csg_claims *c = out->claims;
	size_t i;

	if ((out->unused_proofs = calloc(c->nfiles + 1, sizeof(char *))) ==
	    NULL)
		return csg_fail_mem(err);
	for (i = 0; i < c->nfiles; i++)
		if (c->files[i].proof != NULL && !a->used[i])
			out->unused_proofs[out->nunused++] = c->files[i].path;
	return CSG_OK;
}

/* Check that all receipts can come from one ledger.  It is enough to report the
 * first two that cannot: one of them is a forgery. */
static enum csg_rc
compare_receipts(struct csg_archive *out, struct csg_err *err)
{
	const struct csg_proof *p;
	struct csg_receipt_ref *t;
	size_t i, n = 0;

	if ((t = calloc(out->claims->nfiles + 1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < out->claims->nfiles; i++)
		if ((p = out->claims->files[i].proof) != NULL)
			t[n++] = (struct csg_receipt_ref){ p->record->receipt,
				p->origin };
	(void)csg_receipts_agree(t, n, &out->ledger);
	for (i = 0; i < out->claims->nfiles && n > 0; i++)
		if ((p = out->claims->files[i].proof) != NULL &&
		    p->record->receipt == t[n - 1].receipt)
			out->newest = p;
	free(t);
	return CSG_OK;
}

/* ---- all of it ---- */

static enum csg_rc
judge_all(struct archive *a, struct csg_err *err)
{
	const char **proofs;
	size_t n;
	enum csg_rc rc;

	if ((proofs = calloc(a->tree->n + 1, sizeof(*proofs))) == NULL)
		return csg_fail_mem(err);
	if ((rc = find_files(a, proofs, &n, err)) == CSG_OK) {
		a->in->jobs->total = a->nitems + n;
		rc = csg_archive_read(a, proofs, n, err);
	}
	free(proofs);
	if (rc != CSG_OK || (rc = add_policies(a, err)) != CSG_OK)
		return rc;
	return csg_archive_judge(a, err);
}

static enum csg_rc
collect(struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	size_t more = a->claims->nfiles + a->claims->n + a->tree->nunread;
	enum csg_rc rc;

	if ((rc = csg_archive_collect(a, more, out, err)) != CSG_OK ||
	    (rc = add_missing(a, out, err)) != CSG_OK ||
	    (rc = add_unread(a->tree, out, err)) != CSG_OK)
		return rc;
	while (out->nbroken > 0)
		out->lines[out->n++] = out->broken[--out->nbroken];
	sort_lines(out);
	if ((rc = find_unsigned(a->tree, out, err)) != CSG_OK ||
	    (rc = find_unused(a, out, err)) != CSG_OK)
		return rc;
	return compare_receipts(out, err);
}

enum csg_rc
csg_archive_walk(const struct csg_archive_in *in, const char *dir,
    struct csg_archive **out, struct csg_err *err)
{
	struct archive a = { .in = in };
	struct csg_archive *made;
	enum csg_rc rc;

	*out = NULL;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_walk_read(dir, &made->tree, err)) != CSG_OK)
		goto out;
	a.tree = made->tree;
	a.dir = a.tree->fd;
	if ((rc = judge_all(&a, err)) != CSG_OK ||
	    (rc = collect(&a, made, err)) != CSG_OK)
		goto out;
	*out = made; /* transferred */
	made = NULL;
out:
	csg_archive_clear(&a);
	csg_archive_free(made);
	return rc;
}
