/* csg-log verify, compare: check whole ledgers. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/places.h"
#include "cmd/common/talk.h"
#include "cmd/log/log.h"
#include "lib/workstation/copy.h"
#include "lib/report/history.h"
#include "lib/verify/seen.h"
#include "lib/base/time.h"

/* ---- verify ---- */

/* The comparison of the heads that were seen in proofs with the whole
 * ledger. */
struct seeing {
	const struct log_source *source;
	const struct csg_copy_word *word;
	uint64_t epoch, size; /* of this ledger */
	bool old; /* a later head was seen than the export has */
};

/* Check a head of more entries than the export has.  The export may be older
 * than the head, unless it was signed later (LOG); in any case its entries must
 * be the first of that head's. */
static enum csg_rc
check_later_head(
    struct seeing *s, const struct csg_receipt *r, struct csg_err *err)
{
	const struct csg_export *x = s->word->export;

	s->old = true;
	if (r->tree.epoch != s->epoch)
		return CSG_OK;
	if (x != NULL && s->word->is_signed && x->head.time > r->head.time)
		return csg_fail(err, CSG_R_LOG,
		    "a head of %llu entries was seen that is older than this export, which was signed with %llu: the ledger was rolled back",
		    (unsigned long long)r->tree.size,
		    (unsigned long long)s->size);
	return csg_ledger_holds_earlier(s->source->ledger, r, err);
}

static enum csg_rc
check_seen_head(void *arg, const struct csg_receipt *r, struct csg_err *err)
{
	struct seeing *s = arg;

	if (s->source->state == NULL &&
	    (r->tree.epoch > s->epoch ||
		(r->tree.epoch == s->epoch && r->tree.size > s->size)))
		return check_later_head(s, r, err);
	return csg_ledger_includes_head(
	    s->source->ledger, s->epoch, &r->tree, err);
}

