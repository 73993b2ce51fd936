/*
 * Endorsement: one person's vote on one request.
 */
#ifndef CSG_ENDORSEMENT_H
#define CSG_ENDORSEMENT_H

#include "lib/message.h"

struct csg_endorsement {
	struct csg_head head;
	struct csg_id id;
	struct csg_id request;
	enum csg_vote vote;
	bool blind; /* not all artifacts were at hand */
	int64_t expires;
	char *comment; /* or NULL */
};

extern const char *const csg_vote_words[]; /* by enum csg_vote */

enum csg_rc csg_endorsement_read(const struct csg_envelope *e,
    struct csg_endorsement **out, struct csg_err *err);
void csg_endorsement_free(struct csg_endorsement *v);

/* Append the YAML of a vote; its id is ignored. */
enum csg_rc csg_endorsement_write(
    const struct csg_endorsement *v, struct csg_buf *out, struct csg_err *err);

#endif
