/* Opening the ledger, and the checks made then. */
#include <stdlib.h>

#include "lib/ledger/ledger_db.h"

/* How many entries are checked when a ledger with at least twice as many is
 * opened; csg_ledger_verify() checks all. */
#define RECENT 1024

static enum csg_rc
new_ledger(struct csg_ledger **out, struct csg_err *err)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? CSG_OK : csg_fail_mem(err);
}

void
csg_ledger_close(struct csg_ledger *l)
{
	if (l == NULL)
		return;
	csg_store_close(l->store);
	free(l);
}

/* Return rc; if opening failed, close the ledger and set *l to NULL. */
static enum csg_rc
opened(struct csg_ledger **l, enum csg_rc rc)
{
	if (rc != CSG_OK) {
		csg_ledger_close(*l);
		*l = NULL;
	}
	return rc;
}

enum csg_rc
csg_ledger_make(const char *path, struct csg_ledger **out, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = new_ledger(out, err)) != CSG_OK)
		return rc;
	return opened(out, csg_store_create(path, &(*out)->store, err));
}

enum csg_rc
csg_ledger_create(const char *path, struct csg_err *err)
{
	struct csg_ledger *l;
	enum csg_rc rc;

	rc = csg_ledger_make(path, &l, err);
	csg_ledger_close(l);
	return rc;
}

enum csg_rc
csg_ledger_replace(
    const char *old, const char *new, const char *aside, struct csg_err *err)
{
	return csg_store_replace(old, new, aside, err);
}

/* ---- checks ---- */

static enum csg_rc
verify_once(struct csg_ledger *l, struct csg_err *err)
{
	uint64_t seen;
	int64_t n;
	enum csg_rc rc;

	if ((rc = csg_store_check(l->store, err)) != CSG_OK ||
	    (rc = csg_ledger_check(l, 1, &seen, err)) != CSG_OK ||
	    (rc = csg_store_int(l->store, "SELECT count(*) AS n FROM node",
		 NULL, 0, &n, err)) != CSG_OK)
		return rc;
	if ((uint64_t)n != seen)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: the tree has %lld nodes instead of %llu",
		    (long long)n, (unsigned long long)seen);
	if ((rc = csg_store_int(l->store,
		 "SELECT count(*) AS n FROM note WHERE name NOT IN "
		 "('chain', 'export')",
		 NULL, 0, &n, err)) == CSG_OK &&
	    n > 0)
		rc = csg_fail(
		    err, CSG_R_LOG, "ledger: a note has an unknown name");
	return rc;
}

/* Readers hold no lock: if the ledger grew during a failed check, check
 * again. */
enum csg_rc
csg_ledger_verify(struct csg_ledger *l, struct csg_err *err)
{
	uint64_t before, after;
	int tries;
	enum csg_rc rc, asked;

	for (tries = 0;; tries++) {
		if ((rc = csg_ledger_size(l, &before, err)) != CSG_OK ||
		    (rc = verify_once(l, err)) == CSG_OK || tries == 10)
			return rc;
		asked = csg_ledger_size(l, &after, NULL);
		if (asked != CSG_OK || after == before)
			return rc;
		csg_err_clear(err);
	}
}

/* Is the last leaf of the tree that of the last entry?  A missing earlier entry
 * would be found only by counting them all. */
static enum csg_rc
check_size(struct csg_ledger *l, uint64_t size, struct csg_err *err)
{
	int64_t leaves;
	enum csg_rc rc;

	if ((rc = csg_store_int(l->store,
		 "SELECT max(idx) + 1 AS n FROM node WHERE level = 0", NULL, 0,
		 &leaves, err)) != CSG_OK ||
	    (uint64_t)leaves == size)
		return rc;
	return csg_fail(err, CSG_R_LOG,
	    "ledger: the last entry is %llu, the last leaf of the tree %lld",
	    (unsigned long long)size, (long long)leaves);
}

/* The check made at each opening: all of a small ledger, the newest entries of
 * a large one, so that the work does not grow with the years. */
static enum csg_rc
check_recent(struct csg_ledger *l, struct csg_err *err)
{
	uint64_t size, seen;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(l, &size, err)) != CSG_OK ||
	    (rc = check_size(l, size, err)) != CSG_OK)
		return rc;
	if (size < 2 * RECENT)
		return csg_ledger_verify(l, err);
	return csg_ledger_check(l, size - RECENT + 1, &seen, err);
}

static enum csg_rc
open_checked(
    struct csg_ledger *l, const char *path, bool readonly, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_store_open(path, readonly, &l->store, err)) != CSG_OK ||
	    (rc = csg_store_begin_read(l->store, err)) != CSG_OK)
		return rc;
	rc = csg_store_end(l->store, check_recent(l, err), err);
	return rc == CSG_OK ? rc : csg_err_prefix(err, "%s: ", path);
}

enum csg_rc
csg_ledger_open(const char *path, bool readonly, struct csg_ledger **out,
    struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = new_ledger(out, err)) != CSG_OK)
		return rc;
	return opened(out, open_checked(*out, path, readonly, err));
}
