/*
 * Staging: what was signed for a request, in one file until it may go out.
 *
 * A run makes the file after its claim and before its finish: whatever lies
 * there without a finish is of a run that was killed, is never read, and is
 * made anew.  With the finish it is whole, on the disk, and never changes:
 *
 *	"csgstag1"
 *	request		its id, 32 bytes
 *	count		of outputs, 4 bytes
 *	each output	its length, 8 bytes, and its bytes
 *	end		SHA-256 of the first three, and of length and SHA-256 of each
 *			output
 *
 * Numbers have their most significant byte first.  Nothing follows the end.
 */
#ifndef CSG_SIGN_STAGING_H
#define CSG_SIGN_STAGING_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

#define CSG_STAGED_MAX (128 * 1024 * 1024) /* bytes of one output */

struct csg_staging;

/*
 * Begin the file at path for so many outputs of a request; whatever a killed
 * run left there goes.  *out is the caller's (csg_staging_free).  PARSE when
 * count is 0 or has more than 32 bits, IO.
 */
enum csg_rc csg_staging_make(const char *path, const struct csg_id *request,
    size_t count, struct csg_staging **out, struct csg_err *err);

/* Add the next output.  PARSE when it is too large, IO. */
enum csg_rc csg_staging_add(
    struct csg_staging *s, const void *data, size_t len, struct csg_err *err);

/*
 * All outputs are there (SELFTEST if not): sync the file and the directory that
 * it is in, and read it back: SELFTEST unless every byte is as it was added.
 * What that reads may come from memory: it shows what was written, not what the
 * disk keeps.  IO.
 */
enum csg_rc csg_staging_end(struct csg_staging *s, struct csg_err *err);

/*
 * Open what an earlier run made, for so many outputs of that request, and read
 * all of it.  PARSE for anything that is not a whole file of that form, REQMISMATCH
 * for one of another request, IO.  *out is the caller's (csg_staging_free).
 */
enum csg_rc csg_staging_open(const char *path, const struct csg_id *request,
    size_t count, struct csg_staging **out, struct csg_err *err);

/* Append output i, below the count, of a file that was ended or opened, to *out.  DIGEST when it
 * is not what it was then, IO. */
enum csg_rc csg_staging_read(const struct csg_staging *s, size_t i,
    struct csg_buf *out, struct csg_err *err);

/* Close it.  The file is removed unless csg_staging_end() or _open() succeeded. */
void csg_staging_free(struct csg_staging *s);

/* Nothing stays at path, nor comes back after a crash; no file is no error. */
enum csg_rc csg_staging_remove(const char *path, struct csg_err *err);

#endif
