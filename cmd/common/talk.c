#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/common/talk.h"
#include "lib/base/buf.h"
#include "lib/base/text.h"

bool cmd_quiet, cmd_verbose;

static const char *talker; /* the tool's name */

void
cmd_talk_as(const char *name)
{
	talker = name;
}

const char *
cmd_name(void)
{
	return talker;
}

/* Format, escape, and write.  A line break comes only from the end of fmt or
 * from line, never from the text inserted. */
static void __attribute__((format(printf, 3, 0)))
write_safe(FILE *f, const char *prefix, const char *fmt, va_list ap, bool line)
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

void
cmd_talk(const char *kind, const char *fmt, va_list ap)
{
	char prefix[64];

	(void)snprintf(prefix, sizeof(prefix), "%s: %s", talker, kind);
	write_safe(stderr, prefix, fmt, ap, true);
}

void
cmd_say(const char *fmt, ...)
{
	va_list ap;

	if (cmd_quiet)
		return;
	va_start(ap, fmt);
	cmd_talk("", fmt, ap);
	va_end(ap);
}

void
cmd_note(const char *fmt, ...)
{
	va_list ap;

	if (!cmd_verbose)
		return;
	va_start(ap, fmt);
	cmd_talk("", fmt, ap);
	va_end(ap);
}

void
cmd_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cmd_talk("warning: ", fmt, ap);
	va_end(ap);
}

void
cmd_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_safe(stdout, "", fmt, ap, false);
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

enum csg_rc
cmd_flush(struct csg_err *err)
{
	errno = 0;
	if (fflush(stdout) != EOF && ferror(stdout) == 0)
		return CSG_OK;
	/* of an earlier write that failed, the error is forgotten by now */
	return errno != 0 ?
	    csg_fail_errno(err, "standard output") :
	    csg_fail(err, CSG_R_IO, "standard output: a write has failed");
}

static void __attribute__((format(printf, 1, 2)))
say_always(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cmd_talk("", fmt, ap);
	va_end(ap);
}

void
cmd_complain(const struct csg_err *err)
{
	static const char *const verdict[] = {
		[CSG_OK] = "",
		[CSG_REFUSED] = "refused",
		[CSG_USAGE] = "usage",
		[CSG_MALFORMED] = "malformed",
		[CSG_TROUBLE] = "trouble",
		[CSG_NOTYET] = "waiting",
	};

	if (err->rc != CSG_OK)
		say_always("%s: %s: %s", verdict[err->rc],
		    csg_reason_word(err->reason), err->text);
}
