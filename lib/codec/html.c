#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/codec/html.h"
#include "lib/base/text.h"

static void
put(struct csg_buf *out, char c)
{
	switch (c) {
	case '&': csg_buf_puts(out, "&amp;"); break;
	case '<': csg_buf_puts(out, "&lt;"); break;
	case '>': csg_buf_puts(out, "&gt;"); break;
	case '"': csg_buf_puts(out, "&quot;"); break;
	case '\'': csg_buf_puts(out, "&#39;"); break;
	default: csg_buf_add(out, &c, 1);
	}
}

static bool
begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

void
csg_html_cut(struct csg_buf *out, const char *s, size_t max)
{
	struct csg_buf safe = { 0 };
	const char *p, *end = NULL;
	size_t n = 0;

	csg_text_escape(&safe, s, strlen(s));
	for (p = csg_buf_str(&safe); *p != '\0'; p++)
		if (begins_character(*p) && ++n == max)
			end = p;
	for (p = csg_buf_str(&safe); *p != '\0'; p++)
		if (n > max && p == end) {
			csg_buf_puts(out, "\xe2\x80\xa6");
			break;
		} else
			put(out, *p);
	out->failed = out->failed || safe.failed;
	csg_buf_free(&safe);
}

void
csg_html_text(struct csg_buf *out, const char *s)
{
	csg_html_cut(out, s, SIZE_MAX);
}

static void __attribute__((format(printf, 2, 0)))
print(struct csg_buf *out, const char *fmt, va_list ap)
{
	struct csg_buf raw = { 0 };
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n >= 0 && csg_buf_reserve(&raw, (size_t)n + 1) != NULL) {
		(void)vsnprintf((char *)raw.data, (size_t)n + 1, fmt, ap);
		raw.len = (size_t)n;
		csg_html_text(out, csg_buf_str(&raw));
	}
	out->failed = out->failed || n < 0 || raw.failed;
	csg_buf_free(&raw);
}

void
csg_html_printf(struct csg_buf *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(out, fmt, ap);
	va_end(ap);
}

/* ---- tables ---- */

void
csg_html_table(
    struct csg_buf *out, const char *caption, const char *const *columns)
{
	csg_buf_puts(out, "<table><caption>");
	csg_html_text(out, caption);
	csg_buf_puts(out, "</caption>\n<thead><tr>");
	for (; *columns != NULL; columns++) {
		csg_buf_puts(out,
		    (*columns)[0] == '#' ? "<th scope=\"col\" class=\"n\">" :
					   "<th scope=\"col\">");
		csg_html_text(out, *columns + ((*columns)[0] == '#'));
		csg_buf_puts(out, "</th>");
	}
	csg_buf_puts(out, "</tr></thead>\n<tbody>\n");
}

void
csg_html_row(struct csg_buf *out)
{
	csg_buf_puts(out, "<tr>");
}

void
csg_html_head(struct csg_buf *out, const char *s)
{
	csg_buf_puts(out, "<th scope=\"row\">");
	csg_html_text(out, s);
	csg_buf_puts(out, "</th>");
}

void
csg_html_cell(struct csg_buf *out, const char *fmt, ...)
{
	va_list ap;

	csg_buf_puts(out, "<td>");
	va_start(ap, fmt);
	print(out, fmt, ap);
	va_end(ap);
	csg_buf_puts(out, "</td>");
}

void
csg_html_number(struct csg_buf *out, uint64_t n)
{
	csg_buf_printf(out, "<td class=\"n\">%llu</td>", (unsigned long long)n);
}

void
csg_html_end_row(struct csg_buf *out)
{
	csg_buf_puts(out, "</tr>\n");
}

void
csg_html_end_table(struct csg_buf *out)
{
	csg_buf_puts(out, "</tbody></table>\n");
}
