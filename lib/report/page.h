/*
 * The page of a report: one HTML document that needs nothing else.
 */
#ifndef CSG_REPORT_PAGE_H
#define CSG_REPORT_PAGE_H

#include "lib/report/report.h"

/* Append the page.  Out of memory shows in the buffer (csg_buf_ok()). */
void csg_report_page(const struct csg_report *r, struct csg_buf *out);

#endif
