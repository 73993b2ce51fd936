/*
 * Evidence: a few lines of canonical text that state the basis of a signature.
 * Anyone can reproduce them from a proof and pipe them to sha256sum; the
 * signature and the seal commit to the digest.
 * csg-envelope(5) "EVIDENCE".
 */
#ifndef CSG_MESSAGE_EVIDENCE_H
#define CSG_MESSAGE_EVIDENCE_H

#include "lib/message/request.h"

struct csg_evidence {
	struct csg_id policy, request;
	int64_t time; /* T, the time of the claim */
	const char *route;
	const struct csg_id *act; /* of the operator, or NULL */
	struct csg_id *votes; /* of all eligible votes */
	size_t nvotes;
};

/* Append the text (e->votes is sorted; repeats are omitted).  *digest is the
 * SHA-256 of the appended text.  IO. */
enum csg_rc csg_evidence_text(struct csg_evidence *e, struct csg_buf *out,
    struct csg_id *digest, struct csg_err *err);

/* The value of the CMS attribute: "20261123-lusab-babad sha256:...". */
#define CSG_EVIDENCE_ATTR (CSG_SHORT_LEN + CSG_ID_TEXT)
const char *csg_evidence_attr(const struct csg_request *r,
    const struct csg_id *digest, char out[CSG_EVIDENCE_ATTR]);

#endif
