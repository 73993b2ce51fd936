/*
 * Quorum: do these votes satisfy one of these rules?
 *
 * A pure decision.  Nothing here opens a file, reads the clock, talks to a
 * token or checks a signature: tally.h has already proved who voted what,
 * in time, on this request, under this policy.  Same arguments, same answer,
 * on any machine.
 *
 * Each alternative route has a rule; a rule has clauses; a clause asks for
 * "need" members of a group, perhaps with a certain statement, perhaps after
 * earlier stages.  A person counts once in a route, whatever number of votes,
 * keys or groups: matching.h fills the places.
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
	int64_t time; /* T */
	bool no_wait; /* cooling-off and windows aside */
};

enum csg_verdict {
	CSG_WAITING, /* the zero value: nothing is met by default */
	CSG_MET,
	CSG_VETOED /* rejected, or withdrawn by the requester */
};

/* What a ballot is worth: only those that stand count for anything. */
enum csg_standing {
	CSG_STANDS,
	CSG_NO_PLACE, /* an approval by somebody who is in no clause */
	CSG_NO_STATEMENT, /* every clause of that person asks for another */
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
	size_t have, need; /* places filled and asked, of route */
	size_t *place; /* [users]: clause that the person
					 * fills in route, or CSG_NONE */
	size_t *filled; /* [clauses of route]: places filled */
	bool *silent; /* [users]: must vote yet, of route */
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
 * it cites, of people other than its author, fill all places of all earlier
 * stages of that route.  A route is met if all places are filled, if nobody
 * is silent where all must vote (any ballot that stands will do), if the
 * cooling-off since then is over, and if the window is open.
 *
 * A rejection by whoever may veto stops, whatever else that person said; the
 * requester's own rejection withdraws (VETOED too) and the requester's
 * approval never counts.
 *
 * out is filled on CSG_OK and must be freed with csg_decision_clear(); on
 * failure (out of memory) it is all zero, which is "waiting".
 */
enum csg_rc csg_quorum_decide(
    const struct csg_quorum *q, struct csg_decision *out, struct csg_err *err);
void csg_decision_clear(struct csg_decision *d);

/* The time of the ballot that completed a route, vetoes, cooling-off and window
 * aside; CSG_NEVER when none did. */
#define CSG_NEVER INT64_MAX
enum csg_rc csg_quorum_completed(const struct csg_quorum *q, size_t route,
    int64_t *out, struct csg_err *err);

#endif
