/*
 * A tool: its options, its usage text and its exit.
 *
 * A tool consists of a table of options and a main() that dispatches.  The
 * usage text and the parser are made from the table, and the tests compare the
 * man pages with it.
 */
#ifndef CSG_CMD_COMMON_CMD_H
#define CSG_CMD_COMMON_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"

struct cmd_opt {
	int ch; /* the letter; >= CMD_LONG: a long option only */
	const char *name; /* without "--" */
	const char *arg; /* its argument's name, or NULL; with -o, PATH may
				 * be "-", FILE and DIR may not */
	const char *help;
	const char *verbs; /* the commands that take it, separated by
				 * blanks; NULL: all */
	bool many; /* may be given more than once */
};

enum { CMD_LONG = 256, CMD_PIN_SOURCE, CMD_FIRST_OWN };

struct cmd_verb {
	const char *name; /* "list"; "" for a tool without commands */
	const char *usage; /* synopses, one a line, without the names; a
				 * line that begins with a tab continues the
				 * one before */
};

struct cmd_tool {
	const char *name; /* "csg-request" */
	const struct cmd_verb *verbs; /* ends with name NULL */
	const char *purpose; /* one sentence, for the help text */
	const struct cmd_opt *opts; /* ends with ch 0 */
};

/* The options that every tool has. */
#define CMD_COMMON \
	{ 'q', "quiet", NULL, "print only warnings and errors", NULL, false }, \
	    { 'v', "verbose", NULL, "print more", NULL, false }, \
	    { 'h', "help", NULL, "show this help", NULL, false }, \
	{ \
		'V', "version", NULL, "show the version", NULL, false \
	}
/* The options of tools that need a policy, and of those that need a person's
 * key. */
#define CMD_POLICY \
	{ 'p', "policy", "FILE", "policy chain", NULL, false }, \
	{ \
		't', "trust", "FILE", "trust anchor", NULL, false \
	}
#define CMD_KEY \
	{ 'k', "key", "KEY", "private key: PEM file or pkcs11: URI", NULL, \
		false }, \
	{ \
		CMD_PIN_SOURCE, "pin-source", "SOURCE", \
		    "passphrase or PIN: prompt, fd:N or file:PATH", NULL, \
		    false \
	}

/*
 * Call this first: it remembers the tool (borrowed) and hardens the process (no
 * core dump, not dumpable, no OpenSSL configuration file, a secure heap).
 */
void cmd_init(const struct cmd_tool *tool);

/* Return the next option's ch, with its argument in cmd_arg, or -1 after the
 * last.  An unknown or repeated option, one that the command does not take, and
 * a missing argument exit with 2; -h and -V print and exit.  -q and -v set
 * cmd_quiet and cmd_verbose (talk.h) and are not returned. */
int cmd_getopt(int argc, char *argv[]);
extern const char *cmd_arg;

/* For tools with commands: remove the command from argv, where it follows the
 * tool's name, and return its index in the tool's verbs.  Exits with 2 when there
 * is none, and with what the options say when one stands in its place. */
size_t cmd_verb(int *argc, char ***argv);

/* Report wrong usage: print the message and the usage text, exit with 2. */
void cmd_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* Flush stdout (IO when that fails), print what err says, if anything, and
 * return the exit status. */
int cmd_exit(struct csg_err *err);

#endif
