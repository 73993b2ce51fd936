/*
 * Case: one request among the messages of a bundle, and what goes with it.
 * All messages are borrowed from the bundle; the array is the case's.
 */
#ifndef CSG_MESSAGE_CASE_H
#define CSG_MESSAGE_CASE_H

#include "lib/message/bundle.h"

struct csg_case {
	const struct csg_message *request;
	const struct csg_message **votes; /* or what claims to be one */
	size_t n;
	const struct csg_message *act; /* of the operator, or NULL */
	const struct csg_message *seal; /* or NULL */
	const struct csg_message *receipt; /* of the ledger, or NULL */
};
void csg_case_clear(struct csg_case *c);

/*
 * Messages as people send them, in any order: the one distinct request, and
 * everything else as candidates for votes.  REQMISMATCH for two requests,
 * TYPE for none.
 */
enum csg_rc csg_case_sort(
    const struct csg_bundle *b, struct csg_case *out, struct csg_err *err);

/* All messages of another bundle as candidates for votes, too. */
enum csg_rc csg_case_add(
    struct csg_case *c, const struct csg_bundle *b, struct csg_err *err);

/*
 * Messages as csg-sign stores them, from *pos on: a request, its votes, the
 * operator's act where there is one, a seal unless unsealed, a receipt where
 * there is one.  PARSE when they don't stand in that order.
 */
enum csg_rc csg_case_take(const struct csg_bundle *b, size_t *pos,
    bool unsealed, struct csg_case *out, struct csg_err *err);

#endif
