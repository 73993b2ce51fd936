/* Pages and drawings: nothing foreign is markup, and every number is there. */
#include <string.h>

#include "lib/report/chart.h"
#include "lib/codec/html.h"
#include "tests/unit/unit.h"

static struct csg_buf out;

/* What was written since the last call. */
static bool
is(const char *want)
{
	bool ok = strcmp(csg_buf_str(&out), want) == 0;

	if (!ok)
		printf("# %s\n", csg_buf_str(&out));
	csg_buf_free(&out);
	return ok;
}

static size_t
times(const char *what)
{
	const char *s = csg_buf_str(&out);
	size_t n = 0;

	while ((s = strstr(s, what)) != NULL) {
		s += strlen(what);
		n++;
	}
	return n;
}

static void
test_text(void)
{
	unit_case("foreign text is no markup");
	csg_html_text(&out, "<b a=\"1\" b='2'>&amp;");
	CHECK(is("&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;"));
	csg_html_printf(&out, "%s%d", "<", 1);
	CHECK(is("&lt;1"));
	unit_case("and what can't be shown is not");
	csg_html_text(&out, "a\033[1m\n\xe2\x80\xae\xff\xc3\xa4");
	CHECK(is("a\\x1b[1m\\x0a\\xe2\\x80\\xae\\xff\xc3\xa4"));
	unit_case("long text is cut between characters");
	csg_html_cut(&out, "\xc3\xa4\xc3\xb6\xc3\xbc", 3);
	CHECK(is("\xc3\xa4\xc3\xb6\xc3\xbc"));
	csg_html_cut(&out, "\xc3\xa4\xc3\xb6\xc3\xbc&", 3);
	CHECK(is("\xc3\xa4\xc3\xb6\xe2\x80\xa6"));
	csg_html_cut(&out, "<<<<", 3);
	CHECK(is("&lt;&lt;\xe2\x80\xa6"));
	csg_html_cut(&out, "", 3);
	CHECK(is(""));
}

static void
test_table(void)
{
	static const char *const columns[] = { "Name", "#Size", NULL };

	unit_case("a table");
	csg_html_table(&out, "A & B", columns);
	csg_html_row(&out);
	csg_html_head(&out, "<x>");
	csg_html_number(&out, UINT64_MAX);
	csg_html_cell(&out, "%s", "'");
	csg_html_end_row(&out);
	csg_html_end_table(&out);
	CHECK(is("<table><caption>A &amp; B</caption>\n"
		 "<thead><tr><th scope=\"col\">Name</th>"
		 "<th scope=\"col\" class=\"n\">Size</th></tr></thead>\n"
		 "<tbody>\n<tr><th scope=\"row\">&lt;x&gt;</th>"
		 "<td class=\"n\">18446744073709551615</td><td>&#39;</td>"
		 "</tr>\n</tbody></table>\n"));
}

static void
test_span(void)
{
	static const struct {
		int64_t secs;
		const char *text;
	} rows[] = { { 0, "0 s" }, { 59, "59 s" }, { 60, "1 min" },
		{ 61, "1 min 1 s" }, { 3599, "59 min 59 s" }, { 3600, "1 h" },
		{ 12061, "3 h 21 min" }, { 86400, "1 d" }, { 90000, "1 d 1 h" },
		{ 86459, "1 d" } };
	char text[CSG_SPAN_LEN];
	size_t i;

	unit_case("spans of time");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(strcmp(csg_span_format(rows[i].secs, text),
			  rows[i].text) == 0);
}

