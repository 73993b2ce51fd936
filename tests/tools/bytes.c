/*
 * bytes request|chain TRUST CHAIN REQUEST: every byte and every line of a
 * file tampered with, and every end of it cut off, in one process.
 *
 * Each variation must be refused or mean what the file means: the same
 * request, the same chain.  The others are told of, and fail.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chain.h"
#include "lib/io.h"
#include "lib/request.h"

static struct csg_trust *trust;
static struct csg_chain *chain;
static struct csg_buf meaning; /* armour of what the file says */
static unsigned long tried, same, other;

/* What csg-endorse does to a request: one message, form and right. */
static bool
read_request(const void *text, size_t len, struct csg_buf *out)
{
	const struct csg_policy *p = csg_chain_policy(chain);
	const struct csg_profile *profile;
	struct csg_bundle b = { 0 };
	struct csg_request *r = NULL;
	struct csg_err err = { 0 };
	size_t user;
	bool ok;

	ok = csg_bundle_add(&b, "request", text, len, &err) == CSG_OK &&
	    b.n == 1 && b.nbroken == 0 &&
	    csg_request_read(b.m[0].env, &r, &err) == CSG_OK &&
	    csg_request_check(r, b.m[0].env, p, r->head.time, &user, &profile,
		&err) == CSG_OK;
	if (ok)
		csg_envelope_armor(b.m[0].env, out);
	csg_request_free(r);
	csg_bundle_clear(&b);
	return ok;
}

static bool
read_chain(const void *text, size_t len, struct csg_buf *out)
{
	struct csg_chain *c = NULL;
	struct csg_err err = { 0 };

	if (csg_chain_read("chain", text, len, trust, &c, &err) != CSG_OK)
		return false;
	csg_chain_armor(c, out);
	csg_chain_free(c);
	return true;
}

static bool (*reader)(const void *text, size_t len, struct csg_buf *out);

static void
judge(const struct csg_buf *b, const char *what, size_t at)
{
	struct csg_buf out = { 0 };

	tried++;
	if (reader(b->data, b->len, &out)) {
		if (out.len == meaning.len &&
		    memcmp(out.data, meaning.data, out.len) == 0)
			same++;
		else {
			other++;
			printf("%s at %zu is another message\n", what, at);
		}
	}
	csg_buf_free(&out);
}

/* Attack 23: each byte becomes another of base64 and, where time allows, each
 * character that blocks and lines are made of, and has a bit turned. */
static void
tamper_bytes(struct csg_buf *b, bool every_way)
{
	unsigned char old;
	const char *c;
	size_t i;

	for (i = 0; i < b->len; i++) {
		old = b->data[i];
		b->data[i] = old == 'A' ? 'B' : 'A';
		judge(b, "another letter", i);
		for (c = every_way ? "/+= \n\r\t-.>" : ""; *c != '\0'; c++) {
			b->data[i] = (unsigned char)*c;
			if (old != (unsigned char)*c)
				judge(b, "a changed character", i);
		}
		b->data[i] = old ^ (unsigned char)(1 << i % 8);
		if (every_way)
			judge(b, "a turned bit", i);
		b->data[i] = old;
	}
}

static void
cut(const struct csg_buf *b)
{
	struct csg_buf part = *b;

	for (part.len = 0; part.len < b->len; part.len++)
		judge(&part, "an end cut off", part.len);
}

/* Attack 9: a line lost, doubled, swapped with the next, quoted. */
static void
tamper_line(const char *text, const char *line, const char *next)
{
	const char *after = strchr(next, '\n');
	const size_t at = (size_t)(line - text), len = (size_t)(next - line);
	struct csg_buf b = { 0 };

	csg_buf_printf(&b, "%.*s%s", (int)at, text, next);
	judge(&b, "a lost line", at);
	csg_buf_free(&b);
	csg_buf_printf(&b, "%.*s%s", (int)(next - text), text, line);
	judge(&b, "a doubled line", at);
	csg_buf_free(&b);
	csg_buf_printf(&b, "%.*s> %s", (int)at, text, line);
	judge(&b, "a quoted line", at);
	csg_buf_free(&b);
	if (after == NULL)
		return;
	csg_buf_printf(&b, "%.*s%.*s%.*s%s", (int)at, text,
	    (int)(after + 1 - next), next, (int)len, line, after + 1);
	judge(&b, "a swapped line", at);
	csg_buf_free(&b);
}

static void
tamper_lines(const struct csg_buf *b)
{
	const char *text = (const char *)b->data, *line, *next;

	for (line = text; (next = strchr(line, '\n')) != NULL; line = next + 1)
		tamper_line(text, line, next + 1);
}

static bool
load(char *argv[], struct csg_buf *file)
{
	struct csg_err err = { 0 };
	bool is_chain = strcmp(argv[1], "chain") == 0, ok;

	reader = is_chain ? read_chain : read_request;
	ok = csg_trust_load(argv[2], &trust, &err) == CSG_OK &&
	    csg_chain_load(argv[3], trust, &chain, &err) == CSG_OK &&
	    csg_io_read(argv[is_chain ? 3 : 4], CSG_MAX_FILE, file, &err) ==
		CSG_OK &&
	    reader(file->data, file->len, &meaning);
	if (!ok)
		(void)fprintf(stderr, "bytes: %s\n", err.text);
	return ok;
}

int
main(int argc, char *argv[])
{
	struct csg_buf file = { 0 };

	if (argc != 5 || !load(argv, &file))
		return 2;
	tamper_bytes(&file, reader == read_request);
	cut(&file);
	tamper_lines(&file);
	printf("%lu tried, %lu the same, %lu another\n", tried, same, other);
	csg_buf_free(&file);
	csg_buf_free(&meaning);
	csg_chain_free(chain);
	csg_trust_free(trust);
	return other != 0;
}
