/*
 * Quorum: do these votes satisfy this rule?
 *
 * A pure decision.  Nothing here opens a file, reads the clock, talks to a
 * token or checks a signature: tally.h has already proved who voted what,
 * in time, on this request, under this policy.  Same arguments, same answer,
 * on any machine.
 *
 * People are numbers from 0 to users-1.  A rule has one or more alternative
 * routes; a route has clauses; a clause asks for "need" members of a group.
 * A person counts once in a route, whatever number of votes, keys or groups:
 * people and places are matched as a maximum bipartite matching, exactly.
 */
#ifndef CSG_QUORUM_H
#define CSG_QUORUM_H

#include <stddef.h>

#include "lib/err.h"

#define CSG_NOBODY ((size_t)-1)

enum csg_vote { CSG_APPROVE, CSG_REJECT, CSG_ABSTAIN };

struct csg_clause {
	size_t need; /* >= 1 */
	const bool *member; /* [users]: is in the clause's group */
};

struct csg_route {
	const struct csg_clause *clauses;
	size_t nclauses; /* >= 1 */
};

struct csg_ballot {
	size_t user; /* < users */
	enum csg_vote vote;
};

struct csg_quorum {
	size_t users;
	size_t requester; /* or CSG_NOBODY */
	const struct csg_route *routes; /* in the policy's order */
	size_t nroutes; /* >= 1 */
	const struct csg_ballot *ballots; /* any order, repeats allowed */
	size_t nballots;
};

enum csg_verdict {
	CSG_WAITING, /* the zero value: nothing is met by default */
	CSG_MET,
	CSG_VETOED /* rejected, or withdrawn by the requester */
};

struct csg_decision {
	enum csg_verdict verdict; /* the only field to act on */
	size_t route; /* MET: the first route that is met;
					 * else the one nearest to it */
	size_t have, need; /* places filled and asked, of route */
	size_t *place; /* [users]: clause that the person
					 * fills in route, or CSG_NOBODY */
	size_t *filled; /* [clauses of route]: places filled */
	bool *vetoed_by; /* [users] */
};

/*
 * Decide.  A rejection by any member of any clause of any route is a veto,
 * whatever else that person said; the requester's own rejection withdraws
 * (VETOED too) and the requester's approval never counts.  Ballots of people
 * who are in no clause are ignored.
 *
 * out is filled on CSG_OK and must be freed with csg_decision_clear(); on
 * failure (out of memory) it is all zero, which is "waiting".
 */
enum csg_rc csg_quorum_decide(
    const struct csg_quorum *q, struct csg_decision *out, struct csg_err *err);
void csg_decision_clear(struct csg_decision *d);

/*
 * Could the route be met at all if everybody but the requester approved?
 * For the policy's lint: members of all clauses matched together.
 */
enum csg_rc csg_quorum_reachable(size_t users, size_t requester,
    const struct csg_route *route, bool *out, struct csg_err *err);

#endif
