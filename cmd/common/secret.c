#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cmd/common/secret.h"
#include "cmd/common/talk.h"
#include "cmd/common/terminal.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

#define MAX_SECRET 1024

/* Read one line into secure memory, a byte at a time, so that nothing is
 * buffered elsewhere and nothing after the line is consumed. */
static enum csg_rc
read_secret(
    int fd, const char *from, struct csg_secret *out, struct csg_err *err)
{
	char c;
	ssize_t n;

	out->len = 0;
	if ((out->s = OPENSSL_secure_zalloc(MAX_SECRET)) == NULL)
		return csg_fail_mem(err);
	while ((n = read(fd, &c, 1)) == 1 && c != '\n') {
		if (out->len + 1 == MAX_SECRET) {
			csg_secret_free(out);
			return csg_fail(err, CSG_R_PIN,
			    "%s: PIN or passphrase is too long", from);
		}
		out->s[out->len++] = c;
	}
	OPENSSL_cleanse(&c, 1);
	if (out->len > 0 && out->s[out->len - 1] == '\r')
		out->s[--out->len] = '\0';
	if (n >= 0 && out->len > 0)
		return CSG_OK;
	csg_secret_free(out);
	return n < 0 ?
	    csg_fail(err, CSG_R_PIN, "%s: %s", from, strerror(errno)) :
	    csg_fail(err, CSG_R_PIN, "%s: PIN or passphrase is empty", from);
}

/* ---- the terminal ---- */

/* Signals that stop, continue or end the process.  They take effect after the
 * terminal's echo is on again. */
static const int held[] = {
	SIGALRM,
	SIGHUP,
	SIGINT,
	SIGPIPE,
	SIGQUIT,
	SIGTERM,
	SIGTSTP,
	SIGTTIN,
	SIGTTOU,
	SIGCONT,
};
#define NHELD (sizeof(held) / sizeof(held[0]))

static volatile sig_atomic_t came[NHELD];

static void
note_signal(int sig)
{
	size_t i;

	for (i = 0; i < NHELD; i++)
		if (held[i] == sig)
			came[i] = 1;
}

static bool
has_come(int sig)
{
	size_t i;

	for (i = 0; i < NHELD && held[i] != sig; i++)
		;
	return i < NHELD && came[i] != 0;
}

/* Hold the signals, except ignored ones, by a handler that notes them.  They
 * still interrupt system calls. */
static void
hold_signals(struct sigaction old[NHELD])
{
	struct sigaction note = { .sa_handler = note_signal };
	size_t i;

	(void)sigemptyset(&note.sa_mask);
	for (i = 0; i < NHELD; i++) {
		came[i] = 0;
		if (sigaction(held[i], NULL, &old[i]) == 0 &&
		    old[i].sa_handler != SIG_IGN)
			(void)sigaction(held[i], &note, NULL);
	}
}

/* Let the signals that came take effect.  Returns true if the process was
 * stopped and has been continued. */
static bool
release_signals(const struct sigaction old[NHELD])
{
	bool stopped = has_come(SIGTSTP) || has_come(SIGTTIN) ||
	    has_come(SIGTTOU) || has_come(SIGCONT);
	size_t i;

	for (i = 0; i < NHELD; i++)
		(void)sigaction(held[i], &old[i], NULL);
	for (i = 0; i < NHELD; i++)
		if (came[i] != 0 && held[i] != SIGCONT)
			(void)raise(held[i]);
	return stopped;
}

/* Set the terminal's modes; false if this process is in the background. */
static bool
set_terminal(int fd, const struct termios *t)
{
	while (tcsetattr(fd, TCSAFLUSH, t) == -1)
		if (errno != EINTR || has_come(SIGTTOU))
			return false;
	return true;
}

/* Ask with the echo off; *rc says how that went.  Returns true if the question
 * must be repeated because the process was stopped meanwhile: another program
 * may have turned the echo on. */
static bool
ask_once(int fd, const char *what, struct csg_secret *out, enum csg_rc *rc,
    struct csg_err *err)
{
	struct sigaction old[NHELD];
	struct termios loud, quiet;
	bool stopped;

