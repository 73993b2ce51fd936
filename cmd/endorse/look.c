/* csg-endorse: what is at hand of a request, and what a statement rests on. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/endorse/endorse.h"
#include "cmd/common/statement.h"
#include "lib/explain/explain.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/* ---- artifacts at hand ---- */

/* Which artifact of the request is it: by name, else by content? */
static enum csg_rc
match(struct endorse_job *j, const char *path, const char *name,
    const struct csg_hashes *h, struct csg_err *err)
{
	const struct csg_artifact *a = j->req->artifacts;
	size_t i;

	for (i = 0; i < j->req->n; i++) {
		if (strcmp(a[i].name, name) != 0)
			continue;
		if (!csg_id_equal(&a[i].sha256, &h->id) || a[i].size != h->size)
			return csg_fail(err, CSG_R_DIGEST,
			    "%s: differs from "
			    "the artifact that was requested",
			    path);
		break;
	}
	if (i == j->req->n)
		for (i = 0; i < j->req->n; i++)
			if (csg_id_equal(&a[i].sha256, &h->id) &&
			    a[i].size == h->size && j->at_hand[i] == NULL)
				break;
	if (i == j->req->n)
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: is no artifact of the request", path);
	if (j->at_hand[i] != NULL)
		return CSG_OK;
	if ((j->at_hand[i] = strdup(path)) == NULL)
		return csg_fail_mem(err);
	j->n_at_hand++;
	return CSG_OK;
}

static enum csg_rc
compare(struct endorse_job *j, const char *path, const char *base,
    struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct csg_hashes h;
	int fd;
	enum csg_rc rc;

	if ((fd = csg_io_open(path, err)) == -1)
		return err->rc;
	if ((rc = cmd_artifact_name(path, base, &name, err)) == CSG_OK) {
		if ((rc = csg_hash_fd(fd, 0, &h, err)) == CSG_OK)
			rc = match(j, path, csg_buf_str(&name), &h, err);
		else
			(void)csg_err_prefix(err, "%s: ", path);
	}
	(void)close(fd);
	csg_buf_free(&name);
	return rc;
}

/* Without operands: whatever of the request lies below the base. */
static enum csg_rc
compare_base(struct endorse_job *j, const char *base, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < j->req->n && rc == CSG_OK; i++) {
		csg_buf_printf(&path, "%s/", base);
		if ((rc = csg_filename_decode(
			 j->req->artifacts[i].name, &path, err)) == CSG_OK &&
		    access(csg_buf_str(&path), F_OK) == 0)
			rc = compare(j, csg_buf_str(&path), base, err);
		csg_buf_free(&path);
	}
	return rc;
}

enum csg_rc
endorse_inspect(struct endorse_job *j, const struct endorse_args *a,
    char **paths, size_t n, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc = CSG_OK;

	if ((j->at_hand = calloc(j->req->n + 1, sizeof(*j->at_hand))) == NULL)
		return csg_fail_mem(err);
	if (n == 0)
		rc = compare_base(j, a->base != NULL ? a->base : ".", err);
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = compare(j, paths[i], a->base, err);
	if (rc == CSG_REFUSED && a->decided && a->vote == CSG_REJECT) {
		cmd_complain(err); /* all the more reason */
		csg_err_clear(err);
		return CSG_OK;
	}
	return rc;
}

/* ---- what a statement rests on ---- */

/* Is that the path's last part? */
static bool
is_called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *last = strrchr(name, '/');

	return strcmp(slash != NULL ? slash + 1 : path,
		   last != NULL ? last + 1 : name) == 0;
}

/* The rebuilt file of an artifact: below a directory, of its name, or the
 * only one. */
static enum csg_rc
find_rebuilt(const struct endorse_args *a, const struct endorse_job *j,
    size_t artifact, struct csg_buf *path, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct stat st;
	size_t i;
	enum csg_rc rc;

	rc = csg_filename_decode(j->req->artifacts[artifact].name, &name, err);
	for (i = 0; i < a->nrebuilt && rc == CSG_OK && path->len == 0; i++) {
		if (stat(a->rebuilt[i], &st) == 0 && S_ISDIR(st.st_mode))
			csg_buf_printf(
			    path, "%s/%s", a->rebuilt[i], csg_buf_str(&name));
		else if ((a->nrebuilt == 1 && j->req->n == 1) ||
		    is_called(a->rebuilt[i], csg_buf_str(&name)))
			csg_buf_puts(path, a->rebuilt[i]);
	}
	csg_buf_free(&name);
	if (rc == CSG_OK && path->len == 0)
		return csg_fail(err, CSG_R_DIGEST,
		    "no rebuilt file is called %s",
		    j->req->artifacts[artifact].name);
	return rc != CSG_OK ? rc : csg_buf_ok(path, err);
}

