/*
 * Recovery: a workstation's state rebuilt from what others have of it.
 *
 * Sources are copies of the ledger, proofs and policy chains.  What they prove
 * goes into a new ledger, and what is known to be missing is named.  A rebuilt
 * ledger signs nothing until a policy with a later epoch is in force: that is
 * the people's word that the loss is lawful (csg-log(1) RECOVERY).
 */
#ifndef CSG_WORKSTATION_RECOVER_H
#define CSG_WORKSTATION_RECOVER_H

#include "lib/verify/proof.h"
#include "lib/ledger/ledger.h"

struct csg_sources {
	const struct csg_trust *trust;
	struct csg_chain *chain; /* the newest of all; owned */
	struct csg_ledger *ledger; /* the longest of all, or NULL; owned */
	char *ledger_name;
	bool is_signed; /* it, as a whole */
	struct csg_proof **proofs; /* [n]; owned */
	size_t n;
	bool conflict; /* sources contradict each other */
};

/*
 * Add a source: a copy of the ledger, a proof, a policy chain.  Fails with what
 * the file says when it can't be used; that may be passed over, unless
 * s->conflict: two ledgers tell two histories (LOG), or two chains fork
 * (POLICYSIG).
 */
enum csg_rc csg_sources_add(
    struct csg_sources *s, const char *path, struct csg_err *err);
void csg_sources_clear(struct csg_sources *s);

/* How many entries the ledger is known to have had in the last epoch, by the
 * heads in proofs and the sources' own ledger; LOG when it contradicts one of
 * them, or they each other. */
enum csg_rc csg_sources_size(
    const struct csg_sources *s, uint64_t *out, struct csg_err *err);

/*
 * Build a new ledger at path, which must not exist, from the sources, at time
 * now; receipts are taken from the longest ledger and from proofs.  report gets
 * a line for each thing that was found or is lost.  CONFIG without a chain,
 * CLOCK when the ledger has entries of later than now, LOG when a proof
 * contradicts it, or another one.  After a failure the caller removes the file.
 */
enum csg_rc csg_recover(const struct csg_sources *s, const char *path,
    int64_t now, struct csg_buf *report, struct csg_err *err);

#endif
