#include <stdlib.h>
#include <string.h>

#include "lib/workstation/export.h"
#include "lib/base/time.h"

/* ---- the message ---- */

enum csg_rc
csg_export_read(
    const struct csg_envelope *e, struct csg_export **out, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		CSG_HEADER_FIELDS,
		CSG_TREE_HEAD_FIELDS,
		{ "receipts", CSG_SCALAR, true },
		{ NULL, CSG_SCALAR, false },
	};
	struct csg_node *root = NULL;
	struct csg_export *x;
	enum csg_rc rc;

	*out = NULL;
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_read(
		 e, CSG_EXPORT, fields, &x->head, &root, err)) == CSG_OK &&
	    (rc = csg_tree_head_read(root, &x->tree, err)) == CSG_OK &&
	    (rc = csg_node_id(csg_node_get(root, "receipts"), &x->receipts,
		 err)) == CSG_OK) {
		*out = x; /* transferred */
		x = NULL;
	}
	csg_export_free(x);
	csg_yaml_free(root);
	return rc;
}

void
csg_export_free(struct csg_export *x)
{
	if (x == NULL)
		return;
	csg_header_clear(&x->head);
	free(x);
}

enum csg_rc
csg_export_write(
    const struct csg_export *x, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	enum csg_rc rc;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_write(w, CSG_EXPORT, &x->head, err)) != CSG_OK) {
		(void)csg_yamlw_finish(w, NULL);
		return rc;
	}
	csg_tree_head_write(&x->tree, w);
	csg_yamlw_str(w, "receipts", csg_id_format(&x->receipts, text));
	return csg_yamlw_finish(w, err);
}

/* ---- the ledger ---- */

static enum csg_rc
add_receipt(void *arg, const struct csg_id *request, uint64_t seq,
    const char *armoured, struct csg_err *err)
{
	struct csg_buf *lines = arg;
	struct csg_bundle b = { 0 };
	char text[CSG_ID_TEXT];
	enum csg_rc rc;

	(void)request;
	(void)seq;
	if ((rc = csg_bundle_add_one(&b, "receipt", armoured, err)) == CSG_OK)
		csg_buf_printf(
		    lines, "%s\n", csg_id_format(&b.m[0].env->id, text));
	csg_bundle_clear(&b);
	return rc;
}

/* The digest of all receipts in the ledger. */
static enum csg_rc
digest_receipts(struct csg_ledger *l, struct csg_id *out, struct csg_err *err)
{
	struct csg_buf lines = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_each_receipt(l, add_receipt, &lines, err)) ==
		CSG_OK &&
	    (rc = csg_buf_ok(&lines, err)) == CSG_OK)
		rc = csg_id_mem(lines.data, lines.len, out, err);
	csg_buf_free(&lines);
	return rc;
}

static enum csg_rc
sign_with(const struct csg_signer_key *k, const struct csg_export *x,
    struct csg_buf *out, struct csg_err *err)
{
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 };
	enum csg_rc rc;

	if ((rc = csg_export_write(x, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(
		 k, CSG_EXPORT, &yaml, x->head.time, &env, err)) == CSG_OK) {
		csg_envelope_armor(env, out);
		rc = csg_buf_ok(out, err);
	}
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc;
}

