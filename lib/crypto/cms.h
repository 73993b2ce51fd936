/*
 * CMS SignedData (RFC 5652) in the one form that csg makes and accepts:
 * csg-envelope(5) "CMS PROFILE".
 *
 * Reading is a template: every byte that the signature does not protect must
 * be what csg would have written, so no field can be changed unnoticed.
 * OpenSSL then judges the signature.
 */
#ifndef CSG_CRYPTO_CMS_H
#define CSG_CRYPTO_CMS_H

#include "lib/crypto/cert.h"
#include "lib/codec/der.h"

/* OIDs under csg's arc: contents octets only; see cms.c for the arc. */
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
};

/*
 * Take der apart.  TYPE when it is no SignedData; PARSE or ALG when it is not
 * of the profile; the text names what is wrong.  Says nothing about trust.
 */
enum csg_rc csg_cms_parse(
    const void *der, size_t len, struct csg_cms *out, struct csg_err *err);

/*
 * Did this certificate's key make it over content with this digest?
 * signer, enclosed certificate, signingCertificateV2 must all be c.
 * digest must have algorithm cms->alg.  SIGNATURE (or DIGEST when the
 * content's digest is another one) otherwise.
 */
enum csg_rc csg_cms_verify(const struct csg_cms *cms, const struct csg_cert *c,
    const struct csg_digest *digest, struct csg_err *err);

/* Who signs: key is the private half of cert, in memory or on a token. */
struct csg_signer_key {
	const struct csg_cert *cert;
	EVP_PKEY *key;
	bool pss; /* RSA-PSS, salt as long as the digest */
};

/*
 * Make a SignedData over content of the given type and digest (with
 * algorithm k->cert->alg).  content NULL: detached.  evidence NULL: without
 * that attribute.  The result has been parsed and verified again
 * (SELFTEST).  DER is appended to *out.
 */
enum csg_rc csg_cms_make(const struct csg_signer_key *k,
    const struct csg_oid *type, const struct csg_der *content,
    const struct csg_digest *digest, int64_t time, const char *evidence,
    struct csg_buf *out, struct csg_err *err);

/* A plain signature over a digest: RSA PKCS#1 v1.5 or PSS, or ECDSA (DER). */
enum csg_rc csg_raw_make(const struct csg_signer_key *k,
    const struct csg_digest *digest, struct csg_buf *out, struct csg_err *err);
enum csg_rc csg_raw_verify(const struct csg_cert *c, bool pss,
    const struct csg_digest *digest, const void *sig, size_t len,
    struct csg_err *err);

#endif
