/* csg-endorse: look at a request and vote on it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/endorsement.h"
#include "lib/io.h"
#include "lib/request.h"
#include "lib/text.h"
#include "lib/when.h"

enum { OPT_APPROVE = CMD_FIRST_OWN, OPT_REJECT, OPT_ABSTAIN, OPT_BLIND };

static const struct cmd_opt opts[] = { { OPT_APPROVE, "approve", NULL,
					   "approve", false },
	{ OPT_REJECT, "reject", NULL, "reject, for good; needs -m", false },
	{ OPT_ABSTAIN, "abstain", NULL, "neither approve nor reject", false },
	{ OPT_BLIND, "blind", NULL, "approve without the artifacts at hand",
	    false },
	{ 'y', "yes", NULL, "don't ask; needs a decision option", false },
	{ 'm', "message", "TEXT", "comment", false },
	{ 'C', "directory", "DIR", "base of artifact names", false },
	{ 'o', "output", "PATH", "file or directory to write to", false },
	{ 'u', "until", "TIME", "valid until, or for (3d, 12h)", false },
	{ 'f', "force", NULL, "replace an existing output", false },
	{ '0', "null", NULL, "end the path printed with NUL", false },
	CMD_POLICY, CMD_KEY, CMD_COMMON, { 0, NULL, NULL, NULL, false } };

static const struct cmd_tool tool = { "csg-endorse",
	"[--approve | --reject | --abstain] [--blind] [-y] [-m TEXT] [-C DIR]\n"
	"[-o PATH] [-u TIME] [-p FILE] [-t FILE] [-k KEY] [-f0qv] "
	"request [artifact ...]",
	"Verify and show a request, ask, and write a signed vote.", opts };

struct args {
	const char *comment, *base, *out, *until;
	const char *policy, *trust, *key, *pin_source;
	bool decided, blind, yes, force, nul;
	enum csg_vote vote;
};

struct job {
	struct csg_trust *trust;
	struct csg_chain *chain;
	struct csg_policy *draft; /* at a founding */
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	struct csg_envelope *env;
	struct csg_request *req;
	size_t requester;
	struct cmd_person person;
	bool *at_hand; /* [artifacts] */
	size_t n_at_hand;
	int64_t now;
};

static void
decide(struct args *a, enum csg_vote vote)
{
	if (a->decided)
		cmd_usage("one of --approve, --reject, --abstain");
	a->decided = true;
	a->vote = vote;
}

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case OPT_APPROVE: decide(a, CSG_APPROVE); break;
		case OPT_REJECT: decide(a, CSG_REJECT); break;
		case OPT_ABSTAIN: decide(a, CSG_ABSTAIN); break;
		case OPT_BLIND: a->blind = true; break;
		case 'y': a->yes = true; break;
		case 'm': a->comment = cmd_arg; break;
		case 'C': a->base = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'u': a->until = cmd_arg; break;
		case 'f': a->force = true; break;
		case '0': a->nul = true; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		case 'k': a->key = cmd_arg; break;
		case CMD_PIN_SOURCE: a->pin_source = cmd_arg; break;
		}
	if (argc == optind)
		cmd_usage("no request");
	if (a->yes && !a->decided)
		cmd_usage("-y needs --approve, --reject or --abstain");
	if (a->decided && a->vote == CSG_REJECT && a->comment == NULL)
		cmd_usage("a rejection says why: give -m");
	if (a->comment != NULL &&
	    (a->comment[0] == '\0' ||
		!csg_text_valid(a->comment, strlen(a->comment), true) ||
		strchr(a->comment, '\t') != NULL))
		cmd_usage("-m: empty, or text that can't be shown safely");
}

/* A founding's policy is the draft itself, which must be at hand. */
static enum csg_rc
load_draft(struct job *j, char **paths, size_t n, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_id id;
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < n && j->draft == NULL && rc == CSG_OK; i++) {
		csg_buf_free(&text);
		if ((rc = csg_io_read(paths[i], CSG_POLICY_MAX, &text, err)) !=
			CSG_OK ||
		    (rc = csg_id_mem(text.data, text.len, &id, err)) != CSG_OK)
			break;
		if (!csg_id_equal(&id, &j->req->head.policy)) {
			rc = csg_fail(err, CSG_R_DIGEST,
			    "%s: differs from "
			    "the draft that was requested",
			    paths[i]);
		} else if ((rc = csg_policy_parse(
				text.data, text.len, &j->draft, err)) != CSG_OK)
			(void)csg_err_prefix(err, "%s:", paths[i]);
	}
	csg_buf_free(&text);
	if (rc == CSG_OK && j->draft == NULL)
		return csg_fail(err, CSG_R_BLIND,
		    "a founding request: give "
		    "the draft of the policy, '%s', too",
		    j->req->artifacts[0].name);
	j->policy = j->draft;
	return rc;
}

