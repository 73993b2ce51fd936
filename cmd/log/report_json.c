#include <string.h>

#include "cmd/common/json.h"
#include "cmd/log/report_json.h"

static void
time_member(struct json *j, const char *key, int64_t t)
{
	char text[CSG_TIME_LEN];

	json_string(j, key, t != 0 ? csg_time_format(t, text) : NULL);
}

static void
id_member(struct json *j, const char *key, const struct csg_id *id)
{
	char text[CSG_ID_TEXT];

	json_string(j, key, csg_id_format(id, text));
}

static void
count_member(struct json *j, const char *key, uint64_t n)
{
	json_int(j, key, (int64_t)n);
}

/* ---- the head ---- */

static void
filters_json(struct json *j, const struct csg_report_in *in)
{
	size_t i;

	json_object(j, "filters");
	for (i = 0; i < in->nfilters; i++)
		json_string(j, in->filters[i].name, in->filters[i].value);
	json_end_object(j);
}

static void
totals_json(struct json *j, const struct csg_analysis *a)
{
	json_object(j, "totals");
	count_member(j, "entries", a->entries);
	count_member(j, "signatures", a->signatures);
	count_member(j, "requests", a->ndone);
	count_member(j, "abandoned", a->kinds[CSG_E_ABANDON]);
	count_member(j, "refusals", a->kinds[CSG_E_REFUSE]);
	count_member(j, "rejections", a->rejections.total);
	count_member(j, "emergencies", a->emergencies.total);
	count_member(j, "blind", a->blind);
	count_member(j, "unknown", a->policy_unknown);
	json_end_object(j);
}

static void
report_head_json(struct json *j, const struct csg_report *r)
{
	json_string(j, "policy", r->policy != NULL ? r->policy->name : NULL);
	if (r->policy != NULL)
		count_member(j, "version", r->policy->version);
	if (r->size > 0)
		id_member(j, "log", &r->log);
	count_member(j, "size", r->size);
	time_member(j, "generated", r->in.now);
	time_member(j, "from", r->a->from);
	time_member(j, "to", r->a->to);
	filters_json(j, &r->in);
	totals_json(j, r->a);
}

/* ---- over time, by profile, by key ---- */

static void
parts_json(struct json *j, const char *key, const struct csg_rank *rank,
    size_t n, const uint64_t *v)
{
	size_t i;

	json_object(j, key);
	for (i = 0; i < n; i++)
		if (v[rank[i].i] > 0)
			count_member(j, rank[i].name, v[rank[i].i]);
	json_end_object(j);
}

static void
series_json(struct json *j, const struct csg_report *r)
{
	const struct csg_series *s = &r->series;
	size_t i;

	json_string(j, "period", csg_period_words[s->period]);
	json_array(j, "series");
	for (i = 0; i < s->n; i++) {
		json_object(j, NULL);
		time_member(j, "start", s->start[i]);
		parts_json(j, "profiles", r->profiles, s->nprofiles,
		    s->profile + i * s->nprofiles);
		parts_json(j, "keys", r->keys, s->nkeys, s->key + i * s->nkeys);
		json_end_object(j);
	}
	json_end_array(j);
}

