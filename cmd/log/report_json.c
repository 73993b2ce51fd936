/* csg-log report -j */
#include <string.h>

#include "cmd/log/report.h"

static void
put_time(struct json *j, const char *key, int64_t t)
{
	char text[CSG_TIME_LEN];

	json_string(j, key, t != 0 ? csg_time_format(t, text) : NULL);
}

static void
put_id(struct json *j, const char *key, const struct csg_id *id)
{
	char text[CSG_ID_TEXT];

	json_string(j, key, csg_id_format(id, text));
}

static void
put_count(struct json *j, const char *key, uint64_t n)
{
	json_int(j, key, (int64_t)n);
}

/* ---- the head ---- */

static void
put_filters(struct json *j, const struct log_args *a)
{
	const char *name[LOG_FILTERS], *value[LOG_FILTERS];
	char when[2][CSG_TIME_LEN];
	size_t i, n = log_report_filters(a, name, value, when);

	json_object(j, "filters");
	for (i = 0; i < n; i++)
		json_string(j, name[i], value[i]);
	json_end_object(j);
}

static void
put_totals(struct json *j, const struct csg_analysis *a)
{
	json_object(j, "totals");
	put_count(j, "entries", a->entries);
	put_count(j, "signatures", a->signatures);
	put_count(j, "requests", a->ndone);
	put_count(j, "abandoned", a->kinds[CSG_E_ABANDON]);
	put_count(j, "refusals", a->kinds[CSG_E_REFUSE]);
	put_count(j, "rejections", a->rejections.total);
	put_count(j, "emergencies", a->emergencies.total);
	put_count(j, "blind", a->blind);
	put_count(j, "unknown", a->policy_unknown);
	json_end_object(j);
}

static void
put_head(struct json *j, const struct log_report *r)
{
	json_string(j, "policy", r->policy != NULL ? r->policy->name : NULL);
	if (r->policy != NULL)
		put_count(j, "version", r->policy->version);
	if (r->size > 0)
		put_id(j, "log", &r->log);
	put_count(j, "size", r->size);
	put_time(j, "generated", r->now);
	put_time(j, "from", r->a->from);
	put_time(j, "to", r->a->to);
	put_filters(j, r->args);
	put_totals(j, r->a);
}

/* ---- over time, by profile, by key ---- */

static void
put_parts(struct json *j, const char *key, const struct csg_rank *rank,
    size_t n, const uint64_t *v)
{
	size_t i;

	json_object(j, key);
	for (i = 0; i < n; i++)
		if (v[rank[i].i] > 0)
			put_count(j, rank[i].name, v[rank[i].i]);
	json_end_object(j);
}

static void
put_series(struct json *j, const struct log_report *r)
{
	const struct csg_series *s = &r->series;
	size_t i;

	json_string(j, "period", csg_period_words[s->period]);
	json_array(j, "series");
	for (i = 0; i < s->n; i++) {
		json_object(j, NULL);
		put_time(j, "start", s->start[i]);
		put_parts(j, "profiles", r->profiles, s->nprofiles,
		    s->profile + i * s->nprofiles);
		put_parts(j, "keys", r->keys, s->nkeys, s->key + i * s->nkeys);
		json_end_object(j);
	}
	json_end_array(j);
}

/* Seconds. */
static void
put_waits(struct json *j, const char *key, const struct csg_waits *w)
{
	json_object(j, key);
	put_count(j, "requests", w->n);
	if (w->n > 0) {
		json_int(j, "least", w->least);
		json_int(j, "quarter", w->quarter);
		json_int(j, "median", w->median);
		json_int(j, "three-quarters", w->three_quarters);
		json_int(j, "ninth", w->ninth);
		json_int(j, "most", w->most);
	}
	json_end_object(j);
}

