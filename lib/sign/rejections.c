#include <stdlib.h>
#include <string.h>

#include "lib/message/vote.h"
#include "lib/sign/rejections.h"
#include "lib/message/request.h"
#include "lib/base/time.h"

#define DAY INT64_C(86400)

/* What all rejections of a request are measured by. */
struct measure {
	const struct csg_request *request;
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	size_t requester;
	bool lasting; /* is a rejection of it remembered? */
	bool *heard; /* [users]: one rejection of each is enough to keep */
};

/* Members who may vote can reject; some of them can stop the request. */
static bool
may_speak(const struct measure *m, size_t user)
{
	return user == m->requester ||
	    csg_policy_may_endorse(m->profile, user) ||
	    csg_policy_may_reject(m->profile, user);
}

static bool
may_stop(const struct measure *m, size_t user)
{
	return user == m->requester || csg_policy_may_reject(m->profile, user);
}

/* What could not be told is passed on; what is no rejection is nothing: else
 * short memory would lose one. */
static enum csg_rc
only_trouble(const struct csg_err *why, struct csg_err *err)
{
	if (why->rc != CSG_TROUBLE)
		return CSG_OK;
	*err = *why;
	return why->rc;
}

/* Does the vote reject this request, under its policy, and not before it is
 * time? */
static bool
is_rejection(
    const struct measure *m, const struct csg_endorsement *v, int64_t now)
{
	return v->vote == CSG_REJECT &&
	    csg_id_equal(&v->request, &m->request->id) &&
	    csg_id_equal(&v->head.policy, &m->policy->id) &&
	    v->head.time <= now + CSG_FUTURE_SLACK;
}

/* By whom is the request rejected?  *vote is the caller's; *user is
 * CSG_NONE if it is not. */
static enum csg_rc
find_rejection(const struct measure *m, const struct csg_message *msg,
    int64_t now, struct csg_endorsement **vote, size_t *user,
    struct csg_err *err)
{
	struct csg_err why = { 0 };
	const struct csg_cert *cert;
	size_t author;

	*vote = NULL;
	*user = CSG_NONE;
	if (msg->env->kind != CSG_ENDORSEMENT)
		return CSG_OK;
	if (csg_endorsement_read(msg->env, vote, &why) != CSG_OK)
		return only_trouble(&why, err);
	if (!is_rejection(m, *vote, now))
		return CSG_OK;
	if (csg_message_verify(m->policy, &(*vote)->head, msg->env, &author,
		&cert, &why) != CSG_OK)
		return only_trouble(&why, err);
	if (may_speak(m, author))
		*user = author;
	return CSG_OK;
}

/* How many rejections of a person are there? */
struct count {
	const char *author;
	size_t n;
};

static enum csg_rc
count_one(void *arg, const char *armoured, struct csg_err *err)
{
	struct count *of = arg;
	struct csg_bundle b = { 0 };
	struct csg_endorsement *v = NULL;
	struct csg_err why = { 0 };

	if (csg_bundle_add(&b, "ledger", armoured, strlen(armoured), &why) ==
		CSG_OK &&
	    b.n == 1 && csg_endorsement_read(b.m[0].env, &v, &why) == CSG_OK)
		of->n += strcmp(v->head.author, of->author) == 0;
	csg_endorsement_free(v);
	csg_bundle_clear(&b);
	return only_trouble(&why, err);
}

/* Is it remembered already, or one too many of its author today? */
static enum csg_rc
is_superfluous(const struct csg_veto_in *h, const struct measure *m,
    const struct csg_endorsement *v, bool *out, struct csg_err *err)
{
	struct count today = { .author = v->head.author };
	enum csg_rc rc;

	if ((rc = csg_ledger_remembers(
		 h->ledger, &m->request->id, &v->id, out, err)) != CSG_OK ||
	    *out)
		return rc;
	rc = csg_ledger_each_rejection(
	    h->ledger, h->now - DAY, count_one, &today, err);
	*out = today.n >= CSG_REJECTIONS;
	return rc;
}

