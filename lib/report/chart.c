/* Charts: the elements of drawings, column charts and bar charts. */
#include <stdio.h>
#include <string.h>

#include "lib/report/chart_parts.h"

#define W CSG_CHART_WIDTH
#define FILL 1.12 /* wide drawings fill the page */

static const char *
color_code(size_t i)
{
	/* the colors of Okabe and Ito, ordered so that neighbours differ */
	static const char *const colors[CSG_CHART_COLORS] = {
		"#0072b2",
		"#e69f00",
		"#009e73",
		"#cc79a7",
		"#56b4e9",
		"#d55e00",
		"#4d4d4d",
		"#b8b8b8",
	};

	return colors[i < CSG_CHART_COLORS ? i : CSG_CHART_COLORS - 1];
}

const char *
csg_span_format(int64_t secs, char out[CSG_SPAN_LEN])
{
	static const struct {
		int64_t secs, part;
		const char *name, *part_name;
	} units[] = {
		{ 86400, 3600, "d", "h" },
		{ 3600, 60, "h", "min" },
		{ 60, 1, "min", "s" },
	};
	long long whole, rest;
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (secs < units[i].secs)
			continue;
		whole = secs / units[i].secs;
		rest = secs % units[i].secs / units[i].part;
		if (rest == 0)
			(void)snprintf(
			    out, CSG_SPAN_LEN, "%lld %s", whole, units[i].name);
		else
			(void)snprintf(out, CSG_SPAN_LEN, "%lld %s %lld %s",
			    whole, units[i].name, rest, units[i].part_name);
		return out;
	}
	(void)snprintf(out, CSG_SPAN_LEN, "%lld s", (long long)secs);
	return out;
}

/* ---- elements ---- */

void
csg_svg_begin(
    struct csg_buf *out, const char *title, double width, double height)
{
	csg_buf_printf(out,
	    "<svg role=\"img\" viewBox=\"0 0 %.0f %.0f\" "
	    "style=\"width:%.0fpx\" aria-label=\"",
	    width, height, width < W ? width : width * FILL);
	csg_html_text(out, title);
	csg_buf_puts(out, "\">\n");
}

void
csg_svg_end(struct csg_buf *out)
{
	csg_buf_puts(out, "</svg>\n");
}

