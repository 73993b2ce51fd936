/*
 * Reports of a tally: who counts for what, who doesn't and why, what is
 * missing; for people, and the same as JSON.
 */
#ifndef CSG_CMD_COMMON_REPORT_H
#define CSG_CMD_COMMON_REPORT_H

#include "cmd/common/json.h"
#include "lib/explain/diff.h"
#include "lib/decide/tally.h"

/* Lines "not counted: ORIGIN: REASON: why" on stderr for each such vote. */
void report_uncounted(const struct csg_tally *t);

/* The decision tree on stdout: each clause, who fills it, what is missing. */
void report_tally(const struct csg_tally *t);

/* The same as members of an open JSON object. */
void report_tally_json(struct json *j, const struct csg_tally *t);

/* What csg-sign would say and why, for people or as JSON; t may be NULL. */
void report_decision(
    const struct csg_tally *t, const struct csg_err *verdict, bool as_json);

/* What changes from one policy to another, one change a line. */
void report_changes(FILE *f, const struct csg_changes *c);

/* "alice (qa), erin (security, blind)": who fills which place. */
void report_approvers(const struct csg_tally *t, struct csg_buf *out);

#endif
