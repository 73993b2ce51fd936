/*
 * Files: bounded reads and outputs that appear whole or not at all.
 *
 * Nothing here follows a symbolic link in the last path component, blocks on
 * a FIFO, or reads anything but a regular file (or standard input).
 */
#ifndef CSG_BASE_IO_H
#define CSG_BASE_IO_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"

/*
 * Open a regular file for reading, not following a final symbolic link.
 * Returns an fd that the caller closes, or -1 with err: TYPE for anything
 * that is no regular file (its kind is named), IO for the rest.
 */
int csg_io_open(const char *path, struct csg_err *err);

/*
 * Open "name" likewise (a decoded artifact name, may hold '/') below the open
 * directory dirfd: no component may be a symbolic link or "..".
 */
int csg_io_openat(int dirfd, const char *name, struct csg_err *err);

/*
 * Append the contents of path, at most max bytes, to *out.  "-" is fd 0,
 * which may be a pipe.  TYPE when it is larger than max (checked before
 * reading where the size is known), or as csg_io_open().
 */
enum csg_rc csg_io_read(
    const char *path, size_t max, struct csg_buf *out, struct csg_err *err);

/* Read an open fd likewise; path is for messages. */
enum csg_rc csg_io_read_fd(int fd, const char *path, size_t max,
    struct csg_buf *out, struct csg_err *err);
/* Read a name as csg_io_openat() takes it. */
enum csg_rc csg_io_readat(int dirfd, const char *name, size_t max,
    struct csg_buf *out, struct csg_err *err);
/* Read as csg_io_readat() does, or with AT_FDCWD as csg_io_read() does. */
enum csg_rc csg_io_read_in(int dirfd, const char *path, size_t max,
    struct csg_buf *out, struct csg_err *err);

/*
 * Is the file behind fd safe to trust: owned by root or the effective user,
 * and writable by no one else?  secret also demands that no one else can
 * read it.  CONFIG otherwise; path is for the message.
 */
enum csg_rc csg_io_trusted(
    int fd, const char *path, bool secret, struct csg_err *err);

/*
 * A set of output files that appear all or none.
 *
 * csg_outputs_new() borrows nothing and opens the directory.
 * csg_outputs_add() writes a file's bytes to a temporary file in the
 * directory.  csg_outputs_add_fd() copies from an open fd instead.
 * csg_outputs_commit() syncs all of them, only then puts them under their
 * names, and syncs the directories: a name never stands for what is not on the
 * disk.  On any failure those already placed are taken back.
 * csg_outputs_free() removes what was not committed.
 */
struct csg_outputs;

enum csg_existing {
	CSG_EXISTING_REFUSE, /* IO: "NAME exists (-f replaces it)" */
	CSG_EXISTING_KEEP, /* IO: it is never replaced */
	CSG_EXISTING_SAME, /* fine if identical, else REPLAY */
	CSG_EXISTING_REPLACE /* replaced by rename */
};

enum csg_rc csg_outputs_new(
    const char *dir, struct csg_outputs **out, struct csg_err *err);
/* mode: permissions of the new file, such as 0644 or 0600.  name is below the
 * directory, may hold '/' (missing parents are made), and may not exist twice. */
enum csg_rc csg_outputs_add(struct csg_outputs *set, const char *name,
    mode_t mode, const void *data, size_t len, struct csg_err *err);
enum csg_rc csg_outputs_add_fd(struct csg_outputs *set, const char *name,
    mode_t mode, int fd, struct csg_err *err);
/* Refuse now what commit would refuse: an existing file, or, with name NULL, a
 * directory that can't be written.  Lets a tool fail before it signs. */
enum csg_rc csg_outputs_probe(const char *dir, const char *name,
    enum csg_existing existing, struct csg_err *err);
enum csg_rc csg_outputs_commit(
    struct csg_outputs *set, enum csg_existing existing, struct csg_err *err);
void csg_outputs_free(struct csg_outputs *set);

/* One file, as a set of its own. */
enum csg_rc csg_io_write(const char *dir, const char *name, mode_t mode,
    const void *data, size_t len, enum csg_existing existing,
    struct csg_err *err);

/* Make durable what was made, renamed or removed in the directory that the path
 * is in.  IO. */
enum csg_rc csg_io_sync_parent(const char *path, struct csg_err *err);

/* Split path into directory ("." when none) and base name; both into bufs. */
enum csg_rc csg_io_split(const char *path, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err);

#endif
