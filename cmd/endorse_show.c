/* csg-endorse: show a request, and ask. */
#include <string.h>

#include "cmd/endorse.h"
#include "cmd/report.h"
#include "lib/text.h"
#include "lib/when.h"

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

static void
show_artifacts(FILE *f, const struct endorse_job *j)
{
	const struct csg_artifact *a;
	char id[CSG_ID_TEXT];
	size_t i;

	for (i = 0; i < j->req->n; i++) {
		a = &j->req->artifacts[i];
		(void)fprintf(f, "  %-8s %s\n           %llu bytes, %s\n",
		    j->at_hand[i] != NULL ? "same" : "not here", a->name,
		    (unsigned long long)a->size, csg_id_format(&a->sha256, id));
	}
}

/* All of it is verified text, already fit to be shown. */
static void
show(FILE *f, const struct endorse_job *j, const struct endorse_args *a)
{
	const struct csg_request *r = j->req;
	char words[CSG_SHORT_LEN], four[24], id[CSG_ID_TEXT];
	char t1[CSG_TIME_LEN], t2[CSG_TIME_LEN];

	(void)fprintf(f, "request    %s  (by phone: %s)\n",
	    csg_request_short(r, words), csg_id_proquints(&r->id, 4, four));
	(void)fprintf(f, "policy     %s version %llu%s\n", j->policy->name,
	    (unsigned long long)j->policy->version,
	    j->draft != NULL ? " (to be founded)" : "");
	(void)fprintf(f, "profile    %s, key %s, format %s\n", j->profile->name,
	    j->policy->keys[j->profile->key].name,
	    csg_format_words[j->profile->format]);
	(void)fprintf(f, "requester  %s\n", r->head.author);
	(void)fprintf(f, "asked      %s, until %s\n",
	    csg_time_format(r->head.time, t1), csg_time_format(r->expires, t2));
	(void)fprintf(f, "why        ");
	{
		const char *s;

		for (s = r->why; *s != '\0'; s++) {
			(void)fputc(*s, f);
			if (*s == '\n')
				(void)fprintf(f, "           ");
		}
	}
	(void)fputc('\n', f);
	if (r->destroy != NULL)
		(void)fprintf(f, "destroys   key %s for good\n           %s\n",
		    r->destroy, csg_id_format(&r->destroy_key, id));
	else
		(void)fprintf(f, "artifacts  %zu, %zu at hand and the same\n",
		    r->n, j->n_at_hand);
	show_artifacts(f, j);
	if (j->has_changes) {
		(void)fprintf(f, "changes\n");
		report_changes(f, &j->changes);
	}
	show_votes(f, j, a);
}

/* One word on the terminal; anything but a whole decision is none. */
static enum csg_rc
ask(FILE *tty, const struct endorse_job *j, struct endorse_args *a,
    struct csg_err *err)
{
	char line[64], *nl;
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
	(void)fflush(tty);
	if (fgets(line, sizeof(line), tty) != NULL &&
	    (nl = strchr(line, '\n')) != NULL) {
		*nl = '\0';
		for (v = 0; csg_vote_words[v] != NULL; v++)
			if (strcmp(line, csg_vote_words[v]) == 0 &&
			    (!a->decided || a->vote == (enum csg_vote)v)) {
				a->vote = (enum csg_vote)v;
				return CSG_OK;
			}
	}
	(void)csg_fail(err, CSG_R_UNENDORSED, "no decision, nothing written");
	return err->rc;
}

/* A rejection decided on at the prompt still needs its reason. */
static enum csg_rc
ask_comment(FILE *tty, struct endorse_args *a, struct csg_err *err)
{
	static char line[1024];
	char *nl;

	if (a->vote != CSG_REJECT || a->comment != NULL)
		return CSG_OK;
	(void)fprintf(tty, "why: ");
	(void)fflush(tty);
	if (fgets(line, sizeof(line), tty) != NULL &&
	    (nl = strchr(line, '\n')) != NULL && nl != line) {
		*nl = '\0';
		if (csg_text_valid(line, strlen(line), false)) {
			a->comment = line;
			return CSG_OK;
		}
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
	if ((tty = fopen("/dev/tty", "r+")) == NULL)
		return csg_fail(err, CSG_R_IO,
		    "no terminal to ask on (-y and "
		    "a decision option vote without asking)");
	show(tty, j, a);
	if ((rc = ask(tty, j, a, err)) == CSG_OK)
		rc = ask_comment(tty, a, err);
	(void)fclose(tty);
	return rc;
}
