/* csg-policy try: what csg-sign would decide on votes that nobody has cast. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/report.h"
#include "cmd/policy/source.h"
#include "lib/decide/recount.h"
#include "lib/decide/verdict.h"

struct trial {
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	struct csg_trial_vote *votes;
	size_t n;
	char *names; /* the text that the votes' statements point into */
};

/* Add the vote "NAME" or "NAME:STATEMENT"; word is split in place. */
static enum csg_rc
add_trial_vote(
    struct trial *t, enum csg_vote vote, char *word, struct csg_err *err)
{
	struct csg_trial_vote *v;
	char *colon = strchr(word, ':');

	if (colon != NULL)
		*colon++ = '\0';
	if (colon != NULL &&
	    (vote != CSG_APPROVE ||
		csg_policy_statement(t->policy, colon) == 0))
		return csg_fail(err, CSG_R_STATEMENT,
		    vote != CSG_APPROVE ?
			"only an approval can make a statement: %s" :
			"the policy has no statement '%s'",
		    colon);
	if ((v = realloc(t->votes, (t->n + 1) * sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	t->votes = v;
	v += t->n++;
	*v = (struct csg_trial_vote){ .vote = vote, .statement = colon };
	if ((v->user = csg_policy_user(t->policy, word)) == CSG_NONE)
		return csg_fail(
		    err, CSG_R_GROUP, "the policy has no user '%s'", word);
	return CSG_OK;
}

/* Add the votes of all lists on the command line, in their order. */
static enum csg_rc
add_vote_lists(
    struct trial *t, const struct policy_args *a, struct csg_err *err)
{
	struct csg_buf all = { 0 };
	char *s, *word, *save;
	size_t i;
	enum csg_rc rc;

	for (i = 0; i < a->nvotes; i++)
		csg_buf_add(
		    &all, a->votes[i].list, strlen(a->votes[i].list) + 1);
	if ((rc = csg_buf_ok(&all, err)) != CSG_OK)
		return rc;
	t->names = s = (char *)all.data; /* transferred */
	for (i = 0; i < a->nvotes && rc == CSG_OK; i++) {
		size_t len = strlen(a->votes[i].list);

		for (word = strtok_r(s, ",", &save);
		    word != NULL && rc == CSG_OK;
		    word = strtok_r(NULL, ",", &save))
			rc = add_trial_vote(t, a->votes[i].vote, word, err);
		s += len + 1;
	}
	return rc;
}

static enum csg_rc
find_requester(
    const struct trial *t, const char *name, size_t *user, struct csg_err *err)
{
	*user = CSG_NONE;
	if (name == NULL)
		return CSG_OK;
	if ((*user = csg_policy_user(t->policy, name)) == CSG_NONE)
		return csg_fail(
		    err, CSG_R_GROUP, "the policy has no user '%s'", name);
	if (!csg_policy_may_request(t->policy, t->profile, *user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group that may request signatures under profile %s",
		    name, t->profile->name);
	return CSG_OK;
}

enum csg_rc
policy_try(const struct policy_args *a, struct csg_err *err)
{
	struct policy_source s;
	struct trial t = { 0 };
	struct csg_tally *tally = NULL;
	int64_t now = cmd_now();
	size_t requester;
	enum csg_rc rc;

	if (a->profile == NULL || a->n != 0)
		cmd_usage("try requires -P PROFILE, and takes no operands");
	if (a->at != NULL)
		now = cmd_until(a->at, now);
	if ((rc = policy_source_open(a->policy, a->trust, &s, err)) != CSG_OK)
		goto out;
	t.policy = s.policy;
	if ((t.profile = csg_policy_profile(s.policy, a->profile)) == NULL) {
		rc = csg_fail(err, CSG_R_PROFILE,
		    "no profile '%s' in policy %s", a->profile, s.policy->name);
		goto out;
	}
	if ((rc = find_requester(&t, a->requester, &requester, err)) ==
		CSG_OK &&
	    (rc = add_vote_lists(&t, a, err)) == CSG_OK &&
	    (rc = csg_policy_in_force(s.policy, t.profile, now, err)) ==
		CSG_OK &&
	    (rc = csg_tally_try(s.policy, t.profile, requester, t.votes, t.n,
		 now, &tally, err)) == CSG_OK)
		rc = csg_tally_verdict(tally, err);
	report_decision(tally, err, a->json);
out:
	csg_tally_free(tally);
	free(t.votes);
	free(t.names);
	policy_source_close(&s);
	return rc;
}
