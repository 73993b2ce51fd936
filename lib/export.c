#include <stdlib.h>
#include <string.h>

#include "lib/export.h"
#include "lib/when.h"

/* ---- making ---- */

static enum csg_rc
sign_with(const struct csg_signer *signer, const struct csg_pin_source *pin,
    const struct csg_key *key, const struct csg_receipt *r, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_token *token;
	struct csg_signer_key k;
	enum csg_rc rc;

	if ((rc = csg_sign_login(signer, pin, key, &token, &k, err)) != CSG_OK)
		return rc;
	rc = csg_receipt_sign(r, &k, out, err);
	csg_token_close(token);
	return rc;
}

enum csg_rc
csg_export_sign(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, int64_t now, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_receipt r = { .head.time = now };
	const struct csg_policy *p;
	const struct csg_key *key;
	uint64_t size;
	enum csg_rc rc;

	if (s->chain == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no policy was founded on this workstation");
	p = csg_chain_policy(s->chain);
	key = &p->keys[p->ledger_key];
	r.head.policy = p->id;
	r.head.author = key->name;
	if ((rc = csg_ledger_check_epoch(s->ledger, p->epoch, err)) == CSG_OK &&
	    (rc = csg_ledger_clock(s->ledger, now, err)) == CSG_OK &&
	    (rc = csg_ledger_size(s->ledger, &size, err)) == CSG_OK &&
	    (rc = csg_ledger_prove_entry(s->ledger, size, p->epoch, &r, err)) ==
		CSG_OK)
		rc = sign_with(signer, pin, key, &r, out, err);
	csg_receipt_clear(&r);
	return rc;
}

static enum csg_rc
put_chain(
    struct csg_ledger *copy, const struct csg_chain *c, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_chain_armor(c, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc =
		    csg_ledger_put_note(copy, "chain", csg_buf_str(&text), err);
	csg_buf_free(&text);
	return rc;
}

/* What one that is copied once more says of itself. */
static enum csg_rc
copy_note(struct csg_ledger *copy, struct csg_ledger *l, const char *name,
    struct csg_err *err)
{
	char *text = NULL;
	enum csg_rc rc;

	if ((rc = csg_ledger_get_note(l, name, &text, err)) == CSG_OK &&
	    text != NULL)
		rc = csg_ledger_put_note(copy, name, text, err);
	free(text);
	return rc;
}

static enum csg_rc
fill(struct csg_ledger *copy, struct csg_ledger *l,
    const struct csg_chain *chain, const char *head, struct csg_err *err)
{
	struct csg_export_head h = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_extend(copy, l, 0, err)) == CSG_OK &&
	    (rc = csg_ledger_copy_receipts(copy, l, err)) == CSG_OK &&
	    (rc = chain != NULL ? put_chain(copy, chain, err) :
				  copy_note(copy, l, "chain", err)) == CSG_OK &&
	    (rc = head != NULL ? csg_ledger_put_note(copy, "head", head, err) :
				 copy_note(copy, l, "head", err)) == CSG_OK)
		rc = csg_export_read_head(copy, chain, &h, err);
	csg_export_head_clear(&h);
	return rc;
}

enum csg_rc
csg_export_write(struct csg_ledger *l, const struct csg_chain *chain,
    const char *head, const char *path, struct csg_err *err)
{
	struct csg_ledger *copy = NULL;
	enum csg_rc rc;

	if ((rc = csg_ledger_create(path, err)) == CSG_OK &&
	    (rc = csg_ledger_open(path, false, &copy, err)) == CSG_OK)
		rc = fill(copy, l, chain, head, err);
	csg_ledger_close(copy);
	return rc;
}

/* ---- checking ---- */

static enum csg_rc
load_head(
    struct csg_ledger *copy, struct csg_export_head *h, struct csg_err *err)
{
	char *text = NULL;
	enum csg_rc rc;

