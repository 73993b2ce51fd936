/* csg-endorse: look at a request and vote on it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/chain.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/files.h"
#include "cmd/common/messages.h"
#include "cmd/common/person.h"
#include "cmd/common/places.h"
#include "cmd/common/talk.h"
#include "cmd/endorse/endorse.h"
#include "lib/decide/verdict.h"
#include "lib/base/io.h"
#include "lib/policy/draft_read.h"
#include "lib/verify/seen.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

enum {
	OPT_APPROVE = CMD_FIRST_OWN,
	OPT_REJECT,
	OPT_ABSTAIN,
	OPT_BLIND,
	OPT_STATEMENT,
	OPT_PROOF,
	OPT_RUN,
	OPT_REBUILT
};

static const struct cmd_opt opts[] = { { OPT_APPROVE, "approve", NULL,
					   "approve", NULL, false },
	{ OPT_REJECT, "reject", NULL,
	    "reject, which stops the request if you can; needs -m", NULL,
	    false },
	{ OPT_ABSTAIN, "abstain", NULL, "neither approve nor reject", NULL,
	    false },
	{ OPT_BLIND, "blind", NULL, "approve without the artifacts at hand",
	    NULL, false },
	{ OPT_STATEMENT, "statement", "NAME", "statement about the artifacts",
	    NULL, false },
	{ OPT_PROOF, "proof", "FILE", "what the statement is based on", NULL,
	    false },
	{ OPT_RUN, "run", "COMMAND",
	    "vote only if this succeeds on the artifacts", NULL, false },
	{ OPT_REBUILT, "rebuilt", "PATH",
	    "vote only if this build is identical", NULL, true },
	{ 'y', "yes", NULL, "don't ask; needs a decision option", NULL, false },
	{ 'm', "message", "TEXT", "comment", NULL, false },
	{ 'C', "directory", "DIR", "base of artifact names", NULL, false },
	{ 'o', "output", "PATH", "file or directory to write to", NULL, false },
	{ 'u', "until", "TIME", "expiry: a time or a duration (3d, 12h)", NULL,
	    false },
	{ 'f', "force", NULL, "replace an existing output", NULL, false },
	{ '0', "null", NULL, "end the printed path with NUL", NULL, false },
	CMD_POLICY, CMD_KEY, CMD_COMMON, { 0, NULL, NULL, NULL, NULL, false } };

static const struct cmd_verb verbs[] = {
	{ "",
	    "[--approve | --reject | --abstain] [--blind] [-y] [-m TEXT] [-C DIR]\n"
	    "\t[--statement NAME] [--proof FILE] [--run COMMAND] [--rebuilt PATH ...]\n"
	    "\t[-o PATH] [-u TIME] [-p FILE] [-t FILE] [-k KEY] [-f0qv] request [artifact ...]" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-endorse", verbs,
	"Verify and show a request, ask, and write a signed vote.", opts };

static void
decide(struct endorse_args *a, enum csg_vote vote)
{
	if (a->decided)
		cmd_usage("give only one of --approve, --reject, --abstain");
	a->decided = true;
	a->vote = vote;
}

static void
add_rebuilt(struct endorse_args *a, const char *path)
{
	if (a->nrebuilt == ENDORSE_MAX_REBUILT)
		cmd_usage(
		    "--rebuilt: too many files (give the directory of the build)");
	a->rebuilt[a->nrebuilt++] = path;
}

/* Text in a vote must be safe to show to others. */
static bool
is_fit(const char *s, bool multiline)
{
	return s[0] != '\0' && csg_text_valid(s, strlen(s), multiline) &&
	    strchr(s, '\t') == NULL;
}

/* Refuse combinations of --statement, --proof, --run and --rebuilt that make no
 * sense.  --rebuilt makes a statement of its own. */
