#include <stdio.h>
#include <string.h>

#include "cmd/common/json.h"
#include "lib/base/text.h"

/* Write the inside of a string. */
static void
put_part(const char *given, size_t len)
{
	struct csg_buf safe = { 0 };
	const char *s;

	csg_text_escape(&safe, given, len);
	for (s = csg_buf_str(&safe); *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
	csg_buf_free(&safe);
}

static void
put_string(const char *s)
{
	(void)putchar('"');
	put_part(s, strlen(s));
	(void)putchar('"');
}

/* Write what goes before a value: comma, line break, indent, key. */
static void
lead(struct json *j, const char *key)
{
	int i;

	if (j->more)
		(void)putchar(',');
	if (j->depth > 0 && !j->compact)
		(void)putchar('\n');
	for (i = 0; i < j->depth && !j->compact; i++)
		(void)fputs("  ", stdout);
	if (key != NULL) {
		put_string(key);
		(void)fputs(": ", stdout);
	}
	j->more = true;
}

static void
open_with(struct json *j, const char *key, char c)
{
	lead(j, key);
	(void)putchar(c);
	j->depth++;
	j->more = false;
}

static void
close_with(struct json *j, char c)
{
	int i;

	j->depth--;
	if (j->more && !j->compact) {
		(void)putchar('\n');
		for (i = 0; i < j->depth; i++)
			(void)fputs("  ", stdout);
	}
	(void)putchar(c);
	if (j->depth == 0)
		(void)putchar('\n');
	j->more = true;
}

void
json_object(struct json *j, const char *key)
{
	open_with(j, key, '{');
}

void
json_array(struct json *j, const char *key)
{
	open_with(j, key, '[');
}

void
json_end_object(struct json *j)
{
	close_with(j, '}');
}

void
json_end_array(struct json *j)
{
	close_with(j, ']');
}

void
json_string(struct json *j, const char *key, const char *value)
{
	lead(j, key);
	if (value == NULL)
		(void)fputs("null", stdout);
	else
		put_string(value);
}

void
json_lines(struct json *j, const char *key, const char *lines)
{
	size_t n;

	lead(j, key);
	(void)putchar('"');
	for (; *lines != '\0'; lines += n) {
		n = strcspn(lines, "\n");
		put_part(lines, n);
		if (lines[n] == '\n') {
			(void)fputs("\\n", stdout);
			n++;
		}
	}
	(void)putchar('"');
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	lead(j, key);
	(void)printf("%lld", (long long)value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	lead(j, key);
	(void)fputs(value ? "true" : "false", stdout);
}
