/*
 * A key split into shares, some of which give it back (A. Shamir, "How to
 * Share a Secret", CACM 22, 1979), in the form of draft-mcgrew-tss-03: each
 * byte by itself, over GF(256) with the polynomial of AES (FIPS 197, 4.2).
 *
 * Fewer shares than needed say nothing at all about the key.  Nothing here
 * can tell a right share from a wrong one: that is for the caller.  No branch
 * and no address depends on a secret byte.
 */
#ifndef CSG_CRYPTO_SHARES_H
#define CSG_CRYPTO_SHARES_H

#include <stddef.h>

#include "lib/base/err.h"

#define CSG_SHARE_LEN 32
#define CSG_MAX_SHARES 255 /* the points of the field, less zero */

/* Keep these in secure memory, and cleanse them. */
struct csg_share {
	unsigned x; /* 1 to 255: whose it is */
	unsigned char y[CSG_SHARE_LEN];
};

/*
 * Split secret for n people, out[i] becoming the share x = i + 1, so that any
 * need of them give it back.  1 <= need <= n <= CSG_MAX_SHARES.  The
 * coefficients are OpenSSL's private random bytes; IO without them.
 */
enum csg_rc csg_shares_split(const unsigned char secret[CSG_SHARE_LEN],
    unsigned need, struct csg_share *out, unsigned n, struct csg_err *err);

/*
 * The secret from n shares of which no two have one x: the right one if all
 * are shares of it and n is not less than what is needed, and any other
 * otherwise.
 */
void csg_shares_combine(
    const struct csg_share *v, unsigned n, unsigned char secret[CSG_SHARE_LEN]);

/*
 * What splitting is made of: the polynomial with the coefficients c[0] (the
 * secret), c[1] ... c[need - 1], at x.
 */
void csg_shares_at(const unsigned char (*c)[CSG_SHARE_LEN], unsigned need,
    unsigned x, unsigned char y[CSG_SHARE_LEN]);

#endif
