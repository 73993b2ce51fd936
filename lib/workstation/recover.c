#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/workstation/copy.h"
#include "lib/base/io.h"
#include "lib/ledger/reader.h"
#include "lib/message/receipt_set.h"
#include "lib/workstation/recover.h"
#include "lib/base/time.h"
#include "lib/base/text.h"

/* ---- sources ---- */

/* Keep the longer of two chains, which must agree. */
static enum csg_rc
add_chain(struct csg_sources *s, struct csg_chain *c, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;

	if (s->chain != NULL &&
	    (rc = csg_chain_compatible(s->chain, c, err)) != CSG_OK)
		s->conflict = true;
	if (rc != CSG_OK || (s->chain != NULL && s->chain->n >= c->n)) {
		csg_chain_free(c);
		return rc;
	}
	csg_chain_free(s->chain);
	s->chain = c; /* transferred */
	return CSG_OK;
}

/* Add a copy of the chain, read again from its text. */
static enum csg_rc
add_chain_of(struct csg_sources *s, const struct csg_chain *c,
    const char *origin, struct csg_err *err)
{
	struct csg_chain *own = NULL;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_chain_armor(c, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (rc = csg_chain_read(
		 origin, text.data, text.len, s->trust, &own, err)) == CSG_OK)
		rc = add_chain(s, own, err);
	csg_buf_free(&text);
	return rc;
}

/* Keep the longer of two ledgers, which must have one history; of two with the
 * same entries, keep the one that is signed. */
static enum csg_rc
keep_longer(struct csg_sources *s, struct csg_ledger *l, const char *name,
    bool is_signed, struct csg_err *err)
{
	uint64_t size = 0, old = 0, same = 0;
	char *copy;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(l, &size, err)) != CSG_OK ||
	    (s->ledger != NULL &&
		((rc = csg_ledger_size(s->ledger, &old, err)) != CSG_OK ||
		    (rc = csg_ledger_compare(s->ledger, l, &same, err)) !=
			CSG_OK)))
		return rc;
	if (s->ledger != NULL && same < size && same < old) {
		s->conflict = true;
		return csg_fail(err, CSG_R_LOG,
		    "two histories: %s and %s differ from entry %llu on",
		    s->ledger_name, name, (unsigned long long)same + 1);
	}
	if (size < old || (size == old && !(is_signed && !s->is_signed))) {
		csg_ledger_close(l);
		return CSG_OK;
	}
	if ((copy = strdup(name)) == NULL)
		return csg_fail_mem(err);
	csg_ledger_close(s->ledger);
	free(s->ledger_name);
	s->ledger = l; /* transferred */
	s->ledger_name = copy;
	s->is_signed = is_signed;
	return CSG_OK;
}

/* Nothing: reading the entry has shown that its body can be read. */
static enum csg_rc
pass(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	(void)arg;
	(void)e;
	(void)err;
	return CSG_OK;
}

static enum csg_rc
add_ledger(struct csg_sources *s, const char *path, struct csg_err *err)
{
	struct csg_copy_word word = { 0 };
	struct csg_ledger *l = NULL;
	struct csg_chain *c = NULL;
	char *chain = NULL;
	enum csg_rc rc;

	if ((rc = csg_ledger_open(path, true, &l, err)) != CSG_OK ||
	    (rc = csg_ledger_verify(l, err)) != CSG_OK ||
	    (rc = csg_reader_each(l, 1, 0, pass, NULL, err)) != CSG_OK ||
	    (rc = csg_ledger_get_note(l, "chain", &chain, err)) != CSG_OK ||
	    (chain != NULL &&
		(rc = csg_chain_read(
		     path, chain, strlen(chain), s->trust, &c, err)) != CSG_OK))
		goto out;
	if ((rc = csg_copy_read_word(l, c, &word, err)) != CSG_OK) {
		(void)csg_err_prefix(err, "%s: ", path);
		csg_chain_free(c);
		goto out;
	}
	if (c != NULL && (rc = add_chain(s, c, err)) != CSG_OK)
		goto out;
	if ((rc = keep_longer(s, l, path, word.is_signed, err)) == CSG_OK)
		l = NULL; /* transferred */
out:
	csg_copy_word_clear(&word);
	free(chain);
	csg_ledger_close(l);
	return rc;
}

static enum csg_rc
add_proof(struct csg_sources *s, const char *path, const struct csg_buf *text,
    struct csg_err *err)
{
	const struct csg_proof_in in = { .trust = s->trust };
	struct csg_proof **more, *p = NULL;
	enum csg_rc rc;

