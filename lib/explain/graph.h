/*
 * Graph: a policy as a picture, in the DOT language of Graphviz.
 *
 * From left to right: profiles (key, format), routes (if a profile has several,
 * or if they have conditions), clauses, groups, and people.  Solid lines show
 * who must approve, dashed blue ones who may make requests, dotted ones who can
 * veto or run csg-sign if the profile names them; emergency routes are dashed
 * and red.  People in one group are listed in its node; a person in several
 * groups is a node connected to all of them.
 */
#ifndef CSG_EXPLAIN_GRAPH_H
#define CSG_EXPLAIN_GRAPH_H

#include "lib/policy/policy.h"

/* Append the graph to *out.  pr NULL: all profiles; otherwise that profile and
 * the groups and people in it. */
enum csg_rc csg_graph_dot(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_buf *out, struct csg_err *err);

#endif
