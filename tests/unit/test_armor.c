/* Armour: what survives mail is read, anything odd inside is refused. */
#include <stdlib.h>
#include <string.h>

#include "lib/codec/armor.h"
#include "tests/unit/unit.h"

#define BEGIN "-----BEGIN CMS-----\n"
#define END "-----END CMS-----\n"
#define BODY "YWJjZGVmZw==\n" /* abcdefg */

/* The first block of len bytes of text, copied so that its end is exact. */
static enum csg_rc
first(const char *text, size_t len, struct csg_buf *der, unsigned *line,
    bool *more, struct csg_err *err)
{
	char *copy = malloc(len + (len == 0));
	struct csg_armor r;
	enum csg_rc rc;

	memcpy(copy, text, len);
	memset(err, 0, sizeof(*err));
	*line = 0;
	csg_armor_init(&r, copy, len);
	rc = csg_armor_next(&r, der, line, more, err);
	free(copy);
	return rc;
}

static bool
reads(const char *text, const char *want)
{
	struct csg_buf der = { 0 };
	struct csg_err err;
	unsigned line;
	bool more, ok;

	ok = first(text, strlen(text), &der, &line, &more, &err) == CSG_OK &&
	    more && der.len == strlen(want) &&
	    memcmp(der.data, want, der.len) == 0;
	if (!ok)
		printf("# %s\n", err.text);
	csg_buf_free(&der);
	return ok;
}

static bool
refuses_mem(const char *text, size_t len, const char *why)
{
	struct csg_buf der = { 0 };
	struct csg_err err;
	unsigned line;
	bool more, ok;

	ok = first(text, len, &der, &line, &more, &err) == CSG_MALFORMED &&
	    more && err.reason == CSG_R_PARSE && der.len == 0 &&
	    strstr(err.text, why) != NULL;
	if (!ok)
		printf("# '%s' instead of '%s'\n", err.text, why);
	csg_buf_free(&der);
	return ok;
}

static bool
refuses(const char *text, const char *why)
{
	return refuses_mem(text, strlen(text), why);
}

static bool
holds_none(const char *text, size_t len)
{
	struct csg_buf der = { 0 };
	struct csg_err err;
	unsigned line;
	bool more, ok;

	ok = first(text, len, &der, &line, &more, &err) == CSG_OK && !more &&
	    der.len == 0;
	csg_buf_free(&der);
	return ok;
}

static void
labels(void)
{
	unit_case("attack 1: the label is exactly CMS");
	CHECK(reads(BEGIN BODY END, "abcdefg"));
	CHECK(refuses("-----BEGIN PKCS7-----\n" BODY END, "label other"));
	CHECK(refuses("-----BEGIN cms-----\n" BODY END, "label other"));
	CHECK(refuses("-----BEGIN CMS -----\n" BODY END, "label other"));
	CHECK(refuses("-----BEGIN CMS----\n" BODY END, "label other"));
	CHECK(refuses("-----BEGIN CMS------\n" BODY END, "label other"));
	CHECK(refuses("-----BEGIN CMS----- x\n" BODY END, "label other"));
	CHECK(refuses(BEGIN BODY "-----END PKCS7-----\n", "line 3: "));
	CHECK(refuses(BEGIN BODY "-----END cms-----\n", "line 3: "));
	CHECK(holds_none("---- BEGIN CMS ----\n" BODY, 20 + 13));
}

static void
cuts(void)
{
	static const char whole[] = "hello\n" BEGIN BODY END;
	size_t i, end = sizeof(whole) - 2; /* the last newline may go */

	unit_case("attack 2: a block cut anywhere");
	CHECK(reads(whole, "abcdefg"));
	CHECK(refuses(BODY END, "END without BEGIN"));
	CHECK(refuses(BEGIN BODY, "no line -----END CMS-----"));
	CHECK(refuses(BEGIN END, "empty block"));
	CHECK(refuses(BEGIN "\n \n" END, "empty block"));
	for (i = 0; i < end; i++)
		CHECK(i < strlen("hello\n-----BEGIN") ?
			holds_none(whole, i) :
			refuses_mem(whole, i, "line "));
	CHECK(holds_none("", 0));
}

static void
nested(void)
{
	static const char text[] =
	    BEGIN "YWJj\n" BEGIN BODY END "text\n" BEGIN "YWJj\n" END;
	struct csg_buf der = { 0 };
	struct csg_err err = { 0 };
	struct csg_armor r;
	unsigned line = 0;
	bool more = false;

	unit_case("attack 4: a boundary inside a block; reading goes on");
	csg_armor_init(&r, text, sizeof(text) - 1);
	CHECK(csg_armor_next(&r, &der, &line, &more, &err) == CSG_MALFORMED &&
	    more && err.reason == CSG_R_PARSE && line == 1 &&
	    strstr(err.text, "line 3: a boundary inside") != NULL);
	CHECK(csg_armor_next(&r, &der, &line, &more, &err) == CSG_OK && more &&
	    line == 3 && der.len == 7);
	CHECK(csg_armor_next(&r, &der, &line, &more, &err) == CSG_OK && more &&
	    line == 7 && der.len == 3);
	CHECK(csg_armor_next(&r, &der, &line, &more, &err) == CSG_OK && !more &&
	    der.len == 0);
	CHECK(csg_armor_next(&r, &der, &line, &more, &err) == CSG_OK && !more);
	CHECK(refuses(BEGIN "YWJj-----BEGIN CMS-----\n" END, "not a base64"));
	csg_buf_free(&der);
}

