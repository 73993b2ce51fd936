/*
 * The states of the search for the smallest sets.
 *
 * Kinds are taken one after the other, so many people of each.  What matters
 * of a set so far is its state: the ways in which its people can all be of
 * use, each of them as the requester, in a place, or as an operator who is
 * nothing else.  In a smallest set nobody is of no use, so a set with no way
 * left is given up.
 *
 * A way is a number: the places filled in each clause, as digits, then
 * whether there is the requester, then whether there is the extra operator.
 * A state is one word for the people taken, and a bit for each way of each
 * route; the caller keeps it.
 */
#ifndef CSG_EXPLAIN_COALITION_STATES_H
#define CSG_EXPLAIN_COALITION_STATES_H

#include "lib/explain/coalition_model.h"

struct csg_states {
	struct csg_coalition_model *m;
	struct csg_ways *routes; /* those that have smallest sets */
	size_t nroutes;
	size_t words; /* of a state */
	size_t *rest; /* [kinds + 1]: people of this kind and later ones */
	uint64_t *next; /* [words] scratch */
};

/* *fits is false if a state would be too large; *s is only to be cleared
 * then, as on failure (out of memory). */
enum csg_rc csg_states_init(struct csg_states *s, struct csg_coalition_model *m,
    bool *fits, struct csg_err *err);
void csg_states_clear(struct csg_states *s);

/* Nobody is taken yet. */
void csg_states_start(const struct csg_states *s, uint64_t *state);

/* One of kind k joins. */
void csg_states_join(struct csg_states *s, size_t k, uint64_t *state);

/* No more people of kind k join than those taken. */
void csg_states_close(
    const struct csg_states *s, size_t k, size_t taken, uint64_t *state);

/* How many people have joined. */
size_t csg_states_taken(const uint64_t *state);

/* Is it one of the smallest sets? */
bool csg_states_suffices(const struct csg_states *s, const uint64_t *state);

/* Can nobody of kind k or later make it one of the smallest sets? */
bool csg_states_is_hopeless(
    const struct csg_states *s, size_t k, const uint64_t *state);

#endif
