#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"

#define CHUNK 65536

static const char *
kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "a directory";
	case S_IFIFO: return "a FIFO";
	case S_IFSOCK: return "a socket";
	case S_IFCHR:
	case S_IFBLK: return "a device";
	default: return "not a regular file";
	}
}

/* Turn the result of an open into an fd of a regular file, or into an error. */
static int
settle(int fd, const char *path, struct csg_err *err)
{
	struct stat st;

	if (fd == -1) {
		if (errno == ELOOP || errno == EMLINK)
			(void)csg_fail(err, CSG_R_TYPE,
			    "%s: is a symbolic link, which is not followed",
			    path);
		else if (errno == ENXIO)
			(void)csg_fail(
			    err, CSG_R_TYPE, "%s: not a regular file", path);
		else
			(void)csg_fail_errno(err, "%s", path);
		return -1;
	}
	if (fstat(fd, &st) == -1)
		(void)csg_fail_errno(err, "%s", path);
	else if (!S_ISREG(st.st_mode))
		(void)csg_fail(
		    err, CSG_R_TYPE, "%s: %s", path, kind_of(st.st_mode));
	else
		return fd;
	(void)close(fd);
	return -1;
}

int
csg_io_open(const char *path, struct csg_err *err)
{
	return settle(
	    open(path,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY),
	    path, err);
}

int
csg_io_openat(int dirfd, const char *name, struct csg_err *err)
{
	char part[1025];
	const char *rest = name;
	size_t n;
	int dir = dirfd, next, fd;

	while (n = strcspn(rest, "/"), rest[n] == '/') {
		if (n == 0 || n >= sizeof(part) ||
		    (n == 2 && memcmp(rest, "..", 2) == 0)) {
			errno = EINVAL;
			next = -1;
		} else {
			memcpy(part, rest, n);
			part[n] = '\0';
			next = openat(dir, part,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		}
		if (dir != dirfd)
			(void)close(dir);
		if (next == -1)
			return settle(-1, name, err);
		dir = next;
		rest += n + 1;
	}
	fd = openat(dir, rest,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (dir != dirfd)
		(void)close(dir);
	return settle(fd, name, err);
}

enum csg_rc
csg_io_read_fd(int fd, const char *path, size_t max, struct csg_buf *out,
    struct csg_err *err)
{
	size_t start = out->len;
	unsigned char *to;
	ssize_t n;

	for (;;) {
		if ((to = csg_buf_reserve(out, CHUNK)) == NULL)
			return csg_fail_mem(err);
		if ((n = read(fd, to, CHUNK)) == 0)
			return CSG_OK;
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return csg_fail_errno(err, "%s", path);
		}
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > max)
			return csg_fail(err, CSG_R_TYPE,
			    "%s: larger than %zu bytes", path, max);
	}
}

/* Read all of an open file, and close it. */
static enum csg_rc
read_file(int fd, const char *path, size_t max, struct csg_buf *out,
    struct csg_err *err)
{
	struct stat st;
	enum csg_rc rc;

	if (fstat(fd, &st) == -1)
		rc = csg_fail_errno(err, "%s", path);
	else if ((uint64_t)st.st_size > max)
		rc = csg_fail(
		    err, CSG_R_TYPE, "%s: larger than %zu bytes", path, max);
	else if (csg_buf_reserve(out, (size_t)st.st_size + CHUNK) == NULL)
		rc = csg_fail_mem(err);
	else
		rc = csg_io_read_fd(fd, path, max, out, err);
	(void)close(fd);
	return rc;
}

enum csg_rc
csg_io_read(
    const char *path, size_t max, struct csg_buf *out, struct csg_err *err)
{
	struct csg_err why = { 0 };
	int fd;

	if (strcmp(path, "-") == 0)
		return csg_io_read_fd(0, "standard input", max, out, err);
	if ((fd = csg_io_open(path, &why)) != -1)
		return read_file(fd, path, max, out, err);
	if (err != NULL)
		*err = why;
	return why.rc;
}

enum csg_rc
csg_io_readat(int dirfd, const char *name, size_t max, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_err why = { 0 };
	int fd;

	if ((fd = csg_io_openat(dirfd, name, &why)) != -1)
		return read_file(fd, name, max, out, err);
	if (err != NULL)
		*err = why;
	return why.rc;
}

enum csg_rc
csg_io_read_in(int dirfd, const char *path, size_t max, struct csg_buf *out,
    struct csg_err *err)
{
	return dirfd == AT_FDCWD ? csg_io_read(path, max, out, err) :
				   csg_io_readat(dirfd, path, max, out, err);
}

enum csg_rc
csg_io_trusted(int fd, const char *path, bool secret, struct csg_err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return csg_fail_errno(err, "%s", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return csg_fail(err, CSG_R_CONFIG,
		    "%s: owned by uid %u; neither root nor you own it", path,
		    (unsigned)st.st_uid);
	if ((st.st_mode & 022) != 0)
		return csg_fail(err, CSG_R_CONFIG,
		    "%s: others can write it (mode %03o)", path,
		    (unsigned)st.st_mode & 0777);
	if (secret && (st.st_mode & 077) != 0)
		return csg_fail(err, CSG_R_CONFIG,
		    "%s: others can read it (mode %03o, should be 600)", path,
		    (unsigned)st.st_mode & 0777);
	return CSG_OK;
}

enum csg_rc
csg_io_split(const char *path, struct csg_buf *dir, struct csg_buf *base,
    struct csg_err *err)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		csg_buf_puts(dir, ".");
	else if (slash == path)
		csg_buf_puts(dir, "/");
	else
		csg_buf_add(dir, path, (size_t)(slash - path));
	csg_buf_puts(base, slash != NULL ? slash + 1 : path);
	if (base->len == 0)
		return csg_fail(err, CSG_R_TYPE,
		    "'%s' does not end with a file name", path);
	if (csg_buf_ok(dir, err) != CSG_OK)
		return CSG_TROUBLE;
	return csg_buf_ok(base, err);
}
