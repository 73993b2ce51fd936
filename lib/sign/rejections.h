/*
 * Rejections: the ledger's memory of those that were found.
 *
 * A rejection once seen stops its request in every later run, whether its file
 * comes along or not.
 */
#ifndef CSG_SIGN_REJECTIONS_H
#define CSG_SIGN_REJECTIONS_H

#include "lib/decide/veto.h"
#include "lib/ledger/ledger.h"

/* So many rejections of one person are remembered in a day at the most, so that
 * nobody can fill the disk. */
#define CSG_REJECTIONS 256

/* The rejections of earlier runs, added to a bundle. */
enum csg_rc csg_rejections_load(struct csg_ledger *l,
    const struct csg_id *request, struct csg_bundle *out, struct csg_err *err);

/*
 * Remember the rejections that were found in a case at time now, if the
 * request's author signed it and csg_request_long_expired() says no: of
 * requests that nobody signed anybody could make as many as they like.  IO,
 * LOG: then one may not be remembered.
 */
enum csg_rc csg_rejections_keep(struct csg_ledger *l, const struct csg_case *c,
    const struct csg_veto *veto, int64_t now, struct csg_err *err);

#endif
