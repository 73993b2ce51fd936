/*
 * Proof: what csg-sign writes beside its signatures.  A policy chain, then
 * one record under its newest policy, and the ledger's receipt for that.
 */
#ifndef CSG_VERIFY_PROOF_H
#define CSG_VERIFY_PROOF_H

#include "lib/verify/chain_cache.h"

struct csg_proof {
	char *origin;
	struct csg_bundle bundle;
	const struct csg_chain *chain;
	struct csg_chain *own; /* the same, unless it is one of known */
	struct csg_bundle late; /* a receipt that came later */
	struct csg_case messages; /* of the record */
	struct csg_record *record; /* its tally is as recounted, where known
				 * leaves people out */
	struct csg_judgement refused; /* what it came to, of a refused one */
	struct csg_err falls; /* OK, or why it would not hold without the
				 * people whom known leaves out */
};

/* What a proof is read against; all borrowed. */
struct csg_proof_in {
	const struct csg_trust *trust;
	/* a later policy of the same chain, or NULL, for its revocations */
	const struct csg_chain *newest;
	struct csg_chains *known; /* chains are taken from there, or NULL */
	bool unfinished; /* not in the ledger yet: without a receipt */
	/* or NULL: gets a proof whose quorum was not there, with the decision
	 * that was come to, for the report; the caller's */
	struct csg_proof **refused;
};

/*
 * Read a proof and recount all of it.  POLICYSIG for a chain that does not
 * hold or is not newest's, ROLLBACK for a signature made under an older
 * policy than was in force; else as csg_record_check() and
 * csg_record_receipt().
 */
enum csg_rc csg_proof_read(const char *origin, const void *text, size_t len,
    const struct csg_proof_in *in, struct csg_proof **out, struct csg_err *err);
void csg_proof_free(struct csg_proof *p);

/*
 * Give a proof that was read unfinished its receipt, a text of one message
 * (csg_record_receipt() checks it), as if it had stood at its end.  LOG, and as
 * csg_bundle_add_one().
 */
enum csg_rc csg_proof_finish(
    struct csg_proof *p, const char *receipt, struct csg_err *err);

/*
 * What a proof that does not hold would have sealed: only good for telling
 * whose proof is broken.  NULL when no seal can be read; else the caller's.
 */
struct csg_seal *csg_proof_guess_seal(
    const char *origin, const void *text, size_t len);

#endif
