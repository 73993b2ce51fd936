/*
 * Making self-signed certificates and certificate signing requests (CSRs).
 *
 * The signature is made by csg_signer_key, so the private key can be on a
 * token.
 */
#ifndef CSG_CRYPTO_CERT_MAKE_H
#define CSG_CRYPTO_CERT_MAKE_H

#include "lib/crypto/sig.h"

/* What a new certificate is for. */
enum csg_cert_use {
	CSG_USE_PERSON, /* keyUsage digitalSignature, and keyEncipherment
			 * (RSA) or keyAgreement (EC) */
	CSG_USE_CODE /* keyUsage digitalSignature, EKU codeSigning */
};

/* PARSE unless csg_cert_make() and csg_csr_make() accept the subject: RDNs such
 * as "/CN=Name/O=Company", as openssl's -subj takes them, in UTF-8; a backslash
 * escapes the next character. */
enum csg_rc csg_subject_check(const char *subject, struct csg_err *err);

/*
 * Make a self-signed X.509v3 certificate (RFC 5280) for the public key pub; k
 * signs with its private half (k->cert is not used).  The serial number is a
 * positive INTEGER of 16 octets with 126 random bits.  Issuer and subject are
 * the given subject.  not_before and not_after are in seconds since the epoch.
 * Extensions: basicConstraints CA:FALSE, keyUsage and EKU by use, and
 * subjectKeyIdentifier.  The result is parsed and verified again (SELFTEST) and
 * must conform to the rules of csg_certs_read().  *out belongs to the caller
 * (csg_cert_free()).
 *
 * PARSE for a bad subject, ALG for a key that csg does not accept, TOKEN when
 * the key can't sign, IO when libcrypto fails.
 */
enum csg_rc csg_cert_make(EVP_PKEY *pub, const struct csg_signer_key *k,
    const char *subject, enum csg_cert_use use, int64_t not_before,
    int64_t not_after, struct csg_cert **out, struct csg_err *err);

/*
 * Append a PKCS#10 request (RFC 2986) for a certificate of pub, as PEM.  It
 * names the subject and the key only: it has no attributes, and so requests no
 * extensions.  It is parsed and verified again (SELFTEST).  Other errors as for
 * csg_cert_make().
 */
enum csg_rc csg_csr_make(EVP_PKEY *pub, const struct csg_signer_key *k,
    const char *subject, struct csg_buf *out, struct csg_err *err);

#endif
