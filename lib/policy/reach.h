/*
 * Reach: can the places of a rule be filled at all, and without whom?
 * Statements and stages are ignored: everybody in a group could vote as its
 * clauses require.
 *
 * The answer for all people takes one matching, in time about proportional to
 * the number of memberships in the rule's groups.  This check runs whenever a
 * policy is read.  Which vote fills which place in a decision is up to
 * matching.h.
 */
#ifndef CSG_POLICY_REACH_H
#define CSG_POLICY_REACH_H

#include "lib/base/err.h"
#include "lib/policy/rule.h"

/*
 * Set spare[u] for each of the users: can people (NULL: all users) without u
 * fill all places of the rule?  u need not be one of people.  Fails only if
 * out of memory.
 */
enum csg_rc csg_reach_find(const struct csg_rule *rule, size_t users,
    const bool *people, bool *spare, struct csg_err *err);

#endif
