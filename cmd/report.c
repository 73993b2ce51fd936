#include "cmd/cmd.h"
#include "cmd/report.h"
#include "lib/when.h"

void
report_uncounted(const struct csg_tally *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->votes[i].counted &&
		    (cmd_verbose || t->votes[i].why.reason != CSG_R_REPLAY))
			cmd_say("not counted: %s: %s: %s",
			    t->votes[i].msg->origin,
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

void
report_approvers(const struct csg_tally *t, struct csg_buf *out)
{
	size_t u;

	for (u = 0; u < t->policy->nusers; u++)
		if (t->decision.place[u] != CSG_NOBODY)
			csg_buf_printf(out, "%s%s (%s)",
			    out->len > 0 ? ", " : "", t->policy->users[u].name,
			    clause_group(t, t->decision.place[u]));
}

/* The people of a clause: who fills it, or who still could. */
static void
clause_people(const struct csg_tally *t, size_t c, bool filled, const char *sep,
    struct csg_buf *out)
{
	const struct csg_route *q = &t->profile->quorum[t->decision.route];
	size_t u, place;

	for (u = 0; u < t->policy->nusers; u++) {
		place = t->decision.place[u];
		if (filled ? place != c :
			     (place != CSG_NOBODY || !q->clauses[c].member[u] ||
				 u == t->requester))
			continue;
		csg_buf_printf(out, "%s%s", out->len > 0 ? sep : "",
		    t->policy->users[u].name);
	}
}

void
report_tally(const struct csg_tally *t)
{
	const struct csg_route *q = &t->profile->quorum[t->decision.route];
	struct csg_buf who = { 0 };
	size_t c, i;

	cmd_print("profile %s, route %s, requested by %s\n", t->profile->name,
	    csg_tally_route(t), t->request->head.author);
	for (c = 0; c < q->nclauses; c++) {
		clause_people(t, c, true, ", ", &who);
		cmd_print("  %s %zu/%zu%s%s", clause_group(t, c),
		    t->decision.filled[c], q->clauses[c].need,
		    who.len > 0 ? ": " : "", csg_buf_str(&who));
		csg_buf_free(&who);
		if (t->decision.filled[c] < q->clauses[c].need) {
			clause_people(t, c, false, " or ", &who);
			cmd_print("; missing: %s", csg_buf_str(&who));
			csg_buf_free(&who);
		}
		cmd_print("\n");
	}
	for (i = 0; i < t->n; i++)
		if (!t->votes[i].counted)
			cmd_print("  not counted: %s: %s: %s\n",
			    t->votes[i].msg->origin,
			    csg_reason_word(t->votes[i].why.reason),
			    t->votes[i].why.text);
		else if (t->votes[i].vote->vote != CSG_APPROVE)
			cmd_print("  %s: %s%s%s\n",
			    csg_vote_words[t->votes[i].vote->vote],
			    t->votes[i].vote->head.author,
			    t->votes[i].vote->comment != NULL ? ": " : "",
			    t->votes[i].vote->comment != NULL ?
				t->votes[i].vote->comment :
				"");
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
		json_string(j, "id", csg_id_format(&v->msg->env->id, id));
		if (v->vote != NULL) {
			json_string(j, "person", v->vote->head.author);
			json_string(
			    j, "decision", csg_vote_words[v->vote->vote]);
			json_string(j, "time",
			    csg_time_format(v->vote->head.time, when));
			json_bool(j, "blind", v->vote->blind);
			json_string(j, "comment", v->vote->comment);
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

void
report_tally_json(struct json *j, const struct csg_tally *t)
{
	const struct csg_route *q = &t->profile->quorum[t->decision.route];
	char id[CSG_ID_TEXT];
	size_t c, u;

	json_string(j, "request", csg_id_format(&t->request->id, id));
	json_string(j, "policy", csg_id_format(&t->policy->id, id));
	json_int(j, "policy_version", (int64_t)t->policy->version);
	json_string(j, "profile", t->profile->name);
	json_string(j, "route", csg_tally_route(t));
	json_string(j, "requester", t->request->head.author);
	json_string(j, "why", t->request->why);
	json_array(j, "clauses");
	for (c = 0; c < q->nclauses; c++) {
		json_object(j, NULL);
		json_string(j, "group", clause_group(t, c));
		json_int(j, "need", (int64_t)q->clauses[c].need);
		json_int(j, "have", (int64_t)t->decision.filled[c]);
		json_array(j, "filled_by");
		for (u = 0; u < t->policy->nusers; u++)
			if (t->decision.place[u] == c)
				json_string(j, NULL, t->policy->users[u].name);
		json_end_array(j);
		json_end_object(j);
	}
	json_end_array(j);
	votes_json(j, t);
}
