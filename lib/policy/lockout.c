#include <stdlib.h>

#include "lib/policy/lockout.h"

/* Where all must vote: is everybody there, the requester aside? */
static bool
all_there(const struct csg_policy *p, const struct csg_rule *q,
    const bool *people, size_t requester)
{
	size_t u, c;

	for (u = 0; u < p->nusers && q->all_vote; u++)
		for (c = 0; c < q->nclauses; c++)
			if (q->clauses[c].member[u] && !people[u] &&
			    u != requester)
				return false;
	return true;
}

/* Could a quorum of the profile be had from these people? */
static enum csg_rc
is_reachable(const struct csg_policy *p, const struct csg_profile *pr,
    const bool *people, bool *out, struct csg_err *err)
{
	size_t r, u;
	enum csg_rc rc;

	*out = false;
	for (r = 0; r < pr->nroutes; r++)
		for (u = 0; u < p->nusers; u++) {
			if (!people[u] || !csg_policy_may_request(p, pr, u) ||
			    !all_there(p, &pr->rules[r], people, u))
				continue;
			if ((rc = csg_quorum_reachable(p->nusers, u, people,
				 &pr->rules[r], out, err)) != CSG_OK ||
			    *out)
				return rc;
		}
	return CSG_OK;
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
	bool *people, reach;
	size_t u;
	enum csg_rc rc;

	*out = 0;
	if ((people = calloc(p->nusers, sizeof(*people))) == NULL)
		return csg_fail_mem(err);
	for (u = 0; u < p->nusers; u++)
		people[u] = can_vote(&p->users[u], t);
	rc = is_reachable(p, pr, people, &reach, err);
	if (rc == CSG_OK && reach)
		*out = 2;
	for (u = 0; u < p->nusers && rc == CSG_OK && *out == 2; u++) {
		if (!people[u] ||
		    (!csg_policy_may_request(p, pr, u) &&
			!csg_policy_may_endorse(pr, u)))
			continue;
		people[u] = false;
		rc = is_reachable(p, pr, people, &reach, err);
		people[u] = true;
		if (!reach)
			*out = 1;
	}
	free(people);
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
		    "nobody could change policy %s version %llu any more: "
		    "certificates of those who could are not valid (--allow-lockout signs it anyway)",
		    draft->name, (unsigned long long)draft->version);
	if (margin == 1)
		return csg_fail(err, CSG_R_LOCKOUT,
		    "if one person left, nobody could change policy %s version "
		    "%llu any more (--allow-lockout signs it anyway)",
		    draft->name, (unsigned long long)draft->version);
	return CSG_OK;
}
