/*
 * Export: a statement signed by the ledger key that a copy of the ledger is
 * complete.
 *
 * It is a message of its own kind, so that no receipt passes for one.  It holds
 * the head of the tree over all entries, and a digest of the receipts, which
 * the tree does not commit to.  The policy that it names commits to all earlier
 * versions.  copy.h stores it in the copy.
 */
#ifndef CSG_WORKSTATION_EXPORT_H
#define CSG_WORKSTATION_EXPORT_H

#include "lib/workstation/session.h"
#include "lib/workstation/state.h"

struct csg_export {
	/* of the message; author: the ledger key's name */
	struct csg_header head;
	struct csg_tree_head tree;
	/* SHA-256 of the ids of all receipts, a line each ("sha256:..."), in
	 * the order of their entries */
	struct csg_id receipts;
};

/* Read its form, not its signature.  *out is the caller's (csg_export_free).
 * TYPE, PARSE, TEXT. */
enum csg_rc csg_export_read(
    const struct csg_envelope *e, struct csg_export **out, struct csg_err *err);
void csg_export_free(struct csg_export *x);

/* Append the YAML of an export. */
enum csg_rc csg_export_write(
    const struct csg_export *x, struct csg_buf *out, struct csg_err *err);

/*
 * Sign the ledger as it is at time now with the ledger key of the policy in
 * force; the message is appended to *out, armoured.  CONFIG before the
 * founding; LOG if a rebuilt ledger still needs its next epoch; CLOCK if its
 * newest entry is later than now; EXPIRED if the key's certificate is; else the
 * reasons of the PIN, the token and the key.
 */
enum csg_rc csg_export_sign(struct csg_state *s,
    const struct csg_signer *signer, const struct csg_pin_source *pin,
    int64_t now, struct csg_buf *out, struct csg_err *err);

/*
 * Check the statement against a ledger: it must be for all of its entries and
 * receipts, not older than these, for the policy in force by these entries, and
 * signed by that policy's ledger key.  *is_signed is false if the chain (or
 * NULL) does not have that policy: then the signature cannot be checked.  LOG.
 */
enum csg_rc csg_export_check(const struct csg_export *x,
    const struct csg_envelope *e, struct csg_ledger *l,
    const struct csg_chain *chain, bool *is_signed, struct csg_err *err);

#endif
