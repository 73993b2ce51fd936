/* csg-sign: sign what a quorum approved, and nothing else. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/chain.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/files.h"
#include "cmd/common/messages.h"
#include "cmd/common/operator.h"
#include "cmd/common/report.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "lib/sign/sign.h"

enum { OPT_STRICT = CMD_FIRST_OWN, OPT_LOCKOUT };

static const struct cmd_opt opts[] = {
	{ 'n', "explain", NULL, "only decide and explain", NULL, false },
	{ 'c', "config", "FILE", "signer configuration", NULL, false },
	{ 'C', "directory", "DIR", "directory of the artifacts", NULL, false },
	{ 'o', "output", "DIR", "directory to write to", NULL, false },
	{ OPT_STRICT, "strict", NULL, "refuse if any message does not count",
	    NULL, false },
	{ OPT_LOCKOUT, "allow-lockout", NULL,
	    "sign a policy that few people could change", NULL, false },
	{ 'f', "force", NULL, "replace existing outputs", NULL, false },
	{ 'j', "json", NULL, "with -n: explain in JSON", NULL, false },
	{ '0', "null", NULL, "end printed paths with NUL", NULL, false },
	CMD_POLICY, CMD_KEY, CMD_COMMON, { 0, NULL, NULL, NULL, NULL, false }
};

static const struct cmd_verb verbs[] = {
	{ "",
	    "[-c FILE] [-C DIR] [-o DIR] [-k KEY] [--strict] [--allow-lockout] [-f0qv] message ...\n"
	    "-n [-j] [-c FILE | -p FILE -t FILE] [-C DIR] [--strict] message ..." },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-sign", verbs,
	"Sign the artifacts of a request if, and only if, its quorum is met.",
	opts };

struct args {
	char *const *operand;
	int n;
	const char *config, *base, *out, *policy, *trust;
	struct cmd_operator op;
	bool explain, strict, lockout, force, json, nul;
	bool from_state; /* the policy comes from the workstation's state */
};

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'n': a->explain = true; break;
		case 'c': a->config = cmd_arg; break;
		case 'C': a->base = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case OPT_STRICT: a->strict = true; break;
		case OPT_LOCKOUT: a->lockout = true; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		case '0': a->nul = true; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		case 'k': a->op.key = cmd_arg; break;
		case CMD_PIN_SOURCE: a->op.pin_source = cmd_arg; break;
		}
	a->operand = argv + optind;
	a->n = argc - optind;
	if (a->n == 0)
		cmd_usage("no messages given");
	if (!a->explain && (a->policy != NULL || a->trust != NULL || a->json))
		cmd_usage(
		    "-p, -t and -j require -n: the workstation signs only under its own policy and anchor");
	if (a->explain && a->config != NULL &&
	    (a->policy != NULL || a->trust != NULL))
		cmd_usage("-c, or -p and -t, not both");
	if (a->op.key != NULL && a->explain)
		cmd_usage("-k is for signing, not for -n");
	if (a->op.pin_source != NULL && a->op.key == NULL)
		cmd_usage("--pin-source requires -k");
	/* without -p and -t, -n decides from the workstation's state */
	a->from_state = a->config != NULL || !a->explain ||
	    (a->policy == NULL && a->trust == NULL &&
		access(CMD_SIGNER, R_OK) == 0);
	if (a->config == NULL)
		a->config = CMD_SIGNER;
}

/* Warn of suspended names that no user has: most likely they are misspelt. */
static void
warn_suspended(const struct csg_signer *s, const struct csg_chain *c)
{
	const struct csg_policy *p;
	size_t i;

	if (c == NULL)
		return;
	p = csg_chain_policy(c);
	for (i = 0; s->suspended[i] != NULL; i++)
		if (csg_policy_user(p, s->suspended[i]) == CSG_NONE)
			cmd_warn(
			    "suspended: %s is not a user of policy %s version %llu",
			    s->suspended[i], p->name,
			    (unsigned long long)p->version);
}

static void
warn_emergency(const struct csg_tally *t)
{
	if (t->profile->routes[t->decision.route].emergency)
		cmd_warn(
		    "signed by the emergency route %s, which csg-verify refuses without --accept-emergency",
		    csg_tally_route(t));
}