/* How long requests waited, in seconds. */
static void
waits_json(struct json *j, const char *key, const struct csg_waits *w)
{
	json_object(j, key);
	count_member(j, "requests", w->n);
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
counts_json(struct json *j, const char *key, const struct csg_counts *c,
    const struct csg_rank *rank, const struct csg_waits *waits)
{
	const struct csg_count *v;
	size_t i;

	json_array(j, key);
	for (i = 0; i < c->n; i++) {
		v = &c->v[rank[i].i];
		json_object(j, NULL);
		json_string(j, "name", v->name);
		count_member(j, "requests", v->requests);
		count_member(j, "signatures", v->signatures);
		time_member(j, "last", v->last);
		if (waits != NULL)
			waits_json(j, "quorum", &waits[rank[i].i]);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ---- people ---- */

static void
others_json(struct json *j, const char *key, const struct csg_report *r,
    size_t who, uint64_t (*count)(const struct csg_analysis *, size_t, size_t))
{
	const struct csg_rank *p = r->people;
	size_t i;

	json_object(j, key);
	for (i = 0; i < r->a->npeople; i++)
		if (p[i].i != who && count(r->a, who, p[i].i) > 0)
			count_member(j, p[i].name, count(r->a, who, p[i].i));
	json_end_object(j);
}

static void
all_people_json(struct json *j, const struct csg_report *r)
{
	const struct csg_person *p;
	size_t i;

	json_array(j, "people");
	for (i = 0; i < r->a->npeople; i++) {
		p = &r->a->people[r->people[i].i];
		json_object(j, NULL);
		json_string(j, "name", p->name);
		count_member(j, "requests", p->requests);
		count_member(j, "approvals", p->approvals);
		count_member(j, "blind", p->blind);
		count_member(j, "abstentions", p->abstentions);
		count_member(j, "rejections", p->rejections);
		count_member(j, "operated", p->operated);
		time_member(j, "last", p->last);
		others_json(
		    j, "with", r, r->people[i].i, csg_analysis_together);
		others_json(j, "for", r, r->people[i].i, csg_analysis_approved);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ---- events ---- */

static void
person_member(
    struct json *j, const char *key, const struct csg_analysis *a, size_t who)
{
	if (who != CSG_NONE)
		json_string(j, key, a->people[who].name);
}

static void
event_json(
    struct json *j, const struct csg_analysis *a, const struct csg_event *e)
{
	size_t i;

	json_object(j, NULL);
	count_member(j, "seq", e->seq);
	time_member(j, "time", e->time);
	json_string(j, "kind", csg_entry_words[e->kind]);
	if (e->kind != CSG_E_FOUND && e->kind != CSG_E_KEY &&
	    e->kind != CSG_E_RECOVER)
		id_member(j, "request", &e->request);
	if (e->version != 0)
		count_member(j, "version", e->version);
	if (e->profile != NULL)
		json_string(j, "profile", e->profile);
	if (e->route != NULL)
		json_string(j, "route", e->route);
	if (e->artifact != NULL)
		json_string(j, "artifact", e->artifact);
	if (e->artifacts > 0)
		count_member(j, "artifacts", e->artifacts);
	person_member(j, "requester", a, e->requester);
	person_member(j, "person", a, e->person);
	person_member(j, "operator", a, e->operator_);
	if (e->approvers != NULL) {
		json_array(j, "approvers");
		for (i = 0; i < e->napprovers; i++)
			person_member(j, NULL, a, e->approvers[i]);
		json_end_array(j);
	}
	if (e->text != NULL)
		json_string(j, "text", e->text);
	if (e->policy_unknown)
		json_bool(j, "unknown", true);
	json_end_object(j);
}

static void
events_json(struct json *j, const char *key, const struct csg_analysis *a,
    const struct csg_events *list)
{
	size_t i;

	json_array(j, key);
	for (i = 0; i < list->n; i++)
		event_json(j, a, &list->v[i]);
	json_end_array(j);
}

static void
refusals_json(struct json *j, const struct csg_report *r)
{
	const struct csg_count *v;
	size_t i;

	json_array(j, "refusals");
	for (i = 0; i < r->a->reasons.n; i++) {
		v = &r->a->reasons.v[r->reasons[i].i];
		json_object(j, NULL);
		json_string(j, "reason", v->name);
		count_member(j, "requests", v->requests);
		time_member(j, "last", v->last);
		json_end_object(j);
	}
	json_end_array(j);
}

/* ---- the policy ---- */

static void
expiring_json(struct json *j, const struct csg_report *r)
{
	const struct csg_expiry *e;
	size_t i;

	json_array(j, "expiring");
	for (i = 0; i < r->nexpiry; i++) {
		e = &r->expiry[i];
		if (!csg_report_is_due(r, e))
			continue;
		json_object(j, NULL);
		json_string(j, "what", e->what);
		json_string(j, "name", e->name);
		if (e->cert != NULL)
			id_member(j, "key", &e->cert->spki);
		time_member(j, "expires", e->time);
		json_bool(j, "expired", e->time < r->in.now);
		if (e->other != 0)
			time_member(j, "other", e->other);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
revoked_json(struct json *j, const struct csg_report *r)
{
	const struct csg_revocation *v;
	const char *name, *what;
	size_t i;

	json_array(j, "revoked");
	for (i = 0; i < r->policy->nrevoked; i++) {
		v = &r->policy->revoked[i];
		name = csg_report_owner(r, v, &what);
		json_object(j, NULL);
		json_string(j, "what", what);
		json_string(j, "name", name);
		id_member(j, "key", &v->spki);
		time_member(j, "since", v->since);
		json_string(
		    j, "reason", v->compromised ? "compromised" : "left");
		json_end_object(j);
	}
	json_end_array(j);
}

void
log_report_json(const struct csg_report *r)
{
	const struct csg_analysis *a = r->a;
	struct json j = { .compact = true };

	json_object(&j, NULL);
	report_head_json(&j, r);
	series_json(&j, r);
	counts_json(&j, "profiles", &a->profiles, r->profiles, r->waits);
	counts_json(&j, "keys", &a->keys, r->keys, NULL);
	waits_json(&j, "quorum", &r->waits[a->profiles.n]);
	all_people_json(&j, r);
	events_json(&j, "emergencies", a, &a->emergencies);
	events_json(&j, "blind", a, &a->blinds);
	events_json(&j, "rejections", a, &a->rejections);
	refusals_json(&j, r);
	events_json(&j, "history", a, &a->history);
	if (r->policy != NULL) {
		expiring_json(&j, r);
		revoked_json(&j, r);
	}
	json_end_object(&j);
}
