#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/common/messages.h"
#include "cmd/common/talk.h"
#include "lib/base/io.h"
#include "lib/message/request.h"
#include "lib/base/text.h"

/* Paths to read, without repeats. */
struct paths {
	char **v;
	size_t n;
};

static enum csg_rc
add_path(struct paths *p, const char *path, struct csg_err *err)
{
	char **more;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i], path) == 0)
			return CSG_OK;
	if ((more = realloc(p->v, (p->n + 1) * sizeof(*more))) == NULL)
		return csg_fail_mem(err);
	p->v = more;
	if ((more[p->n] = strdup(path)) == NULL)
		return csg_fail_mem(err);
	p->n++;
	return CSG_OK;
}

static void
clear_paths(struct paths *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->v[i]);
	free(p->v);
}

static int
path_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_message(const char *name, const char *prefix, bool votes_only)
{
	return strncmp(name, prefix, strlen(prefix)) == 0 &&
	    (csg_text_ends(name, ".csgend") ||
		(!votes_only && csg_text_ends(name, ".csgreq")));
}

/* Add the message files of a directory whose names begin with prefix,
 * sorted. */
static enum csg_rc
add_dir(struct paths *p, const char *dir, const char *prefix, bool votes_only,
    struct csg_err *err)
{
	size_t first = p->n;
	struct csg_buf path = { 0 };
	struct dirent *d;
	DIR *dp;
	enum csg_rc rc = CSG_OK;

	if ((dp = opendir(dir)) == NULL)
		return csg_fail_errno(err, "%s", dir);
	while (rc == CSG_OK && (d = readdir(dp)) != NULL) {
		if (!is_message(d->d_name, prefix, votes_only))
			continue;
		if (strcmp(dir, ".") == 0)
			csg_buf_puts(&path, d->d_name);
		else
			csg_buf_printf(&path, "%s/%s", dir, d->d_name);
		if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
			rc = add_path(p, csg_buf_str(&path), err);
		csg_buf_free(&path);
	}
	(void)closedir(dp);
	if (p->n > first)
		qsort(p->v + first, p->n - first, sizeof(*p->v), path_cmp);
	return rc;
}

/* Add the votes "ID.*.csgend" beside a file, for each request that was read
 * from it, whatever the file is called. */
static enum csg_rc
add_votes_beside(struct paths *p, const char *path, const struct csg_bundle *b,
    size_t from, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	char words[CSG_SHORT_LEN], prefix[CSG_SHORT_LEN + 1];
	enum csg_rc rc = CSG_OK;

	for (; from < b->n && rc == CSG_OK; from++) {
		if (b->m[from].env->kind != CSG_REQUEST)
			continue;
		(void)snprintf(prefix, sizeof(prefix), "%s.",
		    csg_envelope_short(b->m[from].env, words));
		if ((rc = csg_io_split(path, &dir, &base, err)) == CSG_OK)
			rc = add_dir(p, csg_buf_str(&dir), prefix, true, err);
		csg_buf_free(&dir);
		csg_buf_free(&base);
	}
	return rc;
}

static void
warn_broken(const struct csg_bundle *b)
{
	size_t i;

	for (i = 0; i < b->nbroken; i++)
		cmd_say("not counted: %s: %s: %s", b->broken[i].origin,
		    csg_reason_word(b->broken[i].err.reason),
		    b->broken[i].err.text);
}

enum csg_rc
cmd_read_request(const char *path, struct csg_bundle *b, struct csg_err *err)
{
	struct paths p = { 0 };
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_bundle_read_only(b, path, CSG_REQUEST, err)) == CSG_OK &&
	    strcmp(path, "-") != 0)
		rc = add_votes_beside(&p, path, b, b->n - 1, err);
	for (i = 0; i < p.n && rc == CSG_OK; i++)
		rc = csg_bundle_read(b, p.v[i], err);
	if (rc == CSG_OK)
		warn_broken(b);
	clear_paths(&p);
	return rc;
}

enum csg_rc
cmd_read_messages(
    char *const *operands, int n, struct csg_bundle *b, struct csg_err *err)
{
	struct paths p = { 0 };
	struct stat st;
	size_t i, before;
	int k;
	enum csg_rc rc = CSG_OK;

	for (k = 0; k < n && rc == CSG_OK; k++)
		if (strcmp(operands[k], "-") != 0 &&
		    stat(operands[k], &st) == 0 && S_ISDIR(st.st_mode))
			rc = add_dir(&p, operands[k], "", false, err);
		else
			rc = add_path(&p, operands[k], err);
	for (i = 0; i < p.n && rc == CSG_OK; i++) {
		before = b->n;
		if ((rc = csg_bundle_read(b, p.v[i], err)) == CSG_OK &&
		    strcmp(p.v[i], "-") != 0)
			rc = add_votes_beside(&p, p.v[i], b, before, err);
	}
	if (rc == CSG_OK)
		warn_broken(b);
	clear_paths(&p);
	return rc;
}
