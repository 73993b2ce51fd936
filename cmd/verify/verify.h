/*
 * The parts of csg-verify.
 */
#ifndef CSG_CMD_VERIFY_VERIFY_H
#define CSG_CMD_VERIFY_VERIFY_H

#include "cmd/common/report.h"
#include "lib/verify/verify.h"

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

/* Each operand: verify_one.c.  *worst is the worst that was found. */
void verify_operands(
    struct verify *v, char *const *artifacts, int n, struct csg_err *worst);
/* All that is below a directory: verify_tree.c. */
void verify_tree(struct verify *v, struct csg_err *worst);

/* The worse of two goes to *worst, of the other one is told now. */
void verify_worse(struct csg_err *worst, const struct csg_err *err);
/* What only shows when all is read: policies that fork (POLICYSIG), somebody
 * to be left out whom no policy knows (GROUP). */
void verify_chains(const struct verify *v, struct csg_err *worst);
/* What a proof tells of policies and of the ledger is remembered. */
void verify_remember(const struct verify *v, const struct csg_proof *p);

/* verify_report.c */

/* Three lines for a good signature. */
void verify_report(
    const struct verify *v, const char *artifact, const struct csg_finding *f);
/* An object for any; signature may be NULL, f is for a good one, refused for one
 * whose quorum was not there, or NULL.  Where it stands is j's: it may be
 * written by any thread. */
void verify_report_json(const struct verify *v, struct json *j,
    const char *artifact, const char *signature, const struct csg_finding *f,
    const struct csg_err *err, const struct csg_tally *refused);

/* verify_openssl.c: commands for a stranger without csg. */
void verify_print_openssl(
    const struct csg_finding *f, const char *artifact, const char *sig);

#endif
