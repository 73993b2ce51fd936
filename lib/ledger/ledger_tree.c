/* The ledger's Merkle tree: leaves, nodes, heads and proofs. */
#include <stdlib.h>
#include <string.h>

#include "lib/ledger/ledger_db.h"

enum csg_rc
csg_ledger_size(struct csg_ledger *l, uint64_t *out, struct csg_err *err)
{
	int64_t n;
	enum csg_rc rc;

	rc = csg_store_int(
	    l->store, "SELECT max(seq) AS n FROM entry", NULL, 0, &n, err);
	*out = (uint64_t)n;
	return rc;
}

/* The hash of the index-th full subtree of 2^level entries. */
static enum csg_rc
get_node(void *ledger, unsigned level, uint64_t index, struct csg_id *out,
    struct csg_err *err)
{
	struct csg_ledger *l = ledger;
	const struct csg_value v[] = { csg_v_uint(level), csg_v_uint(index) };
	struct csg_rows *r;
	bool more;
	enum csg_rc rc;

	if ((rc = csg_store_ask(l->store,
		 "SELECT hash FROM node WHERE level = $1 AND idx = $2", v, 2,
		 &r, err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    (!more || csg_row_id(r, "hash", out) == NULL) &&
	    (rc = csg_row_ok(r, err)) == CSG_OK)
		rc = csg_fail(err, CSG_R_LOG,
		    "ledger: the tree lacks node %u/%llu", level,
		    (unsigned long long)index);
	return csg_rows_end(r, rc, err);
}

enum csg_rc
csg_ledger_root(
    struct csg_ledger *l, uint64_t n, struct csg_id *out, struct csg_err *err)
{
	const struct csg_merkle m = { get_node, l };

	return csg_merkle_root(&m, n, out, err);
}

enum csg_rc
csg_ledger_name(struct csg_ledger *l, struct csg_id *out, struct csg_err *err)
{
	return get_node(l, 0, 0, out, err);
}

enum csg_rc
csg_ledger_leaf(struct csg_ledger *l, uint64_t index, struct csg_id *out,
    struct csg_err *err)
{
	return get_node(l, 0, index, out, err);
}

enum csg_rc
csg_ledger_head(struct csg_ledger *l, uint64_t epoch, struct csg_tree_head *out,
    struct csg_err *err)
{
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	out->epoch = epoch;
	if ((rc = csg_ledger_size(l, &out->size, err)) != CSG_OK ||
	    (rc = csg_ledger_name(l, &out->log, err)) != CSG_OK)
		return rc;
	return csg_ledger_root(l, out->size, &out->root, err);
}

enum csg_rc
csg_ledger_includes_head(struct csg_ledger *l, uint64_t epoch,
    const struct csg_tree_head *seen, struct csg_err *err)
{
	struct csg_tree_head own;
	struct csg_id root;
	enum csg_rc rc;

	if (seen->epoch < epoch)
		return CSG_OK;
	if (seen->epoch > epoch)
		return csg_fail(err, CSG_R_LOG,
		    "a head of epoch %llu was seen, but this ledger is in epoch %llu",
		    (unsigned long long)seen->epoch, (unsigned long long)epoch);
	if ((rc = csg_ledger_head(l, epoch, &own, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&seen->log, &own.log))
		return csg_fail(err, CSG_R_LOG,
		    "the head that was seen belongs to another log");
	if (seen->size > own.size)
		return csg_fail(err, CSG_R_LOG,
		    "a head of %llu entries was seen, but this ledger has %llu: it was rolled back",
		    (unsigned long long)seen->size,
		    (unsigned long long)own.size);
	if ((rc = csg_ledger_root(l, seen->size, &root, err)) != CSG_OK)
		return rc;
	return csg_id_equal(&root, &seen->root) ?
	    CSG_OK :
	    csg_fail(err, CSG_R_LOG,
		"a head of %llu entries was seen that is not this ledger's: it was forked or changed",
		(unsigned long long)seen->size);
}

enum csg_rc
csg_ledger_holds_earlier(
    struct csg_ledger *l, const struct csg_receipt *r, struct csg_err *err)
{
	struct csg_tree_head h = r->tree;
	uint64_t own;
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(l, &own, err)) != CSG_OK)
		return rc;
	for (i = 0; i < r->nearlier && r->earlier[i].size <= own; i++) {
		h.size = r->earlier[i].size;
		if ((rc = csg_ledger_root(l, h.size, &h.root, err)) != CSG_OK)
			return rc;
		if (!csg_receipt_extends(r, &h))
			return csg_fail(err, CSG_R_LOG,
			    "receipt: its consistency proof from %llu entries does not verify",
			    (unsigned long long)h.size);
	}
	return CSG_OK;
}

/* ---- rows ---- */

static bool
read_kind(const char *word, enum csg_entry_kind *out)
{
	size_t k;

	for (k = 0; word != NULL && csg_entry_words[k] != NULL; k++)
		if (strcmp(word, csg_entry_words[k]) == 0) {
			*out = (enum csg_entry_kind)k;
			return true;
		}
	return false;
}

#define ENTRY_COLUMNS \
	"seq, time, kind, request, claimed, policy, version, evidence, " \
	"profile, route, count, vote, reason, epoch, body"

/* The ids that an entry points to. */
struct entry_ids {
	struct csg_id request, policy, evidence, vote;
};

/* Read a row of these columns as an entry, and append its text. */
static enum csg_rc
read_row(struct csg_rows *r, struct csg_entry *e, struct entry_ids *ids,
    struct csg_buf *text, struct csg_err *err)
{
	const char *kind;

