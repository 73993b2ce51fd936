/* The page of a report: its frame and its top part. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/report/page.h"
#include "lib/report/page_parts.h"
#include "lib/report/chart.h"

/* ---- the head ---- */

static void
title_text(const struct csg_report *r, struct csg_buf *out)
{
	csg_buf_puts(out, "Code signing report");
	if (r->policy != NULL)
		csg_html_printf(out, ": %s", r->policy->name);
}

static void
facts_lines(const struct csg_report *r, struct csg_buf *out)
{
	char from[CSG_PAGE_DATE_LEN], to[CSG_PAGE_DATE_LEN], words[24];

	csg_buf_puts(out, "<p class=\"facts\">");
	if (r->a->entries == 0)
		csg_buf_puts(out, "No entries.");
	else
		csg_html_printf(out, "%s to %s UTC",
		    csg_page_date(r->a->from, from),
		    csg_page_date(r->a->to, to));
	csg_buf_puts(out, "</p>\n<p class=\"facts\">");
	if (r->size > 0)
		csg_html_printf(out, "Ledger %s, %llu of %llu entries. ",
		    csg_id_proquints(&r->log, 4, words),
		    (unsigned long long)r->a->entries,
		    (unsigned long long)r->size);
	if (r->policy != NULL)
		csg_html_printf(out, "Policy version %llu. ",
		    (unsigned long long)r->policy->version);
	csg_html_printf(out, "Made %s UTC by csg-log report.",
	    csg_page_date(r->in.now, from));
	csg_buf_puts(out, "</p>\n");
}

static void
filters_line(const struct csg_report *r, struct csg_buf *out)
{
	const struct csg_report_filter *f = r->in.filters;
	size_t i;

	if (r->in.nfilters == 0)
		return;
	csg_buf_puts(out, "<p class=\"facts\"><b>Only ");
	for (i = 0; i < r->in.nfilters; i++)
		csg_html_printf(
		    out, "%s%s %s", i > 0 ? ", " : "", f[i].name, f[i].value);
	csg_buf_puts(out, "</b></p>\n");
}

/* A box that says what is unknown, and why. */
static void
unknown_box(const struct csg_report *r, struct csg_buf *out)
{
	if (r->policy != NULL && r->a->policy_unknown == 0)
		return;
	csg_buf_puts(
	    out, "<p class=\"unknown\"><b>Not everything is known.</b> ");
	if (r->policy == NULL)
		csg_buf_puts(out,
		    "No policy chain could be verified with a trust anchor (-t). So this page does not say what expires and which keys were revoked; every route other than \xe2\x80\x9cnormal\xe2\x80\x9d is listed as an emergency route; and the time to a quorum is the time to the last approval.");
	else {
		csg_page_count(
		    out, r->a->policy_unknown, "request was", "requests were");
		csg_buf_puts(out,
		    " signed under policies that the chain does not have: their routes count as emergency routes unless they are called \xe2\x80\x9cnormal\xe2\x80\x9d, and their time to a quorum is the time to the last approval.");
	}
	csg_buf_puts(out, "</p>\n");
}

/* ---- figures ---- */

static void figure_item(struct csg_buf *out, bool look, const char *value,
    const char *what, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void
figure_item(struct csg_buf *out, bool look, const char *value, const char *what,
    const char *fmt, ...)
{
	char note[128];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(note, sizeof(note), fmt, ap);
	va_end(ap);
	csg_buf_printf(out, "<li%s><b%s>", look ? " class=\"look\"" : "",
	    strlen(value) > 6 ? " class=\"long\"" : "");
	csg_html_text(out, value);
	csg_buf_puts(out, "</b> ");
	csg_html_text(out, what);
	csg_buf_puts(out, "<small>");
	csg_html_text(out, note);
	csg_buf_puts(out, "</small></li>\n");
}

static const char *
format_number(uint64_t n, char out[24])
{
	(void)snprintf(out, 24, "%llu", (unsigned long long)n);
	return out;
}

static size_t
count_approvers(const struct csg_analysis *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->npeople; i++)
		n += a->people[i].approvals > 0;
	return n;
}

/* The number that expire soon; *expired is the number that have expired. */
static size_t
count_due(const struct csg_report *r, size_t *expired)
{
	const struct csg_expiry *e;
	size_t i, n = 0;

	*expired = 0;
	for (i = 0; i < r->nexpiry; i++) {
		e = &r->expiry[i];
		if (!csg_report_is_due(r, e))
			continue;
		if (e->time < r->in.now)
			++*expired;
		else
			n++;
	}
	return n;
}

