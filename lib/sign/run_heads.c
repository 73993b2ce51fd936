/* Heads of the ledger that voters saw: did it have them, and can a receipt
 * prove them? */
#include "lib/base/time.h"
#include "lib/sign/run.h"

/* ---- proving ---- */

struct proving {
	struct csg_ledger *ledger;
	struct csg_receipt *receipt;
};

/* Prove one head that a voter saw; heads of other epochs belong to another
 * tree. */
static enum csg_rc
prove_head(void *arg, const struct csg_endorsement *v,
    const struct csg_receipt *seen, struct csg_err *err)
{
	const struct proving *p = arg;

	(void)v;
	if (seen->tree.epoch != p->receipt->tree.epoch)
		return CSG_OK;
	return csg_ledger_prove_earlier(
	    p->ledger, seen->tree.size, p->receipt, err);
}

enum csg_rc
csg_run_prove_heads(
    const struct csg_run *r, struct csg_receipt *receipt, struct csg_err *err)
{
	struct proving p = { r->state->ledger, receipt };

	return csg_tally_each_head(r->tally, prove_head, &p, err);
}

/* ---- checking ---- */

/* The epoch of the entry to be written: a new policy's entry has its own
 * epoch. */
static uint64_t
find_epoch(const struct csg_run *r)
{
	return csg_tally_makes_policy(r->tally) ? r->draft.policy->epoch :
						  r->policy->epoch;
}

/* Did the ledger have a head that a voter saw, and is that head not later than
 * now?  The receipt that will prove the head must not be older than it. */
static enum csg_rc
check_head(void *arg, const struct csg_endorsement *v,
    const struct csg_receipt *seen, struct csg_err *err)
{
	struct csg_run *r = arg;
	char now[CSG_TIME_LEN], when[CSG_TIME_LEN];

	if (csg_ledger_includes_head(
		r->state->ledger, r->epoch, &seen->tree, err) != CSG_OK)
		return csg_err_prefix(err, "by %s: ", v->head.author);
	if (seen->tree.epoch == r->epoch && seen->head.time > r->in->now)
		return csg_fail(err, CSG_R_CLOCK,
		    "the clock says %s, but %s saw a head of the ledger dated %s",
		    csg_time_format(r->in->now, now), v->head.author,
		    csg_time_format(seen->head.time, when));
	return CSG_OK;
}

enum csg_rc
csg_run_check_heads(struct csg_run *r, struct csg_err *err)
{
	struct csg_receipt trial = { 0 };
	enum csg_rc rc;

	r->epoch = find_epoch(r);
	if ((rc = csg_ledger_check_epoch(r->state->ledger, r->epoch, err)) !=
	    CSG_OK)
		return rc;
	if ((rc = csg_tally_each_head(r->tally, check_head, r, err)) ==
		CSG_OK &&
	    (rc = csg_ledger_head(
		 r->state->ledger, r->epoch, &trial.tree, err)) == CSG_OK)
		rc = csg_run_prove_heads(r, &trial, err);
	/* The tree grows before the receipt is made: today's head may then need
	 * one more proof, and the right edge of the tree different hashes. */
	if (rc == CSG_OK &&
	    (trial.nearlier == CSG_MAX_EARLIER ||
		trial.nhashes > CSG_MAX_EARLIER_HASHES - 2 * CSG_MERKLE_PATH))
		rc = csg_fail(err, CSG_R_LOG,
		    "the votes name more heads of the ledger than a receipt can prove");
	csg_receipt_clear(&trial);
	return rc;
}
