/*
 * Armour: DER in PEM blocks with the label CMS (RFC 7468, read strictly).
 *
 * Text before, between and after blocks is ignored, so that a block survives
 * mail.  Every line that begins (after blanks) with "-----BEGIN" or "-----END"
 * is a boundary.  Refused are: labels other than CMS, misplaced boundaries,
 * headers, characters outside the base64 alphabet (RFC 4648 section 4), data
 * after padding, non-zero unused bits and so on.  Lines end with LF, CRLF or
 * CR; blanks around a line, blank lines, a UTF-8 BOM at the start and any line
 * length are accepted.
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
 * Read the next block: its DER replaces the contents of *der, and *line is the
 * number of its BEGIN line (from 1).  If there is no further block, returns
 * CSG_OK with *more false and *der empty.  After PARSE ("line N: ...") the
 * reader is positioned after the broken block and can continue.
 */
enum csg_rc csg_armor_next(struct csg_armor *r, struct csg_buf *der,
    unsigned *line, bool *more, struct csg_err *err);

/* Append one armoured block, 64 columns. */
void csg_armor_write(struct csg_buf *out, const void *der, size_t len);

#endif
