#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/time.h"

#define TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* Days since 1970-01-01 of a proleptic Gregorian date (era arithmetic). */
static int64_t
days_from_civil(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool
all_match(const char *s, const char *pattern)
{
	for (; *pattern != '\0'; s++, pattern++)
		if (*pattern == '0' ? *s < '0' || *s > '9' : *s != *pattern)
			return false;
	return *s == '\0';
}

static int
digits(const char *s, int n)
{
	int v = 0;

	while (n-- > 0)
		v = v * 10 + (*s++ - '0');
	return v;
}

enum csg_rc
csg_time_parse(const char *s, int64_t *out, struct csg_err *err)
{
	static const int month_len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int y, m, d, hh, mm, ss, leap;

	*out = 0;
	if (!all_match(s, "0000-00-00T00:00:00Z"))
		return csg_fail(err, CSG_R_PARSE,
		    "time '%.40s' is not of the form YYYY-MM-DDThh:mm:ssZ", s);
	y = digits(s, 4);
	m = digits(s + 5, 2);
	d = digits(s + 8, 2);
	hh = digits(s + 11, 2);
	mm = digits(s + 14, 2);
	ss = digits(s + 17, 2);
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (y < 1970 || m < 1 || m > 12 || d < 1 ||
	    d > month_len[m - 1] + (m == 2 && leap) || hh > 23 || mm > 59 ||
	    ss > 59)
		return csg_fail(err, CSG_R_PARSE,
		    "time '%s' is no real time since 1970", s);
	*out = days_from_civil(y, m, d) * CSG_DAY_SECONDS + hh * 3600 +
	    mm * 60 + ss;
	return CSG_OK;
}

const char *
csg_time_format(int64_t t, char out[CSG_TIME_LEN])
{
	int64_t days, secs, z, era, doe, yoe, doy, mp, y, m, d;

	if (t < 0)
		t = 0;
	if (t > TIME_MAX)
		t = TIME_MAX;
	days = t / CSG_DAY_SECONDS;
	secs = t % CSG_DAY_SECONDS;
	z = days + 719468;
	era = z / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = doy - (153 * mp + 2) / 5 + 1;
	m = mp + (mp < 10 ? 3 : -9);
	y = yoe + era * 400 + (m <= 2);
	(void)snprintf(out, CSG_TIME_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100,
	    (unsigned)(secs / 3600) % 100, (unsigned)(secs / 60 % 60),
	    (unsigned)(secs % 60));
	return out;
}

enum csg_rc
csg_duration_parse(const char *s, int64_t *out, struct csg_err *err)
{
	static const struct {
		char unit;
		int64_t secs;
	} units[] = {
		{ 's', 1 },
		{ 'm', 60 },
		{ 'h', 3600 },
		{ 'd', CSG_DAY_SECONDS },
		{ 'w', 7 * CSG_DAY_SECONDS },
	};
	size_t n = strspn(s, "0123456789"), i;
	int64_t v;

	*out = 0;
	if (n >= 1 && n <= 9 && s[0] != '0' && s[n] != '\0' && s[n + 1] == '\0')
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (units[i].unit == s[n]) {
				v = digits(s, (int)n) * units[i].secs;
				if (v > 3660 * CSG_DAY_SECONDS)
					break;
				*out = v;
				return CSG_OK;
			}
	return csg_fail(err, CSG_R_PARSE,
	    "duration '%.40s' is not like 90s, 30m, 12h, 3d or 2w (at most 3660d)",
	    s);
}

void
csg_duration_phrase(struct csg_buf *b, int64_t secs)
{
	static const struct {
		const char *unit;
		int64_t secs;
	} units[] = {
		{ "day", CSG_DAY_SECONDS },
		{ "hour", 3600 },
		{ "minute", 60 },
		{ "second", 1 },
	};
	const char *space = "";
	size_t i;
	int64_t n;

	if (secs <= 0)
		csg_buf_puts(b, "no time");
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		n = secs / units[i].secs;
		secs %= units[i].secs;
		if (n <= 0)
			continue;
		csg_buf_printf(b, "%s%lld %s%s", space, (long long)n,
		    units[i].unit, n == 1 ? "" : "s");
		space = " ";
	}
}

const char *const csg_day_words[] = { "mon", "tue", "wed", "thu", "fri", "sat",
	"sun", NULL };

/* 1970-01-01 was a Thursday. */
static int
weekday(int64_t days)
{
	return (int)(((days + 3) % 7 + 7) % 7);
}

bool
csg_window_open(const struct csg_window *w, int64_t t)
{
	int64_t days = t / CSG_DAY_SECONDS;
	int minute = (int)(t % CSG_DAY_SECONDS / 60);

	if (!w->set)
		return true;
	if (w->start < w->end)
		return w->day[weekday(days)] && minute >= w->start &&
		    minute < w->end;
	if (minute >= w->start)
		return w->day[weekday(days)];
	return minute < w->end && w->day[weekday(days - 1)];
}

int64_t
csg_window_next(const struct csg_window *w, int64_t t)
{
	int64_t day, at;
	int i;

	if (csg_window_open(w, t))
		return t;
	day = t - t % CSG_DAY_SECONDS;
	for (i = 0; i <= 7; i++) {
		at = day + i * CSG_DAY_SECONDS + w->start * INT64_C(60);
		if (at > t && csg_window_open(w, at))
			return at;
	}
	return TIME_MAX; /* no day is set */
}

enum csg_rc
csg_hours_parse(const char *s, int *start, int *end, struct csg_err *err)
{
	if (all_match(s, "00:00-00:00") && digits(s, 2) < 24 &&
	    digits(s + 3, 2) < 60 &&
	    digits(s + 6, 2) * 60 + digits(s + 9, 2) <= 24 * 60 &&
	    digits(s + 9, 2) < 60) {
		*start = digits(s, 2) * 60 + digits(s + 3, 2);
		*end = digits(s + 6, 2) * 60 + digits(s + 9, 2);
		return CSG_OK;
	}
	return csg_fail(
	    err, CSG_R_PARSE, "hours '%.40s' are not like 08:00-18:00", s);
}
