/*
 * The controlling terminal, where people are asked: whatever standard input and
 * output are.
 */
#ifndef CSG_CMD_COMMON_TERMINAL_H
#define CSG_CMD_COMMON_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Open it for reading and writing; NULL when the process has none.  The caller's
 * (fclose). */
FILE *cmd_terminal(void);

/* Read a line, without its newline, into line[size].  False, and the line is
 * empty, at the end of input or if it is longer. */
bool cmd_terminal_line(FILE *tty, char *line, size_t size);

#endif