	if ((rc = csg_proof_read(path, text->data, text->len, &in, &p, err)) !=
	    CSG_OK)
		return rc;
	more = realloc(s->proofs, (s->n + 1) * sizeof(*more));
	if (more == NULL) {
		csg_proof_free(p);
		return csg_fail_mem(err);
	}
	s->proofs = more;
	more[s->n++] = p; /* transferred */
	return add_chain_of(s, p->chain, path, err);
}

/* Does the file begin with SQLite's magic?  It may be larger than any
 * message. */
static enum csg_rc
is_database(const char *path, bool *out, struct csg_err *err)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)];
	ssize_t n;
	int fd;

	if ((fd = csg_io_open(path, err)) == -1)
		return err->rc;
	n = read(fd, head, sizeof(head));
	(void)close(fd);
	if (n == -1)
		return csg_fail_errno(err, "%s", path);
	*out = n == sizeof(head) && memcmp(head, magic, sizeof(head)) == 0;
	return CSG_OK;
}

enum csg_rc
csg_sources_add(struct csg_sources *s, const char *path, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_chain *c = NULL;
	bool database = false;
	enum csg_rc rc;

	if ((rc = is_database(path, &database, err)) != CSG_OK)
		return rc;
	if (database)
		return add_ledger(s, path, err);
	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK) {
		if (csg_text_ends(path, ".csgproof"))
			rc = add_proof(s, path, &text, err);
		else if ((rc = csg_chain_read(path, text.data, text.len,
			      s->trust, &c, err)) == CSG_OK)
			rc = add_chain(s, c, err);
	}
	csg_buf_free(&text);
	return rc;
}

void
csg_sources_clear(struct csg_sources *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		csg_proof_free(s->proofs[i]);
	free(s->proofs);
	csg_chain_free(s->chain);
	csg_ledger_close(s->ledger);
	free(s->ledger_name);
	memset(s, 0, sizeof(*s));
}

/* Did the ledger have the head of a proof?  If the ledger is shorter than that
 * head, check those consistency proofs of the receipt that begin within it. */
static enum csg_rc
check_kept(const struct csg_sources *s, const struct csg_proof *p,
    uint64_t kept, struct csg_err *err)
{
	const struct csg_receipt *r = p->record->receipt;
	struct csg_id root;
	enum csg_rc rc;

	if (r->tree.size > kept) {
		if (csg_ledger_holds_earlier(s->ledger, r, err) != CSG_OK)
			return csg_err_prefix(
			    err, "%s and %s: ", s->ledger_name, p->origin);
		return CSG_OK;
	}
	if ((rc = csg_ledger_root(s->ledger, r->tree.size, &root, err)) !=
		CSG_OK ||
	    csg_id_equal(&root, &r->tree.root))
		return rc;
	return csg_fail(err, CSG_R_LOG,
	    "%s is not the ledger that the receipt in %s comes from",
	    s->ledger_name, p->origin);
}

/* Check the head in a proof; *size is raised to the size that it shows. */
static enum csg_rc
check_head(const struct csg_sources *s, const struct csg_proof *p,
    uint64_t kept, uint64_t *size, struct csg_err *err)
{
	const struct csg_tree_head *h = &p->record->receipt->tree;

	if (h->epoch != csg_chain_policy(s->chain)->epoch)
		return CSG_OK;
	if (h->size > *size)
		*size = h->size;
	return s->ledger != NULL ? check_kept(s, p, kept, err) : CSG_OK;
}

/* Check the receipts against each other: beyond the end of the ledger, too,
 * there must be one history. */
