/*
 * The consistency proofs of a receipt: internal to receipt.c;
 * others use receipt.h.
 */
#ifndef CSG_MESSAGE_CONSISTENCY_H
#define CSG_MESSAGE_CONSISTENCY_H

#include "lib/message/receipt.h"

/* Read the members earlier and hashes of a receipt's YAML, if present.  PARSE;
 * r then holds what was read so far.  write: write them, if there are any. */
enum csg_rc csg_consistency_read(
    const struct csg_node *root, struct csg_receipt *r, struct csg_err *err);
void csg_consistency_write(const struct csg_receipt *r, struct csg_yamlw *w);

/* The consistency proof from a tree of that size, or NULL; borrowed. */
const struct csg_consistency *csg_consistency_find(
    const struct csg_receipt *r, uint64_t size);

#endif
