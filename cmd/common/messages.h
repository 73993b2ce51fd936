/*
 * Message operands.
 */
#ifndef CSG_CMD_COMMON_MESSAGES_H
#define CSG_CMD_COMMON_MESSAGES_H

#include "lib/message/bundle.h"

/*
 * Read all message operands: a file, "-" (standard input), or a directory (its
 * *.csgreq and *.csgend files).  For each request in a file, the votes beside
 * that file (ID.*.csgend) are read too.  Broken blocks are kept in b->broken
 * and reported on stderr.
 */
enum csg_rc cmd_read_messages(
    char *const *operands, int n, struct csg_bundle *b, struct csg_err *err);

/* Read one request, which must be the only message of its file ("-": standard
 * input), and the votes beside that file.  Broken votes are kept in b->broken
 * and reported on stderr. */
enum csg_rc cmd_read_request(
    const char *path, struct csg_bundle *b, struct csg_err *err);

#endif
