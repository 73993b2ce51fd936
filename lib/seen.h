/*
 * Seen: the newest policy and the newest head of the ledger that a person has
 * met under an anchor, each remembered in a file of its own, so that older
 * ones are noticed.
 */
#ifndef CSG_SEEN_H
#define CSG_SEEN_H

#include "lib/chain.h"

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
 * The receipt with the newest head, armoured, for a vote; *out is NULL when
 * there is none, else the caller's.  LOG when it is not signed by the ledger
 * key of a policy of the chain.
 */
enum csg_rc csg_seen_head(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, char **out, struct csg_err *err);

/*
 * Remember the head of a receipt that was verified, if it is newer.  LOG when
 * it and the one remembered can't both be true; that one stays.
 */
enum csg_rc csg_seen_keep_head(const char *dir, const struct csg_trust *t,
    const struct csg_receipt *r, const struct csg_envelope *e,
    struct csg_err *err);

#endif
