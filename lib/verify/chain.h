/*
 * The policy chain: from the founding that everybody pins to the policy in
 * force, each version approved by the quorum of the one before.
 *
 * A chain exists only if every link holds: csg-policy(5) "THE CHAIN".
 */
#ifndef CSG_VERIFY_CHAIN_H
#define CSG_VERIFY_CHAIN_H

#include "lib/verify/record.h"

/* trust.pem */
struct csg_trust {
	struct csg_id founding; /* id of version 1 */
	struct csg_cert *cert; /* of the key that signed it */
};

/* Read an anchor, or the file of one; *out is the caller's (csg_trust_free).
 * PARSE, ALG, and for the file IO. */
enum csg_rc csg_trust_read(
    const void *text, size_t len, struct csg_trust **out, struct csg_err *err);
enum csg_rc csg_trust_load(
    const char *path, struct csg_trust **out, struct csg_err *err);
/* Append the text of a trust.pem. */
enum csg_rc csg_trust_write(
    const struct csg_trust *t, struct csg_buf *out, struct csg_err *err);
void csg_trust_free(struct csg_trust *t);

struct csg_link {
	struct csg_policy *policy;
	const struct csg_message *msg; /* the policy's envelope */
	struct csg_case *messages; /* request, votes and seal */
	struct csg_record *record; /* what they came to: it was approved */
};

struct csg_chain {
	struct csg_link *links; /* links[i]: version i + 1 */
	const struct csg_policy **policies; /* [n]: those of the links */
	size_t n;
	struct csg_bundle bundle; /* when csg_chain_load made it */
};

/*
 * Recount the chain that stands at the start of a bundle, which must outlive
 * it; *used messages belong to it.  POLICYSIG for a link that does not hold
 * (the text says why), PARSE for a wrong order.
 */
enum csg_rc csg_chain_verify(const struct csg_bundle *b,
    const struct csg_trust *trust, struct csg_chain **out, size_t *used,
    struct csg_err *err);

/*
 * The same for one link more: the policy at *pos and what approved it, which
 * *pos moves behind.  c is as it was when the link does not hold.
 */
enum csg_rc csg_chain_extend(struct csg_chain *c, const struct csg_bundle *b,
    size_t *pos, const struct csg_trust *trust, struct csg_err *err);

/*
 * The messages of a text that is to be a policy chain and nothing else, added
 * to an empty bundle; and after it was verified: was it nothing else, its
 * first used messages being the chain?  TYPE, PARSE.
 */
enum csg_rc csg_chain_messages(const char *origin, const void *text, size_t len,
    struct csg_bundle *out, struct csg_err *err);
enum csg_rc csg_chain_ends(
    const struct csg_bundle *b, size_t used, struct csg_err *err);

/* A .csgpolicy file, or its text: a chain and nothing else. */
enum csg_rc csg_chain_load(const char *path, const struct csg_trust *trust,
    struct csg_chain **out, struct csg_err *err);
enum csg_rc csg_chain_read(const char *origin, const void *text, size_t len,
    const struct csg_trust *trust, struct csg_chain **out, struct csg_err *err);
void csg_chain_free(struct csg_chain *c);
void csg_link_clear(struct csg_link *l);

/* The newest version. */
const struct csg_policy *csg_chain_policy(const struct csg_chain *c);

/* The version with that id, or NULL. */
const struct csg_policy *csg_chain_policy_by_id(
    const struct csg_chain *c, const struct csg_id *id);

/*
 * A request was refused because it was made under another policy than the
 * chain's newest (*err says POLICY): say which, and what to do.
 */
void csg_chain_explain(const struct csg_chain *c,
    const struct csg_request *request, struct csg_err *err);

/*
 * A key of that name that an older version named and the newest does not:
 * borrowed, or NULL (*err says why: POLICY).  spki NULL: the last of that
 * name, else this very key.
 */
const struct csg_key *csg_chain_retired(const struct csg_chain *c,
    const char *name, const struct csg_id *spki, struct csg_err *err);

/* Is one chain the beginning of the other?  POLICYSIG when they fork. */
enum csg_rc csg_chain_compatible(
    const struct csg_chain *a, const struct csg_chain *b, struct csg_err *err);

/* Append all messages of the chain, armoured. */
void csg_chain_armor(const struct csg_chain *c, struct csg_buf *out);

#endif
