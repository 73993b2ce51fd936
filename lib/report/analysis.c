#include <stdlib.h>
#include <string.h>

#include "lib/report/analysis_parts.h"

enum csg_rc
csg_analysis_new(const struct csg_policy *const *policies, size_t n,
    struct csg_analysis **out, struct csg_err *err)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	(*out)->policies = policies;
	(*out)->npolicies = n;
	return CSG_OK;
}

static void
counts_clear(struct csg_counts *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->v[i].name);
	free(c->v);
}

void
csg_analysis_free(struct csg_analysis *a)
{
	size_t i;

	if (a == NULL)
		return;
	counts_clear(&a->profiles);
	counts_clear(&a->keys);
	counts_clear(&a->reasons);
	for (i = 0; i < a->npeople; i++)
		free(a->people[i].name);
	free(a->people);
	free(a->together);
	free(a->approved);
	free(a->done);
	csg_events_clear(&a->emergencies);
	csg_events_clear(&a->blinds);
	csg_events_clear(&a->rejections);
	csg_events_clear(&a->history);
	free(a);
}

uint64_t
csg_analysis_together(const struct csg_analysis *a, size_t person, size_t other)
{
	return a->together[person * a->cap + other];
}

uint64_t
csg_analysis_approved(
    const struct csg_analysis *a, size_t person, size_t requester)
{
	return a->approved[person * a->cap + requester];
}

/* ---- the people of a signed request ---- */

/* The index of the author of a message; the author's last activity is set to
 * time. */
static enum csg_rc
find_author(struct csg_analysis *a, const struct csg_header *head, int64_t time,
    size_t *out, struct csg_err *err)
{
	enum csg_rc rc = csg_people_find(a, head->author, out, err);

	if (rc == CSG_OK)
		a->people[*out].last = time;
	return rc;
}

/* Did the voter cast this decision in an earlier vote?  *blind: was it always
 * cast without the artifacts at hand? */
static bool
repeats_vote(const struct csg_entry_view *e, size_t i, bool *blind)
{
	const struct csg_endorsement *v = e->votes[i], *w;
	size_t j;
	bool repeat = false;

	*blind = v->blind;
	for (j = 0; j < e->nvotes; j++) {
		w = e->votes[j];
		if (w->vote != v->vote ||
		    strcmp(w->head.author, v->head.author) != 0)
			continue;
		repeat = repeat || j < i;
		*blind = *blind && w->blind;
	}
	return repeat;
}

static enum csg_rc
find_participants(struct csg_analysis *a, const struct csg_entry_view *e,
    struct csg_participants *people, struct csg_err *err)
{
	int64_t now = e->entry->time;
	enum csg_rc rc;
	size_t i;
	bool blind;

	people->operator_ = CSG_NONE;
	people->napprovers = 0;
	people->approvers = calloc(e->nvotes + 1, sizeof(*people->approvers));
	if (people->approvers == NULL)
		return csg_fail_mem(err);
	if ((rc = find_author(a, &e->request->head, now, &people->requester,
		 err)) == CSG_OK &&
	    e->act != NULL)
		rc =
		    find_author(a, &e->act->head, now, &people->operator_, err);
	for (i = 0; i < e->nvotes && rc == CSG_OK; i++)
		if (e->votes[i]->vote == CSG_APPROVE &&
		    !repeats_vote(e, i, &blind))
			rc = find_author(a, &e->votes[i]->head, now,
			    &people->approvers[people->napprovers++], err);
	return rc;
}

static void
count_participants(struct csg_analysis *a, const struct csg_participants *c)
{
	size_t i, j;

	a->people[c->requester].requests++;
	if (c->operator_ != CSG_NONE)
		a->people[c->operator_].operated++;
	for (i = 0; i < c->napprovers; i++) {
		a->people[c->approvers[i]].approvals++;
		a->approved[c->approvers[i] * a->cap + c->requester]++;
		for (j = 0; j < c->napprovers; j++)
			a->together[c->approvers[i] * a->cap +
			    c->approvers[j]]++;
	}
}

/* Count abstentions, and list blind votes.  Rejections have their own
 * entries. */
static enum csg_rc
count_request_votes(struct csg_analysis *a, const struct csg_entry_view *e,
    const struct csg_participants *people, struct csg_err *err)
{
	const struct csg_endorsement *v;
	struct csg_event *event;
	size_t i, who;
	bool blind;
	enum csg_rc rc;

	for (i = 0; i < e->nvotes; i++) {
		v = e->votes[i];
		if (v->vote == CSG_REJECT || repeats_vote(e, i, &blind))
			continue;
		if ((rc = find_author(
			 a, &v->head, e->entry->time, &who, err)) != CSG_OK)
			return rc;
		if (v->vote == CSG_ABSTAIN)
			a->people[who].abstentions++;
		if (!blind)
			continue;
		a->blind++;
		a->people[who].blind++;
		if ((event = csg_events_new_signed(
			 &a->blinds, e, people, who, err)) == NULL)
			return CSG_TROUBLE;
		event->person = who;
	}
	return CSG_OK;
}

/* ---- entries ---- */

