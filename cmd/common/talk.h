/*
 * Talking: on stderr to people, on stdout what was asked for, with foreign text
 * made safe.
 */
#ifndef CSG_CMD_COMMON_TALK_H
#define CSG_CMD_COMMON_TALK_H

#include <stdarg.h>
#include <stdbool.h>

#include "lib/base/err.h"

extern bool cmd_quiet, cmd_verbose; /* -q, -v */

/* Whose name stands before what is said; cmd_init() sets it. */
void cmd_talk_as(const char *name);
const char *cmd_name(void);

/* Say one line on stderr, unless quiet. */
void cmd_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Say one line on stderr, if verbose. */
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Say one line on stderr, always: "csg-sign: warning: ..." */
void cmd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Say one line on stderr, always, with kind behind the tool's name. */
void cmd_talk(const char *kind, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Say what err is ("csg-sign: refused: VETO: ..."); nothing for CSG_OK. */
void cmd_complain(const struct csg_err *err);

/* Print to stdout.  The only line break is the one that fmt ends with. */
void cmd_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print text of several lines to stdout. */
void cmd_print_lines(const char *text);
/* Write out what was printed to stdout.  IO when any of it could not be. */
enum csg_rc cmd_flush(struct csg_err *err);

#endif
