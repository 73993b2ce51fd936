/* The page of a report: signatures over time, times to a quorum. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report/page_parts.h"
#include "lib/report/chart.h"

#define PARTS CSG_CHART_COLORS /* including "others" */

/* ---- columns ---- */

struct label {
	char minor[8], major[12], full[24];
};

/* One chart: the largest parts in order, and the others added up. */
struct chart {
	struct csg_columns c;
	struct label *label;
	const char **minor, **major;
	const char *name[PARTS];
	struct csg_paint paint[PARTS];
	uint64_t *v;
};

static const char *
month_name(const char *time)
{
	static const char *const words[] = {
		"Jan",
		"Feb",
		"Mar",
		"Apr",
		"May",
		"Jun",
		"Jul",
		"Aug",
		"Sep",
		"Oct",
		"Nov",
		"Dec",
	};

	return words[((time[5] - '0') * 10 + time[6] - '1') % 12];
}

static void
label_column(enum csg_period p, int64_t start, struct label *l)
{
	char t[CSG_TIME_LEN];

	(void)csg_time_format(start, t);
	(void)snprintf(l->full, sizeof(l->full), "%.10s", t);
	(void)snprintf(l->major, sizeof(l->major), "%.4s", t);
	switch (p) {
	case CSG_DAY:
	case CSG_WEEK:
		(void)snprintf(l->minor, sizeof(l->minor), "%.2s", t + 8);
		(void)snprintf(
		    l->major, sizeof(l->major), "%s %.4s", month_name(t), t);
		break;
	case CSG_MONTH:
		(void)snprintf(l->minor, sizeof(l->minor), "%s", month_name(t));
		(void)snprintf(
		    l->full, sizeof(l->full), "%s %.4s", month_name(t), t);
		break;
	case CSG_QUARTER:
		(void)snprintf(l->minor, sizeof(l->minor), "Q%d",
		    ((t[5] - '0') * 10 + t[6] - '1') / 3 + 1);
		(void)snprintf(
		    l->full, sizeof(l->full), "%s %.4s", l->minor, t);
		break;
	case CSG_YEAR:
		(void)snprintf(l->minor, sizeof(l->minor), "%.4s", t);
		(void)snprintf(l->full, sizeof(l->full), "%.4s", t);
		break;
	}
}

/* Set the labels; the lower line only where it changes. */
static void
label_columns(const struct csg_series *s, struct chart *x)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		label_column(s->period, s->start[i], &x->label[i]);
		x->minor[i] = x->label[i].minor;
		x->major[i] = i > 0 &&
			strcmp(x->label[i].major, x->label[i - 1].major) == 0 ?
		    "" :
		    x->label[i].major;
		if (s->period == CSG_YEAR)
			x->major[i] = "";
	}
}

static void
fill_columns(struct chart *x, const struct csg_rank *rank, const uint64_t *v,
    size_t names)
{
	const size_t m = x->c.m, others = names > m ? m - 1 : m;
	size_t i, k, part;

	for (k = 0; k < names; k++) {
		part = k < others ? k : others;
		x->name[part] = k < others ? rank[k].name : "others";
		x->paint[part].color = k < others ? k : CSG_CHART_COLORS - 1;
		for (i = 0; i < x->c.n; i++)
			x->v[i * m + part] += v[i * names + rank[k].i];
	}
}

static bool
chart_init(struct chart *x, const struct csg_series *s,
    const struct csg_rank *rank, const uint64_t *v, size_t names)
{
	size_t m = names < PARTS ? names : PARTS;

	memset(x, 0, sizeof(*x));
	x->label = calloc(s->n, sizeof(*x->label));
	x->minor = calloc(s->n, sizeof(*x->minor));
	x->major = calloc(s->n, sizeof(*x->major));
	x->v = calloc(s->n, m * sizeof(*x->v));
	if (x->label == NULL || x->minor == NULL || x->major == NULL ||
	    x->v == NULL)
		return false;
	x->c = (struct csg_columns){
		.minor = x->minor,
		.major = x->major,
		.name = x->name,
		.paint = x->paint,
		.v = x->v,
		.n = s->n,
		.m = m,
	};
	label_columns(s, x);
	fill_columns(x, rank, v, names);
	return true;
}

static void
chart_clear(struct chart *x)
{
	free(x->label);
	free(x->minor);
	free(x->major);
	free(x->v);
}

/* A key gets the color of its profile, paler for each further key of that
 * profile; "others" keeps its color. */
static void
paint_keys(struct chart *x, const struct csg_report *r)
{
	const size_t n = r->a->keys.n;
	size_t k, j;

	for (k = 0; k < x->c.m; k++) {
		if (n <= x->c.m || k < x->c.m - 1)
			x->paint[k].color = csg_report_serves(r, r->keys[k].i);
		for (j = 0; j < k; j++)
			x->paint[k].faded +=
			    x->paint[j].color == x->paint[k].color;
	}
}

/* ---- signatures over time ---- */

