#include <search.h>
#include <string.h>
#include <strings.h>

#include "lib/policy/index.h"
#include "lib/policy/rule.h"

void
csg_index_init(
    struct csg_index *x, const void *first, size_t size, csg_index_cmp *cmp)
{
	*x = (struct csg_index){ .cmp = cmp, .first = first, .size = size };
}

/* The number of the element that a node of the tree points to. */
static size_t
number_of(const struct csg_index *x, const void *node)
{
	const unsigned char *member = *(const unsigned char *const *)node;

	return (size_t)(member - x->first) / x->size;
}

enum csg_rc
csg_index_add(struct csg_index *x, size_t i, size_t *old, struct csg_err *err)
{
	const void *node = tsearch(x->first + i * x->size, &x->tree, x->cmp);

	*old = i;
	if (node == NULL)
		return csg_fail_mem(err);
	*old = number_of(x, node);
	return CSG_OK;
}

size_t
csg_index_find(const struct csg_index *x, const void *key)
{
	const void *node =
	    x->tree == NULL ? NULL : tfind(key, &x->tree, x->cmp);

	return node == NULL ? CSG_NONE : number_of(x, node);
}

/* All nodes compare equal, so that tdelete() removes the root. */
static int
take_root(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

void
csg_index_clear(struct csg_index *x)
{
	while (x->tree != NULL)
		(void)tdelete(x, &x->tree, take_root);
}

int
csg_index_name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
csg_index_name_casecmp(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}
