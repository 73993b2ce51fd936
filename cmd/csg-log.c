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
	{ 'c', "config", "FILE", "signer configuration", NULL, false },
	{ OPT_FROM, "from", "FILE", "read an export instead",
	    "list show verify prove export compare affected report", false },
	{ 'P', "profile", "PROFILE", "only this profile", "list export report",
	    false },
	{ OPT_KEY, "key", "NAME", "only this signing key",
	    "list export affected report", false },
	{ OPT_PERSON, "person", "NAME", "only what this person took part in",
	    "list export affected report", false },
	{ OPT_ARTIFACT, "artifact", "NAME", "only this name or sha256:...",
	    "list export report", false },
	{ OPT_ROUTE, "route", "ROUTE", "only this route", "list export report",
	    false },
	{ OPT_VERSION, "policy-version", "N", "signed under this version",
	    "affected", false },
	{ OPT_KIND, "kind", "KIND", "only entries of this kind", "list export",
	    false },
	{ OPT_SINCE, "since", "TIME", "from this time on, or for the last 3d",
	    "list export affected report", false },
	{ OPT_UNTIL, "until", "TIME", "up to this time, or up to 3d ago",
	    "list export affected report", false },
	{ 'o', "output", "PATH", "file or directory to write to",
	    "export affected report", false },
	{ OPT_SIGNED, "signed", NULL, "sign the export, or require that it is",
	    "export verify", false },
	{ 'f', "force", NULL, "replace existing outputs",
	    "export affected report recover", false },
	{ 'j', "json", NULL, "print JSON", "list export affected report",
	    false },
	{ 't', "trust", "FILE", "trust anchor",
	    "list verify export affected report", false },
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, NULL, false },
};

enum {
	LIST,
	SHOW,
	VERIFY,
	PROVE,
	EXPORT,
	COMPARE,
	AFFECTED,
	REPORT,
	RECOVER,
};

static const struct cmd_verb verbs[] = {
	[LIST] = { "list",
	    "[-j] [-c FILE | --from FILE] [-P PROFILE] [--key NAME] [--person NAME]\n"
	    "\t[--artifact NAME] [--route ROUTE] [--kind KIND] [--since TIME]\n"
	    "\t[--until TIME] [-t FILE]" },
	[SHOW] = { "show", "[-v] [-c FILE | --from FILE] ENTRY" },
	[VERIFY] = { "verify", "[-c FILE | --from FILE [--signed]] [-t FILE]" },
	[PROVE] = { "prove", "[-c FILE | --from FILE] ENTRY|REQUEST" },
	[EXPORT] = { "export",
	    "[-c FILE | --from FILE] [-t FILE] -o FILE [-f]\n"
	    "-j [-c FILE | --from FILE] [-P PROFILE] [--key NAME]\n"
	    "\t[--person NAME] [--artifact NAME] [--route ROUTE] [--kind KIND]\n"
	    "\t[--since TIME] [--until TIME] [-t FILE]\n"
	    "--signed [-c FILE] -o FILE [-f]" },
	[COMPARE] = { "compare", "[-c FILE | --from FILE] FILE [FILE]" },
	[AFFECTED] = { "affected",
	    "[-c FILE | --from FILE] --person NAME | --key NAME |\n"
	    "\t--policy-version N [--since TIME] [--until TIME] [-o DIR] [-fj]\n"
	    "\t[-t FILE]" },
	[REPORT] = { "report",
	    "[-o FILE [-f] | -j] [-c FILE | --from FILE] [-P PROFILE]\n"
	    "\t[--key NAME] [--person NAME] [--artifact NAME] [--route ROUTE]\n"
	    "\t[--since TIME] [--until TIME] [-t FILE]" },
	[RECOVER] = { "recover", "[-c FILE] [-f] [FILE|DIR ...]" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-log", verbs,
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

static enum csg_rc (*const commands[])(
    const struct log_args *, struct csg_err *) = {
	[LIST] = log_list,
	[SHOW] = log_show,
	[VERIFY] = log_verify,
	[PROVE] = log_prove,
	[EXPORT] = log_export,
	[COMPARE] = log_compare,
	[AFFECTED] = log_affected,
	[REPORT] = log_report,
	[RECOVER] = log_recover,
};

int
main(int argc, char *argv[])
{
	struct log_args a = { 0 };
	struct csg_err err = { 0 };
	size_t verb;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	(void)commands[verb](&a, &err);
	return cmd_exit(&err);
}
