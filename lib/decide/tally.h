/*
 * Tally: a request and the votes on it, judged at one moment.
 *
 * Each vote of a case is found eligible or not, and the eligible ones go to
 * quorum.h for the decision.  csg_decide() makes tallies for all tools.
 */
#ifndef CSG_DECIDE_TALLY_H
#define CSG_DECIDE_TALLY_H

#include "lib/message/act.h"
#include "lib/message/case.h"
#include "lib/message/evidence.h"

/* So many approvals and abstentions of one person count at most, and so many
 * rejections: nobody may make the evidence grow without bound. */
#define CSG_VOTES_OF_ONE 8

/* And so many different heads of the ledger, which the receipt must prove. */
#define CSG_HEADS_OF_ONE 16

/* What a case is judged by; all borrowed. */
struct csg_terms {
	/* in force; one of those that the case was verified under */
	const struct csg_policy *policy;
	int64_t time; /* T */
	/* when a claim of time T is completed, or 0: the request must not have
	 * expired until then */
	int64_t completed;
	/* a later policy of the same chain, or NULL, which says what keys are
	 * compromised */
	const struct csg_policy *newest;
	/* names, NULL-terminated, or NULL: people whose approvals and requests
	 * and acts don't count here; their rejections do */
	char *const *suspended;
	bool founding; /* it asks for the first policy, which judges it */
	bool strict; /* any message that does not count is refused */
	bool exact; /* so is a repeated one: all are evidence */
};

/* A vote of the case, weighed. */
struct csg_tallied {
	const struct csg_message *msg; /* borrowed; NULL in a trial */
	const char *origin; /* borrowed */
	const struct csg_endorsement *vote; /* the case's; NULL: unreadable */
	size_t user; /* or CSG_NONE */
	const struct csg_cert *cert; /* that signed it, or NULL */
	bool eligible; /* valid; stands in the evidence */
	bool counted; /* eligible, and not revoked later */
	struct csg_err why; /* when not counted */
};

/* What came of it. */
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
	struct csg_act *act; /* the operator's, or NULL */
	/* names of people whom a verdict must not suggest: the suspended, or
	 * those left out of a recount; borrowed, or NULL */
	char *const *suspended;
	struct csg_author actor; /* who made the act */
	struct csg_case *trial; /* owned; of what was never said, or NULL */
};

/*
 * Judge a case, which must outlive *out (csg_tally_free).  What is no vote on
 * the request is listed as not counted.
 *
 * CSG_OK: the request is in order and *out tells the decision, for or
 * against.  Otherwise the request itself is refused: POLICY, the reasons of
 * csg_message_verify() and csg_request_check(), REQMISMATCH when it should be
 * a founding, SUSPENDED, REVOKED.
 */
enum csg_rc csg_tally_make(const struct csg_case *c,
    const struct csg_terms *terms, struct csg_tally **out, struct csg_err *err);
void csg_tally_free(struct csg_tally *t);

/* May this vote count, its author and time aside?  SELF, GROUP, BLIND. */
enum csg_rc csg_tally_check_right(const struct csg_tally *t,
    const struct csg_tallied *v, struct csg_err *err);

/* For recount.c: decide anew on the votes that are counted; those without
 * standing (STAGE, STATEMENT) are neither eligible nor counted after it.  IO. */
enum csg_rc csg_tally_decide(struct csg_tally *t, struct csg_err *err);
/* Decide anew, but leave which votes are eligible as it is.  IO. */
enum csg_rc csg_tally_decide_again(struct csg_tally *t, struct csg_err *err);

/* Is the name on the list (NULL-terminated, or NULL)? */
bool csg_is_named(char *const *names, const char *name);

/*
 * Take the operator's act into a tally.  *err tells why it is none, see
 * csg_act_check(); OPERATOR also when the profile names no operators,
 * SUSPENDED when the operator is.
 */
enum csg_rc csg_tally_operate(struct csg_tally *t,
    const struct csg_message *act, const struct csg_policy *newest,
    struct csg_err *err);

/* Does the request put a new policy in force? */
bool csg_tally_makes_policy(const struct csg_tally *t);

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
 * repeat, or with exact the first that is not eligible: CSG_OK or why. */
enum csg_rc csg_tally_strict(
    const struct csg_tally *t, bool exact, struct csg_err *err);

/* The evidence of a tally whose verdict is CSG_OK, by that route: the text is
 * appended, *digest its SHA-256. */
enum csg_rc csg_tally_evidence(const struct csg_tally *t, const char *route,
    struct csg_buf *text, struct csg_id *digest, struct csg_err *err);

#endif
