/*
 * Reports of a tally, for people and as JSON: which votes count for what, which
 * do not and why, and what is missing.
 */
#ifndef CSG_CMD_COMMON_REPORT_H
#define CSG_CMD_COMMON_REPORT_H

#include "cmd/common/json.h"
#include "lib/explain/diff.h"
#include "lib/decide/tally.h"

/* Print "not counted: ORIGIN: REASON: why" on stderr for each vote that does
 * not count; repeated votes (REPLAY) only if verbose. */
void report_uncounted(const struct csg_tally *t);

/* Print the decision to stdout: each clause with who fills it and who is
 * missing, other conditions, and the remaining votes. */
void report_tally(const struct csg_tally *t);

/* Write the decision as members of an open JSON object (csg(7) "THE DECISION IN
 * JSON"). */
void report_tally_json(struct json *j, const struct csg_tally *t);

/* Print to stdout the verdict that csg-sign would reach and the tally behind
 * it, as one JSON object, or else only the tally, for people.  t may be
 * NULL. */
void report_decision(
    const struct csg_tally *t, const struct csg_err *verdict, bool as_json);

/* Print the changes from one policy to another, one a line. */
void report_changes(FILE *f, const struct csg_changes *c);

/* Append who fills which place: "alice (qa), erin (security, blind)". */
void report_approvers(const struct csg_tally *t, struct csg_buf *out);

#endif
