/*
 * Files: bounded reads, and outputs that appear complete or not at all.
 *
 * Reading never follows a symbolic link in the last path component, blocks on
 * a FIFO, or accepts anything but a regular file or standard input.
 */
#ifndef CSG_BASE_IO_H
#define CSG_BASE_IO_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"

/*
 * Open a regular file for reading, without following a final symbolic link.
 * Returns an fd that the caller closes, or -1 with err: TYPE (naming the kind
 * of file) if it is not a regular file, IO for other errors.
 */
int csg_io_open(const char *path, struct csg_err *err);

/*
 * The same for name, a decoded artifact name that may contain '/', below the
 * open directory dirfd: no component may be a symbolic link or "..".
 */
int csg_io_openat(int dirfd, const char *name, struct csg_err *err);

/*
 * Append the contents of path, at most max bytes, to *out.  "-" is standard
 * input, which may be a pipe.  TYPE if there are more than max bytes (for a
 * file this is checked before reading); other errors as for csg_io_open().
 */
enum csg_rc csg_io_read(
    const char *path, size_t max, struct csg_buf *out, struct csg_err *err);

/* The same for an open fd; path is for messages. */
enum csg_rc csg_io_read_fd(int fd, const char *path, size_t max,
    struct csg_buf *out, struct csg_err *err);
/* The same for a name as in csg_io_openat(). */
enum csg_rc csg_io_readat(int dirfd, const char *name, size_t max,
    struct csg_buf *out, struct csg_err *err);
/* csg_io_read() if dirfd is AT_FDCWD, else csg_io_readat(). */
enum csg_rc csg_io_read_in(int dirfd, const char *path, size_t max,
    struct csg_buf *out, struct csg_err *err);

/*
 * Is the open file safe to trust: owned by root or the effective user, and
 * not writable by group or others?  secret: nor accessible to them in any
 * other way.  CONFIG otherwise; path is for the message.
 */
enum csg_rc csg_io_trusted(
    int fd, const char *path, bool secret, struct csg_err *err);

/*
 * A set of output files of which all appear or none.
 *
 * csg_outputs_new() opens the directory and borrows nothing.
 * csg_outputs_add() writes a file's bytes to a temporary file in the
 * directory; csg_outputs_add_fd() copies from an open fd instead.
 * csg_outputs_commit() syncs all files, then gives them their names, then syncs
 * the directories: no name ever refers to contents that are not on disk.  If
 * anything fails, the names already given are taken back.
 * csg_outputs_free() removes files that were not committed.
 */
struct csg_outputs;

enum csg_existing {
	CSG_EXISTING_REFUSE, /* IO: "NAME exists already (-f replaces it)" */
	CSG_EXISTING_KEEP, /* IO: "NAME exists already and is never replaced" */
	CSG_EXISTING_SAME, /* accept identical contents, else REPLAY */
	CSG_EXISTING_REPLACE /* replace it by rename() */
};

enum csg_rc csg_outputs_new(
    const char *dir, struct csg_outputs **out, struct csg_err *err);
/* mode: permissions of the new file, such as 0644 or 0600, less the umask.
 * name is relative to the directory, may contain '/' (missing parents are
 * made), and must occur only once in the set.  IO. */
enum csg_rc csg_outputs_add(struct csg_outputs *set, const char *name,
    mode_t mode, const void *data, size_t len, struct csg_err *err);
enum csg_rc csg_outputs_add_fd(struct csg_outputs *set, const char *name,
    mode_t mode, int fd, struct csg_err *err);
/* Fail now where csg_outputs_commit() would fail: for an existing file, or,
 * with name NULL, a directory that can't be written.  Lets a tool fail before
 * it signs. */
enum csg_rc csg_outputs_probe(const char *dir, const char *name,
    enum csg_existing existing, struct csg_err *err);
enum csg_rc csg_outputs_commit(
    struct csg_outputs *set, enum csg_existing existing, struct csg_err *err);
void csg_outputs_free(struct csg_outputs *set);

/* Write one file, as a set of one. */
enum csg_rc csg_io_write(const char *dir, const char *name, mode_t mode,
    const void *data, size_t len, enum csg_existing existing,
    struct csg_err *err);

/* Sync the directory that contains path, so that files made, renamed or removed
 * in it stay so after a crash.  IO. */
enum csg_rc csg_io_sync_parent(const char *path, struct csg_err *err);

/* Append path's directory ("." if it has none) to *dir and its base name to
 * *base.  TYPE if path ends with '/' or is empty. */
enum csg_rc csg_io_split(const char *path, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err);

#endif
