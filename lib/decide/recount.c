#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/decide/recount.h"
#include "lib/decide/verdict.h"

/* ---- without some people ---- */

/* Report why it would not be valid without these people. */
static enum csg_rc
say_falls(char *const *names, const struct csg_err *why, struct csg_err *err)
{
	struct csg_buf who = { 0 };
	enum csg_rc rc;

	for (; *names != NULL; names++)
		csg_buf_printf(
		    &who, "%s%s", who.len > 0 ? " and " : "", *names);
	rc = csg_fail(err, CSG_R_REVOKED,
	    "would not be valid without %s: %s%s%s", csg_buf_str(&who),
	    csg_reason_word(why->reason), why->reason != CSG_R_NONE ? ": " : "",
	    why->text);
	csg_buf_free(&who);
	return rc;
}

/* Uncount the votes of these people; returns whether any did count. */
static bool
leave_out(struct csg_tally *t, char *const *names)
{
	struct csg_tallied *v;
	size_t i;
	bool any = false;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (!v->counted || !csg_is_named(names, v->vote->head.author))
			continue;
		any = true;
		v->counted = false;
		(void)csg_fail(&v->why, CSG_R_REVOKED, "recounted without %s",
		    v->vote->head.author);
	}
	return any;
}

enum csg_rc
csg_tally_without(struct csg_tally *t, char *const *names, struct csg_err *err)
{
	struct csg_err why = { 0 };
	enum csg_rc rc;

	t->suspended = names; /* so that no verdict suggests them */
	if (leave_out(t, names) &&
	    (rc = csg_tally_decide_again(t, err)) != CSG_OK)
		return rc;
	if (csg_is_named(names, t->request->head.author))
		(void)snprintf(why.text, sizeof(why.text), "%s requested it",
		    t->request->head.author);
	else if (t->act != NULL && csg_is_named(names, t->act->head.author))
		(void)snprintf(why.text, sizeof(why.text),
		    "%s was the operator", t->act->head.author);
	else if (csg_tally_verdict(t, &why) == CSG_OK)
		return CSG_OK;
	return say_falls(names, &why, err);
}

/* ---- hypothetical votes ---- */

static enum csg_rc
make_trial_vote(struct csg_tally *t, size_t i, const struct csg_trial_vote *v,
    struct csg_err *err)
{
	struct csg_tallied *to = &t->votes[i];
	struct csg_endorsement *e;
	size_t j;

	to->origin = t->policy->users[v->user].name;
	to->user = v->user;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return csg_fail_mem(err);
	to->vote = t->trial->votes[i].vote = e; /* transferred */
	t->trial->n = i + 1;
	if ((e->head.author = strdup(to->origin)) == NULL ||
	    (e->cites = calloc(i + 1, sizeof(*e->cites))) == NULL ||
	    (v->statement != NULL &&
		(e->statement = strdup(v->statement)) == NULL))
		return csg_fail_mem(err);
	e->vote = v->vote;
	e->id.b[0] = (unsigned char)(i >> 8); /* ascending, as cites are */
	e->id.b[1] = (unsigned char)i;
	for (j = 0; j < i; j++)
		e->cites[e->ncites++] = t->votes[j].vote->id;
	if (csg_tally_check_right(t, to, &to->why) == CSG_OK)
		to->eligible = to->counted = true;
	return CSG_OK;
}

/* Make a request by that person, without artifacts, and room for n votes. */
static enum csg_rc
make_trial(
    struct csg_tally *t, const char *requester, size_t n, struct csg_err *err)
{
	struct csg_request *r;

	if ((t->votes = calloc(n + 1, sizeof(*t->votes))) == NULL ||
	    (t->trial = calloc(1, sizeof(*t->trial))) == NULL ||
	    (t->trial->votes = calloc(n + 1, sizeof(*t->trial->votes))) ==
		NULL ||
	    (t->trial->request = r = calloc(1, sizeof(*r))) == NULL ||
	    (r->head.author = strdup(requester)) == NULL)
		return csg_fail_mem(err);
	t->request = r;
	return CSG_OK;
}

enum csg_rc
csg_tally_try(const struct csg_policy *p, const struct csg_profile *pr,
    size_t requester, const struct csg_trial_vote *votes, size_t n,
    int64_t time, struct csg_tally **out, struct csg_err *err)
{
	const char *name =
	    requester == CSG_NONE ? "somebody else" : p->users[requester].name;
	struct csg_tally *t;
	enum csg_rc rc;
	size_t i;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	t->policy = p;
	t->profile = pr;
	t->requester = requester;
	t->time = time;
	t->actor.user = CSG_NONE;
	rc = make_trial(t, name, n, err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		t->n = i + 1;
		rc = make_trial_vote(t, i, &votes[i], err);
	}
	if (rc == CSG_OK && (rc = csg_tally_decide(t, err)) == CSG_OK) {
		*out = t; /* transferred */
		return CSG_OK;
	}
	csg_tally_free(t);
	return rc;
}
