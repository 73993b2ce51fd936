/* csg-policy check, show, explain, graph, diff: check a policy and show what it
 * says. */
#include <stdio.h>
#include <string.h>

#include "cmd/common/chain.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/draft.h"
#include "cmd/common/json.h"
#include "cmd/common/report.h"
#include "cmd/common/talk.h"
#include "cmd/policy/source.h"
#include "lib/explain/diff.h"
#include "lib/explain/explain.h"
#include "lib/explain/graph.h"
#include "lib/explain/lint.h"

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
check_and_lint(const char *path, struct csg_err *err)
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
		cmd_usage("check requires a DRAFT");
	for (i = 0; i < a->n; i++) {
		memset(&one, 0, sizeof(one));
		(void)check_and_lint(a->operand[i], &one);
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
chain_json(const struct csg_chain *c, const struct csg_trust *t)
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
			chain_json(chain, trust);
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

enum csg_rc
policy_explain(const struct policy_args *a, struct csg_err *err)
{
	const struct csg_profile *pr;
	struct policy_source s;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = policy_source_open(a->policy, a->trust, &s, err)) == CSG_OK &&
	    (rc = policy_find_profile(a, s.policy, &pr, err)) == CSG_OK &&
	    (rc = pr != NULL ?
		    csg_explain_profile(s.policy, pr, &text, err) :
		    csg_explain_policy(s.policy, &text, err)) == CSG_OK)
		cmd_print_lines(csg_buf_str(&text));
	csg_buf_free(&text);
	policy_source_close(&s);
	return rc;
}

enum csg_rc
policy_graph(const struct policy_args *a, struct csg_err *err)
{
	const struct csg_profile *pr;
	struct policy_source s;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = policy_source_open(a->policy, a->trust, &s, err)) == CSG_OK &&
	    (rc = policy_find_profile(a, s.policy, &pr, err)) == CSG_OK &&
	    (rc = csg_graph_dot(s.policy, pr, &text, err)) == CSG_OK)
		cmd_print_lines(csg_buf_str(&text));
	csg_buf_free(&text);
	policy_source_close(&s);
	return rc;
}

/* ---- diff ---- */

static void
changes_json(const struct csg_changes *c)
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
	struct policy_source old, new = { 0 };
	struct csg_changes c = { 0 };
	enum csg_rc rc;

	if (a->n != 2)
		cmd_usage("diff requires OLD and NEW");
	if ((rc = policy_source_open(a->operand[0], a->trust, &old, err)) ==
		CSG_OK &&
	    (rc = policy_source_open(a->operand[1], a->trust, &new, err)) ==
		CSG_OK &&
	    (rc = csg_policy_diff(old.policy, new.policy, &c, err)) == CSG_OK) {
		if (a->json)
			changes_json(&c);
		else
			report_changes(stdout, &c);
	}
	csg_changes_clear(&c);
	policy_source_close(&old);
	policy_source_close(&new);
	return rc;
}
