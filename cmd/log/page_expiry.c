/* The page of csg-log report: what expires, and what counts no more. */
#include <string.h>

#include "cmd/log/page.h"

#define DAY INT64_C(86400)

static bool
is_due(const struct log_report *r, const struct csg_expiry *e)
{
	return e->time < r->now + CSG_EXPIRING;
}

static void
put_left(const struct log_report *r, int64_t t, struct csg_buf *out)
{
	int64_t days = (t - r->now) / DAY;

	csg_buf_puts(out, "<td class=\"late\">");
	if (t < r->now)
		csg_html_printf(out, "expired %lld days ago", (long long)-days);
	else
		csg_html_printf(out, "in %lld days", (long long)days);
	csg_buf_puts(out, "</td>");
}

static void
put_expiry(
    const struct log_report *r, const struct csg_expiry *e, struct csg_buf *out)
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
	page_day(out, e->time);
	put_left(r, e->time, out);
	if (e->other != 0)
		csg_html_cell(out, "another key until %.10s",
		    csg_time_format(e->other, when));
	else
		csg_html_cell(out, "%s", "");
	csg_html_end_row(out);
}

/* When nothing is due, the first that will be. */
static void
say_next(const struct log_report *r, bool any, struct csg_buf *out)
{
	const struct csg_expiry *e = NULL;
	char when[CSG_TIME_LEN];
	size_t i;

	for (i = 0; i < r->nexpiry && e == NULL; i++)
		if (!is_due(r, &r->expiry[i]))
			e = &r->expiry[i];
	if (e != NULL)
		page_say(out, "%s: the %s %s, on %.10s.",
		    any ? "The next after these" :
			  "Nothing expires within 90 days. The first to expire",
		    e->cert == NULL		    ? "policy" :
			strcmp(e->what, "key") == 0 ? "key" :
						      "certificate of",
		    e->name, csg_time_format(e->time, when));
}

static void
put_due(const struct log_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Name", "What", "Key", "Expires",
		"That is", "", NULL };
	bool any = false;
	size_t i;

	for (i = 0; i < r->nexpiry; i++) {
		if (!is_due(r, &r->expiry[i]))
			continue;
		if (!any)
			csg_html_table(out,
			    "Expired, or about to expire within 90 days",
			    columns);
		any = true;
		put_expiry(r, &r->expiry[i], out);
	}
	if (any)
		csg_html_end_table(out);
	say_next(r, any, out);
}

static void
put_revoked(const struct log_report *r, struct csg_buf *out)
{
	static const char *const columns[] = { "Whose", "What", "Key", "Since",
		"Why", NULL };
	const struct csg_revocation *v;
	const char *name, *what;
	char words[24];
	size_t i;

	csg_buf_puts(out, "<h3>Revoked keys</h3>\n");
	if (r->policy->nrevoked == 0) {
		page_say(out, "None.");
		return;
	}
	csg_html_table(out, "Keys that count no more", columns);
	for (i = 0; i < r->policy->nrevoked; i++) {
		v = &r->policy->revoked[i];
		name = log_report_owner(r, v, &what);
		csg_html_row(out);
		csg_html_head(out, name != NULL ? name : "unknown");
		csg_html_cell(out, "%s", what != NULL ? what : "");
		csg_html_cell(out, "%s", csg_id_proquints(&v->spki, 4, words));
		page_day(out, v->since);
		csg_html_cell(
		    out, "%s", v->compromised ? "compromised" : "owner left");
		csg_html_end_row(out);
	}
	csg_html_end_table(out);
}

void
page_expiry(const struct log_report *r, struct csg_buf *out)
{
	page_section(out, "expiry", "Keys and certificates");
	if (r->policy == NULL)
		page_say(out,
		    "Not told: without a policy chain that a trust anchor "
		    "vouches for, nobody's keys are known.");
	else {
		page_say(out, "As the newest policy has them: %s version %llu.",
		    r->policy->name, (unsigned long long)r->policy->version);
		put_due(r, out);
		put_revoked(r, out);
	}
	page_end_section(out);
}
