/* Do all proofs of an archive come from one ledger? */
#include <stdlib.h>

#include "lib/archive_model.h"

/* A receipt, as far as it can be compared, and whose it is. */
struct seen {
	struct archive_head h;
	size_t proof;
};

/* By what the heads say: the sizes, or the entries that they are for. */
static int
cmp_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_size(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int c = cmp_numbers(x->h.tree.epoch, y->h.tree.epoch);

	if (c == 0)
		c = cmp_numbers(x->h.tree.size, y->h.tree.size);
	return c != 0 ? c : cmp_numbers(x->proof, y->proof);
}

static int
by_index(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int c = cmp_numbers(x->h.tree.epoch, y->h.tree.epoch);

	if (c == 0)
		c = cmp_numbers(x->h.index, y->h.index);
	return c != 0 ? c : cmp_numbers(x->proof, y->proof);
}

/* The digest of an entry stands for it: it is only compared.  The consistency
 * proofs of receipts are not kept for this. */
static enum csg_rc
agree(const struct seen *x, const struct seen *y, struct csg_err *err)
{
	char a[CSG_ID_TEXT], b[CSG_ID_TEXT];
	struct csg_receipt r = { .head = { .time = x->h.time },
		.tree = x->h.tree,
		.index = x->h.index,
		.entry = a };
	struct csg_receipt s = { .head = { .time = y->h.time },
		.tree = y->h.tree,
		.index = y->h.index,
		.entry = b };

	(void)csg_id_format(&x->h.entry, a);
	(void)csg_id_format(&y->h.entry, b);
	return csg_receipt_agree(&r, &s, err);
}

/* The first of neighbours that don't agree is enough: one is a forgery. */
static enum csg_rc
compare(const struct archive *a, struct seen *s, size_t n,
    int (*order)(const void *, const void *), struct csg_err *err)
{
	size_t i;

	if (n > 0)
		qsort(s, n, sizeof(*s), order);
	for (i = 1; i < n; i++)
		if (agree(&s[i - 1], &s[i], err) != CSG_OK)
			return csg_err_prefix(err,
			    "%s and %s: ", a->proofs[s[i - 1].proof].path,
			    a->proofs[s[i].proof].path);
	return CSG_OK;
}

enum csg_rc
csg_archive_ledger(
    const struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	struct seen *s;
	size_t i, n = 0;

	if ((s = calloc(a->nproofs + 1, sizeof(*s))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < a->nproofs; i++)
		if (a->proofs[i].reason == CSG_R_NONE)
			s[n++] = (struct seen){ a->proofs[i].head, i };
	if (compare(a, s, n, by_index, &out->ledger) == CSG_OK)
		(void)compare(a, s, n, by_size, &out->ledger);
	if (n > 0) {
		qsort(s, n, sizeof(*s), by_size);
		out->newest = a->proofs[s[n - 1].proof].path;
	}
	free(s);
	return CSG_OK;
}