	hold_signals(old);
	*rc = CSG_TROUBLE;
	if (tcgetattr(fd, &loud) == 0) {
		quiet = loud;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
		if (set_terminal(fd, &quiet)) {
			(void)dprintf(fd, "%s: ", what);
			*rc = read_secret(fd, "terminal", out, err);
			(void)set_terminal(fd, &loud);
			(void)dprintf(fd, "\n");
		}
	}
	stopped = release_signals(old);
	if (*rc == CSG_TROUBLE && !stopped && err->rc == CSG_OK)
		*rc = csg_fail(
		    err, CSG_R_PIN, "can't turn off the echo of the terminal");
	return *rc != CSG_OK && stopped;
}

static enum csg_rc
ask_at_terminal(const char *what, struct csg_secret *out, struct csg_err *err)
{
	FILE *tty;
	enum csg_rc rc;

	if ((tty = cmd_terminal()) == NULL)
		return csg_fail(err, CSG_R_PIN,
		    "no terminal to ask for the %s on (see --pin-source)",
		    what);
	while (ask_once(fileno(tty), what, out, &rc, err))
		csg_err_clear(err);
	(void)fclose(tty);
	return rc;
}

/* ---- other sources ---- */

static enum csg_rc
from_file(const char *path, struct csg_secret *out, struct csg_err *err)
{
	struct csg_err why = { 0 };
	int fd;
	enum csg_rc rc;

	if ((fd = csg_io_open(path, &why)) == -1)
		return csg_fail(err, CSG_R_PIN, "%s", why.text);
	if ((rc = csg_io_trusted(fd, path, true, err)) == CSG_OK)
		rc = read_secret(fd, path, out, err);
	(void)close(fd);
	return rc;
}

static bool
is_prompt(const char *source)
{
	return source == NULL || strcmp(source, "prompt") == 0;
}

enum csg_rc
cmd_secret(const char *source, const char *what, struct csg_secret *out,
    struct csg_err *err)
{
	long n;
	char *end;

	memset(out, 0, sizeof(*out));
	if (source == NULL || is_prompt(source))
		return ask_at_terminal(what, out, err);
	if (strncmp(source, "file:", 5) == 0)
		return from_file(source + 5, out, err);
	if (strncmp(source, "fd:", 3) == 0 &&
	    isdigit((unsigned char)source[3])) {
		n = strtol(source + 3, &end, 10);
		if (*end == '\0' && n <= 65535)
			return read_secret((int)n, source, out, err);
	}
	return csg_fail(err, CSG_R_PIN,
	    "PIN source '%s' is none of prompt, fd:N, file:PATH", source);
}

enum csg_rc
cmd_pin(const char *source, const char *what, bool pad, struct csg_secret *out,
    struct csg_err *err)
{
	if (!pad || !is_prompt(source))
		return cmd_secret(source, what, out, err);
	memset(out, 0, sizeof(*out));
	cmd_say("%s: type it at the token's pad", what);
	return CSG_OK;
}

/* The number of UTF-8 characters in the secret. */
static size_t
characters(const struct csg_secret *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->len; i++)
		n += ((unsigned char)s->s[i] & 0xc0) != 0x80;
	return n;
}

enum csg_rc
cmd_new_secret(const char *source, const char *what, size_t min,
    struct csg_secret *out, struct csg_err *err)
{
	struct csg_secret again = { 0 };
	enum csg_rc rc;

	if ((rc = cmd_secret(source, what, out, err)) != CSG_OK)
		return rc;
	if (characters(out) < min)
		rc = csg_fail(err, CSG_R_PIN,
		    "%s: must have at least %zu characters", what, min);
	else if (is_prompt(source) &&
	    (rc = cmd_secret(NULL, "again", &again, err)) == CSG_OK &&
	    strcmp(out->s, again.s) != 0)
		rc = csg_fail(err, CSG_R_PIN, "the two entries differ");
	csg_secret_free(&again);
	if (rc != CSG_OK)
		csg_secret_free(out);
	return rc;
}
