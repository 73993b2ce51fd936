#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "lib/crypto/shares.h"

/* a * b, by eight shifts and additions whatever the bits are. */
static unsigned
multiply(unsigned a, unsigned b)
{
	unsigned r = 0;
	int i;

	for (i = 0; i < 8; i++) {
		r ^= a & (0U - (b & 1));
		a = (a << 1) ^ (0x11bU & (0U - (a >> 7)));
		b >>= 1;
	}
	return r;
}

/* 1 / a, computed as a to the power of 254; 0 for 0. */
static unsigned
invert(unsigned a)
{
	unsigned r = a;
	int i;

	for (i = 0; i < 6; i++)
		r = multiply(multiply(r, r), a);
	return multiply(r, r);
}

void
csg_shares_at(const unsigned char (*c)[CSG_SHARE_LEN], unsigned need,
    unsigned x, unsigned char y[CSG_SHARE_LEN])
{
	unsigned i, k, v;

	for (i = 0; i < CSG_SHARE_LEN; i++) {
		v = 0;
		for (k = need; k-- > 0;)
			v = multiply(v, x) ^ c[k][i];
		y[i] = (unsigned char)v;
	}
}

enum csg_rc
csg_shares_split(const unsigned char secret[CSG_SHARE_LEN], unsigned need,
    struct csg_share *out, unsigned n, struct csg_err *err)
{
	unsigned char(*c)[CSG_SHARE_LEN];
	size_t size = need * sizeof(*c);
	unsigned i;
	bool ok;

	if ((c = OPENSSL_secure_zalloc(size)) == NULL)
		return csg_fail_mem(err);
	memcpy(c[0], secret, CSG_SHARE_LEN);
	ok = need == 1 ||
	    RAND_priv_bytes(c[1], (int)(size - CSG_SHARE_LEN)) == 1;
	for (i = 0; ok && i < n; i++) {
		out[i].x = i + 1;
		csg_shares_at((const unsigned char(*)[CSG_SHARE_LEN])c, need,
		    out[i].x, out[i].y);
	}
	OPENSSL_secure_clear_free(c, size);
	return ok ?
	    CSG_OK :
	    csg_fail_ssl(err, CSG_R_IO, "can't generate random coefficients");
}

/* The weight of share i: its Lagrange basis polynomial at 0. */
static unsigned
weight(const struct csg_share *v, unsigned n, unsigned i)
{
	unsigned top = 1, bottom = 1, j;

	for (j = 0; j < n; j++)
		if (j != i) {
			top = multiply(top, v[j].x);
			bottom = multiply(bottom, v[i].x ^ v[j].x);
		}
	return multiply(top, invert(bottom));
}

void
csg_shares_combine(
    const struct csg_share *v, unsigned n, unsigned char secret[CSG_SHARE_LEN])
{
	unsigned i, k, w;

	memset(secret, 0, CSG_SHARE_LEN);
	for (i = 0; i < n; i++) {
		w = weight(v, n, i);
		for (k = 0; k < CSG_SHARE_LEN; k++)
			secret[k] ^= (unsigned char)multiply(v[i].y[k], w);
	}
}
