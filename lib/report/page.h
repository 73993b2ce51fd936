/*
 * The page of a report: one self-contained HTML document.
 */
#ifndef CSG_REPORT_PAGE_H
#define CSG_REPORT_PAGE_H

#include "lib/report/report.h"

/* Append the page.  If memory is short, the buffer shows it (csg_buf_ok()). */
void csg_report_page(const struct csg_report *r, struct csg_buf *out);

#endif
