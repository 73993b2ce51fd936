/*
 * Merkle trees, their roots and proofs, as in RFC 9162 section 2.1.
 *
 * A leaf's hash is SHA-256(0x00 || data), a node's SHA-256(0x01 || left ||
 * right).  The left child of the root of n leaves is the largest full tree with
 * fewer than n leaves, the right child the tree of the rest.  Nothing is stored
 * here: the caller keeps the hashes of full subtrees.
 */
#ifndef CSG_CRYPTO_MERKLE_H
#define CSG_CRYPTO_MERKLE_H

#include "lib/base/digest.h"

#define CSG_MERKLE_PATH 64 /* hashes in a proof, at most */

/* The hash of a leaf, and of the node over two hashes.  IO when memory is
 * short. */
enum csg_rc csg_merkle_leaf(
    const void *data, size_t len, struct csg_id *out, struct csg_err *err);
enum csg_rc csg_merkle_node(const struct csg_id *left,
    const struct csg_id *right, struct csg_id *out, struct csg_err *err);

/* The root of the empty tree: SHA-256 of nothing. */
enum csg_rc csg_merkle_empty(struct csg_id *out, struct csg_err *err);

/*
 * Access to the hashes of full subtrees: get() returns in *out the hash of the
 * index-th (from 0) subtree of 2^level leaves.
 */
struct csg_merkle {
	enum csg_rc (*get)(void *arg, unsigned level, uint64_t index,
	    struct csg_id *out, struct csg_err *err);
	void *arg;
};

/* The root of the first n leaves; O(log n) calls of get. */
enum csg_rc csg_merkle_root(const struct csg_merkle *m, uint64_t n,
    struct csg_id *out, struct csg_err *err);

/* Proofs (RFC 9162 sections 2.1.3.1 and 2.1.4.1): that leaf index (from 0) is
 * among the first n leaves; that the tree of the first n1 leaves (at least 1)
 * is a beginning of the tree of the first n2.  *len hashes are written to path.
 * LOG when there is no such leaf or beginning. */
enum csg_rc csg_merkle_inclusion(const struct csg_merkle *m, uint64_t index,
    uint64_t n, struct csg_id path[CSG_MERKLE_PATH], size_t *len,
    struct csg_err *err);
enum csg_rc csg_merkle_consistency(const struct csg_merkle *m, uint64_t n1,
    uint64_t n2, struct csg_id path[CSG_MERKLE_PATH], size_t *len,
    struct csg_err *err);

/* Are the proofs valid?  RFC 9162 sections 2.1.3.2 and 2.1.4.2. */
bool csg_merkle_check_inclusion(const struct csg_id *leaf, uint64_t index,
    uint64_t n, const struct csg_id *path, size_t len,
    const struct csg_id *root);
bool csg_merkle_check_consistency(uint64_t n1, const struct csg_id *root1,
    uint64_t n2, const struct csg_id *root2, const struct csg_id *path,
    size_t len);

#endif
