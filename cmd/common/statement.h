/*
 * Checks that a statement of csg-endorse is based on: a command that succeeds
 * (--run), an independent build that gives the same artifact (--rebuilt).
 */
#ifndef CSG_CMD_COMMON_STATEMENT_H
#define CSG_CMD_COMMON_STATEMENT_H

#include "lib/message/request.h"

/*
 * Run a shell command with the n paths of the artifacts as its arguments
 * ("$@"), relative ones with "./" in front.  Its output goes to stderr, made
 * safe, unless quiet; *output is the SHA-256 of both its streams, as they came.
 * RUN when it does not exit with 0.
 */
enum csg_rc cmd_run(const char *command, char *const *paths, size_t n,
    struct csg_id *output, struct csg_err *err);

/*
 * Is the rebuilt file identical to the artifact?  DIGEST if not; the message
 * names the first difference when the requested artifact is at hand (path not
 * NULL).
 */
enum csg_rc cmd_same_build(const char *rebuilt, const struct csg_artifact *a,
    const char *path, struct csg_err *err);

#endif
