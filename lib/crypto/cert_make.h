/*
 * Making certificates: self-signed ones, and requests for others.
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

/* Is it a subject that csg_cert_make() and csg_csr_make() take?  PARSE. */
enum csg_rc csg_subject_check(const char *subject, struct csg_err *err);

/*
 * Self-sign a certificate for the public key pub, whose private half k signs
 * with (k->cert is not looked at): random serial of 128 bits, X.509v3, the
 * given subject ("/CN=.../O=..." as openssl takes it), validity, CA:FALSE,
 * subjectKeyIdentifier.  It has been parsed and verified again (SELFTEST).
 * *out is the caller's.
 */
enum csg_rc csg_cert_make(EVP_PKEY *pub, const struct csg_signer_key *k,
    const char *subject, enum csg_cert_use use, int64_t not_before,
    int64_t not_after, struct csg_cert **out, struct csg_err *err);

/* A PKCS#10 request (RFC 2986) for such a certificate, as PEM; appended. */
enum csg_rc csg_csr_make(EVP_PKEY *pub, const struct csg_signer_key *k,
    const char *subject, struct csg_buf *out, struct csg_err *err);

#endif
