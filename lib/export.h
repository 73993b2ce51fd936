/*
 * Export: a copy of the ledger that stands alone, with the policy chain in it.
 *
 * The workstation may sign it: the copy then has a receipt of its newest entry,
 * whose head is that of the tree over all entries.
 */
#ifndef CSG_EXPORT_H
#define CSG_EXPORT_H

#include "lib/sign.h"

/*
 * The head of the ledger, signed by the ledger key of the policy in force, at
 * time now; armoured, appended to *out.  CONFIG before the founding; LOG when a
 * rebuilt ledger waits for its next epoch, CLOCK when its newest entry is
 * later; else the reasons of the PIN, the token and the key.
 */
enum csg_rc csg_export_sign(struct csg_state *s,
    const struct csg_signer *signer, const struct csg_pin_source *pin,
    int64_t now, struct csg_buf *out, struct csg_err *err);

/* Make it, as a new file, which the caller removes after a failure.  chain and head (armoured) may be NULL; a copy of a
 * copy has what that had.  A head must stand csg_export_read_head(). */
enum csg_rc csg_export_write(struct csg_ledger *l,
    const struct csg_chain *chain, const char *head, const char *path,
    struct csg_err *err);

/* The signed head of a copy. */
struct csg_export_head {
	struct csg_receipt *receipt; /* NULL: it is not signed */
	const struct csg_envelope *env; /* in messages */
	bool checked; /* the signature is good; false without that policy */
	struct csg_bundle messages;
};

/*
 * Has the copy a signed head, and is it that of all its entries, and later than
 * these?  Signed by the ledger key of the policy that they put in force, if the
 * chain (NULL: none) has it.  LOG when it is not.  *out is the caller's
 * (csg_export_head_clear) even then.
 */
enum csg_rc csg_export_read_head(struct csg_ledger *copy,
    const struct csg_chain *chain, struct csg_export_head *out,
    struct csg_err *err);
void csg_export_head_clear(struct csg_export_head *h);

#endif
