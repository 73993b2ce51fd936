#include <stdlib.h>
#include <string.h>

#include "lib/verify/archive_model.h"

/* ---- the lines ---- */

/* Room for every line there may be. */
static enum csg_rc
make_room(const struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	size_t i, n = a->nitems + a->nproofs + a->tree->nunread;

	for (i = 0; i < a->nproofs; i++)
		n += a->proofs[i].n;
	out->lines = calloc(n + 1, sizeof(*out->lines));
	out->unused_proofs = calloc(a->nproofs + 1, sizeof(char *));
	out->unsigned_files = calloc(a->tree->n + 1, sizeof(char *));
	if (out->lines == NULL || out->unused_proofs == NULL ||
	    out->unsigned_files == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

static void
add_line(struct csg_archive *out, struct csg_line *l)
{
	out->lines[out->n++] = *l; /* transferred */
	memset(l, 0, sizeof(*l));
}

static enum csg_rc
add_failure(struct csg_archive *out, const char *path, const char *signature,
    const struct csg_err *why, struct csg_err *err)
{
	struct csg_line l = { 0 };

	if ((l.path = strdup(path)) == NULL ||
	    (signature != NULL && (l.signature = strdup(signature)) == NULL) ||
	    csg_line_set(&l, why, err) != CSG_OK) {
		csg_line_clear(&l);
		return csg_fail_mem(err);
	}
	add_line(out, &l);
	return CSG_OK;
}

static bool
is_here(const struct archive *a, const char *path)
{
	return csg_walk_find(a->tree, path) < a->tree->n;
}

static bool
is_the_artifact(const struct archive *a, const struct archive_claim *c)
{
	struct csg_hashes h;
	struct csg_err ignored = { 0 };

	return csg_archive_hash_file(a, c->path, 0, &h, &ignored) == CSG_OK &&
	    csg_id_equal(&h.id, &c->input);
}

/*
 * Is there nothing to miss?  A signature in its place has a line of its own;
 * elsewhere it will do for an artifact that was moved, but not for one that
 * still lies where it was and is without.
 */
static bool
is_met(const struct archive *a, const struct archive_claim *c)
{
	if (is_here(a, c->signature))
		return true;
	if (csg_archive_first_id(a, a->by_output, &c->output) >= a->nitems)
		return false;
	return !is_here(a, c->path) || !is_the_artifact(a, c);
}

static enum csg_rc
add_missing(const struct archive *a, const struct archive_proof *ap,
    const struct archive_claim *c, struct csg_archive *out, struct csg_err *err)
{
	struct csg_err why = { 0 };

	(void)csg_fail(&why, CSG_R_IO,
	    is_here(a, c->path) ?
		"its signature %s is gone, which proof %s speaks of" :
		"gone, and so is %s: proof %s speaks of them",
	    c->signature, ap->path);
	return add_failure(out, c->path, c->signature, &why, err);
}

/* What a proof that holds speaks of must be there. */
static enum csg_rc
add_claims(const struct archive *a, struct archive_proof *ap,
    struct csg_archive *out, struct csg_err *err)
{
	struct archive_claim *c;
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < ap->n && rc == CSG_OK; i++) {
		c = &ap->claims[i];
		if (c->line.path != NULL)
			add_line(out, &c->line);
		else if (is_met(a, c))
			continue;
		else
			rc = add_missing(a, ap, c, out, err);
		ap->used = true;
	}
	return rc;
}

/* A proof's error often begins with its path, which the line has already:
 * "662: receipt: ..." is left of it. */
static const char *
behind_path(const char *text, const char *path)
{
	size_t n = strlen(path);

	if (strncmp(text, path, n) != 0 || text[n] != ':')
		return text;
	return text + n + 1 + (text[n + 1] == ' ');
}

static enum csg_rc
add_proof(const struct archive *a, struct archive_proof *ap,
    struct csg_archive *out, struct csg_err *err)
{
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if (ap->reason != CSG_R_NONE) {
		(void)csg_fail(
		    &why, ap->reason, "%s", behind_path(ap->text, ap->path));
		return ap->used ? CSG_OK :
				  add_failure(out, ap->path, NULL, &why, err);
	}
	if ((rc = add_claims(a, ap, out, err)) == CSG_OK && !ap->used)
		out->unused_proofs[out->nunused++] = ap->path;
	return rc;
}

static int
cmp_lines(const void *a, const void *b)
{
	const struct csg_line *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	if (c == 0 && x->signature != NULL && y->signature != NULL)
		c = strcmp(x->signature, y->signature);
	if (c == 0) /* of lines about the same, the valid one stays */
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

/* In order, and each subject once: several proofs may miss the same file. */
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

static int
cmp_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files that no line names, and that are not csg's own. */
static enum csg_rc
find_bare(
    const struct csg_walk *t, struct csg_archive *out, struct csg_err *err)
{
	const char **named;
	size_t i, n = 0;

	if ((named = calloc(2 * out->n + 1, sizeof(char *))) == NULL)
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
collect(struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	enum csg_rc rc;
	size_t i;

	if ((rc = make_room(a, out, err)) != CSG_OK)
		return rc;
	for (i = 0; i < a->nitems; i++) {
		if (a->items[i].proof < a->nproofs)
			a->proofs[a->items[i].proof].used = true;
	}
	for (i = 0; i < a->nproofs && rc == CSG_OK; i++)
		rc = add_proof(a, &a->proofs[i], out, err);
	for (i = 0; i < a->tree->nunread && rc == CSG_OK; i++)
		rc = add_failure(out, a->tree->unread[i].path, NULL,
		    &a->tree->unread[i].err, err);
	for (i = 0; i < a->nitems && rc == CSG_OK; i++)
		add_line(out, &a->items[i].line);
	if (rc != CSG_OK)
		return rc;
	sort_lines(out);
	if ((rc = csg_archive_ledger(a, out, err)) != CSG_OK)
		return rc;
	return find_bare(a->tree, out, err);
}

/* ---- the order of things ---- */

static enum csg_rc
look_at_all(struct archive *a, struct csg_err *err)
{
	struct csg_parallel *j = a->in->jobs;
	enum csg_rc rc;

	if ((rc = csg_archive_find(a, err)) != CSG_OK)
		return rc;
	j->total = a->nitems + a->nproofs;
	if ((rc = csg_parallel_run(j, a->nitems, csg_archive_hash, a, err)) !=
		CSG_OK ||
	    (rc = csg_archive_index(a, err)) != CSG_OK ||
	    (rc = csg_parallel_run(j, a->nproofs, csg_archive_proof, a, err)) !=
		CSG_OK)
		return rc;
	return csg_archive_rest(a, err);
}

static void
clear(struct archive *a)
{
	struct archive_proof *ap;
	size_t i, k;

	for (i = 0; i < a->nitems; i++) {
		csg_line_clear(&a->items[i].line);
		free(a->items[i].hashes);
	}
	for (i = 0; i < a->nproofs; i++) {
		ap = &a->proofs[i];
		for (k = 0; k < ap->n; k++) {
			csg_line_clear(&ap->claims[k].line);
			free(ap->claims[k].path);
			free(ap->claims[k].signature);
		}
		free(ap->claims);
		csg_receipt_free(ap->receipt);
		free(ap->text);
	}
	free(a->items);
	free(a->proofs);
	free(a->by_input);
	free(a->by_output);
	free(a->by_path);
}

enum csg_rc
csg_archive_check(const struct csg_archive_in *in, struct csg_archive **out,
    struct csg_err *err)
{
	struct archive a = { .in = in };
	struct csg_archive *made;
	enum csg_rc rc;

	*out = NULL;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_walk_read(in->dir, &made->tree, err)) != CSG_OK)
		goto out;
	a.tree = made->tree;
	made->others = a.tree->others;
	if (pthread_mutex_init(&a.lock, NULL) != 0) {
		rc = csg_fail(err, CSG_R_IO, "no lock to be had");
		goto out;
	}
	if ((rc = look_at_all(&a, err)) == CSG_OK)
		rc = collect(&a, made, err);
	clear(&a);
	(void)pthread_mutex_destroy(&a.lock);
	if (rc == CSG_OK) {
		*out = made; /* transferred */
		return CSG_OK;
	}
out:
	csg_archive_free(made);
	return rc;
}

void
csg_archive_free(struct csg_archive *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->n; i++)
		csg_line_clear(&a->lines[i]);
	free(a->lines);
	free(a->unsigned_files);
	free(a->unused_proofs);
	csg_walk_free(a->tree);
	free(a);
}
