/* The signatures of an archive that no proof fits: what is each to be told? */
#include <stdlib.h>
#include <string.h>

#include "lib/verify/archive_model.h"
#include "lib/base/io.h"

/* Items that have the same proof in common, one after another. */
struct leftovers {
	struct archive *a;
	size_t *items;
	size_t *groups; /* where each begins; [ngroups] is the end */
	size_t n, ngroups;
	const struct csg_policy *policy; /* whose keys are known, or NULL */
};

/* No proof speaks of it; a key of the policy may have signed it. */
static void
not_endorsed(const struct leftovers *l, const struct archive_item *it,
    struct csg_err *why)
{
	const struct csg_key *key = NULL;
	struct csg_buf sig = { 0 };

	if (csg_io_readat(l->a->tree->fd, it->line.signature, CSG_MAX_FILE,
		&sig, why) != CSG_OK)
		goto out;
	if (l->policy != NULL)
		key =
		    csg_verify_signer(l->policy, it->hashes, sig.data, sig.len);
	if (key != NULL)
		(void)csg_fail(why, CSG_R_UNENDORSED,
		    "signed by key %s, but not endorsed: no proof speaks of "
		    "it",
		    key->name);
	else
		(void)csg_fail(why, CSG_R_UNENDORSED,
		    "not endorsed: no proof speaks of it");
out:
	csg_buf_free(&sig);
}

/* Its proof is this one, but does not hold. */
static void
blame(const struct archive_proof *ap, struct csg_err *why)
{
	bool named = strncmp(ap->text, ap->path, strlen(ap->path)) == 0;

	(void)csg_fail(why, ap->reason, "proof %s%s%s", named ? "" : ap->path,
	    named ? "" : ": ", ap->text);
}

static enum csg_rc
leftover(void *arg, size_t g, struct csg_err *err)
{
	struct leftovers *l = arg;
	struct archive *a = l->a;
	struct archive_item *it = &a->items[l->items[l->groups[g]]];
	size_t proof = it->proof, k;
	struct csg_proof *p = NULL;
	struct csg_buf text = { 0 };
	struct csg_err broken = { 0 }, why;
	enum csg_rc rc = CSG_OK;

	if (proof < a->nproofs && a->proofs[proof].reason == CSG_R_NONE)
		(void)csg_archive_read_proof(
		    a, a->proofs[proof].path, &text, &p, &broken);
	csg_buf_free(&text);
	for (k = l->groups[g]; k < l->groups[g + 1] && rc == CSG_OK; k++) {
		it = &a->items[l->items[k]];
		if (p != NULL) {
			rc = csg_archive_judge(a, p, proof, it->nth, it, err);
			continue;
		}
		why = broken;
		if (proof == CSG_NONE)
			not_endorsed(l, it, &why);
		else if (a->proofs[proof].reason != CSG_R_NONE)
			blame(&a->proofs[proof], &why);
		it->settled = true;
		rc = csg_line_set(&it->line, &why, err);
	}
	csg_proof_free(p);
	return rc;
}

struct by_proof {
	size_t proof, item;
};

static int
cmp_by_proof(const void *a, const void *b)
{
	const struct by_proof *x = a, *y = b;

	if (x->proof != y->proof)
		return x->proof < y->proof ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

/* The unsettled items, those of one proof together; without one, each is a
 * group of its own. */
static enum csg_rc
group(struct leftovers *l, struct csg_err *err)
{
	const struct archive *a = l->a;
	struct by_proof *by;
	size_t i;

	by = calloc(a->nitems + 1, sizeof(*by));
	l->items = calloc(a->nitems + 1, sizeof(*l->items));
	l->groups = calloc(a->nitems + 1, sizeof(*l->groups));
	if (by == NULL || l->items == NULL || l->groups == NULL) {
		free(by);
		return csg_fail_mem(err);
	}
	for (i = 0; i < a->nitems; i++)
		if (!a->items[i].settled)
			by[l->n++] = (struct by_proof){ a->items[i].proof, i };
	qsort(by, l->n, sizeof(*by), cmp_by_proof);
	for (i = 0; i < l->n; i++) {
		l->items[i] = by[i].item;
		if (i == 0 || by[i].proof != by[i - 1].proof ||
		    by[i].proof == CSG_NONE)
			l->groups[l->ngroups++] = i;
	}
	l->groups[l->ngroups] = l->n;
	free(by);
	return CSG_OK;
}

enum csg_rc
csg_archive_rest(struct archive *a, struct csg_err *err)
{
	const struct csg_chain *c = a->in->expected.newest;
	struct leftovers l = { .a = a };
	enum csg_rc rc;

	if (c == NULL)
		c = csg_chains_longest(a->in->chains);
	l.policy = c != NULL ? csg_chain_policy(c) : NULL;
	if ((rc = group(&l, err)) == CSG_OK) {
		a->in->jobs->total += l.ngroups;
		rc =
		    csg_parallel_run(a->in->jobs, l.ngroups, leftover, &l, err);
	}
	free(l.items);
	free(l.groups);
	return rc;
}
