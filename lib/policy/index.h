/*
 * Index: find the elements of an array by one of their members, in time
 * logarithmic in the number of elements.
 *
 * Calling order: csg_index_init, csg_index_add for each element, then
 * csg_index_find; csg_index_clear.  An index that is all zero is empty.
 */
#ifndef CSG_POLICY_INDEX_H
#define CSG_POLICY_INDEX_H

#include <stddef.h>

#include "lib/base/err.h"

typedef int csg_index_cmp(const void *, const void *);

struct csg_index {
	void *tree; /* of pointers to members, as tsearch(3) makes it */
	csg_index_cmp *cmp;
	const unsigned char *first; /* the member of element 0; borrowed */
	size_t size; /* of an element */
};

/* cmp compares two members, as for qsort(3).  first points to the member of
 * element 0; size is that of an element.  The array must not move. */
void csg_index_init(
    struct csg_index *x, const void *first, size_t size, csg_index_cmp *cmp);

/* Add element i.  *old: the number of the element with an equal member that
 * was added before (then nothing is added), or i.  Fails if out of memory. */
enum csg_rc csg_index_add(
    struct csg_index *x, size_t i, size_t *old, struct csg_err *err);

/* The number of the element with a member equal to *key, or CSG_NONE. */
size_t csg_index_find(const struct csg_index *x, const void *key);

void csg_index_clear(struct csg_index *x);

/* Compare members that are names; a and b point to char *. */
int csg_index_name_cmp(const void *a, const void *b);
int csg_index_name_casecmp(const void *a, const void *b);

#endif
