/*
 * Receipt: the ledger key's word that a signature stands in the ledger.
 *
 * It holds the finish entry, the path from it to the root of the Merkle tree
 * over all entries, and the tree's head (log, epoch, size, root), which the
 * signature of the message makes a signed tree head.
 */
#ifndef CSG_RECEIPT_H
#define CSG_RECEIPT_H

#include "lib/entry.h"
#include "lib/merkle.h"
#include "lib/message.h"

/* The state of a log: what it is, and what is in it. */
struct csg_tree_head {
	struct csg_id log; /* leaf hash of its first entry */
	uint64_t epoch; /* from 1; a lawful recovery begins another */
	uint64_t size; /* entries */
	struct csg_id root;
};

struct csg_receipt {
	struct csg_head head; /* author: the ledger key's name */
	struct csg_tree_head tree;
	uint64_t index; /* of the entry, from 0 */
	char *entry; /* its text */
	struct csg_id path[CSG_MERKLE_PATH];
	size_t npath;
};

enum csg_rc csg_receipt_read(const struct csg_envelope *e,
    struct csg_receipt **out, struct csg_err *err);
void csg_receipt_free(struct csg_receipt *r);

/* Append the YAML of a receipt. */
enum csg_rc csg_receipt_write(
    const struct csg_receipt *r, struct csg_buf *out, struct csg_err *err);

/* Is its head signed by the ledger key of the policy that it names?  LOG. */
enum csg_rc csg_receipt_signed(const struct csg_receipt *r,
    const struct csg_envelope *e, const struct csg_policy *p,
    struct csg_err *err);

/*
 * Can two heads of one log, with the times of their signatures, both be true
 * as far as they tell by themselves?  LOG when not.
 */
enum csg_rc csg_receipt_agree(const struct csg_receipt *a,
    const struct csg_receipt *b, struct csg_err *err);

/*
 * Is it signed by the policy's ledger key, is its entry the one that is
 * expected (seq and time aside, which are the receipt's to say), and does the
 * tree hold it?  LOG.
 */
enum csg_rc csg_receipt_check(const struct csg_receipt *r,
    const struct csg_envelope *e, const struct csg_policy *p,
    const struct csg_entry *expected, struct csg_err *err);

#endif
