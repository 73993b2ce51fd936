#include <stdlib.h>
#include <string.h>

#include "lib/message/receipt_set.h"

static int
cmp_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
cmp_sizes(const void *a, const void *b)
{
	const struct csg_receipt
	    *x = ((const struct csg_receipt_ref *)a)->receipt,
	    *y = ((const struct csg_receipt_ref *)b)->receipt;
	int c = cmp_numbers(x->tree.epoch, y->tree.epoch);

	return c != 0 ? c : cmp_numbers(x->tree.size, y->tree.size);
}

/* Receipts of one size are sorted by time, so that neighbours of other sizes
 * are compared with the oldest and the newest of them. */
static int
by_size(const void *a, const void *b)
{
	const struct csg_receipt_ref *x = a, *y = b;
	int c = cmp_sizes(a, b);

	if (c == 0 && x->receipt->head.time != y->receipt->head.time)
		c = x->receipt->head.time < y->receipt->head.time ? -1 : 1;
	return c != 0 ? c : strcmp(x->origin, y->origin);
}

static int
by_index(const void *a, const void *b)
{
	const struct csg_receipt_ref *x = a, *y = b;
	int c = cmp_numbers(x->receipt->tree.epoch, y->receipt->tree.epoch);

	if (c == 0)
		c = cmp_numbers(x->receipt->index, y->receipt->index);
	return c != 0 ? c : strcmp(x->origin, y->origin);
}

static enum csg_rc
agree(const struct csg_receipt_ref *x, const struct csg_receipt_ref *y,
    struct csg_err *err)
{
	if (csg_receipt_agree(x->receipt, y->receipt, err) != CSG_OK)
		return csg_err_prefix(err, "%s and %s: ", x->origin, y->origin);
	return CSG_OK;
}

static enum csg_rc
neighbours_agree(const struct csg_receipt_ref *t, size_t n, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 1; i < n && rc == CSG_OK; i++)
		rc = agree(&t[i - 1], &t[i], err);
	return rc;
}

/* Compare x with the heads that its consistency proofs start from, as far as
 * they are in t, which is sorted by size.  All heads of one size are known to
 * be equal by now. */
static enum csg_rc
earlier_agree(const struct csg_receipt_ref *t, size_t n,
    const struct csg_receipt_ref *x, struct csg_err *err)
{
	struct csg_receipt r = { .tree = x->receipt->tree };
	const struct csg_receipt_ref key = { .receipt = &r }, *found;
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < x->receipt->nearlier && rc == CSG_OK; i++) {
		r.tree.size = x->receipt->earlier[i].size;
		found = bsearch(&key, t, n, sizeof(*t), cmp_sizes);
		if (found != NULL)
			rc = agree(found, x, err);
	}
	return rc;
}

enum csg_rc
csg_receipts_agree(struct csg_receipt_ref *t, size_t n, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	if (n == 0)
		return CSG_OK;
	qsort(t, n, sizeof(*t), by_index);
	rc = neighbours_agree(t, n, err);
	qsort(t, n, sizeof(*t), by_size);
	if (rc == CSG_OK)
		rc = neighbours_agree(t, n, err);
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = earlier_agree(t, n, &t[i], err);
	return rc;
}
