/*
 * What the tools share: options, defaults, people's keys, talking, exiting.
 *
 * A tool is a table of options and a main() that dispatches: the table is
 * the usage text, the parser and what the man pages are compared with.
 */
#ifndef CSG_CMD_COMMON_CMD_H
#define CSG_CMD_COMMON_CMD_H

#include <stdio.h>

#include "lib/verify/chain.h"
#include "lib/token/token.h"

struct cmd_opt {
	int ch; /* letter, or >= CMD_LONG for a long one only */
	const char *name; /* without "--" */
	const char *arg; /* its argument's name, or NULL */
	const char *help;
	bool many; /* may stand more than once */
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
 * repeated options, missing arguments exit with 2.  -q and -v are kept here. */
int cmd_getopt(int argc, char *argv[]);
extern const char *cmd_arg;
extern bool cmd_quiet, cmd_verbose;

/* The tool's name. */
const char *cmd_name(void);

/* Tools with commands: takes the word behind the tool's name off argv, unless
 * it is an option; NULL when there is none. */
const char *cmd_verb(int *argc, char ***argv);

/* Wrong usage: a line, the usage, exit 2. */
void cmd_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* Talk to a person on stderr, one line, foreign text made safe; not when
 * quiet. */
void cmd_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, only with -v. */
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, always: "csg-sign: warning: ..." */
void cmd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print to stdout with foreign text made safe: the only line break is the one
 * that fmt ends with. */
void cmd_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for text of several lines that is csg's own. */
void cmd_print_lines(const char *text);

/* Say what err is ("csg-sign: refused: VETO: ..."); nothing for CSG_OK. */
void cmd_complain(const struct csg_err *err);
/* Complain, flush stdout (failing is IO), and return the exit status. */
int cmd_exit(struct csg_err *err);

/* Print paths, one a line with what can't be shown escaped, or as they are and
 * ended by NUL. */
void cmd_paths(char *const *paths, size_t n, bool nul);

int64_t cmd_now(void);
/* RFC 3339 or a duration from now ("3d"); usage error else. */
int64_t cmd_until(const char *s, int64_t now);

/* The first of: value, $env, ~/.config/csg/name, /etc/csg/name.  NULL when
 * none exists.  Static for the process. */
const char *cmd_default_file(
    const char *value, const char *env, const char *name);
/* Hold on to a string until the process ends. */
const char *cmd_keep(char *s);
/* ~/.local/state/csg (or under $XDG_STATE_HOME), or NULL without a home. */
const char *cmd_seen_dir(void);

/*
 * Trust anchor and policy chain from -t and -p or their defaults, checked
 * against what was seen before, and remembered.  CONFIG when there is none.
 */
enum csg_rc cmd_load_policy(const char *policy, const char *trust,
    struct csg_trust **t, struct csg_chain **c, struct csg_err *err);

/* Is it the text of a policy rather than a chain? */
bool cmd_is_draft(const struct csg_buf *text);
/* The text of a draft; TYPE for a chain, or another of csg's messages. */
enum csg_rc cmd_read_draft(
    const char *path, struct csg_buf *text, struct csg_err *err);

/*
 * A secret from a source: prompt (on /dev/tty, without echo), fd:N or
 * file:PATH (own, mode 0600).  what is for the prompt.  PIN.
 */
enum csg_rc cmd_secret(const char *source, const char *what,
    struct csg_secret *out, struct csg_err *err);
/* A new passphrase, of min characters at least; asked for twice. */
enum csg_rc cmd_new_secret(const char *source, const char *what, size_t min,
    struct csg_secret *out, struct csg_err *err);

/* A person's private key, and the token it lives on if any. */
struct cmd_person {
	EVP_PKEY *key;
	struct csg_token *token; /* owns key when not NULL */
	const struct csg_cert *cert; /* of the policy; borrowed */
	size_t user;
};
/* -k, $CSG_KEY or the only ~/.config/csg/NAME.key; then who that is in the
 * policy (GROUP when nobody). */
enum csg_rc cmd_load_person(const char *key, const char *pin_source,
    const struct csg_policy *p, struct cmd_person *out, struct csg_err *err);
/* Just the key, of a person in no policy; key is not NULL. */
enum csg_rc cmd_load_key(const char *key, const char *pin_source,
    struct cmd_person *out, struct csg_err *err);
void cmd_person_clear(struct cmd_person *person);

/*
 * Artifact operands.  base NULL: known by base name; else the path must lie
 * below base and is known by the path below it.  The name is encoded.
 */
enum csg_rc cmd_artifact_name(const char *path, const char *base,
    struct csg_buf *name, struct csg_err *err);

/* Every message operand: a file, "-", or a directory (all csg files in it);
 * votes beside a request file are read too.  Broken blocks are warned of. */
enum csg_rc cmd_read_messages(
    char *const *operands, int n, struct csg_bundle *b, struct csg_err *err);

/* One request, the only message of its file ("-": standard input), and the
 * votes beside it.  Broken votes are warned of. */
enum csg_rc cmd_read_request(
    const char *path, struct csg_bundle *b, struct csg_err *err);

/* Split -o: an existing directory, or a file in one.  name is the default
 * file name. */
enum csg_rc cmd_output(const char *o, const char *name, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err);
/* Write text to where -o says and print the path. */
enum csg_rc cmd_write(const char *o, const char *name,
    const struct csg_buf *text, bool force, bool nul, struct csg_err *err);

/* From now on a crash, most likely of a PKCS#11 module, is trouble like any
 * other (TOKEN). */
void cmd_expect_crash(void);

/* The workstation's configuration when -c does not say. */
#define CMD_SIGNER "/etc/csg/signer.yaml"
struct csg_signer;
/* Load it, expect crashes (cmd_expect_crash), and leave nothing in the
 * environment but what it says. */
enum csg_rc cmd_workstation(
    const char *config, struct csg_signer **out, struct csg_err *err);
/* A csg_pin_source's get: the PIN as pin-source of signer.yaml says. */
enum csg_rc cmd_token_pin(
    void *signer, struct csg_secret *out, struct csg_err *err);
/* Take the state directory's lock, which is held until the process ends, open
 * the token, and log in. */
enum csg_rc cmd_open_token(
    const struct csg_signer *s, struct csg_token **t, struct csg_err *err);

#endif
