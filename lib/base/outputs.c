/* Output files of which all appear or none: see io.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "lib/base/io.h"

/* How many files are kept open to be synced together.  The limit of open files
 * is often 1,024, and the process has other files open. */
#define BATCH 256

struct output {
	char *name; /* final, below the directory */
	char *temp; /* name of the temporary file */
	char *backup; /* link to the file that was replaced, or NULL */
	int fd; /* of temp until it is synced, then -1 */
	bool placed;
};

struct csg_outputs {
	char *dir;
	int fd; /* of dir */
	struct output *v;
	size_t n;
	size_t synced; /* the first so many of v are synced */
	mode_t mask; /* umask */
};

#ifdef __linux__
#ifndef SYNC_FILE_RANGE_WRITE
#define SYNC_FILE_RANGE_WRITE 2
/* glibc declares it only for _GNU_SOURCE. */
int sync_file_range(int fd, int64_t offset, int64_t len, unsigned flags);
#endif
#endif

enum csg_rc
csg_outputs_new(const char *dir, struct csg_outputs **out, struct csg_err *err)
{
	struct csg_outputs *s;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return csg_fail_mem(err);
	s->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd == -1) {
		(void)csg_fail_errno(err, "%s", dir);
		free(s);
		return CSG_TROUBLE;
	}
	if ((s->dir = strdup(dir)) == NULL) {
		csg_outputs_free(s);
		return csg_fail_mem(err);
	}
	s->mask = umask(0);
	(void)umask(s->mask);
	*out = s;
	return CSG_OK;
}

/* A new name in the same directory as name: "DIR/.csg-RANDOM". */
static char *
temp_name(const char *name)
{
	const char *slash = strrchr(name, '/');
	int keep = slash == NULL ? 0 : (int)(slash + 1 - name);
	unsigned char r[8];
	size_t len = (size_t)keep + 32;
	char *s;

	if (RAND_bytes(r, sizeof(r)) != 1 || (s = malloc(len)) == NULL)
		return NULL;
	(void)snprintf(s, len, "%.*s.csg-%02x%02x%02x%02x%02x%02x%02x%02x",
	    keep, name, r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
	return s;
}

/* Make a directory below the set's.  It may exist already, but not as a
 * symbolic link, which could lead elsewhere. */
static bool
make_parent(const struct csg_outputs *s, const char *path)
{
	struct stat st;

	if (mkdirat(s->fd, path, 0777) == 0)
		return true;
	if (errno != EEXIST ||
	    fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
}

/* Make the directories that a name with '/' requires. */
static enum csg_rc
make_parents(const struct csg_outputs *s, const char *name, struct csg_err *err)
{
	char *path = strdup(name), *p;
	bool ok = true;

	if (path == NULL)
		return csg_fail_mem(err);
	for (p = path; ok && (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		ok = make_parent(s, path);
		*p = '/';
	}
	free(path);
	return ok ? CSG_OK : csg_fail_errno(err, "%s/%s", s->dir, name);
}

/* Append an output whose temporary file does not exist yet. */
static enum csg_rc
append(struct csg_outputs *s, const char *name, struct csg_err *err)
{
	struct output *more;

	if ((more = realloc(s->v, (s->n + 1) * sizeof(*more))) == NULL)
		return csg_fail_mem(err);
	s->v = more;
	more += s->n;
	memset(more, 0, sizeof(*more));
	more->fd = -1;
	more->name = strdup(name);
	more->temp = temp_name(name);
	if (more->name != NULL && more->temp != NULL) {
		s->n++;
		return CSG_OK;
	}
	free(more->name);
	free(more->temp);
	return csg_fail_mem(err);
}

/* Open the temporary file of a new output. */
static enum csg_rc
begin(struct csg_outputs *s, const char *name, struct csg_err *err)
{
	struct output *o;
	enum csg_rc rc;

	if ((rc = make_parents(s, name, err)) != CSG_OK ||
	    (rc = append(s, name, err)) != CSG_OK)
		return rc;
	o = &s->v[s->n - 1];
	o->fd = openat(s->fd, o->temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return o->fd != -1 ? CSG_OK :
			     csg_fail_errno(err, "%s/%s", s->dir, name);
}

static bool
write_all(int fd, const unsigned char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) < 0) {
			if (errno != EINTR)
				return false;
			n = 0;
		}
	return true;
}

/* Start writing the file to disk while further files are prepared.  This
 * guarantees nothing; fsync() does. */
static void
start_writing(int fd)
{
#ifdef __linux__
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
	(void)fd;
#endif
}

/*
 * Sync and close the files written so far.  This happens before any file gets
 * its name, so a crash can't leave a name with an empty or truncated file.
 * Among many files, the first fsync() commits the metadata of all.
 */
static enum csg_rc
sync_files(struct csg_outputs *s, struct csg_err *err)
{
	struct output *o;
	bool ok;

	for (; s->synced < s->n; s->synced++) {
		o = &s->v[s->synced];
		ok = fsync(o->fd) == 0;
		if (close(o->fd) == -1)
			ok = false;
		o->fd = -1;
		if (!ok)
			return csg_fail_errno(err, "%s/%s", s->dir, o->name);
	}
	return CSG_OK;
}

/* Finish an output, whose bytes were written or not.  mode is subject to the
 * umask, as for any new file. */
static enum csg_rc
end(struct csg_outputs *s, bool written, mode_t mode, struct csg_err *err)
{
	const struct output *o = &s->v[s->n - 1];

	if (!written || fchmod(o->fd, mode & ~s->mask) == -1)
		return csg_fail_errno(err, "%s/%s", s->dir, o->name);
	start_writing(o->fd);
	return s->n - s->synced < BATCH ? CSG_OK : sync_files(s, err);
}

enum csg_rc
csg_outputs_add(struct csg_outputs *s, const char *name, mode_t mode,
    const void *data, size_t len, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = begin(s, name, err)) != CSG_OK)
		return rc;
	return end(s, write_all(s->v[s->n - 1].fd, data, len), mode, err);
}

