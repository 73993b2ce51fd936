/*
 * Capacity: will the files that csg-sign makes be small enough to be read
 * again?
 *
 * Each proof begins with the whole policy chain, which only grows.  A proof
 * that nobody can read proves nothing, and a chain that leaves no room for
 * proofs would stop the workstation for good.
 */
#ifndef CSG_WORKSTATION_CAPACITY_H
#define CSG_WORKSTATION_CAPACITY_H

#include "lib/verify/chain.h"

/* The share of a file's bytes, and of its messages, that a policy chain can
 * take. */
#define CSG_MAX_CHAIN (CSG_MAX_FILE / 2)
#define CSG_MAX_CHAIN_MESSAGES (CSG_MAX_MESSAGES - 1024)

/*
 * Before anything is signed: check that there is room for the seal, for a proof
 * of the tally under this chain and, if a new policy is requested, for the
 * chain with that policy.  LIMIT if not.  Parts that are not known yet count
 * with their largest size.
 */
enum csg_rc csg_capacity_check(const struct csg_chain *chain,
    const struct csg_tally *t, struct csg_err *err);

#endif
