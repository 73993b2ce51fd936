/*
 * What a statement of csg-endorse rests on: a proof file, a command that
 * succeeds, an independent build that is the same.
 */
#ifndef CSG_CMD_COMMON_STATEMENT_H
#define CSG_CMD_COMMON_STATEMENT_H

#include "lib/message/request.h"

/*
 * Run a shell command with the artifacts' paths as its arguments ("$@"), those
 * of relative ones with "./" in front.  What it prints goes to standard error,
 * made safe, unless quiet; *output is the SHA-256 of both its streams as they
 * came.  RUN when it does not exit with 0.
 */
enum csg_rc cmd_run(const char *command, char *const *paths, size_t n,
    struct csg_id *output, struct csg_err *err);

/*
 * Is the rebuilt file the artifact?  DIGEST, with the place of the first
 * difference when the requested artifact is at hand (path not NULL).
 */
enum csg_rc cmd_same_build(const char *rebuilt, const struct csg_artifact *a,
    const char *path, struct csg_err *err);

#endif
