/*
 * Times, durations and weekly windows as csg writes them.
 *
 * A time is an int64_t, seconds since the epoch.  Its text is RFC 3339 in UTC
 * with whole seconds, and no other form: 2026-11-23T10:00:00Z.  Nothing here
 * reads the clock.
 */
#ifndef CSG_BASE_TIME_H
#define CSG_BASE_TIME_H

#include <stdint.h>

#include "lib/base/buf.h"

#define CSG_TIME_LEN 21 /* "YYYY-MM-DDThh:mm:ssZ" and its NUL */
#define CSG_DAY_SECONDS INT64_C(86400)
#define CSG_FUTURE_SLACK 600 /* seconds a message may be ahead of us */

/* Parse a time; it must be a valid date in the years 1970 to 9999 (PARSE). */
enum csg_rc csg_time_parse(const char *s, int64_t *out, struct csg_err *err);

/* Write t to out, and return out.  Times outside the years 1970 to 9999 are
 * written as the nearest time within. */
const char *csg_time_format(int64_t t, char out[CSG_TIME_LEN]);

/* Parse "90s", "30m", "12h", "3d" or "2w" into seconds; 1 second to 3660 days
 * (PARSE). */
enum csg_rc csg_duration_parse(
    const char *s, int64_t *out, struct csg_err *err);

/* Append a duration in words: "7 days", "1 day 12 hours"; "no time" for 0 or
 * less. */
void csg_duration_phrase(struct csg_buf *b, int64_t secs);

/*
 * Hours of the week in which something is allowed, in UTC.  If end is before
 * start, it is on the next day; if they are equal, the window is 24 hours long.
 */
struct csg_window {
	bool set; /* false: always open */
	bool day[7]; /* Monday first: days on which it opens */
	int start, end; /* minutes after midnight */
};

bool csg_window_open(const struct csg_window *w, int64_t t);

/* The first time >= t at which the window is open; the end of the year 9999 if
 * no day is set. */
int64_t csg_window_next(const struct csg_window *w, int64_t t);

extern const char *const csg_day_words[]; /* "mon" ...; ended by NULL */

/* Parse "08:00-18:00" into minutes after midnight, end up to 24:00.  PARSE. */
enum csg_rc csg_hours_parse(
    const char *s, int *start, int *end, struct csg_err *err);

#endif
