/*
 * Reader: what the ledger's entries tell, read back from their bodies.
 *
 * The tree commits to the bodies, so their messages are read here without
 * asking again who signed them.
 */
#ifndef CSG_LEDGER_READER_H
#define CSG_LEDGER_READER_H

#include "lib/message/act.h"
#include "lib/message/case.h"
#include "lib/message/seal.h"
#include "lib/ledger/ledger.h"

/* One entry; all of it lives until the visit returns. */
struct csg_entry_view {
	const struct csg_entry *entry;
	const char *text; /* what the tree commits to */
	/* of claim, finish and abandon: the claim and its messages, else NULL */
	const struct csg_claim *claim;
	struct csg_case *messages; /* read, not verified; every vote is one */
	const struct csg_request *request; /* of messages, as are the votes */
	const struct csg_endorsement *const *votes;
	size_t nvotes;
	const struct csg_act *act; /* or NULL */
	const struct csg_seal *seal; /* of a finish, else NULL */
	const struct csg_endorsement *rejection; /* of a reject, else NULL */
};

typedef enum csg_rc (*csg_reader_visit)(
    void *arg, const struct csg_entry_view *e, struct csg_err *err);

/* The entries "from" to "upto" (0: all that follow), in order, until visit
 * fails.  LOG when a body can't be read. */
enum csg_rc csg_reader_each(struct csg_ledger *l, uint64_t from, uint64_t upto,
    csg_reader_visit visit, void *arg, struct csg_err *err);

/* Did the person ask for it, vote on it, or operate it? */
bool csg_entry_view_concerns(
    const struct csg_entry_view *e, const char *person);

#endif