static enum csg_rc
compare_with_seen(const struct log_source *source,
    const struct csg_copy_word *w, struct csg_err *err)
{
	const char *seen = cmd_seen_dir();
	struct seeing s = { .source = source, .word = w };
	uint64_t ended, version;
	enum csg_rc rc;

	if (seen == NULL || source->chain == NULL)
		return CSG_OK;
	s.epoch = csg_chain_policy(source->chain)->epoch;
	if ((rc = csg_ledger_ended_epoch(source->ledger, &ended, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_size(source->ledger, &s.size, err)) != CSG_OK ||
	    (rc = csg_seen_version(seen, source->trust, &version, err)) !=
		CSG_OK)
		return rc;
	if (s.epoch <= ended)
		s.epoch = ended + 1; /* which a recovered ledger waits for */
	if ((rc = csg_seen_each_head(
		 seen, source->trust, check_seen_head, &s, err)) != CSG_OK)
		return rc;
	if (s.old)
		cmd_say(
		    "this export is not the newest: a proof was seen with a later head of the ledger");
	if (version > source->chain->n)
		cmd_say(
		    "policy version %llu was seen before, but this policy chain does not have it",
		    (unsigned long long)version);
	return CSG_OK;
}

/* Check the signed statement in an export, if it has one; with --signed it must
 * have one (LOG) that can be checked (CONFIG). */
static enum csg_rc
check_export_word(const struct log_args *a, const struct log_source *s,
    struct csg_copy_word *w, struct csg_err *err)
{
	char when[CSG_TIME_LEN];
	enum csg_rc rc;

	if (a->from == NULL)
		return CSG_OK;
	if ((rc = csg_copy_read_word(s->ledger, s->chain, w, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", a->from);
	if (a->is_signed && w->export == NULL)
		return csg_fail(err, CSG_R_LOG, "%s: is not signed", a->from);
	if (a->is_signed && !w->is_signed)
		return csg_fail(err, CSG_R_CONFIG,
		    "%s: its signature can't be checked: no policy chain under your trust anchor (-t)",
		    a->from);
	if (w->export != NULL && w->export->head.time > cmd_now())
		cmd_warn("%s: its signing time is ahead of this clock: %s",
		    a->from, csg_time_format(w->export->head.time, when));
	return CSG_OK;
}

static void
print_receipts(const struct csg_ledger_audit *h, uint64_t size)
{
	const struct csg_receipt *r = h->newest;
	char when[CSG_TIME_LEN];

	cmd_print("receipts %llu", (unsigned long long)h->receipts);
	if (r != NULL)
		cmd_print(
		    ", the newest signed %s over %llu entries in epoch %llu%s",
		    csg_time_format(r->head.time, when),
		    (unsigned long long)r->tree.size,
		    (unsigned long long)r->tree.epoch,
		    r->tree.size > size ? ", of which some are lost" : "");
	cmd_print("\n");
}

static void
print_export_word(const struct csg_copy_word *w)
{
	char when[CSG_TIME_LEN];

	if (w->export == NULL)
		cmd_print("signed   no\n");
	else
		cmd_print(
		    "signed   %s as a whole, in epoch %llu, with key %s%s\n",
		    csg_time_format(w->export->head.time, when),
		    (unsigned long long)w->export->tree.epoch,
		    w->export->head.author,
		    w->is_signed ? "" : " (signature not checked)");
}

static enum csg_rc
print_verified(const struct log_source *s, const struct csg_ledger_audit *h,
    const struct csg_copy_word *w, struct csg_err *err)
{
	struct csg_tree_head head;
	char text[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = csg_ledger_size(s->ledger, &head.size, err)) != CSG_OK)
		return rc;
	if (head.size == 0) {
		cmd_print("empty\n");
		return CSG_OK;
	}
	if ((rc = csg_ledger_head(s->ledger, 1, &head, err)) != CSG_OK)
		return rc;
	cmd_print("log      %s\n", csg_id_format(&head.log, text));
	cmd_print("entries  %llu\n", (unsigned long long)head.size);
	cmd_print("root     %s\n", csg_id_format(&head.root, text));
	print_receipts(h, head.size);
	if (s->state == NULL)
		print_export_word(w);
	if (!h->is_signed && h->receipts > 0)
		cmd_say(
		    "the signatures of %llu receipts were not checked: no policy chain under your trust anchor (-t)",
		    (unsigned long long)h->receipts);
	return CSG_OK;
}

enum csg_rc
log_verify(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	struct csg_ledger_audit h = { 0 };
	struct csg_copy_word w = { 0 };
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("verify takes no operands");
	if (a->is_signed && a->from == NULL)
		cmd_usage("verify --signed requires an export (--from)");
	if ((rc = log_open(a, &s, err)) == CSG_OK &&
	    (rc = csg_ledger_audit_check(s.ledger, s.chain, &h, err)) ==
		CSG_OK &&
	    (rc = check_export_word(a, &s, &w, err)) == CSG_OK &&
	    (rc = compare_with_seen(&s, &w, err)) == CSG_OK)
		rc = print_verified(&s, &h, &w, err);
	csg_copy_word_clear(&w);
	csg_ledger_audit_clear(&h);
	log_close(&s);
	return rc;
}

/* ---- compare ---- */

static enum csg_rc
compare_ledgers(struct csg_ledger *a, const char *name_a, struct csg_ledger *b,
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
		cmd_print("both have the same %llu entries\n",
		    (unsigned long long)na);
	else
		cmd_print(
		    "one history: %s has %llu more %s than the %llu of %s\n",
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
		cmd_usage(
		    "compare requires two exports, or one and the ledger of -c or --from");
	if (a->n == 1) {
		names[n++] = a->from != NULL ? a->from : "the workstation";
		rc = log_open(a, &s, err);
	}
	for (i = 0; i < a->n && rc == CSG_OK; i++) {
		names[n] = a->operand[i];
		rc = csg_ledger_open(a->operand[i], true, &l[n++], err);
	}
	if (rc == CSG_OK)
		rc = compare_ledgers(
		    a->n == 1 ? s.ledger : l[0], names[0], l[1], names[1], err);
	csg_ledger_close(l[0]);
	csg_ledger_close(l[1]);
	log_close(&s);
	return rc;
}
