/*
 * Matching: a maximum bipartite matching of people and the places of a rule's
 * clauses.  As many places as possible are filled, and nobody fills two.
 *
 * Calling order: csg_matching_init, set the edges, csg_matching_run (again
 * with other edges, if need be), csg_matching_clear.
 */
#ifndef CSG_POLICY_MATCHING_H
#define CSG_POLICY_MATCHING_H

#include "lib/policy/rule.h"

struct csg_matching {
	const struct csg_rule *rule; /* borrowed */
	size_t users;
	unsigned below; /* clauses of earlier stages only; 0: all */
	bool *edge; /* [users * clauses] who can fill which clause */
	size_t *place; /* [users] the clause that each fills, or CSG_NONE */
	size_t *filled; /* [clauses] places filled */
	bool *tried; /* [clauses] on the current path */
	bool *dead; /* [clauses] no place can be found there any more */
};

/* Start without edges.  Clear m even after a failure (out of memory). */
enum csg_rc csg_matching_init(struct csg_matching *m, size_t users,
    const struct csg_rule *rule, struct csg_err *err);
void csg_matching_clear(struct csg_matching *m);

/* Can person u fill clause c?  For the caller to set. */
static inline bool *
csg_matching_edge(const struct csg_matching *m, size_t u, size_t c)
{
	return &m->edge[u * m->rule->nclauses + c];
}

/* Match all people to the clauses of the stages below this one (0: to all
 * clauses).  Sets m->place and m->filled; returns the number of places
 * filled. */
size_t csg_matching_run(struct csg_matching *m, unsigned below);

/* How many places do the clauses of the stages below this one (0: all) have? */
size_t csg_matching_places(const struct csg_rule *rule, unsigned below);

#endif
