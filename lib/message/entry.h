/*
 * Entry: one line of the ledger's history, as the text that its Merkle tree
 * commits to.  csg-envelope(5) "LEDGER ENTRIES".
 */
#ifndef CSG_MESSAGE_ENTRY_H
#define CSG_MESSAGE_ENTRY_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"

enum csg_entry_kind {
	CSG_E_FOUND, /* a policy was founded */
	CSG_E_KEY, /* a token key was made */
	CSG_E_CLAIM, /* signing was decided; nothing is signed yet */
	CSG_E_FINISH, /* signed */
	CSG_E_ABANDON, /* a claim that was given up */
	CSG_E_REJECT, /* a rejection, remembered for good */
	CSG_E_REFUSE, /* a refusal by decision */
	CSG_E_RECOVER /* the ledger was rebuilt */
};
#define CSG_NENTRY 8
extern const char *const csg_entry_words[]; /* terminated by NULL */

/* Fields that a kind of entry does not have are zero or NULL.  Pointers are
 * borrowed. */
struct csg_entry {
	uint64_t seq; /* from 1 */
	int64_t time;
	enum csg_entry_kind kind;
	const struct csg_id *request, *policy, *evidence;
	int64_t claimed; /* T */
	uint64_t version; /* of a policy that was put in force */
	const char *profile, *route;
	uint64_t count; /* artifacts */
	const struct csg_id *vote; /* of a rejection */
	const char *reason; /* of a refusal */
	uint64_t epoch; /* that was ended by a recovery */
	const char
	    *body; /* messages, a seal or a reason: its digest is written */
};

/* Append the text of an entry.  IO. */
enum csg_rc csg_entry_text(
    const struct csg_entry *e, struct csg_buf *out, struct csg_err *err);

#endif
