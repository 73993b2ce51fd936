/*
 * Receipt set: do the receipts of many proofs belong to one ledger?
 */
#ifndef CSG_MESSAGE_RECEIPT_SET_H
#define CSG_MESSAGE_RECEIPT_SET_H

#include "lib/message/receipt.h"

/* A receipt, and the name of its origin for messages; both are borrowed. */
struct csg_receipt_ref {
	const struct csg_receipt *receipt;
	const char *origin;
};

/*
 * Check that no two of the n receipts contradict each other, including their
 * consistency proofs.  LOG names two that do.  Even after a failure, t is
 * sorted by epoch, size and time.
 */
enum csg_rc csg_receipts_agree(
    struct csg_receipt_ref *t, size_t n, struct csg_err *err);

#endif
