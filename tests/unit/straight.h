/*
 * Matching people and places the straightforward way, to compare with: one
 * person after the other, each time as if nothing had been learnt before.
 */
#ifndef CSG_UNIT_STRAIGHT_H
#define CSG_UNIT_STRAIGHT_H

#include <string.h>

#include "lib/policy/rule.h"

#define STRAIGHT_USERS 64
#define STRAIGHT_CLAUSES 16

struct straight {
	const struct csg_rule *rule;
	size_t users;
	unsigned below; /* clauses of earlier stages only; 0: all */
	bool edge[STRAIGHT_USERS][STRAIGHT_CLAUSES];
	size_t place[STRAIGHT_USERS];
	size_t filled[STRAIGHT_CLAUSES];
	bool tried[STRAIGHT_CLAUSES];
};

static inline bool
straight_seat(struct straight *m, size_t u)
{
	const struct csg_clause *clause;
	size_t c, v;

	for (c = 0; c < m->rule->nclauses; c++) {
		clause = &m->rule->clauses[c];
		if (m->tried[c] || !m->edge[u][c] ||
		    (m->below != 0 && clause->stage >= m->below))
			continue;
		m->tried[c] = true;
		if (m->filled[c] < clause->need) {
			m->filled[c]++;
			m->place[u] = c;
			return true;
		}
		for (v = 0; v < m->users; v++)
			if (m->place[v] == c && straight_seat(m, v)) {
				m->place[u] = c;
				return true;
			}
	}
	return false;
}

/* How many places are filled? */
static inline size_t
straight_run(struct straight *m)
{
	size_t u, n = 0;

	memset(m->filled, 0, sizeof(m->filled));
	for (u = 0; u < m->users; u++)
		m->place[u] = CSG_NONE;
	for (u = 0; u < m->users; u++) {
		memset(m->tried, 0, sizeof(m->tried));
		n += straight_seat(m, u);
	}
	return n;
}

/* Could the places of the rule be filled by the people of the set (NULL:
 * everybody), the requester aside? */
static inline bool
straight_reachable(const struct csg_rule *rule, size_t users, size_t requester,
    const bool *people)
{
	struct straight m = { .rule = rule, .users = users };
	size_t u, c, places = 0;

	for (c = 0; c < rule->nclauses; c++) {
		places += rule->clauses[c].need;
		for (u = 0; u < users; u++)
			m.edge[u][c] = u != requester &&
			    (people == NULL || people[u]) &&
			    rule->clauses[c].member[u];
	}
	return straight_run(&m) == places;
}

#endif
