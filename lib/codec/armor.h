/*
 * Armour: DER in PEM blocks with the label CMS (RFC 7468, read strictly).
 *
 * Text before, between and after blocks is ignored, so that a block survives
 * mail.  Every line that begins (after blanks) with "-----BEGIN" or
 * "-----END" is a boundary: any label but CMS, a boundary out of place,
 * headers, characters foreign to base64 (RFC 4648 section 4), padding
 * inside, bits behind the end and so on are refused.  LF, CRLF and CR end
 * lines; blanks around a line, blank lines, a UTF-8 BOM at the start and any
 * line length are accepted.
 */
#ifndef CSG_CODEC_ARMOR_H
#define CSG_CODEC_ARMOR_H

#include "lib/base/buf.h"

struct csg_armor { /* a reader; fields are private */
	const char *text;
	size_t len;
	size_t pos;
	unsigned line;
};

/* Start reading len bytes of text, which must outlive the reader. */
void csg_armor_init(struct csg_armor *r, const void *text, size_t len);

/*
 * The next block: its DER replaces the contents of *der, *line is the line of
 * its BEGIN (from 1).  *more is false when there was no further block (then
 * CSG_OK and *der is empty).  On CSG_MALFORMED (PARSE, "line N: ...") the
 * reader stands behind the broken block and can go on.
 */
enum csg_rc csg_armor_next(struct csg_armor *r, struct csg_buf *der,
    unsigned *line, bool *more, struct csg_err *err);

/* Append one armoured block, 64 columns. */
void csg_armor_write(struct csg_buf *out, const void *der, size_t len);

#endif
