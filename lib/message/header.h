/*
 * What all messages begin with: kind, author, time, nonce, policy.
 *
 * The models built on this (request.h, vote.h, act.h, seal.h, receipt.h) each
 * read one kind of envelope.  Reading proves form only; whether the author's
 * key signed is for csg_message_verify() to tell.
 */
#ifndef CSG_MESSAGE_HEADER_H
#define CSG_MESSAGE_HEADER_H

#include "lib/message/envelope.h"
#include "lib/policy/policy.h"
#include "lib/codec/yaml.h"

struct csg_header {
	char *author; /* a user; in a seal or receipt a key */
	int64_t time; /* equals the signing time */
	struct csg_id policy; /* the policy it counts under */
};

/*
 * Parse an envelope's YAML and the header in it.  fields is the schema of the
 * whole document: CSG_HEADER_FIELDS and the kind's own.  *root is the
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

/* Write the header with a fresh nonce of 128 bits into an open document.
 * IO when there is no randomness. */
enum csg_rc csg_header_write(struct csg_yamlw *w, enum csg_kind kind,
    const struct csg_header *head, struct csg_err *err);

/* Who made a message, as a policy knows them. */
struct csg_author {
	size_t user; /* of the policy, or CSG_NONE */
	const struct csg_cert *cert; /* that signed it (borrowed from the
				 * policy); NULL: nothing was verified */
};

/*
 * Is the author a user of the policy, and did one of that user's keys sign?
 * GROUP for a stranger, SIGNATURE, EXPIRED; out->cert is NULL then, out->user
 * the one who is named.
 */
enum csg_rc csg_message_verify(const struct csg_policy *p,
    const struct csg_header *head, const struct csg_envelope *e,
    struct csg_author *out, struct csg_err *err);

#endif
