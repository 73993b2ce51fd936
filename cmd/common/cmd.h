/*
 * A tool: its options, its usage, and how it ends.
 *
 * A tool is a table of options and a main() that dispatches: the table is
 * the usage text, the parser and what the man pages are compared with.
 */
#ifndef CSG_CMD_COMMON_CMD_H
#define CSG_CMD_COMMON_CMD_H

#include <stdbool.h>

#include "lib/base/err.h"

struct cmd_opt {
	int ch; /* letter, or >= CMD_LONG for a long one only */
	const char *name; /* without "--" */
	const char *arg; /* its argument's name, or NULL */
	const char *help;
	bool many; /* may be given more than once */
};

enum { CMD_LONG = 256, CMD_PIN_SOURCE, CMD_FIRST_OWN };

struct cmd_tool {
	const char *name; /* "csg-request" */
	const char *usage; /* lines behind the name; after a tab, the
				 * rest of the line before */
	const char *purpose; /* one sentence */
	const struct cmd_opt *opts; /* ended by ch 0 */
};

/* The options that every tool has. */
#define CMD_COMMON \
	{ 'q', "quiet", NULL, "say nothing but errors", false }, \
	    { 'v', "verbose", NULL, "say more", false }, \
	    { 'h', "help", NULL, "show this help", false }, \
	{ \
		'V', "version", NULL, "show the version", false \
	}
/* Those of tools that know a policy and a person. */
#define CMD_POLICY \
	{ 'p', "policy", "FILE", "policy chain", false }, \
	{ \
		't', "trust", "FILE", "trust anchor", false \
	}
#define CMD_KEY \
	{ 'k', "key", "KEY", "private key: PEM file or pkcs11: URI", false }, \
	{ \
		CMD_PIN_SOURCE, "pin-source", "SOURCE", \
		    "passphrase or PIN: prompt, fd:N or file:PATH", false \
	}

/*
 * Begin: hardens the process (no core, not dumpable), remembers the tool.
 * Exits for -h and -V inside cmd_getopt().
 */
void cmd_init(const struct cmd_tool *tool);

/* The next option's ch, or -1; its argument is in cmd_arg.  Unknown and
 * repeated options, missing arguments exit with 2.  -q and -v set cmd_quiet
 * and cmd_verbose (talk.h) and are not returned. */
int cmd_getopt(int argc, char *argv[]);
extern const char *cmd_arg;

/* Tools with commands: takes the word behind the tool's name off argv, unless
 * it is an option; NULL when there is none. */
const char *cmd_verb(int *argc, char ***argv);

/* Wrong usage: a line, the usage, exit 2. */
void cmd_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* Say what err is, flush stdout (IO when that fails), and return the exit
 * status. */
int cmd_exit(struct csg_err *err);

#endif
