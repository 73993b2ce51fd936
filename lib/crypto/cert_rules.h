/*
 * The rules that a certificate and its key must conform to: see
 * csg_certs_read().  Private to cert*.c.
 */
#ifndef CSG_CRYPTO_CERT_RULES_H
#define CSG_CRYPTO_CERT_RULES_H

#include "lib/crypto/cert.h"

/* NID of an EC key's named curve, or NID_undef. */
int csg_key_curve(const EVP_PKEY *pkey);

/* ALG unless csg accepts keys of this type and size; *alg is the digest to sign
 * with. */
enum csg_rc csg_key_check(
    const EVP_PKEY *pkey, enum csg_alg *alg, struct csg_err *err);

/* Is it DER (X.690 section 11), as far as the types that occur in a
 * certificate?  Its meaning is not checked. */
bool csg_cert_is_der(const void *der, size_t len);

/* Check the key, the certificate's own signature algorithm, extensions and
 * names; set c->alg.  ALG, PARSE, POLICY, TEXT. */
enum csg_rc csg_cert_check_rules(struct csg_cert *c, struct csg_err *err);

/* POLICY if there is a keyUsage and it does not allow the key to sign, or to
 * decrypt. */
enum csg_rc csg_cert_check_signs(const struct csg_cert *c, struct csg_err *err);
enum csg_rc csg_cert_check_decrypts(
    const struct csg_cert *c, struct csg_err *err);

#endif
