/*
 * Foreign text: what may be shown, how the rest is shown, and names.
 */
#ifndef CSG_BASE_TEXT_H
#define CSG_BASE_TEXT_H

#include <stddef.h>

#include "lib/base/buf.h"

/*
 * May this be shown to people as it is?  Valid UTF-8 (RFC 3629) with no C0 or
 * C1 control, no DEL, no bidi control, zero-width, line/paragraph separator,
 * variation selector, tag, private-use or non-character code point.
 * multiline also admits LF and TAB.
 */
bool csg_text_valid(const char *s, size_t len, bool multiline);

/* Append s with every byte that csg_text_valid() would refuse as \xNN. */
void csg_text_escape(struct csg_buf *out, const char *s, size_t len);

/* Does s end with suffix, and have more in front of it? */
bool csg_text_ends(const char *s, const char *suffix);

/* What a message about a file says behind "PATH:" or "PATH: ", for where the path
 * is told anyway; all of it if it begins otherwise. */
const char *csg_text_behind_path(const char *message, const char *path);

/* Names of users, groups, keys, profiles, routes and policies:
 * [A-Za-z0-9][A-Za-z0-9._-]{0,63}. */
bool csg_name_valid(const char *s);

/*
 * Artifact names.  A name is the artifact's path relative to the base, "/"
 * between components; as written in messages, '%' and every byte that could
 * not be shown stand as %XX (capital hex), so any Unix file name is text.
 *
 * csg_filename_encode: path (not absolute, no empty, "." or ".." component,
 * at most 1024 bytes) to text.
 * csg_filename_decode: text to path; refuses what encode would not have made.
 * Both append to *out, NUL-terminated; CSG_MALFORMED (TEXT or PARSE) else.
 */
enum csg_rc csg_filename_encode(
    const char *path, struct csg_buf *out, struct csg_err *err);
enum csg_rc csg_filename_decode(
    const char *text, struct csg_buf *out, struct csg_err *err);

/*
 * Compare two encoded names the way a case-folding file system would (full
 * ASCII folding; other characters byte by byte): <0, 0, >0 as strcmp.
 */
int csg_filename_casecmp(const char *a, const char *b);

#endif
