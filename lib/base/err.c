#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "lib/base/err.h"

static const struct {
	const char *word;
	enum csg_rc rc;
	const char *text;
} reasons[CSG_R_COUNT] = { { "", CSG_OK, "" },
#define X(word, status, text) { #word, CSG_##status, text },
	CSG_REASONS(X)
#undef X
};

static enum csg_rc __attribute__((format(printf, 3, 0)))
record(struct csg_err *err, enum csg_reason reason, const char *fmt, va_list ap)
{
	char text[CSG_ERR_TEXT];

	if (err != NULL) {
		(void)vsnprintf(text, sizeof(text), fmt, ap);
		memcpy(err->text, text, strlen(text) + 1);
		err->rc = csg_reason_rc(reason);
		err->reason = reason;
	}
	return csg_reason_rc(reason);
}

static void
append(struct csg_err *err, const char *more)
{
	size_t len;

	if (err == NULL)
		return;
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", more);
}

enum csg_rc
csg_fail(struct csg_err *err, enum csg_reason reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)record(err, reason, fmt, ap);
	va_end(ap);
	return csg_reason_rc(reason);
}

enum csg_rc
csg_fail_errno(struct csg_err *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	(void)record(err, CSG_R_IO, fmt, ap);
	va_end(ap);
	append(err, strerror(saved));
	return csg_reason_rc(CSG_R_IO);
}

/* Empty OpenSSL's queue; did OpenSSL run out of memory? */
static bool
drain_queue(void)
{
	unsigned long code;
	bool lack = false;
	int i;

	for (i = 0; i < 16 && (code = ERR_get_error()) != 0; i++)
		lack = lack || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return lack;
}

enum csg_rc
csg_fail_ssl(struct csg_err *err, enum csg_reason reason, const char *fmt, ...)
{
	unsigned long code = ERR_peek_error();
	const char *why = ERR_reason_error_string(code);
	va_list ap;

	/* short of memory, OpenSSL could not decide */
	if (drain_queue() && csg_reason_rc(reason) != CSG_TROUBLE)
		reason = CSG_R_IO;
	va_start(ap, fmt);
	(void)record(err, reason, fmt, ap);
	va_end(ap);
	if (code != 0)
		append(err, why != NULL ? why : "unknown OpenSSL error");
	return csg_reason_rc(reason);
}

enum csg_rc
csg_fail_mem(struct csg_err *err)
{
	(void)drain_queue();
	return csg_fail(err, CSG_R_IO, "out of memory");
}

enum csg_rc
csg_err_prefix(struct csg_err *err, const char *fmt, ...)
{
	char old[CSG_ERR_TEXT];
	size_t len;
	va_list ap;

	if (err == NULL)
		return CSG_TROUBLE;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, "%s", old);
	return err->rc;
}

enum csg_rc
csg_err_prefix_file(struct csg_err *err, const char *path)
{
	bool position;

	position = err != NULL && err->text[0] >= '0' && err->text[0] <= '9';
	return csg_err_prefix(err, position ? "%s:" : "%s: ", path);
}

void
csg_err_clear(struct csg_err *err)
{
	(void)drain_queue();
	memset(err, 0, sizeof(*err));
}

const char *
csg_reason_word(enum csg_reason reason)
{
	return reasons[reason].word;
}

enum csg_rc
csg_reason_rc(enum csg_reason reason)
{
	return reasons[reason].rc;
}

const char *
csg_reason_text(enum csg_reason reason)
{
	return reasons[reason].text;
}

enum csg_rc
csg_rc_worst(enum csg_rc a, enum csg_rc b)
{
	static const int gravity[] = { [CSG_OK] = 0,
		[CSG_NOTYET] = 1,
		[CSG_REFUSED] = 2,
		[CSG_MALFORMED] = 3,
		[CSG_TROUBLE] = 4,
		[CSG_USAGE] = 5 };

	return gravity[a] >= gravity[b] ? a : b;
}
