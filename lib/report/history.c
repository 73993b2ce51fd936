#include <stdlib.h>
#include <string.h>

#include "lib/report/history.h"
#include "lib/decide/decide.h"

/* A rejection recorded in the ledger. */
struct rejection {
	struct csg_id request;
	char *text; /* armoured */
};

struct checking {
	struct csg_ledger *l;
	const struct csg_chain *chain;
	struct csg_ledger_audit *out;
	/* the epoch that the last recovery ended: heads of this epoch or
	 * earlier ones belong to other trees */
	uint64_t ended;
	struct csg_id force; /* the policy in force at this entry */
	uint64_t version; /* its version; 0: none yet */
	struct csg_err inconsistent; /* the first inconsistent claim */
	/* a recovery wrote what proofs show, under any policy */
	bool rebuilt;
	struct rejection *rejections; /* [n] */
	size_t n;
};

/* ---- entries ---- */

/* The epoch of a claim: that of its policy, or of the policy that it puts in
 * force; 0 if the chain does not have the policy. */
static uint64_t
epoch_of(const struct checking *c, const struct csg_entry_view *e)
{
	const struct csg_policy *p, *next = NULL;

	if (c->chain == NULL)
		return 0;
	p = csg_chain_policy_by_id(c->chain, &e->claim->policy);
	if (e->request->n == 1)
		next = csg_chain_policy_by_id(
		    c->chain, &e->request->artifacts[0].sha256);
	if (next != NULL)
		p = next;
	return p != NULL ? p->epoch : 0;
}

/* Did the ledger have the heads that a voter saw in this epoch?  csg-sign
 * checks the same.  Rejections count whatever heads they name. */
static enum csg_rc
check_seen_heads(const struct checking *c, uint64_t epoch,
    const struct csg_endorsement *v, struct csg_err *err)
{
	const struct csg_tree_head *h;
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < v->nseen && v->vote != CSG_REJECT && rc == CSG_OK;
	    i++) {
		h = &v->seen[i].receipt->tree;
		if (h->epoch > c->ended && (epoch == 0 || h->epoch == epoch))
			rc = csg_ledger_includes_head(c->l, h->epoch, h, err);
	}
	return rc == CSG_OK ? rc :
			      csg_err_prefix(err, "by %s: ", v->head.author);
}

static enum csg_rc
remember_rejection(
    struct checking *c, const struct csg_entry *e, struct csg_err *err)
{
	struct rejection *more;

	if (e->request == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: entry %llu is a rejection without a request",
		    (unsigned long long)e->seq);
	more = realloc(c->rejections, (c->n + 1) * sizeof(*more));
	if (more == NULL)
		return csg_fail_mem(err);
	c->rejections = more;
	more[c->n].request = *e->request;
	if ((more[c->n].text = strdup(e->body)) == NULL)
		return csg_fail_mem(err);
	c->n++;
	return CSG_OK;
}

static bool
is_rejected(const struct checking *c, const struct csg_id *request)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (csg_id_equal(&c->rejections[i].request, request))
			return true;
	return false;
}

/* The messages of the claim, and the rejections of its request recorded so
 * far. */
static enum csg_rc
gather_messages(const struct checking *c, const struct csg_claim *claim,
    struct csg_bundle *b, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	rc = csg_bundle_add(
	    b, "claim", claim->messages, strlen(claim->messages), err);
	for (i = 0; i < c->n && rc == CSG_OK; i++)
		if (csg_id_equal(&c->rejections[i].request, &claim->request))
			rc = csg_bundle_add_one(
			    b, "rejection", c->rejections[i].text, err);
	return rc;
}

/* Was it claimed although somebody whose rejection counts had rejected it? */
static enum csg_rc
check_not_rejected(const struct checking *c, const struct csg_claim *claim,
    struct csg_err *err)
{
	struct csg_terms terms = { .time = claim->time };
	struct csg_bundle b = { 0 };
	struct csg_case messages = { 0 };
	struct csg_judgement judged = { 0 };
	struct csg_err why = { 0 };
	enum csg_rc rc;

	terms.policy = csg_chain_policy_by_id(c->chain, &claim->policy);
	if (terms.policy == NULL || !is_rejected(c, &claim->request))
		return CSG_OK;
	if ((rc = gather_messages(c, claim, &b, err)) == CSG_OK &&
	    (rc = csg_case_open(&b, c->chain->policies,
		 (size_t)terms.policy->version, &messages, err)) == CSG_OK) {
		(void)csg_decide(&messages, &terms, NULL, &judged, &why);
		if (why.reason == CSG_R_IO)
			rc = csg_fail(err, CSG_R_IO, "%s", why.text);
		else if (why.reason == CSG_R_VETO)
			rc = csg_fail(err, CSG_R_LOG,
			    "it was claimed although %s", why.text);
	}
	csg_judgement_clear(&judged);
	csg_case_clear(&messages);
	csg_bundle_clear(&b);
	return rc;
}

/* Check a claim as csg-sign decided it; its finish entry only repeats the
 * votes. */
static enum csg_rc
check_claim_entry(const struct checking *c, const struct csg_entry_view *e,
    struct csg_err *err)
{
	size_t i;

	for (i = 0; i < e->nvotes; i++)
		if (check_seen_heads(c, epoch_of(c, e), e->votes[i], err) !=
		    CSG_OK)
			return err->rc;
	if (c->rebuilt)
		return CSG_OK;
	if (!csg_id_equal(&e->claim->policy, &c->force))
		return csg_fail(err, CSG_R_LOG,
		    "it was claimed under a policy that was not in force");
	return c->chain != NULL ? check_not_rejected(c, e->claim, err) : CSG_OK;
}

