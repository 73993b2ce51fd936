/*
 * Certificates and public keys: what a policy may name.
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
	unsigned char *der; /* the certificate, exactly */
	size_t der_len;
	struct csg_id spki; /* SHA-256 of SubjectPublicKeyInfo */
	struct csg_id sha256; /* SHA-256 of der */
	int64_t not_before, not_after;
	enum csg_alg alg; /* to sign with: SHA-384 for P-384,
					 * SHA-512 for P-521, else SHA-256 */
};

/*
 * Read 1 to max PEM certificates, and nothing else but blank lines and
 * comments (#), from text.  Each is held to csg's rules: key RSA >= 3072,
 * P-256, P-384 or P-521 (ALG; an Ed25519 key is named as such), EC keys as a
 * named curve and an uncompressed point, so that a key has one id (ALG); its
 * own signature not MD5 or SHA-1 (ALG); keyUsage, where present, with
 * digitalSignature (POLICY); no unknown critical extension (POLICY); no NUL,
 * control or bidi character in its names (TEXT); strict DER, no bytes behind
 * it (PARSE).
 * *out becomes an array of *n owned pointers.
 */
enum csg_rc csg_certs_read(const char *text, size_t len, size_t max,
    struct csg_cert ***out, size_t *n, struct csg_err *err);
/* Exactly one. */
enum csg_rc csg_cert_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err);
/* Exactly one, of somebody who is to decrypt: the same rules, but keyUsage,
 * where present, must have keyEncipherment (RSA) or keyAgreement (EC) instead
 * (POLICY): else its key may live on a card that can only sign. */
enum csg_rc csg_recipient_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err);
/* From an X509, which is copied. */
enum csg_rc csg_cert_from_x509(
    const X509 *x, struct csg_cert **out, struct csg_err *err);

void csg_cert_free(struct csg_cert *c);
void csg_certs_free(struct csg_cert **c, size_t n);

/* EXPIRED unless not_before <= t <= not_after; who is for the message. */
enum csg_rc csg_cert_valid_at(
    const struct csg_cert *c, int64_t t, const char *who, struct csg_err *err);

/* Is pkey's public half this certificate's key? */
bool csg_cert_has_key(const struct csg_cert *c, const EVP_PKEY *pkey);

/* SHA-256 of a key's SubjectPublicKeyInfo. */
enum csg_rc csg_spki_id(
    const EVP_PKEY *pkey, struct csg_id *out, struct csg_err *err);

/* Append PEM. */
enum csg_rc csg_cert_write(
    const struct csg_cert *c, struct csg_buf *out, struct csg_err *err);

/* The subject's CN, or "" when there is none or more than one; may hold
 * anything that csg_text_valid() admits.  Owned by the caller. */
enum csg_rc csg_cert_cn(
    const struct csg_cert *c, struct csg_buf *out, struct csg_err *err);

/* "rsa3072", "p256" ... for people; static. */
const char *csg_cert_keytype(const struct csg_cert *c);

#endif