static void
work_figures(const struct csg_report *r, struct csg_buf *out)
{
	const struct csg_analysis *a = r->a;
	const struct csg_waits *w = &r->waits[a->profiles.n];
	char n[24], span[CSG_SPAN_LEN], ninth[CSG_SPAN_LEN];

	figure_item(out, false, format_number(a->signatures, n),
	    a->signatures == 1 ? "signature" : "signatures", "in %zu %s",
	    a->ndone, a->ndone == 1 ? "request" : "requests");
	figure_item(out, false, format_number(count_approvers(a), n),
	    count_approvers(a) == 1 ? "approver" : "approvers",
	    "%zu %s, %zu %s", a->profiles.n,
	    a->profiles.n == 1 ? "profile" : "profiles", a->keys.n,
	    a->keys.n == 1 ? "key" : "keys");
	if (w->n > 0)
		figure_item(out, false, csg_span_format(w->median, span),
		    "to quorum", "median; 90%% within %s",
		    csg_span_format(w->ninth, ninth));
}

static void
exception_figures(const struct csg_report *r, struct csg_buf *out)
{
	const struct csg_analysis *a = r->a;
	size_t expired, soon = count_due(r, &expired);
	char n[24];

	figure_item(out, a->emergencies.total > 0,
	    format_number(a->emergencies.total, n),
	    a->policy_unknown > 0	  ? "by other routes" :
		a->emergencies.total == 1 ? "emergency" :
					    "emergencies",
	    "of %zu %s", a->ndone, a->ndone == 1 ? "request" : "requests");
	figure_item(out, a->blind > 0, format_number(a->blind, n),
	    a->blind == 1 ? "blind vote" : "blind votes",
	    "artifacts not at hand");
	figure_item(out, false, format_number(a->kinds[CSG_E_REFUSE], n),
	    a->kinds[CSG_E_REFUSE] == 1 ? "refusal" : "refusals",
	    "%llu rejected, %llu abandoned",
	    (unsigned long long)a->rejections.total,
	    (unsigned long long)a->kinds[CSG_E_ABANDON]);
	if (r->policy == NULL)
		figure_item(out, true, "?", "expiring", "policy unknown");
	else
		figure_item(out, soon + expired > 0, format_number(soon, n),
		    "expiring", "in 90 days; %zu expired", expired);
}

/* ---- the page ---- */

static void
page_head(const struct csg_report *r, struct csg_buf *out)
{
	csg_buf_puts(out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'; "
	    "img-src data:\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
	    "<title>");
	title_text(r, out);
	csg_buf_puts(out, "</title>\n<style>\n");
	csg_buf_puts(out, csg_page_style);
	csg_buf_puts(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
	title_text(r, out);
	csg_buf_puts(out, "</h1>\n");
	facts_lines(r, out);
	filters_line(r, out);
	csg_buf_puts(out,
	    "<nav><a href=\"#time\">Over time</a> "
	    "<a href=\"#quorum\">Quorums</a> <a href=\"#people\">People</a> "
	    "<a href=\"#emergency\">Emergencies</a> "
	    "<a href=\"#blind\">Blind votes</a> "
	    "<a href=\"#refusals\">Refusals</a> "
	    "<a href=\"#expiry\">Expiry</a> "
	    "<a href=\"#history\">History</a></nav>\n</header>\n");
}

static void
page_foot(const struct csg_report *r, struct csg_buf *out)
{
	char id[CSG_ID_TEXT];

	csg_buf_puts(out, "<footer>\n<p>");
	if (r->size > 0)
		csg_html_printf(out,
		    "Before anything was counted, all %llu entries were checked against the ledger's tree. The ledger's full name is %s. ",
		    (unsigned long long)r->size, csg_id_format(&r->log, id));
	csg_buf_puts(out,
	    "Times are in UTC, as asserted by the workstation and the people. <code>csg-log list</code> shows the entries, <code>csg-log show NUMBER</code> one of them with everything it rests on.</p>\n</footer>\n</body>\n</html>\n");
}

void
csg_report_page(const struct csg_report *r, struct csg_buf *out)
{
	static void (*const sections[])(
	    const struct csg_report *, struct csg_buf *) = {
		csg_page_time,
		csg_page_waits,
		csg_page_people,
		csg_page_matrices,
		csg_page_emergencies,
		csg_page_blind,
		csg_page_refusals,
		csg_page_rejections,
		csg_page_expiry,
		csg_page_history,
	};
	size_t i;

	page_head(r, out);
	csg_buf_puts(out, "<main>\n");
	unknown_box(r, out);
	csg_buf_puts(out, "<ul class=\"figures\">\n");
	work_figures(r, out);
	exception_figures(r, out);
	csg_buf_puts(out, "</ul>\n");
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		sections[i](r, out);
	csg_buf_puts(out, "</main>\n");
	page_foot(r, out);
}
