/*
 * Charts: numbers as SVG embedded in an HTML page.
 *
 * Charts have no scripts, and no styles other than classes and fills; text is
 * escaped (html.h).  The colors can be told apart by color-blind readers.  The
 * numbers must not be in a chart alone: callers add a table.
 */
#ifndef CSG_REPORT_CHART_H
#define CSG_REPORT_CHART_H

#include <stdint.h>

#include "lib/base/buf.h"

#define CSG_CHART_WIDTH 880
#define CSG_CHART_COLORS 8 /* the last color is for "others" */

/* A color; parts that belong together have the same, more or less faded. */
struct csg_paint {
	size_t color, faded; /* 0: not faded */
};

/* Format seconds with the two largest units: "3 h 20 min", "2 d", "45 s". */
#define CSG_SPAN_LEN 32
const char *csg_span_format(int64_t secs, char out[CSG_SPAN_LEN]);

/* A column chart; each column is a stack of parts. */
struct csg_columns {
	const char *title; /* for screen readers */
	const char *const *minor, *const *major; /* [n]: two lines of labels */
	const char *const *name; /* [m] */
	const struct csg_paint *paint; /* [m] */
	const uint64_t *v; /* [n * m] */
	size_t n, m; /* >= 1 */
	int height;
};
void csg_chart_columns(struct csg_buf *out, const struct csg_columns *c);

/* The names of the parts with their colors and sums. */
void csg_chart_legend(struct csg_buf *out, const struct csg_columns *c);

/* Horizontal bars, with names before and numbers after them. */
struct csg_bar {
	const char *name;
	uint64_t v;
};
void csg_chart_bars(struct csg_buf *out, const char *title,
    const struct csg_bar *bars, size_t n);

/* Time spans on one axis: a line from least to most, a box for the middle half,
 * a mark for the median, and the numbers beside it. */
struct csg_range {
	const char *name;
	size_t n; /* number of values; 0: an empty row */
	int64_t least, quarter, median, three_quarters, ninth, most;
};
void csg_chart_ranges(struct csg_buf *out, const char *title,
    const struct csg_range *r, size_t n);

/* A matrix: larger numbers have darker cells. */
struct csg_matrix {
	const char *title;
	const char *const *row, *const *column; /* names */
	size_t rows, columns; /* >= 1 */
	const uint64_t *v; /* [rows * columns] */
	/* rows and columns are the same people: the diagonal has another
	 * meaning */
	bool same;
};
void csg_chart_matrix(struct csg_buf *out, const struct csg_matrix *m);

#endif