static void
columns_head(const struct chart *x, const char *period, struct csg_buf *out)
{
	char caption[64], first[16];
	const char *columns[PARTS + 3] = { first, "#All" };
	char names[PARTS][72];
	size_t k;

	for (k = 0; k < x->c.m; k++) {
		(void)snprintf(
		    names[k], sizeof(names[k]), "#%.70s", x->name[k]);
		columns[k + 2] = names[k];
	}
	(void)snprintf(first, sizeof(first), "%s", period);
	first[0] = (char)(first[0] - 'a' + 'A');
	(void)snprintf(caption, sizeof(caption), "Signatures per %s", period);
	csg_html_table(out, caption, columns);
}

static void
columns_table(const struct chart *x, const char *period, struct csg_buf *out)
{
	uint64_t sum;
	size_t i, k;

	csg_page_details(out, "These numbers as a table");
	columns_head(x, period, out);
	for (i = 0; i < x->c.n; i++) {
		csg_html_row(out);
		csg_html_head(out, x->label[i].full);
		for (sum = 0, k = 0; k < x->c.m; k++)
			sum += x->v[i * x->c.m + k];
		csg_html_number(out, sum);
		for (k = 0; k < x->c.m; k++)
			csg_html_number(out, x->v[i * x->c.m + k]);
		csg_html_end_row(out);
	}
	csg_html_end_table(out);
	csg_page_end_details(out);
}

static void
columns_chart(const struct csg_report *r, const char *title, int height,
    const struct csg_rank *rank, const uint64_t *v, size_t names,
    struct csg_buf *out)
{
	struct chart x;

	if (chart_init(&x, &r->series, rank, v, names)) {
		if (rank == r->keys)
			paint_keys(&x, r);
		x.c.title = title;
		x.c.height = height;
		csg_chart_legend(out, &x.c);
		csg_chart_columns(out, &x.c);
		columns_table(&x, csg_period_words[r->series.period], out);
	} else
		out->failed = true;
	chart_clear(&x);
}

void
csg_page_time(const struct csg_report *r, struct csg_buf *out)
{
	const struct csg_series *s = &r->series;

	csg_page_section(out, "time", "Signatures over time");
	if (s->n == 0) {
		csg_page_say(out, "Nothing was signed.");
		csg_page_end_section(out);
		return;
	}
	csg_buf_puts(out, "<p>");
	csg_page_count(out, r->a->signatures, "signature", "signatures");
	csg_buf_puts(out, " in ");
	csg_page_count(out, r->a->ndone, "request", "requests");
	csg_html_printf(out,
	    ", with one column per %s. The profile with the most signatures is %s: %llu.",
	    csg_period_words[s->period], r->profiles[0].name,
	    (unsigned long long)r->profiles[0].value);
	csg_buf_puts(out, "</p>\n");
	csg_buf_puts(out, "<h3>By profile</h3>\n");
	columns_chart(r, "Signatures over time by profile", 270, r->profiles,
	    s->profile, s->nprofiles, out);
	csg_buf_puts(out, "<h3>By key</h3>\n");
	columns_chart(r, "Signatures over time by key", 210, r->keys, s->key,
	    s->nkeys, out);
	csg_page_end_section(out);
}

/* ---- times to a quorum ---- */

static void
waits_table(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Profile", "#Requests", "Least",
		"Quarter within", "Median", "90 % within", "90% within", NULL };
	char span[CSG_SPAN_LEN];
	const struct csg_waits *w;
	size_t i;

	csg_page_details(out, "These numbers as a table");
	csg_html_table(out, "From request to quorum", columns);
	for (i = 0; i < r->a->profiles.n; i++) {
		w = &r->waits[r->profiles[i].i];
		csg_html_row(out);
		csg_html_head(out, r->profiles[i].name);
		csg_html_number(out, w->n);
		csg_html_cell(out, "%s", csg_span_format(w->least, span));
		csg_html_cell(out, "%s", csg_span_format(w->quarter, span));
		csg_html_cell(out, "%s", csg_span_format(w->median, span));
		csg_html_cell(out, "%s", csg_span_format(w->ninth, span));
		csg_html_cell(out, "%s", csg_span_format(w->most, span));
		csg_html_end_row(out);
	}
	csg_html_end_table(out);
	csg_page_end_details(out);
}

void
csg_page_waits(const struct csg_report *r, struct csg_buf *out)
{
	const size_t n = r->a->profiles.n;
	struct csg_range *ranges = calloc(n + 1, sizeof(*ranges));
	const struct csg_waits *w;
	size_t i;

	csg_page_section(out, "quorum", "From request to quorum");
	if (ranges == NULL)
		out->failed = true;
	else if (r->waits[n].n == 0)
		csg_page_say(out, "Nothing was signed.");
	else {
		csg_page_say(out,
		    "The time from a request to the vote that %s. The box covers the middle half of the requests; the thick mark is the median, the small mark the 90th percentile, and the line covers all requests.",
		    r->policy != NULL ? "completed its quorum" :
					"was its last approval");
		for (i = 0; i < n; i++) {
			w = &r->waits[r->profiles[i].i];
			ranges[i] = (struct csg_range){ r->profiles[i].name,
				w->n, w->least, w->quarter, w->median,
				w->three_quarters, w->ninth, w->most };
		}
		csg_chart_ranges(
		    out, "From request to quorum by profile", ranges, n);
		waits_table(r, out);
	}
	free(ranges);
	csg_page_end_section(out);
}
