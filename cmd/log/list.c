/* csg-log list, show, prove: print single entries and receipts. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/cmd.h"
#include "cmd/common/talk.h"
#include "cmd/log/log.h"
#include "lib/base/time.h"

/* The state of one listing. */
struct listing {
	const struct log_args *args;
	const struct log_source *source;
	bool any, policy_unknown; /* found an entry; a route of unknown kind */
};

/* ---- list ---- */

/* Mark an emergency route, or one that may be one because the policy is
 * unknown: nobody must mistake it for an ordinary route. */
static const char *
mark_of(struct listing *l, const struct csg_claim *c)
{
	switch (log_emergency(l->source, c)) {
	case LOG_EMERGENCY: return " (EMERGENCY)";
	case LOG_UNKNOWN:
		if (strcmp(c->route, "normal") == 0)
			break;
		l->policy_unknown = true;
		return " (EMERGENCY?)";
	case LOG_ORDINARY: break;
	}
	return "";
}

/* Print "boot by route normal: app.bin and 2 more, for dave, by alice erin
 * (blind)". */
static void
print_claim(struct listing *l, const struct csg_entry_view *e)
{
	const struct csg_request *r = e->request;
	size_t i, n = 0;

	cmd_print("  %s by route %s%s:", e->claim->profile, e->claim->route,
	    mark_of(l, e->claim));
	if (r->destroy != NULL)
		cmd_print(" destroys key %s", r->destroy);
	else
		cmd_print(" %s", r->artifacts[0].name);
	if (r->n > 1)
		cmd_print(" and %zu more", r->n - 1);
	cmd_print(", for %s", r->head.author);
	for (i = 0; i < e->nvotes; i++)
		if (e->votes[i]->vote == CSG_APPROVE)
			cmd_print("%s%s%s", n++ == 0 ? ", by " : " ",
			    e->votes[i]->head.author,
			    e->votes[i]->blind ? " (blind)" : "");
	if (e->act != NULL)
		cmd_print("; operated by %s", e->act->head.author);
}

/* Print what other kinds of entries say, and the policy version that an entry
 * puts in force. */
static void
print_rest(const struct csg_entry_view *x)
{
	const struct csg_entry *e = x->entry;

	if (e->kind == CSG_E_RECOVER)
		cmd_print(
		    "  rebuilt, epoch %llu ends", (unsigned long long)e->epoch);
	if (e->version != 0)
		cmd_print("%s policy version %llu in force",
		    e->kind == CSG_E_FOUND ? " " : ";",
		    (unsigned long long)e->version);
	if (x->rejection != NULL)
		cmd_print("  by %s: %s", x->rejection->head.author,
		    x->rejection->comment);
	if (e->reason != NULL)
		cmd_print("  %s%s%s:", e->profile != NULL ? e->profile : "",
		    e->profile != NULL ? " " : "", e->reason);
	if (e->body != NULL &&
	    (e->kind == CSG_E_ABANDON || e->kind == CSG_E_REFUSE ||
		e->kind == CSG_E_KEY))
		cmd_print("%s %s", e->kind == CSG_E_REFUSE ? "" : " ", e->body);
}

static void
print_entry(struct listing *l, const struct csg_entry_view *x)
{
	const struct csg_entry *e = x->entry;
	char when[CSG_TIME_LEN], words[12];

	cmd_print("%6llu  %s  %-8s", (unsigned long long)e->seq,
	    csg_time_format(e->time, when), csg_entry_words[e->kind]);
	if (e->request != NULL)
		cmd_print("  %s", csg_id_proquints(e->request, 2, words));
	if (x->claim != NULL)
		print_claim(l, x);
	if (x->seal != NULL)
		cmd_print("; key %s", x->seal->head.author);
	print_rest(x);
	cmd_print("\n");
}

static void
participants_json(struct json *j, const struct csg_entry_view *x)
{
	size_t i;

	json_string(j, "requester", x->request->head.author);
	json_string(j, "why", x->request->why);
	json_array(j, "votes");
	for (i = 0; i < x->nvotes; i++) {
		json_object(j, NULL);
		json_string(j, "person", x->votes[i]->head.author);
		json_string(j, "decision", csg_vote_words[x->votes[i]->vote]);
		json_bool(j, "blind", x->votes[i]->blind);
		json_end_object(j);
	}
	json_end_array(j);
	if (x->act != NULL)
		json_string(j, "operator", x->act->head.author);
}

static void
artifacts_json(struct json *j, const struct csg_entry_view *x)
{
	const struct csg_artifact *a;
	char id[CSG_ID_TEXT];
	size_t i;

	if (x->request->destroy != NULL)
		json_string(j, "destroy", x->request->destroy);
	json_array(j, "artifacts");
	for (i = 0; i < x->request->n; i++) {
		a = &x->request->artifacts[i];
		json_object(j, NULL);
		json_string(j, "name", a->name);
		json_int(j, "size", (int64_t)a->size);
		json_string(j, "digest", csg_id_format(&a->sha256, id));
		if (x->seal != NULL)
			json_string(j, "output",
			    csg_id_format(&x->seal->artifacts[i].output, id));
		json_end_object(j);
	}
	json_end_array(j);
}

