/*
 * Entry: one line of the ledger's history, as the text that its Merkle tree
 * commits to.  csg-envelope(5) "LEDGER ENTRIES".
 */
#ifndef CSG_ENTRY_H
#define CSG_ENTRY_H

#include "lib/buf.h"
#include "lib/digest.h"

/* What a kind of entry does not have is zero or NULL. */
struct csg_entry {
	uint64_t seq; /* from 1 */
	int64_t time;
	const char *kind; /* "found", "claim", "finish", "abandon" */
	const struct csg_id *request, *policy, *evidence;
	int64_t claimed; /* T */
	uint64_t version; /* of a policy put in force */
	const char *profile, *route;
	uint64_t count; /* artifacts */
	const char *body; /* messages, a seal, a reason: digested */
};

/* Append the text. */
enum csg_rc csg_entry_text(
    const struct csg_entry *e, struct csg_buf *out, struct csg_err *err);

#endif
