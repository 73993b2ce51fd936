/*
 * Graph: a policy as a picture, in the DOT language of Graphviz.
 *
 * From left to right: profiles (key, format), the routes of those that have
 * several or attach conditions, clauses, groups, and people.  Solid lines are
 * who must approve, dashed blue ones who may ask, dotted ones who can veto or
 * run csg-sign where the profile says so; emergency routes are dashed and
 * red.  People of one group are named in it; who is in several groups is a
 * node of its own, in all of them.
 */
#ifndef CSG_EXPLAIN_GRAPH_H
#define CSG_EXPLAIN_GRAPH_H

#include "lib/policy/policy.h"

/* pr NULL: all profiles, else that one, and whom it concerns. */
enum csg_rc csg_graph_dot(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_buf *out, struct csg_err *err);

#endif
