/* DER: what the cursor takes, and that it never reads beyond its bounds. */
#include <stdlib.h>
#include <string.h>

#include "lib/codec/der.h"
#include "tests/unit/unit.h"

#define BYTES(...) \
	(const unsigned char[]){ __VA_ARGS__ }, \
	    sizeof((const unsigned char[]){ __VA_ARGS__ })

/* Take one OCTET STRING from a copy that is exactly as long. */
static bool
takes(const unsigned char *p, size_t len, size_t body_len)
{
	unsigned char *copy = malloc(len);
	struct csg_der in = { copy, len }, body = { NULL, 99 };
	bool ok;

	memcpy(copy, p, len);
	ok = csg_der_take(&in, CSG_DER_OCTETS, &body);
	if (ok)
		ok = body.len == body_len && body.p + body.len == in.p &&
		    in.p + in.len == copy + len;
	else
		CHECK(in.p == copy && in.len == len); /* took nothing */
	free(copy);
	return ok;
}

static void
lengths(void)
{
	unsigned char big[3 + 0x100] = { 4, 0x81, 0x80 };

	unit_case("attack 10: short and minimal long lengths only");
	CHECK(takes(BYTES(4, 0), 0));
	CHECK(takes(BYTES(4, 1, 7), 1));
	CHECK(takes(BYTES(4, 1, 7, 9), 1));
	CHECK(!takes(BYTES(4), 0));
	CHECK(!takes(BYTES(4, 1), 1));
	CHECK(!takes(BYTES(4, 2, 7), 2));
	CHECK(!takes(BYTES(4, 0x81, 1, 7), 1)); /* not minimal */
	CHECK(!takes(BYTES(4, 0x81), 0));
	CHECK(takes(big, 3 + 0x80, 0x80));
	CHECK(!takes(big, 3 + 0x7f, 0x80));
	big[2] = 0x7f;
	CHECK(!takes(big, 3 + 0x7f, 0x7f));
	memcpy(big, "\x04\x82\x00\x80", 4);
	CHECK(!takes(big, 4 + 0x80, 0x80));
	CHECK(!takes(BYTES(4, 0x80, 7, 0, 0), 1)); /* indefinite */
	CHECK(!takes(BYTES(0x24, 3, 4, 1, 7), 3)); /* constructed */
	CHECK(!takes(BYTES(4, 0x84, 0xff, 0xff, 0xff, 0xff, 0), 0));
	CHECK(!takes(BYTES(4, 0x85, 1, 0, 0, 0, 0, 0), 0));
	CHECK(!takes(
	    BYTES(4, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0),
	    0));
	CHECK(!takes(BYTES(4, 0xff, 1, 2, 3), 0));
}

static void
tags(void)
{
	struct csg_der in, e;

	unit_case("the tag must be the expected one, of one byte");
	in = (struct csg_der){ BYTES(0x30, 3, 2, 1, 5) };
	CHECK(csg_der_peek(&in) == CSG_DER_SEQ);
	CHECK(!csg_der_take(&in, CSG_DER_SET, &e));
	CHECK(csg_der_whole(&in, CSG_DER_SEQ, &e) && e.len == 5);
	CHECK(in.len == 0 && csg_der_peek(&in) == -1);
	CHECK(!csg_der_take(&in, CSG_DER_SEQ, &e));
	CHECK(!csg_der_take(&in, -1, &e));
	in = (struct csg_der){ BYTES(0x1f, 0x04, 1, 7) };
	CHECK(!csg_der_take(&in, 0x1f, &e) && in.len == 4);
	in = (struct csg_der){ BYTES(0xbf, 0x21, 1, 7) };
	CHECK(!csg_der_whole(&in, 0xbf, &e) && in.len == 4);
	in = (struct csg_der){ BYTES(0xa1, 1, 7) };
	CHECK(csg_der_take(&in, CSG_DER_CONTEXT(1), &e) && e.len == 1);
}

