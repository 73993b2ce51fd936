/*
 * Message operands.
 */
#ifndef CSG_CMD_COMMON_MESSAGES_H
#define CSG_CMD_COMMON_MESSAGES_H

#include "lib/message/bundle.h"

/* Every message operand: a file, "-", or a directory (all csg files in it);
 * votes beside a request file are read too.  Broken blocks are warned of. */
enum csg_rc cmd_read_messages(
    char *const *operands, int n, struct csg_bundle *b, struct csg_err *err);

/* One request, the only message of its file ("-": standard input), and the
 * votes beside it.  Broken votes are warned of. */
enum csg_rc cmd_read_request(
    const char *path, struct csg_bundle *b, struct csg_err *err);

#endif
