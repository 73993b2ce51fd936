/*
 * HTML: foreign text in pages and drawings, and tables.
 *
 * What is written is XML, too: elements are closed, attributes quoted.  Markup
 * is the caller's own; everything else goes through csg_html_text(), which
 * first makes it safe to be shown and then escapes it, for elements and quoted
 * attributes alike.
 */
#ifndef CSG_CODEC_HTML_H
#define CSG_CODEC_HTML_H

#include <stdint.h>

#include "lib/base/buf.h"

void csg_html_text(struct csg_buf *out, const char *s);

/* At most so many characters of it, the last an ellipsis where more follow. */
void csg_html_cut(struct csg_buf *out, const char *s, size_t max);

/* Formatted, then as csg_html_text(). */
void csg_html_printf(struct csg_buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A table: a caption, columns of words (left) and numbers ("#Name": right),
 * then rows of cells. */
void csg_html_table(
    struct csg_buf *out, const char *caption, const char *const *columns);
void csg_html_row(struct csg_buf *out);
void csg_html_head(struct csg_buf *out, const char *s); /* of the row */
void csg_html_cell(struct csg_buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void csg_html_number(struct csg_buf *out, uint64_t n);
void csg_html_end_row(struct csg_buf *out);
void csg_html_end_table(struct csg_buf *out);

#endif