static bool
reads_uint(const unsigned char *p, size_t len, unsigned want)
{
	struct csg_der in = { p, len };
	unsigned v = 99;

	if (csg_der_uint(&in, &v))
		return v == want && in.len == 0;
	CHECK(in.p == p && in.len == len && v == 99);
	return false;
}

static void
integers(void)
{
	unit_case("integers: minimal, not negative, below 2^31");
	CHECK(reads_uint(BYTES(2, 1, 0), 0));
	CHECK(reads_uint(BYTES(2, 1, 0x7f), 127));
	CHECK(reads_uint(BYTES(2, 2, 0, 0x80), 128));
	CHECK(reads_uint(BYTES(2, 4, 0x7f, 0xff, 0xff, 0xff), 0x7fffffff));
	CHECK(!reads_uint(BYTES(2, 5, 0, 0x80, 0, 0, 0), 0x80000000));
	CHECK(!reads_uint(BYTES(2, 0), 0));
	CHECK(!reads_uint(BYTES(2, 1, 0x80), 0x80));
	CHECK(!reads_uint(BYTES(2, 2, 0, 0x7f), 127));
	CHECK(!reads_uint(BYTES(2, 2, 0xff, 0x80), 0));
	CHECK(!reads_uint(BYTES(4, 1, 1), 1));
}

/* A time with the given tag and text. */
static bool
reads_time(int tag, const char *s, int64_t want)
{
	unsigned char b[40] = { (unsigned char)tag, (unsigned char)strlen(s) };
	struct csg_der in = { b, 2 + strlen(s) };
	int64_t t = -1;

	memcpy(b + 2, s, strlen(s));
	if (csg_der_time(&in, &t))
		return t == want && in.len == 0;
	CHECK(in.p == b && in.len == 2 + strlen(s));
	return false;
}

static void
times(void)
{
	const int utc = CSG_DER_UTCTIME, gen = CSG_DER_GENTIME;

	unit_case("attack 15: times in the one form for their year");
	CHECK(reads_time(utc, "700101000000Z", 0));
	CHECK(reads_time(utc, "261123100000Z", 1795428000));
	CHECK(reads_time(utc, "491231235959Z", 2524607999));
	CHECK(reads_time(gen, "20500101000000Z", 2524608000));
	CHECK(reads_time(gen, "99991231235959Z", INT64_C(253402300799)));
	CHECK(!reads_time(gen, "20491231235959Z", 2524607999));
	CHECK(!reads_time(utc, "20500101000000Z", 2524608000));
	CHECK(!reads_time(gen, "261123100000Z", 1795428000));
	CHECK(!reads_time(utc, "691231235959Z", -1));
	CHECK(!reads_time(utc, "2611231000Z", 1795428000));
	CHECK(!reads_time(utc, "261123100000", 1795428000));
	CHECK(!reads_time(utc, "261123100000z", 1795428000));
	CHECK(!reads_time(utc, "2611231000+00", 1795428000));
	CHECK(!reads_time(utc, "261123100000+0000", 1795428000));
	CHECK(!reads_time(gen, "20500101000000.0Z", 2524608000));
	CHECK(!reads_time(utc, "260230000000Z", 0));
	CHECK(!reads_time(utc, "261123240000Z", 0));
	CHECK(!reads_time(utc, "261123235960Z", 0));
	CHECK(!reads_time(utc, "2611 3100000Z", 0));
	CHECK(!reads_time(utc, "", 0));
	CHECK(!reads_time(CSG_DER_UTF8, "261123100000Z", 1795428000));
}

static void
slices(void)
{
	struct csg_der a = { BYTES(1, 2, 3) }, b = { BYTES(1, 2, 3) };
	struct csg_der none = { NULL, 0 };

	unit_case("slices are equal in bytes and length");
	CHECK(csg_der_equal(a, b) && csg_der_is(a, "\1\2\3", 3));
	b.len = 2;
	CHECK(!csg_der_equal(a, b) && !csg_der_is(a, "\1\2\4", 3));
	CHECK(csg_der_equal(none, none) && !csg_der_equal(a, none));
}

int
main(void)
{
	lengths();
	tags();
	integers();
	times();
	slices();
	return unit_done();
}
