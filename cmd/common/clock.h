/*
 * The clock, and times on the command line.
 */
#ifndef CSG_CMD_COMMON_CLOCK_H
#define CSG_CMD_COMMON_CLOCK_H

#include <stdint.h>

int64_t cmd_now(void);
/* RFC 3339 or a duration from now ("3d"); usage error else. */
int64_t cmd_until(const char *s, int64_t now);

#endif
