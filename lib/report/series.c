#include <stdlib.h>
#include <string.h>

#include "lib/report/series.h"
#include "lib/base/time.h"

#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

const char *const csg_period_words[] = {
	"day",
	"week",
	"month",
	"quarter",
	"year",
	NULL,
};

/* ---- periods ---- */

enum csg_period
csg_period_for(int64_t from, int64_t to)
{
	static const int64_t days[] = { 45, 280, 1830, 5500 };
	int p;

	for (p = CSG_DAY; p < CSG_YEAR; p++)
		if (to - from <= days[p] * CSG_DAY_SECONDS)
			break;
	return (enum csg_period)p;
}

/* The beginning of the month or year of t: rest replaces its text from keep
 * on. */
static int64_t
truncate_text(int64_t t, size_t keep, const char *rest)
{
	char text[CSG_TIME_LEN];
	int64_t start = t;

	(void)csg_time_format(t, text);
	memcpy(text + keep, rest, CSG_TIME_LEN - keep);
	(void)csg_time_parse(text, &start, NULL);
	return start;
}

int64_t
csg_period_start(enum csg_period p, int64_t t)
{
	int64_t day = t - t % CSG_DAY_SECONDS;
	char text[CSG_TIME_LEN];
	int month;

	switch (p) {
	case CSG_DAY: return day;
	case CSG_WEEK: /* 1970-01-01 was a Thursday */
		return day - (day / CSG_DAY_SECONDS + 3) % 7 * CSG_DAY_SECONDS;
	case CSG_QUARTER:
		(void)csg_time_format(t, text);
		month = (text[5] - '0') * 10 + text[6] - '0';
		for (t = truncate_text(t, 8, "01T00:00:00Z"); month % 3 != 1;
		    month--)
			t = truncate_text(
			    t - CSG_DAY_SECONDS, 8, "01T00:00:00Z");
		return t;
	case CSG_MONTH: return truncate_text(t, 8, "01T00:00:00Z");
	case CSG_YEAR: break;
	}
	return truncate_text(t, 5, "01-01T00:00:00Z");
}

int64_t
csg_period_next(enum csg_period p, int64_t start)
{
	static const int64_t longest[] = { 1, 7, 31, 92, 366 }; /* days */

	if (start > LAST - 2 * longest[CSG_YEAR] * CSG_DAY_SECONDS)
		return INT64_MAX; /* has no text form */
	return csg_period_start(p, start + longest[p] * CSG_DAY_SECONDS);
}

/* ---- columns ---- */

/* A time of the ledger, clamped to those that can be formatted. */
static int64_t
clamp_time(int64_t t)
{
	return t < 0 ? 0 : t > LAST ? LAST : t;
}

static enum csg_rc
make_columns(
    const struct csg_analysis *a, struct csg_series *s, struct csg_err *err)
{
	int64_t first = csg_period_start(s->period, clamp_time(a->from));
	int64_t t, to = clamp_time(a->to);

	for (t = first; t <= to; t = csg_period_next(s->period, t))
		s->n++;
	s->start = calloc(s->n, sizeof(*s->start));
	s->profile = calloc(s->n, s->nprofiles * sizeof(*s->profile));
	s->key = calloc(s->n, s->nkeys * sizeof(*s->key));
	if (s->start == NULL || s->profile == NULL || s->key == NULL)
		return csg_fail_mem(err);
	for (t = first, s->n = 0; t <= to; t = csg_period_next(s->period, t))
		s->start[s->n++] = t;
	return CSG_OK;
}

enum csg_rc
csg_series_make(
    const struct csg_analysis *a, struct csg_series *s, struct csg_err *err)
{
	const struct csg_signed *v;
	size_t i, column = 0;

	*s = (struct csg_series){
		.period =
		    csg_period_for(clamp_time(a->from), clamp_time(a->to)),
		.nprofiles = a->profiles.n,
		.nkeys = a->keys.n,
	};
	if (a->ndone == 0)
		return CSG_OK;
	if (make_columns(a, s, err) != CSG_OK) {
		csg_series_clear(s);
		return CSG_TROUBLE;
	}
	for (i = 0; i < a->ndone; i++) { /* in order of time */
		v = &a->done[i];
		while (column + 1 < s->n && v->time >= s->start[column + 1])
			column++;
		s->profile[column * s->nprofiles + v->profile] += v->signatures;
		s->key[column * s->nkeys + v->key] += v->signatures;
	}
	return CSG_OK;
}

void
csg_series_clear(struct csg_series *s)
{
	free(s->start);
	free(s->profile);
	free(s->key);
	memset(s, 0, sizeof(*s));
}

/* ---- quantiles ---- */

static int
compare_spans(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest value that is not exceeded by so many percent of the values. */
static int64_t
quantile(const int64_t *v, size_t n, size_t hundredths)
{
	return v[(n * hundredths + 99) / 100 - 1];
}

enum csg_rc
csg_waits_make(const struct csg_analysis *a, size_t profile,
    struct csg_waits *out, struct csg_err *err)
{
	int64_t *v = calloc(a->ndone + 1, sizeof(*v));
	size_t i, n = 0;

	memset(out, 0, sizeof(*out));
	if (v == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < a->ndone; i++)
		if (a->done[i].wait != CSG_NEVER &&
		    (profile == CSG_NONE || a->done[i].profile == profile))
			v[n++] = a->done[i].wait;
	if (n > 0) {
		qsort(v, n, sizeof(*v), compare_spans);
		*out = (struct csg_waits){
			.n = n,
			.least = v[0],
			.quarter = quantile(v, n, 25),
			.median = quantile(v, n, 50),
			.three_quarters = quantile(v, n, 75),
			.ninth = quantile(v, n, 90),
			.most = v[n - 1],
		};
	}
	free(v);
	return CSG_OK;
}

/* ---- ordering ---- */

static int
compare_ranks(const void *a, const void *b)
{
	const struct csg_rank *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
csg_rank_sort(struct csg_rank *r, size_t n)
{
	if (n > 0)
		qsort(r, n, sizeof(*r), compare_ranks);
}
