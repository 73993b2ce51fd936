#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/common/cmd.h"
#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

#define MAX_OPTS 40

const char *cmd_arg;
bool cmd_quiet, cmd_verbose;

static const struct cmd_tool *tool;
static const char *verb; /* of tools with commands, or NULL */
static bool seen_opt[MAX_OPTS];

void
cmd_init(const struct cmd_tool *t)
{
	struct rlimit none = { 0, 0 };

	tool = t;
	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef CSG_SANITIZE /* the leak checker attaches to its own process */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	(void)CRYPTO_secure_malloc_init(65536, 16);
	if (optind != 0)
		optind = 1;
}

/* ---- talking ---- */

/* Format, make foreign text safe, write.  A line break comes from the end of
 * fmt or from us, never from what is printed. */
static void __attribute__((format(printf, 3, 0)))
emit(FILE *f, const char *prefix, const char *fmt, va_list ap, bool line)
{
	struct csg_buf raw = { 0 }, safe = { 0 };
	va_list again;
	size_t len = strlen(fmt);
	bool ends = len > 0 && fmt[len - 1] == '\n';
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || csg_buf_reserve(&raw, (size_t)n) == NULL)
		return;
	(void)vsnprintf((char *)raw.data, (size_t)n + 1, fmt, ap);
	csg_text_escape(&safe, (char *)raw.data, (size_t)n - ends);
	(void)fprintf(
	    f, "%s%s%s", prefix, csg_buf_str(&safe), line || ends ? "\n" : "");
	csg_buf_free(&raw);
	csg_buf_free(&safe);
}

static void __attribute__((format(printf, 2, 0)))
say(const char *kind, const char *fmt, va_list ap)
{
	char prefix[64];

	(void)snprintf(prefix, sizeof(prefix), "%s: %s", tool->name, kind);
	emit(stderr, prefix, fmt, ap, true);
}

void
cmd_say(const char *fmt, ...)
{
	va_list ap;

	if (cmd_quiet)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
cmd_note(const char *fmt, ...)
{
	va_list ap;

	if (!cmd_verbose)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
cmd_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}

void
cmd_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(stdout, "", fmt, ap, false);
	va_end(ap);
}

void
cmd_print_lines(const char *text)
{
	const char *s, *end;

	for (s = text; (end = strchr(s, '\n')) != NULL; s = end + 1)
		cmd_print("%.*s\n", (int)(end - s), s);
	if (*s != '\0')
		cmd_print("%s", s);
}

static void __attribute__((format(printf, 1, 2))) complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
cmd_complain(const struct csg_err *err)
{
	static const char *const verdict[] = { [CSG_OK] = "",
		[CSG_REFUSED] = "refused",
		[CSG_USAGE] = "usage",
		[CSG_MALFORMED] = "malformed",
		[CSG_TROUBLE] = "trouble",
		[CSG_NOTYET] = "waiting" };

	if (err->rc != CSG_OK)
		complain("%s: %s: %s", verdict[err->rc],
		    csg_reason_word(err->reason), err->text);
}

int
cmd_exit(struct csg_err *err)
{
	if (err->rc == CSG_OK && (fflush(stdout) == EOF || ferror(stdout)))
		(void)csg_fail_errno(err, "standard output");
	cmd_complain(err);
	return (int)err->rc;
}

void
cmd_paths(char *const *paths, size_t n, bool nul)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (nul) {
			(void)fputs(paths[i], stdout);
			(void)putchar('\0');
		} else
			cmd_print("%s\n", paths[i]);
}

/* ---- options ---- */

/* Is the synopsis one of the command that was given? */
static bool
is_of_verb(const char *line)
{
	size_t n = strlen(verb);

	return strncmp(line, verb, n) == 0 && strchr(" \n", line[n]) != NULL;
}

/* All, or only those of the command that was given. */
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
		if (*s == '\t') /* the line before goes on */
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

/* Is it among the options of a line of the synopsis: "[-fj]", "--from FILE"? */
static bool
line_has(const char *line, const struct cmd_opt *o)
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
		if (own && line_has(s, o))
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
	(void)printf(
	    "\nThe manual is %s(1); csg(7) is the overview.\n", tool->name);
}

void
cmd_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("usage: ", fmt, ap);
	va_end(ap);
	show_synopsis(stderr, !knows_verb());
	exit(CSG_USAGE);
}

