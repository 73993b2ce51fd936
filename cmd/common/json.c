#include <stdio.h>
#include <string.h>

#include "cmd/common/json.h"
#include "lib/base/text.h"

static FILE *
to(const struct json *j)
{
	return j->to != NULL ? j->to : stdout;
}

/* Write the inside of a string. */
static void
put_part(FILE *f, const char *given, size_t len)
{
	struct csg_buf safe = { 0 };
	const char *s;

	csg_text_escape(&safe, given, len);
	for (s = csg_buf_str(&safe); *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)fprintf(f, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(f, "\\u%04x", c);
		else
			(void)fputc(c, f);
	}
	csg_buf_free(&safe);
}

static void
put_string(FILE *f, const char *s)
{
	(void)fputc('"', f);
	put_part(f, s, strlen(s));
	(void)fputc('"', f);
}

/* Write what goes before a value: comma, line break, indent, key. */
static void
lead(struct json *j, const char *key)
{
	int i;

	if (j->more)
		(void)fputc(',', to(j));
	if (j->depth > 0 && !j->compact)
		(void)fputc('\n', to(j));
	for (i = 0; i < j->depth && !j->compact; i++)
		(void)fputs("  ", to(j));
	if (key != NULL) {
		put_string(to(j), key);
		(void)fputs(": ", to(j));
	}
	j->more = true;
}

static void
open_with(struct json *j, const char *key, char c)
{
	lead(j, key);
	(void)fputc(c, to(j));
	j->depth++;
	j->more = false;
}

static void
close_with(struct json *j, char c)
{
	int i;

	j->depth--;
	if (j->more && !j->compact) {
		(void)fputc('\n', to(j));
		for (i = 0; i < j->depth; i++)
			(void)fputs("  ", to(j));
	}
	(void)fputc(c, to(j));
	if (j->depth == 0)
		(void)fputc('\n', to(j));
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
		(void)fputs("null", to(j));
	else
		put_string(to(j), value);
}

void
json_lines(struct json *j, const char *key, const char *lines)
{
	size_t n;

	lead(j, key);
	(void)fputc('"', to(j));
	for (; *lines != '\0'; lines += n) {
		n = strcspn(lines, "\n");
		put_part(to(j), lines, n);
		if (lines[n] == '\n') {
			(void)fputs("\\n", to(j));
			n++;
		}
	}
	(void)fputc('"', to(j));
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	lead(j, key);
	(void)fprintf(to(j), "%lld", (long long)value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	lead(j, key);
	(void)fputs(value ? "true" : "false", to(j));
}

void
json_written(struct json *j, const char *text)
{
	if (j->more)
		(void)fputc(',', to(j));
	(void)fputs(text, to(j));
	j->more = true;
}
