/* The page of a report: what expires, and which keys are revoked. */
#include <string.h>

#include "lib/base/time.h"
#include "lib/report/page_parts.h"

static void
time_left_cell(const struct csg_report *r, int64_t t, struct csg_buf *out)
{
	int64_t days = (t - r->in.now) / CSG_DAY_SECONDS;
	const char *unit = days == 1 || days == -1 ? "day" : "days";

	csg_buf_puts(out, "<td class=\"late\">");
	if (t < r->in.now)
		csg_html_printf(
		    out, "expired %lld %s ago", (long long)-days, unit);
	else
		csg_html_printf(out, "in %lld %s", (long long)days, unit);
	csg_buf_puts(out, "</td>");
}

static void
expiry_row(
    const struct csg_report *r, const struct csg_expiry *e, struct csg_buf *out)
{
	char when[CSG_TIME_LEN], words[24];

	csg_html_row(out);
	csg_html_head(out, e->name);
	csg_html_cell(out, "%s", e->what);
	if (e->cert != NULL)
		csg_html_cell(out, "%s, %s", csg_cert_keytype(e->cert),
		    csg_id_proquints(&e->cert->spki, 4, words));
	else
		csg_html_cell(out, "version %llu",
		    (unsigned long long)r->policy->version);
	csg_page_day(out, e->time);
	time_left_cell(r, e->time, out);
	if (e->other != 0)
		csg_html_cell(out, "another key until %.10s",
		    csg_time_format(e->other, when));
	else
		csg_html_cell(out, "%s", "");
	csg_html_end_row(out);
}

/* Name the next thing to expire that is not due yet; any: some things are
 * due. */
static void
say_next_expiry(const struct csg_report *r, bool any, struct csg_buf *out)
{
	const struct csg_expiry *e = NULL;
	char when[CSG_TIME_LEN];
	size_t i;

	for (i = 0; i < r->nexpiry && e == NULL; i++)
		if (!csg_report_is_due(r, &r->expiry[i]))
			e = &r->expiry[i];
	if (e != NULL)
		csg_page_say(out, "%s: the %s %s, on %.10s.",
		    any ? "The next after these" :
			  "Nothing expires within 90 days. The first to expire",
		    e->cert == NULL		    ? "policy" :
			strcmp(e->what, "key") == 0 ? "key" :
						      "certificate of",
		    e->name, csg_time_format(e->time, when));
}

static void
due_table(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Name", "What", "Key", "Expires",
		"Status", "", NULL };
	bool any = false;
	size_t i;

	for (i = 0; i < r->nexpiry; i++) {
		if (!csg_report_is_due(r, &r->expiry[i]))
			continue;
		if (!any)
			csg_html_table(out,
			    "Expired, or about to expire within 90 days",
			    columns);
		any = true;
		expiry_row(r, &r->expiry[i], out);
	}
	if (any)
		csg_html_end_table(out);
	say_next_expiry(r, any, out);
}

static void
revoked_table(const struct csg_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Owner", "What", "Key", "Since",
		"Why", NULL };
	const struct csg_revocation *v;
	const char *name, *what;
	char words[24];
	size_t i;

	csg_buf_puts(out, "<h3>Revoked keys</h3>\n");
	if (r->policy->nrevoked == 0) {
		csg_page_say(out, "None.");
		return;
	}
	csg_html_table(out, "Keys that no longer count", columns);
	for (i = 0; i < r->policy->nrevoked; i++) {
		v = &r->policy->revoked[i];
		name = csg_report_owner(r, v, &what);
		csg_html_row(out);
		csg_html_head(out, name != NULL ? name : "unknown");
		csg_html_cell(out, "%s", what != NULL ? what : "");
		csg_html_cell(out, "%s", csg_id_proquints(&v->spki, 4, words));
		csg_page_day(out, v->since);
		csg_html_cell(
		    out, "%s", v->compromised ? "compromised" : "owner left");
		csg_html_end_row(out);
	}
	csg_html_end_table(out);
}

void
csg_page_expiry(const struct csg_report *r, struct csg_buf *out)
{
	csg_page_section(out, "expiry", "Keys and certificates");
	if (r->policy == NULL)
		csg_page_say(out,
		    "Unknown: nobody's keys are known without a policy chain verified with a trust anchor.");
	else {
		csg_page_say(out,
		    "According to the newest policy: %s version %llu.",
		    r->policy->name, (unsigned long long)r->policy->version);
		due_table(r, out);
		revoked_table(r, out);
	}
	csg_page_end_section(out);
}