/* Write whether the route is for emergencies; null when that is unknown. */
static void
emergency_json(
    struct json *j, const struct log_source *s, const struct csg_claim *c)
{
	enum log_emergency e = log_emergency(s, c);

	if (e == LOG_UNKNOWN)
		json_string(j, "emergency", NULL);
	else
		json_bool(j, "emergency", e == LOG_EMERGENCY);
}

static void
optional_id_json(struct json *j, const char *key, const struct csg_id *id)
{
	char text[CSG_ID_TEXT];

	if (id != NULL)
		json_string(j, key, csg_id_format(id, text));
}

void
log_entry_json(const struct log_source *s, const struct csg_entry_view *x)
{
	const struct csg_entry *e = x->entry;
	struct json j = { .compact = true };
	char when[CSG_TIME_LEN];

	json_object(&j, NULL);
	json_int(&j, "seq", (int64_t)e->seq);
	json_string(&j, "time", csg_time_format(e->time, when));
	json_string(&j, "kind", csg_entry_words[e->kind]);
	optional_id_json(&j, "request", e->request);
	if (e->version != 0)
		json_int(&j, "version", (int64_t)e->version);
	if (e->policy != NULL)
		optional_id_json(&j, "policy", e->policy);
	if (e->reason != NULL)
		json_string(&j, "reason", e->reason);
	if (x->claim != NULL) {
		json_string(
		    &j, "claimed", csg_time_format(x->claim->time, when));
		optional_id_json(&j, "evidence", &x->claim->evidence);
		json_string(&j, "profile", x->claim->profile);
		json_string(&j, "route", x->claim->route);
		emergency_json(&j, s, x->claim);
		participants_json(&j, x);
		artifacts_json(&j, x);
	} else if (e->profile != NULL)
		json_string(&j, "profile", e->profile);
	if (x->seal != NULL)
		json_string(&j, "key", x->seal->head.author);
	if (x->rejection != NULL) {
		json_string(&j, "person", x->rejection->head.author);
		json_string(&j, "comment", x->rejection->comment);
	}
	if (e->body != NULL && x->seal == NULL && x->rejection == NULL &&
	    e->kind != CSG_E_CLAIM)
		json_lines(&j, "text", e->body);
	if (e->epoch != 0)
		json_int(&j, "epoch", (int64_t)e->epoch);
	json_lines(&j, "entry", x->text);
	json_end_object(&j);
}

static enum csg_rc
list_one(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	struct listing *l = arg;

	(void)err;
	if (!log_is_wanted(l->args, e))
		return CSG_OK;
	l->any = true;
	if (l->args->json)
		log_entry_json(l->source, e);
	else
		print_entry(l, e);
	return CSG_OK;
}

enum csg_rc
log_list(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	struct listing l = { .args = a, .source = &s };
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("list takes no operands");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = csg_reader_each(s.ledger, 1, 0, list_one, &l, err)) ==
		CSG_OK) {
		if (!l.any)
			cmd_say("no entry matches these filters");
		if (l.policy_unknown)
			cmd_say(
			    "which routes are for emergencies is unknown: no policy chain under your trust anchor (-t)");
	}
	log_close(&s);
	return rc;
}

/* ---- show ---- */

uint64_t
log_number(const char *s, const char *of)
{
	char *end;
	uint64_t n = strtoull(s, &end, 10);

	if (*end != '\0' || n == 0 || s[0] == '-')
		cmd_usage("'%s' is not the number of %s", s, of);
	return n;
}

/* Parse the number of an entry that the ledger has. */
static enum csg_rc
entry_number(struct csg_ledger *l, const char *operand, uint64_t *seq,
    struct csg_err *err)
{
	uint64_t size;
	enum csg_rc rc;

	*seq = log_number(operand, "an entry");
	if ((rc = csg_ledger_size(l, &size, err)) == CSG_OK && *seq > size)
		cmd_usage("the ledger has entries only up to %llu",
		    (unsigned long long)size);
	return rc;
}

static void
print_request(const struct csg_entry_view *x)
{
	const struct csg_request *r = x->request;
	char id[CSG_ID_TEXT], when[CSG_TIME_LEN];
	size_t i;

	cmd_print("asked by %s, %s: %s\n", r->head.author,
	    csg_time_format(r->head.time, when), r->why);
	if (r->destroy != NULL)
		cmd_print("  destroy key %s, public key %s\n", r->destroy,
		    csg_id_format(&r->destroy_key, id));
	for (i = 0; i < r->n; i++)
		cmd_print("  %s, %llu bytes, %s\n", r->artifacts[i].name,
		    (unsigned long long)r->artifacts[i].size,
		    csg_id_format(&r->artifacts[i].sha256, id));
}

