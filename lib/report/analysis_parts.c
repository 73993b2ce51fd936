/* The tables and lists of an analysis. */
#include <stdlib.h>
#include <string.h>

#include "lib/report/analysis_parts.h"

/* ---- tables of names ---- */

enum csg_rc
csg_counts_find(
    struct csg_counts *c, const char *name, size_t *out, struct csg_err *err)
{
	struct csg_count *v;
	size_t i, cap;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0) {
			*out = i;
			return CSG_OK;
		}
	if (c->n == c->cap) {
		cap = c->cap * 2 + 8;
		if ((v = realloc(c->v, cap * sizeof(*v))) == NULL)
			return csg_fail_mem(err);
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n] = (struct csg_count){ .name = strdup(name) };
	if (c->v[c->n].name == NULL)
		return csg_fail_mem(err);
	*out = c->n++;
	return CSG_OK;
}

/* Copy a matrix of "old" columns and rows into one of cap columns and rows. */
static uint64_t *
widen_matrix(const uint64_t *m, size_t old, size_t cap)
{
	uint64_t *wide = calloc(cap * cap, sizeof(*wide));
	size_t i;

	for (i = 0; wide != NULL && i < old; i++)
		memcpy(wide + i * cap, m + i * old, old * sizeof(*m));
	return wide;
}

static enum csg_rc
grow_people(struct csg_analysis *a, struct csg_err *err)
{
	size_t cap = a->cap * 2 + 8;
	struct csg_person *people;
	uint64_t *together, *approved;

	if ((people = realloc(a->people, cap * sizeof(*people))) == NULL)
		return csg_fail_mem(err);
	a->people = people;
	together = widen_matrix(a->together, a->cap, cap);
	approved = widen_matrix(a->approved, a->cap, cap);
	if (together == NULL || approved == NULL) {
		free(together);
		free(approved);
		return csg_fail_mem(err);
	}
	free(a->together);
	free(a->approved);
	a->together = together;
	a->approved = approved;
	a->cap = cap;
	return CSG_OK;
}

enum csg_rc
csg_people_find(
    struct csg_analysis *a, const char *name, size_t *out, struct csg_err *err)
{
	size_t i;

	for (i = 0; i < a->npeople; i++)
		if (strcmp(a->people[i].name, name) == 0) {
			*out = i;
			return CSG_OK;
		}
	if (a->npeople == a->cap && grow_people(a, err) != CSG_OK)
		return CSG_TROUBLE;
	a->people[i] = (struct csg_person){ .name = strdup(name) };
	if (a->people[i].name == NULL)
		return csg_fail_mem(err);
	*out = a->npeople++;
	return CSG_OK;
}

/* ---- lists of events ---- */

static void
event_clear(struct csg_event *v)
{
	free(v->profile);
	free(v->route);
	free(v->artifact);
	free(v->text);
	free(v->approvers);
	memset(v, 0, sizeof(*v));
}

void
csg_events_clear(struct csg_events *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		event_clear(&list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/* A copy of s, NULL if s is NULL; *ok is set to false if memory is short. */
static char *
copy_text(const char *s, bool *ok)
{
	char *c = s != NULL ? strdup(s) : NULL;

	*ok = *ok && (s == NULL || c != NULL);
	return c;
}

static bool
event_fill(struct csg_event *v, const struct csg_entry_view *e)
{
	const struct csg_entry *entry = e->entry;
	const struct csg_request *r = e->request;
	bool ok = true;

	*v = (struct csg_event){
		.seq = entry->seq,
		.time = entry->time,
		.kind = entry->kind,
		.version = entry->version,
		.requester = CSG_NONE,
		.operator_ = CSG_NONE,
		.person = CSG_NONE,
	};
	if (entry->request != NULL)
		v->request = *entry->request;
	v->profile = copy_text(
	    e->claim != NULL ? e->claim->profile : entry->profile, &ok);
	v->route = copy_text(e->claim != NULL ? e->claim->route : NULL, &ok);
	if (r != NULL) {
		v->artifact = copy_text(
		    r->n > 0 ? r->artifacts[0].name : r->destroy, &ok);
		v->artifacts = r->n;
	}
	return ok;
}

struct csg_event *
csg_events_new(struct csg_events *list, const struct csg_entry_view *e,
    struct csg_err *err)
{
	struct csg_event *v;

	if (list->v == NULL &&
	    (list->v = calloc(CSG_ANALYSIS_LISTED, sizeof(*v))) == NULL)
		goto fail;
	if (list->n == CSG_ANALYSIS_LISTED) {
		event_clear(&list->v[0]);
		memmove(list->v, list->v + 1, --list->n * sizeof(*v));
	}
	v = &list->v[list->n++];
	list->total++;
	if (event_fill(v, e))
		return v;
fail:
	(void)csg_fail_mem(err);
	return NULL;
}

struct csg_event *
csg_events_new_signed(struct csg_events *list, const struct csg_entry_view *e,
    const struct csg_participants *who, size_t but, struct csg_err *err)
{
	struct csg_event *v = csg_events_new(list, e, err);
	size_t i;

	if (v == NULL)
		return NULL;
	v->requester = who->requester;
	v->operator_ = who->operator_;
	v->text = strdup(e->request->why);
	v->approvers = calloc(who->napprovers + 1, sizeof(*v->approvers));
	if (v->text == NULL || v->approvers == NULL) {
		(void)csg_fail_mem(err);
		return NULL;
	}
	for (i = 0; i < who->napprovers; i++)
		if (who->approvers[i] != but)
			v->approvers[v->napprovers++] = who->approvers[i];
	return v;
}
