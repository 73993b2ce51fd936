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
	{ 'c', "config", "FILE", "signer configuration",
	    "newkey list cert backup", false },
	{ 'd', "dir", "DIR", "directory to make", "init restore adopt", false },
	{ OPT_MODULE, "module", "FILE",
	    "PKCS#11 module (init, restore: default SoftHSM in DIR)",
	    "init restore adopt", false },
	{ OPT_LABEL, "label", "LABEL", "label of the token (default: csg)",
	    "init adopt", false },
	{ OPT_NAME, "name", "NAME", "name of the key", "newkey cert", false },
	{ 'a', "algorithm", "ALG",
	    "p256, p384, rsa3072, rsa4096, rsa3072-pss, rsa4096-pss", "newkey",
	    false },
	{ OPT_SUBJECT, "subject", "DN", "like /CN=Name/O=Company", "newkey",
	    false },
	{ OPT_CSR, "csr", "FILE", "also write a certificate request", "newkey",
	    false },
	{ OPT_NEED, "need", "N", "custodians needed to restore it", "backup",
	    false },
	{ 'k', "key", "KEY", "a custodian's key: PEM file or pkcs11: URI",
	    "restore", true },
	{ CMD_PIN_SOURCE, "pin-source", "SOURCE",
	    "passphrase or PIN: prompt, fd:N or file:PATH", "restore adopt",
	    true },
	{ 'o', "output", "FILE", "certificate, or backup", "newkey cert backup",
	    false },
	{ 'f', "force", NULL, "replace existing outputs", "newkey cert backup",
	    false },
	{ 'j', "json", NULL, "print JSON", "list", false },
	{ 'p', "policy", "FILE", "policy chain", "adopt", false },
	{ 't', "trust", "FILE", "trust anchor", "adopt", false },
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, NULL, false },
};

enum {
	INIT,
	NEWKEY,
	LIST,
	CERT,
	BACKUP,
	RESTORE,
	ADOPT,
};

static const struct cmd_verb verbs[] = {
	[INIT] = { "init", "-d DIR [--module FILE] [--label LABEL]" },
	[NEWKEY] = { "newkey",
	    "[-c FILE] --name NAME -a ALG --subject DN [-o FILE]\n"
	    "\t       [--csr FILE] [-f]" },
	[LIST] = { "list", "[-c FILE] [-j]" },
	[CERT] = { "cert", "[-c FILE] --name NAME [-o FILE] [-f]" },
	[BACKUP] = { "backup", "[-c FILE] --need N -o FILE [-f] CERT ..." },
	[RESTORE] = { "restore",
	    "-d DIR [--module FILE] -k KEY [-k KEY ...]\n"
	    "\t        [--pin-source SOURCE ...] BACKUP" },
	[ADOPT] = { "adopt",
	    "-d DIR -t FILE -p FILE [--module FILE] [--label LABEL]\n"
	    "\t      [--pin-source SOURCE]" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-token", verbs,
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
	enum csg_rc (*run)(const struct token_args *, struct csg_err *);
	bool operands;
} commands[] = {
	[INIT] = { token_init, false },
	[NEWKEY] = { token_newkey, false },
	[LIST] = { token_list, false },
	[CERT] = { token_cert, false },
	[BACKUP] = { token_backup, true },
	[RESTORE] = { token_restore, true },
	[ADOPT] = { token_adopt, false },
};

int
main(int argc, char *argv[])
{
	static struct token_args a;
	struct csg_err err = { 0 };
	size_t verb;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	if (a.n > 0 && !commands[verb].operands)
		cmd_usage("unexpected operand '%s'", a.operand[0]);
	(void)commands[verb].run(&a, &err);
	return cmd_exit(&err);
}
