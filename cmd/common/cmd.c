#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cmd/common/cmd.h"
#include "cmd/common/talk.h"

#define MAX_OPTS 40

const char *cmd_arg;

static const struct cmd_tool *tool;
static const struct cmd_verb *verb; /* the command that was given, or NULL */
static bool seen_opt[MAX_OPTS];

/* ---- begin and end ---- */

void
cmd_init(const struct cmd_tool *t)
{
	struct rlimit none = { 0, 0 };

	tool = t;
	cmd_talk_as(t->name);
	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef CSG_SANITIZE /* the leak checker attaches to its own process */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	(void)CRYPTO_secure_malloc_init(65536, 16);
	if (optind != 0)
		optind = 1;
}

int
cmd_exit(struct csg_err *err)
{
	if (err->rc == CSG_OK)
		(void)cmd_flush(err);
	cmd_complain(err);
	return (int)err->rc;
}

/* ---- options ---- */

/* Print the synopses of one command. */
static void
show_verb(FILE *f, const struct cmd_verb *v, bool first)
{
	const char *s, *end;
	const char *space = v->name[0] != '\0' ? " " : "";

	for (s = v->usage; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = s + strcspn(s, "\n");
		if (*s == '\t') /* continues the line before */
			(void)fprintf(f, "       %*s %.*s\n",
			    (int)strlen(tool->name), "", (int)(end - s) - 1,
			    s + 1);
		else
			(void)fprintf(f, "%s %s %s%s%.*s\n",
			    first ? "usage:" : "      ", tool->name, v->name,
			    space, (int)(end - s), s);
		first = false;
	}
}

/* Print all synopses, or only those of the command that was given. */
static void
show_synopsis(FILE *f, const struct cmd_verb *only)
{
	const struct cmd_verb *v;

	for (v = tool->verbs; v->name != NULL; v++)
		if (only == NULL || v == only)
			show_verb(f, v, only != NULL || v == tool->verbs);
}

/* Is the command that was given among those that take the option? */
static bool
verb_takes(const struct cmd_opt *o)
{
	const char *s;
	size_t n;

	if (o->verbs == NULL || verb == NULL)
		return true;
	for (s = o->verbs; *s != '\0'; s += n + (s[n] != '\0')) {
		n = strcspn(s, " ");
		if (strlen(verb->name) == n && strncmp(s, verb->name, n) == 0)
			return true;
	}
	return false;
}

/* Print "list, cert: " before the help of an option that few commands take; of
 * the others, the synopses tell it. */
static void
show_takers(const struct cmd_opt *o)
{
	enum { FEW = 3 };
	const char *s;
	size_t n = 1;

	for (s = o->verbs != NULL ? o->verbs : ""; *s != '\0'; s++)
		n += *s == ' ';
	if (o->verbs == NULL || n > FEW)
		return;
	for (s = o->verbs; *s != '\0'; s++)
		(void)printf(*s == ' ' ? ",%c" : "%c", *s);
	(void)printf(": ");
}

static void
show_option(const struct cmd_opt *o)
{
	char left[40];

	if (o->ch < CMD_LONG)
		(void)snprintf(left, sizeof(left), "-%c, --%s%s%s", o->ch,
		    o->name, o->arg != NULL ? " " : "",
		    o->arg != NULL ? o->arg : "");
	else
		(void)snprintf(left, sizeof(left), "    --%s%s%s", o->name,
		    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
	(void)printf("  %-26s ", left);
	show_takers(o);
	(void)printf("%s\n", o->help);
}

static void
show_help(void)
{
	const struct cmd_opt *o;

	show_synopsis(stdout, NULL);
	(void)printf("%s\n\n", tool->purpose);
	for (o = tool->opts; o->ch != 0; o++)
		show_option(o);
	(void)printf("\nSee %s(1) for the manual and csg(7) for an overview.\n",
	    tool->name);
}

void
cmd_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cmd_talk("usage: ", fmt, ap);
	va_end(ap);
	show_synopsis(stderr, verb);
	exit(CSG_USAGE);
}

/* Fill the long options and the letters for getopt_long; return how many
 * options there are. */
