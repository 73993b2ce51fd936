/*
 * Directory walk: lists the regular files below a directory.
 *
 * Symbolic links are not followed, but the path of the top directory may be
 * one.
 */
#ifndef CSG_BASE_WALK_H
#define CSG_BASE_WALK_H

#include <stddef.h>

#include "lib/base/err.h"

/* A directory that could not be read. */
struct csg_unread {
	char *path;
	struct csg_err err;
};

struct csg_walk {
	int fd; /* the directory, for csg_io_openat() and the like */
	char **files; /* paths relative to it, sorted by strcmp() */
	size_t n;
	struct csg_unread *unread; /* sorted by path */
	size_t nunread;
	size_t others; /* entries skipped: links, devices and so on */
};

/*
 * List the files below dir.  *out belongs to the caller, who frees it with
 * csg_walk_free().  IO if dir itself can't be opened; a directory that can't be
 * read is listed in unread instead.
 */
enum csg_rc csg_walk_read(
    const char *dir, struct csg_walk **out, struct csg_err *err);
void csg_walk_free(struct csg_walk *t);

/* The index in files of a relative path, or (size_t)-1. */
size_t csg_walk_find(const struct csg_walk *t, const char *path);

#endif
