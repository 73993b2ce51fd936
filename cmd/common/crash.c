#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/crash.h"
#include "cmd/common/talk.h"
#include "lib/base/err.h"

static char crash_text[128];

/* The end does not wait for a reader: a terminal may be stopped, and a pipe
 * full. */
static void __attribute__((noreturn)) end_with(const char *line, size_t len)
{
	struct pollfd out = { STDERR_FILENO, POLLOUT, 0 };

	if (poll(&out, 1, 1000) == 1 && write(STDERR_FILENO, line, len) == -1)
		_exit(CSG_TROUBLE);
	_exit(CSG_TROUBLE);
}

static void
crashed(int sig)
{
	(void)sig;
	end_with(crash_text, strlen(crash_text));
}

void
cmd_expect_crash(void)
{
	static const int signals[] = {
		SIGABRT,
#ifndef CSG_SANITIZE /* which has its own word on these */
		SIGSEGV,
		SIGBUS,
		SIGILL,
		SIGFPE,
#endif
	};
	struct sigaction sa = { .sa_handler = crashed };
	size_t i;

	(void)snprintf(crash_text, sizeof(crash_text),
	    "%s: trouble: TOKEN: crashed, most likely in the PKCS#11 module\n",
	    cmd_name());
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &sa, NULL);
}

/* The hook of another thread: see csg_deadline. */
void
cmd_timed_out(const char *what)
{
	char line[640];
	size_t n = 0, i;
	int len;

	len = snprintf(
	    line, sizeof(line), "%s: trouble: TOKEN: %s", cmd_name(), what);
	if (len > 0)
		n = (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1;
	for (i = 0; i < n; i++) /* a path can hold anything */
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[n] = '\n';
	end_with(line, n + 1);
}
