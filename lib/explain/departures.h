/*
 * Departures: the fewest people after whose departure nobody can get a
 * signature.  Only coalition.c uses this.
 */
#ifndef CSG_EXPLAIN_DEPARTURES_H
#define CSG_EXPLAIN_DEPARTURES_H

#include "lib/explain/coalition_model.h"

/* Fill in m->a's departures and leave; somebody must suffice now. */
enum csg_rc csg_departures_find(
    struct csg_coalition_model *m, struct csg_err *err);

#endif
