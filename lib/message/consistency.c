/* Making, reading and writing the consistency proofs of a receipt. */
#include <stdlib.h>
#include <string.h>

#include "lib/message/consistency.h"

const struct csg_consistency *
csg_consistency_find(const struct csg_receipt *r, uint64_t size)
{
	size_t i;

	for (i = 0; i < r->nearlier; i++)
		if (r->earlier[i].size == size)
			return &r->earlier[i];
	return NULL;
}

bool
csg_receipt_extends(
    const struct csg_receipt *r, const struct csg_tree_head *earlier)
{
	struct csg_id path[CSG_MERKLE_PATH] = { { { 0 } } };
	const struct csg_consistency *e;
	size_t i;

	if (r->tree.epoch != earlier->epoch ||
	    !csg_id_equal(&r->tree.log, &earlier->log))
		return false;
	if (r->tree.size == earlier->size)
		return csg_id_equal(&r->tree.root, &earlier->root);
	if ((e = csg_consistency_find(r, earlier->size)) == NULL)
		return false;
	for (i = 0; i < e->npath; i++)
		path[i] = r->hashes[e->path[i]];
	return csg_merkle_check_consistency(e->size, &earlier->root,
	    r->tree.size, &r->tree.root, path, e->npath);
}

/* ---- making ---- */

/* The index of a hash among the receipt's, to which it is added if new. */
static enum csg_rc
place_hash(struct csg_receipt *r, const struct csg_id *hash, size_t *place,
    struct csg_err *err)
{
	struct csg_id *more;

	for (*place = 0; *place < r->nhashes; (*place)++)
		if (csg_id_equal(&r->hashes[*place], hash))
			return CSG_OK;
	if (r->nhashes == CSG_MAX_EARLIER_HASHES)
		return csg_fail(err, CSG_R_LOG,
		    "a receipt can hold at most %d hashes of consistency proofs",
		    CSG_MAX_EARLIER_HASHES);
	if ((more = realloc(r->hashes, (r->nhashes + 1) * sizeof(*more))) ==
	    NULL)
		return csg_fail_mem(err);
	r->hashes = more;
	r->hashes[r->nhashes++] = *hash;
	return CSG_OK;
}

enum csg_rc
csg_receipt_add_earlier(struct csg_receipt *r, uint64_t size,
    const struct csg_id *path, size_t npath, struct csg_err *err)
{
	struct csg_consistency e = { .size = size, .npath = npath }, *more;
	size_t i;
	enum csg_rc rc;

	if (csg_consistency_find(r, size) != NULL)
		return CSG_OK;
	if (r->nearlier == CSG_MAX_EARLIER)
		return csg_fail(err, CSG_R_LOG,
		    "a receipt can hold at most %d consistency proofs",
		    CSG_MAX_EARLIER);
	for (i = 0; i < npath; i++)
		if ((rc = place_hash(r, &path[i], &e.path[i], err)) != CSG_OK)
			return rc;
	if ((more = realloc(r->earlier, (r->nearlier + 1) * sizeof(*more))) ==
	    NULL)
		return csg_fail_mem(err);
	r->earlier = more;
	for (i = r->nearlier++; i > 0 && more[i - 1].size > size; i--)
		more[i] = more[i - 1];
	more[i] = e;
	return CSG_OK;
}

void
csg_consistency_write(const struct csg_receipt *r, struct csg_yamlw *w)
{
	char text[CSG_ID_TEXT];
	size_t i, j;

	if (r->nearlier == 0)
		return;
	csg_yamlw_seq(w, "earlier", false);
	for (i = 0; i < r->nearlier; i++) {
		csg_yamlw_map(w, NULL, true);
		csg_yamlw_printf(
		    w, "size", "%llu", (unsigned long long)r->earlier[i].size);
		csg_yamlw_seq(w, "path", true);
		for (j = 0; j < r->earlier[i].npath; j++)
			csg_yamlw_printf(w, NULL, "%zu", r->earlier[i].path[j]);
		csg_yamlw_end(w);
		csg_yamlw_end(w);
	}
	csg_yamlw_end(w);
	csg_yamlw_seq(w, "hashes", false);
	for (i = 0; i < r->nhashes; i++)
		csg_yamlw_str(w, NULL, csg_id_format(&r->hashes[i], text));
	csg_yamlw_end(w);
}

/* ---- reading ---- */

static enum csg_rc
read_hashes(
    const struct csg_node *n, struct csg_receipt *r, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;

	if (n->n > CSG_MAX_EARLIER_HASHES)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a receipt can have at most %d hashes",
		    CSG_MAX_EARLIER_HASHES);
	if ((r->hashes = calloc(n->n + 1, sizeof(*r->hashes))) == NULL)
		return csg_fail_mem(err);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "hashes must be a list of hashes");
		if ((rc = csg_node_id(c, &r->hashes[r->nhashes++], err)) !=
		    CSG_OK)
			return rc;
	}
	return CSG_OK;
}

static enum csg_rc
read_path(const struct csg_node *n, const struct csg_receipt *r,
    struct csg_consistency *e, struct csg_err *err)
{
	const struct csg_node *c;
	uint64_t place;
	enum csg_rc rc;

	if (n->n > CSG_MERKLE_PATH)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a path can have at most %d hashes", CSG_MERKLE_PATH);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR || r->nhashes == 0)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "path must be a list of indexes into hashes");
		if ((rc = csg_node_uint(c, 0, r->nhashes - 1, &place, err)) !=
		    CSG_OK)
			return rc;
		e->path[e->npath++] = (size_t)place;
	}
	return CSG_OK;
}

static enum csg_rc
read_one(const struct csg_node *n, struct csg_receipt *r, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "size", CSG_SCALAR, true },
		{ "path", CSG_SEQ, true }, { NULL, CSG_SCALAR, false } };
	struct csg_consistency *e = &r->earlier[r->nearlier];
	enum csg_rc rc;

	if (n->type != CSG_MAP)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "earlier must be a list of mappings with size and path");
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_uint(csg_node_get(n, "size"), 1, r->tree.size - 1,
		 &e->size, err)) != CSG_OK ||
	    (rc = read_path(csg_node_get(n, "path"), r, e, err)) != CSG_OK)
		return rc;
	if (r->nearlier > 0 && e[-1].size >= e->size)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "sizes are not in ascending order");
	r->nearlier++;
	return CSG_OK;
}

enum csg_rc
csg_consistency_read(
    const struct csg_node *root, struct csg_receipt *r, struct csg_err *err)
{
	const struct csg_node *n = csg_node_get(root, "earlier"),
			      *hashes = csg_node_get(root, "hashes"), *c;
	enum csg_rc rc;

	if (n == NULL && hashes == NULL)
		return CSG_OK;
	if (n == NULL || hashes == NULL || n->n == 0 || n->n > CSG_MAX_EARLIER)
		return csg_node_fail(err, root, CSG_R_PARSE,
		    "earlier must have 1 to %d proofs, and hashes must be given with it",
		    CSG_MAX_EARLIER);
	if ((rc = read_hashes(hashes, r, err)) != CSG_OK)
		return rc;
	if ((r->earlier = calloc(n->n, sizeof(*r->earlier))) == NULL)
		return csg_fail_mem(err);
	for (c = n->child; c != NULL; c = c->next)
		if ((rc = read_one(c, r, err)) != CSG_OK)
			return rc;
	return CSG_OK;
}
