/*
 * Counting and listing the smallest sets.  Only coalition.c uses this.
 */
#ifndef CSG_EXPLAIN_COALITION_COUNT_H
#define CSG_EXPLAIN_COALITION_COUNT_H

#include "lib/explain/coalition_model.h"

/* Fill in m->a's forms, sets and their number; a->size must be known. */
enum csg_rc csg_coalition_count(
    struct csg_coalition_model *m, struct csg_err *err);

#endif
