/* What there is in an archive: signatures, artifacts, proofs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/verify/archive_model.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/* ---- lines ---- */

void
csg_line_clear(struct csg_line *l)
{
	free(l->path);
	free(l->signature);
	free(l->text);
	free(l->rendered);
	memset(l, 0, sizeof(*l));
}

enum csg_rc
csg_line_set(struct csg_line *l, const struct csg_err *why, struct csg_err *err)
{
	free(l->text);
	free(l->rendered);
	l->rendered = NULL;
	l->text = NULL;
	l->reason = why->reason;
	if (why->rc != CSG_OK && (l->text = strdup(why->text)) == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

/* ---- the walk's files ---- */

/* The suffix by which a file is a signature beside something, or NULL. */
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
add_item(struct archive *a, const char *path, const char *suffix,
    struct csg_err *err)
{
	struct archive_item *it = &a->items[a->nitems];

	it->proof = CSG_NONE;
	it->line.signature = strdup(path);
	it->line.path = strndup(path, strlen(path) - strlen(suffix));
	if (it->line.signature == NULL || it->line.path == NULL) {
		csg_line_clear(&it->line);
		return csg_fail_mem(err);
	}
	a->nitems++;
	return CSG_OK;
}

enum csg_rc
csg_archive_find(struct archive *a, struct csg_err *err)
{
	const struct csg_walk *t = a->tree;
	const char *suffix;
	size_t i, nitems = 0, nproofs = 0;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < t->n; i++)
		if (csg_text_ends(t->files[i], ".csgproof"))
			nproofs++;
		else if (signature_suffix(t->files[i]) != NULL)
			nitems++;
	a->items = calloc(nitems + 1, sizeof(*a->items));
	a->proofs = calloc(nproofs + 1, sizeof(*a->proofs));
	if (a->items == NULL || a->proofs == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->n && rc == CSG_OK; i++)
		if (csg_text_ends(t->files[i], ".csgproof"))
			a->proofs[a->nproofs++].path = t->files[i];
		else if ((suffix = signature_suffix(t->files[i])) != NULL)
			rc = add_item(a, t->files[i], suffix, err);
	return rc;
}

/* ---- hashing ---- */

enum csg_rc
csg_archive_hash_file(const struct archive *a, const char *path, unsigned also,
    struct csg_hashes *h, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	if ((fd = csg_io_openat(a->tree->fd, path, err)) == -1)
		return err->rc;
	rc = csg_hash_fd(fd, also, h, err);
	(void)close(fd);
	return rc;
}

static bool
is_gone(const struct archive *a, const char *path)
{
	struct stat st;

	return fstatat(a->tree->fd, path, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

/* The digests that the signature may be over: its own, where it tells, or
 * those of the keys in force. */
static unsigned
algs_of(const struct archive *a, const struct csg_buf *sig)
{
	const struct csg_chain *newest = a->in->expected.newest;
	const struct csg_policy *p;
	struct csg_cms cms;
	struct csg_err ignored = { 0 };
	unsigned algs = 0;
	size_t i;

	if (csg_cms_parse(sig->data, sig->len, &cms, &ignored) == CSG_OK)
		return 1U << cms.alg;
	p = newest != NULL ? csg_chain_policy(newest) : NULL;
	for (i = 0; p != NULL && i < p->nkeys; i++)
		algs |= 1U << p->keys[i].cert->alg;
	return algs;
}

/* Both files of an item; its output is known even when the artifact is not. */
static enum csg_rc
hash_item(const struct archive *a, struct archive_item *it, struct csg_err *err)
{
	struct csg_buf sig = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_readat(a->tree->fd, it->line.signature, CSG_MAX_FILE,
		 &sig, err)) != CSG_OK ||
	    (rc = csg_id_mem(sig.data, sig.len, &it->output, err)) != CSG_OK)
		goto out;
	if (is_gone(a, it->line.path))
		rc = csg_fail(err, CSG_R_IO,
		    "gone: only its signature %s is here", it->line.signature);
	else
		rc = csg_archive_hash_file(
		    a, it->line.path, algs_of(a, &sig), it->hashes, err);
	it->input = it->hashes->id;
out:
	csg_buf_free(&sig);
	return rc;
}

enum csg_rc
csg_archive_hash(void *arg, size_t i, struct csg_err *err)
{
	struct archive *a = arg;
	struct archive_item *it = &a->items[i];
	struct csg_err why = { 0 };

	if ((it->hashes = calloc(1, sizeof(*it->hashes))) == NULL)
		return csg_fail_mem(err);
	if (hash_item(a, it, &why) == CSG_OK)
		return CSG_OK;
	free(it->hashes);
	it->hashes = NULL;
	it->settled = true;
	return csg_line_set(&it->line, &why, err);
}

/* ---- finding them again ---- */

static int
cmp_paths(const void *a, const void *b)
{
	const struct archive_path *x = a, *y = b;

	return strcmp(x->path, y->path);
}

enum csg_rc
csg_archive_index(struct archive *a, struct csg_err *err)
{
	size_t i, n = a->nitems;

	a->by_input = calloc(n + 1, sizeof(*a->by_input));
	a->by_output = calloc(n + 1, sizeof(*a->by_output));
	a->by_path = calloc(n + 1, sizeof(*a->by_path));
	if (a->by_input == NULL || a->by_output == NULL || a->by_path == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < n; i++) {
		a->by_input[i] = (struct archive_id){ a->items[i].input, i };
		a->by_output[i] = (struct archive_id){ a->items[i].output, i };
		a->by_path[i] =
		    (struct archive_path){ a->items[i].line.path, i };
	}
	qsort(a->by_input, n, sizeof(*a->by_input), csg_id_cmp);
	qsort(a->by_output, n, sizeof(*a->by_output), csg_id_cmp);
	qsort(a->by_path, n, sizeof(*a->by_path), cmp_paths);
	return CSG_OK;
}

size_t
csg_archive_first_id(const struct archive *a, const struct archive_id *by,
    const struct csg_id *id)
{
	size_t lo = 0, hi = a->nitems, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (csg_id_cmp(&by[mid].id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->nitems && csg_id_equal(&by[lo].id, id) ? lo : a->nitems;
}

size_t
csg_archive_first_path(const struct archive *a, const char *path)
{
	size_t lo = 0, hi = a->nitems, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(a->by_path[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->nitems && strcmp(a->by_path[lo].path, path) == 0 ?
	    lo :
	    a->nitems;
}
