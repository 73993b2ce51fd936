/* csg-log report: sum up the whole ledger, as an HTML page or JSON. */
#include <stdio.h>
#include <string.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/files.h"
#include "cmd/log/log.h"
#include "cmd/log/report_json.h"
#include "lib/report/page.h"

#define MAX_FILTERS 7

/* Store the names and values of the filters that were given; return how
 * many. */
static size_t
name_filters(const struct log_args *a, struct csg_report_filter *out,
    char when[2][CSG_TIME_LEN])
{
	const struct csg_report_filter all[MAX_FILTERS] = {
		{ "profile", a->profile },
		{ "key", a->key },
		{ "person", a->person },
		{ "artifact", a->artifact },
		{ "route", a->route },
		{ "since",
		    a->since != 0 ? csg_time_format(a->since, when[0]) : NULL },
		{ "until",
		    a->until != INT64_MAX ? csg_time_format(a->until, when[1]) :
					    NULL },
	};
	size_t i, n = 0;

	for (i = 0; i < MAX_FILTERS; i++)
		if (all[i].value != NULL)
			out[n++] = all[i];
	return n;
}

static bool
is_wanted(const void *arg, const struct csg_entry_view *e)
{
	return log_is_wanted(arg, e);
}

static enum csg_rc
write_page(
    const struct log_args *a, const struct csg_report *r, struct csg_err *err)
{
	struct csg_buf page = { 0 };
	enum csg_rc rc;

	csg_report_page(r, &page);
	rc = csg_buf_ok(&page, err);
	if (rc == CSG_OK && a->out != NULL)
		rc = cmd_write(
		    a->out, "report.html", &page, a->force, false, err);
	else if (rc == CSG_OK &&
	    fwrite(page.data, 1, page.len, stdout) != page.len)
		rc = csg_fail_errno(err, "standard output");
	csg_buf_free(&page);
	return rc;
}

enum csg_rc
log_report(const struct log_args *a, struct csg_err *err)
{
	struct csg_report_filter filters[MAX_FILTERS];
	char when[2][CSG_TIME_LEN];
	struct csg_report_in in = {
		.wanted = is_wanted,
		.arg = a,
		.filters = filters,
	};
	struct csg_report r = { 0 };
	struct log_source s;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("report takes no operands");
	if (a->kind != NULL)
		cmd_usage(
		    "report covers all kinds of entries, and takes no --kind");
	if (a->json && a->out != NULL)
		cmd_usage("report: -o FILE or -j, not both");
	if ((rc = log_open(a, &s, err)) != CSG_OK)
		return rc;
	in.now = cmd_now();
	in.ledger = s.ledger;
	in.nfilters = name_filters(a, filters, when);
	if (s.chain != NULL) {
		in.policies = s.chain->policies;
		in.npolicies = s.chain->n;
	}
	if ((rc = csg_report_make(&in, &r, err)) != CSG_OK)
		goto out;
	if (a->json)
		log_report_json(&r);
	else
		rc = write_page(a, &r, err);
out:
	csg_report_clear(&r);
	log_close(&s);
	return rc;
}
