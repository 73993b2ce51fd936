/* csg-endorse: compare the artifacts at hand, and check what a statement is
 * based on. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/endorse/endorse.h"
#include "cmd/common/files.h"
#include "cmd/common/statement.h"
#include "cmd/common/talk.h"
#include "lib/explain/explain.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/* ---- artifacts at hand ---- */

/* Find the artifact that a file is, by name or else by content, and note that
 * it is at hand. */
static enum csg_rc
match(struct endorse_job *j, const char *path, const char *name,
    const struct csg_hashes *h, struct csg_err *err)
{
	const struct csg_artifact *a = j->req->artifacts;
	size_t i;

	for (i = 0; i < j->req->n; i++) {
		if (strcmp(a[i].name, name) != 0)
			continue;
		if (!csg_artifact_is(&a[i], h))
			return csg_fail(err, CSG_R_DIGEST,
			    "%s: differs from the artifact that was requested",
			    path);
		break;
	}
	if (i == j->req->n)
		for (i = 0; i < j->req->n; i++)
			if (csg_artifact_is(&a[i], h) && j->at_hand[i] == NULL)
				break;
	if (i == j->req->n)
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: is not an artifact of the request", path);
	if (j->at_hand[i] != NULL)
		return CSG_OK;
	if ((j->at_hand[i] = strdup(path)) == NULL)
		return csg_fail_mem(err);
	j->n_at_hand++;
	return CSG_OK;
}

/* Hash all files, each once, and find the artifacts that they are. */
static enum csg_rc
compare(struct endorse_job *j, const char *const *paths, size_t n,
    const char *base, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct csg_hashes *h;
	size_t i;
	enum csg_rc rc;

	if ((h = calloc(n + 1, sizeof(*h))) == NULL)
		return csg_fail_mem(err);
	rc = n == 1 && csg_format(j->profile->format)->reads_draft ?
	    csg_file_hash(AT_FDCWD, paths[0], 0, h, &j->draft_fd, err) :
	    csg_files_hash(AT_FDCWD, paths, n, 0, h, err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		if ((rc = cmd_artifact_name(paths[i], base, &name, err)) ==
		    CSG_OK)
			rc = match(j, paths[i], csg_buf_str(&name), &h[i], err);
		csg_buf_free(&name);
	}
	free(h);
	return rc;
}

/* Without operands: compare the requested artifacts that exist below the base
 * directory. */
static enum csg_rc
compare_base(struct endorse_job *j, const char *base, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char **paths;
	size_t i, n = 0;
	enum csg_rc rc = CSG_OK;

	if ((paths = calloc(j->req->n + 1, sizeof(*paths))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < j->req->n && rc == CSG_OK; i++) {
		csg_buf_printf(&path, "%s/", base);
		if ((rc = csg_filename_decode(
			 j->req->artifacts[i].name, &path, err)) == CSG_OK &&
		    access(csg_buf_str(&path), F_OK) == 0 &&
		    (paths[n++] = strdup(csg_buf_str(&path))) == NULL)
			rc = csg_fail_mem(err);
		csg_buf_free(&path);
	}
	if (rc == CSG_OK)
		rc = compare(j, (const char *const *)paths, n, base, err);
	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return rc;
}

enum csg_rc
endorse_inspect(struct endorse_job *j, const struct endorse_args *a,
    char **paths, size_t n, struct csg_err *err)
{
	enum csg_rc rc;

	if ((j->at_hand = calloc(j->req->n + 1, sizeof(*j->at_hand))) == NULL)
		return csg_fail_mem(err);
	rc = n == 0 ? compare_base(j, a->base != NULL ? a->base : ".", err) :
		      compare(j, (const char *const *)paths, n, a->base, err);
	if (rc == CSG_REFUSED && a->decided && a->vote == CSG_REJECT) {
		cmd_complain(err); /* no obstacle to a rejection */
		csg_err_clear(err);
		return CSG_OK;
	}
	return rc;
}

/* ---- what a statement is based on ---- */

/* Does the path have the same last component as the name? */
static bool
is_called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *last = strrchr(name, '/');

	return strcmp(slash != NULL ? slash + 1 : path,
		   last != NULL ? last + 1 : name) == 0;
}

