/*
 * Rule: the requirements of one route of a profile.
 *
 * People are numbered from 0 to users-1.
 */
#ifndef CSG_POLICY_RULE_H
#define CSG_POLICY_RULE_H

#include <stddef.h>

#include "lib/base/time.h"

#define CSG_NONE ((size_t)-1)

struct csg_clause {
	size_t need; /* >= 1 */
	const bool *member; /* [users]: in the clause's group; borrowed */
	unsigned stage; /* votes for the lowest stage need cite none */
	unsigned statement; /* that the vote must make; 0: any or none */
};

struct csg_rule {
	const struct csg_clause *clauses;
	size_t nclauses; /* >= 1 */
	bool all_vote; /* every member of a clause must vote */
	int64_t cooling_off; /* seconds after the vote that completed it */
	struct csg_window window; /* when signing is allowed */
	bool last_resort; /* suggested to people only if there is no other */
};

#endif
