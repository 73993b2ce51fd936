/*
 * The clock, and times on the command line.
 */
#ifndef CSG_CMD_COMMON_CLOCK_H
#define CSG_CMD_COMMON_CLOCK_H

#include <stdint.h>

/* The system's clock, in seconds since 1970. */
int64_t cmd_now(void);
/* Parse a time (RFC 3339) or a duration from now ("3d"), in seconds since
 * 1970.  Anything else is a usage error. */
int64_t cmd_until(const char *s, int64_t now);

#endif
