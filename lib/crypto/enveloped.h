/*
 * Encrypted CMS: AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084) over
 * id-data, for one recipient, in the two forms that csg uses: csg-envelope(5)
 * "BACKUPS".  openssl-cms(1) decrypts both.
 *
 * The caller provides the memory for plain text, and cleanses it; libcrypto
 * cleanses its own copies.
 */
#ifndef CSG_CRYPTO_ENVELOPED_H
#define CSG_CRYPTO_ENVELOPED_H

#include "lib/crypto/cert.h"

#define CSG_KEK_LEN 32
#define CSG_KEK_ID_LEN 16

/*
 * Encrypt with a random content-encryption key that is wrapped (RFC 3394) with
 * kek, whose KEKIdentifier (RFC 5652 section 6.2.3) is id.  DER is appended to
 * *out.  TYPE for more than 2^30 bytes, IO when libcrypto fails.
 */
enum csg_rc csg_encrypt_kek(const unsigned char kek[CSG_KEK_LEN],
    const unsigned char id[CSG_KEK_ID_LEN], const void *data, size_t len,
    struct csg_buf *out, struct csg_err *err);

/* Decrypt that; plain text is appended to *out.  PARSE when der has another
 * form, SIGNATURE when kek does not decrypt it. */
enum csg_rc csg_decrypt_kek(const void *der, size_t len,
    const unsigned char kek[CSG_KEK_LEN], struct csg_buf *out,
    struct csg_err *err);

/*
 * Encrypt to the owner of c, who is named by issuer and serial number: with
 * RSAES-OAEP and SHA-256 (RFC 3560) to an RSA key, with ephemeral ECDH, the
 * X9.63 KDF over SHA-256 and AES-256 key wrap (RFC 5753) to an EC key.  DER is
 * appended to *out.  Errors as for csg_encrypt_kek().
 */
enum csg_rc csg_encrypt_to(const struct csg_cert *c, const void *data,
    size_t len, struct csg_buf *out, struct csg_err *err);

/*
 * A private key that decrypts, in memory or on a token.
 *
 * decrypt() reverses csg_encrypt_to(): it writes *got bytes of plain text, at
 * most max, to the caller's (secure) memory out.  PARSE when der has another
 * form or contains more than max bytes, TOKEN when the key does not decrypt it.
 */
struct csg_decrypt_key {
	enum csg_rc (*decrypt)(void *arg, const void *der, size_t len,
	    unsigned char *out, size_t max, size_t *got, struct csg_err *err);
	void *arg; /* passed to decrypt; borrowed */
};

/* A csg_decrypt_key for a private key in memory, which is borrowed. */
struct csg_decrypt_key csg_pkey_decrypter(EVP_PKEY *key);

#endif
