/*
 * Matching: people and the places of a rule's clauses, as a maximum bipartite
 * matching: as many places as possible are filled, and nobody fills two.
 *
 * Calling order: csg_matching_init, set the edges, csg_matching_run (again with other
 * edges, if need be), csg_matching_clear.
 */
#ifndef CSG_POLICY_MATCHING_H
#define CSG_POLICY_MATCHING_H

#include "lib/policy/rule.h"

struct csg_matching {
	const struct csg_rule *rule; /* borrowed */
	size_t users;
	unsigned below; /* clauses of earlier stages only; 0: all */
	bool *edge; /* [users * clauses] who could fill what */
	size_t *place; /* [users] clause or CSG_NONE */
	size_t *filled; /* [clauses] */
	bool *tried; /* [clauses] on this path */
	bool *dead; /* [clauses] no place will be found there any more */
};

/* No edges yet.  Clear it after a failure (out of memory), too. */
enum csg_rc csg_matching_init(struct csg_matching *m, size_t users,
    const struct csg_rule *rule, struct csg_err *err);
void csg_matching_clear(struct csg_matching *m);

/* Could person u fill clause c?  The caller's to set. */
static inline bool *
csg_matching_edge(const struct csg_matching *m, size_t u, size_t c)
{
	return &m->edge[u * m->rule->nclauses + c];
}

/* Match all people to the clauses of stages below one (0: to all clauses):
 * m->place, m->filled, and the number of places filled. */
size_t csg_matching_run(struct csg_matching *m, unsigned below);

/* How many places do the clauses of stages below one (0: all) have? */
size_t csg_matching_places(const struct csg_rule *rule, unsigned below);

#endif
