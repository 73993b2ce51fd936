/*
 * What a certificate and its key must fulfil before csg takes them: see
 * csg_certs_read().  For cert.c and cert_make.c.
 */
#ifndef CSG_CRYPTO_CERT_RULES_H
#define CSG_CRYPTO_CERT_RULES_H

#include "lib/crypto/cert.h"

/* NID of an EC key's named curve, or NID_undef. */
int csg_key_curve(const EVP_PKEY *pkey);

/* Is the key of a kind that csg signs with, and which digest goes with it
 * (*alg)?  ALG. */
enum csg_rc csg_key_check(
    const EVP_PKEY *pkey, enum csg_alg *alg, struct csg_err *err);

/* Is all of it DER (X.690 section 11), as far as a certificate has its types?
 * What it means is not looked at. */
bool csg_cert_is_der(const void *der, size_t len);

/* Key, own signature, extensions and names; sets c->alg.  ALG, PARSE, POLICY,
 * TEXT. */
enum csg_rc csg_cert_check_rules(struct csg_cert *c, struct csg_err *err);

/* May its key sign, or decrypt, as far as its keyUsage says?  POLICY. */
enum csg_rc csg_cert_check_signs(const struct csg_cert *c, struct csg_err *err);
enum csg_rc csg_cert_check_decrypts(
    const struct csg_cert *c, struct csg_err *err);

#endif