static void
characters(void)
{
	static const char utf16[] = "-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0";

	unit_case("attacks 5, 6, 7, 8, 9: only base64 inside");
	CHECK(reads(BEGIN "YWJj\nZGVm\n" END, "abcdef"));
	CHECK(refuses(BEGIN "Proc-Type: 4,ENCRYPTED\n\nYWJj\n" END,
	    "line 2: not a base64"));
	CHECK(refuses(BEGIN "Comment: x\n\nYWJj\n" END, "not a base64"));
	CHECK(refuses_mem(BEGIN "YW\0j\n" END, 20 + 5 + 18, "not a base64"));
	CHECK(refuses(BEGIN "YW\033Jj\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YWJj\302\240\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YWJj\342\200\250\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YWJj\fZGVm\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YWJj\vZGVm\n" END, "not a base64"));
	CHECK(holds_none(utf16, sizeof(utf16) - 1));
	CHECK(refuses(BEGIN "YWJj.\n" END, "not a base64"));
	CHECK(refuses(BEGIN "Y-_j\n" END, "not a base64")); /* base64url */
	CHECK(refuses(BEGIN "YQ==YWJj\n" END, "data after"));
	CHECK(refuses(BEGIN "YQ==\nYWJj\n" END, "data after"));
	CHECK(refuses(BEGIN "YQ=a\n" END, "data after"));
	CHECK(refuses(BEGIN "Y=Jj\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YWJj=\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YWI==\n" END, "not a base64"));
	CHECK(refuses(BEGIN "====\n" END, "not a base64"));
	CHECK(refuses(BEGIN "YQ\n" END, "base64 is truncated"));
	CHECK(refuses(BEGIN "YQ=\n" END, "base64 is truncated"));
	CHECK(refuses(BEGIN "YR==\n" END, "unused bits"));
	CHECK(refuses(BEGIN "YWJ=\n" END, "unused bits"));
	CHECK(refuses(BEGIN "YW j\n" END, "not a base64")); /* + to space */
	CHECK(refuses(BEGIN "> YWJj\n" END, "line 2: not a base64"));
	CHECK(holds_none("> " BEGIN "> " BODY "> " END, 53));
	CHECK(holds_none("\x30\x80\x06\x09\x2a\x86\x48\x1f\x8b\x08", 10));
}

/* Armour of der at the given width, lines ended by eol. */
static void
wrap(struct csg_buf *out, const struct csg_buf *plain, size_t width,
    const char *eol)
{
	const char *s = csg_buf_str(plain) + strlen(BEGIN);
	const char *end = strstr(s, "-----END");
	size_t col = 0;

	csg_buf_puts(out, "-----BEGIN CMS-----");
	csg_buf_puts(out, eol);
	for (; s < end; s++) {
		if (*s == '\n')
			continue;
		csg_buf_add(out, s, 1);
		if (++col % width == 0)
			csg_buf_puts(out, eol);
	}
	csg_buf_puts(out, eol);
	csg_buf_puts(out, "-----END CMS-----");
	csg_buf_puts(out, eol);
}

static bool
same_der(const struct csg_buf *text, const unsigned char *want, size_t len)
{
	struct csg_buf der = { 0 };
	struct csg_err err;
	unsigned line;
	bool more, ok;

	ok = first(csg_buf_str(text), text->len, &der, &line, &more, &err) ==
		CSG_OK &&
	    more && der.len == len && memcmp(der.data, want, len) == 0;
	csg_buf_free(&der);
	return ok;
}

static void
mail(void)
{
	static const char *const eols[] = { "\n", "\r\n", "\r", " \t\n\r\n",
		"\n\n", "\n\t " };
	struct csg_buf plain = { 0 }, text = { 0 };
	unsigned char der[101];
	size_t i, width;
	bool ok = true;

	unit_case("attack 44: any line length, line end and blanks");
	for (i = 0; i < sizeof(der); i++)
		der[i] = (unsigned char)(i * 37);
	csg_armor_write(&plain, der, 100); /* ends in == */
	for (i = 0; i < sizeof(eols) / sizeof(eols[0]); i++)
		for (width = 1; width <= 140; width++) {
			csg_buf_free(&text);
			wrap(&text, &plain, width, eols[i]);
			ok = ok && same_der(&text, der, 100);
		}
	CHECK(ok);
	csg_buf_free(&text);
	csg_buf_free(&plain);
	unit_case(
	    "attacks 44, 45: text around, a BOM, indentation, no newline");
	CHECK(reads("\xef\xbb\xbf" BEGIN BODY END, "abcdefg"));
	CHECK(reads("From: a\r\n\r\nf\xc3\xbcr -----BEGIN\n" BEGIN BODY END
		    "-- \nlist footer\n",
	    "abcdefg"));
	CHECK(reads("  " BEGIN "\t" BODY "  -----END CMS-----", "abcdefg"));
	CHECK(reads(
	    "x\r-----BEGIN CMS-----\rYWJj\r\n-----END CMS-----\n", "abc"));
}

static void
round_trip(void)
{
	struct csg_buf text = { 0 };
	unsigned char der[200];
	size_t i, n;
	bool ok = true;

	unit_case("what is written is read, 64 columns wide");
	for (i = 0; i < sizeof(der); i++)
		der[i] = (unsigned char)(255 - i);
	for (n = 1; n <= sizeof(der); n++) {
		csg_buf_free(&text);
		csg_armor_write(&text, der, n);
		ok = ok && same_der(&text, der, n);
	}
	CHECK(ok);
	CHECK(strcspn(csg_buf_str(&text) + strlen(BEGIN), "\n") == 64);
	CHECK(strstr(csg_buf_str(&text), "\n\n") == NULL);
	csg_buf_free(&text);
	csg_armor_write(&text, der, 48);
	CHECK(strstr(csg_buf_str(&text), "\n\n") == NULL);
	csg_buf_free(&text);
}

int
main(void)
{
	labels();
	cuts();
	nested();
	characters();
	mail();
	round_trip();
	return unit_done();
}
