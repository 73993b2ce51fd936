/*
 * Certificates and public keys that a policy can name: reading and checking.
 */
#ifndef CSG_CRYPTO_CERT_H
#define CSG_CRYPTO_CERT_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

#define CSG_MAX_CERT 16384 /* PEM bytes of one certificate */

struct csg_cert {
	X509 *x509;
	EVP_PKEY *pkey; /* its public key */
	unsigned char *der; /* the certificate as it was read */
	size_t der_len;
	struct csg_id spki; /* SHA-256 of SubjectPublicKeyInfo */
	struct csg_id sha256; /* SHA-256 of der */
	int64_t not_before, not_after; /* seconds since the epoch */
	enum csg_alg alg; /* digest to sign with: SHA-384 for P-384,
					 * SHA-512 for P-521, else SHA-256 */
};

/*
 * Read 1 to max PEM certificates of at most CSG_MAX_CERT bytes each from text,
 * which may contain nothing else but blank lines and comments (#) (PARSE).
 * Each must conform to csg's rules: its key is RSA of 3072 to 8192 bits, P-256,
 * P-384 or P-521 (ALG, naming Ed25519), an EC key is encoded as a named curve
 * and an uncompressed point, so that a key has only one id (ALG); its own
 * signature does not use MD5, SHA-1 or another weak digest (ALG); keyUsage, if
 * present, includes digitalSignature (POLICY); it has no unknown critical
 * extension (POLICY) and no NUL, control or bidi character in its names (TEXT);
 * it is strict DER without trailing bytes (PARSE).
 * *out becomes an array of *n pointers; the caller owns it (csg_certs_free()).
 */
enum csg_rc csg_certs_read(const char *text, size_t len, size_t max,
    struct csg_cert ***out, size_t *n, struct csg_err *err);
/* The same for exactly one certificate. */
enum csg_rc csg_cert_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err);
/* The same for exactly one certificate of a person who is to decrypt: keyUsage,
 * if present, must include keyEncipherment (RSA) or keyAgreement (EC) instead
 * of digitalSignature (POLICY), because the key may be on a card that can only
 * sign. */
enum csg_rc csg_recipient_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err);
/* From an X509, which is copied.  The same rules, but keyUsage is not
 * checked. */
enum csg_rc csg_cert_from_x509(
    const X509 *x, struct csg_cert **out, struct csg_err *err);

void csg_cert_free(struct csg_cert *c);
void csg_certs_free(struct csg_cert **c, size_t n);

/* EXPIRED unless not_before <= t <= not_after; who is the owner's name for the
 * message. */
enum csg_rc csg_cert_valid_at(
    const struct csg_cert *c, int64_t t, const char *who, struct csg_err *err);

/* Is pkey's public half this certificate's key? */
bool csg_cert_has_key(const struct csg_cert *c, const EVP_PKEY *pkey);

/* SHA-256 of a key's SubjectPublicKeyInfo. */
enum csg_rc csg_spki_id(
    const EVP_PKEY *pkey, struct csg_id *out, struct csg_err *err);

/* Append the certificate as PEM. */
enum csg_rc csg_cert_write(
    const struct csg_cert *c, struct csg_buf *out, struct csg_err *err);

/* Append the subject's CN in UTF-8, or nothing if there is none or more than
 * one.  It is csg_text_valid(), but otherwise unrestricted. */
enum csg_rc csg_cert_cn(
    const struct csg_cert *c, struct csg_buf *out, struct csg_err *err);

/* The key type for people: "rsa3072", "rsa4096", "rsa", "p256", "p384" or
 * "p521"; static. */
const char *csg_cert_keytype(const struct csg_cert *c);

#endif
