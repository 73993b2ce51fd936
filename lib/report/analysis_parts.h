/*
 * Analysis, inside: its tables and lists.
 */
#ifndef CSG_REPORT_ANALYSIS_PARTS_H
#define CSG_REPORT_ANALYSIS_PARTS_H

#include "lib/report/analysis.h"

/* The index of a name, which is added where missing. */
enum csg_rc csg_counts_find(
    struct csg_counts *c, const char *name, size_t *out, struct csg_err *err);
enum csg_rc csg_people_find(
    struct csg_analysis *a, const char *name, size_t *out, struct csg_err *err);

/* The people behind a signed request; approvers without repeats. */
struct csg_participants {
	size_t requester, operator_; /* or CSG_NONE */
	size_t *approvers;
	size_t napprovers;
};

/* Begin an event that an entry tells, at the end of a list, in place of the
 * oldest when there are too many; NULL when memory is short. */
struct csg_event *csg_events_new(struct csg_events *list,
    const struct csg_entry_view *e, struct csg_err *err);

/* The same with who asked, operated and approved, "but" aside. */
struct csg_event *csg_events_new_cast(struct csg_events *list,
    const struct csg_entry_view *e, const struct csg_participants *cast,
    size_t but, struct csg_err *err);

void csg_events_clear(struct csg_events *list);

#endif
