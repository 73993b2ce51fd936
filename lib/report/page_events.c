/* The page of a report: emergencies, blind votes, refusals, rejections and
 * history, listed individually. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report/page_parts.h"
#include "lib/report/chart.h"

/* ---- cells ---- */

static void
request_cell(struct csg_buf *out, const struct csg_event *e)
{
	char words[12];

	csg_buf_printf(out, "<td class=\"nw\">%s<br/>entry %llu</td>",
	    csg_id_proquints(&e->request, 2, words),
	    (unsigned long long)e->seq);
}

static void
artifacts_cell(struct csg_buf *out, const struct csg_event *e)
{
	if (e->artifacts == 0)
		csg_html_cell(out, "destroyed key %s", e->artifact);
	else if (e->artifacts == 1)
		csg_html_cell(out, "%s", e->artifact);
	else
		csg_html_cell(
		    out, "%s and %zu more", e->artifact, e->artifacts - 1);
}

static void
person_cell(struct csg_buf *out, const struct csg_analysis *a, size_t who)
{
	csg_html_cell(out, "%s", who != CSG_NONE ? a->people[who].name : "");
}

static void
approvers_cell(struct csg_buf *out, const struct csg_analysis *a,
    const struct csg_event *e)
{
	size_t i;

	csg_buf_puts(out, "<td>");
	for (i = 0; i < e->napprovers; i++)
		csg_html_printf(out, "%s%s", i > 0 ? ", " : "",
		    a->people[e->approvers[i]].name);
	csg_buf_puts(out, "</td>");
}

/* ---- lists ---- */

#define OPEN 20 /* rows shown before the reader opens the rest */

struct listing {
	const char *caption;
	const char *const *columns;
	void (*row)(const struct csg_analysis *a, const struct csg_event *e,
	    struct csg_buf *out);
};

/* The events from index from - 1 down to index downto. */
static void
events_table(const struct csg_analysis *a, const struct csg_events *list,
    const struct listing *l, size_t from, size_t downto, struct csg_buf *out)
{
	size_t i;

	csg_html_table(out, l->caption, l->columns);
	for (i = from; i-- > downto;)
		l->row(a, &list->v[i], out);
	csg_html_end_table(out);
}

/* List events, the newest first; a line says if there are more. */
static void
list_events(const struct csg_analysis *a, const struct csg_events *list,
    const struct listing *l, struct csg_buf *out)
{
	size_t rest = list->n > OPEN + OPEN / 4 ? list->n - OPEN : 0;
	char summary[64];

	if (list->n == 0) {
		csg_page_say(out, "None.");
		return;
	}
	if (list->total > list->n)
		csg_page_say(out,
		    "The newest %zu of %llu are listed; csg-log list shows all.",
		    list->n, (unsigned long long)list->total);
	events_table(a, list, l, list->n, rest, out);
	if (rest == 0)
		return;
	(void)snprintf(summary, sizeof(summary), "The %zu before these", rest);
	csg_page_details(out, summary);
	events_table(a, list, l, rest, 0, out);
	csg_page_end_details(out);
}

/* ---- emergencies ---- */

static void
emergency_row(const struct csg_analysis *a, const struct csg_event *e,
    struct csg_buf *out)
{
	csg_html_row(out);
	csg_page_day(out, e->time);
	request_cell(out, e);
	csg_html_cell(out, "%s, %s%s", e->profile, e->route,
	    e->policy_unknown ? " (policy unknown)" : "");
	artifacts_cell(out, e);
	person_cell(out, a, e->requester);
	csg_html_cell(out, "%s", e->text);
	approvers_cell(out, a, e);
	person_cell(out, a, e->operator_);
	csg_html_end_row(out);
}

void
csg_page_emergencies(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Date", "Request",
		"Profile, route", "Artifact", "Requested by", "Why",
		"Approved by", "Operator", NULL };
	static const struct listing listing = {
		"Requests signed by an emergency route, the newest first",
		columns, emergency_row
	};

	csg_page_section(out, "emergency", "Emergency use");
	list_events(r->a, &r->a->emergencies, &listing, out);
	csg_page_end_section(out);
}

/* ---- blind votes ---- */

static void
blind_row(const struct csg_analysis *a, const struct csg_event *e,
    struct csg_buf *out)
{
	csg_html_row(out);
	csg_page_day(out, e->time);
	request_cell(out, e);
	csg_html_cell(out, "%s", e->profile);
	artifacts_cell(out, e);
	person_cell(out, a, e->person);
	person_cell(out, a, e->requester);
	approvers_cell(out, a, e);
	csg_html_end_row(out);
}

