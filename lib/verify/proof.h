/*
 * Proof: the evidence that csg-sign writes beside its signatures: a policy
 * chain, then one record under its newest policy, and the ledger's receipt for
 * that.
 */
#ifndef CSG_VERIFY_PROOF_H
#define CSG_VERIFY_PROOF_H

#include "lib/verify/chain_cache.h"

struct csg_proof {
	char *origin;
	struct csg_bundle bundle;
	const struct csg_chain *chain;
	struct csg_chain *own; /* the same, to be freed; NULL if from known */
	struct csg_bundle late; /* the receipt given to csg_proof_finish() */
	struct csg_case messages; /* of the record */
	struct csg_record *record; /* its tally is the recounted one if known
				 * leaves people out */
	struct csg_judgement refused; /* the decision, of a refused proof */
	struct csg_err falls; /* OK, or why it would not be valid without
				 * the people whom known leaves out */
};

/* What a proof is checked against; all borrowed. */
struct csg_proof_in {
	const struct csg_trust *trust;
	/* a later policy of the same chain, or NULL, for its revocations */
	const struct csg_chain *newest;
	struct csg_chains *known; /* the cache to take chains from, or NULL */
	bool unfinished; /* not in the ledger yet, so without a receipt */
	/* NULL, or set to a proof whose record was refused, if it got as far
	 * as a tally: with the decision, for the report; the caller's */
	struct csg_proof **refused;
};

/*
 * Read a proof and recount all of it.  *out is the caller's (csg_proof_free).
 * POLICYSIG for a chain that is not valid or not compatible with newest,
 * ROLLBACK for a signature made under an older policy than was in force; else
 * as csg_record_check() and csg_record_receipt().
 */
enum csg_rc csg_proof_read(const char *origin, const void *text, size_t len,
    const struct csg_proof_in *in, struct csg_proof **out, struct csg_err *err);
void csg_proof_free(struct csg_proof *p);

/*
 * Give a proof that was read unfinished its receipt, a text of one message, as
 * if it had been at the proof's end; csg_record_receipt() checks it.  LOG, or
 * as csg_bundle_add_one().
 */
enum csg_rc csg_proof_finish(
    struct csg_proof *p, const char *receipt, struct csg_err *err);

/*
 * The seal of a proof that is not valid, unverified: only good for guessing
 * whose proof is broken.  NULL if no seal can be read; else the caller's
 * (csg_seal_free).
 */
struct csg_seal *csg_proof_guess_seal(
    const char *origin, const void *text, size_t len);

#endif
