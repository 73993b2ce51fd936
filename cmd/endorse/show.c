/* csg-endorse: show a request, and ask. */
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
#define MAX_WHY 120 /* bytes of the reason, above the question */

/* What others said so far, and what this vote will state. */
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
		(void)fprintf(f, "run        %s: exit status 0\n", a->run);
}

/* Of thousands the first are shown, unless verbose; the rest is counted. */
static void
show_artifacts(FILE *f, const struct endorse_job *j)
{
	const struct csg_artifact *a;
	char id[CSG_ID_TEXT];
	size_t i, absent = 0, max = cmd_verbose ? SIZE_MAX : MAX_SHOWN;

	for (i = 0; i < j->req->n && i < max; i++) {
		a = &j->req->artifacts[i];
		(void)fprintf(f, "  %-8s %s\n           %llu bytes, %s\n",
		    j->at_hand[i] != NULL ? "same" : "not here", a->name,
		    (unsigned long long)a->size, csg_id_format(&a->sha256, id));
	}
	if (i == j->req->n)
		return;
	(void)fprintf(f, "  and %zu more, ", j->req->n - i);
	for (; i < j->req->n; i++)
		absent += j->at_hand[i] == NULL;
	if (absent == 0)
		(void)fprintf(f, "all the same (-v shows them)\n");
	else
		(void)fprintf(
		    f, "%zu of them not here (-v shows them)\n", absent);
}

/* The lines of a text, all but the first and empty ones behind a margin. */
static void
show_lines(FILE *f, const char *s, const char *margin)
{
	for (; *s != '\0'; s++) {
		(void)fputc(*s, f);
		if (*s == '\n' && s[1] != '\n' && s[1] != '\0')
			(void)fputs(margin, f);
	}
}

/* What a new policy changes, and what it means. */
static void
show_policy(FILE *f, const struct endorse_job *j)
{
	if (j->has_changes) {
		(void)fprintf(f, "changes\n");
		report_changes(f, &j->changes);
	}
	if (j->meaning.len > 0) {
		(void)fprintf(f, "the policy would mean\n  ");
		show_lines(f, csg_buf_str(&j->meaning), "  ");
	}
}

/* ---- whoever votes ---- */

/* The places that an approval could fill, in all routes. */
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

/* What is missing before this vote, as csg-sign would say it. */
static void
show_missing(FILE *f, const struct endorse_job *j)
{
	const struct csg_err *why = &j->answer;
	struct csg_buf safe = { 0 };

	if (why->rc == CSG_OK) {
		(void)fprintf(f, "missing    nothing: the quorum is there\n");
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
	    u == j->requester ? ", who asked, and can only withdraw it" : "");
	if (u != j->requester) {
		if (show_places(f, j) == 0)
			(void)fprintf(f, "counts for a rejection only\n");
		else if (!csg_policy_may_reject(j->profile, u))
			(void)fprintf(
			    f, "           a rejection stops nothing\n");
	}
	show_missing(f, j);
}

/* ---- all of it ---- */

/* Who asks for what, and why. */
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
	(void)fprintf(f, "asked      %s, until %s\n",
	    csg_time_format(r->head.time, t1), csg_time_format(r->expires, t2));
	(void)fprintf(f, "why        ");
	show_lines(f, r->why, "           ");
	(void)fputc('\n', f);
}

/* All of it is verified text, already fit to be shown. */
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
		(void)fprintf(f, "artifacts  %zu, %zu at hand and the same\n",
		    r->n, j->n_at_hand);
	show_artifacts(f, j);
	show_policy(f, j);
	show_votes(f, j, a);
	show_person(f, j);
}

/* The length of a reason's beginning that fits into a line. */
static size_t
first_words(const char *why)
{
	size_t len = strcspn(why, "\n");

	if (len > MAX_WHY)
		for (len = MAX_WHY; ((unsigned char)why[len] & 0xc0) == 0x80;)
			len--;
	return len;
}

/* Once more in a line, since much may stand above it. */
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
		(void)fprintf(f, "for %zu artifact%s, %zu not here", r->n,
		    r->n == 1 ? "" : "s", absent);
	else
		(void)fprintf(f, "for %zu artifact%s, all the same", r->n,
		    r->n == 1 ? "" : "s");
	if (j->has_changes)
		(void)fprintf(f, ", %zu of %zu changes weaken the policy",
		    j->changes.count[CSG_WEAKER], j->changes.n);
	(void)fprintf(f, ": %.*s%s\n", (int)len, r->why,
	    r->why[len] != '\0' ? " ..." : "");
}

/* ---- the question ---- */

/* One word on the terminal; anything but a whole decision is none. */
static enum csg_rc
ask(FILE *tty, const struct endorse_job *j, struct endorse_args *a,
    struct csg_err *err)
{
	char line[64];
	size_t v;

	if (a->decided)
		(void)fprintf(tty, "%s votes; type %s to confirm: ",
		    j->policy->users[j->person.user].name,
		    csg_vote_words[a->vote]);
	else
		(void)fprintf(tty,
		    "%s votes; type approve, reject or "
		    "abstain: ",
		    j->policy->users[j->person.user].name);
	if (cmd_terminal_line(tty, line, sizeof(line)))
		for (v = 0; csg_vote_words[v] != NULL; v++)
			if (strcmp(line, csg_vote_words[v]) == 0 &&
			    (!a->decided || a->vote == (enum csg_vote)v)) {
				a->vote = (enum csg_vote)v;
				return CSG_OK;
			}
	return csg_fail(err, CSG_R_DECLINED, "no decision, nothing written");
}

/* A rejection decided on at the prompt still needs its reason. */
static enum csg_rc
ask_comment(FILE *tty, struct endorse_args *a, struct csg_err *err)
{
	static char line[1024];

	if (a->vote != CSG_REJECT || a->comment != NULL)
		return CSG_OK;
	(void)fprintf(tty, "why: ");
	if (cmd_terminal_line(tty, line, sizeof(line)) && line[0] != '\0' &&
	    csg_text_valid(line, strlen(line), false)) {
		a->comment = line;
		return CSG_OK;
	}
	return csg_fail(err, CSG_R_TEXT,
	    "a rejection needs a comment that "
	    "can be shown; nothing written");
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
		    "no terminal to ask on (-y and "
		    "a decision option vote without asking)");
	show(tty, j, a);
	summarize(tty, j);
	if ((rc = ask(tty, j, a, err)) == CSG_OK)
		rc = ask_comment(tty, a, err);
	(void)fclose(tty);
	return rc;
}
