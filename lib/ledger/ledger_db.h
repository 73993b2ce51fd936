/*
 * The ledger's inside: what the ledger_*.c share.  Callers use ledger.h.
 */
#ifndef CSG_LEDGER_LEDGER_DB_H
#define CSG_LEDGER_LEDGER_DB_H

#include "lib/ledger/ledger.h"
#include "lib/ledger/store.h"

/* Rows that one statement reads at most. */
#define CSG_LEDGER_BATCH 256

struct csg_ledger {
	struct csg_store *store;
};

/* An empty ledger at path, opened for writing. */
enum csg_rc csg_ledger_make(
    const char *path, struct csg_ledger **out, struct csg_err *err);

/* Is the entry what the tree has? */
enum csg_rc csg_ledger_check_one(
    struct csg_ledger *l, uint64_t seq, struct csg_err *err);

/* Does every entry from seq "from" on fit the tree, its number and the time
 * before?  *nodes counts those seen. */
enum csg_rc csg_ledger_check(
    struct csg_ledger *l, uint64_t from, uint64_t *nodes, struct csg_err *err);

/* The entry, which has its number, and its leaf, in the transaction that is
 * open. */
enum csg_rc csg_ledger_insert(
    struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err);

/* The same in a transaction of its own, numbered one above the last. */
enum csg_rc csg_ledger_append(
    struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err);

#endif
