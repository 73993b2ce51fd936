/*
 * csg-log report -j: the report as JSON.
 */
#ifndef CSG_CMD_LOG_REPORT_JSON_H
#define CSG_CMD_LOG_REPORT_JSON_H

#include "lib/report/report.h"

/* Print the report as one JSON object to stdout. */
void log_report_json(const struct csg_report *r);

#endif
