/*
 * The page of csg-log report: its sections, and what they share.
 */
#ifndef CSG_CMD_LOG_PAGE_H
#define CSG_CMD_LOG_PAGE_H

#include "cmd/log/report.h"
#include "lib/codec/html.h"

extern const char page_style[];

/* "2026-11-23 10:00" */
#define PAGE_DATE_LEN 17
const char *page_date(int64_t t, char out[PAGE_DATE_LEN]);
/* The day of it, as a cell. */
void page_day(struct csg_buf *out, int64_t t);
/* "1 request", "2 requests" */
void page_count(
    struct csg_buf *out, uint64_t n, const char *one, const char *more);

void page_section(struct csg_buf *out, const char *id, const char *title);
void page_end_section(struct csg_buf *out);
/* A sentence or more, escaped. */
void page_say(struct csg_buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A table that can be opened. */
void page_details(struct csg_buf *out, const char *summary);
void page_end_details(struct csg_buf *out);

/* The sections, in their order. */
void page_time(const struct log_report *r, struct csg_buf *out);
void page_waits(const struct log_report *r, struct csg_buf *out);
void page_people(const struct log_report *r, struct csg_buf *out);
void page_matrices(const struct log_report *r, struct csg_buf *out);
void page_emergencies(const struct log_report *r, struct csg_buf *out);
void page_blind(const struct log_report *r, struct csg_buf *out);
void page_refusals(const struct log_report *r, struct csg_buf *out);
void page_rejections(const struct log_report *r, struct csg_buf *out);
void page_expiry(const struct log_report *r, struct csg_buf *out);
void page_history(const struct log_report *r, struct csg_buf *out);

#endif
