/*
 * Staging: what was signed for a request, in one file until it is released.
 *
 * A run makes the file after its claim and before its finish.  A file without a
 * finish was left by a killed run: it is never read, and is made again.  After
 * the finish the file is complete, durable, and never changes:
 *
 *	"csgstag1"
 *	request		its id, 32 bytes
 *	count		of outputs, 4 bytes
 *	each output	its length, 8 bytes, and its bytes
 *	end		SHA-256 of the first three, and of length and SHA-256 of each
 *			output
 *
 * Numbers are big-endian.  Nothing follows the end.
 */
#ifndef CSG_SIGN_STAGING_H
#define CSG_SIGN_STAGING_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

#define CSG_STAGED_MAX (128 * 1024 * 1024) /* bytes of one output */

struct csg_staging;

/*
 * Begin the file at path for that many outputs of a request, replacing what a
 * killed run left there.  *out is the caller's (csg_staging_free).  PARSE if
 * count is 0 or larger than 32 bits, IO.
 */
enum csg_rc csg_staging_make(const char *path, const struct csg_id *request,
    size_t count, struct csg_staging **out, struct csg_err *err);

/* Add the next output.  PARSE if it is too large or one too many, IO. */
enum csg_rc csg_staging_add(
    struct csg_staging *s, const void *data, size_t len, struct csg_err *err);

/*
 * End the file, which must have all its outputs (SELFTEST): sync it and its
 * directory, and read it back: SELFTEST unless every byte is as it was added.
 * The bytes may be read from the page cache, so this shows what was written,
 * not what the disk stores.  IO.
 */
enum csg_rc csg_staging_end(struct csg_staging *s, struct csg_err *err);

/*
 * Open and read the file that an earlier run made for that many outputs of that
 * request.  PARSE if it is not a complete file of this form, REQMISMATCH if it
 * belongs to another request, IO.  *out is the caller's (csg_staging_free).
 */
enum csg_rc csg_staging_open(const char *path, const struct csg_id *request,
    size_t count, struct csg_staging **out, struct csg_err *err);

/* Append output i, below the count, of a file that was ended or opened, to
 * *out.  DIGEST if its bytes have changed since, IO. */
enum csg_rc csg_staging_read(const struct csg_staging *s, size_t i,
    struct csg_buf *out, struct csg_err *err);

/* Close the file; it is removed unless csg_staging_end() or csg_staging_open()
 * succeeded. */
void csg_staging_free(struct csg_staging *s);

/* Remove the file at path durably; it is no error if there is none. */
enum csg_rc csg_staging_remove(const char *path, struct csg_err *err);

#endif
