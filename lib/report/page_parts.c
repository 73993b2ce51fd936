/* The page of a report: its style, and functions shared by its sections. */
#include <stdarg.h>
#include <stdio.h>

#include "lib/report/page_parts.h"

const char csg_page_style[] =
    "body{margin:0;background:#fff;color:#1b1b1b;"
    "font:15px/1.5 system-ui,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\n"
    "main,header,footer{max-width:986px;margin:0 auto;padding:0 28px}\n"
    "h1{font-size:28px;line-height:1.2;margin:32px 0 6px}\n"
    "h2{font-size:20px;margin:0 0 4px}\n"
    "h3{font-size:15px;margin:20px 0 6px}\n"
    "p{margin:4px 0 12px;max-width:84ch}\n"
    "section{border-top:1px solid #d0d0d0;padding:22px 0 26px}\n"
    ".facts{color:#555;margin:0 0 4px;overflow-wrap:anywhere}\n"
    ".unknown{border:2px solid #d55e00;padding:10px 14px;max-width:none}\n"
    "nav{margin:14px 0 0;font-size:14px}nav a{margin-right:16px}\n"
    "a{color:#0059a3}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,"
    "minmax(106px,1fr));gap:10px;list-style:none;padding:0;margin:20px 0}\n"
    ".figures li{border:1px solid #d0d0d0;border-radius:4px;"
    "padding:10px 8px 10px 11px;line-height:1.3}\n"
    ".figures b{display:block;font-size:25px;font-weight:600;"
    "font-variant-numeric:tabular-nums}\n"
    ".figures .long{font-size:18px;line-height:32px;white-space:nowrap}\n"
    ".figures li{font-size:14px}\n"
    ".figures small{display:block;color:#555;font-size:12px}\n"
    ".figures .look{border-left:5px solid #d55e00}\n"
    ".notes{margin:0 0 22px;padding-left:20px}\n"
    "svg{display:block;max-width:100%;height:auto;margin:8px 0;"
    "font-size:12px;fill:#1b1b1b}\n"
    "svg .end{text-anchor:end}svg .mid{text-anchor:middle}\n"
    "svg .major,svg .strong{font-weight:600}svg .light{fill:#fff}\n"
    "svg .grid{stroke:#dcdcdc}svg .axis{stroke:#767676}\n"
    "svg .whisker{stroke:#767676}svg .median{stroke:#08306b;stroke-width:3}\n"
    "svg .ninth{stroke:#767676;stroke-width:2}\n"
    "svg rect{stroke:none}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:2px 18px;list-style:none;"
    "padding:0;margin:6px 0;font-size:14px}\n"
    ".swatch{display:inline-block;width:12px;height:12px;margin:0 6px 0 0}\n"
    "table{border-collapse:collapse;margin:10px 0;font-size:14px;"
    "line-height:1.35;width:100%}\n"
    "caption{text-align:left;color:#555;padding:2px 0 6px}\n"
    "th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;"
    "border-bottom:1px solid #e4e4e4;overflow-wrap:anywhere;"
    "min-width:9ch}\n"
    "thead th{border-bottom:1px solid #767676;overflow-wrap:normal}\n"
    "tbody th{font-weight:600}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;min-width:0;"
    "white-space:nowrap}\n"
    ".n+td:not(.n),.n+th:not(.n){padding-left:16px}\n"
    ".nw{white-space:nowrap}\n"
    ".beside{display:flex;flex-wrap:wrap;gap:0 32px}"
    ".beside>div{max-width:100%}.beside p{max-width:44ch}\n"
    ".late{font-weight:600;color:#a03c00}\n"
    "details{margin:8px 0}summary{cursor:pointer;color:#0059a3}\n"
    "footer{color:#555;font-size:14px;padding-bottom:40px}\n"
    "code{font-size:13px}\n"
    "@media print{@page{margin:14mm}body{font-size:10pt}nav{display:none}"
    "main,header,footer{max-width:none;padding:0}"
    "table{font-size:8.5pt}th,td{padding:2px 10px 2px 0}"
    "section{padding:12px 0}section>h2,h3{break-after:avoid}"
    "svg,tr,.figures li{break-inside:avoid}thead{display:table-header-group}"
    "details::details-content{content-visibility:visible;display:block}"
    "summary{list-style:none;color:#555}a{color:inherit;text-decoration:none}}"
    "\n";

const char *
csg_page_date(int64_t t, char out[CSG_PAGE_DATE_LEN])
{
	char text[CSG_TIME_LEN];

	(void)csg_time_format(t, text);
	(void)snprintf(out, CSG_PAGE_DATE_LEN, "%.10s %.5s", text, text + 11);
	return out;
}

void
csg_page_day(struct csg_buf *out, int64_t t)
{
	char text[CSG_TIME_LEN];

	csg_buf_printf(out, "<td class=\"nw\">%.10s</td>",
	    t != 0 ? csg_time_format(t, text) : "");
}

void
csg_page_count(
    struct csg_buf *out, uint64_t n, const char *one, const char *more)
{
	csg_html_printf(
	    out, "%llu %s", (unsigned long long)n, n == 1 ? one : more);
}

void
csg_page_section(struct csg_buf *out, const char *id, const char *title)
{
	csg_buf_printf(out, "<section id=\"%s\">\n<h2>", id);
	csg_html_text(out, title);
	csg_buf_puts(out, "</h2>\n");
}

void
csg_page_end_section(struct csg_buf *out)
{
	csg_buf_puts(out, "</section>\n");
}

void
csg_page_say(struct csg_buf *out, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	csg_buf_puts(out, "<p>");
	csg_html_text(out, text);
	csg_buf_puts(out, "</p>\n");
}

void
csg_page_details(struct csg_buf *out, const char *summary)
{
	csg_buf_puts(out, "<details><summary>");
	csg_html_text(out, summary);
	csg_buf_puts(out, "</summary>\n");
}

void
csg_page_end_details(struct csg_buf *out)
{
	csg_buf_puts(out, "</details>\n");
}
