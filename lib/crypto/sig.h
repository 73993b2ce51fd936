/*
 * Plain signatures over a digest, in the forms of RFC 8017 (RSA PKCS#1 v1.5
 * or PSS) and RFC 3279 (ECDSA, DER); and the key that signs.
 */
#ifndef CSG_CRYPTO_SIG_H
#define CSG_CRYPTO_SIG_H

#include "lib/crypto/cert.h"

/*
 * The private key that signs, in memory or on a token.  All that is ever asked of
 * it is a plain signature over a digest: CMS, certificates and requests for them
 * are put together around that.
 */
struct csg_signer_key {
	const struct csg_cert *cert; /* borrowed */
	bool pss; /* RSA-PSS, salt as long as the digest */
	/*
	 * Sign the digest; the signature, in the form named above, is appended
	 * to *out.  It has not been verified.  TOKEN when the key can't sign.
	 * cert is not looked at, so it may be NULL.
	 */
	enum csg_rc (*sign)(const struct csg_signer_key *k,
	    const struct csg_digest *digest, struct csg_buf *out,
	    struct csg_err *err);
	void *arg; /* sign's own; borrowed */
};

/* The signer with a private key in memory.  key is borrowed, and is that of
 * cert, which is NULL as long as there is no certificate. */
struct csg_signer_key csg_pkey_signer(
    const struct csg_cert *cert, EVP_PKEY *key, bool pss);

/*
 * Sign a digest (with algorithm k->cert->alg); the signature is appended to
 * *out.  It has been verified again (SELFTEST).  TOKEN when the key can't sign.
 */
enum csg_rc csg_sig_make(const struct csg_signer_key *k,
    const struct csg_digest *digest, struct csg_buf *out, struct csg_err *err);

/* Did the certificate's key make it over this digest?  pss: padding for RSA.
 * SIGNATURE; ALG when the key can't verify so. */
enum csg_rc csg_sig_verify(const struct csg_cert *c, bool pss,
    const struct csg_digest *digest, const void *sig, size_t len,
    struct csg_err *err);

/* Is the value of a signature in its one form: ECDSA as the DER of its two
 * numbers, RSA as long as the modulus?  Says nothing about who made it. */
bool csg_sig_is_exact(const EVP_PKEY *pkey, const void *sig, size_t len);

#endif
