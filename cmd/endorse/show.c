/* csg-endorse: show the request, and ask for the decision. */
#include <stdint.h>
#include <string.h>

#include "cmd/endorse/endorse.h"
#include "cmd/common/report.h"
#include "cmd/common/talk.h"
#include "cmd/common/terminal.h"
#include "lib/explain/phrase.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

#define MAX_SHOWN 20 /* artifacts, unless verbose */
#define MAX_WHY 120 /* bytes of the reason in the summary */

/* Show the votes that count so far, and the statement of this one. */
static void
show_votes(FILE *f, const struct endorse_job *j, const struct endorse_args *a)
{
	const struct csg_tallied *v;
	char id[CSG_ID_TEXT];
	size_t i;

	for (i = 0; i < j->tally->n; i++) {
		v = &j->tally->votes[i];
		if (!v->counted)
			continue;
		(void)fprintf(f, "so far     %s: %s", v->vote->head.author,
		    csg_vote_words[v->vote->vote]);
		if (v->vote->statement != NULL)
			(void)fprintf(f, ", states %s", v->vote->statement);
		if (v->vote->comment != NULL)
			(void)fprintf(f, ": %.*s",
			    (int)strcspn(v->vote->comment, "\n"),
			    v->vote->comment);
		(void)fputc('\n', f);
	}
	if (a->statement != NULL)
		(void)fprintf(f, "statement  %s%s%s\n", a->statement,
		    a->proof != NULL ? ", proof " : "",
		    a->proof != NULL ? csg_id_format(&j->proof, id) : "");
	if (a->run != NULL)
		(void)fprintf(f, "run        %s: succeeded\n", a->run);
}

/* Show the first MAX_SHOWN artifacts, or all if verbose, and count the rest. */
static void
show_artifacts(FILE *f, const struct endorse_job *j)
{
	const struct csg_artifact *a;
	char id[CSG_ID_TEXT];
	size_t i, absent = 0, max = cmd_verbose ? SIZE_MAX : MAX_SHOWN;

	for (i = 0; i < j->req->n && i < max; i++) {
		a = &j->req->artifacts[i];
		(void)fprintf(f, "  %-8s %s\n           %llu bytes, %s\n",
		    j->at_hand[i] != NULL ? "matches" : "absent", a->name,
		    (unsigned long long)a->size, csg_id_format(&a->sha256, id));
	}
	if (i == j->req->n)
		return;
	(void)fprintf(f, "  and %zu more, ", j->req->n - i);
	for (; i < j->req->n; i++)
		absent += j->at_hand[i] == NULL;
	if (absent == 0)
		(void)fprintf(f, "which all match (-v shows them)\n");
	else
		(void)fprintf(
		    f, "%zu of them absent (-v shows them)\n", absent);
}

/* Print a text; every line but the first and empty ones is indented by
 * margin. */
static void
show_lines(FILE *f, const char *s, const char *margin)
{
	for (; *s != '\0'; s++) {
		(void)fputc(*s, f);
		if (*s == '\n' && s[1] != '\n' && s[1] != '\0')
			(void)fputs(margin, f);
	}
}

/* Show what the requested policy changes and means. */
static void
show_policy(FILE *f, const struct endorse_job *j)
{
	if (j->has_changes) {
		(void)fprintf(f, "changes\n");
		report_changes(f, &j->changes);
	}
	if (j->meaning.len > 0) {
		(void)fprintf(f, "meaning of the new policy\n  ");
		show_lines(f, csg_buf_str(&j->meaning), "  ");
	}
}

/* ---- the voter ---- */

/* Show the clauses that an approval could fill, in all routes; return how
 * many. */