	memset(e, 0, sizeof(*e));
	e->seq = csg_row_uint(r, "seq");
	e->time = csg_row_int(r, "time");
	kind = csg_row_text(r, "kind");
	e->request = csg_row_id(r, "request", &ids->request);
	e->claimed = csg_row_int(r, "claimed");
	e->policy = csg_row_id(r, "policy", &ids->policy);
	e->version = csg_row_uint(r, "version");
	e->evidence = csg_row_id(r, "evidence", &ids->evidence);
	e->profile = csg_row_text(r, "profile");
	e->route = csg_row_text(r, "route");
	e->count = csg_row_uint(r, "count");
	e->vote = csg_row_id(r, "vote", &ids->vote);
	e->reason = csg_row_text(r, "reason");
	e->epoch = csg_row_uint(r, "epoch");
	e->body = csg_row_text(r, "body");
	if (csg_row_ok(r, err) != CSG_OK)
		return csg_err_prefix(
		    err, "ledger: entry %llu: ", (unsigned long long)e->seq);
	if (!read_kind(kind, &e->kind))
		return csg_fail(err, CSG_R_LOG,
		    "ledger: entry %llu is of an unknown kind",
		    (unsigned long long)e->seq);
	return csg_entry_text(e, text, err);
}

/* Read one batch, so that no statement keeps writers waiting for long; *from is
 * set to the number after the last entry read. */
static enum csg_rc
each_of_batch(struct csg_ledger *l, uint64_t *from, int64_t end,
    csg_ledger_visit visit, void *arg, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_uint(*from), csg_v_int(end),
		csg_v_int(CSG_LEDGER_BATCH) };
	struct csg_buf text = { 0 };
	struct entry_ids ids;
	struct csg_entry e;
	struct csg_rows *r;
	bool more = true;
	enum csg_rc rc;