static void
put_counts(struct json *j, const char *key, const struct csg_counts *c,
    const struct csg_rank *rank, const struct csg_waits *waits)
{
	const struct csg_count *v;
	size_t i;

	json_array(j, key);
	for (i = 0; i < c->n; i++) {
		v = &c->v[rank[i].i];
		json_object(j, NULL);
		json_string(j, "name", v->name);
		put_count(j, "requests", v->requests);
		put_count(j, "signatures", v->signatures);
		put_time(j, "last", v->last);
		if (waits != NULL)
			put_waits(j, "quorum", &waits[rank[i].i]);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ---- people ---- */

static void
put_others(struct json *j, const char *key, const struct log_report *r,
    size_t who, uint64_t (*count)(const struct csg_analysis *, size_t, size_t))
{
	const struct csg_rank *p = r->people;
	size_t i;

	json_object(j, key);
	for (i = 0; i < r->a->npeople; i++)
		if (p[i].i != who && count(r->a, who, p[i].i) > 0)
			put_count(j, p[i].name, count(r->a, who, p[i].i));
	json_end_object(j);
}

static void
put_people(struct json *j, const struct log_report *r)
{
	const struct csg_person *p;
	size_t i;

	json_array(j, "people");
	for (i = 0; i < r->a->npeople; i++) {
		p = &r->a->people[r->people[i].i];
		json_object(j, NULL);
		json_string(j, "name", p->name);
		put_count(j, "requests", p->requests);
		put_count(j, "approvals", p->approvals);
		put_count(j, "blind", p->blind);
		put_count(j, "abstentions", p->abstentions);
		put_count(j, "rejections", p->rejections);
		put_count(j, "operated", p->operated);
		put_time(j, "last", p->last);
		put_others(j, "with", r, r->people[i].i, csg_analysis_together);
		put_others(j, "for", r, r->people[i].i, csg_analysis_approved);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ---- events ---- */

static void
put_person(
    struct json *j, const char *key, const struct csg_analysis *a, size_t who)
{
	if (who != CSG_NONE)
		json_string(j, key, a->people[who].name);
}

static void
put_event(
    struct json *j, const struct csg_analysis *a, const struct csg_event *e)
{
	size_t i;

	json_object(j, NULL);
	put_count(j, "seq", e->seq);
	put_time(j, "time", e->time);
	json_string(j, "kind", csg_entry_words[e->kind]);
	if (e->kind != CSG_E_FOUND && e->kind != CSG_E_KEY &&
	    e->kind != CSG_E_RECOVER)
		put_id(j, "request", &e->request);
	if (e->version != 0)
		put_count(j, "version", e->version);
	if (e->profile != NULL)
		json_string(j, "profile", e->profile);
	if (e->route != NULL)
		json_string(j, "route", e->route);
	if (e->artifact != NULL)
		json_string(j, "artifact", e->artifact);
	if (e->artifacts > 0)
		put_count(j, "artifacts", e->artifacts);
	put_person(j, "requester", a, e->requester);
	put_person(j, "person", a, e->person);
	put_person(j, "operator", a, e->operator_);
	if (e->approvers != NULL) {
		json_array(j, "approvers");
		for (i = 0; i < e->napprovers; i++)
			put_person(j, NULL, a, e->approvers[i]);
		json_end_array(j);
	}
	if (e->text != NULL)
		json_string(j, "text", e->text);
	if (e->policy_unknown)
		json_bool(j, "unknown", true);
	json_end_object(j);
}

static void
put_events(struct json *j, const char *key, const struct csg_analysis *a,
    const struct csg_events *list)
{
	size_t i;

	json_array(j, key);
	for (i = 0; i < list->n; i++)
		put_event(j, a, &list->v[i]);
	json_end_array(j);
}

static void
put_refusals(struct json *j, const struct log_report *r)
{
	const struct csg_count *v;
	size_t i;

	json_array(j, "refusals");
	for (i = 0; i < r->a->reasons.n; i++) {
		v = &r->a->reasons.v[r->reasons[i].i];
		json_object(j, NULL);
		json_string(j, "reason", v->name);
		put_count(j, "requests", v->requests);
		put_time(j, "last", v->last);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ---- the policy ---- */

static void
put_expiring(struct json *j, const struct log_report *r)
{
	const struct csg_expiry *e;
	size_t i;

	json_array(j, "expiring");
	for (i = 0; i < r->nexpiry; i++) {
		e = &r->expiry[i];
		if (e->time >= r->now + CSG_EXPIRING)
			continue;
		json_object(j, NULL);
		json_string(j, "what", e->what);
		json_string(j, "name", e->name);
		if (e->cert != NULL)
			put_id(j, "key", &e->cert->spki);
		put_time(j, "expires", e->time);
		json_bool(j, "expired", e->time < r->now);
		if (e->other != 0)
			put_time(j, "other", e->other);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_revoked(struct json *j, const struct log_report *r)
{
	const struct csg_revocation *v;
	const char *name, *what;
	size_t i;

	json_array(j, "revoked");
	for (i = 0; i < r->policy->nrevoked; i++) {
		v = &r->policy->revoked[i];
		name = log_report_owner(r, v, &what);
		json_object(j, NULL);
		json_string(j, "what", what);
		json_string(j, "name", name);
		put_id(j, "key", &v->spki);
		put_time(j, "since", v->since);
		json_string(
		    j, "reason", v->compromised ? "compromised" : "left");
		json_end_object(j);
	}
	json_end_array(j);
}

void
log_report_json(const struct log_report *r)
{
	const struct csg_analysis *a = r->a;
	struct json j = { .compact = true };

	json_object(&j, NULL);
	put_head(&j, r);
	put_series(&j, r);
	put_counts(&j, "profiles", &a->profiles, r->profiles, r->waits);
	put_counts(&j, "keys", &a->keys, r->keys, NULL);
	put_waits(&j, "quorum", &r->waits[a->profiles.n]);
	put_people(&j, r);
	put_events(&j, "emergencies", a, &a->emergencies);
	put_events(&j, "blind", a, &a->blinds);
	put_events(&j, "rejections", a, &a->rejections);
	put_refusals(&j, r);
	put_events(&j, "history", a, &a->history);
	if (r->policy != NULL) {
		put_expiring(&j, r);
		put_revoked(&j, r);
	}
	json_end_object(&j);
}
