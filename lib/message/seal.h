/*
 * Seal: the signing key's own statement of what it signed, when, and with
 * whose approval.  Every proof and every link of a policy chain has one.
 */
#ifndef CSG_MESSAGE_SEAL_H
#define CSG_MESSAGE_SEAL_H

#include "lib/message/header.h"

struct csg_sealed {
	char *name; /* of the artifact, encoded */
	struct csg_id input; /* SHA-256 of the artifact */
	struct csg_id output; /* SHA-256 of the output made for it */
};

struct csg_seal {
	struct csg_header head; /* author: the signing key's name */
	struct csg_id id;
	struct csg_id request;
	struct csg_id evidence;
	char *route;
	struct csg_sealed *artifacts; /* in the request's order */
	size_t n; /* 0 if a key was destroyed */
};

/* Read a seal's form; *out is the caller's (csg_seal_free).  TYPE, PARSE,
 * TEXT. */
enum csg_rc csg_seal_read(
    const struct csg_envelope *e, struct csg_seal **out, struct csg_err *err);
void csg_seal_free(struct csg_seal *s);

/* Append the YAML of a seal; its id is ignored. */
enum csg_rc csg_seal_write(
    const struct csg_seal *s, struct csg_buf *out, struct csg_err *err);

#endif
