#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backup/backup_text.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

#define HEADER "csg-backup/1\n"
#define SHARE "csg-share/1\n"
#define MAX_NAME 255
#define MAX_SUSPENDED 256 /* signer.yaml has fewer */

/* ---- hexadecimal; no branch or address depends on a secret byte ---- */

static char
digit(unsigned v)
{
	return (char)('0' + v + ((0U - ((9U - v) >> 31)) & ('a' - '0' - 10U)));
}

static void
to_hex(const unsigned char *b, size_t len, char *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		*out++ = digit(b[i] >> 4);
		*out++ = digit(b[i] & 15);
	}
}

/* 0 to 15; *bad is set if c is not one of 0-9a-f. */
static unsigned
value(unsigned char c, unsigned *bad)
{
	unsigned other = ((c - (unsigned)'0') | ((unsigned)'9' - c)) >> 31;
	unsigned none = ((c - (unsigned)'a') | ((unsigned)'f' - c)) >> 31;

	*bad |= other & none;
	return ((c - (unsigned)'0') & (other - 1)) |
	    ((c - (unsigned)'a' + 10) & (none - 1));
}

static bool
from_hex(const char *s, unsigned char *out, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (unsigned char)(value(p[2 * i], &bad) << 4 |
		    value(p[2 * i + 1], &bad));
	return bad == 0;
}

/* ---- writing ---- */

static void
put_id(struct csg_buf *out, const char *word, const struct csg_id *id,
    const char *rest)
{
	char text[CSG_ID_TEXT];

	csg_buf_printf(out, "%s %s%s%s\n", word, csg_id_format(id, text),
	    rest != NULL ? " " : "", rest != NULL ? rest : "");
}

static void
put_key_id(struct csg_buf *out, const struct csg_backup *b)
{
	char hex[2 * CSG_KEK_ID_LEN];

	to_hex(b->key_id, sizeof(b->key_id), hex);
	csg_buf_printf(out, "backup %.*s\n", (int)sizeof(hex), hex);
}

/* The part that header and manifest have in common. */
static void
write_start(const struct csg_backup *b, struct csg_buf *out)
{
	char time[CSG_TIME_LEN];
	unsigned i;

	csg_buf_puts(out, HEADER);
	put_key_id(out, b);
	csg_buf_printf(out, "time %s\ntoken %s\nneed %u\n",
	    csg_time_format(b->time, time), b->token, b->need);
	for (i = 0; i < b->n; i++)
		put_id(out, "custodian", &b->v[i].spki, b->v[i].name);
}

void
csg_backup_write_header(const struct csg_backup *b, struct csg_buf *out)
{
	unsigned i;

	write_start(b, out);
	put_id(out, "content", &b->content_id, NULL);
	for (i = 0; i < b->n; i++)
		put_id(out, "share", &b->v[i].block_id, NULL);
}

/* Append the manifest of the files, beginning with the given one. */
static enum csg_rc
write_manifest(const struct csg_backup *b, const struct csg_files *files,
    size_t from, struct csg_buf *out, struct csg_err *err)
{
	const struct csg_file *f;
	struct csg_id id;
	size_t i;
	enum csg_rc rc;

	write_start(b, out);
	for (i = 0; b->suspended != NULL && b->suspended[i] != NULL; i++)
		csg_buf_printf(out, "suspended %s\n", b->suspended[i]);
	for (i = from; i < files->n; i++) {
		f = &files->v[i];
		if ((rc = csg_id_mem(f->data.data, f->data.len, &id, err)) !=
		    CSG_OK)
			return rc;
		put_id(out, "file", &id, f->name);
	}
	return csg_buf_ok(out, err);
}

enum csg_rc
csg_backup_write_manifest(const struct csg_backup *b,
    const struct csg_files *files, struct csg_buf *out, struct csg_err *err)
{
	return write_manifest(b, files, 0, out, err);
}

/* ---- reading ---- */

static enum csg_rc
bad(struct csg_err *err, const char *what)
{
	return csg_fail(
	    err, CSG_R_PARSE, "header: %s (csg-envelope(5) BACKUPS)", what);
}

/* If the next line is "WORD REST", take it and return its rest; else NULL. */
static char *
take(char **text, const char *word)
{
	size_t n = strlen(word);
	char *rest, *end;

	if (strncmp(*text, word, n) != 0 || (*text)[n] != ' ')
		return NULL;
	rest = *text + n + 1;
	if ((end = strchr(rest, '\n')) == NULL)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return rest;
}

