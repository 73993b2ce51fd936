/*
 * Reading CMS SignedData (RFC 5652) in the one form that csg makes and
 * accepts: csg-envelope(5) "CMS PROFILE".
 *
 * Reading is a template: every byte that the signature does not protect must
 * say what csg would have said, so no field can be changed unnoticed.  Where the
 * standards have several ways to write that, they pass: RSA's algorithm by
 * either name, NULL or no parameters in PSS's, the enclosed certificate left
 * out, and of an ECDSA signature (r, s) and (r, n - s).  So no message may be
 * known by the digest of all its bytes.
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
/* csg's own arc + the given last number (1 to 127), for envelope.c. */
struct csg_oid csg_oid_own(unsigned last);

/* How the signature over the attributes was made. */
enum csg_cms_scheme {
	CSG_CMS_PKCS1, /* RSASSA-PKCS1-v1_5 */
	CSG_CMS_PSS, /* RSASSA-PSS, with a salt as long as the digest */
	CSG_CMS_ECDSA
};

/* What is in a SignedData.  Slices borrow the DER that was parsed. */
struct csg_cms {
	struct csg_der der; /* all of it */
	struct csg_der type; /* eContentType, OID contents */
	bool attached;
	struct csg_der content; /* eContent octets, when attached */
	struct csg_der cert; /* the certificate enclosed, or len 0 */
	struct csg_der issuer; /* signer: Name, with header */
	struct csg_der serial; /* signer: INTEGER contents */
	enum csg_alg alg;
	struct csg_der message_digest;
	int64_t time; /* signingTime */
	struct csg_der cert_hash; /* signingCertificateV2: certHash */
	enum csg_alg cert_hash_alg;
	struct csg_der evidence; /* the attribute's text, or len 0 */
	struct csg_der attributes; /* signed, in order; [0] with header */
	enum csg_cms_scheme scheme;
	struct csg_der signature; /* over the attributes */
};

/*
 * Take der apart.  TYPE when it is no SignedData; PARSE or ALG when it is not
 * of the profile; the text names what is wrong.  Says nothing about trust.
 */
enum csg_rc csg_cms_parse(
    const void *der, size_t len, struct csg_cms *out, struct csg_err *err);

#endif
