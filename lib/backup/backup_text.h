/*
 * Private to backup*.c: the texts of a backup.  Each text has only one valid
 * spelling; readers write it again and compare.
 */
#ifndef CSG_BACKUP_BACKUP_TEXT_H
#define CSG_BACKUP_BACKUP_TEXT_H

#include "lib/backup/backup.h"

#define CSG_MANIFEST "manifest" /* the first file inside */
#define CSG_MAX_HEADER 262144
#define CSG_SHARE_TEXT 256 /* bytes of a share's text at most */

/* Check that numbers and names are valid and keys are unique: PARSE, TEXT,
 * DUPKEY. */
enum csg_rc csg_backup_check(const struct csg_backup *b, struct csg_err *err);

/* Append the header. */
void csg_backup_write_header(const struct csg_backup *b, struct csg_buf *out);
/* Fill in an empty backup from a header.  TYPE, PARSE, TEXT, DUPKEY. */
enum csg_rc csg_backup_read_header(
    struct csg_backup *b, const void *text, size_t len, struct csg_err *err);

/* Append the manifest of these files, which don't include the manifest. */
enum csg_rc csg_backup_write_manifest(const struct csg_backup *b,
    const struct csg_files *files, struct csg_buf *out, struct csg_err *err);
/* Check that files->v[0] is the manifest (PARSE) of the other files and belongs
 * to this header (SIGNATURE).  Sets b->suspended. */
enum csg_rc csg_backup_read_manifest(
    struct csg_backup *b, const struct csg_files *files, struct csg_err *err);

/* Write a share's text to out, CSG_SHARE_TEXT bytes of secure memory.  Returns
 * its length, or 0 when memory is short. */
size_t csg_backup_write_share(const struct csg_backup *b,
    const struct csg_share *s, char out[CSG_SHARE_TEXT]);
/* Read a share's text into s->y; s->x is the number that it must have.
 * SIGNATURE when it belongs to another backup or custodian. */
enum csg_rc csg_backup_read_share(const struct csg_backup *b, const char *text,
    size_t len, struct csg_share *s, struct csg_err *err);

#endif
