/*
 * Case: one request and everything that came with it.
 *
 * Each message is read once and verified once; if either fails, the case
 * records why.  The code that decides a case (lib/decide) need not verify an
 * envelope again.
 */
#ifndef CSG_MESSAGE_CASE_H
#define CSG_MESSAGE_CASE_H

#include "lib/message/bundle.h"
#include "lib/message/request.h"
#include "lib/message/vote.h"

/* A message beside a request that may be a vote on it. */
struct csg_candidate {
	const struct csg_message *msg; /* borrowed from its bundle */
	struct csg_endorsement *vote; /* owned; NULL: not a vote, see why */
	struct csg_author by; /* cert NULL: not authentic, see why; or not
				 * verified, being for another request */
	/* CSG_OK; or why it is not a vote, or not authentic; or LOG: a head
	 * of the ledger in an authentic vote is not valid */
	struct csg_err why;
};

/* Fields are read-only for callers; messages are borrowed from bundles. */
struct csg_case {
	const struct csg_message *msg; /* the request */
	struct csg_request *request;
	const struct csg_policy *policy; /* that it names; NULL: unknown */
	struct csg_author by; /* the requester; cert NULL: see why */
	struct csg_err why;
	struct csg_candidate *votes;
	size_t n;
	const struct csg_message *act; /* of an operator, or NULL */
	const struct csg_message *seal; /* or NULL */
	const struct csg_message *receipt; /* of the ledger, or NULL */
	const struct csg_bundle *bundle; /* from csg_case_open(), else NULL */
	const struct csg_policy *const *policies; /* known; borrowed */
	size_t npolicies;
};

/*
 * Make a case from messages as people send them, in any order: the request,
 * which may occur several times, and everything else as candidates for votes.
 * They are verified under the policies, as by csg_case_verify().  Clear out
 * even after a failure.  REQMISMATCH for two different requests, TYPE for
 * none, PARSE and TEXT for one that cannot be read, IO.
 */
enum csg_rc csg_case_open(const struct csg_bundle *b,
    const struct csg_policy *const *policies, size_t n, struct csg_case *out,
    struct csg_err *err);

/*
 * Make a case from messages as csg-sign stores them, from *pos on: a request,
 * its votes and perhaps an operator's act; then, unless unsealed, a seal and
 * perhaps a receipt.  *pos is moved past them.  Nothing is verified.  Clear
 * out even after a failure.  PARSE if the messages are not in that order, or
 * as csg_case_open().
 */
enum csg_rc csg_case_take(const struct csg_bundle *b, size_t *pos,
    bool unsealed, struct csg_case *out, struct csg_err *err);

/*
 * Verify the request and all votes on it, each under the policy that it names.
 * The policies (n versions of one chain, in order) are the known ones from now
 * on and are borrowed.  A vote's heads of the ledger must be signed under its
 * policy or an older one.  The case records which messages are not valid; only
 * trouble (IO) is returned as an error.
 */
enum csg_rc csg_case_verify(struct csg_case *c,
    const struct csg_policy *const *policies, size_t n, struct csg_err *err);

/* Add all messages of another bundle as candidates for votes, read and
 * verified under the known policies.  The bundle must outlive the case.  IO. */
enum csg_rc csg_case_add(
    struct csg_case *c, const struct csg_bundle *b, struct csg_err *err);
/* Add a vote that the caller has just made with by's key and verified: it is
 * read, but not verified again.  m must outlive the case. */
enum csg_rc csg_case_add_own(struct csg_case *c, const struct csg_message *m,
    const struct csg_author *by, struct csg_err *err);

/* Forget the list of policies, when no messages will be added any more. */
void csg_case_drop_policies(struct csg_case *c);
void csg_case_clear(struct csg_case *c);

#endif
