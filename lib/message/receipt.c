#include <stdlib.h>
#include <string.h>

#include "lib/message/consistency.h"
#include "lib/base/time.h"

static enum csg_rc
read_path(const struct csg_node *n, struct csg_receipt *r, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;

	if (n->n > CSG_MERKLE_PATH)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a path can have at most %d hashes", CSG_MERKLE_PATH);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "path must be a list of hashes");
		if ((rc = csg_node_id(c, &r->path[r->npath++], err)) != CSG_OK)
			return rc;
	}
	return CSG_OK;
}

#define MOST (UINT64_C(1) << 62)

enum csg_rc
csg_tree_head_read(
    const struct csg_node *root, struct csg_tree_head *out, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_node_id(csg_node_get(root, "log"), &out->log, err)) !=
		CSG_OK ||
	    (rc = csg_node_uint(csg_node_get(root, "epoch"), 1, MOST,
		 &out->epoch, err)) != CSG_OK ||
	    (rc = csg_node_uint(csg_node_get(root, "size"), 1, MOST, &out->size,
		 err)) != CSG_OK)
		return rc;
	return csg_node_id(csg_node_get(root, "root"), &out->root, err);
}

void
csg_tree_head_write(const struct csg_tree_head *h, struct csg_yamlw *w)
{
	char text[CSG_ID_TEXT];

	csg_yamlw_str(w, "log", csg_id_format(&h->log, text));
	csg_yamlw_printf(w, "epoch", "%llu", (unsigned long long)h->epoch);
	csg_yamlw_printf(w, "size", "%llu", (unsigned long long)h->size);
	csg_yamlw_str(w, "root", csg_id_format(&h->root, text));
}

static enum csg_rc
read_body(
    const struct csg_node *root, struct csg_receipt *r, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_tree_head_read(root, &r->tree, err)) != CSG_OK ||
	    (rc = csg_node_uint(csg_node_get(root, "index"), 0, MOST, &r->index,
		 err)) != CSG_OK ||
	    (rc = csg_node_text(csg_node_get(root, "entry"), &r->entry, err)) !=
		CSG_OK ||
	    (rc = read_path(csg_node_get(root, "path"), r, err)) != CSG_OK)
		return rc;
	return csg_consistency_read(root, r, err);
}

enum csg_rc
csg_receipt_read(
    const struct csg_envelope *e, struct csg_receipt **out, struct csg_err *err)
{
	static const struct csg_field fields[] = { CSG_HEADER_FIELDS,
		CSG_TREE_HEAD_FIELDS, { "index", CSG_SCALAR, true },
		{ "entry", CSG_SCALAR, true }, { "path", CSG_SEQ, true },
		{ "earlier", CSG_SEQ, false }, { "hashes", CSG_SEQ, false },
		{ NULL, CSG_SCALAR, false } };
	struct csg_node *root = NULL;
	struct csg_receipt *r;
	enum csg_rc rc;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_read(
		 e, CSG_RECEIPT, fields, &r->head, &root, err)) != CSG_OK ||
	    (rc = read_body(root, r, err)) != CSG_OK)
		goto out;
	*out = r; /* transferred */
	r = NULL;
out:
	csg_receipt_free(r);
	csg_yaml_free(root);
	return rc;
}

void
csg_receipt_clear(struct csg_receipt *r)
{
	free(r->entry);
	free(r->earlier);
	free(r->hashes);
}

void
csg_receipt_free(struct csg_receipt *r)
{
	if (r == NULL)
		return;
	csg_header_clear(&r->head);
	csg_receipt_clear(r);
	free(r);
}

enum csg_rc
csg_receipt_write(
    const struct csg_receipt *r, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	size_t i;
	enum csg_rc rc;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_write(w, CSG_RECEIPT, &r->head, err)) != CSG_OK) {
		(void)csg_yamlw_finish(w, NULL);
		return rc;
	}
	csg_tree_head_write(&r->tree, w);
	csg_yamlw_printf(w, "index", "%llu", (unsigned long long)r->index);
	csg_yamlw_str(w, "entry", r->entry);
	csg_yamlw_seq(w, "path", false);
	for (i = 0; i < r->npath; i++)
		csg_yamlw_str(w, NULL, csg_id_format(&r->path[i], text));
	csg_yamlw_end(w);
	csg_consistency_write(r, w);
	return csg_yamlw_finish(w, err);
}

