/* The head of messages: nonces. */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_set_rand_method() */
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/message/header.h"
#include "tests/unit/unit.h"

#ifdef CSG_SANITIZE
#define MANY 100000 /* a million take a minute then */
#else
#define MANY 1000000
#endif
#define AT_ONCE 1000
#define SIZE 16 /* bytes of a nonce */

static unsigned char nonces[MANY][SIZE];

/* The heads of n requests, as one text: a document each would take long. */
static enum csg_rc
write_heads(size_t n, struct csg_buf *out, struct csg_err *err)
{
	char author[] = "dave";
	const struct csg_header head = { author, INT64_C(1795500000),
		{ { 0 } } };
	struct csg_yamlw *w = csg_yamlw_new(out);
	enum csg_rc rc = CSG_OK, finished;

	if (w == NULL)
		return csg_fail_mem(err);
	while (n-- > 0 && rc == CSG_OK)
		rc = csg_header_write(w, CSG_REQUEST, &head, err);
	finished = csg_yamlw_finish(w, rc == CSG_OK ? err : NULL);
	return rc != CSG_OK ? rc : finished;
}

/* The next one of a text; *at moves on. */
static bool
take_nonce(const char **at, unsigned char out[SIZE])
{
	static const char digits[] = "0123456789abcdef";
	const char *hi, *lo;
	size_t i;

	if ((*at = strstr(*at, "\nnonce: ")) == NULL)
		return false;
	for (*at += 8 + ((*at)[8] == '"'), i = 0; i < SIZE; i++, *at += 2) {
		hi = memchr(digits, (*at)[0], 16);
		lo = hi == NULL ? NULL : memchr(digits, (*at)[1], 16);
		if (lo == NULL)
			return false;
		out[i] = (unsigned char)((hi - digits) << 4 | (lo - digits));
	}
	return **at == '\n' || **at == '"';
}

static int
nonce_cmp(const void *a, const void *b)
{
	return memcmp(a, b, SIZE);
}

static void
test_many(void)
{
	struct csg_buf out = { 0 };
	struct csg_err err = { 0 };
	const char *at = "";
	size_t i, bit, ones, bad = 0, same = 0;

	unit_case("attack 48: many nonces of 128 bits, no repeat");
	for (i = 0; i < MANY && bad == 0; i++) {
		if (i % AT_ONCE == 0) {
			csg_buf_free(&out);
			bad += write_heads(AT_ONCE, &out, &err) != CSG_OK;
			at = csg_buf_str(&out);
		}
		bad += !take_nonce(&at, nonces[i]);
	}
	csg_buf_free(&out);
	CHECK(bad == 0);
	for (bit = 0; bit < 8 * SIZE; bit++) {
		for (ones = i = 0; i < MANY; i++)
			ones += nonces[i][bit / 8] >> bit % 8 & 1;
		bad += ones < MANY / 2 - MANY / 100 ||
		    ones > MANY / 2 + MANY / 100; /* 6 sigma or more */
	}
	CHECK(bad == 0);
	qsort(nonces, MANY, SIZE, nonce_cmp);
	for (i = 1; i < MANY; i++)
		same += nonce_cmp(nonces[i - 1], nonces[i]) == 0;
	CHECK(same == 0);
}

static int
no_bytes(unsigned char *to, int n)
{
	memset(to, 7, (size_t)n);
	return 0;
}

static void
test_failure(void)
{
	static const RAND_METHOD broken = { NULL, no_bytes, NULL, NULL,
		no_bytes, NULL };
	struct csg_buf out = { 0 };
	struct csg_err err = { 0 };

	unit_case("attack 48: without randomness there is no message");
	CHECK(write_heads(1, &out, &err) == CSG_OK && out.len > 0);
	csg_buf_free(&out);
	CHECK(RAND_set_rand_method(&broken) == 1);
	CHECK(write_heads(1, &out, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_IO && strstr(err.text, "nonce") != NULL);
	csg_buf_free(&out);
}

int
main(void)
{
	test_many();
	test_failure();
	return unit_done();
}
