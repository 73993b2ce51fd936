/*
 * The inside of charts: the elements of a drawing.  Only the chart* files use
 * this.
 */
#ifndef CSG_REPORT_CHART_PARTS_H
#define CSG_REPORT_CHART_PARTS_H

#include "lib/report/chart.h"
#include "lib/codec/html.h"

void csg_svg_begin(
    struct csg_buf *out, const char *title, double width, double height);
void csg_svg_end(struct csg_buf *out);

/* class: start, mid or end, which says what x is, and possibly others. */
void csg_svg_text(struct csg_buf *out, double x, double y, const char *class,
    const char *s, size_t max);
void csg_svg_line(struct csg_buf *out, double x1, double y1, double x2,
    double y2, const char *class);

/* A rectangle; its title is written between the two calls. */
void csg_svg_rect(struct csg_buf *out, double x, double y, double w, double h,
    const char *fill);
void csg_svg_end_rect(struct csg_buf *out);

#endif
