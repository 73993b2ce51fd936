/*
 * What the parts of the audit share: a profile's rule in terms of kinds of
 * people.  For no one else; callers use audit.h.
 */
#ifndef CSG_EXPLAIN_COALITION_MODEL_H
#define CSG_EXPLAIN_COALITION_MODEL_H

#include "lib/explain/coalition.h"

struct audit_route {
	const struct csg_rule *rule;
	size_t places;
	size_t members; /* people in its clauses */
	bool *in; /* [kinds * clauses] */
	bool *any; /* [kinds]: in a clause */
};

struct audit_model {
	struct csg_audit *a; /* the kinds, and what is found out */
	struct audit_route *routes; /* [a->nroutes] */
	bool operators; /* one is needed */
	size_t *all; /* [kinds]: everybody */
	uint64_t work; /* steps done */

	/* scratch of audit.c's fills() */
	size_t *seated; /* [kinds * clauses] */
	size_t *filled; /* [clauses] */
	bool *tried; /* [clauses] on this path */
	bool *closed; /* [clauses] full for good */
};

/* People in the smallest sets out of avail that suffice with a requester of
 * kind u and the route; 0: none suffices. */
size_t audit_size(
    struct audit_model *m, size_t route, const size_t *avail, size_t u);

/* Do the people of avail suffice?  Then *u and *route tell how. */
bool audit_suffices(
    struct audit_model *m, const size_t *avail, size_t *u, size_t *route);

/* Is there one of the smallest sets in avail? */
bool audit_has_smallest(struct audit_model *m, const size_t *avail);

/* Forms, sets and their number, a->size being known. */
enum csg_rc audit_count(struct audit_model *m, struct csg_err *err);

/* Departures. */
enum csg_rc audit_leave(struct audit_model *m, struct csg_err *err);

#endif
