/*
 * Quorum: do these votes satisfy one of these rules?
 *
 * The decision is a pure function.  Nothing here opens a file, reads the
 * clock, talks to a token or checks a signature: tally.h has already
 * established who voted what, in time, on this request, under this policy.
 * The same arguments give the same answer on any machine.
 *
 * Each alternative route has a rule; a rule has clauses; a clause asks for
 * "need" members of a group, perhaps with a certain statement, perhaps after
 * earlier stages.  A person counts once in a route, regardless of the number
 * of votes, keys or groups: matching.h fills the places.
 */
#ifndef CSG_POLICY_QUORUM_H
#define CSG_POLICY_QUORUM_H

#include "lib/policy/rule.h"

enum csg_vote { CSG_APPROVE, CSG_REJECT, CSG_ABSTAIN };

struct csg_ballot {
	size_t user; /* < users */
	enum csg_vote vote;
	unsigned statement; /* 0: none */
	int64_t time;
	const size_t *cites; /* other ballots, by index */
	size_t ncites;
};

struct csg_quorum {
	size_t users;
	size_t requester; /* or CSG_NONE */
	const bool *may_veto; /* [users]; NULL: every member of a clause */
	const struct csg_rule *rules; /* in the policy's order */
	size_t nrules; /* >= 1 */
	const struct csg_ballot *ballots; /* any order, repeats allowed */
	size_t nballots;
	int64_t time; /* T, the time of the decision */
	bool no_wait; /* ignore cooling-off and windows */
};

enum csg_verdict {
	CSG_WAITING, /* the zero value, so that nothing is met by default */
	CSG_MET,
	CSG_VETOED /* rejected, or withdrawn by the requester */
};

/* Whether a ballot counts: only those with CSG_STANDS do. */
enum csg_standing {
	CSG_STANDS,
	CSG_NO_PLACE, /* an approval by somebody who is in no clause's group */
	CSG_NO_STATEMENT, /* that person's clauses require another statement */
	CSG_NO_STAGE /* the votes it cites don't fill the earlier stages */
};

struct csg_decision {
	enum csg_verdict verdict; /* the only field to act on */
	enum csg_reason reason; /* VETO, QUORUM, STAGE, COOLING, WINDOW;
					 * NONE when met */
	size_t route; /* MET: the first route that is met;
					 * else the one nearest to it, a
					 * last resort only if there is
					 * no other */
	size_t have, need; /* places of route: filled, and in all */
	size_t *place; /* [users]: clause that the person
					 * fills in route, or CSG_NONE */
	size_t *filled; /* [clauses of route]: places filled */
	bool *silent; /* [users]: has yet to vote, in route */
	size_t nsilent;
	int64_t until; /* COOLING, WINDOW: wait until then */
	bool *vetoed_by; /* [users] */
	enum csg_standing *standing; /* [ballots] */
};

/*
 * Decide.
 *
 * An approval fits a clause if its author is a member, if its statement is
 * the clause's (where there is one), and if, in a later stage, approvals that
 * it cites, by people other than its author, fill all places of all earlier
 * stages of that route.  A route is met if all places are filled, if
 * everybody has voted where all must vote (any ballot that stands will do),
 * if the cooling-off period since then is over, and if the window is open.
 *
 * A rejection by anybody who may veto stops the request, regardless of that
 * person's other votes; the requester's own rejection withdraws it (VETOED
 * too), and the requester's approval never counts.
 *
 * On CSG_OK out is filled and must be freed with csg_decision_clear(); on
 * failure (out of memory) it is all zero, which is "waiting".
 */
enum csg_rc csg_quorum_decide(
    const struct csg_quorum *q, struct csg_decision *out, struct csg_err *err);
void csg_decision_clear(struct csg_decision *d);

/* *out: the time of the ballot that completed a route (an index of q->rules),
 * ignoring vetoes, cooling-off and window; CSG_NEVER if none did.  Fails if
 * out of memory. */
#define CSG_NEVER INT64_MAX
enum csg_rc csg_quorum_completed(const struct csg_quorum *q, size_t route,
    int64_t *out, struct csg_err *err);

#endif