static const struct csg_policy *
policy_of(const struct csg_analysis *a, const struct csg_entry_view *e)
{
	size_t i;

	for (i = 0; i < a->npolicies; i++)
		if (csg_id_equal(&a->policies[i]->id, &e->claim->policy))
			return a->policies[i];
	return NULL;
}

/* Was it signed by an emergency route?  If the policy is unknown, by any route
 * other than "normal". */
static bool
is_emergency(const struct csg_policy *p, const struct csg_claim *c)
{
	const struct csg_profile *pr;
	size_t i;

	if (p == NULL)
		return strcmp(c->route, "normal") != 0;
	pr = csg_policy_profile(p, c->profile);
	for (i = 0; pr != NULL && i < pr->nroutes; i++)
		if (strcmp(pr->routes[i].name, c->route) == 0)
			return pr->routes[i].emergency;
	return false;
}

static enum csg_rc
count_under(struct csg_counts *c, const char *name,
    const struct csg_entry_view *e, uint32_t *index, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_counts_find(c, name, &i, err)) != CSG_OK)
		return rc;
	c->v[i].requests++;
	c->v[i].signatures += e->request != NULL ? e->request->n : 0;
	c->v[i].last = e->entry->time;
	if (index != NULL)
		*index = (uint32_t)i;
	return CSG_OK;
}

static enum csg_rc
add_done(struct csg_analysis *a, const struct csg_policy *p,
    const struct csg_entry_view *e, struct csg_err *err)
{
	struct csg_signed *v,
	    now = { .time = e->entry->time, .signatures = e->request->n };
	size_t cap = a->done_cap * 2 + 64;
	enum csg_rc rc;

	if (a->ndone == a->done_cap) {
		if ((v = realloc(a->done, cap * sizeof(*v))) == NULL)
			return csg_fail_mem(err);
		a->done = v;
		a->done_cap = cap;
	}
	if ((rc = count_under(&a->profiles, e->claim->profile, e, &now.profile,
		 err)) != CSG_OK ||
	    (rc = count_under(
		 &a->keys, e->seal->head.author, e, &now.key, err)) != CSG_OK ||
	    (rc = csg_analysis_wait(p, e, &now.wait, err)) != CSG_OK)
		return rc;
	a->done[a->ndone++] = now;
	a->signatures += now.signatures;
	return CSG_OK;
}

static enum csg_rc
add_finish(
    struct csg_analysis *a, const struct csg_entry_view *e, struct csg_err *err)
{
	const struct csg_policy *p = policy_of(a, e);
	struct csg_participants people = { 0 };
	struct csg_event *event;
	enum csg_rc rc;

	a->policy_unknown += p == NULL;
	if ((rc = add_done(a, p, e, err)) != CSG_OK ||
	    (rc = find_participants(a, e, &people, err)) != CSG_OK)
		goto out;
	count_participants(a, &people);
	if ((rc = count_request_votes(a, e, &people, err)) == CSG_OK &&
	    is_emergency(p, e->claim)) {
		event = csg_events_new_signed(
		    &a->emergencies, e, &people, CSG_NONE, err);
		if (event != NULL)
			event->policy_unknown = p == NULL;
		else
			rc = CSG_TROUBLE;
	}
out:
	free(people.approvers);
	return rc;
}

static enum csg_rc
count_rejection(
    struct csg_analysis *a, const struct csg_entry_view *e, struct csg_err *err)
{
	struct csg_event *event;
	size_t who;
	enum csg_rc rc;

	if ((rc = find_author(
		 a, &e->rejection->head, e->entry->time, &who, err)) != CSG_OK)
		return rc;
	a->people[who].rejections++;
	if ((event = csg_events_new(&a->rejections, e, err)) == NULL)
		return CSG_TROUBLE;
	event->person = who;
	if (e->rejection->comment != NULL &&
	    (event->text = strdup(e->rejection->comment)) == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

static enum csg_rc
add_history(
    struct csg_analysis *a, const struct csg_entry_view *e, struct csg_err *err)
{
	struct csg_event *event = csg_events_new(&a->history, e, err);

	if (event == NULL)
		return CSG_TROUBLE;
	if (e->entry->kind != CSG_E_FINISH && e->entry->body != NULL &&
	    (event->text = strdup(e->entry->body)) == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

enum csg_rc
csg_analysis_add(
    struct csg_analysis *a, const struct csg_entry_view *e, struct csg_err *err)
{
	const struct csg_entry *entry = e->entry;
	enum csg_rc rc = CSG_OK;

	a->from = a->entries++ == 0 ? entry->time : a->from;
	a->to = entry->time;
	a->kinds[entry->kind]++;
	switch (entry->kind) {
	case CSG_E_FINISH:
		if ((rc = add_finish(a, e, err)) == CSG_OK &&
		    entry->version != 0)
			rc = add_history(a, e, err);
		return rc;
	case CSG_E_REJECT: return count_rejection(a, e, err);
	case CSG_E_REFUSE:
		return count_under(&a->reasons,
		    entry->reason != NULL ? entry->reason : "-", e, NULL, err);
	case CSG_E_FOUND:
	case CSG_E_KEY:
	case CSG_E_ABANDON:
	case CSG_E_RECOVER: return add_history(a, e, err);
	case CSG_E_CLAIM: break;
	}
	return CSG_OK;
}