static enum csg_rc
remember(const struct csg_veto_in *h, const struct measure *m,
    const struct csg_message *msg, const struct csg_endorsement *v,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	bool superfluous;
	enum csg_rc rc;

	if (h->ledger == NULL || !m->lasting)
		return CSG_OK;
	if ((rc = is_superfluous(h, m, v, &superfluous, err)) != CSG_OK ||
	    superfluous)
		return rc;
	csg_envelope_armor(msg->env, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_ledger_remember(h->ledger, &m->request->id, &v->id,
		    h->now, csg_buf_str(&text), err);
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
hear_one(const struct csg_veto_in *h, const struct measure *m,
    const struct csg_message *msg, struct csg_err *veto, struct csg_err *err)
{
	struct csg_endorsement *v;
	size_t user;
	enum csg_rc rc;

	rc = find_rejection(m, msg, h->now, &v, &user, err);
	if (rc == CSG_OK && user != CSG_NONE) {
		if (!m->heard[user])
			rc = remember(h, m, msg, v, err);
		m->heard[user] = true;
		if (may_stop(m, user))
			(void)csg_fail(veto, CSG_R_VETO,
			    "%s %s the request: %s", v->head.author,
			    user == m->requester ? "withdrew" : "rejected",
			    v->comment);
	}
	csg_endorsement_free(v);
	return rc;
}

/* Is a rejection of the request remembered?  Of one that its author did not
 * sign anybody could make as many as he likes. */
static enum csg_rc
find_lasting(const struct csg_veto_in *h, struct measure *m,
    const struct csg_request *r, struct csg_err *err)
{
	const struct csg_envelope *env = h->messages->request->env;
	struct csg_err why = { 0 };
	const struct csg_cert *cert;
	size_t user;

	if (csg_request_long_expired(r, m->policy, h->now))
		return CSG_OK;
	if (csg_message_verify(m->policy, &r->head, env, &user, &cert, &why) !=
	    CSG_OK)
		return only_trouble(&why, err);
	m->lasting = true;
	return CSG_OK;
}

/* The policy that the request names, and its profile there; *found if there
 * are both. */
static enum csg_rc
find_measure(const struct csg_veto_in *h, const struct csg_request *r,
    struct measure *m, bool *found, struct csg_err *err)
{
	size_t i;

	*found = false;
	*m = (struct measure){ .request = r };
	for (i = 0; i < h->n && m->policy == NULL; i++)
		if (csg_id_equal(&h->policies[i]->id, &r->head.policy))
			m->policy = h->policies[i];
	if (m->policy == NULL ||
	    (m->profile = csg_policy_profile(m->policy, r->profile)) == NULL)
		return CSG_OK;
	m->requester = csg_policy_user(m->policy, r->head.author);
	m->heard = calloc(m->policy->nusers + 1, sizeof(*m->heard));
	if (m->heard == NULL)
		return csg_fail_mem(err);
	*found = true;
	return find_lasting(h, m, r, err);
}

enum csg_rc
csg_veto_find(
    const struct csg_veto_in *h, struct csg_err *veto, struct csg_err *err)
{
	const struct csg_case *c = h->messages;
	struct csg_request *r = NULL;
	struct csg_err why = { 0 };
	struct measure m = { 0 };
	bool found = false;
	size_t i;
	enum csg_rc rc;

	if (csg_request_read(c->request->env, &r, &why) != CSG_OK)
		return only_trouble(&why, err);
	rc = find_measure(h, r, &m, &found, err);
	/* from the end, where those are that are kept already */
	for (i = found ? c->n : 0; i > 0 && rc == CSG_OK; i--)
		rc = hear_one(h, &m, c->votes[i - 1], veto, err);
	free(m.heard);
	csg_request_free(r);
	return rc;
}

enum csg_rc
csg_veto_apply(
    const struct csg_err *veto, enum csg_rc verdict, struct csg_err *err)
{
	if (veto->reason == CSG_R_NONE ||
	    (verdict != CSG_OK && verdict != CSG_NOTYET))
		return verdict;
	*err = *veto;
	return err->rc;
}

enum csg_rc
csg_veto_load(struct csg_ledger *l, const struct csg_id *request,
    struct csg_bundle *out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	rc = csg_ledger_recall(l, request, &text, err);
	if (rc == CSG_OK && text.len > 0)
		rc = csg_bundle_add(out, "ledger", text.data, text.len, err);
	csg_buf_free(&text);
	return rc;
}
