#include <string.h>

#include "lib/codec/armor.h"

#define BEGIN "-----BEGIN CMS-----"
#define END "-----END CMS-----"

void
csg_armor_init(struct csg_armor *r, const void *text, size_t len)
{
	memset(r, 0, sizeof(*r));
	r->text = text;
	r->len = len;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r->pos = 3;
}

/* The next line, without surrounding blanks; false at the end. */
static bool
next_line(struct csg_armor *r, const char **line, size_t *len)
{
	const char *s = r->text + r->pos;
	size_t left = r->len - r->pos, n;

	if (left == 0)
		return false;
	for (n = 0; n < left && s[n] != '\n' && s[n] != '\r'; n++)
		;
	r->pos += n;
	if (r->pos < r->len && r->text[r->pos] == '\r')
		r->pos++;
	if (r->pos < r->len && r->text[r->pos] == '\n' &&
	    (r->pos == 0 || r->text[r->pos - 1] == '\r' ||
		r->text + r->pos == s + n))
		r->pos++;
	r->line++;
	while (n > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	*line = s;
	*len = n;
	return true;
}

static bool
begins(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(line, word, n) == 0;
}

static bool
equals(const char *line, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(line, word, len) == 0;
}

static bool
is_boundary(const char *line, size_t len)
{
	return begins(line, len, "-----BEGIN") || begins(line, len, "-----END");
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* A strict base64 decoder (RFC 4648 section 4), which works across lines. */
struct decoder {
	struct csg_buf *out;
	unsigned bits;
	unsigned have; /* characters of the quartet so far */
	unsigned pad;
	const char *wrong; /* what is wrong, or NULL */
};

static void
put_quartet(struct decoder *d)
{
	unsigned char b[3] = { (unsigned char)(d->bits >> 16),
		(unsigned char)(d->bits >> 8), (unsigned char)d->bits };

	if ((d->pad == 1 && b[2] != 0) || (d->pad == 2 && (b[1] | b[2]) != 0))
		d->wrong = "unused bits at the end of the base64 are not zero";
	csg_buf_add(d->out, b, 3 - d->pad);
	d->bits = d->have = 0;
}

static void
put_char(struct decoder *d, char c)
{
	int v = base64_value(c);

	if (c == '=' && d->have >= 2 && d->pad < 2) {
		d->pad++;
		d->bits <<= 6;
		d->have++;
	} else if (v < 0)
		d->wrong = "not a base64 character";
	else if (d->pad > 0)
		d->wrong = "data after the base64 padding";
	else {
		d->bits = d->bits << 6 | (unsigned)v;
		d->have++;
	}
	if (d->wrong == NULL && d->have == 4)
		put_quartet(d);
}

static enum csg_rc
broken(
    struct csg_buf *der, unsigned line, const char *what, struct csg_err *err)
{
	csg_buf_free(der);
	return csg_fail(err, CSG_R_PARSE, "line %u: %s", line, what);
}

/* Read from after BEGIN to END; any other boundary is left unread. */
static enum csg_rc
read_body(struct csg_armor *r, struct csg_buf *der, unsigned begin,
    struct csg_err *err)
{
	struct decoder d = { .out = der };
	struct csg_armor before;
	const char *line, *wrong = NULL;
	size_t len, i;
	unsigned wrong_line = 0;

	for (before = *r; next_line(r, &line, &len); before = *r) {
		if (equals(line, len, END))
			break;
		if (is_boundary(line, len)) {
			if (begins(line, len, "-----BEGIN"))
				*r = before;
			return broken(der, before.line + 1,
			    "a boundary inside a block, or a label other than CMS",
			    err);
		}
		for (i = 0; i < len && d.wrong == NULL; i++)
			put_char(&d, line[i]);
		if (d.wrong != NULL && wrong == NULL) {
			wrong = d.wrong;
			wrong_line = r->line;
		}
	}
	if (!equals(r->pos > before.pos ? line : "",
		r->pos > before.pos ? len : 0, END))
		return broken(der, begin, "no line " END, err);
	if (wrong != NULL)
		return broken(der, wrong_line, wrong, err);
	if (d.have != 0)
		return broken(der, r->line, "base64 is truncated", err);
	if (der->len == 0 && !der->failed)
		return broken(der, begin, "empty block", err);
	return csg_buf_ok(der, err);
}

enum csg_rc
csg_armor_next(struct csg_armor *r, struct csg_buf *der, unsigned *line,
    bool *more, struct csg_err *err)
{
	const char *s;
	size_t len;

	csg_buf_free(der);
	*more = true;
	while (next_line(r, &s, &len)) {
		*line = r->line;
		if (!is_boundary(s, len))
			continue;
		if (equals(s, len, BEGIN))
			return read_body(r, der, r->line, err);
		return broken(der, r->line,
		    begins(s, len, "-----END") ? "END without BEGIN" :
						 "label other than CMS",
		    err);
	}
	*more = false;
	return CSG_OK;
}

void
csg_armor_write(struct csg_buf *out, const void *der, size_t len)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = der;
	char q[4];
	unsigned v;
	size_t i, n;

	csg_buf_puts(out, BEGIN "\n");
	for (i = 0; i < len; i += 3) {
		n = len - i;
		v = (unsigned)p[i] << 16 |
		    (n > 1 ? (unsigned)p[i + 1] << 8 : 0) |
		    (n > 2 ? p[i + 2] : 0U);
		q[0] = alphabet[v >> 18];
		q[1] = alphabet[v >> 12 & 63];
		q[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
		q[3] = n > 2 ? alphabet[v & 63] : '=';
		csg_buf_add(out, q, 4);
		if (i % 48 == 45 && i + 3 < len)
			csg_buf_puts(out, "\n");
	}
	csg_buf_puts(out, "\n" END "\n");
}