/* Get the time from an entry's text; false if there is none. */
static bool
entry_time(const char *text, int64_t *out)
{
	const char *s = strstr(text, "\ntime ");
	char when[CSG_TIME_LEN];

	if (s == NULL || strlen(s + 6) < CSG_TIME_LEN - 1)
		return false;
	memcpy(when, s + 6, CSG_TIME_LEN - 1);
	when[CSG_TIME_LEN - 1] = '\0';
	return csg_time_parse(when, out, NULL) == CSG_OK;
}

static enum csg_rc
check_entry(const struct csg_receipt *r, const struct csg_entry *expected,
    struct csg_err *err)
{
	struct csg_entry e = *expected;
	struct csg_buf text = { 0 };
	struct csg_id leaf;
	enum csg_rc rc;

	e.seq = r->index + 1;
	if (!entry_time(r->entry, &e.time))
		return csg_fail(
		    err, CSG_R_LOG, "receipt: the entry has no time");
	if ((rc = csg_entry_text(&e, &text, err)) == CSG_OK &&
	    strcmp(csg_buf_str(&text), r->entry) != 0)
		rc = csg_fail(err, CSG_R_LOG,
		    "receipt: the entry does not belong to this signature");
	csg_buf_free(&text);
	if (rc != CSG_OK ||
	    (rc = csg_merkle_leaf(r->entry, strlen(r->entry), &leaf, err)) !=
		CSG_OK)
		return rc;
	if (!csg_merkle_check_inclusion(&leaf, r->index, r->tree.size, r->path,
		r->npath, &r->tree.root))
		return csg_fail(err, CSG_R_LOG,
		    "receipt: the entry is not included in the tree of the receipt's head");
	return CSG_OK;
}

enum csg_rc
csg_receipt_signed(const struct csg_receipt *r, const struct csg_envelope *e,
    const struct csg_policy *p, struct csg_err *err)
{
	const struct csg_key *key = &p->keys[p->ledger_key];
	struct csg_err why = { 0 };

	if (strcmp(r->head.author, key->name) != 0 ||
	    !csg_id_equal(&r->head.policy, &p->id))
		return csg_fail(err, CSG_R_LOG,
		    "receipt: not made by the ledger key of this policy");
	if (csg_envelope_verify(e, key->cert, &why) != CSG_OK)
		return csg_fail(err, CSG_R_LOG, "receipt: %s", why.text);
	return CSG_OK;
}

enum csg_rc
csg_receipt_check(const struct csg_receipt *r, const struct csg_envelope *e,
    const struct csg_policy *p, const struct csg_entry *expected,
    struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_receipt_signed(r, e, p, err)) != CSG_OK)
		return rc;
	return check_entry(r, expected, err);
}

enum csg_rc
csg_receipt_agree(const struct csg_receipt *a, const struct csg_receipt *b,
    struct csg_err *err)
{
	const struct csg_receipt *less, *more;

	if (a->tree.epoch != b->tree.epoch)
		return CSG_OK;
	less = a->tree.size < b->tree.size ? a : b;
	more = less == a ? b : a;
	if (!csg_id_equal(&a->tree.log, &b->tree.log))
		return csg_fail(err, CSG_R_LOG,
		    "there are two ledgers in epoch %llu",
		    (unsigned long long)a->tree.epoch);
	if (less->tree.size == more->tree.size &&
	    !csg_id_equal(&a->tree.root, &b->tree.root))
		return csg_fail(err, CSG_R_LOG,
		    "there are two ledgers with %llu entries",
		    (unsigned long long)a->tree.size);
	if (less->tree.size < more->tree.size &&
	    less->head.time > more->head.time)
		return csg_fail(err, CSG_R_LOG,
		    "the ledger had %llu entries and later only %llu",
		    (unsigned long long)more->tree.size,
		    (unsigned long long)less->tree.size);
	if (a->index == b->index && strcmp(a->entry, b->entry) != 0)
		return csg_fail(err, CSG_R_LOG,
		    "there are two ledgers that differ in entry %llu",
		    (unsigned long long)a->index + 1);
	if (csg_consistency_find(more, less->tree.size) != NULL &&
	    !csg_receipt_extends(more, &less->tree))
		return csg_fail(err, CSG_R_LOG,
		    "there are two ledgers: the first %llu entries of one are not those of the other",
		    (unsigned long long)less->tree.size);
	return CSG_OK;
}
