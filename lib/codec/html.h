/*
 * HTML: escaping text from outside for pages and drawings, and tables.
 *
 * The output is well-formed XML, too: elements are closed, attributes quoted.
 * The caller writes the markup; all other text goes through csg_html_text(),
 * which first escapes what can't be shown safely and then escapes for HTML, in
 * elements and in quoted attributes alike.
 */
#ifndef CSG_CODEC_HTML_H
#define CSG_CODEC_HTML_H

#include <stdint.h>

#include "lib/base/buf.h"

void csg_html_text(struct csg_buf *out, const char *s);

/* Append at most max characters of s; if s is longer, the last is an
 * ellipsis. */
void csg_html_cut(struct csg_buf *out, const char *s, size_t max);

/* csg_html_text() of formatted text. */
void csg_html_printf(struct csg_buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Begin a table with a caption.  columns, ended by NULL, are the headings; text
 * columns are left-aligned, number columns ("#Name") right-aligned.  Rows of
 * cells follow. */
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
