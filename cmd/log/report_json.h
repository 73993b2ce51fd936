/*
 * csg-log report -j.
 */
#ifndef CSG_CMD_LOG_REPORT_JSON_H
#define CSG_CMD_LOG_REPORT_JSON_H

#include "lib/report/report.h"

/* One JSON object on stdout. */
void log_report_json(const struct csg_report *r);

#endif