void
csg_svg_text(struct csg_buf *out, double x, double y, const char *class,
    const char *s, size_t max)
{
	csg_buf_printf(
	    out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	csg_html_cut(out, s, max);
	csg_buf_puts(out, "</text>\n");
}

void
csg_svg_line(struct csg_buf *out, double x1, double y1, double x2, double y2,
    const char *class)
{
	csg_buf_printf(out,
	    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
	    "class=\"%s\"/>\n",
	    x1, y1, x2, y2, class);
}

/* Begin a rectangle.  The caller writes its title, then csg_svg_end_rect(). */
void
csg_svg_rect(struct csg_buf *out, double x, double y, double w, double h,
    const char *fill)
{
	csg_buf_printf(out,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
	    "fill=\"%s\"><title>",
	    x, y, w, h, fill);
}

void
csg_svg_end_rect(struct csg_buf *out)
{
	csg_buf_puts(out, "</title></rect>\n");
}

static void
draw_number(
    struct csg_buf *out, double x, double y, const char *class, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	csg_svg_text(out, x, y, class, text, sizeof(text));
}

/* ---- columns ---- */

#define LEFT 52.0
#define TOP 12.0
#define BELOW 44.0

struct plot {
	const struct csg_columns *c;
	double step, width, height;
	uint64_t tick, top; /* of the axis */
};

/* 1, 2 or 5 times a power of ten, so that there are at most five ticks. */
static uint64_t
tick_for(uint64_t most)
{
	uint64_t t = 1;

	while (most / t > 5)
		if (most / (t * 2) <= 5)
			return t * 2;
		else if (most / (t * 5) <= 5)
			return t * 5;
		else
			t *= 10;
	return t;
}

static uint64_t
sum_of(const struct csg_columns *c, size_t i)
{
	uint64_t sum = 0;
	size_t k;

	for (k = 0; k < c->m; k++)
		sum += c->v[i * c->m + k];
	return sum;
}

static void
plan_plot(struct plot *p, const struct csg_columns *c)
{
	uint64_t most = 1, sum;
	size_t i;

	for (i = 0; i < c->n; i++)
		if ((sum = sum_of(c, i)) > most)
			most = sum;
	p->c = c;
	p->tick = tick_for(most);
	p->top = (most + p->tick - 1) / p->tick * p->tick;
	p->height = c->height - TOP - BELOW;
	p->step = (W - LEFT - 8) / (double)c->n;
	if (p->step > 92)
		p->step = 92;
	p->width = p->step * (double)c->n;
	if (p->width < 320)
		p->width = 320;
}

static double
y_of(const struct plot *p, uint64_t v)
{
	return TOP + p->height * (1 - (double)v / (double)p->top);
}

static void
draw_count_axis(struct csg_buf *out, const struct plot *p)
{
	uint64_t v;

	for (v = 0; v <= p->top; v += p->tick) {
		csg_svg_line(out, LEFT, y_of(p, v), LEFT + p->width, y_of(p, v),
		    v == 0 ? "axis" : "grid");
		draw_number(out, LEFT - 6, y_of(p, v) + 4, "end", v);
	}
}

/* Label the columns: the upper line every so many columns, the lower line where
 * it has room. */
static void
draw_ticks(struct csg_buf *out, const struct plot *p)
{
	const struct csg_columns *c = p->c;
	const double y = TOP + p->height;
	size_t i, next, every = 1;
	double x;

	while ((double)every * p->step < 30)
		every++;
	for (i = 0; i < c->n; i++) {
		x = LEFT + (double)i * p->step;
		if (i % every == 0)
			csg_svg_text(out, x + p->step / 2, y + 16, "mid",
			    c->minor[i], 8);
		if (c->major[i][0] == '\0')
			continue;
		csg_svg_line(out, x, y, x, y + 24, "axis");
		for (next = i + 1; next < c->n && c->major[next][0] == '\0';)
			next++;
		if ((double)(next - i) * p->step > 60 || next - i == c->n)
			csg_svg_text(
			    out, x + 3, y + 34, "major", c->major[i], 8);
	}
}

/* The value of a fill attribute, followed by an opacity attribute. */
static const char *
fill_attributes(const struct csg_paint *p, char out[48])
{
	static const char *const opacity[] = { "1", ".6", ".35" };

	(void)snprintf(out, 48, "%s\" fill-opacity=\"%s", color_code(p->color),
	    opacity[p->faded < 3 ? p->faded : 2]);
	return out;
}

static void
draw_stack(struct csg_buf *out, const struct plot *p, size_t i)
{
	const struct csg_columns *c = p->c;
	const double w = p->step * 0.82, gap = p->step * 0.09;
	uint64_t v, below = 0;
	char fill[48];
	size_t k;

	for (k = 0; k < c->m; k++) {
		if ((v = c->v[i * c->m + k]) == 0)
			continue;
		csg_svg_rect(out, LEFT + (double)i * p->step + gap,
		    y_of(p, below + v), w, y_of(p, below) - y_of(p, below + v),
		    fill_attributes(&c->paint[k], fill));
		csg_html_printf(
		    out, "%s: %llu", c->name[k], (unsigned long long)v);
		csg_svg_end_rect(out);
		below += v;
	}
}

void
csg_chart_columns(struct csg_buf *out, const struct csg_columns *c)
{
	struct plot p;
	size_t i;

	plan_plot(&p, c);
	csg_svg_begin(out, c->title, W, c->height);
	draw_count_axis(out, &p);
	for (i = 0; i < c->n; i++)
		draw_stack(out, &p, i);
	draw_ticks(out, &p);
	csg_svg_end(out);
}

void
csg_chart_legend(struct csg_buf *out, const struct csg_columns *c)
{
	uint64_t sum;
	char fill[48];
	size_t i, k;

	csg_buf_puts(out, "<ul class=\"legend\">");
	for (k = 0; k < c->m; k++) {
		for (sum = 0, i = 0; i < c->n; i++)
			sum += c->v[i * c->m + k];
		csg_buf_printf(out,
		    "<li><svg class=\"swatch\" viewBox=\"0 0 12 12\" "
		    "aria-hidden=\"true\"><rect width=\"12\" height=\"12\" "
		    "fill=\"%s\"/></svg>",
		    fill_attributes(&c->paint[k], fill));
		csg_html_printf(
		    out, "%s: %llu", c->name[k], (unsigned long long)sum);
		csg_buf_puts(out, "</li>\n");
	}
	csg_buf_puts(out, "</ul>\n");
}

/* ---- bars ---- */

#define ROW 26.0
#define NAMES 150.0

void
csg_chart_bars(struct csg_buf *out, const char *title,
    const struct csg_bar *bars, size_t n)
{
	uint64_t most = 1;
	double y, w;
	size_t i;

	for (i = 0; i < n; i++)
		if (bars[i].v > most)
			most = bars[i].v;
	csg_svg_begin(out, title, W, ROW * (double)n + 4);
	for (i = 0; i < n; i++) {
		y = ROW * (double)i;
		w = (W - NAMES - 80) * (double)bars[i].v / (double)most;
		csg_svg_text(out, NAMES - 8, y + 18, "end", bars[i].name, 20);
		csg_svg_rect(
		    out, NAMES, y + 4, w > 2 ? w : 2, ROW - 8, color_code(0));
		csg_html_printf(out, "%s: %llu", bars[i].name,
		    (unsigned long long)bars[i].v);
		csg_svg_end_rect(out);
		draw_number(out, NAMES + w + 8, y + 18, "start", bars[i].v);
	}
	csg_svg_end(out);
}
