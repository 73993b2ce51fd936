/* Foreign text: what may be shown, how the rest is, and names. */
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/text.h"
#include "tests/unit/unit.h"

static bool
valid(const char *s)
{
	return csg_text_valid(s, strlen(s), false);
}

static void
test_valid(void)
{
	static const struct {
		const char *s;
		bool ok;
	} rows[] = { { "", true }, { "plain", true },
		{ "gr\xc3\xbc\xc3\x9f", true },
		{ "\xe6\x97\xa5\xe6\x9c\xac", true }, /* CJK */
		{ "\xf0\x9f\x98\x80", true }, /* beyond the BMP */
		{ "a\nb", false }, { "a\tb", false }, { "a\rb", false },
		{ "\x1b[31m", false }, { "a\x7f", false },
		{ "\xc2\x85", false }, /* NEL, a C1 control */
		{ "\xe2\x80\xae", false }, /* RLO */
		{ "\xe2\x81\xa6", false }, /* LRI */
		{ "\xe2\x80\x8b", false }, /* zero width */
		{ "\xe2\x80\xa8", false }, /* line separator */
		{ "\xef\xbb\xbf", false }, /* BOM */
		{ "\xef\xb8\x8f", false }, /* variation selector */
		{ "\xf3\xa0\x81\x81", false }, /* tag */
		{ "\xee\x80\x80", false }, /* private use */
		{ "\xef\xbf\xbf", false }, /* no character */
		{ "\xc0\xaf", false }, /* overlong */
		{ "\xed\xa0\x80", false }, /* surrogate */
		{ "\xf4\x90\x80\x80", false }, /* above U+10FFFF */
		{ "\xc3", false }, { "\x80", false }, { "\xff", false } };
	size_t i;

	unit_case("attack 34: what may be shown");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(valid(rows[i].s) == rows[i].ok);
	CHECK(csg_text_valid("a\nb\tc", 5, true));
	CHECK(!csg_text_valid("a\0b", 3, true));
	CHECK(!csg_text_valid("\x1b", 1, true));
}

static void
test_escape(void)
{
	struct csg_buf b = { 0 };

	unit_case("the rest is shown byte by byte");
	csg_text_escape(&b, "a\x1b[m\xe2\x80\xae\xff\xc3\xbc", 10);
	CHECK(strcmp(csg_buf_str(&b), "a\\x1b[m\\xe2\\x80\\xae\\xff\xc3\xbc") ==
	    0);
	CHECK(valid(csg_buf_str(&b)));
	csg_buf_free(&b);
}

static void
test_names(void)
{
	char longest[66];

	unit_case("names of people, groups and keys");
	CHECK(csg_name_valid("a") && csg_name_valid("Alice-2.b_c") &&
	    csg_name_valid("0"));
	CHECK(!csg_name_valid("") && !csg_name_valid("-a") &&
	    !csg_name_valid(".a") && !csg_name_valid("a b") &&
	    !csg_name_valid("a/b") && !csg_name_valid("\xd0\xb0lice"));
	memset(longest, 'x', 65);
	longest[64] = '\0';
	CHECK(csg_name_valid(longest));
	longest[64] = 'x';
	longest[65] = '\0';
	CHECK(!csg_name_valid(longest));
}

/* path to text and back again; NULL: refused. */
static void
round_trip(const char *path, const char *text)
{
	struct csg_buf enc = { 0 }, dec = { 0 };
	struct csg_err err = { 0 };
	enum csg_rc rc = csg_filename_encode(path, &enc, &err);

	if (text == NULL) {
		CHECK(rc == CSG_MALFORMED);
	} else {
		CHECK(rc == CSG_OK && strcmp(csg_buf_str(&enc), text) == 0);
		CHECK(csg_filename_decode(text, &dec, &err) == CSG_OK &&
		    strcmp(csg_buf_str(&dec), path) == 0);
	}
	csg_buf_free(&enc);
	csg_buf_free(&dec);
}

static void
refuse(const char *text)
{
	struct csg_buf dec = { 0 };
	struct csg_err err = { 0 };

	CHECK(csg_filename_decode(text, &dec, &err) == CSG_MALFORMED);
	csg_buf_free(&dec);
}

static void
test_filenames(void)
{
	unit_case("attack 42: any file name is text, in one way only");
	round_trip("app.bin", "app.bin");
	round_trip("dir/gr\xc3\xbc\xc3\x9f", "dir/gr\xc3\xbc\xc3\x9f");
	round_trip("50%", "50%25");
	round_trip("a\nb\x1b\xe2\x80\xae", "a%0Ab%1B%E2%80%AE");
	round_trip("bad\xff", "bad%FF");
	round_trip("-rf", "-rf");
	round_trip("", NULL);
	round_trip("/etc/passwd", NULL);
	round_trip("a//b", NULL);
	round_trip("./a", NULL);
	round_trip("a/../b", NULL);
	round_trip("a/", NULL);
	refuse("a%41"); /* needed no escape */
	refuse("a%0a"); /* lower case */
	refuse("a%");
	refuse("a%0");
	refuse("a%00");
	refuse("%2Fetc");
	refuse("..");
	refuse("a\nb");
	CHECK(csg_filename_casecmp("App.BIN", "app.bin") == 0);
	CHECK(csg_filename_casecmp("app", "app.bin") < 0);
}

static void
test_behind_path(void)
{
	unit_case("what a message says behind the path of its file");
	CHECK(strcmp(csg_text_behind_path("a.b: gone", "a.b"), "gone") == 0);
	CHECK(strcmp(csg_text_behind_path("a.b:12: x", "a.b"), "12: x") == 0);
	CHECK(strcmp(csg_text_behind_path("a.b:", "a.b"), "") == 0);
	CHECK(strcmp(csg_text_behind_path("a.b.c: x", "a.b"), "a.b.c: x") == 0);
	CHECK(strcmp(csg_text_behind_path("a", "a.b"), "a") == 0);
}

int
main(void)
{
	test_valid();
	test_escape();
	test_names();
	test_filenames();
	test_behind_path();
	return unit_done();
}
