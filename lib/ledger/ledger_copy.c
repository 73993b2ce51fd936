/* Copying and comparing ledgers, and the entry of a recovery. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/ledger/ledger_db.h"

static enum csg_rc
copy_entry(void *copy, const struct csg_entry *e, const char *text,
    struct csg_err *err)
{
	(void)text;
	return csg_ledger_insert(copy, e, err);
}

/* Is the copy the beginning of the ledger?  *size is set to the size of the
 * copy. */
static enum csg_rc
check_beginning(struct csg_ledger *copy, struct csg_ledger *l, uint64_t *size,
    struct csg_err *err)
{
	struct csg_id own, theirs;
	uint64_t all;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(copy, size, err)) != CSG_OK ||
	    (rc = csg_ledger_size(l, &all, err)) != CSG_OK)
		return rc;
	if (*size > all)
		return csg_fail(err, CSG_R_LOG,
		    "the copy has %llu entries, but the ledger only %llu: the ledger was rolled back",
		    (unsigned long long)*size, (unsigned long long)all);
	if ((rc = csg_ledger_root(copy, *size, &theirs, err)) != CSG_OK ||
	    (rc = csg_ledger_root(l, *size, &own, err)) != CSG_OK)
		return rc;
	return csg_id_equal(&own, &theirs) ?
	    CSG_OK :
	    csg_fail(err, CSG_R_LOG, "the copy belongs to another history");
}

enum csg_rc
csg_ledger_extend(struct csg_ledger *copy, struct csg_ledger *l, uint64_t upto,
    struct csg_err *err)
{
	uint64_t size;
	enum csg_rc rc;

	if ((rc = check_beginning(copy, l, &size, err)) != CSG_OK ||
	    (rc = csg_store_begin_write(copy->store, err)) != CSG_OK)
		return rc;
	rc = csg_ledger_each(l, size + 1, upto, copy_entry, copy, err);
	return csg_store_end(copy->store, rc, err);
}

static enum csg_rc
copy_receipt(void *copy, const struct csg_id *request, uint64_t seq,
    const char *armoured, struct csg_err *err)
{
	(void)seq;
	return csg_ledger_keep_receipt(copy, request, armoured, err);
}

enum csg_rc
csg_ledger_copy_receipts(
    struct csg_ledger *copy, struct csg_ledger *l, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_store_begin_write(copy->store, err)) != CSG_OK)
		return rc;
	rc = csg_ledger_each_receipt(l, copy_receipt, copy, err);
	return csg_store_end(copy->store, rc, err);
}

/* Are the first n entries the same in both? */
static enum csg_rc
is_same(struct csg_ledger *a, struct csg_ledger *b, uint64_t n, bool *out,
    struct csg_err *err)
{
	struct csg_id x, y;
	enum csg_rc rc;

	*out = false;
	if ((rc = csg_ledger_root(a, n, &x, err)) == CSG_OK &&
	    (rc = csg_ledger_root(b, n, &y, err)) == CSG_OK)
		*out = csg_id_equal(&x, &y);
	return rc;
}

enum csg_rc
csg_ledger_compare(struct csg_ledger *a, struct csg_ledger *b, uint64_t *same,
    struct csg_err *err)
{
	uint64_t na, nb, lo = 0, hi, mid;
	bool equal;
	enum csg_rc rc;

	*same = 0;
	if ((rc = csg_ledger_size(a, &na, err)) != CSG_OK ||
	    (rc = csg_ledger_size(b, &nb, err)) != CSG_OK)
		return rc;
	for (hi = na < nb ? na : nb; lo < hi;) {
		mid = hi - (hi - lo) / 2;
		if ((rc = is_same(a, b, mid, &equal, err)) != CSG_OK)
			return rc;
		if (equal)
			lo = mid;
		else
			hi = mid - 1;
	}
	*same = lo;
	return CSG_OK;
}

enum csg_rc
csg_ledger_recover(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, uint64_t epoch, const char *text,
    struct csg_err *err)
{
	const struct csg_entry e = { .kind = CSG_E_RECOVER,
		.time = time,
		.policy = &p->id,
		.version = p->version,
		.epoch = epoch,
		.body = text };

	return csg_ledger_append(l, &e, err);
}

enum csg_rc
csg_ledger_ended_epoch(struct csg_ledger *l, uint64_t *out, struct csg_err *err)
{
	int64_t epoch;
	enum csg_rc rc;

	rc = csg_store_int(l->store,
	    "SELECT max(epoch) AS n FROM entry WHERE kind = 'recover'", NULL, 0,
	    &epoch, err);
	*out = (uint64_t)epoch;
	return rc;
}

enum csg_rc
csg_ledger_check_epoch(
    struct csg_ledger *l, uint64_t epoch, struct csg_err *err)
{
	uint64_t ended;
	enum csg_rc rc;

	if ((rc = csg_ledger_ended_epoch(l, &ended, err)) != CSG_OK ||
	    ended < epoch)
		return rc;
	return csg_fail(err, CSG_R_LOG,
	    "this ledger was rebuilt: nothing is signed until a policy with epoch %llu is in force (csg-log(1) RECOVERY)",
	    (unsigned long long)ended + 1);
}

enum csg_rc
csg_ledger_put_note(struct csg_ledger *l, const char *name, const char *text,
    struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_text(name), csg_v_text(text) };

	return csg_store_execute(l->store,
	    "INSERT INTO note (name, text) VALUES ($1, $2) "
	    "ON CONFLICT (name) DO UPDATE SET text = excluded.text",
	    v, 2, err);
}

enum csg_rc
csg_ledger_get_note(
    struct csg_ledger *l, const char *name, char **out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_text(name) };
	struct csg_rows *r;
	const char *text = NULL;
	bool more;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_store_ask(l->store,
		 "SELECT text FROM note WHERE name = $1", v, 1, &r, err)) !=
	    CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK && more)
		text = csg_row_text(r, "text");
	if (rc == CSG_OK && (rc = csg_row_ok(r, err)) == CSG_OK &&
	    text != NULL && (*out = strdup(text)) == NULL)
		rc = csg_fail_mem(err);
	return csg_rows_end(r, rc, err);
}