static void
check_statement_args(struct endorse_args *a)
{
	if (a->nrebuilt > 0) {
		if (a->statement != NULL &&
		    strcmp(a->statement, CSG_REBUILT) != 0)
			cmd_usage(
			    "--rebuilt makes the statement %s, and no other",
			    CSG_REBUILT);
		a->statement = CSG_REBUILT;
	} else if (a->statement != NULL &&
	    strcmp(a->statement, CSG_REBUILT) == 0)
		cmd_usage("the statement %s requires --rebuilt", CSG_REBUILT);
	else if (a->statement != NULL && a->proof == NULL && a->run == NULL)
		cmd_usage("--statement requires --proof or --run");
	if (a->proof != NULL && a->statement == NULL)
		cmd_usage("--proof requires --statement");
	if (a->run != NULL && !is_fit(a->run, false))
		cmd_usage("--run: the text is empty or can't be shown safely");
	if (a->decided && a->vote != CSG_APPROVE &&
	    (a->statement != NULL || a->run != NULL))
		cmd_usage("only an approval can make a statement");
}

static void
parse_args(int argc, char *argv[], struct endorse_args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case OPT_APPROVE: decide(a, CSG_APPROVE); break;
		case OPT_REJECT: decide(a, CSG_REJECT); break;
		case OPT_ABSTAIN: decide(a, CSG_ABSTAIN); break;
		case OPT_BLIND: a->blind = true; break;
		case OPT_STATEMENT: a->statement = cmd_arg; break;
		case OPT_PROOF: a->proof = cmd_arg; break;
		case OPT_RUN: a->run = cmd_arg; break;
		case OPT_REBUILT: add_rebuilt(a, cmd_arg); break;
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
		cmd_usage("no request given");
	if (a->yes && !a->decided)
		cmd_usage("-y requires --approve, --reject or --abstain");
	if (a->decided && a->vote == CSG_REJECT && a->comment == NULL)
		cmd_usage("a rejection requires a reason: give -m");
	check_statement_args(a);
	if (a->comment != NULL && !is_fit(a->comment, true))
		cmd_usage("-m: the text is empty or can't be shown safely");
}

/* ---- the request ---- */

/* Load the policy of a founding: the draft itself, which must be at hand. */
static enum csg_rc
load_draft(struct endorse_job *j, char **paths, size_t n, struct csg_err *err)
{
	struct csg_draft *d = &j->draft;
	enum csg_rc rc;

	if (n == 0)
		return csg_fail(err, CSG_R_BLIND,
		    "the request founds a policy: give its draft too, '%s'",
		    j->req->artifacts[0].name);
	if ((rc = csg_io_read(paths[0], CSG_POLICY_MAX, &d->yaml, err)) !=
	    CSG_OK)
		return rc;
	rc = csg_draft_parse(&d->yaml, &j->req->head.policy, &d->policy, err);
	if (rc != CSG_OK && err->reason == CSG_R_DIGEST)
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: differs from the draft that was requested", paths[0]);
	if (rc != CSG_OK)
		return csg_err_prefix_file(err, paths[0]);
	j->policy = j->founding[0] = d->policy;
	return CSG_OK;
}

/* Decide as csg-sign would now; *standing is its answer. */
static enum csg_rc
decide_now(
    struct endorse_job *j, struct csg_judgement *out, struct csg_err *standing)
{
	const struct csg_terms terms = { .policy = j->policy,
		.time = j->now,
		.founding = j->draft.policy != NULL };

	return csg_decide(&j->given, &terms, NULL, out, standing);
}

/* Verify the request and decide it without this vote.  Fails when the request
 * itself is refused. */
static enum csg_rc
judge_request(struct endorse_job *j, struct csg_err *err)
{
	enum csg_rc rc;

	rc = j->chain != NULL ?
	    csg_case_verify(&j->given, j->chain->policies, j->chain->n, err) :
	    csg_case_verify(&j->given, j->founding, 1, err);
	if (rc != CSG_OK)
		return rc;
	rc = decide_now(j, &j->judged, &j->answer);
	if ((j->tally = j->judged.tally) == NULL || rc == CSG_TROUBLE) {
		*err = j->answer;
		if (j->chain != NULL)
			csg_chain_explain(j->chain, j->req, err);
		return err->rc;
	}
	j->profile = j->tally->profile;
	j->requester = j->tally->requester;
	return CSG_OK;
}

