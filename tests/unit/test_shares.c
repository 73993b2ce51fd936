/* Shares: known vectors, every choice of people, and what too few know. */
#include <string.h>

#include "lib/crypto/shares.h"
#include "tests/unit/unit.h"

#define MAX 6

/* ---- the field ---- */

/* a * b through a polynomial: 0 + b x at a. */
static unsigned
times(unsigned a, unsigned b)
{
	unsigned char c[2][CSG_SHARE_LEN] = { 0 }, y[CSG_SHARE_LEN];

	c[1][0] = (unsigned char)b;
	csg_shares_at((const unsigned char(*)[CSG_SHARE_LEN])c, 2, a, y);
	return y[0];
}

/* By definition: the product of the polynomials, then the remainder. */
static unsigned
defined(unsigned a, unsigned b)
{
	unsigned r = 0;
	int i;

	for (i = 0; i < 8; i++)
		if ((b >> i & 1) != 0)
			r ^= a << i;
	for (i = 15; i >= 8; i--)
		if ((r >> i & 1) != 0)
			r ^= 0x11bU << (i - 8);
	return r;
}

static void
test_field(void)
{
	unsigned a, b;
	bool same = true;

	unit_case("the field is that of FIPS 197");
	CHECK(times(0x57, 0x83) == 0xc1); /* section 4.2 */
	CHECK(times(0x57, 0x13) == 0xfe); /* section 4.2.1 */
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			same = same && times(a, b) == defined(a, b);
	CHECK(same);
}

/* Two shares, of which one is x = a: the quotient a / b shows in the key. */
static void
test_inverses(void)
{
	struct csg_share v[2] = { { 0, { 0 } }, { 0, { 1 } } };
	unsigned char key[CSG_SHARE_LEN];
	unsigned a, b;
	bool right = true;

	unit_case("dividing undoes multiplying, for all pairs");
	for (a = 1; a < 256; a++)
		for (b = 1; b < 256; b++) {
			if (a == b)
				continue;
			v[0].x = a;
			v[1].x = b;
			/* the line through (a, 0) and (b, 1), at 0: a / (a - b)
			 */
			csg_shares_combine(v, 2, key);
			right = right && defined(key[0], a ^ b) == a;
		}
	CHECK(right);
}

/* ---- vectors ---- */

static void
test_vector(void)
{
	static const unsigned char secret[5] = "test";
	static const unsigned char one[] = { 0xb9, 0xfa, 0x07, 0xe1, 0x85 };
	static const unsigned char two[] = { 0xf5, 0x40, 0x9b, 0x45, 0x11 };
	unsigned char c[2][CSG_SHARE_LEN] = { 0 }, key[CSG_SHARE_LEN];
	struct csg_share v[2] = { { 1, { 0 } }, { 2, { 0 } } };
	size_t i;

	unit_case("the vector of draft-mcgrew-tss-03, section 9");
	memcpy(v[0].y, one, sizeof(one));
	memcpy(v[1].y, two, sizeof(two));
	csg_shares_combine(v, 2, key);
	CHECK(memcmp(key, secret, sizeof(secret)) == 0);
	memcpy(c[0], secret, sizeof(secret));
	for (i = 0; i < sizeof(secret); i++)
		c[1][i] = secret[i] ^ one[i];
	csg_shares_at((const unsigned char(*)[CSG_SHARE_LEN])c, 2, 1, key);
	CHECK(memcmp(key, one, sizeof(one)) == 0);
	csg_shares_at((const unsigned char(*)[CSG_SHARE_LEN])c, 2, 2, key);
	CHECK(memcmp(key, two, sizeof(two)) == 0);
}

/* ---- people ---- */

static const unsigned char secret[CSG_SHARE_LEN] =
    "a key of thirty-one characters.";

/* Do the shares of the people in set give the secret? */
static bool
gives(const struct csg_share *all, unsigned n, unsigned set)
{
	struct csg_share some[MAX];
	unsigned char key[CSG_SHARE_LEN];
	unsigned i, k = 0;

	for (i = 0; i < n; i++)
		if ((set >> i & 1) != 0)
			some[k++] = all[i];
	csg_shares_combine(some, k, key);
	return memcmp(key, secret, sizeof(key)) == 0;
}

static unsigned
size_of(unsigned set)
{
	unsigned n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

static void
test_sets(void)
{
	struct csg_share all[MAX];
	struct csg_err err = { 0 };
	unsigned n, need, set;

	unit_case("any m of n give the key, and no fewer do");
	for (n = 1; n <= MAX; n++)
		for (need = 1; need <= n; need++) {
			CHECK(csg_shares_split(secret, need, all, n, &err) ==
			    CSG_OK);
			for (set = 1; set < 1U << n; set++)
				CHECK(gives(all, n, set) ==
				    (size_of(set) >= need));
		}
}

static void
test_most(void)
{
	static struct csg_share all[CSG_MAX_SHARES];
	unsigned char key[CSG_SHARE_LEN];
	struct csg_err err = { 0 };

	unit_case("255 of 255");
	CHECK(csg_shares_split(
		  secret, CSG_MAX_SHARES, all, CSG_MAX_SHARES, &err) == CSG_OK);
	CHECK(all[0].x == 1 && all[254].x == 255);
	csg_shares_combine(all, CSG_MAX_SHARES, key);
	CHECK(memcmp(key, secret, sizeof(key)) == 0);
	csg_shares_combine(all, CSG_MAX_SHARES - 1, key);
	CHECK(memcmp(key, secret, sizeof(key)) != 0);
}

/* Whatever a lone share is, each secret is as likely: for each there is just
 * one line through the share. */
static void
test_nothing_known(void)
{
	struct csg_share v[2] = { { 1, { 0x5a } }, { 2, { 0 } } };
	unsigned char key[CSG_SHARE_LEN];
	bool seen[256] = { false };
	unsigned other, n = 0;

	unit_case("one share of two rules out no byte of the key");
	for (other = 0; other < 256; other++) {
		v[1].y[0] = (unsigned char)other;
		csg_shares_combine(v, 2, key);
		n += !seen[key[0]];
		seen[key[0]] = true;
	}
	CHECK(n == 256);
}

static void
test_random(void)
{
	struct csg_share a[2], b[2];
	struct csg_err err = { 0 };
	unsigned i, same = 0;

	unit_case("each splitting is another, and no share is the key");
	CHECK(csg_shares_split(secret, 2, a, 2, &err) == CSG_OK &&
	    csg_shares_split(secret, 2, b, 2, &err) == CSG_OK);
	for (i = 0; i < CSG_SHARE_LEN; i++)
		same += a[0].y[i] == b[0].y[i];
	CHECK(same < CSG_SHARE_LEN / 2);
	CHECK(memcmp(a[0].y, secret, sizeof(secret)) != 0 &&
	    memcmp(a[1].y, secret, sizeof(secret)) != 0);
}

int
main(void)
{
	test_field();
	test_inverses();
	test_vector();
	test_sets();
	test_most();
	test_nothing_known();
	test_random();
	return unit_done();
}
