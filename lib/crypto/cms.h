/*
 * CMS SignedData (RFC 5652) in the one form that csg makes and accepts:
 * csg-envelope(5) "CMS PROFILE".
 *
 * cms_read.h parses it and checks it against the profile; libcrypto verifies
 * the signature.
 */
#ifndef CSG_CRYPTO_CMS_H
#define CSG_CRYPTO_CMS_H

#include "lib/crypto/cms_read.h"
#include "lib/crypto/sig.h"

/*
 * Check that c's key signed this message, and that digest is the digest of its
 * content.  The signer identifier, signingCertificateV2 and the enclosed
 * certificate, if there is one, must all name c (SIGNATURE).  DIGEST if the
 * signed digest differs from digest, or cms->alg from its algorithm.
 */
enum csg_rc csg_cms_verify(const struct csg_cms *cms, const struct csg_cert *c,
    const struct csg_digest *digest, struct csg_err *err);

/*
 * Append to *out the DER of a SignedData over content of the given type, whose
 * digest (with algorithm k->cert->alg) is given.  content NULL: detached.
 * evidence NULL: no evidence attribute.  time is in seconds since the epoch.
 * The result is parsed, compared with the arguments and verified (SELFTEST).
 * TOKEN when the key can't sign, IO when libcrypto fails.
 */
enum csg_rc csg_cms_make(const struct csg_signer_key *k,
    const struct csg_oid *type, const struct csg_der *content,
    const struct csg_digest *digest, int64_t time, const char *evidence,
    struct csg_buf *out, struct csg_err *err);

#endif
