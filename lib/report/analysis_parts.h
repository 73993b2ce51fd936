/*
 * The inside of an analysis: its tables and lists.  Only the analysis* files
 * use this.
 */
#ifndef CSG_REPORT_ANALYSIS_PARTS_H
#define CSG_REPORT_ANALYSIS_PARTS_H

#include "lib/report/analysis.h"

/* The index of a name, which is added if it is missing. */
enum csg_rc csg_counts_find(
    struct csg_counts *c, const char *name, size_t *out, struct csg_err *err);
enum csg_rc csg_people_find(
    struct csg_analysis *a, const char *name, size_t *out, struct csg_err *err);

/* The people involved in a signed request; approvers without duplicates. */
struct csg_participants {
	size_t requester, operator_; /* or CSG_NONE */
	size_t *approvers;
	size_t napprovers;
};

/* Append an event with the data of the entry, replacing the oldest if the list
 * is full.  NULL if memory is short. */
struct csg_event *csg_events_new(struct csg_events *list,
    const struct csg_entry_view *e, struct csg_err *err);

/* Append an event for a signed request, with its reason and participants; the
 * person "but" is not listed as an approver. */
struct csg_event *csg_events_new_signed(struct csg_events *list,
    const struct csg_entry_view *e, const struct csg_participants *who,
    size_t but, struct csg_err *err);

void csg_events_clear(struct csg_events *list);

#endif
