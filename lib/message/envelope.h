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

/* Take DER apart; says nothing about who signed. *out is the caller's. */
enum csg_rc csg_envelope_parse(const void *der, size_t len,
    struct csg_envelope **out, struct csg_err *err);

/* Did the key of c sign it, and was c valid at its signing time?  Asked for the
 * same bytes and certificate again, e->verified answers.  SIGNATURE, EXPIRED. */
enum csg_rc csg_envelope_verify(const struct csg_envelope *e,
    const struct csg_cert *c, struct csg_err *err);

/* Sign content (YAML) as a message of that kind; *out is the caller's
 * (csg_envelope_free).  PARSE when it is too large, TOKEN when the key does not
 * sign. */
enum csg_rc csg_envelope_make(const struct csg_signer_key *k,
    enum csg_kind kind, const struct csg_buf *content, int64_t time,
    struct csg_envelope **out, struct csg_err *err);

/*
 * e was just made by csg_envelope_make() with the key of c, which has verified
 * it: v answers for it from now on, so that it is not verified again when this
 * process reads it back.  IO.
 */
enum csg_rc csg_envelope_remember(const struct csg_envelope *e,
    const struct csg_cert *c, struct csg_verified *v, struct csg_err *err);

/* Append it, armoured. */
void csg_envelope_armor(const struct csg_envelope *e, struct csg_buf *out);
void csg_envelope_free(struct csg_envelope *e);

#endif
