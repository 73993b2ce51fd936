/*
 * Series: an analysis in columns of days, weeks, months, quarters or years,
 * sorted by size, and as quantiles.
 */
#ifndef CSG_REPORT_SERIES_H
#define CSG_REPORT_SERIES_H

#include "lib/report/analysis.h"

enum csg_period { CSG_DAY, CSG_WEEK, CSG_MONTH, CSG_QUARTER, CSG_YEAR };
extern const char *const csg_period_words[]; /* "day", ..., NULL */

/* The shortest period with few enough columns for a page. */
enum csg_period csg_period_for(int64_t from, int64_t to);
/* The beginning of the period that t is in (UTC; weeks begin on Mondays), and
 * of the next period. */
int64_t csg_period_start(enum csg_period p, int64_t t);
int64_t csg_period_next(enum csg_period p, int64_t start);

/* Signatures per column, from the first entry to the last. */
struct csg_series {
	enum csg_period period;
	int64_t *start; /* [n] */
	size_t n; /* number of columns; 0: nothing was signed */
	uint64_t *profile; /* [n * nprofiles] */
	uint64_t *key; /* [n * nkeys] */
	size_t nprofiles, nkeys;
};
enum csg_rc csg_series_make(
    const struct csg_analysis *a, struct csg_series *out, struct csg_err *err);
void csg_series_clear(struct csg_series *s);

/* How long the requests of a profile waited for their quorum, in seconds. */
struct csg_waits {
	size_t n; /* number of requests; 0: the rest is zero, too */
	int64_t least, quarter, median, three_quarters, ninth, most;
};
/* profile CSG_NONE: all profiles. */
enum csg_rc csg_waits_make(const struct csg_analysis *a, size_t profile,
    struct csg_waits *out, struct csg_err *err);

/* Something with a name, for sorting: the largest value first, then by name. */
struct csg_rank {
	uint64_t value;
	const char *name;
	size_t i; /* its index before sorting */
};
void csg_rank_sort(struct csg_rank *r, size_t n);

#endif
