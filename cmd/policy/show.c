/* csg-policy check, show, explain, audit, diff, graph, try: what a policy says. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/chain.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/draft.h"
#include "cmd/common/json.h"
#include "cmd/common/report.h"
#include "cmd/common/talk.h"
#include "cmd/policy/policy.h"
#include "lib/decide/recount.h"
#include "lib/decide/verdict.h"
#include "lib/explain/coalition.h"
#include "lib/explain/explain.h"
#include "lib/explain/graph.h"
#include "lib/base/io.h"
#include "lib/explain/lint.h"
#include "lib/explain/diff.h"
#include "lib/base/time.h"
#include "lib/policy/draft_read.h"

/* ---- what to read ---- */

/* A policy: the one in force, or a draft. */
struct source {
	struct csg_trust *trust;
	struct csg_chain *chain; /* NULL for a draft */
	struct csg_policy *draft; /* NULL for a chain */
	const struct csg_policy *policy; /* of either */
};

/* path NULL: the default chain; a file in YAML is a draft, any other a chain
 * under the anchor. */
static enum csg_rc
load(const char *path, const char *trust, struct source *out,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if (path != NULL) {
		if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) !=
		    CSG_OK)
			return rc;
		/* what has no block at all is a draft that is no good */
		if (csg_draft_is(&text) ||
		    strstr(csg_buf_str(&text), "-----BEGIN") == NULL) {
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

static void
source_clear(struct source *s)
{
	csg_policy_free(s->draft);
	csg_chain_free(s->chain);
	csg_trust_free(s->trust);
	memset(s, 0, sizeof(*s));
}

/* ---- check, show ---- */

static enum csg_rc
say_warnings(const char *path, const struct csg_policy *p, struct csg_err *err)
{
	struct csg_warnings w;
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_lint(p, cmd_now(), &w, err)) != CSG_OK)
		return rc;
	for (i = 0; i < w.n; i++)
		cmd_say("%s:%u:%u: warning: %s", path, w.v[i].at.line,
		    w.v[i].at.col, w.v[i].text);
	csg_warnings_clear(&w);
	return CSG_OK;
}

static enum csg_rc
check_one(const char *path, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_policy *p = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = cmd_read_draft(path, &text, &p, err)) == CSG_OK &&
	    (rc = say_warnings(path, p, err)) == CSG_OK)
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
		(void)check_one(a->operand[i], &one);
		if (csg_rc_worst(worst.rc, one.rc) == worst.rc) {
			cmd_complain(&one);
			continue;
		}
		cmd_complain(&worst);
		worst = one;
	}
	*err = worst;
	return err->rc;
}

static void
show_json(const struct csg_chain *c, const struct csg_trust *t)
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
	json_string(
	    &j, "anchor_words", csg_id_proquints(&t->founding, 4, text));
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
			show_json(chain, trust);
		else {
			policy_say_anchor(&trust->founding);
			(void)fwrite(env->content, 1, env->len, stdout);
		}
	}
	csg_chain_free(chain);
	csg_trust_free(trust);
	return rc;
}

/* ---- explain, graph ---- */

/* The optional PROFILE operand; NULL: all profiles. */
static enum csg_rc
find_profile(const struct policy_args *a, const struct csg_policy *p,
    const struct csg_profile **out, struct csg_err *err)
{
	*out = NULL;
	if (a->n > 1)
		cmd_usage("one PROFILE at most");
	if (a->n == 1 && (*out = csg_policy_profile(p, a->operand[0])) == NULL)
		return csg_fail(err, CSG_R_PROFILE,
		    "no profile '%s' in policy %s", a->operand[0], p->name);
	return CSG_OK;
}

enum csg_rc
policy_explain(const struct policy_args *a, struct csg_err *err)
{
	const struct csg_profile *pr;
	struct source s;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = load(a->policy, a->trust, &s, err)) == CSG_OK &&
	    (rc = find_profile(a, s.policy, &pr, err)) == CSG_OK &&
	    (rc = pr != NULL ?
		    csg_explain_profile(s.policy, pr, &text, err) :
		    csg_explain_policy(s.policy, &text, err)) == CSG_OK)
		cmd_print_lines(csg_buf_str(&text));
	csg_buf_free(&text);
	source_clear(&s);
	return rc;
}

enum csg_rc
policy_graph(const struct policy_args *a, struct csg_err *err)
{
	const struct csg_profile *pr;
	struct source s;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = load(a->policy, a->trust, &s, err)) == CSG_OK &&
	    (rc = find_profile(a, s.policy, &pr, err)) == CSG_OK &&
	    (rc = csg_graph_dot(s.policy, pr, &text, err)) == CSG_OK)
		cmd_print_lines(csg_buf_str(&text));
	csg_buf_free(&text);
	source_clear(&s);
	return rc;
}

/* ---- audit ---- */

static void
people_json(struct json *j, const char *key, const struct csg_policy *p,
    const size_t *users, size_t n)
{
	size_t i;

	json_array(j, key);
	for (i = 0; i < n; i++)
		json_string(j, NULL, p->users[users[i]].name);
	json_end_array(j);
}

