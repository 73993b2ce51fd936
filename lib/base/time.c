#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/time.h"

_Static_assert(sizeof(time_t) == 8, "time_t has 64 bits");

#define TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

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
	struct tm tm = { 0 };
	char again[CSG_TIME_LEN];
	int64_t t;

	*out = 0;
	if (!all_match(s, "0000-00-00T00:00:00Z"))
		return csg_fail(err, CSG_R_PARSE,
		    "time '%.40s' does not have the form YYYY-MM-DDThh:mm:ssZ",
		    s);
	tm.tm_year = digits(s, 4) - 1900;
	tm.tm_mon = digits(s + 5, 2) - 1;
	tm.tm_mday = digits(s + 8, 2);
	tm.tm_hour = digits(s + 11, 2);
	tm.tm_min = digits(s + 14, 2);
	tm.tm_sec = digits(s + 17, 2);
	t = timegm(&tm);
	/* timegm() accepts February 30 and gives March 1 or 2 */
	if (strcmp(csg_time_format(t, again), s) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "time '%s' does not exist or is before 1970", s);
	*out = t;
	return CSG_OK;
}

const char *
csg_time_format(int64_t t, char out[CSG_TIME_LEN])
{
	struct tm tm;

	if (t < 0)
		t = 0;
	if (t > TIME_MAX)
		t = TIME_MAX;
	(void)gmtime_r(&(time_t){ t }, &tm);
	(void)strftime(out, CSG_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
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
	    "duration '%.40s' does not have a form like 90s, 30m, 12h, 3d or 2w, or is longer than 3660d",
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
	return csg_fail(err, CSG_R_PARSE,
	    "hours '%.40s' do not have a form like 08:00-18:00", s);
}
