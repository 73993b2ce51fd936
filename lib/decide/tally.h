/*
 * Tally: a request and the votes on it, judged at one moment.
 *
 * Each vote of a case is either eligible or not; the decision of quorum.h is
 * based on the eligible ones.  csg_decide() makes tallies for all tools.
 */
#ifndef CSG_DECIDE_TALLY_H
#define CSG_DECIDE_TALLY_H

#include "lib/message/act.h"
#include "lib/message/case.h"
#include "lib/message/evidence.h"

/* The most approvals and abstentions of one person that count, and the most
 * rejections, so that nobody can make the evidence grow without bound. */
#define CSG_VOTES_OF_ONE 8

/* The most different heads of the ledger in one person's votes: the receipt
 * must have a proof for each. */
#define CSG_HEADS_OF_ONE 16

/* The terms by which a case is judged; all borrowed. */
struct csg_terms {
	/* in force; one of those under which the case was verified */
	const struct csg_policy *policy;
	int64_t time; /* T */
	/* when a claim of time T is completed, or 0: the request must not
	 * have expired by then */
	int64_t completed;
	/* a later policy of the same chain, or NULL, for the keys that it
	 * calls compromised */
	const struct csg_policy *newest;
	/* names, NULL-terminated, or NULL: people whose approvals, requests
	 * and acts do not count here; their rejections do */
	char *const *suspended;
	bool founding; /* a request for the first policy, judged by that */
	bool strict; /* refuse if any message does not count */
	bool exact; /* refuse if any vote is not evidence, even a repeat */
};

/* A vote of the case and whether it counts. */
struct csg_tallied {
	const struct csg_message *msg; /* borrowed; NULL in a trial */
	const char *origin; /* borrowed */
	const struct csg_endorsement *vote; /* the case's; NULL: unreadable */
	size_t user; /* or CSG_NONE */
	const struct csg_cert *cert; /* whose key signed it, or NULL */
	bool eligible; /* valid, and so listed in the evidence */
	bool counted; /* eligible, and its key not compromised later */
	struct csg_err why; /* why it is not counted */
};

/* The result. */
struct csg_tally {
	const struct csg_policy *policy; /* borrowed */
	const struct csg_message *msg; /* borrowed; NULL in a trial */
	const struct csg_request *request; /* the case's */
	const struct csg_profile *profile;
	size_t requester;
	int64_t time; /* T */
	struct csg_tallied *votes;
	size_t n;
	struct csg_decision decision;
	const struct csg_message *act_msg; /* borrowed, or NULL */
	struct csg_act *act; /* the operator's, owned; or NULL */
	/* names of people whom a verdict must not suggest: those suspended or
	 * left out of a recount; borrowed, or NULL */
	char *const *suspended;
	struct csg_author actor; /* who made the act */
	struct csg_case *trial; /* owned; of hypothetical votes, or NULL */
};

/*
 * Judge a case, which must outlive *out (csg_tally_free).  Messages that are
 * not votes on the request are listed as not counted.
 *
 * CSG_OK: the request is in order and *out has the decision, for or against.
 * Otherwise the request itself is refused: POLICY, the reasons of
 * csg_message_verify() and csg_request_check(), EXPIRED if it had expired at
 * terms->completed, REQMISMATCH if it should be a founding, SUSPENDED, REVOKED.
 */
enum csg_rc csg_tally_make(const struct csg_case *c,
    const struct csg_terms *terms, struct csg_tally **out, struct csg_err *err);
void csg_tally_free(struct csg_tally *t);

/* May a vote of this kind by this user count, regardless of its signature and
 * time?  SELF, GROUP, BLIND. */
enum csg_rc csg_tally_check_right(const struct csg_tally *t,
    const struct csg_tallied *v, struct csg_err *err);

/* For recount.c: decide again on the votes that are counted; those without
 * standing (STAGE, STATEMENT) are neither eligible nor counted afterwards.
 * IO. */
enum csg_rc csg_tally_decide(struct csg_tally *t, struct csg_err *err);
/* Decide again, but do not change which votes are eligible.  IO. */
enum csg_rc csg_tally_decide_again(struct csg_tally *t, struct csg_err *err);

/* Is the name on the list (NULL-terminated, or NULL)? */
bool csg_is_named(char *const *names, const char *name);

/*
 * Check the operator's act and add it to a tally.  Errors are those of
 * csg_act_read() and csg_act_check(); OPERATOR also if the profile names no
 * operators, SUSPENDED or REVOKED if the operator or the operator's key is.
 */
enum csg_rc csg_tally_operate(struct csg_tally *t,
    const struct csg_message *act, const struct csg_policy *newest,
    struct csg_err *err);

/* Does the request put a new policy in force? */
bool csg_tally_makes_policy(const struct csg_tally *t);

/* Call visit for each head of the ledger in eligible votes, other than
 * rejections, until visit fails; returns that failure. */
typedef enum csg_rc (*csg_tree_head_visit)(void *arg,
    const struct csg_endorsement *vote, const struct csg_receipt *head,
    struct csg_err *err);
enum csg_rc csg_tally_each_head(const struct csg_tally *t,
    csg_tree_head_visit visit, void *arg, struct csg_err *err);

/* Append its messages (request, eligible votes, act), armoured. */
void csg_tally_armor(const struct csg_tally *t, struct csg_buf *out);

/* The name of the route that was decided on. */
const char *csg_tally_route(const struct csg_tally *t);

/* Find the first vote that is not counted for a reason other than REPLAY or,
 * with exact, the first that is not eligible: CSG_OK if none, or its reason. */
enum csg_rc csg_tally_strict(
    const struct csg_tally *t, bool exact, struct csg_err *err);

/* Append the evidence of a tally whose verdict is CSG_OK, by that route;
 * *digest becomes its SHA-256. */
enum csg_rc csg_tally_evidence(const struct csg_tally *t, const char *route,
    struct csg_buf *text, struct csg_id *digest, struct csg_err *err);

#endif
