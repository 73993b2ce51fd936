/*
 * Small files in memory, and as a tar archive (POSIX.1-2017 pax, "ustar
 * Interchange Format") in the one form that csg writes: regular files of mode
 * 0600, owner and group 0 without names, all with the same time.  Any tar
 * unpacks it; csg reads it by comparing with what it would have written.
 */
#ifndef CSG_CODEC_TAR_H
#define CSG_CODEC_TAR_H

#include <stdint.h>

#include "lib/base/buf.h"

#define CSG_TAR_NAME 99 /* bytes of a name at most */

struct csg_file {
	char *name;
	struct csg_buf data;
};

/* Zero-initialise; free with csg_files_free(). */
struct csg_files {
	struct csg_file *v;
	size_t n;
};

/* Add a copy of len bytes under a name of 1 to CSG_TAR_NAME bytes.  TYPE if the
 * name does not fit or there are more than 2^27 - 1 bytes. */
enum csg_rc csg_files_add(struct csg_files *set, const char *name,
    const void *data, size_t len, struct csg_err *err);
/* The first file of that name, or NULL; borrowed. */
const struct csg_file *csg_files_find(
    const struct csg_files *set, const char *name);
void csg_files_free(struct csg_files *set);

/* Append the archive of all files; time, from 0 to 2^33 - 1, is their
 * modification time.  IO. */
enum csg_rc csg_tar_write(const struct csg_files *set, int64_t time,
    struct csg_buf *out, struct csg_err *err);

/*
 * Add the files of an archive that csg_tar_write() made with that time; PARSE
 * for any other archive.  The names are not checked.
 */
enum csg_rc csg_tar_read(const void *archive, size_t len, int64_t time,
    struct csg_files *out, struct csg_err *err);

#endif
