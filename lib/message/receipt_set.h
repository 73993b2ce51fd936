/*
 * Receipts: do those of many proofs tell of one ledger?
 */
#ifndef CSG_MESSAGE_RECEIPT_SET_H
#define CSG_MESSAGE_RECEIPT_SET_H

#include "lib/message/receipt.h"

/* A receipt, and the name of where it is from; both are borrowed. */
struct csg_receipt_ref {
	const struct csg_receipt *receipt;
	const char *origin;
};

/*
 * Can all of them be true, and what their consistency proofs show of each
 * other?  LOG names two that can't.  Whatever comes back, they are sorted by
 * epoch, size and time then.
 */
enum csg_rc csg_receipts_agree(
    struct csg_receipt_ref *t, size_t n, struct csg_err *err);

#endif
