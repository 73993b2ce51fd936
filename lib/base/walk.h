/*
 * Tree: the regular files below a directory.
 *
 * Symbolic links are not followed, except that the directory itself may be
 * named by one.
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
	int fd; /* the directory, for csg_io_openat() and its like */
	char **files; /* paths below it, in the order of their bytes */
	size_t n;
	struct csg_unread *unread; /* in the order of their paths */
	size_t nunread;
	size_t others; /* links, devices and such, which were left alone */
};

/* IO when the directory itself can't be read. */
enum csg_rc csg_walk_read(
    const char *dir, struct csg_walk **out, struct csg_err *err);
void csg_walk_free(struct csg_walk *t);

/* Which file has that path below the directory?  (size_t)-1: none. */
size_t csg_walk_find(const struct csg_walk *t, const char *path);

#endif