/* Append the path of an artifact's rebuilt file: its name below a given
 * directory, a given file of that name, or the only given file. */
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
		    "no rebuilt file is named %s",
		    j->req->artifacts[artifact].name);
	return rc != CSG_OK ? rc : csg_buf_ok(path, err);
}

/* Every --rebuilt must exist, even if no artifact is looked for in it. */
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

/* Compare the rebuilt files with the artifacts.  An identical file is the
 * artifact, which thereby is at hand. */
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
	enum csg_rc rc;

	if (a->proof == NULL)
		return CSG_OK;
	if ((rc = csg_file_hash(AT_FDCWD, a->proof, 0, &h, NULL, err)) ==
	    CSG_OK)
		j->proof = h.id;
	return rc;
}

/* Check that the artifacts did not change while the command was running. */
static enum csg_rc
compare_again(const struct endorse_job *j, struct csg_err *err)
{
	struct csg_hashes *h;
	size_t i, n = j->req->n;
	enum csg_rc rc;

	if ((h = calloc(n + 1, sizeof(*h))) == NULL)
		return csg_fail_mem(err);
	rc = csg_files_hash(
	    AT_FDCWD, (const char *const *)j->at_hand, n, 0, h, err);
	for (i = 0; i < n && rc == CSG_OK; i++)
		if (!csg_artifact_is(&j->req->artifacts[i], &h[i]))
			rc = csg_fail(err, CSG_R_DIGEST,
			    "%s: changed while the command ran", j->at_hand[i]);
	free(h);
	return rc;
}

enum csg_rc
endorse_substantiate(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err)
{
	enum csg_rc rc;

	if (a->statement != NULL &&
	    csg_policy_statement(j->policy, a->statement) == 0)
		return csg_fail(err, CSG_R_STATEMENT,
		    "policy %s version %llu has no statement '%s'",
		    j->policy->name, (unsigned long long)j->policy->version,
		    a->statement);
	if ((rc = compare_builds(j, a, err)) != CSG_OK ||
	    (rc = digest_proof(j, a, err)) != CSG_OK || a->run == NULL)
		return rc;
	if (j->n_at_hand < j->req->n)
		return csg_fail(err, CSG_R_BLIND,
		    "--run requires all artifacts at hand; %zu of %zu are not",
		    j->req->n - j->n_at_hand, j->req->n);
	if ((rc = cmd_run(a->run, j->at_hand, j->req->n, &j->output, err)) !=
	    CSG_OK)
		return rc;
	return compare_again(j, err);
}

/* ---- a change of the policy ---- */

/* Read the draft at hand, which was hashed and must not have changed since.
 * Where several operands were hashed, the draft was not left open. */
static enum csg_rc
read_draft(struct endorse_job *j, struct csg_draft *out, struct csg_err *err)
{
	const struct csg_artifact *a = &j->req->artifacts[0];
	const struct csg_hashes h = { .size = a->size, .id = a->sha256 };

	if (j->draft_fd == -1 &&
	    (j->draft_fd = csg_io_open(j->at_hand[0], err)) == -1)
		return err->rc;
	if (csg_draft_read(j->draft_fd, &h, out, err) != CSG_OK)
		return csg_err_prefix_file(err, j->at_hand[0]);
	return CSG_OK;
}

enum csg_rc
endorse_find_changes(struct endorse_job *j, struct csg_err *err)
{
	struct csg_draft new = CSG_DRAFT_NONE;
	enum csg_rc rc;

	if (j->draft.policy != NULL)
		return csg_explain_policy(j->draft.policy, &j->meaning, err);
	if (!csg_format(j->profile->format)->reads_draft || j->req->n != 1 ||
	    j->at_hand[0] == NULL)
		return CSG_OK;
	if ((rc = read_draft(j, &new, err)) == CSG_OK &&
	    (rc = csg_policy_diff(j->policy, new.policy, &j->changes, err)) ==
		CSG_OK)
		rc = csg_explain_policy(new.policy, &j->meaning, err);
	j->has_changes = rc == CSG_OK;
	csg_draft_clear(&new);
	return rc;
}
