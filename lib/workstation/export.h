/*
 * Export: the ledger key's word that a copy of the ledger is all of it.
 *
 * A message of its own kind, so that no receipt passes for one: the head of the
 * tree over all entries, and what the tree does not commit to, the receipts.
 * The policy that it names commits to all before it.  copy.h puts it into the
 * copy.
 */
#ifndef CSG_WORKSTATION_EXPORT_H
#define CSG_WORKSTATION_EXPORT_H

#include "lib/workstation/session.h"
#include "lib/workstation/state.h"

struct csg_export {
	struct csg_header
	    head; /* of the message; author: the ledger key's name */
	struct csg_tree_head tree;
	/* SHA-256 of the ids of all receipts, a line each ("sha256:..."), in
	 * the order of their entries */
	struct csg_id receipts;
};

/* Read its form; *out is the caller's (csg_export_free).  TYPE, PARSE, TEXT. */
enum csg_rc csg_export_read(
    const struct csg_envelope *e, struct csg_export **out, struct csg_err *err);
void csg_export_free(struct csg_export *x);

/* Append the YAML of an export. */
enum csg_rc csg_export_write(
    const struct csg_export *x, struct csg_buf *out, struct csg_err *err);

/*
 * Sign the ledger as it is, at time now, with the ledger key of the policy in
 * force; armoured, appended to *out.  CONFIG before the founding; LOG when a
 * rebuilt ledger waits for its next epoch, CLOCK when its newest entry is
 * later, EXPIRED with the key's certificate; else the reasons of the PIN, the
 * token and the key.
 */
enum csg_rc csg_export_sign(struct csg_state *s,
    const struct csg_signer *signer, const struct csg_pin_source *pin,
    int64_t now, struct csg_buf *out, struct csg_err *err);

/*
 * Is it true of the ledger: of all its entries and receipts, later than these,
 * under the policy that they put in force, and signed by that one's ledger key?
 * *is_signed is false where the chain (NULL: none) does not have that policy,
 * so that nobody can tell.  LOG.
 */
enum csg_rc csg_export_check(const struct csg_export *x,
    const struct csg_envelope *e, struct csg_ledger *l,
    const struct csg_chain *chain, bool *is_signed, struct csg_err *err);

#endif
