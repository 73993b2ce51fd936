#include "cmd/common/report.h"
#include "cmd/common/talk.h"
#include "lib/decide/verdict.h"
#include "lib/base/time.h"

void
report_uncounted(const struct csg_tally *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->votes[i].counted &&
		    (cmd_verbose || t->votes[i].why.reason != CSG_R_REPLAY))
			cmd_say("not counted: %s: %s: %s", t->votes[i].origin,
			    csg_reason_word(t->votes[i].why.reason),
			    t->votes[i].why.text);
}

static const char *
clause_group(const struct csg_tally *t, size_t clause)
{
	const struct csg_profile_route *r;

	r = &t->profile->routes[t->decision.route];
	return t->policy->groups[r->groups[clause]].name;
}

/* Is every counted approval of the person blind, that is, made without all
 * artifacts at hand? */
static bool
is_blind(const struct csg_tally *t, size_t user)
{
	const struct csg_tallied *v;
	size_t i;

	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (v->counted && v->user == user &&
		    v->vote->vote == CSG_APPROVE && !v->vote->blind)
			return false;
	}
	return true;
}

void
report_approvers(const struct csg_tally *t, struct csg_buf *out)
{
	size_t u;

	for (u = 0; u < t->policy->nusers; u++)
		if (t->decision.place[u] != CSG_NONE)
			csg_buf_printf(out, "%s%s (%s%s)",
			    out->len > 0 ? ", " : "", t->policy->users[u].name,
			    clause_group(t, t->decision.place[u]),
			    is_blind(t, u) ? ", blind" : "");
}

/* Append the people who fill a clause, or those who still could. */
static void
clause_people(const struct csg_tally *t, size_t c, bool filled, const char *sep,
    struct csg_buf *out)
{
	size_t u;

	for (u = 0; u < t->policy->nusers; u++)
		if (filled ? t->decision.place[u] == c :
			     csg_tally_could_fill(t, c, u))
			csg_buf_printf(out, "%s%s", out->len > 0 ? sep : "",
			    t->policy->users[u].name);
}

static const char *
clause_statement(const struct csg_tally *t, const struct csg_clause *c)
{
	return c->statement != 0 ? t->policy->statements[c->statement - 1] :
				   NULL;
}

static void
print_clause(const struct csg_tally *t, size_t c)
{
	const struct csg_rule *q = &t->profile->rules[t->decision.route];
	const struct csg_clause *clause = &q->clauses[c];
	const char *statement = clause_statement(t, clause);
	struct csg_buf who = { 0 };

	cmd_print("  ");
	if (clause->stage > 1)
		cmd_print("stage %u: ", clause->stage);
	clause_people(t, c, true, ", ", &who);
	cmd_print("%s %zu/%zu%s%s%s%s", clause_group(t, c),
	    t->decision.filled[c], clause->need, statement != NULL ? " " : "",
	    statement != NULL ? statement : "", who.len > 0 ? ": " : "",
	    csg_buf_str(&who));
	csg_buf_free(&who);
	if (t->decision.filled[c] < clause->need) {
		clause_people(t, c, false, " or ", &who);
		cmd_print("; missing: %s",
		    who.len > 0 ? csg_buf_str(&who) :
				  "nobody left who could approve");
		csg_buf_free(&who);
	}
	cmd_print("\n");
}

/* Print what the route requires in addition to its clauses. */
static void
print_conditions(const struct csg_tally *t)
{
	const struct csg_decision *d = &t->decision;
	char when[CSG_TIME_LEN];
	size_t u, n = 0;

	if (t->profile->rules[d->route].all_vote) {
		cmd_print(
		    "  all must vote%s", d->nsilent > 0 ? "; missing: " : "");
		for (u = 0; u < t->policy->nusers; u++)
			if (d->silent[u])
				cmd_print("%s%s", n++ > 0 ? " and " : "",
				    t->policy->users[u].name);
		cmd_print("\n");
	}
	if (d->reason == CSG_R_COOLING || d->reason == CSG_R_WINDOW)
		cmd_print("  %s until %s\n",
		    d->reason == CSG_R_COOLING ? "cooling off" :
						 "outside the window",
		    csg_time_format(d->until, when));
	if (t->act != NULL)
		cmd_print("  operator: %s\n", t->act->head.author);
	else if (t->profile->operators.n > 0) {
		cmd_print("  an operator must sign the act:");
		for (u = 0; u < t->policy->nusers; u++)
			if (csg_policy_in_groups(
				t->policy, &t->profile->operators, u))
				cmd_print("%s %s", n++ > 0 ? " or" : "",
				    t->policy->users[u].name);
		cmd_print("\n");
	}
}

void
report_tally(const struct csg_tally *t)
{
	const struct csg_rule *q = &t->profile->rules[t->decision.route];
	const struct csg_tallied *v;
	size_t c, i;

	cmd_print("profile %s, route %s%s, requested by %s\n", t->profile->name,
	    csg_tally_route(t),
	    t->profile->routes[t->decision.route].emergency ? " (EMERGENCY)" :
							      "",
	    t->request->head.author);
	for (c = 0; c < q->nclauses; c++)
		print_clause(t, c);
	print_conditions(t);
	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		if (!v->counted)
			cmd_print("  not counted: %s: %s: %s\n", v->origin,
			    csg_reason_word(v->why.reason), v->why.text);
		else if (v->vote->vote != CSG_APPROVE)
			cmd_print("  %s%s: %s%s%s\n",
			    csg_vote_words[v->vote->vote],
			    v->vote->vote == CSG_REJECT &&
				    !t->decision.vetoed_by[v->user] ?
				" (no veto)" :
				"",
			    v->vote->head.author,
			    v->vote->comment != NULL ? ": " : "",
			    v->vote->comment != NULL ? v->vote->comment : "");
	}
}

