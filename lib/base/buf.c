#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "lib/base/buf.h"

void *
csg_buf_reserve(struct csg_buf *b, size_t n)
{
	unsigned char *data;
	size_t cap = b->cap;

	if (b->failed || n > SIZE_MAX / 4 - b->len)
		goto fail;
	if (b->len + n + 1 > cap) {
		if (cap == 0) /* the first append gets just what it needs */
			cap = n < 64 ? 64 : n + 1;
		while (cap < b->len + n + 1)
			cap *= 2;
		if ((data = malloc(cap)) == NULL)
			goto fail;
		if (b->len > 0)
			memcpy(data, b->data, b->len);
		if (b->data != NULL)
			OPENSSL_cleanse(b->data, b->len);
		free(b->data);
		b->data = data;
		b->cap = cap;
		b->data[b->len] = '\0';
	}
	return b->data + b->len;
fail:
	b->failed = true;
	return NULL;
}

void
csg_buf_add(struct csg_buf *b, const void *data, size_t len)
{
	unsigned char *to;

	if ((to = csg_buf_reserve(b, len)) == NULL)
		return;
	if (len > 0)
		memcpy(to, data, len);
	to[len] = '\0';
	b->len += len;
}

void
csg_buf_puts(struct csg_buf *b, const char *s)
{
	csg_buf_add(b, s, strlen(s));
}

void
csg_buf_printf(struct csg_buf *b, const char *fmt, ...)
{
	char *to;
	int n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if ((to = csg_buf_reserve(b, (size_t)n)) == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

enum csg_rc
csg_buf_ok(const struct csg_buf *b, struct csg_err *err)
{
	return b->failed ? csg_fail_mem(err) : CSG_OK;
}

const char *
csg_buf_str(const struct csg_buf *b)
{
	return b->data != NULL ? (const char *)b->data : "";
}

void
csg_buf_free(struct csg_buf *b)
{
	if (b->data != NULL)
		OPENSSL_cleanse(b->data, b->cap);
	free(b->data);
	memset(b, 0, sizeof(*b));
}
