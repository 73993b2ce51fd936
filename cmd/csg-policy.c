/* csg-policy: make, edit, check, found and show policies. */
#include <string.h>
#include <unistd.h>

#include "cmd/common/cmd.h"
#include "cmd/policy/policy.h"
#include "lib/base/text.h"

enum {
	OPT_APPROVE = CMD_FIRST_OWN,
	OPT_REJECT,
	OPT_ABSTAIN,
	OPT_REQUESTER,
	OPT_AT
};

static const struct cmd_opt opts[] = {
	{ 'g', "groups", "GROUP,...", "the groups", "user", false },
	{ 'c', "config", "FILE", "signer configuration", "found", false },
	{ 'o', "output", "PATH", "the draft, or a directory", "new found",
	    false },
	{ 'f', "force", NULL, "replace existing outputs", "new found join",
	    false },
	{ 'j', "json", NULL, "report in JSON", "show audit diff try", false },
	{ 'P', "profile", "PROFILE", "the profile", "try", false },
	{ OPT_APPROVE, "approve", "NAME,...", "who approves", "try", true },
	{ OPT_REJECT, "reject", "NAME,...", "who rejects", "try", true },
	{ OPT_ABSTAIN, "abstain", "NAME,...", "who abstains", "try", true },
	{ OPT_REQUESTER, "requester", "NAME", "the requester", "try", false },
	{ OPT_AT, "at", "TIME", "when csg-sign runs", "try", false },
	{ 'y', "yes", NULL, "don't ask", "join update", false },
	{ 'p', "policy", "FILE", "policy chain",
	    "new show explain audit graph try update", false },
	{ 't', "trust", "FILE", "trust anchor",
	    "new show explain audit diff graph try update", false },
	{ 'k', "key", "KEY", "private key: PEM file or pkcs11: URI", "found",
	    false },
	{ CMD_PIN_SOURCE, "pin-source", "SOURCE",
	    "passphrase or PIN: prompt, fd:N or file:PATH", "found", false },
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, NULL, false },
};

enum {
	NEW,
	USER,
	KEY,
	CHECK,
	SHOW,
	EXPLAIN,
	AUDIT,
	DIFF,
	GRAPH,
	TRY,
	FOUND,
	JOIN,
	UPDATE,
};

static const struct cmd_verb verbs[] = {
	[NEW] = { "new", "[TEMPLATE] -o DRAFT [-p FILE] [-t FILE] [-f]" },
	[USER] = { "user",
	    "add DRAFT [-g GROUP,...] [NAME=]CERT|NAME ...\n"
	    "remove DRAFT [-g GROUP,...] NAME ..." },
	[KEY] = { "key",
	    "add DRAFT [NAME=]CERT ...\n"
	    "remove DRAFT NAME ..." },
	[CHECK] = { "check", "DRAFT ..." },
	[SHOW] = { "show", "[-j] [-p FILE] [-t FILE]" },
	[EXPLAIN] = { "explain", "[-p FILE] [-t FILE] [PROFILE]" },
	[AUDIT] = { "audit", "[-j] [-p FILE] [-t FILE] [PROFILE]" },
	[DIFF] = { "diff", "[-j] [-t FILE] OLD NEW" },
	[GRAPH] = { "graph", "[-p FILE] [-t FILE] [PROFILE]" },
	[TRY] = { "try",
	    "-P PROFILE [--approve NAME[:STATEMENT],...] [--reject NAME,...]\n"
	    "\t[--abstain NAME,...] [--requester NAME] [--at TIME] [-j] [-p FILE] [-t FILE]" },
	[FOUND] = { "found",
	    "[-c FILE] [-o DIR] [-k KEY] [--pin-source SOURCE] [-f]\n"
	    "\tDRAFT message ..." },
	[JOIN] = { "join", "[-fy] TRUST POLICY" },
	[UPDATE] = { "update", "[-y] [-p FILE] [-t FILE] FILE|DIR|-" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-policy", verbs,
	"Make, edit, check, found and show policies.", opts };

static void
add_groups(struct policy_args *a, const char *list)
{
	static char copy[4096]; /* the names stay in it */
	char *name, *save = NULL;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", list) >= sizeof(copy))
		cmd_usage("-g: the list of groups is too long");
	for (name = strtok_r(copy, ",", &save); name != NULL;
	    name = strtok_r(NULL, ",", &save)) {
		if (a->ngroups == POLICY_MAX_GROUPS || !csg_name_valid(name))
			cmd_usage(
			    "-g: '%s' is not a valid name, or one group too many",
			    name);
		a->groups[a->ngroups++] = name;
	}
}

static void
add_votes_list(struct policy_args *a, enum csg_vote vote, const char *list)
{
	if (a->nvotes == POLICY_MAX_LISTS)
		cmd_usage("too many lists of names (join them with commas)");
	a->votes[a->nvotes].vote = vote;
	a->votes[a->nvotes++].list = list;
}

static void
parse_args(int argc, char *argv[], struct policy_args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'g': add_groups(a, cmd_arg); break;
		case 'c': a->config = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		case 'y': a->yes = true; break;
		case 'P': a->profile = cmd_arg; break;
		case OPT_APPROVE:
			add_votes_list(a, CSG_APPROVE, cmd_arg);
			break;
		case OPT_REJECT: add_votes_list(a, CSG_REJECT, cmd_arg); break;
		case OPT_ABSTAIN:
			add_votes_list(a, CSG_ABSTAIN, cmd_arg);
			break;
		case OPT_REQUESTER: a->requester = cmd_arg; break;
		case OPT_AT: a->at = cmd_arg; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		case 'k': a->op.key = cmd_arg; break;
		case CMD_PIN_SOURCE: a->op.pin_source = cmd_arg; break;
		}
	a->operand = argv + optind;
	a->n = argc - optind;
}

static enum csg_rc (*const commands[])(
    const struct policy_args *, struct csg_err *) = {
	[NEW] = policy_new,
	[USER] = policy_user,
	[KEY] = policy_key,
	[CHECK] = policy_check,
	[SHOW] = policy_show,
	[EXPLAIN] = policy_explain,
	[AUDIT] = policy_audit,
	[DIFF] = policy_diff,
	[GRAPH] = policy_graph,
	[TRY] = policy_try,
	[FOUND] = policy_found,
	[JOIN] = policy_join,
	[UPDATE] = policy_update,
};

int
main(int argc, char *argv[])
{
	struct policy_args a = { 0 };
	struct csg_err err = { 0 };
	size_t verb;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	(void)commands[verb](&a, &err);
	return cmd_exit(&err);
}
