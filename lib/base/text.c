#include <string.h>

#include "lib/base/text.h"

/*
 * Length of the well-formed UTF-8 sequence (RFC 3629) at s and its code
 * point; 0 if there is none.
 */
static size_t
utf8_next(const unsigned char *s, size_t len, unsigned *cp)
{
	static const unsigned min[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || n > len)
		return 0;
	*cp = s[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3fU);
	}
	if (*cp < min[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

/* Code points that are invisible or change how others are displayed. */
static bool
is_unsafe(unsigned cp)
{
	static const struct {
		unsigned from, to;
	} ranges[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f }, /* C0, DEL, C1 */
		{ 0x00ad, 0x00ad }, /* soft hyphen */
		{ 0x034f, 0x034f }, /* grapheme joiner */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, /* blank fillers */
		{ 0x180b, 0x180f }, /* Mongolian selectors */
		{ 0x200b, 0x200f }, /* zero width, marks */
		{ 0x2028, 0x202e }, /* separators, bidi */
		{ 0x2060, 0x206f }, /* joiner, isolates */
		{ 0x3164, 0x3164 }, /* Hangul filler */
		{ 0xe000, 0xf8ff }, /* private use */
		{ 0xfdd0, 0xfdef }, /* non-characters */
		{ 0xfe00, 0xfe0f }, /* variation */
		{ 0xfeff, 0xfeff }, /* BOM */
		{ 0xffa0, 0xffa0 }, /* Hangul filler */
		{ 0xfff0, 0xffff }, /* specials */
		{ 0xe0000, 0x10ffff } /* tags, private use */
	};
	size_t i;

	if ((cp & 0xfffe) == 0xfffe)
		return true;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]) &&
	    cp >= ranges[i].from; /* they ascend */
	    i++)
		if (cp <= ranges[i].to)
			return true;
	return false;
}

/* Length of the safe character at s, or 0. */
static size_t
safe_next(const char *s, size_t len)
{
	unsigned cp;
	size_t n = utf8_next((const unsigned char *)s, len, &cp);

	return n == 0 || is_unsafe(cp) ? 0 : n;
}

bool
csg_text_valid(const char *s, size_t len, bool multiline)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = safe_next(s + i, len - i);
		if (n == 0 && multiline && (s[i] == '\n' || s[i] == '\t'))
			n = 1;
		if (n == 0)
			return false;
	}
	return true;
}

void
csg_text_escape(struct csg_buf *out, const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		if ((n = safe_next(s + i, len - i)) != 0) {
			csg_buf_add(out, s + i, n);
			continue;
		}
		csg_buf_printf(out, "\\x%02x", (unsigned char)s[i]);
		n = 1;
	}
}

bool
csg_text_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && strcmp(s + n - k, suffix) == 0;
}

const char *
csg_text_behind_path(const char *message, const char *path)
{
	size_t n = strlen(path);

	if (strncmp(message, path, n) != 0 || message[n] != ':')
		return message;
	return message + n + 1 + (message[n + 1] == ' ');
}

static bool
is_name_char(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return true;
	return !first && (c == '.' || c == '_' || c == '-');
}

bool
csg_name_valid(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (i == 64 || !is_name_char(s[i], i == 0))
			return false;
	return i > 0;
}

/* Is the path relative, without empty, "." or ".." components? */
static bool
is_plain_path(const char *path)
{
	size_t n;

	if (strlen(path) > 1024)
		return false;
	for (;; path += n + 1) {
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[n] == '\0')
			return true;
	}
}

enum csg_rc
csg_filename_encode(const char *path, struct csg_buf *out, struct csg_err *err)
{
	size_t len = strlen(path), i, n;

	if (!is_plain_path(path))
		return csg_fail(err, CSG_R_PARSE,
		    "'%.200s' is not a relative path of at most 1024 bytes without '.' and '..'",
		    path);
	for (i = 0; i < len; i += n) {
		n = safe_next(path + i, len - i);
		if (n != 0 && path[i] != '%') {
			csg_buf_add(out, path + i, n);
			continue;
		}
		csg_buf_printf(out, "%%%02X", (unsigned char)path[i]);
		n = 1;
	}
	return csg_buf_ok(out, err);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum csg_rc
csg_filename_decode(const char *text, struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf path = { 0 }, again = { 0 };
	const char *s;
	unsigned char c;
	enum csg_rc rc;

	for (s = text; *s != '\0'; s++) {
		c = (unsigned char)*s;
		if (*s == '%' && hex_value(s[1]) >= 0 && hex_value(s[2]) >= 0) {
			c = (unsigned char)(hex_value(s[1]) << 4 |
			    hex_value(s[2]));
			s += 2;
		}
		csg_buf_add(&path, &c, 1);
	}
	if ((rc = csg_buf_ok(&path, err)) != CSG_OK)
		goto out;
	/* only one spelling is valid: encoding the path must give text again */
	rc = csg_filename_encode(csg_buf_str(&path), &again, err);
	if (rc == CSG_TROUBLE)
		goto out;
	if (strlen(csg_buf_str(&path)) != path.len || rc != CSG_OK ||
	    strcmp(csg_buf_str(&again), text) != 0) {
		rc = csg_fail(
		    err, CSG_R_PARSE, "'%.200s' is not an artifact name", text);
		goto out;
	}
	csg_buf_add(out, path.data, path.len);
	rc = csg_buf_ok(out, err);
out:
	csg_buf_free(&path);
	csg_buf_free(&again);
	return rc;
}

static int
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

int
csg_filename_casecmp(const char *a, const char *b)
{
	while (*a != '\0' && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) - fold(*b);
}