static size_t
show_places(FILE *f, const struct endorse_job *j)
{
	const struct csg_profile *pr = j->profile;
	const struct csg_clause *clause;
	struct csg_buf b = { 0 };
	size_t r, c, n = 0;

	for (r = 0; r < pr->nroutes; r++)
		for (c = 0; c < pr->rules[r].nclauses; c++) {
			clause = &pr->rules[r].clauses[c];
			if (!clause->member[j->person.user])
				continue;
			if (r > 0)
				csg_buf_printf(&b,
				    "route %s%s: ", pr->routes[r].name,
				    pr->routes[r].emergency ?
					", for emergencies" :
					"");
			if (csg_phrase_staged(&pr->rules[r]))
				csg_buf_printf(&b, "stage %u: ", clause->stage);
			csg_phrase_clause(
			    &b, j->policy, clause, pr->routes[r].groups[c]);
			(void)fprintf(f, "%-10s %s\n",
			    n++ == 0 ? "counts for" : "", csg_buf_str(&b));
			csg_buf_free(&b);
		}
	return n;
}

/* Show what is missing before this vote, as csg-sign would report it. */
static void
show_missing(FILE *f, const struct endorse_job *j)
{
	const struct csg_err *why = &j->answer;
	struct csg_buf safe = { 0 };

	if (why->rc == CSG_OK) {
		(void)fprintf(f, "missing    nothing: the quorum is met\n");
		return;
	}
	csg_text_escape(&safe, why->text, strlen(why->text));
	(void)fprintf(f, "missing    %s: %s\n", csg_reason_word(why->reason),
	    csg_buf_str(&safe));
	csg_buf_free(&safe);
}

static void
show_person(FILE *f, const struct endorse_job *j)
{
	size_t u = j->person.user;

	(void)fprintf(f, "you        %s%s\n", j->policy->users[u].name,
	    u == j->requester ?
		", who made the request; rejecting withdraws it" :
		"");
	if (u != j->requester) {
		if (show_places(f, j) == 0)
			(void)fprintf(f, "counts for a rejection only\n");
		else if (!csg_policy_may_reject(j->profile, u))
			(void)fprintf(f,
			    "           your rejection would not stop the request\n");
	}
	show_missing(f, j);
}

/* ---- everything ---- */

/* Show who requests what, and why. */
static void
show_request(FILE *f, const struct endorse_job *j)
{
	const struct csg_request *r = j->req;
	char words[CSG_SHORT_LEN], four[24];
	char t1[CSG_TIME_LEN], t2[CSG_TIME_LEN];

	(void)fprintf(f, "request    %s  (by phone: %s)\n",
	    csg_request_short(r, words), csg_id_proquints(&r->id, 4, four));
	(void)fprintf(f, "policy     %s version %llu\n", j->policy->name,
	    (unsigned long long)j->policy->version);
	if (j->draft.policy != NULL)
		(void)fprintf(f,
		    "           to be founded; the anchor's words: %s\n",
		    csg_id_proquints(&j->policy->id, 4, four));
	(void)fprintf(f, "profile    %s, key %s, format %s\n", j->profile->name,
	    j->policy->keys[j->profile->key].name,
	    csg_format_words[j->profile->format]);
	(void)fprintf(f, "requester  %s\n", r->head.author);
	(void)fprintf(f, "asked      %s, valid until %s\n",
	    csg_time_format(r->head.time, t1), csg_time_format(r->expires, t2));
	(void)fprintf(f, "why        ");
	show_lines(f, r->why, "           ");
	(void)fputc('\n', f);
}

/* Show everything.  The text comes from verified messages and is safe to
 * show. */
static void
show(FILE *f, const struct endorse_job *j, const struct endorse_args *a)
{
	const struct csg_request *r = j->req;
	char id[CSG_ID_TEXT];

	show_request(f, j);
	if (r->destroy != NULL)
		(void)fprintf(f, "destroys   key %s for good\n           %s\n",
		    r->destroy, csg_id_format(&r->destroy_key, id));
	else
		(void)fprintf(f,
		    "artifacts  %zu, of which %zu are at hand and match\n",
		    r->n, j->n_at_hand);
	show_artifacts(f, j);
	show_policy(f, j);
	show_votes(f, j, a);
	show_person(f, j);
}

/* How many bytes of the reason fit into the summary: its first line, up to
 * MAX_WHY bytes of whole characters. */
