/* csg-log report: what the ledger tells together. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/cmd.h"
#include "cmd/log/report.h"

/* ---- what is counted ---- */

static enum csg_rc
count_entry(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	const struct log_report *r = arg;

	return log_is_wanted(r->args, e) ? csg_analysis_add(r->a, e, err) :
					   CSG_OK;
}

size_t
log_report_filters(const struct log_args *a, const char *name[LOG_FILTERS],
    const char *value[LOG_FILTERS], char when[2][CSG_TIME_LEN])
{
	const struct {
		const char *name, *value;
	} all[LOG_FILTERS] = { { "profile", a->profile }, { "key", a->key },
		{ "person", a->person }, { "artifact", a->artifact },
		{ "route", a->route },
		{ "since",
		    a->since != 0 ? csg_time_format(a->since, when[0]) : NULL },
		{ "until",
		    a->until != INT64_MAX ? csg_time_format(a->until, when[1]) :
					    NULL } };
	size_t i, n = 0;

	for (i = 0; i < LOG_FILTERS; i++)
		if (all[i].value != NULL) {
			name[n] = all[i].name;
			value[n++] = all[i].value;
		}
	return n;
}

const char *
log_report_owner(const struct log_report *r, const struct csg_revocation *v,
    const char **what)
{
	return csg_expiry_owner(
	    r->chain->policies, r->chain->n, &v->spki, what);
}

/* ---- in which order ---- */

static enum csg_rc
rank_counts(
    const struct csg_counts *c, struct csg_rank **out, struct csg_err *err)
{
	size_t i;

	if ((*out = calloc(c->n + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < c->n; i++)
		(*out)[i] = (struct csg_rank){ c->v[i].signatures > 0 ?
			    c->v[i].signatures :
			    c->v[i].requests,
			c->v[i].name, i };
	csg_rank_sort(*out, c->n);
	return CSG_OK;
}

size_t
log_report_serves(const struct log_report *r, size_t key)
{
	const struct csg_analysis *a = r->a;
	size_t i, place, profile = 0;

	for (i = 0; i < a->ndone; i++)
		if (a->done[i].key == key)
			profile = a->done[i].profile;
	for (place = 0; place + 1 < a->profiles.n; place++)
		if (r->profiles[place].i == profile)
			break;
	return place;
}

/* Those of the first profile first, the busiest of each first. */
static void
arrange_keys(struct log_report *r)
{
	const size_t n = r->a->profiles.n;
	size_t i;

	for (i = 0; i < r->a->keys.n; i++)
		r->keys[i].value |=
		    (uint64_t)(n - log_report_serves(r, r->keys[i].i)) << 40;
	csg_rank_sort(r->keys, r->a->keys.n);
}

/* Who approved most, then who asked most. */
static enum csg_rc
rank_people(
    const struct csg_analysis *a, struct csg_rank **out, struct csg_err *err)
{
	const struct csg_person *p;
	size_t i;

	if ((*out = calloc(a->npeople + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < a->npeople; i++) {
		p = &a->people[i];
		(*out)[i] = (struct csg_rank){ p->approvals << 32 | p->requests,
			p->name, i };
	}
	csg_rank_sort(*out, a->npeople);
	return CSG_OK;
}

static enum csg_rc
find_waits(
    const struct csg_analysis *a, struct csg_waits **out, struct csg_err *err)
{
	size_t i, n = a->profiles.n;
	enum csg_rc rc = CSG_OK;

	if ((*out = calloc(n + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i <= n && rc == CSG_OK; i++)
		rc = csg_waits_make(a, i < n ? i : CSG_NONE, &(*out)[i], err);
	return rc;
}

static enum csg_rc
arrange(struct log_report *r, struct csg_err *err)
{
	const struct csg_analysis *a = r->a;
	enum csg_rc rc;

	if ((rc = csg_series_make(a, &r->series, err)) != CSG_OK ||
	    (rc = rank_people(a, &r->people, err)) != CSG_OK ||
	    (rc = rank_counts(&a->profiles, &r->profiles, err)) != CSG_OK ||
	    (rc = rank_counts(&a->keys, &r->keys, err)) != CSG_OK ||
	    (rc = rank_counts(&a->reasons, &r->reasons, err)) != CSG_OK)
		return rc;
	arrange_keys(r);
	return find_waits(a, &r->waits, err);
}

/* ---- the command ---- */

/* The whole ledger is checked first: damaged, it tells nothing. */
static enum csg_rc
collect(struct log_report *r, struct csg_ledger *l, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_ledger_verify(l, err)) != CSG_OK ||
	    (rc = csg_ledger_size(l, &r->size, err)) != CSG_OK ||
	    (r->size > 0 &&
		(rc = csg_ledger_name(l, &r->log, err)) != CSG_OK) ||
	    (r->policy != NULL &&
		(rc = csg_expiry_list(
		     r->policy, &r->expiry, &r->nexpiry, err)) != CSG_OK) ||
	    (rc = csg_analysis_new(r->chain != NULL ? r->chain->policies : NULL,
		 r->chain != NULL ? r->chain->n : 0, &r->a, err)) != CSG_OK ||
	    (rc = csg_logbook_each(l, 1, 0, count_entry, r, err)) != CSG_OK)
		return rc;
	return arrange(r, err);
}

static enum csg_rc
write_page(const struct log_report *r, struct csg_err *err)
{
	struct csg_buf page = { 0 };
	enum csg_rc rc;

	log_page(r, &page);
	rc = csg_buf_ok(&page, err);
	if (rc == CSG_OK && r->args->out != NULL)
		rc = cmd_write(r->args->out, "report.html", &page,
		    r->args->force, false, err);
	else if (rc == CSG_OK)
		(void)fwrite(page.data, 1, page.len, stdout);
	csg_buf_free(&page);
	return rc;
}

static void
report_clear(struct log_report *r)
{
	csg_analysis_free(r->a);
	csg_series_clear(&r->series);
	free(r->people);
	free(r->profiles);
	free(r->keys);
	free(r->reasons);
	free(r->waits);
	free(r->expiry);
}

enum csg_rc
log_report(const struct log_args *a, struct csg_err *err)
{
	struct log_report r = { .args = a, .now = cmd_now() };
	struct log_source s;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("report takes no operands");
	if (a->kind != NULL)
		cmd_usage("report is about all kinds of entries, not --kind");
	if (a->json && a->out != NULL)
		cmd_usage("report: -o FILE, or -j");
	if ((rc = log_open(a, &s, err)) == CSG_OK) {
		r.chain = s.chain;
		r.policy = s.chain != NULL ? csg_chain_policy(s.chain) : NULL;
		rc = collect(&r, s.ledger, err);
	}
	if (rc == CSG_OK && a->json)
		log_report_json(&r);
	else if (rc == CSG_OK)
		rc = write_page(&r, err);
	report_clear(&r);
	log_close(&s);
	return rc;
}
