/*
 * The model of a profile's rules that coalitions and departures are found in:
 * kinds of people instead of people, and who fills which place.  Only the
 * coalition_* files and departures.c use this; callers use coalition.h.
 *
 * avail, here and in what stands on this: how many people of each kind there
 * are, [nkinds].
 */
#ifndef CSG_EXPLAIN_COALITION_MODEL_H
#define CSG_EXPLAIN_COALITION_MODEL_H

#include "lib/explain/coalition.h"

/* The rule of one route. */
struct csg_coalition_rule {
	const struct csg_rule *rule;
	size_t places;
	size_t members; /* people in its clauses */
	bool *in; /* [kinds * clauses] */
	bool *any; /* [kinds]: in a clause */
};

struct csg_coalition_model {
	struct csg_coalitions *a; /* the kinds, and what is found out */
	struct csg_coalition_rule *routes; /* [a->nroutes] */
	bool operators; /* one is needed */
	size_t *all; /* [kinds]: everybody */
	uint64_t work; /* steps done */

	/* scratch of csg_coalition_fills() */
	size_t *seated; /* [kinds * clauses] */
	size_t *filled; /* [clauses] */
	bool *tried; /* [clauses] on this path */
	bool *closed; /* [clauses] full for good */
};

/* Fill *m, and the kinds and routes of *a, which *m borrows.  On failure (out
 * of memory) *m must be cleared, too. */
enum csg_rc csg_coalition_model_init(struct csg_coalition_model *m,
    const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_coalitions *a, struct csg_err *err);
void csg_coalition_model_clear(struct csg_coalition_model *m);

/*
 * Can the people of avail, less one requester of kind u, fill all places of
 * the route, with one of kind x and another of kind y among those who do?
 * u, x, y: or CSG_NONE.
 */
bool csg_coalition_fills(struct csg_coalition_model *m, size_t route,
    const size_t *avail, size_t u, size_t x, size_t y);

/* How many people the smallest sets out of avail have that suffice with a
 * requester of kind u and the route; 0: none suffices. */
size_t csg_coalition_size(
    struct csg_coalition_model *m, size_t route, const size_t *avail, size_t u);

/* Do the people of avail suffice?  Then *u and *route tell how. */
bool csg_coalition_suffices(struct csg_coalition_model *m, const size_t *avail,
    size_t *u, size_t *route);

/* Is there one of the smallest sets in avail?  a->size must be known. */
bool csg_coalition_has_smallest(
    struct csg_coalition_model *m, const size_t *avail);

#endif
