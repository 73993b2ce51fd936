/* Staging: what was signed for a request, until it may go out. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/sign/run.h"

/* ---- names ---- */

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
csg_staging_discard(struct csg_run *r, struct csg_err *err)
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

enum csg_rc
csg_staging_new(
    struct csg_run *r, struct csg_outputs **out, struct csg_err *err)
{
	const char *path = csg_buf_str(&r->staging);
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_staging_discard(r, err)) != CSG_OK)
		return rc; /* what a killed run left */
	if (mkdir(path, 0700) == -1)
		return csg_fail_errno(err, "%s", path);
	return csg_outputs_new(path, out, err);
}

enum csg_rc
csg_staging_add(struct csg_outputs *set, size_t i, const struct csg_buf *text,
    struct csg_err *err)
{
	char name[32];

	staged_name(i, name);
	return csg_outputs_add(set, name, 0600, text->data, text->len, err);
}

enum csg_rc
csg_staging_read(
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

/* ---- release ---- */

static enum csg_rc
release_one(struct csg_run *r, struct csg_outputs *set, size_t i,
    const char *name, struct csg_err *err)
{
	struct csg_buf path = { 0 }, text = { 0 };
	char staged[32];
	int fd;
	enum csg_rc rc;

	if (i == r->tally->request->n) { /* the proof gets its receipt */
		if ((rc = csg_staging_read(r, i, &text, err)) == CSG_OK) {
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