/* Everything about the request and the person, before anything is shown. */
static enum csg_rc
load(struct job *j, const struct args *a, const char *request, char **paths,
    size_t n, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_message_read(request, CSG_REQUEST, &j->env, err)) !=
	    CSG_OK)
		return rc;
	if ((rc = csg_request_read(j->env, &j->req, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", request);
	if (csg_request_is_founding(j->req))
		rc = load_draft(j, paths, n, err);
	else if ((rc = cmd_load_policy(a->policy, a->trust, &j->trust,
		      &j->chain, err)) == CSG_OK)
		j->policy = csg_chain_policy(j->chain);
	if (rc != CSG_OK)
		return rc;
	if ((rc = csg_request_check(j->req, j->env, j->policy, j->now,
		 &j->requester, &j->profile, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", request);
	if ((rc = cmd_load_person(
		 a->key, a->pin_source, j->policy, &j->person, err)) != CSG_OK)
		return rc;
	if (j->person.user == j->requester &&
	    (!a->decided || a->vote != CSG_REJECT))
		return csg_fail(err, CSG_R_SELF,
		    "%s made the request, and "
		    "can only --reject (withdraw) it",
		    j->policy->users[j->requester].name);
	if (j->person.user != j->requester &&
	    !csg_policy_may_endorse(j->policy, j->profile, j->person.user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group of profile %s",
		    j->policy->users[j->person.user].name, j->profile->name);
	return csg_cert_valid_at(
	    j->person.cert, j->now, j->policy->users[j->person.user].name, err);
}

/* ---- artifacts at hand ---- */

/* Which artifact of the request is it: by name, else by content? */
static enum csg_rc
match(struct job *j, const char *path, const char *name,
    const struct csg_hashes *h, struct csg_err *err)
{
	const struct csg_artifact *a = j->req->artifacts;
	size_t i;

	for (i = 0; i < j->req->n; i++) {
		if (strcmp(a[i].name, name) != 0)
			continue;
		if (!csg_id_equal(&a[i].sha256, &h->id) || a[i].size != h->size)
			return csg_fail(err, CSG_R_DIGEST,
			    "%s: differs from "
			    "the artifact that was requested",
			    path);
		break;
	}
	if (i == j->req->n)
		for (i = 0; i < j->req->n; i++)
			if (csg_id_equal(&a[i].sha256, &h->id) &&
			    a[i].size == h->size && !j->at_hand[i])
				break;
	if (i == j->req->n)
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: is no artifact of the request", path);
	if (!j->at_hand[i])
		j->n_at_hand++;
	j->at_hand[i] = true;
	return CSG_OK;
}

static enum csg_rc
compare(struct job *j, const char *path, const char *base, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct csg_hashes h;
	int fd;
	enum csg_rc rc;

	if ((rc = cmd_artifact_name(path, base, &name, err)) != CSG_OK)
		goto out;
	if ((fd = csg_io_open(path, err)) == -1) {
		rc = err->rc;
		goto out;
	}
	if ((rc = csg_hash_fd(fd, 0, &h, err)) == CSG_OK)
		rc = match(j, path, csg_buf_str(&name), &h, err);
	else
		(void)csg_err_prefix(err, "%s: ", path);
	(void)close(fd);
out:
	csg_buf_free(&name);
	return rc;
}

/* Without operands: whatever of the request lies below the base. */
static enum csg_rc
compare_base(struct job *j, const char *base, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < j->req->n && rc == CSG_OK; i++) {
		csg_buf_printf(&path, "%s/", base);
		if ((rc = csg_filename_decode(
			 j->req->artifacts[i].name, &path, err)) == CSG_OK &&
		    access(csg_buf_str(&path), F_OK) == 0)
			rc = compare(j, csg_buf_str(&path), base, err);
		csg_buf_free(&path);
	}
	return rc;
}

static enum csg_rc
inspect(struct job *j, const struct args *a, char **paths, size_t n,
    struct csg_err *err)
{
	size_t i;
	enum csg_rc rc = CSG_OK;

	if ((j->at_hand = calloc(j->req->n, sizeof(bool))) == NULL)
		return csg_fail_mem(err);
	if (n == 0)
		rc = compare_base(j, a->base != NULL ? a->base : ".", err);
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = compare(j, paths[i], a->base, err);
	if (rc == CSG_REFUSED && a->decided && a->vote == CSG_REJECT) {
		cmd_complain(err); /* all the more reason */
		csg_err_clear(err);
		return CSG_OK;
	}
	return rc;
}

/* ---- showing and asking ---- */

static void
show_artifacts(FILE *f, const struct job *j)
{
	const struct csg_artifact *a;
	char id[CSG_ID_TEXT];
	size_t i;

	for (i = 0; i < j->req->n; i++) {
		a = &j->req->artifacts[i];
		(void)fprintf(f, "  %-8s %s\n           %llu bytes, %s\n",
		    j->at_hand[i] ? "same" : "not here", a->name,
		    (unsigned long long)a->size, csg_id_format(&a->sha256, id));
	}
}

/* All of it is verified text, already fit to be shown. */
static void
show(FILE *f, const struct job *j)
{
	const struct csg_request *r = j->req;
	char words[CSG_SHORT_LEN], four[24];
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
	(void)fprintf(f, "\nartifacts  %zu, %zu at hand and the same\n", r->n,
	    j->n_at_hand);
	show_artifacts(f, j);
}

/* One word on the terminal; anything but a whole decision is none. */
static enum csg_rc
ask(FILE *tty, const struct job *j, struct args *a, struct csg_err *err)
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
ask_comment(FILE *tty, struct args *a, struct csg_err *err)
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

static enum csg_rc
show_and_ask(const struct job *j, struct args *a, struct csg_err *err)
{
	FILE *tty;
	enum csg_rc rc;

	if (a->yes) {
		if (!cmd_quiet)
			show(stderr, j);
		return CSG_OK;
	}
	if ((tty = fopen("/dev/tty", "r+")) == NULL)
		return csg_fail(err, CSG_R_IO,
		    "no terminal to ask on (-y and "
		    "a decision option vote without asking)");
	show(tty, j);
	if ((rc = ask(tty, j, a, err)) == CSG_OK)
		rc = ask_comment(tty, a, err);
	(void)fclose(tty);
	return rc;
}

/* ---- the vote ---- */

static enum csg_rc
check_blind(const struct job *j, const struct args *a, struct csg_err *err)
{
	if (a->vote != CSG_APPROVE || j->n_at_hand == j->req->n || a->blind)
		return CSG_OK;
	return csg_fail(err, CSG_R_BLIND,
	    "%zu of %zu artifacts are not at "
	    "hand; --blind approves all the same, where the profile lets it "
	    "count",
	    j->req->n - j->n_at_hand, j->req->n);
}

static enum csg_rc
make_vote(const struct job *j, const struct args *a, struct csg_buf *yaml,
    struct csg_err *err)
{
	struct csg_endorsement v = {
		.head = { .time = j->now,
		    .policy = j->policy->id,
		    .author = j->policy->users[j->person.user].name },
		.request = j->req->id,
		.vote = a->vote,
		.blind = j->n_at_hand < j->req->n
	};
	char when[CSG_TIME_LEN];

	v.expires = a->until != NULL ? cmd_until(a->until, j->now) :
				       j->now + j->profile->vote_life;
	if (v.expires <= j->now || v.expires > j->now + j->profile->vote_life)
		return csg_fail(err, CSG_R_EXPIRED,
		    "-u: profile %s allows "
		    "until %s at most, and not the past",
		    j->profile->name,
		    csg_time_format(j->now + j->profile->vote_life, when));
	v.comment = (char *)(uintptr_t)a->comment;
	return csg_endorsement_write(&v, yaml, err);
}

static enum csg_rc
write_vote(const struct job *j, const struct args *a, struct csg_err *err)
{
	struct csg_signer_key k = { j->person.cert, j->person.key, false };
	const char *author;
	struct csg_buf yaml = { 0 }, text = { 0 }, name = { 0 };
	struct csg_envelope *env = NULL;
	struct csg_endorsement *again = NULL; /* what others will read */
	char words[CSG_SHORT_LEN];
	enum csg_rc rc;

	author = j->policy->users[j->person.user].name;
	csg_buf_printf(
	    &name, "%s.%s.csgend", csg_request_short(j->req, words), author);
	if ((rc = make_vote(j, a, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(
		 &k, CSG_ENDORSEMENT, &yaml, j->now, &env, err)) == CSG_OK &&
	    (rc = csg_endorsement_read(env, &again, err)) == CSG_OK) {
		csg_envelope_armor(env, &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
			rc = cmd_write(a->out, csg_buf_str(&name), &text,
			    a->force, a->nul, err);
	}
	if (rc == CSG_OK)
		cmd_say("%s: %s %s%s", words, author,
		    a->vote == CSG_APPROVE    ? "approves" :
			a->vote == CSG_REJECT ? "rejects" :
						"abstains",
		    a->vote == CSG_APPROVE && j->n_at_hand < j->req->n ?
			" (blind)" :
			"");
	csg_endorsement_free(again);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	csg_buf_free(&text);
	csg_buf_free(&name);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct args a = { 0 };
	struct job j = { 0 };
	struct csg_err err = { 0 };
	char **paths;
	size_t n;

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	j.now = cmd_now();
	paths = argv + optind + 1;
	n = (size_t)(argc - optind - 1);
	if (load(&j, &a, argv[optind], paths, n, &err) == CSG_OK &&
	    (inspect(&j, &a, paths, n, &err) == CSG_OK) &&
	    show_and_ask(&j, &a, &err) == CSG_OK &&
	    check_blind(&j, &a, &err) == CSG_OK)
		(void)write_vote(&j, &a, &err);
	free(j.at_hand);
	cmd_person_clear(&j.person);
	csg_request_free(j.req);
	csg_envelope_free(j.env);
	csg_policy_free(j.draft);
	csg_chain_free(j.chain);
	csg_trust_free(j.trust);
	return cmd_exit(&err);
}
