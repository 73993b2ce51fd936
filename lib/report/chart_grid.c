/* Charts: spans of time, and matrices. */
#include <stdio.h>
#include <string.h>

#include "lib/report/chart_parts.h"

#define W CSG_CHART_WIDTH

/* ---- spans ---- */

#define NAMES 150.0
#define AXIS 420.0 /* its width */
#define HEAD 26.0
#define ROW 34.0

/* Steps of the axis: equally wide, linear within each. */
static const struct {
	int64_t at;
	const char *name;
} steps[] = {
	{ 0, "0" },
	{ 60, "1 min" },
	{ 600, "10 min" },
	{ 3600, "1 h" },
	{ 14400, "4 h" },
	{ 86400, "1 d" },
	{ 259200, "3 d" },
	{ 604800, "1 w" },
	{ 2419200, "4 w" },
	{ 15724800, "26 w" },
	{ 315360000, "10 y" },
};
#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

/* The range of steps shown. */
struct axis {
	size_t first, last;
};

static struct axis
axis_for(const struct csg_range *r, size_t n)
{
	struct axis a = { NSTEPS - 2, 1 };
	size_t i;

	for (i = 0; i < n; i++) {
		if (r[i].n == 0)
			continue;
		while (a.first > 0 && steps[a.first].at > r[i].least)
			a.first--;
		while (a.last < NSTEPS - 1 && steps[a.last].at < r[i].most)
			a.last++;
	}
	if (a.first >= a.last)
		a.first = a.last - 1;
	return a;
}

static double
x_of(const struct axis *a, int64_t t)
{
	const double width = AXIS / (double)(a->last - a->first);
	size_t i = a->first;

	if (t > steps[a->last].at)
		t = steps[a->last].at;
	while (i + 1 < a->last && steps[i + 1].at <= t)
		i++;
	return NAMES +
	    width *
	    ((double)(i - a->first) +
		(double)(t - steps[i].at) /
		    (double)(steps[i + 1].at - steps[i].at));
}

static void
draw_time_axis(struct csg_buf *out, const struct axis *a, size_t rows)
{
	double x;
	size_t i;

	for (i = a->first; i <= a->last; i++) {
		x = x_of(a, steps[i].at);
		csg_svg_text(out, x, 14, "mid", steps[i].name, 8);
		csg_svg_line(
		    out, x, HEAD - 6, x, HEAD + ROW * (double)rows, "grid");
	}
	csg_svg_text(out, W - 150, 14, "end", "median", 16);
	csg_svg_text(out, W - 4, 14, "end", "90% within", 16);
}

static void
draw_range(struct csg_buf *out, const struct axis *a, const struct csg_range *r,
    double y)
{
	const double mid = y + ROW / 2;
	double from = x_of(a, r->quarter), to = x_of(a, r->three_quarters);
	char median[CSG_SPAN_LEN], ninth[CSG_SPAN_LEN];

	(void)csg_span_format(r->median, median);
	(void)csg_span_format(r->ninth, ninth);
	csg_svg_line(
	    out, x_of(a, r->least), mid, x_of(a, r->most), mid, "whisker");
	csg_svg_rect(
	    out, from, mid - 9, to - from > 2 ? to - from : 2, 18, "#9ecae1");
	if (r->n == 1)
		csg_html_printf(out, "%s: one, %s", r->name, median);
	else
		csg_html_printf(
		    out, "%s: half of %zu, around %s", r->name, r->n, median);
	csg_svg_end_rect(out);
	csg_svg_line(out, x_of(a, r->median), mid - 11, x_of(a, r->median),
	    mid + 11, "median");
	csg_svg_line(out, x_of(a, r->ninth), mid - 6, x_of(a, r->ninth),
	    mid + 6, "ninth");
	csg_svg_text(out, W - 150, mid + 4, "end strong", median, 32);
	csg_svg_text(out, W - 4, mid + 4, "end", ninth, 32);
}

void
csg_chart_ranges(
    struct csg_buf *out, const char *title, const struct csg_range *r, size_t n)
{
	struct axis a = axis_for(r, n);
	double y;
	size_t i;

	csg_svg_begin(out, title, W, HEAD + ROW * (double)n + 4);
	draw_time_axis(out, &a, n);
	for (i = 0; i < n; i++) {
		y = HEAD + ROW * (double)i;
		csg_svg_text(
		    out, NAMES - 14, y + ROW / 2 + 4, "end", r[i].name, 20);
		if (r[i].n > 0)
			draw_range(out, &a, &r[i], y);
	}
	csg_svg_end(out);
}

/* ---- matrices ---- */

#define LABEL 18 /* characters of a name that are shown */
#define LETTER 6.8 /* approximate width of a character */
#define SLANT 0.766 /* sine of 50 degrees */

struct grid {
	const struct csg_matrix *m;
	double left, top; /* position of the first cell */
	double after; /* room for the last slanted name */
	double cell;
	/* largest value; without the diagonal if that has another meaning */
	uint64_t most;
};

