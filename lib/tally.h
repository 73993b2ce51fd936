/*
 * Tally: a request and the votes on it, judged at one moment.
 *
 * csg-sign makes one before it signs, csg-verify and every reader of a policy
 * chain make the same again from the evidence.  Each vote is verified, found
 * eligible or not, and the eligible ones go to quorum.h for the decision.
 */
#ifndef CSG_TALLY_H
#define CSG_TALLY_H

#include "lib/bundle.h"
#include "lib/endorsement.h"
#include "lib/evidence.h"
#include "lib/request.h"

struct csg_tallied {
	const struct csg_message *msg; /* borrowed */
	struct csg_endorsement *vote; /* NULL when unreadable */
	size_t user; /* or CSG_NOBODY */
	const struct csg_cert *cert; /* that signed it, or NULL */
	bool eligible; /* valid; stands in the evidence */
	bool counted; /* eligible, and not revoked later */
	struct csg_err why; /* when not counted */
};

struct csg_tally {
	const struct csg_policy *policy; /* borrowed */
	const struct csg_message *msg; /* borrowed */
	struct csg_request *request;
	const struct csg_profile *profile;
	size_t requester;
	int64_t time; /* T */
	struct csg_tallied *votes;
	size_t n;
	struct csg_decision decision;
};

/*
 * Judge at time t.  votes are messages of any kind: what is no vote on this
 * request is listed as not counted.  newest, when not NULL, is a later policy
 * of the same chain, whose word on compromised keys is heard.
 *
 * CSG_OK: the request is in order and *out tells the decision, for or
 * against.  Otherwise the request itself is refused, see
 * csg_request_check().
 */
enum csg_rc csg_tally_make(const struct csg_policy *p,
    const struct csg_message *request, const struct csg_message *const *votes,
    size_t n, int64_t t, const struct csg_policy *newest,
    struct csg_tally **out, struct csg_err *err);
void csg_tally_free(struct csg_tally *t);

/* The decision in words: CSG_OK, VETO, or QUORUM with what is missing and who
 * could give it. */
enum csg_rc csg_tally_verdict(const struct csg_tally *t, struct csg_err *err);

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
