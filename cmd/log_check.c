/* csg-log verify, compare: whole ledgers. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/log.h"
#include "lib/export.h"
#include "lib/when.h"

/* ---- verify ---- */

/* The receipts on their way through. */
struct receipts {
	const struct log_source *source;
	struct csg_receipt *newest; /* with the largest tree */
	uint64_t n, unknown; /* of policies that no chain tells of */
	/* the epoch that the last recovery ended: heads of it, or of one
	 * before, are not of this tree */
	uint64_t ended;
};

/* Signed by the ledger key, and true of this tree? */
static enum csg_rc
check_receipt(struct receipts *x, struct csg_receipt *r,
    const struct csg_envelope *e, struct csg_err *err)
{
	const struct csg_chain *c = x->source->chain;
	struct csg_id leaf, stored;
	const struct csg_policy *p;
	enum csg_rc rc;

	p = c != NULL ? csg_chain_policy_by_id(c, &r->head.policy) : NULL;
	if (p == NULL)
		x->unknown++;
	else if ((rc = csg_receipt_signed(r, e, p, err)) != CSG_OK)
		return rc;
	if (r->tree.epoch <= x->ended)
		return CSG_OK;
	if ((rc = csg_merkle_leaf(r->entry, strlen(r->entry), &leaf, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_leaf(x->source->ledger, r->index, &stored, err)) !=
		CSG_OK)
		return rc;
	if (!csg_id_equal(&leaf, &stored))
		return csg_fail(
		    err, CSG_R_LOG, "receipt: its entry is another one");
	if ((rc = csg_ledger_holds(
		 x->source->ledger, r->tree.epoch, &r->tree, err)) != CSG_OK)
		return rc;
	return csg_ledger_holds_earlier(x->source->ledger, r, err);
}

static enum csg_rc
visit_receipt(void *arg, const struct csg_id *request, const char *armoured,
    struct csg_err *err)
{
	struct receipts *x = arg;
	struct csg_bundle b = { 0 };
	struct csg_receipt *r = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = csg_bundle_add(
		 &b, "receipt", armoured, strlen(armoured), err)) == CSG_OK) {
		if (b.n != 1 || b.nbroken != 0)
			rc = csg_fail(err, CSG_R_LOG, "not one message");
		else if ((rc = csg_receipt_read(b.m[0].env, &r, err)) == CSG_OK)
			rc = check_receipt(x, r, b.m[0].env, err);
	}
	if (rc != CSG_OK)
		rc = csg_fail(err, CSG_R_LOG, "receipt of request %s: %.300s",
		    csg_id_format(request, id), err->text);
	x->n++;
	if (rc == CSG_OK &&
	    (x->newest == NULL || r->tree.size > x->newest->tree.size)) {
		csg_receipt_free(x->newest);
		x->newest = r; /* transferred */
		r = NULL;
	}
	csg_receipt_free(r);
	csg_bundle_clear(&b);
	return rc;
}

/* What an export says of itself. */
static void
print_signed(const struct csg_export_head *h)
{
	char when[CSG_TIME_LEN];

	if (h->receipt == NULL) {
		cmd_print("signed   no\n");
		return;
	}
	cmd_print("signed   %s as a whole, in epoch %llu, with key %s%s\n",
	    csg_time_format(h->receipt->head.time, when),
	    (unsigned long long)h->receipt->tree.epoch, h->receipt->head.author,
	    h->checked ? "" : ": not checked");
}

static enum csg_rc
print_verified(const struct receipts *x, struct csg_err *err)
{
	struct csg_tree_head h;
	char text[CSG_ID_TEXT], when[CSG_TIME_LEN];
	enum csg_rc rc;

	if ((rc = csg_ledger_size(x->source->ledger, &h.size, err)) != CSG_OK)
		return rc;
	if (h.size == 0) {
		cmd_print("empty\n");
		return CSG_OK;
	}
	if ((rc = csg_ledger_head(x->source->ledger, 1, &h, err)) != CSG_OK)
		return rc;
	cmd_print("log      %s\n", csg_id_format(&h.log, text));
	cmd_print("entries  %llu\n", (unsigned long long)h.size);
	cmd_print("root     %s\n", csg_id_format(&h.root, text));
	cmd_print("receipts %llu", (unsigned long long)x->n);
	if (x->newest != NULL)
		cmd_print(", the newest signed %s over %llu entries in epoch "
			  "%llu",
		    csg_time_format(x->newest->head.time, when),
		    (unsigned long long)x->newest->tree.size,
		    (unsigned long long)x->newest->tree.epoch);
	cmd_print("\n");
	if (x->unknown > 0)
		cmd_say("the signatures of %llu receipts were not checked: no "
			"policy chain under an anchor of yours (-t)",
		    (unsigned long long)x->unknown);
	return CSG_OK;
}

/* Did the ledger have what a voter saw of it?  A rejection stands, whatever
 * head comes with it. */
static enum csg_rc
check_vote(struct csg_ledger *l, uint64_t ended,
    const struct csg_endorsement *v, struct csg_err *err)
{
	const struct csg_tree_head *h;
	size_t i;
	enum csg_rc rc = CSG_OK;

	for (i = 0; i < v->nseen && v->vote != CSG_REJECT && rc == CSG_OK;
	     i++) {
		h = &v->seen[i].receipt->tree;
		if (h->epoch > ended)
			rc = csg_ledger_holds(l, h->epoch, h, err);
	}
	return rc == CSG_OK ? rc :
			      csg_err_prefix(err, "by %s: ", v->head.author);
}

