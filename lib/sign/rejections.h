/*
 * Rejections: the record of rejections in the ledger.
 *
 * A rejection seen in one run stops its request in every later run, even if its
 * file is not given again.
 */
#ifndef CSG_SIGN_REJECTIONS_H
#define CSG_SIGN_REJECTIONS_H

#include "lib/decide/veto.h"
#include "lib/ledger/ledger.h"

/* At most this many rejections of one person are recorded in a day, so that
 * nobody can fill the disk. */
#define CSG_REJECTIONS 256

/* Add the rejections of a request that earlier runs recorded to a bundle. */
enum csg_rc csg_rejections_load(struct csg_ledger *l,
    const struct csg_id *request, struct csg_bundle *out, struct csg_err *err);

/*
 * Record the rejections found in a case, at time now, if the request is signed
 * by its author and csg_request_long_expired() is false: anybody could make any
 * number of unsigned requests.  After a failure (IO, LOG) some may not be
 * recorded.
 */
enum csg_rc csg_rejections_keep(struct csg_ledger *l, const struct csg_case *c,
    const struct csg_veto *veto, int64_t now, struct csg_err *err);

#endif
