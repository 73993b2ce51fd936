#include <stdlib.h>

#include "lib/policy/lockout.h"
#include "lib/policy/reach.h"

/* If all must vote: is every member of a clause among people?  The requester
 * need not vote, but is one of people anyway. */
static bool
all_there(
    const struct csg_policy *p, const struct csg_rule *q, const bool *people)
{
	size_t u, c;

	for (c = 0; c < q->nclauses && q->all_vote; c++)
		for (u = 0; u < p->nusers; u++)
			if (q->clauses[c].member[u] && !people[u])
				return false;
	return true;
}

/* A way to change the policy: a route and a requester. */
struct way {
	size_t route;
	size_t requester; /* CSG_NONE: there is no way */
};

/* The first way that is open to these people. */
static enum csg_rc
find_way(const struct csg_policy *p, const struct csg_profile *pr,
    const bool *people, struct way *out, struct csg_err *err)
{
	bool *spare = calloc(p->nusers, sizeof(*spare));
	size_t r, u;
	enum csg_rc rc = CSG_OK;

	*out = (struct way){ 0, CSG_NONE };
	if (spare == NULL)
		return csg_fail_mem(err);
	for (r = 0; r < pr->nroutes && out->requester == CSG_NONE; r++) {
		if (!all_there(p, &pr->rules[r], people))
			continue;
		if ((rc = csg_reach_find(&pr->rules[r], p->nusers, people,
			 spare, err)) != CSG_OK)
			break;
		for (u = 0; u < p->nusers && out->requester == CSG_NONE; u++)
			if (people[u] && spare[u] &&
			    csg_policy_may_request(p, pr, u))
				*out = (struct way){ r, u };
	}
	free(spare);
	return rc;
}

/* Who can leave without closing the way?  The requester cannot. */
static enum csg_rc
find_spare(const struct csg_policy *p, const struct csg_profile *pr,
    bool *people, const struct way *way, bool *spare, struct csg_err *err)
{
	const struct csg_rule *q = &pr->rules[way->route];
	size_t u, c;
	enum csg_rc rc;

	people[way->requester] = false;
	rc = csg_reach_find(q, p->nusers, people, spare, err);
	people[way->requester] = true;
	spare[way->requester] = false;
	for (c = 0; c < q->nclauses && q->all_vote; c++)
		for (u = 0; u < p->nusers; u++)
			spare[u] = spare[u] && !q->clauses[c].member[u];
	return rc;
}

/* Is a way left after any one of the relevant people leaves? */
static enum csg_rc
is_safe(const struct csg_policy *p, const struct csg_profile *pr, bool *people,
    const bool *spare, bool *out, struct csg_err *err)
{
	struct way way;
	size_t u;
	enum csg_rc rc = CSG_OK;

	*out = true;
	for (u = 0; u < p->nusers && rc == CSG_OK && *out; u++) {
		if (!people[u] || spare[u] ||
		    (!csg_policy_may_request(p, pr, u) &&
			!csg_policy_may_endorse(pr, u)))
			continue;
		people[u] = false;
		rc = find_way(p, pr, people, &way, err);
		people[u] = true;
		*out = way.requester != CSG_NONE;
	}
	return rc;
}

static bool
can_vote(const struct csg_user *u, int64_t t)
{
	size_t i;

	for (i = 0; i < u->ncerts; i++)
		if (csg_cert_valid_at(u->certs[i], t, u->name, NULL) == CSG_OK)
			return true;
	return false;
}

enum csg_rc
csg_lockout_margin(
    const struct csg_policy *p, int64_t t, unsigned *out, struct csg_err *err)
{
	const struct csg_profile *pr = csg_policy_profile(p, "policy");
	bool *people = calloc(p->nusers, sizeof(*people));
	bool *spare = calloc(p->nusers, sizeof(*spare)), safe = false;
	struct way way;
	size_t u;
	enum csg_rc rc;

	*out = 0;
	if (people == NULL || spare == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	for (u = 0; u < p->nusers; u++)
		people[u] = can_vote(&p->users[u], t);
	if ((rc = find_way(p, pr, people, &way, err)) != CSG_OK ||
	    way.requester == CSG_NONE)
		goto out;
	if ((rc = find_spare(p, pr, people, &way, spare, err)) != CSG_OK ||
	    (rc = is_safe(p, pr, people, spare, &safe, err)) != CSG_OK)
		goto out;
	*out = safe ? 2 : 1;
out:
	free(people);
	free(spare);
	return rc;
}

enum csg_rc
csg_lockout_check(
    const struct csg_policy *draft, int64_t t, struct csg_err *err)
{
	unsigned margin;
	enum csg_rc rc;

	if ((rc = csg_lockout_margin(draft, t, &margin, err)) != CSG_OK)
		return rc;
	if (margin == 0)
		return csg_fail(err, CSG_R_LOCKOUT,
		    "nobody could change policy %s version %llu any more: certificates of those who could are not valid (--allow-lockout signs it anyway)",
		    draft->name, (unsigned long long)draft->version);
	if (margin == 1)
		return csg_fail(err, CSG_R_LOCKOUT,
		    "if one person left, nobody could change policy %s version %llu any more (--allow-lockout signs it anyway)",
		    draft->name, (unsigned long long)draft->version);
	return CSG_OK;
}
