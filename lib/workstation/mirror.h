/*
 * The mirror: a copy of the ledger on another disk.  It has all entries and
 * receipts and the policy chain (note "chain") before outputs are released.
 */
#ifndef CSG_WORKSTATION_MIRROR_H
#define CSG_WORKSTATION_MIRROR_H

#include "lib/workstation/state.h"

/* Check that a mirror can be kept at path.  IO if its directory does not exist,
 * CONFIG if others can write the mirror or its directory. */
enum csg_rc csg_mirror_probe(const char *path, struct csg_err *err);

/*
 * Bring the mirror up to date, creating it if it is missing: entries, the
 * receipt of a request (or NULL), other receipts that it lacks, the policy
 * chain in force.  Fails as csg_mirror_probe() does, and with LOG if the mirror
 * has another history.
 */
enum csg_rc csg_mirror_update(const struct csg_state *s, const char *path,
    const struct csg_id *request, struct csg_err *err);

#endif