enum csg_rc
csg_outputs_add_fd(struct csg_outputs *s, const char *name, mode_t mode,
    int from, struct csg_err *err)
{
	unsigned char chunk[65536];
	ssize_t n;
	int fd;
	bool ok = true;
	enum csg_rc rc;

	if ((rc = begin(s, name, err)) != CSG_OK)
		return rc;
	fd = s->v[s->n - 1].fd;
	while (ok && (n = read(from, chunk, sizeof(chunk))) != 0)
		ok = n > 0 ? write_all(fd, chunk, (size_t)n) : errno == EINTR;
	return end(s, ok, mode, err);
}

/* Can files be created in the directory?  Mode bits alone don't tell. */
static enum csg_rc
probe_dir(int fd, const char *dir, struct csg_err *err)
{
	char *name = temp_name("");
	enum csg_rc rc = CSG_OK;
	int temp;

	if (name == NULL)
		return csg_fail_mem(err);
	temp = openat(fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (temp == -1) {
		rc =
		    csg_fail_errno(err, "%s: no file can be created here", dir);
	} else {
		(void)close(temp);
		(void)unlinkat(fd, name, 0);
	}
	free(name);
	return rc;
}

/* The error for an existing file that is in the way. */
static enum csg_rc
refuse(const char *name, enum csg_existing existing, struct csg_err *err)
{
	switch (existing) {
	case CSG_EXISTING_REFUSE:
		return csg_fail(
		    err, CSG_R_IO, "%s exists already (-f replaces it)", name);
	case CSG_EXISTING_KEEP:
		return csg_fail(err, CSG_R_IO,
		    "%s exists already and is never replaced", name);
	default:
		return csg_fail(
		    err, CSG_R_IO, "%s exists and is not a regular file", name);
	}
}

enum csg_rc
csg_outputs_probe(const char *dir, const char *name, enum csg_existing existing,
    struct csg_err *err)
{
	struct stat st;
	enum csg_rc rc = CSG_OK;
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return csg_fail_errno(err, "%s", dir);
	if (name == NULL)
		rc = probe_dir(fd, dir, err);
	else if (existing != CSG_EXISTING_SAME &&
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (existing != CSG_EXISTING_REPLACE || !S_ISREG(st.st_mode)))
		rc = refuse(name, existing, err);
	(void)close(fd);
	return rc;
}

/* Do two files below the directory have the same contents? */
static bool
same_content(const struct csg_outputs *s, const char *a, const char *b)
{
	struct csg_err ignored = { 0 };
	unsigned char x[8192], y[8192];
	ssize_t n = 1, m;
	int fa = csg_io_openat(s->fd, a, &ignored);
	int fb = csg_io_openat(s->fd, b, &ignored);
	bool same = fa != -1 && fb != -1;

	while (same && n > 0) {
		n = read(fa, x, sizeof(x));
		m = read(fb, y, sizeof(y));
		same = n >= 0 && n == m && memcmp(x, y, (size_t)n) == 0;
	}
	if (fa != -1)
		(void)close(fa);
	if (fb != -1)
		(void)close(fb);
	return same;
}

static enum csg_rc
replace(struct csg_outputs *s, struct output *o, struct csg_err *err)
{
	char *backup;

	if ((backup = temp_name(o->name)) == NULL)
		return csg_fail_mem(err);
	if (linkat(s->fd, o->name, s->fd, backup, 0) == 0)
		o->backup = backup; /* transferred */
	else {
		free(backup);
		if (errno != ENOENT)
			return csg_fail_errno(err, "%s/%s", s->dir, o->name);
	}
	if (renameat(s->fd, o->temp, s->fd, o->name) == -1)
		return csg_fail_errno(err, "%s/%s", s->dir, o->name);
	o->placed = true;
	return CSG_OK;
}

static enum csg_rc
place(struct csg_outputs *s, struct output *o, enum csg_existing existing,
    struct csg_err *err)
{
	if (existing == CSG_EXISTING_REPLACE)
		return replace(s, o, err);
	if (linkat(s->fd, o->temp, s->fd, o->name, 0) == 0) {
		o->placed = true;
		return CSG_OK;
	}
	if (errno != EEXIST)
		return csg_fail_errno(err, "%s/%s", s->dir, o->name);
	if (existing != CSG_EXISTING_SAME)
		return refuse(o->name, existing, err);
	if (same_content(s, o->temp, o->name))
		return CSG_OK;
	return csg_fail(err, CSG_R_REPLAY,
	    "%s exists and differs from the output of this request (-f replaces it)",
	    o->name);
}

/* Take back the names given so far, newest first. */
static void
take_back(struct csg_outputs *s)
{
	size_t i;

	for (i = s->n; i-- > 0;) {
		if (!s->v[i].placed)
			continue;
		if (s->v[i].backup != NULL)
			(void)renameat(
			    s->fd, s->v[i].backup, s->fd, s->v[i].name);
		else
			(void)unlinkat(s->fd, s->v[i].name, 0);
		s->v[i].placed = false;
	}
}

/* Sync the directory that is the first len bytes of a name. */
static bool
sync_below(const struct csg_outputs *s, const char *name, size_t len)
{
	char *dir = strndup(name, len);
	int fd;
	bool ok;

	if (dir == NULL)
		return false;
	fd = openat(s->fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	ok = fd != -1 && fsync(fd) == 0;
	if (fd != -1)
		(void)close(fd);
	return ok;
}

/*
 * Sync every directory that has a new name in it: after the caller reports
 * success, a crash must not undo the names.
 */
static enum csg_rc
sync_dirs(const struct csg_outputs *s, struct csg_err *err)
{
	const char *name, *before = "", *slash;
	size_t i, len;
	bool ok = fsync(s->fd) == 0;

	for (i = 0; i < s->n && ok; i++) {
		slash = name = s->v[i].name;
		while (ok && (slash = strchr(slash, '/')) != NULL) {
			len = (size_t)(slash++ - name);
			if (strncmp(name, before, len + 1) != 0)
				ok = sync_below(s, name, len);
		}
		before = name;
	}
	return ok ? CSG_OK : csg_fail_errno(err, "%s", s->dir);
}

enum csg_rc
csg_outputs_commit(
    struct csg_outputs *s, enum csg_existing existing, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	rc = sync_files(s, err);
	for (i = 0; i < s->n && rc == CSG_OK; i++)
		rc = place(s, &s->v[i], existing, err);
	if (rc == CSG_OK)
		rc = sync_dirs(s, err);
	if (rc != CSG_OK)
		take_back(s);
	return rc;
}

void
csg_outputs_free(struct csg_outputs *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++) {
		(void)unlinkat(s->fd, s->v[i].temp, 0);
		if (s->v[i].backup != NULL)
			(void)unlinkat(s->fd, s->v[i].backup, 0);
		free(s->v[i].name);
		free(s->v[i].temp);
		free(s->v[i].backup);
		if (s->v[i].fd != -1)
			(void)close(s->v[i].fd);
	}
	free(s->v);
	free(s->dir);
	(void)close(s->fd);
	free(s);
}

enum csg_rc
csg_io_sync_parent(const char *path, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	enum csg_rc rc;
	int fd = -1;

	if ((rc = csg_io_split(path, &dir, &base, err)) != CSG_OK)
		goto out;
	fd = open(csg_buf_str(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fsync(fd) == -1)
		rc = csg_fail_errno(err, "%s", csg_buf_str(&dir));
	if (fd != -1)
		(void)close(fd);
out:
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

enum csg_rc
csg_io_write(const char *dir, const char *name, mode_t mode, const void *data,
    size_t len, enum csg_existing existing, struct csg_err *err)
{
	struct csg_outputs *s = NULL;
	enum csg_rc rc;

	if ((rc = csg_outputs_new(dir, &s, err)) == CSG_OK &&
	    (rc = csg_outputs_add(s, name, mode, data, len, err)) == CSG_OK)
		rc = csg_outputs_commit(s, existing, err);
	csg_outputs_free(s);
	return rc;
}
