/*
 * Reach: can the places of a rule be filled at all, and who can be missing
 * then?  Statements and stages aside: everybody in a group could vote as its
 * clauses ask.
 *
 * The answer for all people takes one matching, whose time is about
 * proportional to the memberships of the rule's groups: policies are refused
 * by it whenever one is read.  What fills which place in a decision is
 * matching.h's.
 */
#ifndef CSG_POLICY_REACH_H
#define CSG_POLICY_REACH_H

#include "lib/base/err.h"
#include "lib/policy/rule.h"

/*
 * spare[u], for each of the users: can all places of the rule be filled by
 * people of the set (NULL: all users), u not among them?  u need not be of the
 * set.  Nothing but memory can run out.
 */
enum csg_rc csg_reach_find(const struct csg_rule *rule, size_t users,
    const bool *people, bool *spare, struct csg_err *err);

#endif
