/*
 * Capacity: will what is signed fit into files that can be read again?
 *
 * Each proof begins with the whole policy chain, which only grows.  A proof
 * that nobody can read is no proof, and a chain that leaves no room for proofs
 * would stop the workstation for good.
 */
#ifndef CSG_WORKSTATION_CAPACITY_H
#define CSG_WORKSTATION_CAPACITY_H

#include "lib/verify/chain.h"

/* So much of a file, and of its messages, a policy chain may take. */
#define CSG_MAX_CHAIN (CSG_MAX_FILE / 2)
#define CSG_MAX_CHAIN_MESSAGES (CSG_MAX_MESSAGES - 1024)

/*
 * Before anything is signed: is there room for a seal, a proof of the tally
 * under this chain, and, if a new policy is asked for, a chain with that?
 * LIMIT.  What is not known yet counts with its largest size.
 */
enum csg_rc csg_capacity_check(const struct csg_chain *chain,
    const struct csg_tally *t, struct csg_err *err);

#endif
