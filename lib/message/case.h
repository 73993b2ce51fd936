/*
 * Case: one request and everything that came with it.
 *
 * Each message is read once and verified once, or it is said why not; what
 * decides on a case (lib/decide) looks at no envelope again.
 */
#ifndef CSG_MESSAGE_CASE_H
#define CSG_MESSAGE_CASE_H

#include "lib/message/bundle.h"
#include "lib/message/request.h"
#include "lib/message/vote.h"

/* A message beside a request that may be a vote on it. */
struct csg_candidate {
	const struct csg_message *msg; /* borrowed from its bundle */
	struct csg_endorsement *vote; /* owned; NULL: it is none, see why */
	struct csg_author by; /* cert NULL: not authentic, see why, or not
				 * asked, since it is on another request */
	/* CSG_OK; or why it is no vote, or not authentic; or LOG: a head of
	 * the ledger that an authentic vote brings does not hold */
	struct csg_err why;
};

/* Fields are read-only for callers; messages are borrowed from the bundles. */
struct csg_case {
	const struct csg_message *msg; /* the request */
	struct csg_request *request;
	const struct csg_policy *policy; /* that it names, if it is known */
	struct csg_author by; /* the requester; cert NULL: see why */
	struct csg_err why;
	struct csg_candidate *votes;
	size_t n;
	const struct csg_message *act; /* of the operator, or NULL */
	const struct csg_message *seal; /* or NULL */
	const struct csg_message *receipt; /* of the ledger, or NULL */
	const struct csg_bundle *bundle; /* of csg_case_open(), else NULL */
	const struct csg_policy *const *policies; /* known; borrowed */
	size_t npolicies;
};

/*
 * Make a case of messages as people send them, in any order: the one distinct
 * request, and everything else as candidates for votes; verified under the
 * policies, as by csg_case_verify().  out is to be cleared, whatever comes
 * back.  REQMISMATCH for two requests, TYPE for none, PARSE and TEXT for one
 * that can't be read, IO.
 */
enum csg_rc csg_case_open(const struct csg_bundle *b,
    const struct csg_policy *const *policies, size_t n, struct csg_case *out,
    struct csg_err *err);

/*
 * Make a case of messages as csg-sign stores them, from *pos on: a request,
 * its votes, the operator's act where there is one; then, unless unsealed, a
 * seal, and a receipt where there is one.  Nothing is verified.  out is to be cleared,
 * whatever comes back.  PARSE when they don't stand in that order, or as
 * csg_case_open().
 */
enum csg_rc csg_case_take(const struct csg_bundle *b, size_t *pos,
    bool unsealed, struct csg_case *out, struct csg_err *err);

/*
 * Verify the request and all votes on it, each under the policy that it names.
 * The policies (versions of one chain, in order) are known from now on and are
 * borrowed.  A vote's heads of the ledger must be signed under its policy or
 * an older one.  What does not hold is said in the case; only trouble (IO) is
 * an error.
 */
enum csg_rc csg_case_verify(struct csg_case *c,
    const struct csg_policy *const *policies, size_t n, struct csg_err *err);

/* Add all messages of another bundle as candidates for votes, read and
 * verified under the policies that are known.  IO. */
enum csg_rc csg_case_add(
    struct csg_case *c, const struct csg_bundle *b, struct csg_err *err);
/* Add a vote that the caller has just made and checked with that person's
 * key: it is read, and not verified once more.  m must outlive the case. */
enum csg_rc csg_case_add_own(struct csg_case *c, const struct csg_message *m,
    const struct csg_author *by, struct csg_err *err);

/* Nothing is added any more: the list of policies may go. */
void csg_case_drop_policies(struct csg_case *c);
void csg_case_clear(struct csg_case *c);

#endif
