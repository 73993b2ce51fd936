/*
 * Encrypted CMS: AuthEnvelopedData (RFC 5083) with AES-256 in GCM (RFC 5084),
 * id-data inside, one recipient, in the two forms that csg uses:
 * csg-envelope(5) "BACKUPS".  openssl-cms(1) decrypts both.
 *
 * Plain text comes and goes in the caller's memory.  What libcrypto needs of
 * it in between is cleansed by libcrypto.
 */
#ifndef CSG_CRYPTO_ENVELOPED_H
#define CSG_CRYPTO_ENVELOPED_H

#include "lib/crypto/cert.h"

#define CSG_KEK_LEN 32
#define CSG_KEK_ID_LEN 16

/*
 * Encrypt under a fresh content-encryption key that is wrapped (RFC 3394) with
 * kek, whose KEKIdentifier (RFC 5652 section 6.2.3) is id.  DER is appended to
 * *out.  TYPE when there are more than 2^30 bytes, IO when libcrypto fails.
 */
enum csg_rc csg_encrypt_kek(const unsigned char kek[CSG_KEK_LEN],
    const unsigned char id[CSG_KEK_ID_LEN], const void *data, size_t len,
    struct csg_buf *out, struct csg_err *err);

/* Undo it; appended to *out.  PARSE when der is nothing of that kind,
 * SIGNATURE when kek does not open it. */
enum csg_rc csg_decrypt_kek(const void *der, size_t len,
    const unsigned char kek[CSG_KEK_LEN], struct csg_buf *out,
    struct csg_err *err);

/*
 * Encrypt to the owner of c, named by issuer and serial number: to RSA by
 * RSAES-OAEP with SHA-256 (RFC 3560), to EC by ephemeral ECDH with the X9.63
 * KDF over SHA-256 and AES-256 key wrap (RFC 5753).
 */
enum csg_rc csg_encrypt_to(const struct csg_cert *c, const void *data,
    size_t len, struct csg_buf *out, struct csg_err *err);

/*
 * The private key that decrypts, in memory or on a token.
 *
 * decrypt undoes csg_encrypt_to() into the caller's (secure) memory of max
 * bytes; *got is how many there are.  PARSE when der is nothing of that kind or
 * holds more, TOKEN when the key does not open it.
 */
struct csg_decrypt_key {
	enum csg_rc (*decrypt)(void *arg, const void *der, size_t len,
	    unsigned char *out, size_t max, size_t *got, struct csg_err *err);
	void *arg; /* decrypt's own; borrowed */
};

/* With an EVP_PKEY, which is borrowed. */
struct csg_decrypt_key csg_pkey_decrypter(EVP_PKEY *key);

#endif
