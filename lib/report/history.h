/*
 * History: do the entries of a ledger show a workstation that kept the rules?
 *
 * csg_ledger_verify() checks that the entries are those of the tree; this also
 * checks that they are consistent: every body, the policies that claims were
 * decided under, rejections recorded before them, the heads that voters saw,
 * and the receipts.  So an edit after which the tree was recomputed is found,
 * too.
 */
#ifndef CSG_REPORT_HISTORY_H
#define CSG_REPORT_HISTORY_H

#include "lib/verify/chain.h"
#include "lib/ledger/reader.h"

struct csg_ledger_audit {
	uint64_t receipts;
	/* the receipt with the largest tree, or NULL; owned */
	struct csg_receipt *newest;
	/* receipts' signatures, and what depends on policies, were checked:
	 * false without a chain */
	bool is_signed;
};

/* Check everything; chain is the one in force, or NULL.  LOG names what is
 * inconsistent.  The caller clears *out, even after a failure. */
enum csg_rc csg_ledger_audit_check(struct csg_ledger *l,
    const struct csg_chain *chain, struct csg_ledger_audit *out,
    struct csg_err *err);
void csg_ledger_audit_clear(struct csg_ledger_audit *h);

#endif
