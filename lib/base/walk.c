#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/walk.h"

/* A list of paths that grows by doubling. */
struct paths {
	char **v;
	size_t n;
};

static enum csg_rc
push(struct paths *p, const char *dir, const char *name, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char **v;

	if (p->n == 0 || (p->n & (p->n - 1)) == 0) {
		v = realloc(p->v, (p->n == 0 ? 1 : 2 * p->n) * sizeof(char *));
		if (v == NULL)
			return csg_fail_mem(err);
		p->v = v;
	}
	csg_buf_printf(&path, "%s%s%s", dir, dir[0] != '\0' ? "/" : "", name);
	if (csg_buf_ok(&path, err) != CSG_OK ||
	    (p->v[p->n] = strdup(csg_buf_str(&path))) == NULL) {
		csg_buf_free(&path);
		return csg_fail_mem(err);
	}
	p->n++;
	csg_buf_free(&path);
	return CSG_OK;
}

static void
paths_clear(struct paths *p)
{
	while (p->n > 0)
		free(p->v[--p->n]);
	free(p->v);
	p->v = NULL;
}

/* ---- walking ---- */

struct walk {
	struct csg_walk *tree;
	struct paths files;
	struct paths dirs; /* still to be read */
};

/* Note a directory that can't be read (errno says why); the walk goes on. */
static enum csg_rc
add_unread(struct csg_walk *t, const char *path, struct csg_err *err)
{
	struct csg_unread *u;

	u = realloc(t->unread, (t->nunread + 1) * sizeof(*u));
	if (u == NULL)
		return csg_fail_mem(err);
	t->unread = u;
	u += t->nunread;
	memset(u, 0, sizeof(*u));
	(void)csg_fail_errno(&u->err, "this directory can't be read");
	if ((u->path = strdup(path)) == NULL)
		return csg_fail_mem(err);
	t->nunread++;
	return CSG_OK;
}

/* DT_DIR, DT_REG or another type; some file systems leave d_type unknown. */
static unsigned char
type_of(int fd, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type;
	if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return DT_UNKNOWN;
	return S_ISDIR(st.st_mode) ? DT_DIR :
	    S_ISREG(st.st_mode)	   ? DT_REG :
				     DT_LNK;
}

static enum csg_rc
add_entry(struct walk *w, int fd, const char *dir, const struct dirent *d,
    struct csg_err *err)
{
	if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
		return CSG_OK;
	switch (type_of(fd, d)) {
	case DT_REG: return push(&w->files, dir, d->d_name, err);
	case DT_DIR: return push(&w->dirs, dir, d->d_name, err);
	default: w->tree->others++; return CSG_OK;
	}
}

static enum csg_rc
read_dir(struct walk *w, const char *dir, struct csg_err *err)
{
	struct dirent *d;
	DIR *dp;
	int fd;
	enum csg_rc rc = CSG_OK;

	fd = openat(w->tree->fd, dir[0] != '\0' ? dir : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		rc = add_unread(w->tree, dir, err);
		if (fd != -1)
			(void)close(fd);
		return rc;
	}
	while (errno = 0, rc == CSG_OK && (d = readdir(dp)) != NULL)
		rc = add_entry(w, fd, dir, d, err);
	if (rc == CSG_OK && errno != 0) /* an error, not the end */
		rc = add_unread(w->tree, dir, err);
	(void)closedir(dp);
	return rc;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
unread_by_bytes(const void *a, const void *b)
{
	return strcmp(((const struct csg_unread *)a)->path,
	    ((const struct csg_unread *)b)->path);
}

/* Read one directory after another; only one is open at a time. */
static enum csg_rc
read_all(struct walk *w, struct csg_err *err)
{
	char *dir;
	enum csg_rc rc;

	rc = push(&w->dirs, "", "", err);
	while (rc == CSG_OK && w->dirs.n > 0) {
		dir = w->dirs.v[--w->dirs.n];
		rc = read_dir(w, dir, err);
		free(dir);
	}
	return rc;
}

enum csg_rc
csg_walk_read(const char *dir, struct csg_walk **out, struct csg_err *err)
{
	struct csg_walk *t;
	struct walk w = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	w.tree = t;
	if ((t->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		rc = csg_fail_errno(err, "%s", dir);
	else
		rc = read_all(&w, err);
	t->files = w.files.v; /* transferred */
	t->n = w.files.n;
	paths_clear(&w.dirs);
	if (rc != CSG_OK) {
		csg_walk_free(t);
		return rc;
	}
	if (t->n > 0)
		qsort(t->files, t->n, sizeof(char *), by_bytes);
	if (t->nunread > 0)
		qsort(
		    t->unread, t->nunread, sizeof(*t->unread), unread_by_bytes);
	*out = t; /* transferred */
	return CSG_OK;
}

void
csg_walk_free(struct csg_walk *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		free(t->files[i]);
	for (i = 0; i < t->nunread; i++)
		free(t->unread[i].path);
	free(t->files);
	free(t->unread);
	if (t->fd != -1)
		(void)close(t->fd);
	free(t);
}

size_t
csg_walk_find(const struct csg_walk *t, const char *path)
{
	char **at;

	at = t->n == 0 ?
	    NULL :
	    bsearch(&path, t->files, t->n, sizeof(char *), by_bytes);
	return at == NULL ? (size_t)-1 : (size_t)(at - t->files);
}
