/*
 * Private to backup*.c: the texts of a backup.  Each has one spelling, so that
 * reading ends with writing it again and comparing.
 */
#ifndef CSG_BACKUP_BACKUP_TEXT_H
#define CSG_BACKUP_BACKUP_TEXT_H

#include "lib/backup/backup.h"

#define CSG_MANIFEST "manifest" /* the first file inside */
#define CSG_MAX_HEADER 262144
#define CSG_SHARE_TEXT 256 /* bytes of a share's text at most */

/* Names, numbers and digests that go together: PARSE, TEXT, DUPKEY. */
enum csg_rc csg_backup_check(const struct csg_backup *b, struct csg_err *err);

/* Append the header. */
void csg_backup_write_header(const struct csg_backup *b, struct csg_buf *out);
/* Fill an empty backup from a header. */
enum csg_rc csg_backup_read_header(
    struct csg_backup *b, const void *text, size_t len, struct csg_err *err);

/* Append the manifest of these files, itself not among them. */
enum csg_rc csg_backup_write_manifest(const struct csg_backup *b,
    const struct csg_files *files, struct csg_buf *out, struct csg_err *err);
/* files->v[0] must be the manifest of the other files, and belong to this
 * header (SIGNATURE).  Fills b->suspended. */
enum csg_rc csg_backup_read_manifest(
    struct csg_backup *b, const struct csg_files *files, struct csg_err *err);

/* A share's text, into CSG_SHARE_TEXT bytes of secure memory; its length. */
size_t csg_backup_write_share(const struct csg_backup *b,
    const struct csg_share *s, char out[CSG_SHARE_TEXT]);
/* s->x says whose it must be; SIGNATURE when it is of another backup. */
enum csg_rc csg_backup_read_share(const struct csg_backup *b, const char *text,
    size_t len, struct csg_share *s, struct csg_err *err);

#endif
