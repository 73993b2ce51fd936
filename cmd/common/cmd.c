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
static const char *verb; /* the command that was given, or NULL */
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

/* Does the synopsis belong to the command that was given? */
static bool
is_of_verb(const char *line)
{
	size_t n = strlen(verb);

	return strncmp(line, verb, n) == 0 && strchr(" \n", line[n]) != NULL;
}

/* Print all synopses, or only those of the command that was given. */
static void
show_synopsis(FILE *f, bool all)
{
	const char *s, *end;
	bool first = true, shown = all;

	for (s = tool->usage; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = s + strcspn(s, "\n");
		if (*s != '\t')
			shown = all || is_of_verb(s);
		if (!shown)
			continue;
		if (*s == '\t') /* continues the line before */
			(void)fprintf(f, "       %*s %.*s\n",
			    (int)strlen(tool->name), "", (int)(end - s) - 1,
			    s + 1);
		else
			(void)fprintf(f, "%s %s %.*s\n",
			    first ? "usage:" : "      ", tool->name,
			    (int)(end - s), s);
		first = false;
	}
}

/* Does a line of the synopsis list the option: "[-fj]", "--from FILE"? */
static bool
synopsis_has(const char *line, const struct cmd_opt *o)
{
	const char *end = line + strcspn(line, "\n"), *s;
	size_t n = strlen(o->name), k;

	for (s = line + 1; s < end; s++) {
		if (*s != '-' || strchr(" [|\t", s[-1]) == NULL)
			continue;
		if (s[1] == '-') {
			k = strcspn(s + 2, " ]|\n");
			if (k == n && strncmp(s + 2, o->name, n) == 0)
				return true;
		} else if (o->ch < CMD_LONG &&
		    memchr(s + 1, o->ch, strcspn(s + 1, " ]|\n")) != NULL)
			return true;
	}
	return false;
}

/* Does the command that was given take the option? */
static bool
verb_takes(const struct cmd_opt *o)
{
	const char *s, *end;
	bool own = false;

	if (o->ch < CMD_LONG && strchr("qvhV", o->ch) != NULL)
		return true;
	for (s = tool->usage; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = s + strcspn(s, "\n");
		if (*s != '\t')
			own = is_of_verb(s);
		if (own && synopsis_has(s, o))
			return true;
	}
	return false;
}

/* Does the tool have the command? */
static bool
knows_verb(void)
{
	const char *s = tool->usage;

	if (verb == NULL)
		return false;
	while (s != NULL && !is_of_verb(s))
		if ((s = strchr(s, '\n')) != NULL)
			s++;
	return s != NULL;
}

static void
show_help(void)
{
	const struct cmd_opt *o;
	char left[40];

	show_synopsis(stdout, true);
	(void)printf("%s\n\n", tool->purpose);
	for (o = tool->opts; o->ch != 0; o++) {
		if (o->ch < CMD_LONG)
			(void)snprintf(left, sizeof(left), "-%c, --%s%s%s",
			    o->ch, o->name, o->arg != NULL ? " " : "",
			    o->arg != NULL ? o->arg : "");
		else
			(void)snprintf(left, sizeof(left), "    --%s%s%s",
			    o->name, o->arg != NULL ? " " : "",
			    o->arg != NULL ? o->arg : "");
		(void)printf("  %-26s %s\n", left, o->help);
	}
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
	show_synopsis(stderr, !knows_verb());
	exit(CSG_USAGE);
}

const char *
cmd_verb(int *argc, char ***argv)
{
	if (*argc < 2 || (*argv)[1][0] == '-')
		return NULL;
	verb = (*argv)[1];
	(*argv)[1] = (*argv)[0];
	(*argv)++;
	(*argc)--;
	return verb;
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
	if (i < n && knows_verb() && !verb_takes(&tool->opts[i]))
		cmd_usage("%s takes no --%s", verb, tool->opts[i].name);
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
