/* csg-log verify, export, compare: whole ledgers. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/log.h"
#include "lib/io.h"
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

enum csg_rc
log_verify(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	struct receipts x = { .source = &s };
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("verify takes no operands");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = csg_ledger_verify(s.ledger, err)) == CSG_OK &&
	    (rc = csg_ledger_ended_epoch(s.ledger, &x.ended, err)) == CSG_OK &&
	    (rc = csg_logbook_each(s.ledger, 1, 0, visit_entry, &x, err)) ==
		CSG_OK &&
	    (rc = csg_ledger_each_receipt(s.ledger, visit_receipt, &x, err)) ==
		CSG_OK)
		rc = print_verified(&x, err);
	csg_receipt_free(x.newest);
	log_close(&s);
	return rc;
}

/* ---- export ---- */

static enum csg_rc
export_one(void *arg, const struct csg_logged *e, struct csg_err *err)
{
	(void)err;
	log_entry_json(arg, e);
	return CSG_OK;
}

/* A ledger of its own, with the policy chain in it, in a temporary file. */
static enum csg_rc
fill_export(const struct log_source *s, const char *path, struct csg_err *err)
{
	struct csg_ledger *copy = NULL;
	struct csg_buf chain = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_create(path, err)) == CSG_OK &&
	    (rc = csg_ledger_open(path, false, &copy, err)) == CSG_OK &&
	    (rc = csg_ledger_extend(copy, s->ledger, 0, err)) == CSG_OK &&
	    (rc = csg_ledger_copy_receipts(copy, s->ledger, err)) == CSG_OK &&
	    s->chain != NULL) {
		csg_chain_armor(s->chain, &chain);
		if ((rc = csg_buf_ok(&chain, err)) == CSG_OK)
			rc = csg_ledger_put_note(
			    copy, "chain", csg_buf_str(&chain), err);
	}
	csg_buf_free(&chain);
	csg_ledger_close(copy);
	return rc;
}

/* It appears whole, under its name, or not at all. */
static enum csg_rc
place_export(const struct log_args *a, const char *temp, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	struct csg_buf dir = { 0 }, base = { 0 };
	int fd;
	enum csg_rc rc;

	if ((fd = csg_io_open(temp, err)) == -1)
		return err->rc;
	if ((rc = csg_io_split(a->out, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_outputs_new(csg_buf_str(&dir), &set, err)) == CSG_OK &&
	    (rc = csg_outputs_add_fd(set, csg_buf_str(&base), 0600, fd, err)) ==
		CSG_OK &&
	    (rc = csg_outputs_commit(set,
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK)
		cmd_print("%s\n", a->out);
	(void)close(fd);
	csg_outputs_free(set);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

static enum csg_rc
export_file(
    const struct log_args *a, const struct log_source *s, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 }, temp = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(a->out, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_outputs_probe(csg_buf_str(&dir), csg_buf_str(&base),
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK) {
		csg_buf_printf(&temp, "%s/.csg-export.%ld", csg_buf_str(&dir),
		    (long)getpid());
		if ((rc = csg_buf_ok(&temp, err)) == CSG_OK &&
		    (rc = fill_export(s, csg_buf_str(&temp), err)) == CSG_OK)
			rc = place_export(a, csg_buf_str(&temp), err);
		if (temp.len > 0)
			(void)unlink(csg_buf_str(&temp));
	}
	csg_buf_free(&dir);
	csg_buf_free(&base);
	csg_buf_free(&temp);
	return rc;
}

enum csg_rc
log_export(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("export takes no operands");
	if (a->json == (a->out != NULL))
		cmd_usage("export: -o FILE, or -j");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = csg_ledger_verify(s.ledger, err)) == CSG_OK)
		rc = a->json ?
		    csg_logbook_each(s.ledger, 1, 0, export_one, &s, err) :
		    export_file(a, &s, err);
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