static size_t
first_words(const char *why)
{
	size_t len = strcspn(why, "\n");

	if (len > MAX_WHY)
		for (len = MAX_WHY; ((unsigned char)why[len] & 0xc0) == 0x80;)
			len--;
	return len;
}

/* Sum the request up in one line, since the text above may be long. */
static void
summarize(FILE *f, const struct endorse_job *j)
{
	const struct csg_request *r = j->req;
	size_t len = first_words(r->why), absent = r->n - j->n_at_hand;

	(void)fprintf(
	    f, "%s asks, under profile %s, ", r->head.author, r->profile);
	if (r->destroy != NULL)
		(void)fprintf(f, "to destroy key %s", r->destroy);
	else if (j->draft.policy != NULL)
		(void)fprintf(f, "to found policy %s", j->policy->name);
	else if (absent > 0)
		(void)fprintf(f, "to sign %zu artifact%s, %zu of them absent",
		    r->n, r->n == 1 ? "" : "s", absent);
	else
		(void)fprintf(f, "to sign %zu artifact%s, all matching", r->n,
		    r->n == 1 ? "" : "s");
	if (j->has_changes)
		(void)fprintf(f, ", %zu of %zu changes weaken the policy",
		    j->changes.count[CSG_WEAKER], j->changes.n);
	(void)fprintf(f, ": %.*s%s\n", (int)len, r->why,
	    r->why[len] != '\0' ? " ..." : "");
}

/* ---- the question ---- */

/* Read one word from the terminal; anything but a whole decision word is no
 * decision. */
static enum csg_rc
ask(FILE *tty, const struct endorse_job *j, struct endorse_args *a,
    struct csg_err *err)
{
	char line[64];
	size_t v;

	if (a->decided)
		(void)fprintf(tty,
		    "Vote as %s: type %s to confirm (anything else: no vote): ",
		    j->policy->users[j->person.user].name,
		    csg_vote_words[a->vote]);
	else
		(void)fprintf(tty,
		    "Vote as %s: type approve, reject or abstain (anything else: no vote): ",
		    j->policy->users[j->person.user].name);
	if (cmd_terminal_line(tty, line, sizeof(line)))
		for (v = 0; csg_vote_words[v] != NULL; v++)
			if (strcmp(line, csg_vote_words[v]) == 0 &&
			    (!a->decided || a->vote == (enum csg_vote)v)) {
				a->vote = (enum csg_vote)v;
				return CSG_OK;
			}
	return csg_fail(
	    err, CSG_R_DECLINED, "no decision was given; nothing was written");
}

/* Ask for the reason of a rejection, unless -m gave it. */
static enum csg_rc
ask_comment(FILE *tty, struct endorse_args *a, struct csg_err *err)
{
	static char line[1024];

	if (a->vote != CSG_REJECT || a->comment != NULL)
		return CSG_OK;
	(void)fprintf(tty, "Reason for the rejection (one line): ");
	if (cmd_terminal_line(tty, line, sizeof(line)) && line[0] != '\0' &&
	    csg_text_valid(line, strlen(line), false)) {
		a->comment = line;
		return CSG_OK;
	}
	return csg_fail(err, CSG_R_TEXT,
	    "a rejection requires a reason that can be shown safely; nothing was written");
}

enum csg_rc
endorse_ask(
    const struct endorse_job *j, struct endorse_args *a, struct csg_err *err)
{
	FILE *tty;
	enum csg_rc rc;

	if (a->yes) {
		if (!cmd_quiet)
			show(stderr, j, a);
		return CSG_OK;
	}
	if ((tty = cmd_terminal()) == NULL)
		return csg_fail(err, CSG_R_IO,
		    "no terminal to ask on (-y with --approve, --reject or --abstain votes without asking)");
	show(tty, j, a);
	summarize(tty, j);
	if ((rc = ask(tty, j, a, err)) == CSG_OK)
		rc = ask_comment(tty, a, err);
	(void)fclose(tty);
	return rc;
}
