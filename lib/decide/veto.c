#include <stdlib.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/decide/veto.h"

/* The terms by which the rejections of a request are judged. */
struct measure {
	const struct csg_case *c;
	const struct csg_profile *profile;
	size_t requester;
	int64_t time;
	const struct csg_policy *newest; /* or NULL */
	bool *seen; /* [users] */
};

/* Whoever may vote or veto can reject; only some can stop the request. */
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

static bool
is_rejection(const struct measure *m, const struct csg_candidate *v)
{
	return v->vote != NULL && v->vote->vote == CSG_REJECT &&
	    csg_id_equal(&v->vote->request, &m->c->request->id) &&
	    csg_id_equal(&v->vote->head.policy, &m->c->policy->id) &&
	    v->vote->head.time <= m->time + CSG_FUTURE_SLACK &&
	    v->by.cert != NULL && may_speak(m, v->by.user) &&
	    !csg_policy_compromised(m->newest, &v->by.cert->spki, m->time);
}

static void
add_rejection(const struct measure *m, size_t i, struct csg_veto *out)
{
	const struct csg_endorsement *v = m->c->votes[i].vote;
	size_t user = m->c->votes[i].by.user;

	if (!m->seen[user])
		out->found[out->n++] =
		    (struct csg_rejection){ .vote = i, .user = user };
	m->seen[user] = true;
	if (may_stop(m, user))
		(void)csg_fail(&out->why, CSG_R_VETO, "%s %s the request: %s",
		    v->head.author,
		    user == m->requester ? "withdrew" : "rejected", v->comment);
}

enum csg_rc
csg_veto_find(const struct csg_case *c, int64_t time,
    const struct csg_policy *newest, struct csg_veto *out, struct csg_err *err)
{
	struct measure m = { .c = c, .time = time, .newest = newest };
	size_t i;

	memset(out, 0, sizeof(*out));
	if (c->policy == NULL ||
	    (m.profile = csg_policy_profile(c->policy, c->request->profile)) ==
		NULL)
		return CSG_OK;
	m.requester = csg_policy_user(c->policy, c->request->head.author);
	m.seen = calloc(c->policy->nusers + 1, sizeof(*m.seen));
	out->found = calloc(c->policy->nusers + 1, sizeof(*out->found));
	if (m.seen == NULL || out->found == NULL) {
		free(m.seen);
		return csg_fail_mem(err);
	}
	/* backwards, since remembered rejections were added last */
	for (i = c->n; i > 0; i--)
		if (is_rejection(&m, &c->votes[i - 1]))
			add_rejection(&m, i - 1, out);
	free(m.seen);
	return CSG_OK;
}

void
csg_veto_clear(struct csg_veto *v)
{
	free(v->found);
	memset(v, 0, sizeof(*v));
}
