/*
 * Recovery: rebuilding a workstation's ledger from files that others have.
 *
 * Sources are copies of the ledger, proofs and policy chains.  What they prove
 * is written to a new ledger, and what is known to be missing is reported.  A
 * rebuilt ledger signs nothing until a policy with a later epoch is in force:
 * by approving it people accept the loss (csg-log(1) RECOVERY).
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
	bool is_signed; /* the ledger, as a whole */
	struct csg_proof **proofs; /* [n]; owned */
	size_t n;
	bool conflict; /* sources contradict each other */
};

/*
 * Add a source: a copy of the ledger, a proof or a policy chain.  Fails with
 * the reason why the file cannot be used.  The caller may then skip it, unless
 * s->conflict is set: two ledgers have different histories (LOG), or two chains
 * fork (POLICYSIG).
 */
enum csg_rc csg_sources_add(
    struct csg_sources *s, const char *path, struct csg_err *err);
void csg_sources_clear(struct csg_sources *s);

/* The number of entries that the ledger is known to have had in the last epoch,
 * by the heads in proofs and by the sources' own ledger.  LOG if the ledger
 * contradicts a proof, or proofs contradict each other. */
enum csg_rc csg_sources_size(
    const struct csg_sources *s, uint64_t *out, struct csg_err *err);

/*
 * Build a new ledger at path, which must not exist, from the sources, at time
 * now; receipts are taken from the longest ledger and from proofs.  A line for
 * each thing found or lost is appended to report.  CONFIG without a chain,
 * CLOCK if the ledger has an entry later than now, LOG if a proof contradicts
 * the ledger or another proof.  After a failure the caller removes the file.
 */
enum csg_rc csg_recover(const struct csg_sources *s, const char *path,
    int64_t now, struct csg_buf *report, struct csg_err *err);

#endif
