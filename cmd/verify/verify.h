/*
 * The parts of csg-verify: verify.c opens policy and anchor and collects
 * errors; operands.c checks the operands, tree.c a directory; report.c and
 * openssl.c print what was found.
 */
#ifndef CSG_CMD_VERIFY_VERIFY_H
#define CSG_CMD_VERIFY_VERIFY_H

#include "cmd/common/report.h"
#include "lib/verify/archive.h"

/* The command line. */
struct verify_args {
	const char *profile, *signature, *evidence, *base, *policy, *trust;
	const char *tree; /* -r */
	char **without; /* --if-revoked; NULL-terminated, or NULL */
	size_t jobs; /* threads; 0: one per core */
	bool any, emergency, openssl, json;
};

/* One run. */
struct verify {
	const struct verify_args *args;
	struct csg_trust *trust;
	struct csg_chains *chains; /* those of all proofs and of -p */
	const struct csg_chain *newest; /* -p, or NULL; borrowed from chains */
	uint64_t seen; /* newest policy version seen before this run */
	struct csg_expected expected;
	struct json json;
};

/* Load anchor and policy from -t and -p or their defaults.  The anchor is
 * required (CONFIG), the policy is not.  The caller calls verify_close(), even
 * after a failure. */
enum csg_rc verify_open(
    struct verify *v, const struct verify_args *a, struct csg_err *err);
void verify_close(struct verify *v);

/* The input of csg_archive_given() and csg_archive_walk(); all borrowed. */
struct csg_archive_in verify_input(
    const struct verify *v, struct csg_parallel *jobs);

/* operands.c: check and report each operand.  *worst becomes the worst error
 * found. */
void verify_operands(
    struct verify *v, char *const *artifacts, size_t n, struct csg_err *worst);
/* tree.c: check and report everything below a directory. */
void verify_tree(struct verify *v, struct csg_err *worst);

/* Turn a line into an error with the path in its text; CSG_OK for a valid
 * line. */
void verify_error_of(const struct csg_line *l, struct csg_err *err);
/* Keep the worse of two errors in *worst, and print the other one. */
void verify_worse(struct csg_err *worst, const struct csg_err *err);
/* Find errors that show only after everything was read: policy chains that fork
 * (POLICYSIG), and a name in --if-revoked that no policy has (GROUP). */
void verify_chains(const struct verify *v, struct csg_err *worst);
/* Remember the policy chain of a valid proof, and the head of the ledger in it.
 * Failures are only reported. */
void verify_remember(const struct verify *v, const struct csg_proof *p);

/* report.c: */

/* Print three lines about a valid signature to stdout. */
void verify_report(const struct verify *v, const struct csg_line *l);
/* Write an object about any line to v->json. */
void verify_report_json(struct verify *v, const struct csg_line *l);
/* Warn if the line is valid by an emergency route. */
void verify_warn_emergency(const struct csg_line *l);

/* openssl.c: print commands by which a stranger without csg can check a valid
 * signature. */
void verify_print_openssl(const struct csg_line *l);

#endif
