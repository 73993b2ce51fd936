/*
 * Receipt: the ledger key's word that a signature stands in the ledger.
 *
 * It holds the finish entry, the path from it to the root of the Merkle tree
 * over all entries, and the tree's head (log, epoch, size, root), which the
 * signature of the message makes a signed tree head.  For heads that voters
 * had seen it proves that their trees are beginnings of this one (consistency.h).
 */
#ifndef CSG_MESSAGE_RECEIPT_H
#define CSG_MESSAGE_RECEIPT_H

#include "lib/message/entry.h"
#include "lib/crypto/merkle.h"
#include "lib/message/header.h"

/* The state of a log: what it is, and what is in it. */
struct csg_tree_head {
	struct csg_id log; /* leaf hash of its first entry */
	uint64_t epoch; /* from 1; a lawful recovery begins another */
	uint64_t size; /* entries */
	struct csg_id root;
};

#define CSG_TREE_HEAD_FIELDS \
	{ "log", CSG_SCALAR, true }, { "epoch", CSG_SCALAR, true }, \
	    { "size", CSG_SCALAR, true }, \
	{ \
		"root", CSG_SCALAR, true \
	}

/* Its members in a message.  PARSE. */
enum csg_rc csg_tree_head_read(const struct csg_node *root,
    struct csg_tree_head *out, struct csg_err *err);
void csg_tree_head_write(const struct csg_tree_head *h, struct csg_yamlw *w);

/* That an earlier tree is the beginning of a receipt's: a consistency proof. */
struct csg_consistency {
	uint64_t size;
	size_t path[CSG_MERKLE_PATH]; /* places in the receipt's hashes */
	size_t npath;
};

/* A receipt has so many at most: it must fit into a vote. */
#define CSG_MAX_EARLIER 256
#define CSG_MAX_EARLIER_HASHES 1024

struct csg_receipt {
	struct csg_header
	    head; /* of the message; author: the ledger key's name */
	struct csg_tree_head tree;
	uint64_t index; /* of the entry, from 0 */
	char *entry; /* its text */
	struct csg_id path[CSG_MERKLE_PATH];
	size_t npath;
	struct csg_consistency *earlier; /* in ascending order of size */
	size_t nearlier;
	struct csg_id *hashes; /* of all consistency proofs, each once */
	size_t nhashes;
};

/* Read its form; *out is the caller's (csg_receipt_free).  TYPE, PARSE, TEXT. */
enum csg_rc csg_receipt_read(const struct csg_envelope *e,
    struct csg_receipt **out, struct csg_err *err);
/* Free what it owns, but for head, which may be borrowed. */
void csg_receipt_clear(struct csg_receipt *r);
void csg_receipt_free(struct csg_receipt *r);

/* Append the YAML of a receipt. */
enum csg_rc csg_receipt_write(
    const struct csg_receipt *r, struct csg_buf *out, struct csg_err *err);

/* Is it signed by p's ledger key, and does it name that key and p?  LOG. */
enum csg_rc csg_receipt_signed(const struct csg_receipt *r,
    const struct csg_envelope *e, const struct csg_policy *p,
    struct csg_err *err);

/*
 * Add the consistency proof of an earlier size; nothing if there is one.  LOG
 * when there are too many.
 */
enum csg_rc csg_receipt_add_earlier(struct csg_receipt *r, uint64_t size,
    const struct csg_id *path, size_t npath, struct csg_err *err);

/* Does it show that the earlier head's tree is the beginning of its own? */
bool csg_receipt_extends(
    const struct csg_receipt *r, const struct csg_tree_head *earlier);

/*
 * Can two heads of one log, with the times of their signatures, both be true
 * as far as the receipts tell?  LOG when not.
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
