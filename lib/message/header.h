/*
 * Header: the members that all messages begin with: kind, author, time, nonce,
 * policy.
 *
 * The models built on this (request.h, vote.h, act.h, seal.h, receipt.h) each
 * read one kind of envelope.  Reading checks form only; csg_message_verify()
 * checks that the author's key signed.
 */
#ifndef CSG_MESSAGE_HEADER_H
#define CSG_MESSAGE_HEADER_H

#include "lib/message/envelope.h"
#include "lib/policy/policy.h"
#include "lib/codec/yaml.h"

struct csg_header {
	char *author; /* a user's name; in a seal or receipt, a key's */
	int64_t time; /* equals the signing time */
	struct csg_id policy; /* the policy under which it counts */
};

/*
 * Parse an envelope's YAML and its header.  fields is the schema of the
 * whole document: CSG_HEADER_FIELDS and the kind's own fields.  *root is the
 * caller's (csg_yaml_free).  TYPE, PARSE, TEXT.
 */
enum csg_rc csg_header_read(const struct csg_envelope *e, enum csg_kind kind,
    const struct csg_field *fields, struct csg_header *head,
    struct csg_node **root, struct csg_err *err);
void csg_header_clear(struct csg_header *head);

#define CSG_HEADER_FIELDS \
	{ "csg", CSG_SCALAR, true }, { "author", CSG_SCALAR, true }, \
	    { "time", CSG_SCALAR, true }, { "nonce", CSG_SCALAR, true }, \
	{ \
		"policy", CSG_SCALAR, true \
	}

/* Write the header with a fresh 128-bit nonce into an open document.  IO if no
 * random numbers are available. */
enum csg_rc csg_header_write(struct csg_yamlw *w, enum csg_kind kind,
    const struct csg_header *head, struct csg_err *err);

/* The author of a message, according to a policy. */
struct csg_author {
	size_t user; /* index into the policy's users, or CSG_NONE */
	const struct csg_cert *cert; /* that signed it (borrowed from the
				 * policy); NULL: nothing was verified */
};

/*
 * Check that the author is a user of the policy and that one of that user's
 * keys signed.  GROUP for a name that is not a user's, SIGNATURE, EXPIRED;
 * out->cert is then NULL and out->user still the user who is named, if any.
 */
enum csg_rc csg_message_verify(const struct csg_policy *p,
    const struct csg_header *head, const struct csg_envelope *e,
    struct csg_author *out, struct csg_err *err);

#endif
