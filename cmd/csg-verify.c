/* csg-verify: check signatures, and who approved them under which policy. */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/common/cmd.h"
#include "cmd/common/places.h"
#include "cmd/verify/verify.h"

enum {
	OPT_ANY = CMD_FIRST_OWN,
	OPT_EMERGENCY,
	OPT_OPENSSL,
	OPT_WITHOUT,
	OPT_JOBS
};

static const struct cmd_opt opts[] = { { 'P', "profile", "PROFILE",
					   "profile it must be signed under",
					   NULL, false },
	{ OPT_ANY, "any-profile", NULL, "accept any profile", NULL, false },
	{ 's', "signature", "FILE", "signature (ARTIFACT.p7s or .sig)", NULL,
	    false },
	{ 'e', "evidence", "PATH", "proof, or directory of proofs", NULL,
	    false },
	{ 'C', "directory", "DIR", "base of artifact names", NULL, false },
	{ OPT_EMERGENCY, "accept-emergency", NULL, "accept an emergency route",
	    NULL, false },
	{ OPT_OPENSSL, "openssl", NULL,
	    "print openssl commands that check the signatures", NULL, false },
	{ 'r', "recursive", "DIR", "check all that is signed below DIR", NULL,
	    false },
	{ OPT_JOBS, "jobs", "N", "threads for -r (default: one per core)", NULL,
	    false },
	{ OPT_WITHOUT, "if-revoked", "NAME", "recount without this person",
	    NULL, true },
	{ 'j', "json", NULL, "report in JSON", NULL, false }, CMD_POLICY,
	CMD_COMMON, { 0, NULL, NULL, NULL, NULL, false } };

static const struct cmd_verb verbs[] = {
	{ "",
	    "-P PROFILE [-s FILE] [-e PATH] [-C DIR] [-p FILE] [-t FILE]\n"
	    "\t[--accept-emergency] [--if-revoked NAME] [--openssl] [-jqv]\n"
	    "\tartifact ...\n"
	    "--any-profile ...\n"
	    "-r DIR [-P PROFILE] [--jobs N] [-p FILE] [-t FILE]\n"
	    "\t[--accept-emergency] [--if-revoked NAME] [-jqv]" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-verify", verbs,
	"Check signatures and the approvals behind them, offline.", opts };

static void
add_person(struct verify_args *a, char *name)
{
	size_t n = 0;
	char **names;

	while (a->without != NULL && a->without[n] != NULL)
		n++;
	names = realloc(a->without, (n + 2) * sizeof(char *));
	if (names == NULL)
		exit(CSG_TROUBLE);
	names[n] = name;
	names[n + 1] = NULL;
	a->without = names;
}

static size_t
parse_jobs(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (s[0] < '0' || s[0] > '9' || *end != '\0' || n < 1 || n > 256)
		cmd_usage("--jobs: '%s' is not a number from 1 to 256", s);
	return n;
}

static void
check_args(const struct verify_args *a, int n)
{
	if (a->any && a->profile != NULL)
		cmd_usage("-P or --any-profile, not both");
	/* each line of the table of -r names its profile */
	if (!a->any && a->profile == NULL && a->tree == NULL)
		cmd_usage(
		    "no profile given: -P, or --any-profile to accept any");
	if (a->openssl && a->json)
		cmd_usage("--openssl or -j, not both");
	if (a->tree == NULL) {
		if (n == 0)
			cmd_usage("no artifacts given");
		if (a->signature != NULL && n != 1)
			cmd_usage("-s requires exactly one artifact");
		if (a->jobs != 0)
			cmd_usage("--jobs requires -r");
		return;
	}
	if (n != 0)
		cmd_usage("-r DIR or artifacts, not both");
	if (a->signature != NULL || a->evidence != NULL || a->base != NULL ||
	    a->openssl)
		cmd_usage(
		    "-r finds signatures and proofs itself, and takes no -s, -e, -C or --openssl");
}

static void
parse_args(int argc, char *argv[], struct verify_args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'P': a->profile = cmd_arg; break;
		case OPT_ANY: a->any = true; break;
		case 's': a->signature = cmd_arg; break;
		case 'e': a->evidence = cmd_arg; break;
		case 'C': a->base = cmd_arg; break;
		case 'r': a->tree = cmd_arg; break;
		case OPT_JOBS: a->jobs = parse_jobs(cmd_arg); break;
		case OPT_WITHOUT: add_person(a, optarg); break;
		case OPT_EMERGENCY: a->emergency = true; break;
		case OPT_OPENSSL: a->openssl = true; break;
		case 'j': a->json = true; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		}
	if (!a->any && a->profile == NULL)
		a->profile = cmd_variable("CSG_PROFILE");
	check_args(a, argc - optind);
}

int
main(int argc, char *argv[])
{
	struct verify_args a = { 0 };
	struct verify v = { 0 };
	struct csg_err err = { 0 };

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	if (verify_open(&v, &a, &err) == CSG_OK) {
		if (a.tree != NULL)
			verify_tree(&v, &err);
		else
			verify_operands(
			    &v, argv + optind, (size_t)(argc - optind), &err);
		verify_chains(&v, &err);
	}
	verify_close(&v);
	free(a.without);
	return cmd_exit(&err);
}
