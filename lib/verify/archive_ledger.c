/* Do all proofs of an archive come from one ledger? */
#include <stdlib.h>

#include "lib/verify/archive_model.h"
#include "lib/message/receipt_set.h"

/* The first two that don't agree are enough: one is a forgery. */
enum csg_rc
csg_archive_ledger(
    const struct archive *a, struct csg_archive *out, struct csg_err *err)
{
	struct csg_receipt_ref *t;
	size_t i, n = 0;

	if ((t = calloc(a->nproofs + 1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < a->nproofs; i++)
		if (a->proofs[i].reason == CSG_R_NONE)
			t[n++] = (struct csg_receipt_ref){ a->proofs[i].receipt,
				a->proofs[i].path };
	(void)csg_receipts_agree(t, n, &out->ledger);
	if (n > 0)
		out->newest = t[n - 1].origin;
	free(t);
	return CSG_OK;
}
