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
	CSG_E_CLAIM, /* decided for, nothing signed yet */
	CSG_E_FINISH, /* signed */
	CSG_E_ABANDON, /* a claim that was given up */
	CSG_E_REJECT, /* a rejection, remembered for good */
	CSG_E_REFUSE, /* decided against */
	CSG_E_RECOVER /* the ledger was rebuilt */
};
#define CSG_NENTRY 8
extern const char *const csg_entry_words[]; /* ended by NULL */

/* What a kind of entry does not have is zero or NULL. */
struct csg_entry {
	uint64_t seq; /* from 1 */
	int64_t time;
	enum csg_entry_kind kind;
	const struct csg_id *request, *policy, *evidence;
	int64_t claimed; /* T */
	uint64_t version; /* of a policy put in force */
	const char *profile, *route;
	uint64_t count; /* artifacts */
	const struct csg_id *vote; /* of a rejection */
	const char *reason; /* of a refusal */
	uint64_t epoch; /* that a recovery ended */
	const char *body; /* messages, a seal, a reason: digested */
};

/* Append the text. */
enum csg_rc csg_entry_text(
    const struct csg_entry *e, struct csg_buf *out, struct csg_err *err);

#endif
