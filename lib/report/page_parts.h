/*
 * The inside of a page: its sections and what they share.  Only the page* files
 * use this; callers use page.h.
 */
#ifndef CSG_REPORT_PAGE_PARTS_H
#define CSG_REPORT_PAGE_PARTS_H

#include "lib/codec/html.h"
#include "lib/report/report.h"

extern const char csg_page_style[]; /* CSS */

/* "2026-11-23 10:00", UTC */
#define CSG_PAGE_DATE_LEN 17
const char *csg_page_date(int64_t t, char out[CSG_PAGE_DATE_LEN]);
/* A cell with the date of t; empty if t is 0. */
void csg_page_day(struct csg_buf *out, int64_t t);
/* "1 request", "2 requests" */
void csg_page_count(
    struct csg_buf *out, uint64_t n, const char *one, const char *more);

/* Begin a section with a title; id is the target of links and is not
 * escaped. */
void csg_page_section(struct csg_buf *out, const char *id, const char *title);
void csg_page_end_section(struct csg_buf *out);
/* A paragraph; the text is escaped, and cut after 1023 bytes. */
void csg_page_say(struct csg_buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Begin a part that is shown when the reader clicks on the summary. */
void csg_page_details(struct csg_buf *out, const char *summary);
void csg_page_end_details(struct csg_buf *out);

/* The sections, in their order; failures are recorded in the buffer. */
void csg_page_time(const struct csg_report *r, struct csg_buf *out);
void csg_page_waits(const struct csg_report *r, struct csg_buf *out);
void csg_page_people(const struct csg_report *r, struct csg_buf *out);
void csg_page_matrices(const struct csg_report *r, struct csg_buf *out);
void csg_page_emergencies(const struct csg_report *r, struct csg_buf *out);
void csg_page_blind(const struct csg_report *r, struct csg_buf *out);
void csg_page_refusals(const struct csg_report *r, struct csg_buf *out);
void csg_page_rejections(const struct csg_report *r, struct csg_buf *out);
void csg_page_expiry(const struct csg_report *r, struct csg_buf *out);
void csg_page_history(const struct csg_report *r, struct csg_buf *out);

#endif
