/*
 * Owned bytes that grow, and are cleared when freed.
 *
 * A failed allocation makes the buffer "failed" and every later call does
 * nothing, so that a run of appends is checked once, by csg_buf_ok().
 */
#ifndef CSG_BASE_BUF_H
#define CSG_BASE_BUF_H

#include <stddef.h>

#include "lib/base/err.h"

struct csg_buf {
	unsigned char *data; /* NULL or a NUL behind the last byte */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
	bool failed;
};

void csg_buf_add(struct csg_buf *b, const void *data, size_t len);
void csg_buf_puts(struct csg_buf *b, const char *s);
void csg_buf_printf(struct csg_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for n more bytes and return where they start; NULL on failure.
 * The caller adds what it wrote to len. */
void *csg_buf_reserve(struct csg_buf *b, size_t n);

/* CSG_OK, or "out of memory" when any earlier call failed. */
enum csg_rc csg_buf_ok(const struct csg_buf *b, struct csg_err *err);

/* The contents as a C string, never NULL; no good for bytes with NULs. */
const char *csg_buf_str(const struct csg_buf *b);

/* Clear and release the contents; the struct itself can be used again. */
void csg_buf_free(struct csg_buf *b);

#endif
