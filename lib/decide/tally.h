/*
 * Tally: a request and the votes on it, judged at one moment.
 *
 * csg-sign makes one before it signs, csg-verify and every reader of a policy
 * chain make the same again from the evidence.  Each vote is verified, found
 * eligible or not, and the eligible ones go to quorum.h for the decision.
 */
#ifndef CSG_DECIDE_TALLY_H
#define CSG_DECIDE_TALLY_H

#include "lib/message/act.h"
#include "lib/message/case.h"
#include "lib/message/vote.h"
#include "lib/message/evidence.h"

/* Of one person's approvals and abstentions, and of the rejections, so many
 * count at most: the evidence must not grow at anybody's will. */
#define CSG_VOTES_OF_ONE 8

/* And so many different heads of the ledger, which the receipt must prove. */
#define CSG_HEADS_OF_ONE 16

struct csg_tallied {
	const struct csg_message *msg; /* borrowed; NULL in a trial */
	const char *origin; /* borrowed */
	struct csg_endorsement *vote; /* NULL when unreadable */
	size_t user; /* or CSG_NONE */
	const struct csg_cert *cert; /* that signed it, or NULL */
	bool eligible; /* valid; stands in the evidence */
	bool counted; /* eligible, and not revoked later */
	struct csg_err why; /* when not counted */
};

struct csg_tally {
	const struct csg_policy *policy; /* borrowed */
	const struct csg_message *msg; /* borrowed; NULL in a trial */
	struct csg_request *request;
	const struct csg_profile *profile;
	size_t requester;
	int64_t time; /* T */
	struct csg_tallied *votes;
	size_t n;
	struct csg_decision decision;
	const struct csg_message *act_msg; /* borrowed, or NULL */
	struct csg_act *act; /* the operator's, or NULL */
	/* names of whom nobody is told to ask: the suspended, or those who are
	 * left out of a recount; borrowed, or NULL */
	char *const *suspended;
	size_t actor; /* or CSG_NONE */
	const struct csg_cert *actor_cert;
};

struct csg_tally_in {
	const struct csg_policy *policy;
	const struct csg_case *messages; /* act and seal are not looked at */
	int64_t time; /* T */
	/* the versions before it, for what votes say of the ledger */
	const struct csg_policy *const *past;
	size_t npast;
	/* a later policy of the same chain, or NULL: its word on compromised
	 * keys is heard */
	const struct csg_policy *newest;
	/* names, NULL-terminated, or NULL: people whose approvals and
	 * requests don't count here; their rejections do */
	char *const *suspended;
};

/*
 * Judge.  What is no vote on the request is listed as not counted.
 *
 * CSG_OK: the request is in order and *out tells the decision, for or
 * against.  Otherwise the request itself is refused, see
 * csg_request_check(); SUSPENDED.
 */
enum csg_rc csg_tally_make(
    const struct csg_tally_in *in, struct csg_tally **out, struct csg_err *err);
void csg_tally_free(struct csg_tally *t);

/* SUSPENDED if the name is on the list (NULL-terminated, or NULL). */
enum csg_rc csg_tally_suspended(
    char *const *suspended, const char *name, struct csg_err *err);

/* A vote that somebody might cast. */
struct csg_trial_vote {
	size_t user;
	enum csg_vote vote;
	const char *statement; /* or NULL */
};

/*
 * What if?  The decision on votes that were never cast, at time t: each is
 * valid, cites all that stand before it, and came long enough ago for any
 * cooling-off.  requester may be CSG_NONE.
 */
enum csg_rc csg_tally_try(const struct csg_policy *p,
    const struct csg_profile *pr, size_t requester,
    const struct csg_trial_vote *votes, size_t n, int64_t t,
    struct csg_tally **out, struct csg_err *err);

/*
 * Take the operator's act into a tally.  *err tells why it is none, see
 * csg_act_check(); OPERATOR also when the profile names no operators.
 */
enum csg_rc csg_tally_operate(struct csg_tally *t,
    const struct csg_message *act, const struct csg_policy *newest,
    struct csg_err *err);

/* The decision in words: CSG_OK, VETO, or QUORUM, STAGE, COOLING, WINDOW with
 * what is missing and who could give it. */
enum csg_rc csg_tally_verdict(const struct csg_tally *t, struct csg_err *err);

/* Does the request put a new policy in force? */
bool csg_tally_makes_policy(const struct csg_tally *t);

/* Could the person still fill the clause of the route decided on? */
bool csg_tally_could_fill(
    const struct csg_tally *t, size_t clause, size_t user);

/*
 * What if these people (names, NULL-terminated) had said nothing?  Decide
 * again: their votes stay eligible and count no more.  REVOKED when the
 * signature would not be there: the verdict is another, or one of them is the
 * requester or the operator.  t borrows the names.
 */
enum csg_rc csg_tally_without(
    struct csg_tally *t, char *const *names, struct csg_err *err);

/* The heads of the ledger that eligible votes bring, one after another until
 * visit fails; those of rejections are not asked for. */
typedef enum csg_rc (*csg_tree_head_visit)(void *arg,
    const struct csg_endorsement *vote, const struct csg_receipt *head,
    struct csg_err *err);
enum csg_rc csg_tally_each_head(const struct csg_tally *t,
    csg_tree_head_visit visit, void *arg, struct csg_err *err);

/* Append its messages (request, eligible votes, act), armoured. */
void csg_tally_armor(const struct csg_tally *t, struct csg_buf *out);

/* The name of the route decided on. */
const char *csg_tally_route(const struct csg_tally *t);

/* The first vote that is not counted for another reason than that it is a
 * repeat: CSG_OK or why (for --strict). */
enum csg_rc csg_tally_strict(const struct csg_tally *t, struct csg_err *err);

/* The evidence of a tally whose verdict is CSG_OK, by that route: the text is
 * appended, *digest its SHA-256. */
enum csg_rc csg_tally_evidence(const struct csg_tally *t, const char *route,
    struct csg_buf *text, struct csg_id *digest, struct csg_err *err);

#endif
