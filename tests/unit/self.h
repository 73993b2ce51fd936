/*
 * Self-signed certificates of keys in memory.
 */
#ifndef CSG_UNIT_SELF_H
#define CSG_UNIT_SELF_H

#include "lib/crypto/cert_make.h"

static inline enum csg_rc
unit_cert_make(EVP_PKEY *key, bool pss, const char *subject,
    enum csg_cert_use use, int64_t from, int64_t until, struct csg_cert **out,
    struct csg_err *err)
{
	const struct csg_signer_key k = csg_pkey_signer(NULL, key, pss);

	return csg_cert_make(key, &k, subject, use, from, until, out, err);
}

#endif
