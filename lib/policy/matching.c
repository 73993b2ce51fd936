/* Maximum matching by augmenting paths, one person at a time. */
#include <stdlib.h>
#include <string.h>

#include "lib/policy/matching.h"

enum csg_rc
csg_matching_init(struct csg_matching *m, size_t users,
    const struct csg_rule *rule, struct csg_err *err)
{
	memset(m, 0, sizeof(*m));
	m->rule = rule;
	m->users = users;
	m->edge = calloc(users + 1, rule->nclauses * sizeof(*m->edge));
	m->place = calloc(users + 1, sizeof(*m->place));
	m->filled = calloc(rule->nclauses + 1, sizeof(*m->filled));
	m->tried = calloc(rule->nclauses + 1, sizeof(*m->tried));
	m->dead = calloc(rule->nclauses + 1, sizeof(*m->dead));
	if (m->edge == NULL || m->place == NULL || m->filled == NULL ||
	    m->tried == NULL || m->dead == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

void
csg_matching_clear(struct csg_matching *m)
{
	free(m->edge);
	free(m->place);
	free(m->filled);
	free(m->tried);
	free(m->dead);
}

/* Is the clause one of those to fill? */
static bool
asked(const struct csg_matching *m, size_t c)
{
	return m->below == 0 || m->rule->clauses[c].stage < m->below;
}

/*
 * Find a place for u: a free one, or one whose holder can move on.  Each
 * clause is tried once per path, so the depth is at most that of the clauses.
 */
static bool
seat(struct csg_matching *m, size_t u)
{
	size_t c, v;

	for (c = 0; c < m->rule->nclauses; c++) {
		if (m->tried[c] || !asked(m, c) || !*csg_matching_edge(m, u, c))
			continue;
		m->tried[c] = true;
		if (m->filled[c] < m->rule->clauses[c].need) {
			m->filled[c]++;
			m->place[u] = c;
			return true;
		}
		for (v = 0; v < m->users; v++)
			if (m->place[v] == c && seat(m, v)) {
				/* v has left a place here */
				m->place[u] = c;
				return true;
			}
	}
	return false;
}

/*
 * A person who finds no place has tried clauses that are full of people who
 * can move only among those clauses.  Nobody later can find a place in one of
 * them, so they are not tried again.
 */
size_t
csg_matching_run(struct csg_matching *m, unsigned below)
{
	const size_t size = m->rule->nclauses * sizeof(*m->tried);
	size_t u, n = 0;

	m->below = below;
	memset(m->filled, 0, m->rule->nclauses * sizeof(*m->filled));
	memset(m->dead, 0, size);
	for (u = 0; u < m->users; u++)
		m->place[u] = CSG_NONE;
	for (u = 0; u < m->users; u++) {
		memcpy(m->tried, m->dead, size);
		if (seat(m, u))
			n++;
		else
			memcpy(m->dead, m->tried, size);
	}
	return n;
}

size_t
csg_matching_places(const struct csg_rule *rule, unsigned below)
{
	size_t c, n = 0;

	for (c = 0; c < rule->nclauses; c++)
		if (below == 0 || rule->clauses[c].stage < below)
			n += rule->clauses[c].need;
	return n;
}
