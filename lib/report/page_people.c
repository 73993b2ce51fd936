/* The page of a report: who endorses how often, with whom and for whom. */
#include <stdlib.h>
#include <string.h>

#include "lib/report/page_parts.h"
#include "lib/report/chart.h"

#define SHOWN 30 /* people in a matrix, or before the reader opens the rest */

typedef uint64_t (*pair_count)(const struct csg_analysis *, size_t, size_t);

/* ---- people ---- */

/* The person who approved most of the requests that this person approved. */
static void
companion_cell(
    const struct csg_report *r, const struct csg_person *p, struct csg_buf *out)
{
	const size_t who = (size_t)(p - r->a->people);
	uint64_t n, most = 0;
	size_t i, best = CSG_NONE;

	for (i = 0; i < r->a->npeople; i++) {
		n = csg_analysis_together(r->a, who, r->people[i].i);
		if (r->people[i].i != who && n > most) {
			most = n;
			best = i;
		}
	}
	if (best == CSG_NONE)
		csg_html_cell(out, "%s", p->approvals > 0 ? "alone" : "");
	else
		csg_html_cell(out, "%s (%llu)", r->people[best].name,
		    (unsigned long long)most);
}

static void
person_row(
    const struct csg_report *r, const struct csg_person *p, struct csg_buf *out)
{
	csg_html_row(out);
	csg_html_head(out, p->name);
	csg_html_number(out, p->requests);
	csg_html_number(out, p->approvals);
	csg_html_number(out, p->blind);
	csg_html_number(out, p->abstentions);
	csg_html_number(out, p->rejections);
	csg_html_number(out, p->operated);
	companion_cell(r, p, out);
	csg_page_day(out, p->last);
	csg_html_end_row(out);
}

static void
people_table(
    const struct csg_report *r, size_t from, size_t to, struct csg_buf *out)
{
	static const char *const columns[] = { "Person", "#Requested",
		"#Approved", "#Blind", "#Abstained", "#Rejected", "#Operated",
		"Most often with", "Last", NULL };

	csg_html_table(out, "People, the busiest approvers first", columns);
	for (; from < to; from++)
		person_row(r, &r->a->people[r->people[from].i], out);
	csg_html_end_table(out);
}

void
csg_page_people(const struct csg_report *r, struct csg_buf *out)
{
	const size_t n = r->a->npeople,
		     open = n > SHOWN + SHOWN / 4 ? SHOWN : n;

	csg_page_section(out, "people", "Who endorses");
	if (n == 0)
		csg_page_say(out, "Nobody took part in anything.");
	else {
		csg_page_say(out,
		    "This counts the votes that signatures rest on, one per person and request, and rejections, which stop a request for good.");
		people_table(r, 0, open, out);
	}
	if (open < n) {
		csg_page_details(out, "The others");
		people_table(r, open, n, out);
		csg_page_end_details(out);
	}
	csg_page_end_section(out);
}

/* ---- pairs ---- */

/* Choose the busiest approvers or requesters, at most SHOWN; *all is their
 * total number. */
static size_t
choose_busiest(const struct csg_report *r, bool requesters, size_t *chosen,
    size_t *all, struct csg_buf *out)
{
	struct csg_rank *rank = calloc(r->a->npeople + 1, sizeof(*rank));
	const struct csg_person *p;
	size_t i, n;

	*all = 0;
	for (i = 0; rank != NULL && i < r->a->npeople; i++) {
		p = &r->a->people[i];
		rank[*all] =
		    (struct csg_rank){ requesters ? p->requests : p->approvals,
			    p->name, i };
		*all += rank[*all].value > 0;
	}
	out->failed = out->failed || rank == NULL;
	csg_rank_sort(rank, *all);
	n = *all < SHOWN ? *all : SHOWN;
	for (i = 0; i < n; i++)
		chosen[i] = rank[i].i;
	free(rank);
	return n;
}

static void
pairs_table(
    const struct csg_matrix *m, const char *const *columns, struct csg_buf *out)
{
	uint64_t v;
	size_t i, j;

	csg_page_details(out, "These numbers as a table");
	csg_html_table(out, m->title, columns);
	for (i = 0; i < m->rows; i++)
		for (j = m->same ? i + 1 : 0; j < m->columns; j++) {
			if ((v = m->v[i * m->columns + j]) == 0)
				continue;
			csg_html_row(out);
			csg_html_head(out, m->row[i]);
			csg_html_cell(out, "%s", m->column[j]);
			csg_html_number(out, v);
			csg_html_end_row(out);
		}
	csg_html_end_table(out);
	csg_page_end_details(out);
}

/* rows and columns are indices of people. */
static void
matrix_chart(const struct csg_report *r, const struct csg_matrix *shape,
    const size_t *rows, const size_t *columns, pair_count count,
    const char *const *heads, struct csg_buf *out)
{
	const char *row[SHOWN], *column[SHOWN];
	struct csg_matrix m = *shape;
	uint64_t *v = calloc(m.rows, m.columns * sizeof(*v));
	size_t i, j;

	if (v == NULL) {
		out->failed = true;
		return;
	}
	for (i = 0; i < m.rows; i++)
		row[i] = r->a->people[rows[i]].name;
	for (j = 0; j < m.columns; j++)
		column[j] = r->a->people[columns[j]].name;
	for (i = 0; i < m.rows; i++)
		for (j = 0; j < m.columns; j++)
			v[i * m.columns + j] = count(r->a, rows[i], columns[j]);
	m.row = row;
	m.column = column;
	m.v = v;
	csg_chart_matrix(out, &m);
	if (!m.same || m.rows > 1)
		pairs_table(&m, heads, out);
	free(v);
}

static void
say_shown(size_t shown, size_t all, const char *what, struct csg_buf *out)
{
	if (all > shown)
		csg_page_say(out,
		    "Only the %zu busiest %s of %zu are shown; csg-log report -j has all.",
		    shown, what, all);
}

void
csg_page_matrices(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const with[] = { "Approver", "and", "#Requests",
		NULL };
	static const char *const whose[] = { "Approver", "Requester",
		"#Requests", NULL };
	size_t approver[SHOWN], requester[SHOWN], na, nr, all_a, all_r;
	struct csg_matrix m = {
		.title = "Requests that both approved",
		.same = true,
	};

	na = choose_busiest(r, false, approver, &all_a, out);
	nr = choose_busiest(r, true, requester, &all_r, out);
	if (na == 0 || nr == 0)
		return;
	csg_page_section(out, "pairs", "Who endorses with whom, and for whom");
	csg_buf_puts(out, "<div class=\"beside\"><div>\n<h3>With whom</h3>\n");
	csg_page_say(out,
	    "Signed requests that both people approved. The diagonal shows all requests that a person approved.");
	say_shown(na, all_a, "approvers", out);
	m.rows = m.columns = na;
	matrix_chart(
	    r, &m, approver, approver, csg_analysis_together, with, out);
	csg_buf_puts(out, "</div><div>\n<h3>For whom</h3>\n");
	csg_page_say(
	    out, "Requests by requester (across) and approver (down).");
	say_shown(nr, all_r, "requesters", out);
	m = (struct csg_matrix){
		.title = "Approved requests by approver and requester",
		.rows = na,
		.columns = nr,
	};
	matrix_chart(
	    r, &m, approver, requester, csg_analysis_approved, whose, out);
	csg_buf_puts(out, "</div></div>\n");
	csg_page_end_section(out);
}
