/*
 * Verified: the signature checks that were made, and how each ended.
 *
 * The same bytes are not checked against the same certificate twice in a
 * process: what csg-sign reads back of what it wrote is mostly what it has
 * verified a moment ago.  Failures are remembered like successes; trouble
 * (short memory) never is.  Several threads may use one.
 */
#ifndef CSG_CRYPTO_VERIFIED_H
#define CSG_CRYPTO_VERIFIED_H

#include "lib/base/digest.h"

struct csg_verified;

/* *out is the caller's (csg_verified_free).  IO. */
enum csg_rc csg_verified_new(struct csg_verified **out, struct csg_err *err);
void csg_verified_free(struct csg_verified *v);

/*
 * What is checked: the SHA-256 of all the bytes that the check depends on,
 * and that of the certificate (csg_cert.sha256).
 */
struct csg_check {
	struct csg_id bytes, cert;
};

/* Was it checked before?  Then *result is how that ended (rc CSG_OK: it
 * verified), and is left alone otherwise. */
bool csg_verified_find(
    struct csg_verified *v, const struct csg_check *c, struct csg_err *result);

/* Remember how a check ended.  Short of memory it is forgotten instead, and
 * will be made again. */
void csg_verified_keep(struct csg_verified *v, const struct csg_check *c,
    const struct csg_err *result);

#endif
