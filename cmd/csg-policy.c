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
	{ 'g', "groups", "GROUP,...", "user: the groups", false },
	{ 'c', "config", "FILE", "found: signer configuration", false },
	{ 'o', "output", "PATH", "new: draft; found: directory", false },
	{ 'f', "force", NULL, "replace existing outputs", false },
	{ 'j', "json", NULL, "report in JSON", false },
	{ 'P', "profile", "PROFILE", "try: the profile", false },
	{ OPT_APPROVE, "approve", "NAME,...", "try: who approves", true },
	{ OPT_REJECT, "reject", "NAME,...", "try: who rejects", true },
	{ OPT_ABSTAIN, "abstain", "NAME,...", "try: who abstains", true },
	{ OPT_REQUESTER, "requester", "NAME", "try: the requester", false },
	{ OPT_AT, "at", "TIME", "try: when csg-sign runs", false },
	{ 'y', "yes", NULL, "join, update: don't ask", false },
	CMD_POLICY,
	CMD_KEY,
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, false },
};

static const struct cmd_tool tool = { "csg-policy",
	"new [TEMPLATE] -o DRAFT [-p FILE] [-t FILE] [-f]\n"
	"user add DRAFT [-g GROUP,...] [NAME=]CERT|NAME ...\n"
	"user remove DRAFT [-g GROUP,...] NAME ...\n"
	"key add DRAFT [NAME=]CERT ...\n"
	"key remove DRAFT NAME ...\n"
	"check DRAFT ...\n"
	"show [-j] [-p FILE] [-t FILE]\n"
	"explain [-p FILE] [-t FILE] [PROFILE]\n"
	"audit [-j] [-p FILE] [-t FILE] [PROFILE]\n"
	"diff [-j] [-t FILE] OLD NEW\n"
	"graph [-p FILE] [-t FILE] [PROFILE]\n"
	"try -P PROFILE [--approve NAME[:STATEMENT],...] [--reject NAME,...]\n\t"
	"[--abstain NAME,...] [--requester NAME] [--at TIME] [-j] [-p FILE] [-t FILE]\n"
	"found [-c FILE] [-o DIR] [-k KEY] [--pin-source SOURCE] [-f]\n\t"
	"DRAFT message ...\n"
	"join [-fy] TRUST POLICY\n"
	"update [-y] [-p FILE] [-t FILE] FILE|DIR|-",
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

int
main(int argc, char *argv[])
{
	static const struct {
		const char *verb;
		enum csg_rc (*run)(
		    const struct policy_args *, struct csg_err *);
	} verbs[] = {
		{ "new", policy_new },
		{ "user", policy_user },
		{ "key", policy_key },
		{ "check", policy_check },
		{ "show", policy_show },
		{ "explain", policy_explain },
		{ "audit", policy_audit },
		{ "diff", policy_diff },
		{ "graph", policy_graph },
		{ "try", policy_try },
		{ "join", policy_join },
		{ "update", policy_update },
		{ "found", policy_found },
	};
	struct policy_args a = { 0 };
	struct csg_err err = { 0 };
	const char *verb;
	size_t i;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verb != NULL && strcmp(verb, verbs[i].verb) == 0) {
			(void)verbs[i].run(&a, &err);
			return cmd_exit(&err);
		}
	cmd_usage(verb != NULL ? "no such command: %s" : "no command given%s",
	    verb != NULL ? verb : "");
}