static void
statement_json(struct json *j, const struct csg_endorsement *v)
{
	char id[CSG_ID_TEXT];

	if (v->statement != NULL)
		json_string(j, "statement", v->statement);
	if (v->has_proof)
		json_string(j, "proof", csg_id_format(&v->proof, id));
	if (v->command != NULL) {
		json_string(j, "command", v->command);
		json_string(j, "output", csg_id_format(&v->output, id));
	}
}

static void
votes_json(struct json *j, const struct csg_tally *t)
{
	const struct csg_tallied *v;
	char id[CSG_ID_TEXT];
	char when[CSG_TIME_LEN];
	size_t i;

	json_array(j, "votes");
	for (i = 0; i < t->n; i++) {
		v = &t->votes[i];
		json_object(j, NULL);
		if (v->msg != NULL)
			json_string(
			    j, "id", csg_id_format(&v->msg->env->id, id));
		if (v->vote != NULL) {
			json_string(j, "person", v->vote->head.author);
			json_string(
			    j, "decision", csg_vote_words[v->vote->vote]);
			if (v->msg != NULL)
				json_string(j, "time",
				    csg_time_format(v->vote->head.time, when));
			json_bool(j, "blind", v->vote->blind);
			json_string(j, "comment", v->vote->comment);
			statement_json(j, v->vote);
		}
		json_bool(j, "counted", v->counted);
		if (!v->counted) {
			json_string(
			    j, "reason", csg_reason_word(v->why.reason));
			json_string(j, "text", v->why.text);
		}
		json_end_object(j);
	}
	json_end_array(j);
}

static void
clause_json(struct json *j, const struct csg_tally *t, size_t c)
{
	const struct csg_clause *clause =
	    &t->profile->rules[t->decision.route].clauses[c];
	size_t u;

	json_object(j, NULL);
	json_string(j, "group", clause_group(t, c));
	json_int(j, "need", (int64_t)clause->need);
	json_int(j, "have", (int64_t)t->decision.filled[c]);
	json_int(j, "stage", clause->stage);
	if (clause->statement != 0)
		json_string(j, "statement", clause_statement(t, clause));
	json_array(j, "filled_by");
	for (u = 0; u < t->policy->nusers; u++)
		if (t->decision.place[u] == c)
			json_string(j, NULL, t->policy->users[u].name);
	json_end_array(j);
	if (t->decision.filled[c] < clause->need) {
		json_array(j, "missing");
		for (u = 0; u < t->policy->nusers; u++)
			if (csg_tally_could_fill(t, c, u))
				json_string(j, NULL, t->policy->users[u].name);
		json_end_array(j);
	}
	json_end_object(j);
}

static void
conditions_json(struct json *j, const struct csg_tally *t)
{
	const struct csg_decision *d = &t->decision;
	char when[CSG_TIME_LEN];
	size_t u;

	if (t->profile->rules[d->route].all_vote) {
		json_array(j, "must_vote");
		for (u = 0; u < t->policy->nusers; u++)
			if (d->silent[u])
				json_string(j, NULL, t->policy->users[u].name);
		json_end_array(j);
	}
	if (d->until != 0)
		json_string(j, "wait_until", csg_time_format(d->until, when));
	if (t->act != NULL)
		json_string(j, "operator", t->act->head.author);
	else if (t->profile->operators.n > 0) {
		json_array(j, "operators");
		for (u = 0; u < t->policy->nusers; u++)
			if (csg_policy_in_groups(
				t->policy, &t->profile->operators, u))
				json_string(j, NULL, t->policy->users[u].name);
		json_end_array(j);
	}
}

void
report_tally_json(struct json *j, const struct csg_tally *t)
{
	const struct csg_rule *q = &t->profile->rules[t->decision.route];
	char id[CSG_ID_TEXT];
	size_t c;

	if (t->msg != NULL)
		json_string(j, "request", csg_id_format(&t->request->id, id));
	json_string(j, "policy", csg_id_format(&t->policy->id, id));
	json_int(j, "policy_version", (int64_t)t->policy->version);
	json_string(j, "profile", t->profile->name);
	json_string(j, "route", csg_tally_route(t));
	json_bool(
	    j, "emergency", t->profile->routes[t->decision.route].emergency);
	json_string(j, "requester", t->request->head.author);
	json_string(j, "why", t->request->why);
	json_array(j, "clauses");
	for (c = 0; c < q->nclauses; c++)
		clause_json(j, t, c);
	json_end_array(j);
	conditions_json(j, t);
	votes_json(j, t);
}

void
report_decision(
    const struct csg_tally *t, const struct csg_err *verdict, bool as_json)
{
	struct json j = { 0 };

	if (!as_json) {
		if (t != NULL)
			report_tally(t);
		return;
	}
	json_object(&j, NULL);
	json_bool(&j, "ready", verdict->rc == CSG_OK);
	json_int(&j, "status", verdict->rc);
	if (verdict->rc != CSG_OK) {
		json_string(&j, "reason", csg_reason_word(verdict->reason));
		json_string(&j, "text", verdict->text);
	}
	if (t != NULL)
		report_tally_json(&j, t);
	json_end_object(&j);
}

void
report_changes(FILE *f, const struct csg_changes *c)
{
	static const char *const marks[] = { [CSG_WEAKER] = "weaker",
		[CSG_STRONGER] = "stronger",
		[CSG_NEUTRAL] = "" };
	size_t i;

	if (c->n == 0)
		(void)fprintf(f, "nothing changes\n");
	for (i = 0; i < c->n; i++)
		(void)fprintf(
		    f, "%-8s  %s\n", marks[c->v[i].severity], c->v[i].text);
}
