/*
 * Artifacts: the files that a request asks to have signed.
 *
 * A file is opened once and hashed once; all later decisions use these
 * digests.  Several files are hashed at a time, one on each core.
 */
#ifndef CSG_MESSAGE_ARTIFACT_H
#define CSG_MESSAGE_ARTIFACT_H

#include <fcntl.h>

#include "lib/base/digest.h"

struct csg_artifact {
	char *name; /* encoded: csg_filename_encode() */
	uint64_t size; /* bytes */
	struct csg_id sha256;
};

/* Check that all names and, unless suffix is NULL, all names of outputs (name +
 * suffix) differ when case is folded.  PARSE. */
enum csg_rc csg_artifacts_distinct(const struct csg_artifact *a, size_t n,
    const char *suffix, struct csg_err *err);

/*
 * Open path below the directory dir (csg_io_openat) or, if dir is AT_FDCWD,
 * path itself (csg_io_open), and hash the file.  algs is also of
 * csg_hash_fd().  fd NULL: the file is closed again; else *fd is the caller's
 * on CSG_OK, and -1 otherwise.  DIGEST if the file changes meanwhile, TYPE, IO.
 */
enum csg_rc csg_file_hash(int dir, const char *path, unsigned algs,
    struct csg_hashes *out, int *fd, struct csg_err *err);

/* Do the same for n paths and close the files.  out has room for n.  Of several
 * failures, the first in the order of the paths is reported. */
enum csg_rc csg_files_hash(int dir, const char *const *paths, size_t n,
    unsigned algs, struct csg_hashes *out, struct csg_err *err);

/* Do the digest and size of a file match the artifact? */
bool csg_artifact_is(const struct csg_artifact *a, const struct csg_hashes *h);

/* The result of csg_artifacts_open(): free it with csg_opened_clear(). */
struct csg_opened {
	struct csg_hashes *hashes; /* of each artifact */
	int fd; /* of the first artifact if keep was set, else -1 */
};
#define CSG_OPENED_NONE { NULL, -1 }

/*
 * Find n artifacts below the directory; open, hash and compare each.  keep
 * leaves the first one open, for formats that read the artifact themselves.
 * DIGEST for the first that differs from what was requested, or as
 * csg_file_hash(); on failure out is CSG_OPENED_NONE.
 */
enum csg_rc csg_artifacts_open(const char *dir, const struct csg_artifact *a,
    size_t n, unsigned algs, bool keep, struct csg_opened *out,
    struct csg_err *err);
void csg_opened_clear(struct csg_opened *o);

#endif
