/* csg-log: read, check, copy and rebuild the ledger of a workstation. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/log/log.h"
#include "lib/base/time.h"

enum {
	OPT_SINCE = CMD_FIRST_OWN,
	OPT_UNTIL,
	OPT_KIND,
	OPT_FROM,
	OPT_KEY,
	OPT_PERSON,
	OPT_ARTIFACT,
	OPT_ROUTE,
	OPT_VERSION,
	OPT_SIGNED,
};

static const struct cmd_opt opts[] = {
	{ 'c', "config", "FILE", "signer configuration", false },
	{ OPT_FROM, "from", "FILE", "read an export instead", false },
	{ 'P', "profile", "PROFILE", "only this profile", false },
	{ OPT_KEY, "key", "NAME", "only this signing key", false },
	{ OPT_PERSON, "person", "NAME", "only what this person took part in",
	    false },
	{ OPT_ARTIFACT, "artifact", "NAME", "only this name or sha256:...",
	    false },
	{ OPT_ROUTE, "route", "ROUTE", "only this route", false },
	{ OPT_VERSION, "policy-version", "N",
	    "affected: signed under this version", false },
	{ OPT_KIND, "kind", "KIND", "only entries of this kind", false },
	{ OPT_SINCE, "since", "TIME", "from this time on, or for the last 3d",
	    false },
	{ OPT_UNTIL, "until", "TIME", "up to this time, or up to 3d ago",
	    false },
	{ 'o', "output", "PATH", "file or directory to write to", false },
	{ OPT_SIGNED, "signed", NULL,
	    "export: sign it; verify: require its signature", false },
	{ 'f', "force", NULL, "replace existing outputs", false },
	{ 'j', "json", NULL, "print JSON, one object a line", false },
	{ 't', "trust", "FILE", "trust anchor", false },
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, false },
};

static const struct cmd_tool tool = { "csg-log",
	"list [-j] [-c FILE | --from FILE] [-P PROFILE] [--key NAME] [--person NAME]\n\t"
	"[--artifact NAME] [--route ROUTE] [--kind KIND] [--since TIME]\n\t"
	"[--until TIME] [-t FILE]\n"
	"show [-v] [-c FILE | --from FILE] ENTRY\n"
	"verify [-c FILE | --from FILE [--signed]] [-t FILE]\n"
	"prove [-c FILE | --from FILE] ENTRY|REQUEST\n"
	"export [-c FILE | --from FILE] [-t FILE] -o FILE [-f]\n"
	"export -j [-c FILE | --from FILE] [-P PROFILE] [--key NAME]\n\t"
	"[--person NAME] [--artifact NAME] [--route ROUTE] [--kind KIND]\n\t"
	"[--since TIME] [--until TIME] [-t FILE]\n"
	"export --signed [-c FILE] -o FILE [-f]\n"
	"compare [-c FILE | --from FILE] FILE [FILE]\n"
	"affected [-c FILE | --from FILE] --person NAME | --key NAME |\n\t"
	"--policy-version N [--since TIME] [--until TIME] [-o DIR] [-fj]\n\t"
	"[-t FILE]\n"
	"report [-o FILE [-f] | -j] [-c FILE | --from FILE] [-P PROFILE]\n\t"
	"[--key NAME] [--person NAME] [--artifact NAME] [--route ROUTE]\n\t"
	"[--since TIME] [--until TIME] [-t FILE]\n"
	"recover [-c FILE] [-f] [FILE|DIR ...]",
	"Read the ledger of a workstation, and rebuild it.", opts };

/* Parse a time, or a duration before now. */
static int64_t
parse_time(const char *s)
{
	int64_t t;

	if (csg_time_parse(s, &t, NULL) == CSG_OK)
		return t;
	if (csg_duration_parse(s, &t, NULL) != CSG_OK)
		cmd_usage(
		    "'%s' is neither a time (2026-11-23T10:00:00Z) nor a duration (3d)",
		    s);
	return cmd_now() - t;
}

static const char *
parse_kind(const char *s)
{
	size_t k;

	for (k = 0; csg_entry_words[k] != NULL; k++)
		if (strcmp(s, csg_entry_words[k]) == 0)
			return s;
	cmd_usage(
	    "--kind: '%s' is none of found, key, claim, finish, abandon, reject, refuse, recover",
	    s);
}

/* Parse an artifact's name or its whole digest. */
static const char *
parse_artifact(const char *s)
{
	struct csg_id unused;

	if (strncmp(s, "sha256:", 7) == 0 &&
	    csg_id_parse(s, &unused, NULL) != CSG_OK)
		cmd_usage(
		    "--artifact: '%s' is not a digest (sha256: and 64 hex digits)",
		    s);
	return s;
}

static void
parse_args(int argc, char *argv[], struct log_args *a)
{
	int ch;

	a->until = INT64_MAX;
	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'c': a->config = cmd_arg; break;
		case 'P': a->profile = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		case OPT_FROM: a->from = cmd_arg; break;
		case OPT_SIGNED: a->is_signed = true; break;
		case OPT_KEY: a->key = cmd_arg; break;
		case OPT_PERSON: a->person = cmd_arg; break;
		case OPT_ARTIFACT: a->artifact = parse_artifact(cmd_arg); break;
		case OPT_ROUTE: a->route = cmd_arg; break;
		case OPT_VERSION: a->version = cmd_arg; break;
		case OPT_KIND: a->kind = parse_kind(cmd_arg); break;
		case OPT_SINCE: a->since = parse_time(cmd_arg); break;
		case OPT_UNTIL: a->until = parse_time(cmd_arg); break;
		}
	if (a->config != NULL && a->from != NULL)
		cmd_usage("-c or --from, not both");
	a->operand = argv + optind;
	a->n = argc - optind;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *verb;
		enum csg_rc (*run)(const struct log_args *, struct csg_err *);
	} verbs[] = {
		{ "list", log_list },
		{ "show", log_show },
		{ "verify", log_verify },
		{ "prove", log_prove },
		{ "export", log_export },
		{ "compare", log_compare },
		{ "affected", log_affected },
		{ "report", log_report },
		{ "recover", log_recover },
	};
	struct log_args a = { 0 };
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
