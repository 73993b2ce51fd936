/*
 * A growing buffer that owns its bytes and clears them when it is freed.
 *
 * After a failed allocation the buffer is marked failed and further appends
 * do nothing, so a series of appends needs one check, csg_buf_ok().
 */
#ifndef CSG_BASE_BUF_H
#define CSG_BASE_BUF_H

#include <stddef.h>

#include "lib/base/err.h"

struct csg_buf {
	unsigned char *data; /* NULL, or NUL-terminated after len bytes */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
	bool failed;
};

/* Append len bytes, a C string without its NUL, or formatted text. */
void csg_buf_add(struct csg_buf *b, const void *data, size_t len);
void csg_buf_puts(struct csg_buf *b, const char *s);
void csg_buf_printf(struct csg_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for n more bytes (and a NUL) and return where they start; NULL on
 * failure.  The caller adds the number of bytes it wrote to len. */
void *csg_buf_reserve(struct csg_buf *b, size_t n);

/* CSG_OK, or IO ("out of memory") if any earlier call failed. */
enum csg_rc csg_buf_ok(const struct csg_buf *b, struct csg_err *err);

/* The contents as a C string, never NULL; not for data that contains NULs. */
const char *csg_buf_str(const struct csg_buf *b);

/* Clear and release the contents; the struct itself can be used again. */
void csg_buf_free(struct csg_buf *b);

#endif