/* Read the messages and the clock.  A run takes the lock first: while it waits,
 * a rejection may arrive, and the time would become stale. */
static enum csg_rc
take_messages(const struct args *a, const struct csg_state *state,
    struct csg_sign_in *in, struct csg_bundle *b, struct csg_err *err)
{
	enum csg_rc rc;

	if (state != NULL && state->chains != NULL)
		b->verified = csg_chains_verified(state->chains);
	rc = cmd_read_messages(a->operand, a->n, b, err);
	in->messages = b;
	in->now = cmd_now();
	return rc;
}

/* Run with -n: take the policy from the workstation's state, which is only
 * read, or from -p and -t. */
static enum csg_rc
run_explain(
    const struct args *a, const struct csg_sign_in *given, struct csg_err *err)
{
	struct csg_sign_in in = *given;
	struct csg_bundle b = { 0 };
	struct csg_signer *signer = NULL;
	struct csg_state *state = NULL;
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	struct csg_sign_out out = { 0 };

	if (take_messages(a, NULL, &in, &b, err) != CSG_OK)
		;
	else if (!a->from_state) {
		if (cmd_load_policy(a->policy, a->trust, &trust, &chain, err) ==
		    CSG_OK)
			(void)csg_sign_decide(chain, &in, &out, err);
	} else if (csg_signer_load(a->config, &signer, err) == CSG_OK &&
	    csg_state_open(signer->state, true, &state, err) == CSG_OK) {
		warn_suspended(signer, state->chain);
		in.suspended = signer->suspended;
		(void)csg_sign_explain(state, &in, &out, err);
	}
	report_decision(out.judged.tally, err, a->json);
	if (out.replayed && err->rc == CSG_OK)
		cmd_say(
		    "signed before: csg-sign would write the stored outputs again");
	csg_sign_out_clear(&out);
	csg_bundle_clear(&b);
	csg_chain_free(chain);
	csg_trust_free(trust);
	csg_state_close(state);
	csg_signer_free(signer);
	return err->rc;
}

/* Report a run: the votes that did not count, and, after a success, what it
 * wrote. */
static void
report_run(const struct csg_sign_out *out, enum csg_rc rc, bool nul)
{
	const struct csg_tally *t = out->judged.tally;

	if (t != NULL)
		report_uncounted(t);
	if (rc != CSG_OK)
		return;
	if (out->replayed)
		cmd_say("signed before: these are the stored outputs");
	warn_emergency(t);
	if (t->request->destroy != NULL)
		cmd_say("key %s was destroyed", t->request->destroy);
	cmd_paths(out->paths, out->npaths, nul);
}

static enum csg_rc
run_sign(struct args *a, const struct csg_sign_in *given, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	struct csg_signer *signer = NULL;
	struct csg_state *state = NULL;
	struct csg_sign_out out = { 0 };
	struct csg_pin_source pin = { cmd_token_pin, NULL };
	struct csg_operator op = { cmd_operate, &a->op };
	struct csg_sign_in in = *given;
	enum csg_rc rc;

	if (a->op.key != NULL)
		in.op = &op;
	if ((rc = cmd_workstation(a->config, &signer, err)) == CSG_OK &&
	    (rc = csg_state_open(signer->state, false, &state, err)) ==
		CSG_OK &&
	    (rc = take_messages(a, state, &in, &b, err)) == CSG_OK) {
		pin.arg = signer;
		warn_suspended(signer, state->chain);
		in.suspended = signer->suspended;
		rc = csg_sign_run(state, signer, &pin, &in, &out, err);
	}
	report_run(&out, rc, a->nul);
	csg_sign_out_clear(&out);
	csg_bundle_clear(&b);
	csg_state_close(state);
	csg_signer_free(signer);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct args a = { 0 };
	struct csg_err err = { 0 };
	struct csg_sign_in in = { 0 };

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	in.base = a.base != NULL ? a.base : ".";
	in.out_dir = a.out != NULL ? a.out : ".";
	in.strict = a.strict;
	in.allow_lockout = a.lockout;
	in.replace = a.force;
	if (a.explain)
		(void)run_explain(&a, &in, &err);
	else
		(void)run_sign(&a, &in, &err);
	return cmd_exit(&err);
}