	if ((rc = csg_ledger_get_note(copy, "head", &text, err)) != CSG_OK ||
	    text == NULL)
		return rc;
	if ((rc = csg_bundle_add(
		 &h->messages, "head", text, strlen(text), err)) == CSG_OK) {
		if (h->messages.n != 1 || h->messages.nbroken != 0)
			rc = csg_fail(err, CSG_R_LOG, "not one message");
		else {
			h->env = h->messages.m[0].env;
			rc = csg_receipt_read(h->env, &h->receipt, err);
		}
	}
	free(text);
	return rc;
}

/* Is the receipt that of the newest entry, and its head that of all? */
static enum csg_rc
check_tree(
    struct csg_ledger *copy, const struct csg_receipt *r, struct csg_err *err)
{
	struct csg_tree_head own;
	struct csg_id leaf, stored;
	enum csg_rc rc;

	if ((rc = csg_ledger_head(copy, r->tree.epoch, &own, err)) != CSG_OK)
		return rc;
	if (own.size != r->tree.size)
		return csg_fail(err, CSG_R_LOG, "of %llu entries, not of %llu",
		    (unsigned long long)r->tree.size,
		    (unsigned long long)own.size);
	if (!csg_id_equal(&own.log, &r->tree.log) ||
	    !csg_id_equal(&own.root, &r->tree.root))
		return csg_fail(err, CSG_R_LOG, "of other entries");
	if ((rc = csg_merkle_leaf(r->entry, strlen(r->entry), &leaf, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_leaf(copy, own.size - 1, &stored, err)) != CSG_OK)
		return rc;
	if (r->index != own.size - 1 || !csg_id_equal(&leaf, &stored))
		return csg_fail(err, CSG_R_LOG, "not with the newest entry");
	return csg_ledger_holds_earlier(copy, r, err);
}

/* Is it of the policy in force, and by its ledger key? */
static enum csg_rc
check_policy(struct csg_ledger *copy, const struct csg_chain *chain,
    struct csg_export_head *h, struct csg_err *err)
{
	const struct csg_receipt *r = h->receipt;
	struct csg_ledger_policy force;
	const struct csg_policy *p;
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(copy, &force, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&r->head.policy, &force.id))
		return csg_fail(
		    err, CSG_R_LOG, "not of the policy that is in force");
	if (chain == NULL ||
	    (p = csg_chain_policy_by_id(chain, &force.id)) == NULL)
		return CSG_OK;
	if (r->tree.epoch != p->epoch)
		return csg_fail(err, CSG_R_LOG,
		    "of epoch %llu, not of the policy's, %llu",
		    (unsigned long long)r->tree.epoch,
		    (unsigned long long)p->epoch);
	rc = csg_receipt_signed(r, h->env, p, err);
	h->checked = rc == CSG_OK;
	return rc;
}

static enum csg_rc
check_time(
    struct csg_ledger *copy, const struct csg_receipt *r, struct csg_err *err)
{
	char when[CSG_TIME_LEN], entry[CSG_TIME_LEN];
	int64_t newest;
	enum csg_rc rc;

	if ((rc = csg_ledger_newest(copy, &newest, err)) != CSG_OK ||
	    r->head.time >= newest)
		return rc;
	return csg_fail(err, CSG_R_LOG, "of %s, but the newest entry is of %s",
	    csg_time_format(r->head.time, when),
	    csg_time_format(newest, entry));
}

enum csg_rc
csg_export_read_head(struct csg_ledger *copy, const struct csg_chain *chain,
    struct csg_export_head *out, struct csg_err *err)
{
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = load_head(copy, out, err)) == CSG_OK &&
	    out->receipt != NULL &&
	    (rc = csg_ledger_check_epoch(
		 copy, out->receipt->tree.epoch, err)) == CSG_OK &&
	    (rc = check_tree(copy, out->receipt, err)) == CSG_OK &&
	    (rc = check_time(copy, out->receipt, err)) == CSG_OK)
		rc = check_policy(copy, chain, out, err);
	if (rc == CSG_OK || err->reason == CSG_R_IO)
		return rc;
	return csg_fail(
	    err, CSG_R_LOG, "the signed head of the copy: %.300s", err->text);
}

void
csg_export_head_clear(struct csg_export_head *h)
{
	csg_receipt_free(h->receipt);
	csg_bundle_clear(&h->messages);
	memset(h, 0, sizeof(*h));
}