/* Note the first inconsistent claim.  Those before a recovery are ignored,
 * since people have approved its outcome. */
static enum csg_rc
visit_entry(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	struct checking *c = arg;
	const struct csg_entry *entry = e->entry;
	struct csg_err why = { 0 };

	if (entry->version != 0 && entry->policy != NULL) {
		c->force = *entry->policy;
		c->version = entry->version;
		c->rebuilt = entry->kind == CSG_E_RECOVER;
	}
	if (entry->kind == CSG_E_RECOVER)
		csg_err_clear(&c->inconsistent);
	if (entry->kind == CSG_E_REJECT)
		return remember_rejection(c, entry, err);
	if (entry->kind != CSG_E_CLAIM ||
	    check_claim_entry(c, e, &why) == CSG_OK ||
	    c->inconsistent.rc != CSG_OK)
		return CSG_OK;
	if (why.reason == CSG_R_IO) {
		*err = why;
		return err->rc;
	}
	(void)csg_err_prefix(
	    &why, "ledger: entry %llu: ", (unsigned long long)entry->seq);
	c->inconsistent = why;
	return CSG_OK;
}

/* ---- receipts ---- */

/* Is the receipt signed by the ledger key and for that finish entry, and did
 * this tree have its heads? */
static enum csg_rc
check_one_receipt(const struct checking *c, struct csg_receipt *r,
    const struct csg_envelope *e, uint64_t seq, struct csg_err *err)
{
	struct csg_id leaf, stored;
	const struct csg_policy *p;
	enum csg_rc rc;

	if (c->chain != NULL) {
		if ((p = csg_chain_policy_by_id(c->chain, &r->head.policy)) ==
		    NULL)
			return csg_fail(err, CSG_R_LOG,
			    "receipt: made under a policy that is not in this chain");
		if ((rc = csg_receipt_signed(r, e, p, err)) != CSG_OK)
			return rc;
	}
	if (r->tree.epoch <= c->ended)
		return CSG_OK;
	if ((rc = csg_merkle_leaf(r->entry, strlen(r->entry), &leaf, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_leaf(c->l, seq - 1, &stored, err)) != CSG_OK)
		return rc;
	if (r->index != seq - 1 || !csg_id_equal(&leaf, &stored))
		return csg_fail(
		    err, CSG_R_LOG, "receipt: it is for another entry");
	if ((rc = csg_ledger_includes_head(
		 c->l, r->tree.epoch, &r->tree, err)) != CSG_OK)
		return rc;
	return csg_ledger_holds_earlier(c->l, r, err);
}

static enum csg_rc
visit_receipt(void *arg, const struct csg_id *request, uint64_t seq,
    const char *armoured, struct csg_err *err)
{
	struct checking *c = arg;
	struct csg_ledger_audit *h = c->out;
	struct csg_bundle b = { 0 };
	struct csg_receipt *r = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = csg_bundle_add_bare(&b, "receipt", armoured, err)) ==
		CSG_OK &&
	    (rc = csg_receipt_read(b.m[0].env, &r, err)) == CSG_OK)
		rc = check_one_receipt(c, r, b.m[0].env, seq, err);
	if (rc != CSG_OK && err->reason != CSG_R_IO)
		rc = csg_fail(err, CSG_R_LOG, "receipt of request %s: %.300s",
		    csg_id_format(request, id), err->text);
	h->receipts++;
	if (rc == CSG_OK &&
	    (h->newest == NULL || r->tree.size > h->newest->tree.size)) {
		csg_receipt_free(h->newest);
		h->newest = r; /* transferred */
		r = NULL;
	}
	csg_receipt_free(r);
	csg_bundle_clear(&b);
	return rc;
}

/* More receipts may be added during the check, but none may be missed. */
static enum csg_rc
check_receipts(struct checking *c, struct csg_err *err)
{
	uint64_t all;
	enum csg_rc rc;

	if ((rc = csg_ledger_receipts(c->l, &all, err)) != CSG_OK ||
	    (rc = csg_ledger_each_receipt(c->l, visit_receipt, c, err)) !=
		CSG_OK)
		return rc;
	return all <= c->out->receipts ?
	    CSG_OK :
	    csg_fail(err, CSG_R_LOG,
		"ledger: there is a receipt for a request that was never signed");
}

/* ---- all together ---- */

static enum csg_rc
check_entries(struct checking *c, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_reader_each(c->l, 1, 0, visit_entry, c, err)) != CSG_OK)
		return rc;
	if (c->inconsistent.rc != CSG_OK) {
		*err = c->inconsistent;
		return err->rc;
	}
	if (c->chain != NULL && c->version != 0 &&
	    csg_chain_policy_by_id(c->chain, &c->force) == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: policy version %llu is in force, but is not in the chain",
		    (unsigned long long)c->version);
	return CSG_OK;
}

enum csg_rc
csg_ledger_audit_check(struct csg_ledger *l, const struct csg_chain *chain,
    struct csg_ledger_audit *out, struct csg_err *err)
{
	struct checking c = { .l = l, .chain = chain, .out = out };
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	out->is_signed = chain != NULL;
	if ((rc = csg_ledger_verify(l, err)) == CSG_OK &&
	    (rc = csg_ledger_ended_epoch(l, &c.ended, err)) == CSG_OK &&
	    (rc = check_entries(&c, err)) == CSG_OK)
		rc = check_receipts(&c, err);
	while (c.n > 0)
		free(c.rejections[--c.n].text);
	free(c.rejections);
	return rc;
}

void
csg_ledger_audit_clear(struct csg_ledger_audit *h)
{
	csg_receipt_free(h->newest);
	memset(h, 0, sizeof(*h));
}
