/*
 * The parts of csg-verify.
 */
#ifndef CSG_CMD_VERIFY_VERIFY_H
#define CSG_CMD_VERIFY_VERIFY_H

#include "cmd/common/report.h"
#include "lib/verify/archive.h"

struct verify_args {
	const char *profile, *signature, *evidence, *base, *policy, *trust;
	const char *tree; /* -r */
	char **without; /* NULL-terminated, or NULL */
	size_t jobs; /* threads; 0: as many as cores */
	bool any, emergency, openssl, json;
};

struct verify {
	const struct verify_args *args;
	struct csg_trust *trust;
	struct csg_chains *chains; /* of all proofs, and of -p */
	const struct csg_chain *newest; /* -p, or NULL; borrowed from chains */
	uint64_t seen; /* newest version of the policy, before this run */
	struct csg_expected expected;
	struct json json;
};

/* Anchor and policy from -t and -p or their defaults; verify_close() in any
 * case. */
enum csg_rc verify_open(
    struct verify *v, const struct verify_args *a, struct csg_err *err);
void verify_close(struct verify *v);

/* What csg_archive_given() and csg_archive_walk() take. */
struct csg_archive_in verify_input(
    const struct verify *v, struct csg_parallel *jobs);

/* Each operand: operands.c.  *worst is the worst that was found. */
void verify_operands(
    struct verify *v, char *const *artifacts, size_t n, struct csg_err *worst);
/* All that is below a directory: tree.c. */
void verify_tree(struct verify *v, struct csg_err *worst);

/* A line as an error with the path in its text; CSG_OK for a valid one. */
void verify_error_of(const struct csg_line *l, struct csg_err *err);
/* Keep the worse of two errors in *worst, and complain about the other one. */
void verify_worse(struct csg_err *worst, const struct csg_err *err);
/* What only shows when all is read: policies that fork (POLICYSIG), somebody
 * to be left out whom no policy knows (GROUP). */
void verify_chains(const struct verify *v, struct csg_err *worst);
/* Remember what a proof tells about policies and about the ledger. */
void verify_remember(const struct verify *v, const struct csg_proof *p);

/* report.c */

/* Three lines for a valid signature. */
void verify_report(const struct verify *v, const struct csg_line *l);
/* An object for any line, to v->json. */
void verify_report_json(struct verify *v, const struct csg_line *l);
/* A warning if the line is valid by an emergency route. */
void verify_warn_emergency(const struct csg_line *l);

/* openssl.c: commands for a stranger without csg, of a valid signature. */
void verify_print_openssl(const struct csg_line *l);

#endif
