/* csg-policy check, show, try: what a policy says. */
#include <stdlib.h>
#include <string.h>

#include "cmd/json.h"
#include "cmd/policy.h"
#include "cmd/report.h"
#include "lib/io.h"
#include "lib/when.h"

/* ---- what to read ---- */

/* Drafts are plain YAML; a chain is armoured. */
static bool
is_draft(const struct csg_buf *text)
{
	return strstr(csg_buf_str(text), "-----BEGIN") == NULL ||
	    strncmp(csg_buf_str(text), "csg:", 4) == 0 ||
	    strstr(csg_buf_str(text), "\ncsg: policy/") != NULL;
}

enum csg_rc
policy_load(const char *path, const char *trust, struct policy_source *out,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if (path != NULL) {
		if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) !=
		    CSG_OK)
			return rc;
		if (is_draft(&text)) {
			rc = csg_policy_parse(
			    csg_buf_str(&text), text.len, &out->draft, err);
			csg_buf_free(&text);
			if (rc != CSG_OK)
				return csg_err_prefix(err, "%s:", path);
			out->policy = out->draft;
			return CSG_OK;
		}
		csg_buf_free(&text);
	}
	if ((rc = cmd_load_policy(
		 path, trust, &out->trust, &out->chain, err)) == CSG_OK)
		out->policy = csg_chain_policy(out->chain);
	return rc;
}

void
policy_source_clear(struct policy_source *s)
{
	csg_policy_free(s->draft);
	csg_chain_free(s->chain);
	csg_trust_free(s->trust);
	memset(s, 0, sizeof(*s));
}

/* ---- check, show ---- */

static enum csg_rc
check_one(const char *path, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_policy *p = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = csg_io_read(path, CSG_POLICY_MAX, &text, err)) == CSG_OK &&
	    (rc = csg_policy_parse(csg_buf_str(&text), text.len, &p, err)) !=
		CSG_OK)
		(void)csg_err_prefix(err, "%s:", path);
	if (rc == CSG_OK)
		cmd_say("%s: policy %s version %llu is sound, %s", path,
		    p->name, (unsigned long long)p->version,
		    csg_id_format(&p->id, id));
	csg_policy_free(p);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
policy_check(const struct policy_args *a, struct csg_err *err)
{
	struct csg_err worst = { 0 }, one;
	int i;

	if (a->n == 0)
		cmd_usage("check needs a DRAFT");
	for (i = 0; i < a->n; i++) {
		memset(&one, 0, sizeof(one));
		if (check_one(a->operand[i], &one) == CSG_OK)
			continue;
		if (worst.rc != CSG_OK)
			cmd_complain(&worst);
		worst = one;
	}
	*err = worst;
	return err->rc;
}

static void
show_json(const struct csg_chain *c)
{
	const struct csg_policy *p = csg_chain_policy(c);
	struct json j = { 0 };
	char text[CSG_ID_TEXT];
	size_t i;

	json_object(&j, NULL);
	json_string(&j, "name", p->name);
	json_int(&j, "version", (int64_t)p->version);
	json_string(&j, "id", csg_id_format(&p->id, text));
	json_string(&j, "issued", csg_time_format(p->issued, text));
	json_string(&j, "expires", csg_time_format(p->expires, text));
	json_array(&j, "versions");
	for (i = 0; i < c->n; i++)
		json_string(
		    &j, NULL, csg_id_format(&c->links[i].policy->id, text));
	json_end_array(&j);
	json_array(&j, "users");
	for (i = 0; i < p->nusers; i++)
		json_string(&j, NULL, p->users[i].name);
	json_end_array(&j);
	json_object(&j, "keys");
	for (i = 0; i < p->nkeys; i++)
		json_string(&j, p->keys[i].name,
		    csg_id_format(&p->keys[i].cert->spki, text));
	json_end_object(&j);
	json_array(&j, "profiles");
	for (i = 0; i < p->nprofiles; i++)
		json_string(&j, NULL, p->profiles[i].name);
	json_end_array(&j);
	json_end_object(&j);
}

enum csg_rc
policy_show(const struct policy_args *a, struct csg_err *err)
{
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	const struct csg_envelope *env;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("show takes -p and -t, no operands");
	if ((rc = cmd_load_policy(a->policy, a->trust, &trust, &chain, err)) ==
	    CSG_OK) {
		env = chain->links[chain->n - 1].msg->env;
		if (a->json)
			show_json(chain);
		else
			(void)fwrite(env->content, 1, env->len, stdout);
	}
	csg_chain_free(chain);
	csg_trust_free(trust);
	return rc;
}

/* ---- try ---- */

struct trial {
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	struct csg_trial_vote *votes;
	size_t n;
	char *names; /* what the votes' statements point into */
};

/* "NAME" or "NAME:STATEMENT" */
static enum csg_rc
add_vote(struct trial *t, enum csg_vote vote, char *word, struct csg_err *err)
{
	struct csg_trial_vote *v;
	char *colon = strchr(word, ':');

	if (colon != NULL)
		*colon++ = '\0';
	if (colon != NULL &&
	    (vote != CSG_APPROVE ||
		csg_policy_statement(t->policy, colon) == 0))
		return csg_fail(err, CSG_R_STATEMENT,
		    vote != CSG_APPROVE ? "only approvals make statements: %s" :
					  "the policy knows no statement '%s'",
		    colon);
	if ((v = realloc(t->votes, (t->n + 1) * sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	t->votes = v;
	v += t->n++;
	*v = (struct csg_trial_vote){ .vote = vote, .statement = colon };
	if ((v->user = csg_policy_user(t->policy, word)) == CSG_NOBODY)
		return csg_fail(
		    err, CSG_R_GROUP, "the policy has no user '%s'", word);
	return CSG_OK;
}

/* All lists of the command line, in their order. */
static enum csg_rc
add_lists(struct trial *t, const struct policy_args *a, struct csg_err *err)
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
			rc = add_vote(t, a->votes[i].vote, word, err);
		s += len + 1;
	}
	return rc;
}

static enum csg_rc
find_requester(
    const struct trial *t, const char *name, size_t *user, struct csg_err *err)
{
	*user = CSG_NOBODY;
	if (name == NULL)
		return CSG_OK;
	if ((*user = csg_policy_user(t->policy, name)) == CSG_NOBODY)
		return csg_fail(
		    err, CSG_R_GROUP, "the policy has no user '%s'", name);
	if (!csg_policy_may_request(t->policy, t->profile, *user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group that may ask for profile %s", name,
		    t->profile->name);
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
		cmd_usage("try needs -P PROFILE, and takes no operands");
	if (a->at != NULL)
		now = cmd_until(a->at, now);
	if ((rc = policy_load(a->policy, a->trust, &s, err)) != CSG_OK)
		goto out;
	t.policy = s.policy;
	if ((t.profile = csg_policy_profile(s.policy, a->profile)) == NULL) {
		rc = csg_fail(err, CSG_R_PROFILE,
		    "no profile '%s' in policy %s", a->profile, s.policy->name);
		goto out;
	}
	if ((rc = find_requester(&t, a->requester, &requester, err)) ==
		CSG_OK &&
	    (rc = add_lists(&t, a, err)) == CSG_OK &&
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
	policy_source_clear(&s);
	return rc;
}
