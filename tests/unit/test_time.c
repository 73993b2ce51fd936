/* Times, durations and windows. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/time.h"
#include "tests/unit/unit.h"

static void
test_refused(void)
{
	static const char *const bad[] = { "", "never", "2026-11-23",
		"2026-11-23T10:00:00", "2026-11-23 10:00:00Z",
		"2026-11-23t10:00:00Z", "2026-11-23T10:00:00z",
		"2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00+00:00",
		"2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
		"2016-12-31T23:59:60Z", "2026-02-30T00:00:00Z",
		"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z",
		"2026-01-00T00:00:00Z", "1969-12-31T23:59:59Z",
		"02026-01-01T00:00:00Z", " 2026-01-01T00:00:00Z",
		"2026-01-01T00:00:00Z ", "+026-01-01T00:00:00Z" };
	struct csg_err err;
	int64_t t;
	size_t i;

	unit_case("attack 36: only real dates in one form");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		CHECK(csg_time_parse(bad[i], &t, &err) == CSG_MALFORMED &&
		    err.reason == CSG_R_PARSE);
	}
}

/* Every day of 400 years and some seconds, beside the C library. */
static void
test_round_trip(void)
{
	char text[CSG_TIME_LEN], want[40];
	int64_t t, back;
	struct tm tm;
	time_t lib;
	size_t wrong = 0;

	unit_case("every day of 1970 to 2400, there and back");
	for (t = 0; t < INT64_C(13569465600); t += 86400 - 7) {
		lib = (time_t)t;
		(void)gmtime_r(&lib, &tm);
		(void)strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		wrong += strcmp(csg_time_format(t, text), want) != 0;
		wrong +=
		    csg_time_parse(text, &back, NULL) != CSG_OK || back != t;
	}
	CHECK(wrong == 0);
	CHECK(csg_time_parse("9999-12-31T23:59:59Z", &t, NULL) == CSG_OK &&
	    t == INT64_C(253402300799));
	CHECK(strcmp(csg_time_format(INT64_MAX, text),
		  "9999-12-31T23:59:59Z") == 0);
	CHECK(strcmp(csg_time_format(-1, text), "1970-01-01T00:00:00Z") == 0);
}

static void
test_duration(void)
{
	static const char *const bad[] = { "", "3", "d", "03d", "0s", "-1d",
		"1.5h", "3 d", "3D", "3y", "3661d", "9999999999d", "1dd" };
	struct csg_err err = { 0 };
	int64_t t;
	size_t i;

	unit_case("durations");
	CHECK(csg_duration_parse("90s", &t, NULL) == CSG_OK && t == 90);
	CHECK(csg_duration_parse("30m", &t, NULL) == CSG_OK && t == 1800);
	CHECK(csg_duration_parse("12h", &t, NULL) == CSG_OK && t == 43200);
	CHECK(csg_duration_parse("2w", &t, NULL) == CSG_OK && t == 1209600);
	CHECK(csg_duration_parse("3660d", &t, NULL) == CSG_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(csg_duration_parse(bad[i], &t, &err) == CSG_MALFORMED);
}

static void
test_duration_phrase(void)
{
	static const struct {
		int64_t secs;
		const char *words;
	} rows[] = {
		{ 0, "no time" },
		{ 1, "1 second" },
		{ 7 * 86400, "7 days" },
		{ 86400 + 12 * 3600, "1 day 12 hours" },
		{ 3600 + 60 + 5, "1 hour 1 minute 5 seconds" },
	};
	struct csg_buf b = { 0 };
	size_t i;

	unit_case("durations in words");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		csg_duration_phrase(&b, rows[i].secs);
		CHECK(strcmp(csg_buf_str(&b), rows[i].words) == 0);
		csg_buf_free(&b);
	}
}

static void
test_hours(void)
{
	static const char *const bad[] = { "", "8:00-18:00", "08:00", "08-18",
		"24:00-08:00", "08:60-09:00", "08:00-24:01", "08:00-18:60",
		"08:00 - 18:00", "08:00-18:00Z" };
	int from, to;
	size_t i;

	unit_case("hours of a window");
	CHECK(csg_hours_parse("08:00-18:30", &from, &to, NULL) == CSG_OK &&
	    from == 480 && to == 1110);
	CHECK(csg_hours_parse("00:00-24:00", &from, &to, NULL) == CSG_OK &&
	    from == 0 && to == 1440);
	CHECK(csg_hours_parse("22:00-02:00", &from, &to, NULL) == CSG_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(
		    csg_hours_parse(bad[i], &from, &to, NULL) == CSG_MALFORMED);
}

/* Minute by minute for two weeks: the next opening is the first minute that
 * is open. */
static void
check_window(const struct csg_window *w)
{
	const int64_t start = INT64_C(1795478400); /* a Tuesday */
	int64_t next = -1, t;
	size_t wrong = 0;

	for (t = start + 14 * 86400; t >= start; t -= 60) {
		if (csg_window_open(w, t))
			next = t;
		if (t < start + 7 * 86400)
			wrong += csg_window_next(w, t) != next;
	}
	CHECK(wrong == 0);
}

static void
test_window(void)
{
	struct csg_window w = { .set = true, .start = 480, .end = 1080 };

	unit_case("when a window opens next");
	w.day[0] = w.day[4] = true;
	check_window(&w);
	w.start = 1320; /* over midnight */
	w.end = 120;
	check_window(&w);
	w.end = 1320; /* a whole day from 22:00 on */
	check_window(&w);
	w.set = false;
	CHECK(csg_window_open(&w, 0) && csg_window_next(&w, 5) == 5);
}

int
main(void)
{
	test_refused();
	test_round_trip();
	test_duration();
	test_duration_phrase();
	test_hours();
	test_window();
	return unit_done();
}
