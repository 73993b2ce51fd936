/*
 * The model of a profile's rules used to find coalitions and departures: kinds
 * of people instead of people, and who fills which place.  Only the coalition_*
 * files and departures.c use this; callers use coalition.h.
 *
 * Here and in these files avail is the number of people of each kind that are
 * available, [nkinds].
 */
#ifndef CSG_EXPLAIN_COALITION_MODEL_H
#define CSG_EXPLAIN_COALITION_MODEL_H

#include "lib/explain/coalition.h"

/* The rule of one route. */
struct csg_coalition_rule {
	const struct csg_rule *rule;
	size_t places;
	size_t members; /* people in any of its clauses */
	bool *in; /* [kinds * clauses] */
	bool *any; /* [kinds]: is the kind in any clause? */
};

struct csg_coalition_model {
	struct csg_coalitions *a; /* the kinds; gets the results */
	struct csg_coalition_rule *routes; /* [a->nroutes] */
	bool operators; /* an operator is needed */
	size_t *all; /* [kinds]: number of people of each */
	uint64_t work; /* steps done */

	/* scratch of csg_coalition_fills() */
	size_t *seated; /* [kinds * clauses] */
	size_t *filled; /* [clauses] */
	bool *tried; /* [clauses] in this search */
	bool *closed; /* [clauses] cannot get a free place any more */
};

/* Fill in *m, and the kinds and routes of *a, which *m borrows.  *m must be
 * cleared even after a failure (out of memory). */
enum csg_rc csg_coalition_model_init(struct csg_coalition_model *m,
    const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_coalitions *a, struct csg_err *err);
void csg_coalition_model_clear(struct csg_coalition_model *m);

/*
 * Can the people of avail, without one requester of kind u, fill all places of
 * the route, with one person of kind x and another of kind y among them?  u, x
 * and y can be CSG_NONE.
 */
bool csg_coalition_fills(struct csg_coalition_model *m, size_t route,
    const size_t *avail, size_t u, size_t x, size_t y);

/* The number of people in the smallest sets out of avail that suffice with a
 * requester of kind u and this route; 0 if none does. */
size_t csg_coalition_size(
    struct csg_coalition_model *m, size_t route, const size_t *avail, size_t u);

/* Do the people of avail suffice?  If so, *u and *route are set to a
 * requester's kind and a route. */
bool csg_coalition_suffices(struct csg_coalition_model *m, const size_t *avail,
    size_t *u, size_t *route);

/* Does avail contain one of the smallest sets?  a->size must be known. */
bool csg_coalition_has_smallest(
    struct csg_coalition_model *m, const size_t *avail);

#endif
