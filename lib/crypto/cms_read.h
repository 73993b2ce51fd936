/*
 * Reading CMS SignedData (RFC 5652) in the one form that csg makes and
 * accepts: csg-envelope(5) "CMS PROFILE".
 *
 * The reader is a template: every field that the signature does not protect
 * must have the value that csg would write, so none can be changed unnoticed.
 * Some values have several valid encodings, which are all accepted: either OID
 * for RSA, NULL or absent parameters in PSS, the enclosed certificate or none,
 * and (r, s) or (r, n - s) in ECDSA.  So the digest of all its bytes does not
 * identify a message.
 */
#ifndef CSG_CRYPTO_CMS_READ_H
#define CSG_CRYPTO_CMS_READ_H

#include "lib/base/digest.h"
#include "lib/codec/der.h"

/* OIDs under csg's arc: contents octets only; see cms_read.c for the arc. */
struct csg_oid {
	unsigned char len;
	unsigned char b[31];
};

/* The eContentType of plain files (id-data, 1.2.840.113549.1.7.1). */
extern const struct csg_oid csg_oid_data;
/* The signed attribute that commits to the evidence: a UTF8String. */
extern const struct csg_oid csg_oid_evidence;
/* An OID under csg's arc with the given last number (1 to 127), for
 * envelope.c. */
struct csg_oid csg_oid_own(unsigned last);

/* How the signature over the attributes was made. */
enum csg_cms_scheme {
	CSG_CMS_PKCS1, /* RSASSA-PKCS1-v1_5 */
	CSG_CMS_PSS, /* RSASSA-PSS, salt as long as the digest */
	CSG_CMS_ECDSA
};

/* The contents of a SignedData.  Slices borrow the DER that was parsed. */
struct csg_cms {
	struct csg_der der; /* all of it */
	struct csg_der type; /* eContentType, OID contents */
	bool attached;
	struct csg_der content; /* eContent octets if attached */
	struct csg_der cert; /* the enclosed certificate, or len 0 */
	struct csg_der issuer; /* of the signer: Name with header */
	struct csg_der serial; /* of the signer: INTEGER contents */
	enum csg_alg alg;
	struct csg_der message_digest;
	int64_t time; /* signingTime, seconds since the epoch */
	struct csg_der cert_hash; /* signingCertificateV2: certHash */
	enum csg_alg cert_hash_alg;
	struct csg_der evidence; /* the attribute's text, or len 0 */
	struct csg_der attributes; /* signedAttrs: [0] with header */
	enum csg_cms_scheme scheme;
	struct csg_der signature; /* over the attributes */
};

/*
 * Parse der, which must outlive *out.  TYPE if it is not a SignedData, PARSE or
 * ALG if it does not conform to the profile.  Verifies no signature.
 */
enum csg_rc csg_cms_parse(
    const void *der, size_t len, struct csg_cms *out, struct csg_err *err);

#endif
