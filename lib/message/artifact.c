#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/base/parallel.h"
#include "lib/base/text.h"
#include "lib/message/artifact.h"

/* ---- names ---- */

static int
cmp_names(const void *a, const void *b)
{
	return csg_filename_casecmp(*(char *const *)a, *(char *const *)b);
}

/* All names and, with a suffix, the names of the outputs; sorted. */
static enum csg_rc
sort_all_names(const struct csg_artifact *a, size_t n, const char *suffix,
    struct csg_buf *store, char ***out, size_t *count, struct csg_err *err)
{
	size_t i, per = suffix != NULL ? 2 : 1;
	char *s;

	for (i = 0; i < n; i++) {
		csg_buf_add(store, a[i].name, strlen(a[i].name) + 1);
		if (suffix == NULL)
			continue;
		csg_buf_puts(store, a[i].name);
		csg_buf_add(store, suffix, strlen(suffix) + 1);
	}
	if (csg_buf_ok(store, err) != CSG_OK)
		return CSG_TROUBLE;
	if ((*out = calloc(n * per + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0, s = (char *)store->data; i < n * per; i++) {
		(*out)[i] = s;
		s += strlen(s) + 1;
	}
	*count = n * per;
	qsort(*out, *count, sizeof(**out), cmp_names);
	return CSG_OK;
}

enum csg_rc
csg_artifacts_distinct(const struct csg_artifact *a, size_t n,
    const char *suffix, struct csg_err *err)
{
	char **names = NULL;
	struct csg_buf store = { 0 };
	size_t i, count = 0;
	enum csg_rc rc;

	rc = sort_all_names(a, n, suffix, &store, &names, &count, err);
	for (i = 1; i < count && rc == CSG_OK; i++)
		if (cmp_names(&names[i - 1], &names[i]) == 0)
			rc = csg_fail(err, CSG_R_PARSE,
			    "'%s' and '%s': two artifacts or outputs have the same name",
			    names[i - 1], names[i]);
	free(names);
	csg_buf_free(&store);
	return rc;
}

/* ---- files ---- */

enum csg_rc
csg_file_hash(int dir, const char *path, unsigned algs, struct csg_hashes *out,
    int *fd, struct csg_err *err)
{
	int opened;
	enum csg_rc rc;

	if (fd != NULL)
		*fd = -1;
	opened = dir == AT_FDCWD ? csg_io_open(path, err) :
				   csg_io_openat(dir, path, err);
	if (opened == -1)
		return err->rc;
	if ((rc = csg_hash_fd(opened, algs, out, err)) != CSG_OK)
		(void)csg_err_prefix_file(err, path);
	if (rc == CSG_OK && fd != NULL)
		*fd = opened; /* transferred */
	else
		(void)close(opened);
	return rc;
}

struct hashing {
	int dir;
	const char *const *paths;
	unsigned algs;
	struct csg_hashes *out;
};

static enum csg_rc
hash_nth(void *arg, size_t i, struct csg_err *err)
{
	const struct hashing *h = arg;

	return csg_file_hash(
	    h->dir, h->paths[i], h->algs, &h->out[i], NULL, err);
}

enum csg_rc
csg_files_hash(int dir, const char *const *paths, size_t n, unsigned algs,
    struct csg_hashes *out, struct csg_err *err)
{
	struct hashing h = { dir, paths, algs, out };
	struct csg_parallel p = { .workers = csg_parallel_cores() };

	return csg_parallel_run(&p, n, hash_nth, &h, err);
}

/* ---- artifacts ---- */

bool
csg_artifact_is(const struct csg_artifact *a, const struct csg_hashes *h)
{
	return h->size == a->size && csg_id_equal(&h->id, &a->sha256);
}

struct opening {
	int dir;
	const struct csg_artifact *artifacts;
	unsigned algs;
	bool keep;
	struct csg_opened *out;
};

static enum csg_rc
open_nth(void *arg, size_t i, struct csg_err *err)
{
	const struct opening *o = arg;
	const struct csg_artifact *a = &o->artifacts[i];
	struct csg_hashes *h = &o->out->hashes[i];
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	if ((rc = csg_filename_decode(a->name, &path, err)) == CSG_OK)
		rc = csg_file_hash(o->dir, csg_buf_str(&path), o->algs, h,
		    o->keep && i == 0 ? &o->out->fd : NULL, err);
	csg_buf_free(&path);
	if (rc != CSG_OK || csg_artifact_is(a, h))
		return rc;
	return csg_fail(err, CSG_R_DIGEST,
	    "%s: differs from the artifact that was requested", a->name);
}

enum csg_rc
csg_artifacts_open(const char *dir, const struct csg_artifact *a, size_t n,
    unsigned algs, bool keep, struct csg_opened *out, struct csg_err *err)
{
	struct opening o = {
		.artifacts = a, .algs = algs, .keep = keep, .out = out
	};
	struct csg_parallel p = { .workers = csg_parallel_cores() };
	enum csg_rc rc;

	*out = (struct csg_opened)CSG_OPENED_NONE;
	o.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o.dir == -1)
		return csg_fail_errno(err, "%s", dir);
	if ((out->hashes = calloc(n + 1, sizeof(*out->hashes))) == NULL)
		rc = csg_fail_mem(err);
	else
		rc = csg_parallel_run(&p, n, open_nth, &o, err);
	(void)close(o.dir);
	if (rc != CSG_OK)
		csg_opened_clear(out);
	return rc;
}

void
csg_opened_clear(struct csg_opened *o)
{
	if (o->fd != -1)
		(void)close(o->fd);
	free(o->hashes);
	*o = (struct csg_opened)CSG_OPENED_NONE;
}
