/*
 * Departures: the fewest people whose departure leaves nobody who can get a
 * signature.  Only coalition.c uses this.
 */
#ifndef CSG_EXPLAIN_DEPARTURES_H
#define CSG_EXPLAIN_DEPARTURES_H

#include "lib/explain/coalition_model.h"

/* Fill in departures and leave of m->a; some set must suffice now. */
enum csg_rc csg_departures_find(
    struct csg_coalition_model *m, struct csg_err *err);

#endif