const char *
cmd_name(void)
{
	return tool->name;
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

/* The long options and the letters, for getopt_long. */
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

/* getopt_long tells a known option in optopt, an unknown letter too; of an
 * unknown long option it has taken the whole word. */
static void __attribute__((noreturn)) bad_option(int ch, const char *word)
{
	const struct cmd_opt *o = find_opt(optopt);

	if (o != NULL && o->ch < CMD_LONG)
		cmd_usage("-%c, --%s: %s", o->ch, o->name,
		    ch == ':' ? "needs an argument" : "takes no argument");
	if (o != NULL)
		cmd_usage("--%s: %s", o->name,
		    ch == ':' ? "needs an argument" : "takes no argument");
	if (optopt != 0)
		cmd_usage("-%c: no such option (an operand that begins with "
			  "'-' goes behind --)",
		    optopt);
	cmd_usage("%s: no such option, or ambiguous", word);
}

int
cmd_getopt(int argc, char *argv[])
{
	struct option longs[MAX_OPTS];
	char letters[2 * MAX_OPTS + 2];
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
		cmd_usage("--%s stands twice", tool->opts[i].name);
	if (i < n && knows_verb() && !verb_takes(&tool->opts[i]))
		cmd_usage("%s takes no --%s", verb, tool->opts[i].name);
	seen_opt[i < n ? i : 0] = true;
	cmd_arg = optarg;
	switch (ch) {
	case 'h':
		show_help();
		exit(fflush(stdout) == EOF ? CSG_TROUBLE : CSG_OK);
	case 'V':
		(void)printf("%s (csg) %s\n", tool->name, CSG_VERSION);
		exit(fflush(stdout) == EOF ? CSG_TROUBLE : CSG_OK);
	case 'q': cmd_quiet = true; return cmd_getopt(argc, argv);
	case 'v': cmd_verbose = true; return cmd_getopt(argc, argv);
	default: return ch;
	}
}

/* ---- time ---- */

int64_t
cmd_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
cmd_until(const char *s, int64_t now)
{
	struct csg_err err = { 0 };
	int64_t t;

	if (csg_duration_parse(s, &t, &err) == CSG_OK)
		return now + t;
	if (csg_time_parse(s, &t, &err) != CSG_OK)
		cmd_usage("'%s' is neither a time (2026-11-23T10:00:00Z) nor "
			  "a duration (3d, 12h)",
		    s);
	return t;
}

/* ---- artifacts, messages, outputs ---- */

/* The path of an operand below the base directory, both resolved except for
 * the operand's last component. */
static enum csg_rc
below_base(const char *path, const char *base, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_buf dir = { 0 }, last = { 0 };
	char *rdir = NULL, *rbase = NULL;
	size_t len;
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &last, err)) != CSG_OK)
		goto out;
	if ((rdir = realpath(csg_buf_str(&dir), NULL)) == NULL ||
	    (rbase = realpath(base, NULL)) == NULL) {
		rc = csg_fail_errno(
		    err, "%s", rdir == NULL ? csg_buf_str(&dir) : base);
		goto out;
	}
	len = strcmp(rbase, "/") == 0 ? 0 : strlen(rbase);
	if (strncmp(rdir, rbase, len) != 0 ||
	    (rdir[len] != '\0' && rdir[len] != '/')) {
		rc = csg_fail(
		    err, CSG_R_IO, "%s: does not lie below %s", path, base);
		goto out;
	}
	if (rdir[len] == '/' && rdir[len + 1] != '\0')
		csg_buf_printf(out, "%s/", rdir + len + 1);
	csg_buf_puts(out, csg_buf_str(&last));
	rc = csg_buf_ok(out, err);
out:
	free(rdir);
	free(rbase);
	csg_buf_free(&dir);
	csg_buf_free(&last);
	return rc;
}

enum csg_rc
cmd_artifact_name(const char *path, const char *base, struct csg_buf *name,
    struct csg_err *err)
{
	struct csg_buf dir = { 0 }, rel = { 0 };
	enum csg_rc rc;

	rc = base != NULL ? below_base(path, base, &rel, err) :
			    csg_io_split(path, &dir, &rel, err);
	if (rc == CSG_OK &&
	    (rc = csg_filename_encode(csg_buf_str(&rel), name, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	csg_buf_free(&dir);
	csg_buf_free(&rel);
	return rc;
}

static bool
has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

enum csg_rc
cmd_output(const char *o, const char *name, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err)
{
	struct stat st;

	if (o == NULL || (stat(o, &st) == 0 && S_ISDIR(st.st_mode)) ||
	    has_suffix(o, "/")) {
		csg_buf_puts(dir, o != NULL ? o : ".");
		csg_buf_puts(base, name);
		return csg_buf_ok(base, err);
	}
	return csg_io_split(o, dir, base, err);
}

enum csg_rc
cmd_write(const char *o, const char *name, const struct csg_buf *text,
    bool force, bool nul, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 }, path = { 0 };
	char *printed;
	enum csg_rc rc;

	if ((rc = cmd_output(o, name, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		 text->data, text->len,
		 force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK) {
		if (strcmp(csg_buf_str(&dir), ".") != 0)
			csg_buf_printf(&path, "%s%s", csg_buf_str(&dir),
			    has_suffix(csg_buf_str(&dir), "/") ? "" : "/");
		csg_buf_puts(&path, csg_buf_str(&base));
		printed = (char *)path.data;
		if ((rc = csg_buf_ok(&path, err)) == CSG_OK) {
			cmd_paths(&printed, 1, nul);
			if (fflush(stdout) ==
			    EOF) { /* nobody will know of it */
				rc = csg_fail_errno(err, "standard output");
				(void)unlink(printed);
			}
		}
	}
	csg_buf_free(&dir);
	csg_buf_free(&base);
	csg_buf_free(&path);
	return rc;
}
