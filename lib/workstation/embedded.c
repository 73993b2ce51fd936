#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/workstation/embedded.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

#define OBJECT "token.object"
#define MAX_OBJECT 65536
#define STORE "tokens"
#define MAX_STORE (32 * 1024 * 1024)

/* Append "DIR/tokens", next to the state directory; true if SOFTHSM2_CONF is
 * configured and that directory exists. */
bool
csg_embedded_store(const struct csg_signer *s, struct csg_buf *out)
{
	const char *slash = strrchr(s->state, '/');
	struct stat st;
	size_t i;

	for (i = 0; s->env[i] != NULL; i++)
		if (strncmp(s->env[i], "SOFTHSM2_CONF=", 14) == 0)
			break;
	if (s->env[i] == NULL || slash == NULL)
		return false;
	csg_buf_printf(out, "%.*s/" STORE, (int)(slash - s->state), s->state);
	return csg_buf_ok(out, NULL) == CSG_OK &&
	    stat(csg_buf_str(out), &st) == 0 && S_ISDIR(st.st_mode);
}

/* Append the bytes of a small file; none if it does not exist. */
static enum csg_rc
read_small(
    const char *dir, const char *name, struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	struct stat st;
	enum csg_rc rc = CSG_OK;

	csg_buf_printf(&path, "%s/%s", dir, name);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK &&
	    lstat(csg_buf_str(&path), &st) == 0)
		rc = csg_io_read(csg_buf_str(&path), MAX_OBJECT, out, err);
	csg_buf_free(&path);
	return rc;
}

/*
 * What to do with a token.object and its copy.  Everything that SoftHSM writes
 * there has a fixed length, so a file shorter than its copy was truncated.
 */
enum care {
	RESTORE_CUT, /* restore the copy if the file is shorter or missing */
	RESTORE, /* restore the copy if the file differs */
	KEEP /* renew the copy if the file differs and was not truncated */
};

static enum csg_rc
care_for(const char *state, const char *token, const char *uuid, enum care what,
    struct csg_err *err)
{
	struct csg_buf now = { 0 }, copy = { 0 }, name = { 0 };
	bool same;
	enum csg_rc rc;

	csg_buf_printf(&name, "%s.%s", uuid, OBJECT);
	if ((rc = csg_buf_ok(&name, err)) != CSG_OK ||
	    (rc = read_small(token, OBJECT, &now, err)) != CSG_OK ||
	    (rc = read_small(state, csg_buf_str(&name), &copy, err)) != CSG_OK)
		goto out;
	same = now.len == copy.len &&
	    (now.len == 0 || memcmp(now.data, copy.data, now.len) == 0);
	if (what == KEEP && !same && now.len >= copy.len)
		rc = csg_io_write(state, csg_buf_str(&name), 0600, now.data,
		    now.len, CSG_EXISTING_REPLACE, err);
	else if (what != KEEP && !same && copy.len > 0 &&
	    (what == RESTORE || now.len < copy.len))
		rc = csg_io_write(token, OBJECT, 0600, copy.data, copy.len,
		    CSG_EXISTING_REPLACE, err);
out:
	csg_buf_free(&now);
	csg_buf_free(&copy);
	csg_buf_free(&name);
	return rc;
}

/* Call care_for() for every token of the store. */
static enum csg_rc
care_for_all(const struct csg_signer *s, enum care what, struct csg_err *err)
{
	struct csg_buf store = { 0 }, token = { 0 };
	struct dirent *d;
	DIR *dp;
	enum csg_rc rc = CSG_OK;

	if (!csg_embedded_store(s, &store))
		goto out;
	if ((dp = opendir(csg_buf_str(&store))) == NULL) {
		rc = csg_fail_errno(err, "%s", csg_buf_str(&store));
		goto out;
	}
	while (rc == CSG_OK && (d = readdir(dp)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		csg_buf_printf(&token, "%s/%s", csg_buf_str(&store), d->d_name);
		if ((rc = csg_buf_ok(&token, err)) == CSG_OK)
			rc = care_for(s->state, csg_buf_str(&token), d->d_name,
			    what, err);
		csg_buf_free(&token);
	}
	(void)closedir(dp);
out:
	csg_buf_free(&store);
	return rc;
}

enum csg_rc
csg_embedded_open(
    const struct csg_signer *s, struct csg_token **out, struct csg_err *err)
{
	struct csg_err first = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = care_for_all(s, RESTORE_CUT, err)) != CSG_OK ||
	    csg_token_open(s->module, s->token, &s->deadline, out, &first) ==
		CSG_OK)
		return rc;
	if ((rc = care_for_all(s, RESTORE, err)) == CSG_OK &&
	    (rc = csg_token_open(
		 s->module, s->token, &s->deadline, out, err)) != CSG_OK)
		*err = first;
	return rc;
}