static void
print_votes(const struct csg_entry_view *x)
{
	const struct csg_endorsement *v;
	char when[CSG_TIME_LEN];
	size_t i;

	for (i = 0; i < x->nvotes; i++) {
		v = x->votes[i];
		cmd_print("%s: %s%s%s%s, %s%s%s\n", v->head.author,
		    csg_vote_words[v->vote], v->blind ? " (blind)" : "",
		    v->statement != NULL ? ", states " : "",
		    v->statement != NULL ? v->statement : "",
		    csg_time_format(v->head.time, when),
		    v->comment != NULL ? ": " : "",
		    v->comment != NULL ? v->comment : "");
	}
	if (x->act != NULL)
		cmd_print("%s: operator\n", x->act->head.author);
}

static void
print_seal(const struct csg_seal *seal)
{
	char id[CSG_ID_TEXT];
	size_t i;

	cmd_print("signed with key %s\n", seal->head.author);
	for (i = 0; i < seal->n; i++)
		cmd_print("  %s: %s\n", seal->artifacts[i].name,
		    csg_id_format(&seal->artifacts[i].output, id));
}

/* Print the entry's text, its messages in words, and its body; an armoured body
 * only with -v. */
static enum csg_rc
show_one(void *arg, const struct csg_entry_view *x, struct csg_err *err)
{
	const struct csg_entry *e = x->entry;

	(void)arg;
	(void)err;
	cmd_print_lines(x->text);
	if (x->request != NULL || x->rejection != NULL)
		cmd_print("\n");
	if (x->request != NULL) {
		print_request(x);
		print_votes(x);
	}
	if (x->seal != NULL)
		print_seal(x->seal);
	if (x->rejection != NULL)
		cmd_print("rejected by %s: %s\n", x->rejection->head.author,
		    x->rejection->comment);
	if (e->body == NULL || (e->body[0] == '-' && !cmd_verbose)) /* armour */
		return CSG_OK;
	cmd_print("\n");
	cmd_print_lines(e->body);
	if (strchr(e->body, '\n') == NULL)
		cmd_print("\n");
	return CSG_OK;
}

enum csg_rc
log_show(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	uint64_t seq;
	enum csg_rc rc;

	if (a->n != 1)
		cmd_usage("show requires the number of one ENTRY");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = entry_number(s.ledger, a->operand[0], &seq, err)) == CSG_OK)
		rc = csg_reader_each(s.ledger, seq, seq, show_one, NULL, err);
	log_close(&s);
	return rc;
}

/* ---- prove ---- */

static enum csg_rc
request_of(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	struct csg_id *request = arg;

	(void)text;
	if (e->request == NULL)
		return csg_fail(err, CSG_R_TYPE,
		    "entry %llu is not about a request",
		    (unsigned long long)e->seq);
	*request = *e->request;
	return CSG_OK;
}

/* The search for a request by its two words, as list shows them. */
struct naming {
	const char *words;
	struct csg_id *request; /* the last one found */
	size_t n; /* signed requests with these words */
};

static enum csg_rc
match_words(void *arg, const struct csg_id *request, uint64_t seq,
    const char *armoured, struct csg_err *err)
{
	struct naming *n = arg;
	char words[12];

	(void)seq;
	(void)armoured;
	if (strcmp(csg_id_proquints(request, 2, words), n->words) != 0)
		return CSG_OK;
	*n->request = *request;
	return ++n->n < 2 ?
	    CSG_OK :
	    csg_fail(err, CSG_R_REQMISMATCH,
		"%s: names two requests: give the id of one", n->words);
}

/* Skip the date of "20261123-lusab-babad". */
static const char *
skip_date(const char *s)
{
	return strspn(s, "0123456789") == 8 && s[8] == '-' ? s + 9 : s;
}

/* Find the request that an operand names by its id, by its words, or by the
 * number of an entry. */
static enum csg_rc
request_of_operand(struct csg_ledger *l, const char *operand,
    struct csg_id *out, struct csg_err *err)
{
	struct naming n = { .words = skip_date(operand), .request = out };
	uint64_t seq;
	enum csg_rc rc;

	if (csg_id_parse(operand, out, NULL) == CSG_OK)
		return CSG_OK;
	if (strchr(n.words, '-') == NULL)
		return (rc = entry_number(l, operand, &seq, err)) != CSG_OK ?
		    rc :
		    csg_ledger_each(l, seq, seq, request_of, out, err);
	if ((rc = csg_ledger_each_receipt(l, match_words, &n, err)) == CSG_OK &&
	    n.n == 0)
		rc = csg_fail(err, CSG_R_UNENDORSED,
		    "%s: no request of that name was signed", operand);
	return rc;
}

enum csg_rc
log_prove(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	struct csg_id request = { { 0 } };
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if (a->n != 1)
		cmd_usage(
		    "prove requires one ENTRY, or the words or id of a request");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = request_of_operand(s.ledger, a->operand[0], &request, err)) ==
		CSG_OK &&
	    (rc = csg_ledger_receipt(s.ledger, &request, &text, err)) ==
		CSG_OK) {
		if (text.len == 0)
			rc = csg_fail(err, CSG_R_UNENDORSED,
			    "%s: nothing was signed, so there is no receipt",
			    a->operand[0]);
		else
			cmd_print_lines(csg_buf_str(&text));
	}
	csg_buf_free(&text);
	log_close(&s);
	return rc;
}
