/*
 * Reader: the ledger's entries with the messages parsed from their bodies.
 *
 * Signatures of these messages are not verified again: the tree commits to the
 * bodies.
 */
#ifndef CSG_LEDGER_READER_H
#define CSG_LEDGER_READER_H

#include "lib/message/act.h"
#include "lib/message/case.h"
#include "lib/message/seal.h"
#include "lib/ledger/ledger.h"

/* One entry; all of it lives until the visit returns.  What a kind lacks is
 * NULL. */
struct csg_entry_view {
	const struct csg_entry *entry;
	const char *text; /* what the tree commits to */
	/* of claim, finish and abandon: the claim and its messages */
	const struct csg_claim *claim;
	/* parsed, not verified; no unreadable votes */
	struct csg_case *messages;
	const struct csg_request *request; /* of messages, as are the votes */
	const struct csg_endorsement *const *votes;
	size_t nvotes;
	const struct csg_act *act; /* or NULL */
	const struct csg_seal *seal; /* of a finish */
	const struct csg_endorsement *rejection; /* of a reject */
};

typedef enum csg_rc (*csg_reader_visit)(
    void *arg, const struct csg_entry_view *e, struct csg_err *err);

/* Visit the entries "from" to "upto" (0: to the last), in order, until visit
 * fails.  LOG if a body cannot be read. */
enum csg_rc csg_reader_each(struct csg_ledger *l, uint64_t from, uint64_t upto,
    csg_reader_visit visit, void *arg, struct csg_err *err);

/* Is the person the requester, a voter or the operator of what the entry is
 * about? */
bool csg_entry_view_concerns(
    const struct csg_entry_view *e, const char *person);

#endif
