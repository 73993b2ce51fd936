/*
 * Cache of signature checks and their results.
 *
 * The same bytes are not checked against the same certificate twice in one
 * process: most of what csg-sign reads back has just been verified.  Failures
 * are remembered like successes; trouble (such as short memory) is not.
 * Several threads can use one cache.
 */
#ifndef CSG_CRYPTO_VERIFIED_H
#define CSG_CRYPTO_VERIFIED_H

#include "lib/base/digest.h"

struct csg_verified;

/* Make an empty cache; *out belongs to the caller (csg_verified_free()).
 * IO. */
enum csg_rc csg_verified_new(struct csg_verified **out, struct csg_err *err);
void csg_verified_free(struct csg_verified *v);

/*
 * The key of an entry: the SHA-256 of all bytes that the check depends on, and
 * that of the certificate (csg_cert.sha256).
 */
struct csg_check {
	struct csg_id bytes, cert;
};

/* Was this checked before?  If so, *result is set to the outcome (rc CSG_OK: it
 * verified); otherwise it is unchanged. */
bool csg_verified_find(
    struct csg_verified *v, const struct csg_check *c, struct csg_err *result);

/* Remember the outcome of a check.  If memory is short it is not remembered,
 * and the check will be repeated. */
void csg_verified_keep(struct csg_verified *v, const struct csg_check *c,
    const struct csg_err *result);

#endif
