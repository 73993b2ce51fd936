/*
 * Text from outside: whether it can be shown safely, how to escape it, and the
 * syntax of names and artifact names.
 */
#ifndef CSG_BASE_TEXT_H
#define CSG_BASE_TEXT_H

#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Can this be shown to people unchanged?  Valid UTF-8 (RFC 3629) with no C0 or
 * C1 control, no DEL, no bidi control, zero-width, line/paragraph separator,
 * variation selector, tag, private-use or non-character code point.
 * multiline also admits LF and TAB.
 */
bool csg_text_valid(const char *s, size_t len, bool multiline);

/* Append s, with every byte that csg_text_valid() would refuse written as
 * \xNN. */
void csg_text_escape(struct csg_buf *out, const char *s, size_t len);

/* Does s end with suffix, with at least one byte before it? */
bool csg_text_ends(const char *s, const char *suffix);

/* The rest of a message after "PATH:" or "PATH: ", for places that show the
 * path already; all of it if it begins otherwise.  Points into message. */
const char *csg_text_behind_path(const char *message, const char *path);

/* Names of users, groups, keys, profiles, routes and policies:
 * [A-Za-z0-9][A-Za-z0-9._-]{0,63}. */
bool csg_name_valid(const char *s);

/*
 * Artifact names.  A name is the artifact's path relative to the base
 * directory, with "/" between components.  In messages, '%' and every byte that
 * can't be shown safely are written as %XX (upper-case hex), so that any Unix
 * file name becomes text.
 *
 * csg_filename_encode: from path (relative, at most 1024 bytes, no empty, "."
 * or ".." component) to text.
 * csg_filename_decode: from text to path; refuses any text that
 * csg_filename_encode() does not produce.
 * Both append to *out, NUL-terminated.  PARSE.
 */
enum csg_rc csg_filename_encode(
    const char *path, struct csg_buf *out, struct csg_err *err);
enum csg_rc csg_filename_decode(
    const char *text, struct csg_buf *out, struct csg_err *err);

/*
 * Compare two encoded names as a case-insensitive file system would (ASCII
 * letters are folded; other characters are compared byte by byte).  Returns <0,
 * 0 or >0 as strcmp() does.
 */
int csg_filename_casecmp(const char *a, const char *b);

#endif
