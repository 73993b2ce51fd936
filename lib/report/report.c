#include <stdlib.h>
#include <string.h>

#include "lib/report/report.h"

/* ---- questions about a report ---- */

bool
csg_report_is_due(const struct csg_report *r, const struct csg_expiry *e)
{
	return e->time < r->in.now + CSG_EXPIRING;
}

const char *
csg_report_owner(const struct csg_report *r, const struct csg_revocation *v,
    const char **what)
{
	return csg_expiry_owner(
	    r->in.policies, r->in.npolicies, &v->spki, what);
}

size_t
csg_report_serves(const struct csg_report *r, size_t key)
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

/* ---- ordering ---- */

static enum csg_rc
rank_counts(
    const struct csg_counts *c, struct csg_rank **out, struct csg_err *err)
{
	const struct csg_count *v;
	size_t i;

	if ((*out = calloc(c->n + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < c->n; i++) {
		v = &c->v[i];
		(*out)[i] = (struct csg_rank){
			.value =
			    v->signatures > 0 ? v->signatures : v->requests,
			.name = v->name,
			.i = i,
		};
	}
	csg_rank_sort(*out, c->n);
	return CSG_OK;
}

/* Sort keys by profile, then by signatures. */
static void
rank_keys_by_profile(struct csg_report *r)
{
	const size_t n = r->a->profiles.n;
	size_t i;

	for (i = 0; i < r->a->keys.n; i++)
		r->keys[i].value |=
		    (uint64_t)(n - csg_report_serves(r, r->keys[i].i)) << 40;
	csg_rank_sort(r->keys, r->a->keys.n);
}

/* Sort people by approvals, then by requests. */
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
		(*out)[i] = (struct csg_rank){
			.value = p->approvals << 32 | p->requests,
			.name = p->name,
			.i = i,
		};
	}
	csg_rank_sort(*out, a->npeople);
	return CSG_OK;
}

static enum csg_rc
find_waits(
    const struct csg_analysis *a, struct csg_waits **out, struct csg_err *err)
{
	size_t i, n = a->profiles.n;
	enum csg_rc rc;

	if ((*out = calloc(n + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i <= n; i++)
		if ((rc = csg_waits_make(
			 a, i < n ? i : CSG_NONE, &(*out)[i], err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

static enum csg_rc
arrange(struct csg_report *r, struct csg_err *err)
{
	const struct csg_analysis *a = r->a;
	enum csg_rc rc;

	if ((rc = csg_series_make(a, &r->series, err)) != CSG_OK ||
	    (rc = rank_people(a, &r->people, err)) != CSG_OK ||
	    (rc = rank_counts(&a->profiles, &r->profiles, err)) != CSG_OK ||
	    (rc = rank_counts(&a->keys, &r->keys, err)) != CSG_OK ||
	    (rc = rank_counts(&a->reasons, &r->reasons, err)) != CSG_OK)
		return rc;
	rank_keys_by_profile(r);
	return find_waits(a, &r->waits, err);
}

/* ---- making a report ---- */

static enum csg_rc
count_entry(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	const struct csg_report *r = arg;

	if (r->in.wanted != NULL && !r->in.wanted(r->in.arg, e))
		return CSG_OK;
	return csg_analysis_add(r->a, e, err);
}

static enum csg_rc
read_ledger(struct csg_report *r, struct csg_err *err)
{
	struct csg_ledger *l = r->in.ledger;
	enum csg_rc rc;

	if ((rc = csg_ledger_verify(l, err)) != CSG_OK ||
	    (rc = csg_ledger_size(l, &r->size, err)) != CSG_OK)
		return rc;
	if (r->size > 0 && (rc = csg_ledger_name(l, &r->log, err)) != CSG_OK)
		return rc;
	if ((rc = csg_analysis_new(
		 r->in.policies, r->in.npolicies, &r->a, err)) != CSG_OK)
		return rc;
	return csg_reader_each(l, 1, 0, count_entry, r, err);
}

enum csg_rc
csg_report_make(
    const struct csg_report_in *in, struct csg_report *out, struct csg_err *err)
{
	enum csg_rc rc;

	*out = (struct csg_report){ .in = *in };
	if (in->npolicies > 0)
		out->policy = in->policies[in->npolicies - 1];
	if ((rc = read_ledger(out, err)) != CSG_OK)
		goto out;
	if (out->policy != NULL &&
	    (rc = csg_expiry_list(
		 out->policy, &out->expiry, &out->nexpiry, err)) != CSG_OK)
		goto out;
	rc = arrange(out, err);
out:
	if (rc != CSG_OK)
		csg_report_clear(out);
	return rc;
}

void
csg_report_clear(struct csg_report *r)
{
	csg_analysis_free(r->a);
	csg_series_clear(&r->series);
	free(r->people);
	free(r->profiles);
	free(r->keys);
	free(r->reasons);
	free(r->waits);
	free(r->expiry);
	memset(r, 0, sizeof(*r));
}