/* Reading an entry checks its body.  A claim is as csg-sign decided it, which
 * asked the same of its votes; its end has them once more. */
static enum csg_rc
visit_entry(void *arg, const struct csg_logged *e, struct csg_err *err)
{
	const struct receipts *x = arg;
	size_t i;

	if (e->entry->kind != CSG_E_CLAIM)
		return CSG_OK;
	for (i = 0; i < e->nvotes; i++)
		if (check_vote(x->source->ledger, x->ended, e->votes[i], err) !=
		    CSG_OK)
			return csg_err_prefix(err, "ledger: entry %llu: ",
			    (unsigned long long)e->entry->seq);
	return CSG_OK;
}

static enum csg_rc
check_all(struct receipts *x, struct csg_err *err)
{
	struct csg_ledger *l = x->source->ledger;
	enum csg_rc rc;

	if ((rc = csg_ledger_verify(l, err)) != CSG_OK ||
	    (rc = csg_ledger_ended_epoch(l, &x->ended, err)) != CSG_OK ||
	    (rc = csg_logbook_each(l, 1, 0, visit_entry, x, err)) != CSG_OK)
		return rc;
	return csg_ledger_each_receipt(l, visit_receipt, x, err);
}

enum csg_rc
log_check(const struct log_source *s, struct csg_err *err)
{
	struct receipts x = { .source = s };
	enum csg_rc rc;

	rc = check_all(&x, err);
	csg_receipt_free(x.newest);
	return rc;
}

/* Whoever asks for a signed export gets no other. */
static enum csg_rc
check_export(const struct log_args *a, const struct log_source *s,
    struct csg_export_head *h, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_export_read_head(s->ledger, s->chain, h, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", a->from);
	if (a->is_signed && h->receipt == NULL)
		return csg_fail(err, CSG_R_LOG, "%s: not signed", a->from);
	if (a->is_signed && !h->checked)
		return csg_fail(err, CSG_R_CONFIG,
		    "%s: its signature can't be checked: no policy chain under "
		    "an anchor of yours (-t)",
		    a->from);
	if (h->checked)
		cmd_remember(s->trust, s->chain, h->receipt, h->env, a->from);
	return CSG_OK;
}

enum csg_rc
log_verify(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	struct receipts x = { .source = &s };
	struct csg_export_head h = { 0 };
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("verify takes no operands");
	if (a->is_signed && a->from == NULL)
		cmd_usage("verify --signed is for an export (--from)");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = check_all(&x, err)) == CSG_OK &&
	    (a->from == NULL ||
		(rc = check_export(a, &s, &h, err)) == CSG_OK) &&
	    (rc = print_verified(&x, err)) == CSG_OK && a->from != NULL)
		print_signed(&h);
	csg_export_head_clear(&h);
	csg_receipt_free(x.newest);
	log_close(&s);
	return rc;
}

/* ---- compare ---- */

static enum csg_rc
compare(struct csg_ledger *a, const char *name_a, struct csg_ledger *b,
    const char *name_b, struct csg_err *err)
{
	uint64_t na, nb, same;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(a, &na, err)) != CSG_OK ||
	    (rc = csg_ledger_size(b, &nb, err)) != CSG_OK ||
	    (rc = csg_ledger_compare(a, b, &same, err)) != CSG_OK)
		return rc;
	if (same < na && same < nb)
		return csg_fail(err, CSG_R_LOG,
		    "two histories: %s and %s differ from entry %llu on",
		    name_a, name_b, (unsigned long long)same + 1);
	if (na == nb)
		cmd_print("the same %llu entries\n", (unsigned long long)na);
	else
		cmd_print("one history: %s has %llu more %s than the %llu of "
			  "%s\n",
		    na > nb ? name_a : name_b,
		    (unsigned long long)(na > nb ? na - nb : nb - na),
		    na - nb == 1 || nb - na == 1 ? "entry" : "entries",
		    (unsigned long long)same, na > nb ? name_b : name_a);
	return CSG_OK;
}

enum csg_rc
log_compare(const struct log_args *a, struct csg_err *err)
{
	struct csg_ledger *l[2] = { NULL, NULL };
	struct log_source s = { 0 };
	const char *names[2];
	int i, n = 0;
	enum csg_rc rc = CSG_OK;

	if (a->n < 1 || a->n > 2)
		cmd_usage("compare needs two exports, or one and -c");
	if (a->n == 1) {
		names[n++] = a->from != NULL ? a->from : "the workstation";
		rc = log_open(a, &s, err);
	}
	for (i = 0; i < a->n && rc == CSG_OK; i++) {
		names[n] = a->operand[i];
		rc = csg_ledger_open(a->operand[i], true, &l[n++], err);
	}
	if (rc == CSG_OK)
		rc = compare(
		    a->n == 1 ? s.ledger : l[0], names[0], l[1], names[1], err);
	csg_ledger_close(l[0]);
	csg_ledger_close(l[1]);
	log_close(&s);
	return rc;
}
