/*
 * Seen: the newest policy that a person has met under an anchor, remembered
 * in a file of its own, so that an older one is noticed.
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

#endif