/* May this person vote on the request? */
static enum csg_rc
check_person(const struct endorse_job *j, const struct endorse_args *a,
    struct csg_err *err)
{
	const char *name = j->policy->users[j->person.user].name;

	if (j->person.user == j->requester &&
	    (!a->decided || a->vote != CSG_REJECT))
		return csg_fail(err, CSG_R_SELF,
		    "%s made the request and can only withdraw it (--reject)",
		    name);
	if (j->person.user != j->requester &&
	    !csg_policy_may_endorse(j->profile, j->person.user) &&
	    !csg_policy_may_reject(j->profile, j->person.user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group that may vote under profile %s", name,
		    j->profile->name);
	return csg_cert_valid_at(j->person.cert, j->now, name, err);
}

/* Load and verify the request, the policy and the person, before anything is
 * shown. */
static enum csg_rc
load(struct endorse_job *j, const struct endorse_args *a, const char *request,
    char **paths, size_t n, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = cmd_read_request(request, &j->messages, err)) != CSG_OK ||
	    (rc = csg_case_open(&j->messages, NULL, 0, &j->given, err)) !=
		CSG_OK)
		return rc;
	/* not verified yet: it only says which policy is needed */
	j->req = j->given.request;
	if (csg_request_is_founding(j->req))
		rc = load_draft(j, paths, n, err);
	else if ((rc = cmd_load_policy(a->policy, a->trust, &j->trust,
		      &j->chain, err)) == CSG_OK)
		j->policy = csg_chain_policy(j->chain);
	if (rc != CSG_OK || (rc = judge_request(j, err)) != CSG_OK ||
	    (rc = cmd_load_person(
		 a->key, a->pin_source, j->policy, &j->person, err)) != CSG_OK)
		return rc;
	return check_person(j, a, err);
}

/* ---- the votes of others ---- */

static bool
has_stages(const struct csg_profile *pr)
{
	size_t r, c;

	for (r = 0; r < pr->nroutes; r++)
		for (c = 1; c < pr->rules[r].nclauses; c++)
			if (pr->rules[r].clauses[c].stage !=
			    pr->rules[r].clauses[0].stage)
				return true;
	return false;
}

/* With stages, an approval cites the approvals that count already.  The caller
 * frees *out. */
static enum csg_rc
cite(const struct endorse_job *j, struct csg_id **out, size_t *n,
    struct csg_err *err)
{
	const struct csg_tally *t = j->tally;
	size_t i;

