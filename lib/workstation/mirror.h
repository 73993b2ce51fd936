/*
 * The mirror: a copy of the ledger on another disk, which has all entries,
 * receipts and the policy chain (note "chain") before anything is let out.
 */
#ifndef CSG_WORKSTATION_MIRROR_H
#define CSG_WORKSTATION_MIRROR_H

#include "lib/workstation/state.h"

/* Can there be one at path?  IO where there is no directory, CONFIG when others
 * could write it, or its directory. */
enum csg_rc csg_mirror_probe(const char *path, struct csg_err *err);

/*
 * Bring it up to date: entries, the receipt of a request (NULL: none), others
 * that it lacks, the chain in force.  Made where missing.  As csg_mirror_probe();
 * LOG when it is of another history.
 */
enum csg_rc csg_mirror_update(const struct csg_state *s, const char *path,
    const struct csg_id *request, struct csg_err *err);

#endif