/* One form of the smallest sets: kinds of people, and how many of each. */
static void
form_json(struct json *j, const struct csg_policy *p,
    const struct csg_coalitions *a, const size_t *form)
{
	size_t k;

	json_array(j, NULL);
	for (k = 0; k < a->nkinds; k++) {
		if (form[k] == 0)
			continue;
		json_object(j, NULL);
		json_int(j, "need", (int64_t)form[k]);
		people_json(j, "of", p, a->kinds[k].users, a->kinds[k].n);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
kind_json(struct json *j, const struct csg_policy *p,
    const struct csg_coalition_kind *k)
{
	json_object(j, NULL);
	people_json(j, "people", p, k->users, k->n);
	json_bool(j, "in_some", k->some);
	json_bool(j, "in_every", k->every);
	json_bool(j, "vital", k->vital);
	json_int(j, "thief_needs", (int64_t)k->others);
	json_end_object(j);
}

static void
audit_json(struct json *j, const struct csg_policy *p,
    const struct csg_profile *pr, const struct csg_coalitions *a)
{
	size_t i;

	json_object(j, NULL);
	json_string(j, "profile", pr->name);
	json_bool(j, "exact",
	    a->count_exact && a->departures_exact && a->kinds_exact);
	json_int(j, "size", (int64_t)a->size);
	json_int(
	    j, "count", a->count > INT64_MAX ? INT64_MAX : (int64_t)a->count);
	json_array(j, "forms");
	for (i = 0; i < a->nforms; i++)
		form_json(j, p, a, &a->forms[i * a->nkinds]);
	json_end_array(j);
	json_array(j, "sets");
	for (i = 0; i < a->nsets; i++)
		people_json(j, NULL, p, &a->sets[i * a->size], a->size);
	json_end_array(j);
	json_array(j, "kinds");
	for (i = 0; i < a->nkinds; i++)
		kind_json(j, p, &a->kinds[i]);
	json_end_array(j);
	json_int(j, "departures", (int64_t)a->departures);
	people_json(j, "leaving", p, a->leave, a->nleave);
	json_end_object(j);
}

static enum csg_rc
audit_one(struct json *j, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_err *err)
{
	struct csg_coalitions *a;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_coalitions_find(p, pr, &a, err)) != CSG_OK)
		return rc;
	if (j != NULL)
		audit_json(j, p, pr, a);
	else {
		csg_coalitions_text(a, p, pr, &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
			cmd_print_lines(csg_buf_str(&text));
	}
	csg_buf_free(&text);
	csg_coalitions_free(a);
	return rc;
}

enum csg_rc
policy_audit(const struct policy_args *a, struct csg_err *err)
{
	const struct csg_profile *only;
	struct source s;
	struct json j = { 0 };
	size_t i;
	enum csg_rc rc;

	if ((rc = load(a->policy, a->trust, &s, err)) != CSG_OK ||
	    (rc = find_profile(a, s.policy, &only, err)) != CSG_OK)
		goto out;
	if (a->json)
		json_array(&j, NULL);
	for (i = 0; i < s.policy->nprofiles && rc == CSG_OK; i++)
		if (only == NULL || only == &s.policy->profiles[i])
			rc = audit_one(a->json ? &j : NULL, s.policy,
			    &s.policy->profiles[i], err);
	if (a->json)
		json_end_array(&j);
out:
	source_clear(&s);
	return rc;
}

/* ---- diff ---- */

static void
diff_json(const struct csg_changes *c)
{
	struct json j = { 0 };
	size_t i;

	json_object(&j, NULL);
	json_array(&j, "changes");
	for (i = 0; i < c->n; i++) {
		json_object(&j, NULL);
		json_string(
		    &j, "severity", csg_severity_words[c->v[i].severity]);
		json_string(&j, "text", c->v[i].text);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
}

enum csg_rc
policy_diff(const struct policy_args *a, struct csg_err *err)
{
	struct source old, new = { 0 };
	struct csg_changes c = { 0 };
	enum csg_rc rc;

	if (a->n != 2)
		cmd_usage("diff needs OLD and NEW");
	if ((rc = load(a->operand[0], a->trust, &old, err)) == CSG_OK &&
	    (rc = load(a->operand[1], a->trust, &new, err)) == CSG_OK &&
	    (rc = csg_policy_diff(old.policy, new.policy, &c, err)) == CSG_OK) {
		if (a->json)
			diff_json(&c);
		else
			report_changes(stdout, &c);
	}
	csg_changes_clear(&c);
	source_clear(&old);
	source_clear(&new);
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
	if ((v->user = csg_policy_user(t->policy, word)) == CSG_NONE)
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
	*user = CSG_NONE;
	if (name == NULL)
		return CSG_OK;
	if ((*user = csg_policy_user(t->policy, name)) == CSG_NONE)
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
	struct source s;
	struct trial t = { 0 };
	struct csg_tally *tally = NULL;
	int64_t now = cmd_now();
	size_t requester;
	enum csg_rc rc;

	if (a->profile == NULL || a->n != 0)
		cmd_usage("try needs -P PROFILE, and takes no operands");
	if (a->at != NULL)
		now = cmd_until(a->at, now);
	if ((rc = load(a->policy, a->trust, &s, err)) != CSG_OK)
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
	source_clear(&s);
	return rc;
}
