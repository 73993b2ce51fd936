/*
 * Files that are named on the command line: artifacts, and outputs (-o).
 */
#ifndef CSG_CMD_COMMON_FILES_H
#define CSG_CMD_COMMON_FILES_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/*
 * An artifact's name.  base NULL: the base name; else the path must lie below
 * base, and the name is the path below it.  The name is encoded.
 */
enum csg_rc cmd_artifact_name(const char *path, const char *base,
    struct csg_buf *name, struct csg_err *err);

/* Print paths, one a line with what can't be shown escaped, or as they are and
 * ended by NUL. */
void cmd_paths(char *const *paths, size_t n, bool nul);

/* Split -o: an existing directory, or a file in one.  name is the default
 * file name. */
enum csg_rc cmd_output(const char *o, const char *name, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err);
/* Write text to where -o says and print the path. */
enum csg_rc cmd_write(const char *o, const char *name,
    const struct csg_buf *text, bool force, bool nul, struct csg_err *err);

#endif
