/*
 * The policy chain: from the founding policy, which everybody pins, to the
 * policy in force, each version approved by the quorum of the previous one.
 *
 * A struct csg_chain exists only if every link is valid: csg-policy(5) "THE
 * CHAIN".
 */
#ifndef CSG_VERIFY_CHAIN_H
#define CSG_VERIFY_CHAIN_H

#include "lib/verify/record.h"

/* The trust anchor, trust.pem. */
struct csg_trust {
	struct csg_id founding; /* id of version 1 */
	struct csg_cert *cert; /* of the policy key that signed it */
};

/* Read an anchor from a text or a file; *out is the caller's (csg_trust_free).
 * PARSE, or as csg_cert_read(); for a file also TYPE, IO. */
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
	struct csg_record *record; /* made of them: the approval */
};

struct csg_chain {
	struct csg_link *links; /* links[i]: version i + 1 */
	const struct csg_policy **policies; /* [n]: those of the links */
	size_t n;
	struct csg_bundle bundle; /* if made by csg_chain_read() or _load() */
};

/*
 * Recount the chain at the start of a bundle, which must outlive it; its first
 * *used messages are the chain's.  *out is the caller's (csg_chain_free).
 * POLICYSIG for a link that is not valid (the text says why), PARSE for a wrong
 * order, TYPE if there is no chain.
 */
enum csg_rc csg_chain_verify(const struct csg_bundle *b,
    const struct csg_trust *trust, struct csg_chain **out, size_t *used,
    struct csg_err *err);

/*
 * Recount one more link: the policy at *pos and the messages that approved it;
 * *pos moves past them.  c is unchanged if the link is not valid.
 */
enum csg_rc csg_chain_extend(struct csg_chain *c, const struct csg_bundle *b,
    size_t *pos, const struct csg_trust *trust, struct csg_err *err);

/*
 * Add the messages of a text, which must be a policy chain and nothing else, to
 * an empty bundle; and, after the chain was verified, check that its first used
 * messages, which are the chain's, are all there are.  TYPE, PARSE.
 */
enum csg_rc csg_chain_messages(const char *origin, const void *text, size_t len,
    struct csg_bundle *out, struct csg_err *err);
enum csg_rc csg_chain_ends(
    const struct csg_bundle *b, size_t used, struct csg_err *err);

/* Recount a .csgpolicy file, or its text: a chain and nothing else.  *out is
 * the caller's (csg_chain_free). */
enum csg_rc csg_chain_load(const char *path, const struct csg_trust *trust,
    struct csg_chain **out, struct csg_err *err);
enum csg_rc csg_chain_read(const char *origin, const void *text, size_t len,
    const struct csg_trust *trust, struct csg_chain **out, struct csg_err *err);
void csg_chain_free(struct csg_chain *c);
void csg_link_clear(struct csg_link *l);

/* The policy of the newest version. */
const struct csg_policy *csg_chain_policy(const struct csg_chain *c);

/* The version with that id, or NULL. */
const struct csg_policy *csg_chain_policy_by_id(
    const struct csg_chain *c, const struct csg_id *id);

/*
 * If a request was refused because it was made under a policy other than the
 * chain's newest (*err is POLICY), replace *err by one that says under which
 * version, and what to do.
 */
void csg_chain_explain(const struct csg_chain *c,
    const struct csg_request *request, struct csg_err *err);

/*
 * Find a key that a version named so and that the newest version no longer
 * uses: borrowed, or NULL (*err says why: POLICY).  spki NULL: the last key of
 * that name; else the one with this public key.
 */
const struct csg_key *csg_chain_retired(const struct csg_chain *c,
    const char *name, const struct csg_id *spki, struct csg_err *err);

/* Check that one chain is the beginning of the other.  POLICYSIG if not. */
enum csg_rc csg_chain_compatible(
    const struct csg_chain *a, const struct csg_chain *b, struct csg_err *err);

/* Append all messages of the chain, armoured. */
void csg_chain_armor(const struct csg_chain *c, struct csg_buf *out);

#endif
