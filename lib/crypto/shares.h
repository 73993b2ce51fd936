/*
 * Secret sharing: a key is split into shares, and a given number of them yield
 * it again (A. Shamir, "How to Share a Secret", CACM 22, 1979), in the form of
 * draft-mcgrew-tss-03: byte by byte, over GF(256) with the polynomial of AES
 * (FIPS 197, 4.2).
 *
 * Fewer shares reveal nothing about the key.  A wrong share can't be detected
 * here; the caller must check the key.  No branch and no address depends on a
 * secret byte.
 */
#ifndef CSG_CRYPTO_SHARES_H
#define CSG_CRYPTO_SHARES_H

#include <stddef.h>

#include "lib/base/err.h"

#define CSG_SHARE_LEN 32
#define CSG_MAX_SHARES 255 /* the points of the field, less zero */

/* Callers keep shares in secure memory and cleanse them. */
struct csg_share {
	unsigned x; /* number of the share, 1 to 255 */
	unsigned char y[CSG_SHARE_LEN];
};

/*
 * Split secret into n shares, any need of which yield it again; out[i] is the
 * share x = i + 1.  1 <= need <= n <= CSG_MAX_SHARES.  The coefficients come
 * from OpenSSL's private random generator; IO if it fails.
 */
enum csg_rc csg_shares_split(const unsigned char secret[CSG_SHARE_LEN],
    unsigned need, struct csg_share *out, unsigned n, struct csg_err *err);

/*
 * Combine n shares, all with different x, into the secret.  It is the right one
 * if all are shares of it and there are enough, and an unrelated value
 * otherwise.
 */
void csg_shares_combine(
    const struct csg_share *v, unsigned n, unsigned char secret[CSG_SHARE_LEN]);

/*
 * The value at x of the polynomial with coefficients c[0] (the secret), c[1],
 * ..., c[need - 1].  csg_shares_split() uses it; it is public for tests.
 */
void csg_shares_at(const unsigned char (*c)[CSG_SHARE_LEN], unsigned need,
    unsigned x, unsigned char y[CSG_SHARE_LEN]);

#endif
