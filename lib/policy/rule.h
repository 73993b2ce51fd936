/*
 * Rule: what one route of a profile asks for.
 *
 * People are numbers from 0 to users-1.
 */
#ifndef CSG_POLICY_RULE_H
#define CSG_POLICY_RULE_H

#include <stddef.h>

#include "lib/base/time.h"

#define CSG_NONE ((size_t)-1)

struct csg_clause {
	size_t need; /* >= 1 */
	const bool *member; /* [users]: is in the clause's group */
	unsigned stage; /* the lowest of a route needs no cited votes */
	unsigned statement; /* the vote's statement must be this; 0: any */
};

struct csg_rule {
	const struct csg_clause *clauses;
	size_t nclauses; /* >= 1 */
	bool all_vote; /* every member of a clause must vote */
	int64_t cooling_off; /* seconds from the vote that completed it */
	struct csg_window window; /* when signing is allowed */
	bool last_resort; /* not what people are told to wait for */
};

#endif
