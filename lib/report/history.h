/*
 * History: do a ledger's entries show a workstation that kept the rules?
 *
 * csg_ledger_verify() asks whether the entries are those of the tree; this also
 * whether they make sense: every body, the policy that claims were decided
 * under, rejections that were heard before them, what voters had seen of the
 * tree, and the receipts.  So an edit that was undone is found, too.
 */
#ifndef CSG_REPORT_HISTORY_H
#define CSG_REPORT_HISTORY_H

#include "lib/verify/chain.h"
#include "lib/ledger/reader.h"

struct csg_ledger_audit {
	uint64_t receipts;
	struct csg_receipt *newest; /* with the largest tree, or NULL; owned */
	/* signatures of receipts, and what depends on policies, were checked:
	 * false without a chain */
	bool is_signed;
};

/* Check all of it; chain is that in force, or NULL.  LOG says what does not
 * fit.  The caller clears *out, also after a failure. */
enum csg_rc csg_ledger_audit_check(struct csg_ledger *l,
    const struct csg_chain *chain, struct csg_ledger_audit *out,
    struct csg_err *err);
void csg_ledger_audit_clear(struct csg_ledger_audit *h);

#endif