enum csg_rc
csg_embedded_keep(const struct csg_signer *s, struct csg_err *err)
{
	return care_for_all(s, KEEP, err);
}

/* ---- the whole store, for a backup ---- */

static int
is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/*
 * Call one(out, path, name) for each entry of the directory, sorted by name,
 * until one fails.
 */
static enum csg_rc
each_in(const char *dir, const char *name,
    enum csg_rc (*one)(
	struct csg_files *, const char *, const char *, struct csg_err *),
    struct csg_files *out, struct csg_err *err)
{
	struct dirent **v;
	struct csg_buf path = { 0 }, inner = { 0 };
	int n, i;
	enum csg_rc rc = CSG_OK;

	if ((n = scandir(dir, &v, is_visible, alphasort)) == -1)
		return csg_fail_errno(err, "%s", dir);
	for (i = 0; i < n; i++) {
		csg_buf_printf(&path, "%s/%s", dir, v[i]->d_name);
		csg_buf_printf(&inner, "%s/%s", name, v[i]->d_name);
		if (rc == CSG_OK && !csg_name_valid(v[i]->d_name))
			rc = csg_fail(err, CSG_R_TYPE,
			    "%s: not a SoftHSM file name", csg_buf_str(&path));
		if (rc == CSG_OK && (rc = csg_buf_ok(&inner, err)) == CSG_OK)
			rc = one(
			    out, csg_buf_str(&path), csg_buf_str(&inner), err);
		csg_buf_free(&path);
		csg_buf_free(&inner);
		free(v[i]);
	}
	free(v);
	return rc;
}

static enum csg_rc
collect_file(struct csg_files *out, const char *path, const char *name,
    struct csg_err *err)
{
	struct csg_buf data = { 0 };
	size_t left = MAX_STORE, i;
	enum csg_rc rc;

	for (i = 0; i < out->n; i++)
		left -= out->v[i].data.len;
	if ((rc = csg_io_read(path, left, &data, err)) == CSG_OK)
		rc = csg_files_add(out, name, data.data, data.len, err);
	csg_buf_free(&data);
	return rc;
}

static enum csg_rc
collect_token(struct csg_files *out, const char *path, const char *name,
    struct csg_err *err)
{
	return each_in(path, name, collect_file, out, err);
}

enum csg_rc
csg_embedded_collect(
    const struct csg_signer *s, struct csg_files *out, struct csg_err *err)
{
	struct csg_buf store = { 0 };
	enum csg_rc rc;

	if (!csg_embedded_store(s, &store))
		rc = csg_fail(err, CSG_R_CONFIG,
		    "the token is not embedded: there is no SoftHSM store next to %s",
		    s->state);
	else
		rc = each_in(
		    csg_buf_str(&store), STORE, collect_token, out, err);
	csg_buf_free(&store);
	return rc;
}

/* Is the name "tokens/TOKEN/FILE", so that it cannot lead anywhere else? */
static bool
is_store_name(const char *name)
{
	char part[CSG_TAR_NAME + 1];
	const char *token, *file;

	if (strncmp(name, STORE "/", sizeof(STORE)) != 0)
		return false;
	token = name + sizeof(STORE);
	if ((file = strchr(token, '/')) == NULL ||
	    (size_t)(file - token) >= sizeof(part))
		return false;
	memcpy(part, token, (size_t)(file - token));
	part[file - token] = '\0';
	return csg_name_valid(part) && csg_name_valid(file + 1);
}

enum csg_rc
csg_embedded_write(
    const struct csg_files *files, const char *dir, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	const struct csg_file *f;
	size_t i;
	enum csg_rc rc;

	for (i = 0; i < files->n; i++)
		if (!is_store_name(files->v[i].name))
			return csg_fail(err, CSG_R_PARSE,
			    "contents: %s is not a SoftHSM file",
			    files->v[i].name);
	rc = csg_outputs_new(dir, &set, err);
	for (i = 0; rc == CSG_OK && i < files->n; i++) {
		f = &files->v[i];
		rc = csg_outputs_add(
		    set, f->name, 0600, f->data.data, f->data.len, err);
	}
	if (rc == CSG_OK)
		rc = csg_outputs_commit(set, CSG_EXISTING_REFUSE, err);
	csg_outputs_free(set);
	return rc;
}
