/*
 * Files named on the command line: artifacts, and outputs (-o).
 */
#ifndef CSG_CMD_COMMON_FILES_H
#define CSG_CMD_COMMON_FILES_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/*
 * Append an artifact's name, encoded (csg_filename_encode).  With base NULL it
 * is the base name of path; otherwise path must be below the directory base
 * (IO), and the name is the path relative to it.
 */
enum csg_rc cmd_artifact_name(const char *path, const char *base,
    struct csg_buf *name, struct csg_err *err);

/* Print n paths to stdout: one a line, with unsafe bytes escaped; or, with nul,
 * as they are, each followed by NUL. */
void cmd_paths(char *const *paths, size_t n, bool nul);

/* Split -o into directory and file name.  If it is NULL (the current
 * directory), an existing directory, or ends in "/", the file is called
 * name. */
enum csg_rc cmd_output(const char *o, const char *name, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err);
/* Does -o name standard output, by "-"? */
bool cmd_is_stdout(const char *o);
/* Write text to the place that -o names and print the path, ended by a newline
 * or NUL; or write it to standard output, and nothing else.  An existing file is replaced only with force. */
enum csg_rc cmd_write(const char *o, const char *name,
    const struct csg_buf *text, bool force, bool nul, struct csg_err *err);

#endif
