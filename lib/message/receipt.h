/*
 * Receipt: a proof, signed by the ledger key, that a signature is recorded in
 * the ledger.
 *
 * It holds the finish entry, its inclusion proof (the path to the root of the
 * Merkle tree over all entries, RFC 9162), and the tree's head (log, epoch,
 * size, root); the signature of the message makes that a signed tree head.
 * Consistency proofs show that the trees of heads that voters had seen are
 * beginnings of this one.
 */
#ifndef CSG_MESSAGE_RECEIPT_H
#define CSG_MESSAGE_RECEIPT_H

#include "lib/message/entry.h"
#include "lib/crypto/merkle.h"
#include "lib/message/header.h"

/* A tree head: the identity and state of a log. */
struct csg_tree_head {
	struct csg_id log; /* leaf hash of its first entry */
	uint64_t epoch; /* from 1; an approved recovery begins another */
	uint64_t size; /* entries */
	struct csg_id root;
};

#define CSG_TREE_HEAD_FIELDS \
	{ "log", CSG_SCALAR, true }, { "epoch", CSG_SCALAR, true }, \
	    { "size", CSG_SCALAR, true }, \
	{ \
		"root", CSG_SCALAR, true \
	}

/* Read and write the members of a tree head in a message.  PARSE. */
enum csg_rc csg_tree_head_read(const struct csg_node *root,
    struct csg_tree_head *out, struct csg_err *err);
void csg_tree_head_write(const struct csg_tree_head *h, struct csg_yamlw *w);

/* A consistency proof: an earlier tree is the beginning of the receipt's. */
struct csg_consistency {
	uint64_t size;
	size_t path[CSG_MERKLE_PATH]; /* indexes into the receipt's hashes */
	size_t npath;
};

/* The most that a receipt can have, since it must fit into a vote. */
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

/* Read its form; *out is the caller's (csg_receipt_free).  TYPE, PARSE,
 * TEXT. */
enum csg_rc csg_receipt_read(const struct csg_envelope *e,
    struct csg_receipt **out, struct csg_err *err);
/* Free everything that it owns except head, which may be borrowed. */
void csg_receipt_clear(struct csg_receipt *r);
void csg_receipt_free(struct csg_receipt *r);

/* Append the YAML of a receipt. */
enum csg_rc csg_receipt_write(
    const struct csg_receipt *r, struct csg_buf *out, struct csg_err *err);

/* Check that p's ledger key signed it, and that it names this key and p.
 * LOG. */
enum csg_rc csg_receipt_signed(const struct csg_receipt *r,
    const struct csg_envelope *e, const struct csg_policy *p,
    struct csg_err *err);

/*
 * Add the consistency proof of an earlier size, unless there is one.  LOG if
 * the receipt has too many proofs or hashes.
 */
enum csg_rc csg_receipt_add_earlier(struct csg_receipt *r, uint64_t size,
    const struct csg_id *path, size_t npath, struct csg_err *err);

/* Does it prove that the earlier head's tree is the beginning of its own? */
bool csg_receipt_extends(
    const struct csg_receipt *r, const struct csg_tree_head *earlier);

/*
 * Check that the two receipts do not contradict each other: that their heads,
 * entries, times of signature and consistency proofs can belong to one ledger.
 * Receipts of different epochs never do.  LOG.
 */
enum csg_rc csg_receipt_agree(const struct csg_receipt *a,
    const struct csg_receipt *b, struct csg_err *err);

/*
 * Check that the policy's ledger key signed it, that its entry is the expected
 * one (except for seq and time, which the receipt determines), and that the
 * entry is in the tree.  LOG.
 */
enum csg_rc csg_receipt_check(const struct csg_receipt *r,
    const struct csg_envelope *e, const struct csg_policy *p,
    const struct csg_entry *expected, struct csg_err *err);

#endif
