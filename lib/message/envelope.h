/*
 * Envelopes: csg's messages as signed files.
 *
 * A message is YAML text inside an attached CMS SignedData inside PEM.  Its
 * id is the SHA-256 of the exact YAML bytes.  Each kind has its own
 * eContentType and size limit: csg-envelope(5).
 */
#ifndef CSG_MESSAGE_ENVELOPE_H
#define CSG_MESSAGE_ENVELOPE_H

#include "lib/codec/armor.h"
#include "lib/crypto/cms.h"
#include "lib/crypto/verified.h"

enum csg_kind {
	CSG_POLICY = 1, /* the last number of the content type */
	CSG_REQUEST,
	CSG_ENDORSEMENT,
	CSG_SEAL,
	CSG_ACT,
	CSG_RECEIPT,
	CSG_EXPORT
};
#define CSG_NKIND 8 /* for tables indexed by kind; 0 is none */

struct csg_envelope {
	enum csg_kind kind;
	struct csg_id id; /* SHA-256 of content */
	int64_t time; /* signingTime */
	const char *content; /* the YAML; not NUL-terminated */
	size_t len;
	struct csg_cms cms;
	struct csg_buf der; /* owned; the slices point here */
	struct csg_verified *verified; /* borrowed, or NULL: remembers checks */
};

const char *csg_kind_word(enum csg_kind kind); /* "request" ... */
const char *csg_kind_one(enum csg_kind kind); /* "a request", "an act" ... */
size_t csg_kind_max(enum csg_kind kind); /* bytes of DER */
#define CSG_MAX_MESSAGE (64 * 1024 * 1024) /* DER of any kind */
#define CSG_MAX_FILE (128 * 1024 * 1024) /* bytes of text */

/* Parse len bytes of DER; this does not check who signed.  *out is the caller's
 * (csg_envelope_free).  TYPE, PARSE, ALG. */
enum csg_rc csg_envelope_parse(const void *der, size_t len,
    struct csg_envelope **out, struct csg_err *err);

/* Check that the key of c signed e and that c was valid at its signing time.
 * For the same bytes and certificate again, e->verified (unless NULL) has the
 * answer.  SIGNATURE, EXPIRED. */
enum csg_rc csg_envelope_verify(const struct csg_envelope *e,
    const struct csg_cert *c, struct csg_err *err);

/* Sign content (YAML) as a message of that kind; *out is the caller's
 * (csg_envelope_free).  PARSE if it is too large, TOKEN if the key cannot
 * sign. */
enum csg_rc csg_envelope_make(const struct csg_signer_key *k,
    enum csg_kind kind, const struct csg_buf *content, int64_t time,
    struct csg_envelope **out, struct csg_err *err);

/*
 * Record in v that e, which csg_envelope_make() has just made with the key of c
 * and verified, is valid, so that it is not verified again when this process
 * reads it back.  IO.
 */
enum csg_rc csg_envelope_remember(const struct csg_envelope *e,
    const struct csg_cert *c, struct csg_verified *v, struct csg_err *err);

/* Append the message, PEM-armoured. */
void csg_envelope_armor(const struct csg_envelope *e, struct csg_buf *out);
void csg_envelope_free(struct csg_envelope *e);

#endif