	*n = 0;
	if ((*out = calloc(t->n + 1, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < t->n && has_stages(j->profile); i++)
		if (t->votes[i].counted &&
		    t->votes[i].vote->vote == CSG_APPROVE && *n < CSG_MAX_CITES)
			(*out)[(*n)++] = t->votes[i].vote->id;
	if (*n > 0)
		qsort(*out, *n, sizeof(**out), csg_id_cmp);
	return CSG_OK;
}

/* Refuse to write a vote that would not count.  A blind one is written with a
 * warning, since somebody may want it on record. */
static enum csg_rc
check_uncounted(const struct endorse_job *j, const struct csg_tallied *v,
    struct csg_err *err)
{
	switch (v->why.reason) {
	case CSG_R_BLIND:
		cmd_warn("this vote won't count: BLIND: %s", v->why.text);
		return CSG_OK;
	case CSG_R_STAGE:
		return csg_fail(err, CSG_R_STAGE,
		    "the votes at hand do not complete the earlier stages; nothing was written");
	case CSG_R_STATEMENT:
		return csg_fail(err, CSG_R_STATEMENT,
		    "profile %s requires %s statement from you (--statement)",
		    j->profile->name,
		    v->vote->statement != NULL ? "another" : "a");
	default: *err = v->why; return err->rc;
	}
}

/* Would this vote count together with those at hand, and complete a quorum? */
static enum csg_rc
check_standing(
    struct endorse_job *j, struct csg_envelope *env, struct csg_err *err)
{
	static char origin[] = "this vote";
	const struct csg_author by = { j->person.user, j->person.cert };
	struct csg_judgement judged = { 0 };
	const struct csg_tallied *v;
	enum csg_rc rc, verdict;

	j->own = (struct csg_message){ env, origin };
	if ((rc = csg_case_add_own(&j->given, &j->own, &by, err)) != CSG_OK)
		return rc;
	verdict = decide_now(j, &judged, err);
	if (judged.tally == NULL || verdict == CSG_TROUBLE) {
		rc = verdict;
		goto out;
	}
	csg_err_clear(err);
	v = &judged.tally->votes[judged.tally->n - 1];
	if (!v->counted)
		rc = check_uncounted(j, v, err);
	else if (v->vote->vote == CSG_APPROVE && verdict == CSG_OK)
		j->completed =
		    &j->profile->routes[judged.tally->decision.route];
out:
	csg_judgement_clear(&judged);
	return rc;
}

/* ---- the vote ---- */

static enum csg_rc
check_blind(const struct endorse_job *j, const struct endorse_args *a,
    struct csg_err *err)
{
	if (a->vote != CSG_APPROVE || j->n_at_hand == j->req->n || a->blind)
		return CSG_OK;
	return csg_fail(err, CSG_R_BLIND,
	    "%zu of %zu artifacts are not at hand (--blind approves without them, which counts only if the profile allows it)",
	    j->req->n - j->n_at_hand, j->req->n);
}

/* Put the heads of the ledger that this person has seen into the vote: the
 * workstation's ledger must still include them.  A rejection carries none,
 * since it must count in any case.  A head that can't be used is left out with
 * a warning. */
static void
find_seen(const struct endorse_job *j, struct csg_endorsement *v)
{
	const char *dir = cmd_seen_dir();
	struct csg_err e = { 0 };

	if (dir != NULL && j->chain != NULL && v->vote != CSG_REJECT &&
	    csg_seen_heads(dir, j->trust, j->chain, j->now, v->seen, &v->nseen,
		&e) != CSG_OK)
		cmd_warn(
		    "the vote leaves out a head of the ledger that was seen: %s",
		    e.text);
}

static enum csg_rc
make_vote(const struct endorse_job *j, const struct endorse_args *a,
    struct csg_buf *yaml, struct csg_err *err)
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
	size_t i;
	enum csg_rc rc;

	v.expires = a->until != NULL ? cmd_until(a->until, j->now) :
				       j->now + j->profile->vote_life;
	if (v.expires <= j->now || v.expires > j->now + j->profile->vote_life)
		return csg_fail(err, CSG_R_EXPIRED,
		    "-u: profile %s allows a time in the future, %s at most",
		    j->profile->name,
		    csg_time_format(j->now + j->profile->vote_life, when));
	v.comment = (char *)(uintptr_t)a->comment;
	if (a->vote == CSG_APPROVE) {
		v.statement = (char *)(uintptr_t)a->statement;
		v.has_proof = a->proof != NULL;
		v.proof = j->proof;
		v.command = (char *)(uintptr_t)a->run;
		v.output = j->output;
		if ((rc = cite(j, &v.cites, &v.ncites, err)) != CSG_OK)
			return rc;
	}
	find_seen(j, &v);
	rc = csg_endorsement_write(&v, yaml, err);
	for (i = 0; i < v.nseen; i++)
		free(v.seen[i].text);
	free(v.cites);
	return rc;
}

/* "20261123-lusab-babad.alice.csgend" */
static void
name_vote(const struct endorse_job *j, struct csg_buf *name)
{
	char words[CSG_SHORT_LEN];

	csg_buf_printf(name, "%s.%s.csgend", csg_request_short(j->req, words),
	    j->policy->users[j->person.user].name);
}

static enum csg_rc
write_vote(
    struct endorse_job *j, const struct endorse_args *a, struct csg_err *err)
{
	const struct csg_signer_key k = cmd_person_signer(&j->person);
	const char *author;
	struct csg_buf yaml = { 0 }, text = { 0 }, name = { 0 };
	struct csg_envelope *env = NULL;
	char words[CSG_SHORT_LEN];
	enum csg_rc rc;

