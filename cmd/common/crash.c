#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cmd/common/crash.h"
#include "cmd/common/talk.h"
#include "lib/base/err.h"

static char crash_text[128];

/* Print and exit, without waiting more than a second for a reader: a terminal
 * may be stopped, or a pipe full. */
static void __attribute__((noreturn))
end_with(const struct iovec *line, int n)
{
	struct pollfd out = { STDERR_FILENO, POLLOUT, 0 };

	if (poll(&out, 1, 1000) == 1 && writev(STDERR_FILENO, line, n) == -1)
		_exit(CSG_TROUBLE);
	_exit(CSG_TROUBLE);
}

static struct iovec
piece(const char *s)
{
	return (struct iovec){ (void *)(uintptr_t)s, strlen(s) };
}

static void
crashed(int sig)
{
	const struct iovec line = piece(crash_text);

	(void)sig;
	end_with(&line, 1);
}

void
cmd_expect_crash(void)
{
	static const int signals[] = {
		SIGABRT,
#ifndef CSG_SANITIZE /* the sanitizers report these themselves */
		SIGSEGV,
		SIGBUS,
		SIGILL,
		SIGFPE,
#endif
	};
	struct sigaction sa = { .sa_handler = crashed };
	size_t i;

	(void)snprintf(crash_text, sizeof(crash_text),
	    "%s: trouble: TOKEN: this tool crashed, most likely in the PKCS#11 module\n",
	    cmd_name());
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &sa, NULL);
}

/* Runs in another thread, which can't use stdio: see csg_deadline. */
void
cmd_timed_out(const char *what)
{
	char text[512];
	struct iovec line[4];
	size_t i, n = strlen(what);

	if (n >= sizeof(text))
		n = sizeof(text) - 1;
	for (i = 0; i < n; i++) /* a path can hold any byte */
		text[i] = (unsigned char)what[i] < ' ' || what[i] == 0x7f ?
		    '?' :
		    what[i];
	text[n] = '\0';
	line[0] = piece(cmd_name());
	line[1] = piece(": trouble: TOKEN: ");
	line[2] = piece(text);
	line[3] = piece("\n");
	end_with(line, 4);
}
