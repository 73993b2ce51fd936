/*
 * Points in time and durations as csg writes them.
 *
 * A time is seconds since 1970 (int64_t); its text is RFC 3339 in UTC with
 * whole seconds and nothing else: 2026-11-23T10:00:00Z.  Nothing here reads
 * the clock.
 */
#ifndef CSG_BASE_TIME_H
#define CSG_BASE_TIME_H

#include <stdint.h>

#include "lib/base/buf.h"

#define CSG_TIME_LEN 21 /* "YYYY-MM-DDThh:mm:ssZ" and its NUL */
#define CSG_DAY_SECONDS INT64_C(86400)
#define CSG_FUTURE_SLACK 600 /* seconds a message may be ahead of us */

/* Real dates of the years 1970 to 9999 only; CSG_MALFORMED (PARSE) else. */
enum csg_rc csg_time_parse(const char *s, int64_t *out, struct csg_err *err);

/* t must be in the years 1970 to 9999; others are written as the nearest. */
const char *csg_time_format(int64_t t, char out[CSG_TIME_LEN]);

/* "90s", "30m", "12h", "3d", "2w"; 1 second to 3660 days; seconds in *out. */
enum csg_rc csg_duration_parse(
    const char *s, int64_t *out, struct csg_err *err);

/* Append a duration in words: "7 days", "1 day 12 hours"; "no time" for 0. */
void csg_duration_phrase(struct csg_buf *b, int64_t secs);

/*
 * Hours of the week in which something is allowed, in UTC.  An end before
 * the start is on the next day; equal ones are the whole day.
 */
struct csg_window {
	bool set; /* false: always open */
	bool day[7]; /* Monday first: days on which it opens */
	int start, end; /* minutes after midnight */
};

bool csg_window_open(const struct csg_window *w, int64_t t);

/* The first time >= t at which it is open. */
int64_t csg_window_next(const struct csg_window *w, int64_t t);

extern const char *const csg_day_words[]; /* "mon" ...; ended by NULL */

/* "08:00-18:00" */
enum csg_rc csg_hours_parse(
    const char *s, int *start, int *end, struct csg_err *err);

#endif
