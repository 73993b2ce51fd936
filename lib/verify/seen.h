/*
 * Seen: the newest policy and the heads of the ledger that a person has seen
 * under a trust anchor, to detect older policies and other ledgers.  A
 * directory has two files for each anchor, named after the founding policy's
 * SHA-256: HEX and HEX.heads.  All of these functions return CONFIG if the file
 * is damaged, and IO.
 */
#ifndef CSG_VERIFY_SEEN_H
#define CSG_VERIFY_SEEN_H

#include "lib/verify/chain.h"

/*
 * ROLLBACK if the chain is older than the version remembered in dir for this
 * anchor, or if its policy of that version is a different one.
 */
enum csg_rc csg_seen_check(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err);

/* Get the newest version remembered; 0 if none is. */
enum csg_rc csg_seen_version(const char *dir, const struct csg_trust *t,
    uint64_t *version, struct csg_err *err);

/* Remember the chain's newest version if it is newer; creates dir (mode 0700)
 * if it is missing. */
enum csg_rc csg_seen_update(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err);

/*
 * Get the heads for a vote made at time now: the newest, then those that are
 * not known to be beginnings of a newer one.  Sets the text of each, which the
 * caller frees.  LOG if one is left out because it is from the future, not
 * signed by the ledger key of a policy of the chain, or too large; out then
 * still has the others, *n of them.
 */
enum csg_rc csg_seen_heads(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, int64_t now,
    struct csg_witness out[CSG_MAX_SEEN], size_t *n, struct csg_err *err);

/* Call visit for all remembered heads, in ascending order of epoch and size,
 * until visit fails. */
typedef enum csg_rc (*csg_seen_visit)(
    void *arg, const struct csg_receipt *r, struct csg_err *err);
enum csg_rc csg_seen_each_head(const char *dir, const struct csg_trust *t,
    csg_seen_visit visit, void *arg, struct csg_err *err);

/*
 * Remember the head of a verified receipt r in envelope e, and forget heads of
 * earlier epochs and those that it proves to be beginnings of its tree.  LOG if
 * it contradicts a remembered head; then nothing changes.
 */
enum csg_rc csg_seen_keep_head(const char *dir, const struct csg_trust *t,
    const struct csg_receipt *r, const struct csg_envelope *e,
    struct csg_err *err);

#endif
