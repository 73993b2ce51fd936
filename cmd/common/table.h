/*
 * Tables for people, by libsmartcols: each column is as wide as its contents on
 * the screen, where a wide character takes two places.  On a terminal the table
 * has a heading, and long cells of all columns but the first are wrapped to make
 * it fit; elsewhere each row is one line.
 */
#ifndef CSG_CMD_TABLE_H
#define CSG_CMD_TABLE_H

#include "lib/base/err.h"

struct cmd_table;

/* A table with these columns (headings, up to NULL); *out is the caller's
 * (cmd_table_free).  IO when memory is short. */
enum csg_rc cmd_table_new(
    const char *const *columns, struct cmd_table **out, struct csg_err *err);

/* Add a row: as many cells (copied) as there are columns.  Bytes that are no text
 * for people (csg_text_valid()) are shown as \xNN.  IO. */
enum csg_rc cmd_table_add(
    struct cmd_table *t, const char *const *cells, struct csg_err *err);

/* Print all rows to stdout, in the order that they were added.  IO. */
enum csg_rc cmd_table_print(struct cmd_table *t, struct csg_err *err);

/* NULL is no table. */
void cmd_table_free(struct cmd_table *t);

#endif