	author = j->policy->users[j->person.user].name;
	name_vote(j, &name);
	if ((rc = make_vote(j, a, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(
		 &k, CSG_ENDORSEMENT, &yaml, j->now, &env, err)) == CSG_OK &&
	    (rc = check_standing(j, env, err)) == CSG_OK) {
		csg_envelope_armor(env, &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
			rc = cmd_write(a->out, csg_buf_str(&name), &text,
			    a->force, a->nul, err);
	}
	if (rc == CSG_OK) {
		cmd_say("%s: %s %s%s%s", csg_request_short(j->req, words),
		    author,
		    a->vote == CSG_APPROVE    ? "approves" :
			a->vote == CSG_REJECT ? "rejects" :
						"abstains",
		    a->vote == CSG_APPROVE && j->n_at_hand < j->req->n ?
			" (blind)" :
			"",
		    j->completed != NULL ? "; the quorum is met" : "");
		if (j->completed != NULL && j->completed->emergency)
			cmd_warn("the quorum is met by the emergency route %s",
			    j->completed->name);
	}
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	csg_buf_free(&text);
	csg_buf_free(&name);
	return rc;
}

/* Check that the vote can be written, before anybody reads and decides. */
static enum csg_rc
probe(const struct endorse_job *j, const struct endorse_args *a,
    struct csg_err *err)
{
	enum csg_existing existing;
	struct csg_buf name = { 0 }, dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	if (cmd_is_stdout(a->out))
		return CSG_OK;
	existing = a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE;
	name_vote(j, &name);
	if ((rc = cmd_output(a->out, csg_buf_str(&name), &dir, &base, err)) ==
		CSG_OK &&
	    (rc = csg_outputs_probe(csg_buf_str(&dir), NULL, existing, err)) ==
		CSG_OK)
		rc = csg_outputs_probe(
		    csg_buf_str(&dir), csg_buf_str(&base), existing, err);
	csg_buf_free(&name);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct endorse_args a = { 0 };
	struct endorse_job j = { .draft_fd = -1 };
	struct csg_err err = { 0 };
	char **paths;
	size_t n;

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	j.now = cmd_now();
	paths = argv + optind + 1;
	n = (size_t)(argc - optind - 1);
	if (load(&j, &a, argv[optind], paths, n, &err) == CSG_OK &&
	    endorse_inspect(&j, &a, paths, n, &err) == CSG_OK &&
	    endorse_find_changes(&j, &err) == CSG_OK &&
	    probe(&j, &a, &err) == CSG_OK &&
	    endorse_substantiate(&j, &a, &err) == CSG_OK &&
	    endorse_ask(&j, &a, &err) == CSG_OK &&
	    check_blind(&j, &a, &err) == CSG_OK)
		(void)write_vote(&j, &a, &err);
	for (n = 0; j.at_hand != NULL && n < j.req->n; n++)
		free(j.at_hand[n]);
	free(j.at_hand);
	if (j.draft_fd != -1)
		(void)close(j.draft_fd);
	csg_changes_clear(&j.changes);
	csg_buf_free(&j.meaning);
	csg_judgement_clear(&j.judged);
	csg_case_clear(&j.given);
	csg_bundle_clear(&j.messages);
	cmd_person_clear(&j.person);
	csg_draft_clear(&j.draft);
	csg_chain_free(j.chain);
	csg_trust_free(j.trust);
	return cmd_exit(&err);
}