void
csg_page_blind(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Date", "Request", "Profile",
		"Artifact", "Voted blind", "Requested by", "Also approved by",
		NULL };
	static const struct listing listing = {
		"Votes without all artifacts at hand, the newest first",
		columns, blind_row
	};

	csg_page_section(out, "blind", "Blind votes");
	list_events(r->a, &r->a->blinds, &listing, out);
	csg_page_end_section(out);
}

/* ---- refusals ---- */

/* The meaning of a reason word; "" if this csg does not know it. */
static const char *
reason_meaning(const char *word)
{
	int i;

	for (i = CSG_R_NONE + 1; i < CSG_R_COUNT; i++)
		if (strcmp(csg_reason_word((enum csg_reason)i), word) == 0)
			return csg_reason_text((enum csg_reason)i);
	return "";
}

static void
refusals_table(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Reason", "Meaning", "#Requests",
		"Last", NULL };
	const struct csg_count *v;
	size_t i;

	csg_html_table(out, "Refusals, the most frequent first", columns);
	for (i = 0; i < r->a->reasons.n; i++) {
		v = &r->a->reasons.v[r->reasons[i].i];
		csg_html_row(out);
		csg_html_head(out, v->name);
		csg_html_cell(out, "%s", reason_meaning(v->name));
		csg_html_number(out, v->requests);
		csg_page_day(out, v->last);
		csg_html_end_row(out);
	}
	csg_html_end_table(out);
}

void
csg_page_refusals(const struct csg_report *r, struct csg_buf *out)
{
	const size_t n = r->a->reasons.n;
	struct csg_bar *bars = calloc(n + 1, sizeof(*bars));
	size_t i;

	csg_page_section(out, "refusals", "Refusals by reason");
	if (bars == NULL)
		out->failed = true;
	else if (n == 0)
		csg_page_say(out, "None.");
	else {
		csg_page_say(out,
		    "Authentic requests that csg-sign refused, counted once for each reason.");
		for (i = 0; i < n; i++)
			bars[i] = (struct csg_bar){ r->reasons[i].name,
				r->reasons[i].value };
		csg_chart_bars(out, "Refusals by reason", bars, n);
		refusals_table(r, out);
	}
	free(bars);
	csg_page_end_section(out);
}

static void
rejection_row(const struct csg_analysis *a, const struct csg_event *e,
    struct csg_buf *out)
{
	csg_html_row(out);
	csg_page_day(out, e->time);
	request_cell(out, e);
	person_cell(out, a, e->person);
	csg_html_cell(out, "%s", e->text != NULL ? e->text : "");
	csg_html_end_row(out);
}

void
csg_page_rejections(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Date", "Request", "Person",
		"Comment", NULL };
	static const struct listing listing = {
		"Recorded rejections, the newest first", columns, rejection_row
	};

	csg_page_section(out, "rejections", "Rejections");
	list_events(r->a, &r->a->rejections, &listing, out);
	csg_page_end_section(out);
}

/* ---- history ---- */

static void
history_row(const struct csg_analysis *a, const struct csg_event *e,
    struct csg_buf *out)
{
	char words[12];

	(void)a;
	csg_html_row(out);
	csg_page_day(out, e->time);
	csg_html_number(out, e->seq);
	switch (e->kind) {
	case CSG_E_ABANDON:
		csg_html_cell(out, "claim of %s abandoned: %s",
		    csg_id_proquints(&e->request, 2, words), e->text);
		break;
	case CSG_E_KEY: csg_html_cell(out, "key %s", e->text); break;
	case CSG_E_RECOVER:
		csg_html_cell(out, "ledger rebuilt: %s", e->text);
		break;
	default:
		csg_html_cell(out, "policy version %llu %s",
		    (unsigned long long)e->version,
		    e->kind == CSG_E_FOUND ? "founded" : "in force");
		break;
	}
	csg_html_end_row(out);
}

void
csg_page_history(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Date", "#Entry", "What", NULL };
	static const struct listing listing = {
		"Policies put in force, token keys, abandoned claims, recoveries; the newest first",
		columns, history_row
	};

	csg_page_section(
	    out, "history", "Policies, keys and the ledger itself");
	list_events(r->a, &r->a->history, &listing, out);
	csg_page_end_section(out);
}