static enum csg_rc
check_proofs(const struct csg_sources *s, struct csg_err *err)
{
	const struct csg_receipt *r;
	struct csg_receipt_ref *t;
	size_t i, n = 0;
	enum csg_rc rc;

	if ((t = calloc(s->n + 1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < s->n; i++) {
		r = s->proofs[i]->record->receipt;
		if (r->tree.epoch == csg_chain_policy(s->chain)->epoch)
			t[n++] =
			    (struct csg_receipt_ref){ r, s->proofs[i]->origin };
	}
	if ((rc = csg_receipts_agree(t, n, err)) != CSG_OK)
		(void)csg_err_prefix(err, "two histories: ");
	free(t);
	return rc;
}

enum csg_rc
csg_sources_size(
    const struct csg_sources *s, uint64_t *out, struct csg_err *err)
{
	uint64_t kept = 0;
	size_t i;
	enum csg_rc rc = CSG_OK;

	if (s->ledger != NULL)
		rc = csg_ledger_size(s->ledger, &kept, err);
	*out = kept;
	for (i = 0; i < s->n && rc == CSG_OK; i++)
		rc = check_head(s, s->proofs[i], kept, out, err);
	return rc == CSG_OK ? check_proofs(s, err) : rc;
}

/* ---- building ---- */

struct building {
	const struct csg_sources *s;
	struct csg_ledger *l;
	struct csg_buf *report;
	int64_t now;
	uint64_t epoch, kept; /* kept: entries of the old ledger */
	uint64_t seen; /* entries that the old ledger is known to have had */
	uint64_t covered; /* entries that a signed head commits to */
};

/* Take a receipt of the old ledger if the ledger key signed it, and raise
 * "covered" to the size of its head.  Other receipts are left out: proofs may
 * have good ones. */
static enum csg_rc
take_receipt(void *arg, const struct csg_id *request, uint64_t seq,
    const char *armoured, struct csg_err *err)
{
	struct building *b = arg;
	const struct csg_policy *p;
	struct csg_bundle m = { 0 };
	struct csg_receipt *r = NULL;
	struct csg_err why = { 0 };
	enum csg_rc rc = CSG_OK;

	(void)seq;
	if (csg_bundle_add_bare(&m, "receipt", armoured, &why) == CSG_OK &&
	    csg_receipt_read(m.m[0].env, &r, &why) == CSG_OK &&
	    (p = csg_chain_policy_by_id(b->s->chain, &r->head.policy)) !=
		NULL &&
	    csg_receipt_signed(r, m.m[0].env, p, &why) == CSG_OK) {
		rc = csg_ledger_keep_receipt(b->l, request, armoured, err);
		if (r->tree.size > b->covered &&
		    csg_ledger_includes_head(
			b->s->ledger, r->tree.epoch, &r->tree, &why) == CSG_OK)
			b->covered = r->tree.size;
	}
	csg_receipt_free(r);
	csg_bundle_clear(&m);
	return why.reason == CSG_R_IO ? csg_fail_mem(err) : rc;
}

/* Take the entries of the old ledger.  Entries that no signature covers are
 * reported: somebody else may have written them. */
static enum csg_rc
take_ledger(struct building *b, struct csg_err *err)
{
	struct csg_copy_word w = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_extend(b->l, b->s->ledger, 0, err)) == CSG_OK &&
	    (rc = csg_ledger_each_receipt(
		 b->s->ledger, take_receipt, b, err)) == CSG_OK)
		rc = csg_copy_read_word(b->s->ledger, b->s->chain, &w, err);
	if (w.is_signed)
		b->covered = b->kept;
	csg_copy_word_clear(&w);
	if (rc != CSG_OK)
		return rc;
	csg_buf_printf(b->report, "entries 1 to %llu from %s\n",
	    (unsigned long long)b->kept, b->s->ledger_name);
	if (b->covered < b->kept)
		csg_buf_printf(b->report,
		    "entries %llu to %llu: no signature of the ledger key covers them\n",
		    (unsigned long long)b->covered + 1,
		    (unsigned long long)b->kept);
	return CSG_OK;
}

/* Write the entries of the longest ledger, then the entry of the recovery. */
static enum csg_rc
begin(struct building *b, struct csg_err *err)
{
	const struct csg_policy *p = csg_chain_policy(b->s->chain);
	const struct csg_ledger_policy force = { p->version, p->id };
	enum csg_rc rc;

	if (b->s->ledger != NULL && (rc = take_ledger(b, err)) != CSG_OK)
		return rc;
	if (b->seen > b->kept)
		csg_buf_printf(b->report,
		    "LOST: entries %llu to %llu: what they said beyond the proofs at hand (rejections, refusals, requests under way) is not known\n",
		    (unsigned long long)b->kept + 1,
		    (unsigned long long)b->seen);
	csg_buf_printf(b->report, "policy %s version %llu, epoch %llu ends\n",
	    p->name, (unsigned long long)p->version,
	    (unsigned long long)b->epoch);
	return csg_ledger_recover(
	    b->l, b->now, &force, b->epoch, csg_buf_str(b->report), err);
}

