/*
 * CMS SignedData (RFC 5652) in the one form that csg makes and accepts:
 * csg-envelope(5) "CMS PROFILE".
 *
 * cms_read.h takes it apart and holds it to the profile; libcrypto then
 * verifies the signature.
 */
#ifndef CSG_CRYPTO_CMS_H
#define CSG_CRYPTO_CMS_H

#include "lib/crypto/cms_read.h"
#include "lib/crypto/sig.h"

/*
 * Did this certificate's key sign this message, over content with this digest?
 * Signer, signingCertificateV2, and the enclosed certificate if there is one,
 * must all be c.  SIGNATURE otherwise, DIGEST when the content's digest is
 * another one or of another algorithm than cms->alg.
 */
enum csg_rc csg_cms_verify(const struct csg_cms *cms, const struct csg_cert *c,
    const struct csg_digest *digest, struct csg_err *err);

/*
 * Make a SignedData over content of the given type and digest (with
 * algorithm k->cert->alg).  content NULL: detached.  evidence NULL: without
 * that attribute.  time is in seconds since 1970.  The result has been parsed,
 * compared with what it was to say, and verified (SELFTEST); TOKEN when the key
 * can't sign.  DER is appended to *out.
 */
enum csg_rc csg_cms_make(const struct csg_signer_key *k,
    const struct csg_oid *type, const struct csg_der *content,
    const struct csg_digest *digest, int64_t time, const char *evidence,
    struct csg_buf *out, struct csg_err *err);

#endif
