/*
 * Diff of the rule of a route: clauses, stages, voters, cooling-off, window.
 * Only the diff of a profile uses this.
 */
#ifndef CSG_EXPLAIN_DIFF_RULE_H
#define CSG_EXPLAIN_DIFF_RULE_H

#include "lib/explain/diff_entry.h"

/* Compare the routes x->ra and x->rb, which have the same name. */
void csg_diff_rule(const struct csg_diff_pair *x);

#endif
