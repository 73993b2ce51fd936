/*
 * Endorsement: one person's vote on one request.
 */
#ifndef CSG_MESSAGE_VOTE_H
#define CSG_MESSAGE_VOTE_H

#include "lib/message/receipt.h"

/* A head of the ledger that a voter has seen, as a receipt.  Writing uses only
 * text; reading sets all fields. */
struct csg_witness {
	char *text; /* armoured */
	struct csg_receipt *receipt;
	struct csg_envelope *env;
};

/* The most heads that a vote contains: the newest, and others that are not
 * known to be beginnings of it. */
#define CSG_MAX_SEEN 8

struct csg_endorsement {
	struct csg_header head;
	struct csg_id id;
	struct csg_id request;
	enum csg_vote vote;
	bool blind; /* not all artifacts were at hand */
	int64_t expires;
	char *comment; /* or NULL */
	char *statement; /* or NULL */
	bool has_proof;
	struct csg_id proof; /* SHA-256 of the file that proves it */
	char *command; /* that was run successfully, or NULL */
	struct csg_id output; /* SHA-256 of the command's output */
	struct csg_id *cites; /* votes of earlier stages, ascending */
	size_t ncites;
	struct csg_witness seen[CSG_MAX_SEEN];
	size_t nseen;
};

#define CSG_MAX_CITES 1024

/* The statement that only an independent build can make. */
#define CSG_REBUILT "rebuilt"

extern const char *const csg_vote_words[]; /* by enum csg_vote */

/*
 * Read a vote and check its form.  A rejection must have a comment; only an
 * approval can have a statement, which needs a proof file or a command unless
 * it is CSG_REBUILT.  *out is the caller's (csg_endorsement_free).  TYPE,
 * PARSE, TEXT, EXPIRED.
 */
enum csg_rc csg_endorsement_read(const struct csg_envelope *e,
    struct csg_endorsement **out, struct csg_err *err);
void csg_endorsement_free(struct csg_endorsement *v);

/* Append the YAML of a vote; its id is ignored. */
enum csg_rc csg_endorsement_write(
    const struct csg_endorsement *v, struct csg_buf *out, struct csg_err *err);

#endif
