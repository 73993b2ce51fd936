/* csg-token: the workstation's token and its keys. */
#include <string.h>
#include <unistd.h>

#include "cmd/token.h"
#include "lib/text.h"

enum { OPT_MODULE = CMD_FIRST_OWN, OPT_LABEL, OPT_NAME, OPT_SUBJECT, OPT_CSR };

static const struct cmd_opt opts[] = { { 'c', "config", "FILE",
					   "signer configuration", false },
	{ 'd', "dir", "DIR", "init: directory to make", false },
	{ OPT_MODULE, "module", "FILE",
	    "init: PKCS#11 module (SoftHSM "
	    "inside DIR)",
	    false },
	{ OPT_LABEL, "label", "LABEL", "init: label of the token (csg)",
	    false },
	{ OPT_NAME, "name", "NAME", "newkey, cert: name of the key", false },
	{ 'a', "algorithm", "ALG",
	    "newkey: p256, p384, rsa3072, rsa4096, "
	    "rsa3072-pss, rsa4096-pss",
	    false },
	{ OPT_SUBJECT, "subject", "DN", "newkey: like /CN=Name/O=Company",
	    false },
	{ OPT_CSR, "csr", "FILE", "newkey: write a certificate request too",
	    false },
	{ 'o', "output", "FILE", "newkey, cert: certificate file", false },
	{ 'f', "force", NULL, "replace existing outputs", false },
	{ 'j', "json", NULL, "list: as JSON", false }, CMD_COMMON,
	{ 0, NULL, NULL, NULL, false } };

static const struct cmd_tool tool = { "csg-token",
	"init -d DIR [--module FILE] [--label LABEL]\n"
	"newkey [-c FILE] --name NAME -a ALG --subject DN [-o FILE]\n\t"
	"       [--csr FILE] [-f]\n"
	"list [-c FILE] [-j]\n"
	"cert [-c FILE] --name NAME [-o FILE] [-f]",
	"Make a signing workstation's token and keys, and look at them.",
	opts };

static void
parse_args(int argc, char *argv[], struct token_args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'c': a->config = cmd_arg; break;
		case 'd': a->dir = cmd_arg; break;
		case OPT_MODULE: a->module = cmd_arg; break;
		case OPT_LABEL: a->label = cmd_arg; break;
		case OPT_NAME: a->name = cmd_arg; break;
		case 'a': a->alg = cmd_arg; break;
		case OPT_SUBJECT: a->subject = cmd_arg; break;
		case OPT_CSR: a->csr = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		}
	if (argc != optind)
		cmd_usage("unexpected operand '%s'", argv[optind]);
	if (a->name != NULL && !csg_name_valid(a->name))
		cmd_usage(
		    "--name: '%s' is no name: letters, digits, '.', "
		    "'_', '-', beginning with a letter or digit, at most 64",
		    a->name);
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *verb;
		enum csg_rc (*run)(const struct token_args *, struct csg_err *);
	} verbs[] = { { "init", token_init }, { "newkey", token_newkey },
		{ "list", token_list }, { "cert", token_cert } };
	struct token_args a = { 0 };
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
	cmd_usage(verb != NULL ? "no such command: %s" : "no command%s",
	    verb != NULL ? verb : "");
}