static uint64_t
matrix_value(const struct csg_matrix *m, size_t r, size_t c)
{
	return m->v[r * m->columns + c];
}

/* The room needed for the longest name. */
static double
room_for(const char *const *names, size_t n)
{
	size_t i, most = 0;

	for (i = 0; i < n; i++)
		if (strlen(names[i]) > most)
			most = strlen(names[i]);
	return 16 + LETTER * (double)(most < LABEL ? most : LABEL);
}

static void
grid_init(struct grid *g, const struct csg_matrix *m)
{
	size_t r, c;

	g->m = m;
	g->most = 1;
	for (r = 0; r < m->rows; r++)
		for (c = 0; c < m->columns; c++)
			if (!(m->same && r == c) &&
			    matrix_value(m, r, c) > g->most)
				g->most = matrix_value(m, r, c);
	g->left = room_for(m->row, m->rows);
	g->top = room_for(m->column, m->columns) * SLANT + 12;
	g->after = g->top * 0.84;
	g->cell = (W - g->left - g->after) / (double)m->columns;
	if (g->cell > 38)
		g->cell = 38;
}

/* A shade between nearly white and dark blue; returns how dark it is, 0 to
 * 1. */
static double
shade_of(const struct grid *g, uint64_t v, char fill[16])
{
	static const double light[] = { 222, 235, 247 },
			    dark[] = { 8, 69, 148 };
	double share = (double)v / (double)g->most;
	int rgb[3], i;

	for (i = 0; i < 3; i++)
		rgb[i] = (int)(light[i] + (dark[i] - light[i]) * share);
	(void)snprintf(fill, 16, "#%02x%02x%02x", (unsigned)rgb[0] & 0xff,
	    (unsigned)rgb[1] & 0xff, (unsigned)rgb[2] & 0xff);
	return share;
}

/* Up to 9999 in full, then in thousands. */
static void
short_count(struct csg_buf *out, uint64_t v)
{
	if (v < 10000)
		csg_buf_printf(out, "%llu", (unsigned long long)v);
	else
		csg_buf_printf(out, "%lluk", (unsigned long long)v / 1000);
}

static void
draw_cell(struct csg_buf *out, const struct grid *g, size_t r, size_t c)
{
	const struct csg_matrix *m = g->m;
	const double x = g->left + g->cell * (double)c;
	const double y = g->top + g->cell * (double)r;
	bool own = m->same && r == c;
	uint64_t v = matrix_value(m, r, c);
	char fill[16] = "#f6f6f6";
	double share = 0, size = g->cell * (v < 100 ? 0.48 : 0.35);

	if (own)
		(void)snprintf(fill, sizeof(fill), "#d9d9d9");
	else if (v > 0)
		share = shade_of(g, v, fill);
	csg_svg_rect(out, x + 0.5, y + 0.5, g->cell - 1, g->cell - 1, fill);
	if (own)
		csg_html_printf(
		    out, "%s: %llu in all", m->row[r], (unsigned long long)v);
	else
		csg_html_printf(out, "%s, %s: %llu", m->row[r], m->column[c],
		    (unsigned long long)v);
	csg_svg_end_rect(out);
	if (v == 0)
		return;
	if (size > 13)
		size = 13;
	csg_buf_printf(out,
	    "<text x=\"%.1f\" y=\"%.1f\" class=\"mid%s\" "
	    "font-size=\"%.1f\">",
	    x + g->cell / 2, y + g->cell / 2 + size * 0.35,
	    share > 0.62 ? " light" : "", size);
	short_count(out, v);
	csg_buf_puts(out, "</text>\n");
}

static void
draw_names(struct csg_buf *out, const struct grid *g)
{
	const struct csg_matrix *m = g->m;
	double x, y;
	size_t i;

	for (i = 0; i < m->columns; i++) {
		x = g->left + g->cell * ((double)i + 0.5);
		csg_buf_printf(out,
		    "<text transform=\"translate(%.1f %.1f) rotate(-50)\" "
		    "class=\"start\">",
		    x + 3, g->top - 6);
		csg_html_cut(out, m->column[i], LABEL);
		csg_buf_puts(out, "</text>\n");
	}
	for (i = 0; i < m->rows; i++) {
		y = g->top + g->cell * ((double)i + 0.5);
		csg_svg_text(out, g->left - 8, y + 4, "end", m->row[i], LABEL);
	}
}

void
csg_chart_matrix(struct csg_buf *out, const struct csg_matrix *m)
{
	struct grid g;
	size_t r, c;

	grid_init(&g, m);
	csg_svg_begin(out, m->title,
	    g.left + g.cell * (double)m->columns + g.after,
	    g.top + g.cell * (double)m->rows + 4);
	draw_names(out, &g);
	for (r = 0; r < m->rows; r++)
		for (c = 0; c < m->columns; c++)
			draw_cell(out, &g, r, c);
	csg_svg_end(out);
}