static enum csg_rc
read_custodian(struct csg_backup *b, const char *line, struct csg_err *err)
{
	const char *blank = strchr(line, ' ');
	char id[CSG_ID_TEXT];
	struct csg_custodian *v, *c;

	if (b->n == CSG_MAX_CUSTODIANS || blank == NULL ||
	    blank - line != CSG_ID_TEXT - 1)
		return bad(
		    err, "a custodian is malformed, or there are too many");
	memcpy(id, line, CSG_ID_TEXT - 1);
	id[CSG_ID_TEXT - 1] = '\0';
	if ((v = reallocarray(b->v, b->n + 1, sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	b->v = v;
	c = &v[b->n];
	memset(c, 0, sizeof(*c));
	if ((c->name = strdup(blank + 1)) == NULL)
		return csg_fail_mem(err);
	b->n++;
	return csg_id_parse(id, &c->spki, err);
}

/* Read the lines of write_start(). */
static enum csg_rc
read_start(struct csg_backup *b, char **text, struct csg_err *err)
{
	char *s;
	enum csg_rc rc;

	if (strncmp(*text, HEADER, strlen(HEADER)) != 0)
		return csg_fail(err, CSG_R_TYPE, "not a csg backup");
	*text += strlen(HEADER);
	if ((s = take(text, "backup")) == NULL ||
	    strlen(s) != 2 * CSG_KEK_ID_LEN ||
	    !from_hex(s, b->key_id, sizeof(b->key_id)))
		return bad(err, "line 'backup' is missing or malformed");
	if ((s = take(text, "time")) == NULL)
		return bad(err, "line 'time' is missing");
	if ((rc = csg_time_parse(s, &b->time, err)) != CSG_OK)
		return rc;
	if ((s = take(text, "token")) == NULL)
		return bad(err, "line 'token' is missing");
	if ((b->token = strdup(s)) == NULL)
		return csg_fail_mem(err);
	if ((s = take(text, "need")) == NULL)
		return bad(err, "line 'need' is missing");
	b->need = (unsigned)strtoul(s, NULL, 10);
	while ((s = take(text, "custodian")) != NULL)
		if ((rc = read_custodian(b, s, err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

static enum csg_rc
read_digests(struct csg_backup *b, char **text, struct csg_err *err)
{
	char *s;
	unsigned i;
	enum csg_rc rc;

	if ((s = take(text, "content")) == NULL)
		return bad(err, "line 'content' is missing");
	if ((rc = csg_id_parse(s, &b->content_id, err)) != CSG_OK)
		return rc;
	for (i = 0; i < b->n; i++) {
		if ((s = take(text, "share")) == NULL)
			return bad(
			    err, "there are fewer shares than custodians");
		if ((rc = csg_id_parse(s, &b->v[i].block_id, err)) != CSG_OK)
			return rc;
	}
	return CSG_OK;
}

static enum csg_rc
check_text(const char *s, const char *what, struct csg_err *err)
{
	size_t len = strlen(s);

	if (len == 0 || len > MAX_NAME || !csg_text_valid(s, len, false))
		return csg_fail(err, CSG_R_TEXT,
		    "%s '%.*s' is not 1 to %d bytes of text that can be shown safely",
		    what, MAX_NAME, s, MAX_NAME);
	return CSG_OK;
}

enum csg_rc
csg_backup_check(const struct csg_backup *b, struct csg_err *err)
{
	unsigned i, k;
	enum csg_rc rc;

	if (b->n > CSG_MAX_CUSTODIANS || b->need < 1 || b->need > b->n)
		return csg_fail(err, CSG_R_PARSE,
		    "can't require %u of %u custodians (1 to %d, and no more than there are)",
		    b->need, b->n, CSG_MAX_CUSTODIANS);
	if ((rc = check_text(b->token, "token", err)) != CSG_OK)
		return rc;
	for (i = 0; i < b->n; i++) {
		if ((rc = check_text(b->v[i].name, "custodian", err)) != CSG_OK)
			return rc;
		for (k = 0; k < i; k++)
			if (csg_id_equal(&b->v[i].spki, &b->v[k].spki))
				return csg_fail(err, CSG_R_DUPKEY,
				    "custodians %s and %s have the same key",
				    b->v[k].name, b->v[i].name);
	}
	return CSG_OK;
}

/* Is the header what csg_backup_write_header() writes? */
static enum csg_rc
check_spelling(const struct csg_backup *b, const void *text, size_t len,
    struct csg_err *err)
{
	struct csg_buf again = { 0 };
	enum csg_rc rc;

	csg_backup_write_header(b, &again);
	if ((rc = csg_buf_ok(&again, err)) == CSG_OK &&
	    (again.len != len || memcmp(again.data, text, len) != 0))
		rc = bad(err, "not in the form that csg writes");
	csg_buf_free(&again);
	return rc;
}

enum csg_rc
csg_backup_read_header(
    struct csg_backup *b, const void *text, size_t len, struct csg_err *err)
{
	struct csg_buf copy = { 0 };
	char *s;
	enum csg_rc rc;

	if (len > CSG_MAX_HEADER)
		return bad(err, "too large");
	if (!csg_text_valid(text, len, true))
		return csg_fail(err, CSG_R_TYPE,
		    "not a csg backup: the header is not text");
	csg_buf_add(&copy, text, len);
	s = (char *)copy.data;
	if ((rc = csg_buf_ok(&copy, err)) == CSG_OK &&
	    (rc = read_start(b, &s, err)) == CSG_OK &&
	    (rc = read_digests(b, &s, err)) == CSG_OK &&
	    (rc = csg_backup_check(b, err)) == CSG_OK &&
	    (rc = check_spelling(b, text, len, err)) == CSG_OK)
		rc = csg_id_mem(text, len, &b->id, err);
	csg_buf_free(&copy);
	return rc;
}

/* The names in the lines "suspended NAME" of a manifest. */
static enum csg_rc
read_suspended(struct csg_backup *b, const char *text, struct csg_err *err)
{
	static const char word[] = "\nsuspended ";
	const char *s, *name;
	size_t n = 0;

	b->suspended = calloc(MAX_SUSPENDED + 1, sizeof(*b->suspended));
	if (b->suspended == NULL)
		return csg_fail_mem(err);
	for (s = text; (s = strstr(s, word)) != NULL; s = name) {
		name = s + strlen(word);
		if (n == MAX_SUSPENDED)
			return csg_fail(err, CSG_R_PARSE,
			    "contents: more than %d people are suspended",
			    MAX_SUSPENDED);
		b->suspended[n] = strndup(name, strcspn(name, "\n"));
		if (b->suspended[n++] == NULL)
			return csg_fail_mem(err);
	}
	return CSG_OK;
}

enum csg_rc
csg_backup_read_manifest(
    struct csg_backup *b, const struct csg_files *files, struct csg_err *err)
{
	struct csg_buf expected = { 0 };
	const struct csg_buf *found;
	enum csg_rc rc;

	if (files->n == 0 || strcmp(files->v[0].name, CSG_MANIFEST) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "contents: the first file is not " CSG_MANIFEST);
	found = &files->v[0].data;
	if ((rc = read_suspended(b, csg_buf_str(found), err)) == CSG_OK &&
	    (rc = write_manifest(b, files, 1, &expected, err)) == CSG_OK &&
	    (found->len != expected.len ||
		memcmp(found->data, expected.data, found->len) != 0))
		rc = csg_fail(err, CSG_R_SIGNATURE,
		    "contents: the " CSG_MANIFEST
		    " contradicts the header or the files");
	csg_buf_free(&expected);
	return rc;
}

/* ---- shares ---- */

/* The text before the share itself, which is known. */
static void
write_share_start(const struct csg_backup *b, unsigned x, struct csg_buf *out)
{
	csg_buf_puts(out, SHARE);
	put_key_id(out, b);
	csg_buf_printf(
	    out, "need %u\nof %u\ncustodian %u\nshare ", b->need, b->n, x);
}

size_t
csg_backup_write_share(const struct csg_backup *b, const struct csg_share *s,
    char out[CSG_SHARE_TEXT])
{
	struct csg_buf start = { 0 };
	size_t len = 0;

	write_share_start(b, s->x, &start);
	if (!start.failed) {
		memcpy(out, start.data, start.len);
		to_hex(s->y, sizeof(s->y), out + start.len);
		len = start.len + 2 * sizeof(s->y);
		out[len++] = '\n';
	}
	csg_buf_free(&start);
	return len;
}

enum csg_rc
csg_backup_read_share(const struct csg_backup *b, const char *text, size_t len,
    struct csg_share *s, struct csg_err *err)
{
	struct csg_buf start = { 0 };
	enum csg_rc rc;

	write_share_start(b, s->x, &start);
	if ((rc = csg_buf_ok(&start, err)) != CSG_OK)
		return rc;
	if (len != start.len + 2 * sizeof(s->y) + 1 ||
	    memcmp(text, start.data, start.len) != 0 || text[len - 1] != '\n')
		rc = csg_fail(err, CSG_R_SIGNATURE,
		    "belongs to another backup or custodian");
	else if (!from_hex(text + start.len, s->y, sizeof(s->y)))
		rc = csg_fail(err, CSG_R_PARSE, "is not hexadecimal");
	csg_buf_free(&start);
	return rc;
}