	if ((rc = csg_store_ask(l->store,
		 "SELECT " ENTRY_COLUMNS " FROM entry WHERE seq >= $1 "
		 "AND seq <= $2 ORDER BY seq LIMIT $3",
		 v, 3, &r, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		if ((rc = read_row(r, &e, &ids, &text, err)) == CSG_OK) {
			*from = e.seq + 1;
			rc = visit(arg, &e, csg_buf_str(&text), err);
		}
		csg_buf_free(&text);
	}
	return csg_rows_end(r, rc, err);
}

enum csg_rc
csg_ledger_each(struct csg_ledger *l, uint64_t from, uint64_t upto,
    csg_ledger_visit visit, void *arg, struct csg_err *err)
{
	const int64_t end = upto != 0 ? (int64_t)upto : INT64_MAX;
	uint64_t last;
	enum csg_rc rc;

	do {
		last = from;
		rc = each_of_batch(l, &from, end, visit, arg, err);
	} while (rc == CSG_OK && from != last);
	return rc;
}

/* The text of one entry. */
static enum csg_rc
entry_text(struct csg_ledger *l, uint64_t seq, struct csg_buf *out,
    struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_uint(seq) };
	struct entry_ids ids;
	struct csg_entry e;
	struct csg_rows *r;
	bool more;
	enum csg_rc rc;

	if ((rc = csg_store_ask(l->store,
		 "SELECT " ENTRY_COLUMNS " FROM entry WHERE seq = $1", v, 1, &r,
		 err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK)
		rc = more ? read_row(r, &e, &ids, out, err) :
			    csg_fail(err, CSG_R_LOG, "ledger: no entry %llu",
				(unsigned long long)seq);
	return csg_rows_end(r, rc, err);
}

enum csg_rc
csg_ledger_check_one(struct csg_ledger *l, uint64_t seq, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_id leaf, stored;
	enum csg_rc rc;

	if ((rc = entry_text(l, seq, &text, err)) == CSG_OK &&
	    (rc = csg_merkle_leaf(text.data, text.len, &leaf, err)) == CSG_OK &&
	    (rc = csg_ledger_leaf(l, seq - 1, &stored, err)) == CSG_OK &&
	    !csg_id_equal(&leaf, &stored))
		rc = csg_fail(err, CSG_R_LOG,
		    "ledger: entry %llu does not match the tree",
		    (unsigned long long)seq);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_ledger_prove(struct csg_ledger *l, const struct csg_id *request,
    uint64_t epoch, struct csg_receipt *out, struct csg_err *err)
{
	const struct csg_merkle m = { get_node, l };
	const struct csg_value v[] = { csg_v_id(request) };
	struct csg_buf text = { 0 };
	int64_t seq;
	enum csg_rc rc;

	if ((rc = csg_store_int(l->store,
		 "SELECT seq AS n FROM entry WHERE request = $1 AND "
		 "kind = 'finish'",
		 v, 1, &seq, err)) != CSG_OK)
		return rc;
	if (seq == 0)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: the request is not finished");
	out->index = (uint64_t)seq - 1;
	if ((rc = entry_text(l, (uint64_t)seq, &text, err)) == CSG_OK &&
	    (rc = csg_ledger_head(l, epoch, &out->tree, err)) == CSG_OK &&
	    (rc = csg_merkle_inclusion(&m, out->index, out->tree.size,
		 out->path, &out->npath, err)) == CSG_OK &&
	    (out->entry = strdup(csg_buf_str(&text))) == NULL)
		rc = csg_fail_mem(err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_ledger_prove_earlier(struct csg_ledger *l, uint64_t size,
    struct csg_receipt *out, struct csg_err *err)
{
	const struct csg_merkle m = { get_node, l };
	struct csg_id path[CSG_MERKLE_PATH];
	size_t n;
	enum csg_rc rc;

	/* today's head needs no proof */
	if (size == out->tree.size)
		return CSG_OK;
	if ((rc = csg_merkle_consistency(
		 &m, size, out->tree.size, path, &n, err)) != CSG_OK)
		return rc;
	return csg_receipt_add_earlier(out, size, path, n, err);
}

/* ---- checking ---- */

/* State of the recomputation of the tree: peaks by level. */
struct rebuilding {
	struct csg_ledger *l;
	uint64_t from, next; /* seq */
	struct csg_id peak[64];
	int64_t time;
	uint64_t nodes;
};

/* The left sibling of a node: recomputed, or read from the tree if it lies
 * before the first entry checked. */
static enum csg_rc
left_of(const struct rebuilding *b, unsigned level, uint64_t index,
    struct csg_id *out, struct csg_err *err)
{
	if ((index - 1) << level < b->from - 1)
		return get_node(b->l, level, index - 1, out, err);
	*out = b->peak[level];
	return CSG_OK;
}

static enum csg_rc
check_order(
    struct rebuilding *b, const struct csg_entry *e, struct csg_err *err)
{
	if (e->seq != b->next)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: found entry %llu where %llu was expected",
		    (unsigned long long)e->seq, (unsigned long long)b->next);
	if (e->time < b->time)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: entry %llu is older than the entry before it",
		    (unsigned long long)e->seq);
	b->next++;
	b->time = e->time;
	return CSG_OK;
}

/* Compare the next leaf, and every subtree that it completes, with the tree. */
static enum csg_rc
rebuild(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	struct rebuilding *b = arg;
	struct csg_id hash, left, stored;
	uint64_t index = e->seq - 1;
	unsigned level = 0;
	enum csg_rc rc;

	if ((rc = check_order(b, e, err)) != CSG_OK)
		return rc;
	rc = csg_merkle_leaf(text, strlen(text), &hash, err);
	for (; rc == CSG_OK; index /= 2, level++) {
		if ((rc = get_node(b->l, level, index, &stored, err)) != CSG_OK)
			break;
		if (!csg_id_equal(&stored, &hash))
			return csg_fail(err, CSG_R_LOG,
			    "ledger: entry %llu does not match the tree",
			    (unsigned long long)e->seq);
		b->nodes++;
		if ((index & 1) == 0) {
			b->peak[level] = hash;
			break;
		}
		if ((rc = left_of(b, level, index, &left, err)) == CSG_OK)
			rc = csg_merkle_node(&left, &hash, &hash, err);
	}
	return rc;
}

enum csg_rc
csg_ledger_check(
    struct csg_ledger *l, uint64_t from, uint64_t *nodes, struct csg_err *err)
{
	struct rebuilding b = { .l = l, .from = from, .next = from };
	enum csg_rc rc;

	rc = csg_ledger_each(l, from, 0, rebuild, &b, err);
	*nodes = b.nodes;
	return rc;
}

/* ---- growing ---- */

static enum csg_rc
insert_node(struct csg_ledger *l, unsigned level, uint64_t index,
    const struct csg_id *hash, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_uint(level), csg_v_uint(index),
		csg_v_id(hash) };

	return csg_store_execute(l->store,
	    "INSERT INTO node (level, idx, hash) VALUES ($1, $2, $3)", v, 3,
	    err);
}

static enum csg_rc
insert_row(struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_uint(e->seq), csg_v_int(e->time),
		csg_v_text(csg_entry_words[e->kind]), csg_v_id(e->request),
		csg_v_uint_or_null((uint64_t)e->claimed), csg_v_id(e->policy),
		csg_v_uint_or_null(e->version), csg_v_id(e->evidence),
		csg_v_text(e->profile), csg_v_text(e->route),
		csg_v_uint_or_null(e->count), csg_v_id(e->vote),
		csg_v_text(e->reason), csg_v_uint_or_null(e->epoch),
		csg_v_text(e->body) };

	return csg_store_execute(l->store,
	    "INSERT INTO entry (" ENTRY_COLUMNS ") VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
	    v, sizeof(v) / sizeof(v[0]), err);
}

enum csg_rc
csg_ledger_insert(
    struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_id hash = { { 0 } }, left;
	uint64_t index = e->seq - 1;
	unsigned level = 0;
	enum csg_rc rc;

	if ((rc = insert_row(l, e, err)) == CSG_OK &&
	    (rc = csg_entry_text(e, &text, err)) == CSG_OK)
		rc = csg_merkle_leaf(text.data, text.len, &hash, err);
	csg_buf_free(&text);
	/* the new leaf, and every subtree that it completes */
	while (rc == CSG_OK &&
	    (rc = insert_node(l, level, index, &hash, err)) == CSG_OK &&
	    (index & 1) != 0) {
		if ((rc = get_node(l, level, index - 1, &left, err)) == CSG_OK)
			rc = csg_merkle_node(&left, &hash, &hash, err);
		index /= 2;
		level++;
	}
	return rc;
}