/* What is named must be there, whether an artifact is found in it or not. */
static enum csg_rc
check_rebuilt(const struct endorse_args *a, struct csg_err *err)
{
	struct stat st;
	size_t i;

	for (i = 0; i < a->nrebuilt; i++)
		if (stat(a->rebuilt[i], &st) == -1)
			return csg_fail_errno(err, "%s", a->rebuilt[i]);
	return CSG_OK;
}

/* A build that is the same is the artifact: it counts as being at hand. */
static enum csg_rc
compare_builds(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	size_t i;
	enum csg_rc rc = check_rebuilt(a, err);

	for (i = 0; i < j->req->n && a->nrebuilt > 0 && rc == CSG_OK; i++) {
		if ((rc = find_rebuilt(a, j, i, &path, err)) == CSG_OK)
			rc = cmd_same_build(csg_buf_str(&path),
			    &j->req->artifacts[i], j->at_hand[i], err);
		if (rc == CSG_OK && j->at_hand[i] == NULL) {
			j->at_hand[i] = (char *)path.data; /* transferred */
			memset(&path, 0, sizeof(path));
			j->n_at_hand++;
		}
		csg_buf_free(&path);
	}
	return rc;
}

static enum csg_rc
digest_proof(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err)
{
	struct csg_hashes h;
	int fd;
	enum csg_rc rc;

	if (a->proof == NULL)
		return CSG_OK;
	if ((fd = csg_io_open(a->proof, err)) == -1)
		return err->rc;
	if ((rc = csg_hash_fd(fd, 0, &h, err)) == CSG_OK)
		j->proof = h.id;
	else
		(void)csg_err_prefix(err, "%s: ", a->proof);
	(void)close(fd);
	return rc;
}

/* What the command saw must be what the vote is about. */
static enum csg_rc
compare_again(const struct endorse_job *j, struct csg_err *err)
{
	const struct csg_artifact *a = j->req->artifacts;
	struct csg_hashes h;
	size_t i;
	int fd;
	enum csg_rc rc;

	for (i = 0; i < j->req->n; i++) {
		if ((fd = csg_io_open(j->at_hand[i], err)) == -1)
			return err->rc;
		rc = csg_hash_fd(fd, 0, &h, err);
		(void)close(fd);
		if (rc == CSG_OK &&
		    (h.size != a[i].size || !csg_id_equal(&h.id, &a[i].sha256)))
			rc = csg_fail(
			    err, CSG_R_DIGEST, "changed while the command ran");
		if (rc != CSG_OK)
			return csg_err_prefix(err, "%s: ", j->at_hand[i]);
	}
	return CSG_OK;
}

enum csg_rc
endorse_substantiate(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err)
{
	enum csg_rc rc;

	if (a->statement != NULL &&
	    csg_policy_statement(j->policy, a->statement) == 0)
		return csg_fail(err, CSG_R_STATEMENT,
		    "policy %s version %llu knows no statement '%s'",
		    j->policy->name, (unsigned long long)j->policy->version,
		    a->statement);
	if ((rc = compare_builds(j, a, err)) != CSG_OK ||
	    (rc = digest_proof(j, a, err)) != CSG_OK || a->run == NULL)
		return rc;
	if (j->n_at_hand < j->req->n)
		return csg_fail(err, CSG_R_BLIND,
		    "--run needs all artifacts at hand; %zu of %zu are not",
		    j->req->n - j->n_at_hand, j->req->n);
	if ((rc = cmd_run(a->run, j->at_hand, j->req->n, &j->output, err)) !=
	    CSG_OK)
		return rc;
	return compare_again(j, err);
}

/* ---- a change of the policy ---- */

enum csg_rc
endorse_find_changes(struct endorse_job *j, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_policy *new = NULL;
	enum csg_rc rc;

	if (j->draft != NULL)
		return csg_explain_policy(j->draft, &j->meaning, err);
	if (j->profile->format != CSG_FORMAT_POLICY || j->req->n != 1 ||
	    j->at_hand[0] == NULL)
		return CSG_OK;
	if ((rc = csg_io_read(j->at_hand[0], CSG_POLICY_MAX, &text, err)) ==
		CSG_OK &&
	    (rc = csg_policy_parse(csg_buf_str(&text), text.len, &new, err)) !=
		CSG_OK)
		(void)csg_err_prefix_file(err, j->at_hand[0]);
	if (rc == CSG_OK &&
	    !csg_id_equal(&new->id, &j->req->artifacts[0].sha256))
		rc = csg_fail(err, CSG_R_DIGEST,
		    "%s: changed while it was read", j->at_hand[0]);
	if (rc == CSG_OK &&
	    (rc = csg_policy_diff(j->policy, new, &j->changes, err)) == CSG_OK)
		rc = csg_explain_policy(new, &j->meaning, err);
	j->has_changes = rc == CSG_OK;
	csg_policy_free(new);
	csg_buf_free(&text);
	return rc;
}
