/*
 * The inside of the ledger, shared by the ledger_*.c.  Callers use ledger.h.
 */
#ifndef CSG_LEDGER_LEDGER_DB_H
#define CSG_LEDGER_LEDGER_DB_H

#include "lib/ledger/ledger.h"
#include "lib/ledger/store.h"

/* The most rows that one statement reads. */
#define CSG_LEDGER_BATCH 256

struct csg_ledger {
	struct csg_store *store;
};

/* Create an empty ledger at path, open for writing.  *out is the caller's. */
enum csg_rc csg_ledger_make(
    const char *path, struct csg_ledger **out, struct csg_err *err);

/* Check one entry against its leaf in the tree.  LOG. */
enum csg_rc csg_ledger_check_one(
    struct csg_ledger *l, uint64_t seq, struct csg_err *err);

/* Check the entries from number "from" on: each against the tree, its number,
 * and its time, which must not be before its predecessor's.  *nodes is set to
 * the number of nodes compared.  LOG. */
enum csg_rc csg_ledger_check(
    struct csg_ledger *l, uint64_t from, uint64_t *nodes, struct csg_err *err);

/* Insert an entry, whose number is set, and its nodes, in the open
 * transaction. */
enum csg_rc csg_ledger_insert(
    struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err);

/* Append an entry in a transaction of its own, numbered one above the last.
 * CLOCK if its time is before that of the newest. */
enum csg_rc csg_ledger_append(
    struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err);

#endif
