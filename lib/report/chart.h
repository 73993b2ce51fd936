/*
 * Charts: numbers as SVG that stands in an HTML page.
 *
 * There is no script, and no style beyond classes and fills; words are escaped
 * (html.h).  The color-blind can tell the colors apart.  No chart is the only
 * place for its numbers: callers add a table.
 */
#ifndef CSG_REPORT_CHART_H
#define CSG_REPORT_CHART_H

#include <stdint.h>

#include "lib/base/buf.h"

#define CSG_CHART_WIDTH 880
#define CSG_CHART_COLORS 8 /* the last is for "others" */

/* A color, and how much it fades, of parts that belong together. */
struct csg_paint {
	size_t color, faded; /* 0: not */
};

/* "3 h 20 min", "2 d", "45 s": the two largest units. */
#define CSG_SPAN_LEN 32
const char *csg_span_format(int64_t secs, char out[CSG_SPAN_LEN]);

/* Columns, each a stack of parts. */
struct csg_columns {
	const char *title; /* read aloud */
	const char *const *minor, *const *major; /* [n] two lines below */
	const char *const *name; /* [m] */
	const struct csg_paint *paint; /* [m] */
	const uint64_t *v; /* [n * m] */
	size_t n, m; /* >= 1 */
	int height;
};
void csg_chart_columns(struct csg_buf *out, const struct csg_columns *c);

/* The names with their colors and sums. */
void csg_chart_legend(struct csg_buf *out, const struct csg_columns *c);

/* Horizontal bars, with their names before and their numbers behind them. */
struct csg_bar {
	const char *name;
	uint64_t v;
};
void csg_chart_bars(struct csg_buf *out, const char *title,
    const struct csg_bar *bars, size_t n);

/* Spans of time on one axis: least to most as a line, the middle half as a
 * box, the median in it, and the figures beside it. */
struct csg_range {
	const char *name;
	size_t n; /* of how many; 0: an empty row */
	int64_t least, quarter, median, three_quarters, ninth, most;
};
void csg_chart_ranges(struct csg_buf *out, const char *title,
    const struct csg_range *r, size_t n);

/* A matrix: the larger the number, the darker the cell. */
struct csg_matrix {
	const char *title;
	const char *const *row, *const *column; /* names */
	size_t rows, columns; /* >= 1 */
	const uint64_t *v; /* [rows * columns] */
	bool same; /* rows are columns: the diagonal is of another kind */
};
void csg_chart_matrix(struct csg_buf *out, const struct csg_matrix *m);

#endif
