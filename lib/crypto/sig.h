/*
 * Raw signatures over a digest, in the forms of RFC 8017 (RSA PKCS#1 v1.5 or
 * PSS) and RFC 3279 (ECDSA, DER), and the interface of keys that sign.
 */
#ifndef CSG_CRYPTO_SIG_H
#define CSG_CRYPTO_SIG_H

#include "lib/crypto/cert.h"

/*
 * A private key that signs, in memory or on a token.  Its only operation is a
 * raw signature over a digest; CMS, certificates and certificate requests are
 * built around that.
 */
struct csg_signer_key {
	const struct csg_cert *cert; /* borrowed */
	bool pss; /* RSA-PSS, salt as long as the digest */
	/*
	 * Sign the digest and append the signature, in a form named above, to
	 * *out.  It is not verified.  TOKEN when the key can't sign.  cert is
	 * not used and can be NULL.
	 */
	enum csg_rc (*sign)(const struct csg_signer_key *k,
	    const struct csg_digest *digest, struct csg_buf *out,
	    struct csg_err *err);
	void *arg; /* for sign; borrowed */
};

/* A csg_signer_key for a private key in memory.  key and cert are borrowed; key
 * must be cert's, or cert NULL if there is no certificate yet. */
struct csg_signer_key csg_pkey_signer(
    const struct csg_cert *cert, EVP_PKEY *key, bool pss);

/*
 * Sign a digest (with algorithm k->cert->alg), verify the signature (SELFTEST)
 * and append it to *out.  TOKEN when the key can't sign.
 */
enum csg_rc csg_sig_make(const struct csg_signer_key *k,
    const struct csg_digest *digest, struct csg_buf *out, struct csg_err *err);

/* Verify a signature of len bytes over the digest with the certificate's key.
 * pss: RSA uses PSS padding.  SIGNATURE when it is wrong, ALG when the key
 * can't verify this way. */
enum csg_rc csg_sig_verify(const struct csg_cert *c, bool pss,
    const struct csg_digest *digest, const void *sig, size_t len,
    struct csg_err *err);

/* Does a signature value have its only valid form: for ECDSA the DER of its two
 * numbers, for RSA the length of the modulus?  Does not verify it. */
bool csg_sig_is_exact(const EVP_PKEY *pkey, const void *sig, size_t len);

#endif
