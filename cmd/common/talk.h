/*
 * Output for people: messages on stderr, results on stdout.  Every byte that is
 * unsafe to show (csg_text_escape) is escaped.
 */
#ifndef CSG_CMD_COMMON_TALK_H
#define CSG_CMD_COMMON_TALK_H

#include <stdarg.h>
#include <stdbool.h>

#include "lib/base/err.h"

extern bool cmd_quiet, cmd_verbose; /* -q, -v */

/* The tool's name, which begins each message; cmd_init() sets it. */
void cmd_talk_as(const char *name);
const char *cmd_name(void);

/* Print one line on stderr, unless quiet. */
void cmd_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print one line on stderr, if verbose. */
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print one line on stderr, always: "csg-sign: warning: ..." */
void cmd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print one line on stderr, always, with kind ("warning: ") after the tool's
 * name. */
void cmd_talk(const char *kind, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Print the error on stderr, always ("csg-sign: refused: VETO: ..."); nothing
 * for CSG_OK. */
void cmd_complain(const struct csg_err *err);

/* Print to stdout.  A line break at the end of fmt is kept, all others are
 * escaped. */
void cmd_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print a text of several lines to stdout, with its line breaks. */
void cmd_print_lines(const char *text);
/* Write out what was printed to stdout.  IO when any of it could not be. */
enum csg_rc cmd_flush(struct csg_err *err);

#endif
