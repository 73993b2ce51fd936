/* csg-token: make and keep the workstation's token and its keys. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/cmd.h"
#include "cmd/token/token.h"
#include "lib/base/text.h"

enum {
	OPT_MODULE = CMD_FIRST_OWN,
	OPT_LABEL,
	OPT_NAME,
	OPT_SUBJECT,
	OPT_CSR,
	OPT_NEED,
};

static const struct cmd_opt opts[] = {
	{ 'c', "config", "FILE", "signer configuration", false },
	{ 'd', "dir", "DIR", "init, restore, adopt: directory to make", false },
	{ OPT_MODULE, "module", "FILE",
	    "init, restore, adopt: PKCS#11 module (default: SoftHSM in DIR)",
	    false },
	{ OPT_LABEL, "label", "LABEL",
	    "init, adopt: label of the token (default: csg)", false },
	{ OPT_NAME, "name", "NAME", "newkey, cert: name of the key", false },
	{ 'a', "algorithm", "ALG",
	    "newkey: p256, p384, rsa3072, rsa4096, rsa3072-pss, rsa4096-pss",
	    false },
	{ OPT_SUBJECT, "subject", "DN", "newkey: like /CN=Name/O=Company",
	    false },
	{ OPT_CSR, "csr", "FILE", "newkey: also write a certificate request",
	    false },
	{ OPT_NEED, "need", "N", "backup: custodians needed to restore it",
	    false },
	{ 'k', "key", "KEY",
	    "restore: a custodian's key: PEM file or pkcs11: URI", true },
	{ CMD_PIN_SOURCE, "pin-source", "SOURCE",
	    "restore, adopt: passphrase or PIN: prompt, fd:N or file:PATH",
	    true },
	{ 'o', "output", "FILE", "newkey, cert: certificate; backup: file",
	    false },
	{ 'f', "force", NULL, "replace existing outputs", false },
	{ 'j', "json", NULL, "list: as JSON", false },
	{ 'p', "policy", "FILE", "adopt: policy chain", false },
	{ 't', "trust", "FILE", "adopt: trust anchor", false },
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, false },
};

static const struct cmd_tool tool = { "csg-token",
	"init -d DIR [--module FILE] [--label LABEL]\n"
	"newkey [-c FILE] --name NAME -a ALG --subject DN [-o FILE]\n\t"
	"       [--csr FILE] [-f]\n"
	"list [-c FILE] [-j]\n"
	"cert [-c FILE] --name NAME [-o FILE] [-f]\n"
	"backup [-c FILE] --need N -o FILE [-f] CERT ...\n"
	"restore -d DIR [--module FILE] -k KEY [-k KEY ...]\n\t"
	"        [--pin-source SOURCE ...] BACKUP\n"
	"adopt -d DIR -t FILE -p FILE [--module FILE] [--label LABEL]\n\t"
	"      [--pin-source SOURCE]",
	"Make, look at, back up, restore and adopt a signing workstation's token.",
	opts };

static unsigned
parse_need(const char *s)
{
	size_t n = strspn(s, "0123456789");
	long need = s[n] == '\0' && n > 0 && n <= 3 ? strtol(s, NULL, 10) : 0;

	if (need < 1 || need > TOKEN_MAX_KEYS)
		cmd_usage("--need: '%s' is not a number from 1 to %d", s,
		    TOKEN_MAX_KEYS);
	return (unsigned)need;
}

static void
add_argument(const char **list, size_t *n, const char *what)
{
	if (*n == TOKEN_MAX_KEYS)
		cmd_usage("%s: more than %d", what, TOKEN_MAX_KEYS);
	list[(*n)++] = cmd_arg;
}

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
		case OPT_NEED: a->need = parse_need(cmd_arg); break;
		case 'k': add_argument(a->keys, &a->nkeys, "-k"); break;
		case CMD_PIN_SOURCE:
			add_argument(a->sources, &a->nsources, "--pin-source");
			break;
		case 'o': a->out = cmd_arg; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		}
	a->operand = argv + optind;
	a->n = argc - optind;
	if (a->name != NULL && !csg_name_valid(a->name))
		cmd_usage(
		    "--name: '%s' is not a valid name (letters, digits, '.', '_', '-', beginning with a letter or digit, at most 64)",
		    a->name);
}

static const struct {
	const char *verb;
	enum csg_rc (*run)(const struct token_args *, struct csg_err *);
	bool operands;
} verbs[] = {
	{ "init", token_init, false },
	{ "newkey", token_newkey, false },
	{ "list", token_list, false },
	{ "cert", token_cert, false },
	{ "backup", token_backup, true },
	{ "restore", token_restore, true },
	{ "adopt", token_adopt, false },
};

int
main(int argc, char *argv[])
{
	static struct token_args a;
	struct csg_err err = { 0 };
	const char *verb;
	size_t i;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verb != NULL && strcmp(verb, verbs[i].verb) == 0) {
			if (a.n > 0 && !verbs[i].operands)
				cmd_usage(
				    "unexpected operand '%s'", a.operand[0]);
			(void)verbs[i].run(&a, &err);
			return cmd_exit(&err);
		}
	cmd_usage(verb != NULL ? "no such command: %s" : "no command given%s",
	    verb != NULL ? verb : "");
}