static size_t
build_tables(struct option *longs, char *letters)
{
	size_t i, k = 0;

	letters[k++] = ':';
	for (i = 0; tool->opts[i].ch != 0 && i + 1 < MAX_OPTS; i++) {
		const struct cmd_opt *o = &tool->opts[i];

		longs[i] = (struct option){ o->name,
			o->arg != NULL ? required_argument : no_argument, NULL,
			o->ch };
		if (o->ch >= CMD_LONG)
			continue;
		letters[k++] = (char)o->ch;
		if (o->arg != NULL)
			letters[k++] = ':';
	}
	memset(&longs[i], 0, sizeof(longs[i]));
	letters[k] = '\0';
	return i;
}

static const struct cmd_opt *
find_opt(int ch)
{
	const struct cmd_opt *o;

	for (o = tool->opts; o->ch != 0; o++)
		if (o->ch == ch)
			return o;
	return NULL;
}

/* Report what getopt_long refused.  It leaves a known option and an unknown
 * letter in optopt; an unknown long option is all of word. */
static void __attribute__((noreturn))
bad_option(int ch, const char *word)
{
	const struct cmd_opt *o = find_opt(optopt);

	if (o != NULL && o->ch < CMD_LONG)
		cmd_usage("-%c, --%s: %s", o->ch, o->name,
		    ch == ':' ? "needs an argument" : "takes no argument");
	if (o != NULL)
		cmd_usage("--%s: %s", o->name,
		    ch == ':' ? "needs an argument" : "takes no argument");
	if (optopt != 0)
		cmd_usage(
		    "-%c: no such option (put an operand that begins with '-' after --)",
		    optopt);
	cmd_usage("%s: unknown or ambiguous option", word);
}

int
cmd_getopt(int argc, char *argv[])
{
	struct option longs[MAX_OPTS];
	char letters[2 * MAX_OPTS + 2];
	struct csg_err err = { 0 };
	size_t n = build_tables(longs, letters), i;
	int ch;

	opterr = 0;
	ch = getopt_long(argc, argv, letters, longs, NULL);
	if (ch == -1)
		return -1;
	if (ch == ':' || ch == '?')
		bad_option(ch, argv[optind - 1]);
	for (i = 0; i < n && tool->opts[i].ch != ch; i++)
		;
	if (i < n && seen_opt[i] && !tool->opts[i].many)
		cmd_usage("--%s is given twice", tool->opts[i].name);
	if (i < n && !verb_takes(&tool->opts[i]))
		cmd_usage("%s takes no --%s", verb->name, tool->opts[i].name);
	if (i < n && ch == 'o' && strcmp(optarg, "-") == 0 &&
	    strcmp(tool->opts[i].arg, "PATH") != 0)
		cmd_usage(
		    "-o: this can't be written to standard output; give a %s (./- for one of that name)",
		    strcmp(tool->opts[i].arg, "DIR") == 0 ? "directory" :
							    "file");
	seen_opt[i < n ? i : 0] = true;
	cmd_arg = optarg;
	switch (ch) {
	case 'h': show_help(); exit(cmd_exit(&err));
	case 'V':
		(void)printf("%s (csg) %s\n", tool->name, CSG_VERSION);
		exit(cmd_exit(&err));
	case 'q': cmd_quiet = true; return cmd_getopt(argc, argv);
	case 'v': cmd_verbose = true; return cmd_getopt(argc, argv);
	default: return ch;
	}
}

size_t
cmd_verb(int *argc, char ***argv)
{
	const char *word = (*argv)[1];
	size_t i;

	if (*argc < 2 || word[0] == '-') {
		while (cmd_getopt(*argc, *argv) != -1)
			;
		cmd_usage("no command given");
	}
	for (i = 0; tool->verbs[i].name != NULL; i++)
		if (strcmp(word, tool->verbs[i].name) == 0) {
			verb = &tool->verbs[i];
			(*argv)[1] = (*argv)[0];
			(*argv)++;
			(*argc)--;
			return i;
		}
	cmd_usage("no such command: %s", word);
}