static void
test_columns(void)
{
	static const char *const minor[] = { "Nov", "Dec", "Jan" };
	static const char *const major[] = { "2025", "", "2026" };
	static const char *const name[] = { "<boot>", "rom" };
	static const struct csg_paint paint[] = { { 0, 0 }, { 0, 1 } };
	static const uint64_t v[] = { 3, 4, 0, 0, 5, 0 };
	const struct csg_columns c = { .title = "a \"title\"",
		.minor = minor,
		.major = major,
		.name = name,
		.paint = paint,
		.v = v,
		.n = 3,
		.m = 2,
		.height = 200 };

	unit_case("columns: a rectangle for each part that is not zero");
	csg_chart_columns(&out, &c);
	CHECK(times("<rect") == 3 && times("</rect>") == 3);
	CHECK(times("<title>&lt;boot&gt;: 3</title>") == 1 &&
	    times("<title>rom: 4</title>") == 1);
	CHECK(times("aria-label=\"a &quot;title&quot;\"") == 1);
	CHECK(times(">Dec<") == 1 && times(">2026<") == 1);
	CHECK(times(">8<") == 1 && times(">2<") == 1); /* the axis */
	CHECK(times("fill-opacity=\".6\"") == 1);
	csg_buf_free(&out);
	csg_chart_legend(&out, &c);
	CHECK(times("&lt;boot&gt;: 8</li>") == 1 && times("rom: 4</li>") == 1);
	csg_buf_free(&out);
}

static void
test_bars(void)
{
	static const struct csg_bar bars[] = { { "VETO", 7 }, { "<", 0 } };

	unit_case("bars with their numbers");
	csg_chart_bars(&out, "t", bars, 2);
	CHECK(times("<rect") == 2 && times(">7<") == 1 && times(">0<") == 1 &&
	    times(">&lt;<") == 1);
	csg_buf_free(&out);
}

static void
test_ranges(void)
{
	static const struct csg_range r[] = { { "boot", 9, 30, 60, 600, 700,
						  3600, 7200 },
		{ "none", 0, 0, 0, 0, 0, 0, 0 },
		{ "ages", 1, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX,
		    INT64_MAX, INT64_MAX } };

	unit_case("ranges, on an axis that holds them");
	csg_chart_ranges(&out, "t", r, 1);
	CHECK(times("class=\"median\"") == 1 && times(">10 min<") == 2 &&
	    times(">1 h<") == 2 && times(">4 h<") == 1 && times(">1 d<") == 0);
	csg_buf_free(&out);
	csg_chart_ranges(&out, "t", r, 2);
	CHECK(times("class=\"median\"") == 1 && times(">none<") == 1);
	csg_buf_free(&out);
	csg_chart_ranges(&out, "t", r, 3);
	CHECK(times("class=\"median\"") == 2 && times(">10 y<") == 1 &&
	    times("nan") == 0 && times("inf") == 0);
	csg_buf_free(&out);
	csg_chart_ranges(&out, "t", r + 1, 1);
	CHECK(times("class=\"median\"") == 0);
	csg_buf_free(&out);
}

static void
test_matrix(void)
{
	static const char *const people[] = { "alice", "<b>" };
	static const uint64_t v[] = { 12345, 1, 0, 4 };
	struct csg_matrix m = { .title = "t",
		.row = people,
		.column = people,
		.rows = 2,
		.columns = 2,
		.v = v,
		.same = true };

	unit_case("a matrix: a cell each, numbers where there are some");
	csg_chart_matrix(&out, &m);
	CHECK(times("<rect") == 4 && times(">12k<") == 1 && times(">1<") == 1 &&
	    times(">0<") == 0);
	CHECK(times("<title>alice: 12345 in all</title>") == 1 &&
	    times("<title>&lt;b&gt;, alice: 0</title>") == 1);
	CHECK(times("fill=\"#084594\"") == 1); /* the most, off the diagonal */
	csg_buf_free(&out);
	m.same = false;
	csg_chart_matrix(&out, &m);
	CHECK(times("<title>alice, alice: 12345</title>") == 1 &&
	    times("fill=\"#084594\"") == 1);
	csg_buf_free(&out);
}

int
main(void)
{
	test_text();
	test_table();
	test_span();
	test_columns();
	test_bars();
	test_ranges();
	test_matrix();
	return unit_done();
}