/* Keep the receipt of a finished request, unless the ledger has one. */
static enum csg_rc
keep_receipt(
    struct building *b, const struct csg_record *r, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_envelope_armor(r->receipt_env, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_ledger_keep_receipt(
		    b->l, &r->tally->request->id, csg_buf_str(&text), err);
	csg_buf_free(&text);
	return rc;
}

/* Add a request that was signed, though the ledger does not have it as
 * finished: it must not be signed again. */
static enum csg_rc
add_signed(struct building *b, const struct csg_record *r, struct csg_err *err)
{
	const struct csg_tally *t = r->tally;
	struct csg_buf messages = { 0 }, seal = { 0 };
	struct csg_claim c = { .request = t->request->id,
		.policy = t->policy->id,
		.evidence = r->digest,
		.time = t->time,
		.profile = t->request->profile,
		.route = r->seal->route,
		.count = t->request->n };
	enum csg_rc rc;

	csg_tally_armor(t, &messages);
	csg_envelope_armor(r->seal_env, &seal);
	c.messages = (char *)(uintptr_t)csg_buf_str(&messages);
	if ((rc = csg_buf_ok(&messages, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&seal, err)) == CSG_OK &&
	    (rc = csg_ledger_claim(b->l, &c, b->now, err)) == CSG_OK &&
	    (rc = csg_ledger_finish(b->l, &c.request, b->now,
		 csg_buf_str(&seal), NULL, err)) == CSG_OK)
		rc = keep_receipt(b, r, err);
	csg_buf_free(&messages);
	csg_buf_free(&seal);
	return rc;
}

/* Add to the ledger what a proof shows beyond it. */
static enum csg_rc
add_from(struct building *b, const struct csg_proof *p, struct csg_err *err)
{
	const struct csg_request *req = p->record->tally->request;
	enum csg_progress progress;
	char words[CSG_SHORT_LEN];
	enum csg_rc rc;

	if ((rc = csg_ledger_find(b->l, &req->id, &progress, NULL, err)) !=
	    CSG_OK)
		return rc;
	if (progress == CSG_FINISHED)
		return keep_receipt(b, p->record, err);
	if (progress == CSG_CLAIMED &&
	    (rc = csg_ledger_abandon(b->l, &req->id, b->now,
		 "signed, as a proof shows", err)) != CSG_OK)
		return rc;
	if ((rc = add_signed(b, p->record, err)) == CSG_OK)
		csg_buf_printf(b->report, "signed: %s, from %s\n",
		    csg_request_short(req, words), p->origin);
	return rc;
}

/* The policies in the ledger must be those of the chain, which people have:
 * otherwise the end of the ledger was not written by the workstation. */
static enum csg_rc
check_policy(const struct csg_sources *s, struct csg_err *err)
{
	const struct csg_policy *p;
	struct csg_ledger_policy force;
	uint64_t ended;
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(s->ledger, &force, err)) != CSG_OK ||
	    (rc = csg_ledger_ended_epoch(s->ledger, &ended, err)) != CSG_OK)
		return rc;
	p = csg_chain_policy(s->chain);
	if (force.version > p->version)
		return csg_fail(err, CSG_R_LOG,
		    "%s names policy version %llu, but no source has its chain",
		    s->ledger_name, (unsigned long long)force.version);
	if (force.version > 0 &&
	    !csg_id_equal(
		&s->chain->policies[force.version - 1]->id, &force.id))
		return csg_fail(err, CSG_R_LOG,
		    "%s names a different policy as version %llu",
		    s->ledger_name, (unsigned long long)force.version);
	if (ended > p->epoch)
		return csg_fail(err, CSG_R_LOG,
		    "%s says that epoch %llu ended, but the policy chain never reached it",
		    s->ledger_name, (unsigned long long)ended);
	return CSG_OK;
}

enum csg_rc
csg_recover(const struct csg_sources *s, const char *path, int64_t now,
    struct csg_buf *report, struct csg_err *err)
{
	struct building b = { .s = s, .report = report, .now = now };
	size_t i;
	enum csg_rc rc;

	if (s->chain == NULL)
		return csg_fail(
		    err, CSG_R_CONFIG, "no policy chain among the sources");
	b.epoch = csg_chain_policy(s->chain)->epoch;
	if (s->ledger != NULL &&
	    ((rc = csg_ledger_size(s->ledger, &b.kept, err)) != CSG_OK ||
		(rc = csg_ledger_clock(s->ledger, now, err)) != CSG_OK ||
		(rc = check_policy(s, err)) != CSG_OK))
		return rc;
	if ((rc = csg_sources_size(s, &b.seen, err)) != CSG_OK ||
	    (rc = csg_ledger_create(path, err)) != CSG_OK ||
	    (rc = csg_ledger_open(path, false, &b.l, err)) != CSG_OK)
		return rc;
	rc = begin(&b, err);
	for (i = 0; i < s->n && rc == CSG_OK; i++)
		rc = add_from(&b, s->proofs[i], err);
	if (rc == CSG_OK && (rc = csg_ledger_verify(b.l, err)) == CSG_OK)
		rc = csg_buf_ok(report, err);
	csg_ledger_close(b.l);
	return rc;
}
