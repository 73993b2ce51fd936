/*
 * The consistency proofs of a receipt, for receipt.c; others use receipt.h.
 */
#ifndef CSG_MESSAGE_CONSISTENCY_H
#define CSG_MESSAGE_CONSISTENCY_H

#include "lib/message/receipt.h"

/* The members earlier and hashes of a receipt's YAML, where it has them.
 * PARSE; then r holds what was read so far. */
enum csg_rc csg_consistency_read(
    const struct csg_node *root, struct csg_receipt *r, struct csg_err *err);
void csg_consistency_write(const struct csg_receipt *r, struct csg_yamlw *w);

/* The proof for that size, or NULL. */
const struct csg_consistency *csg_consistency_find(
    const struct csg_receipt *r, uint64_t size);

#endif
