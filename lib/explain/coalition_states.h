/*
 * The states of the search for the smallest sets.
 *
 * Kinds are taken one after the other, with a number of people of each.  The
 * state of a set built so far is all that matters about it: the ways in which
 * every one of its people can be of use, as the requester, in a place, or as an
 * operator who does nothing else.  In a smallest set everybody is of use, so a
 * set with no way left is dropped.
 *
 * A way is a number: its digits are the places filled in each clause, then
 * whether there is a requester, then whether there is the extra operator.  A
 * state is one word for the people taken, and a bit for each way of each route;
 * the caller allocates it.
 */
#ifndef CSG_EXPLAIN_COALITION_STATES_H
#define CSG_EXPLAIN_COALITION_STATES_H

#include "lib/explain/coalition_model.h"

struct csg_states {
	struct csg_coalition_model *m;
	struct csg_ways *routes; /* routes that have smallest sets */
	size_t nroutes;
	size_t words; /* words of a state */
	size_t *rest; /* [kinds + 1]: people of this kind and later ones */
	uint64_t *next; /* [words] scratch */
};

/* *fits is false if a state would be too large.  Then, and after a failure (out
 * of memory), *s can only be cleared. */
enum csg_rc csg_states_init(struct csg_states *s, struct csg_coalition_model *m,
    bool *fits, struct csg_err *err);
void csg_states_clear(struct csg_states *s);

/* The state of an empty set. */
void csg_states_start(const struct csg_states *s, uint64_t *state);

/* A person of kind k joins. */
void csg_states_join(struct csg_states *s, size_t k, uint64_t *state);

/* All people of kind k who join have joined, "taken" of them. */
void csg_states_close(
    const struct csg_states *s, size_t k, size_t taken, uint64_t *state);

/* The number of people who have joined. */
size_t csg_states_taken(const uint64_t *state);

/* Is the set one of the smallest sets? */
bool csg_states_suffices(const struct csg_states *s, const uint64_t *state);

/* Can no people of kind k and later make it one of the smallest sets? */
bool csg_states_is_hopeless(
    const struct csg_states *s, size_t k, const uint64_t *state);

#endif
