/*
 * Seen: the newest policy and the heads of the ledger that a person has met
 * under an anchor, so that older policies and other ledgers are noticed.  A
 * directory has two files for each anchor, named by the founding policy's
 * SHA-256: HEX and HEX.heads.  CONFIG, from all of these, when they are
 * damaged.
 */
#ifndef CSG_VERIFY_SEEN_H
#define CSG_VERIFY_SEEN_H

#include "lib/verify/chain.h"

/*
 * ROLLBACK when the chain is older than what dir remembers for this anchor,
 * or another policy stands under the same version number.
 */
enum csg_rc csg_seen_check(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err);

/* The newest version remembered, 0 when none. */
enum csg_rc csg_seen_version(const char *dir, const struct csg_trust *t,
    uint64_t *version, struct csg_err *err);

/* Remember the chain if it is newer; makes dir (0700) where missing. */
enum csg_rc csg_seen_update(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err);

/*
 * The heads for a vote of time now: the newest, and then those that are not
 * known to be beginnings of a newer one.  Sets the text of each, which the
 * caller frees.  LOG when one is left out, since it is from the future, not
 * signed by the ledger key of a policy of the chain, or too large; *out has the
 * others all the same.
 */
enum csg_rc csg_seen_heads(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, int64_t now,
    struct csg_witness out[CSG_MAX_SEEN], size_t *n, struct csg_err *err);

/* All heads that are remembered, in the order of their size, until visit
 * fails. */
typedef enum csg_rc (*csg_seen_visit)(
    void *arg, const struct csg_receipt *r, struct csg_err *err);
enum csg_rc csg_seen_each_head(const char *dir, const struct csg_trust *t,
    csg_seen_visit visit, void *arg, struct csg_err *err);

/*
 * Remember the head of a receipt that was verified, and forget those that it
 * shows to be beginnings of its tree.  LOG when it and one that is remembered
 * can't both be true; then nothing changes.
 */
enum csg_rc csg_seen_keep_head(const char *dir, const struct csg_trust *t,
    const struct csg_receipt *r, const struct csg_envelope *e,
    struct csg_err *err);

#endif