enum csg_rc
csg_export_sign(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, int64_t now, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_export x = { .head.time = now };
	const struct csg_policy *p;
	const struct csg_key *key;
	struct csg_token *token;
	struct csg_signer_key k;
	enum csg_rc rc;

	if (s->chain == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no policy was founded on this workstation");
	p = csg_chain_policy(s->chain);
	key = &p->keys[p->ledger_key];
	x.head.policy = p->id;
	x.head.author = key->name;
	if ((rc = csg_ledger_check_epoch(s->ledger, p->epoch, err)) != CSG_OK ||
	    (rc = csg_ledger_clock(s->ledger, now, err)) != CSG_OK ||
	    (rc = csg_cert_valid_at(key->cert, now, key->name, err)) !=
		CSG_OK ||
	    (rc = csg_ledger_head(s->ledger, p->epoch, &x.tree, err)) !=
		CSG_OK ||
	    (rc = digest_receipts(s->ledger, &x.receipts, err)) != CSG_OK ||
	    (rc = csg_session_login(signer, pin, key, &token, &k, err)) !=
		CSG_OK)
		return rc;
	rc = sign_with(&k, &x, out, err);
	csg_token_close(token);
	return rc;
}

/* ---- checking ---- */

static enum csg_rc
check_tree(
    const struct csg_export *x, struct csg_ledger *l, struct csg_err *err)
{
	struct csg_tree_head own;
	struct csg_id receipts;
	enum csg_rc rc;

	if ((rc = csg_ledger_head(l, x->tree.epoch, &own, err)) != CSG_OK)
		return rc;
	if (own.size != x->tree.size)
		return csg_fail(err, CSG_R_LOG,
		    "it is for %llu entries, but the copy has %llu",
		    (unsigned long long)x->tree.size,
		    (unsigned long long)own.size);
	if (!csg_id_equal(&own.log, &x->tree.log) ||
	    !csg_id_equal(&own.root, &x->tree.root))
		return csg_fail(err, CSG_R_LOG, "it is for other entries");
	if ((rc = digest_receipts(l, &receipts, err)) != CSG_OK)
		return rc;
	return csg_id_equal(&receipts, &x->receipts) ?
	    CSG_OK :
	    csg_fail(err, CSG_R_LOG, "it is for other receipts");
}

static enum csg_rc
check_time(
    const struct csg_export *x, struct csg_ledger *l, struct csg_err *err)
{
	char when[CSG_TIME_LEN], entry[CSG_TIME_LEN];
	int64_t newest;
	enum csg_rc rc;

	if ((rc = csg_ledger_newest(l, &newest, err)) != CSG_OK ||
	    x->head.time >= newest)
		return rc;
	return csg_fail(err, CSG_R_LOG,
	    "it is dated %s, but the newest entry is dated %s",
	    csg_time_format(x->head.time, when),
	    csg_time_format(newest, entry));
}

/* Is it for the policy in force, and signed by that policy's ledger key? */
static enum csg_rc
check_policy(const struct csg_export *x, const struct csg_envelope *e,
    struct csg_ledger *l, const struct csg_chain *chain, bool *is_signed,
    struct csg_err *err)
{
	struct csg_ledger_policy force;
	const struct csg_policy *p;
	const struct csg_key *key;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	*is_signed = false;
	if ((rc = csg_ledger_policy(l, &force, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&x->head.policy, &force.id))
		return csg_fail(
		    err, CSG_R_LOG, "it is not for the policy in force");
	if (chain == NULL ||
	    (p = csg_chain_policy_by_id(chain, &force.id)) == NULL)
		return CSG_OK;
	if (x->tree.epoch != p->epoch)
		return csg_fail(err, CSG_R_LOG,
		    "it is for epoch %llu, but the policy has epoch %llu",
		    (unsigned long long)x->tree.epoch,
		    (unsigned long long)p->epoch);
	key = &p->keys[p->ledger_key];
	if (strcmp(x->head.author, key->name) != 0)
		return csg_fail(err, CSG_R_LOG,
		    "its author is not the ledger key of its policy");
	if (csg_envelope_verify(e, key->cert, &why) != CSG_OK)
		return csg_fail(err, CSG_R_LOG, "%s", why.text);
	*is_signed = true;
	return CSG_OK;
}

enum csg_rc
csg_export_check(const struct csg_export *x, const struct csg_envelope *e,
    struct csg_ledger *l, const struct csg_chain *chain, bool *is_signed,
    struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_ledger_check_epoch(l, x->tree.epoch, err)) != CSG_OK ||
	    (rc = check_tree(x, l, err)) != CSG_OK ||
	    (rc = check_time(x, l, err)) != CSG_OK)
		return rc;
	return check_policy(x, e, l, chain, is_signed, err);
}
