/* The ledger's file: schema, opening, and what is checked then. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/ledger/ledger_db.h"

#define APPLICATION_ID 0x63736731 /* "csg1" */
#define SCHEMA_VERSION 4

/* Entries that every opening checks: a block of so many, and what follows it.
 * csg_ledger_verify() checks all. */
#define RECENT 1024

/*
 * Entries are only ever added; the triggers keep honest code honest.  node is
 * the Merkle tree: the hashes of its full subtrees, of 2^level entries each.
 * receipt holds signed heads: what the outside has been given of the tree.
 * note tells of a copy where it comes from.
 */
static const char schema[] =
    "CREATE TABLE entry ("
    "  seq INTEGER PRIMARY KEY CHECK (seq > 0),"
    "  time INTEGER NOT NULL,"
    "  kind TEXT NOT NULL CHECK (kind IN ('found', 'key', 'claim', 'finish',"
    "    'abandon', 'reject', 'refuse', 'recover')),"
    "  request BLOB CHECK (length(request) = 32),"
    "  claimed INTEGER," /* T of a claim */
    "  policy BLOB CHECK (length(policy) = 32),"
    "  version INTEGER," /* of a policy put in force */
    "  evidence BLOB CHECK (length(evidence) = 32),"
    "  profile TEXT,"
    "  route TEXT,"
    "  count INTEGER," /* of artifacts */
    "  vote BLOB CHECK (length(vote) = 32)," /* of a rejection */
    "  reason TEXT," /* of a refusal */
    "  epoch INTEGER," /* that a recovery ended */
    "  body TEXT) STRICT;"
    "CREATE TABLE node ("
    "  level INTEGER NOT NULL,"
    "  idx INTEGER NOT NULL,"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32),"
    "  PRIMARY KEY (level, idx)) WITHOUT ROWID, STRICT;"
    "CREATE TABLE receipt ("
    "  request BLOB PRIMARY KEY CHECK (length(request) = 32),"
    "  message TEXT NOT NULL) STRICT;"
    "CREATE TABLE note ("
    "  name TEXT PRIMARY KEY,"
    "  text TEXT NOT NULL) STRICT;"
    "CREATE INDEX entry_request ON entry (request);"
    "CREATE INDEX entry_version ON entry (version)"
    "  WHERE version IS NOT NULL;"
    "CREATE INDEX entry_claim ON entry (profile, claimed)"
    "  WHERE kind = 'claim';"
    "CREATE INDEX entry_refuse ON entry (time) WHERE kind = 'refuse';"
    "CREATE INDEX entry_recover ON entry (epoch) WHERE kind = 'recover';"
    "CREATE TRIGGER entry_stays BEFORE UPDATE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'entries are not changed'); END;"
    "CREATE TRIGGER entry_remains BEFORE DELETE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'entries are not deleted'); END;"
    "CREATE TRIGGER node_stays BEFORE UPDATE ON node"
    "  BEGIN SELECT RAISE(ABORT, 'nodes are not changed'); END;"
    "CREATE TRIGGER node_remains BEFORE DELETE ON node"
    "  BEGIN SELECT RAISE(ABORT, 'nodes are not deleted'); END;";

/*
 * Rollback journal with EXTRA: when a commit returns, the entry and the
 * journal's removal have both reached the disk.  WAL would be faster for
 * many writers, but there is one, and it would leave two more files to lose.
 */
static enum csg_rc
configure(struct csg_ledger *l, struct csg_err *err)
{
	(void)sqlite3_extended_result_codes(l->db, 1);
	(void)sqlite3_busy_timeout(l->db, 5000);
	(void)sqlite3_limit(l->db, SQLITE_LIMIT_LENGTH, CSG_LEDGER_TEXT);
	return csg_db_script(l->db,
	    "PRAGMA trusted_schema = OFF;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA journal_mode = DELETE;"
	    "PRAGMA synchronous = EXTRA;",
	    err);
}

static enum csg_rc
open_db(
    const char *path, int flags, struct csg_ledger **out, struct csg_err *err)
{
	struct csg_ledger *l;
	enum csg_rc rc = CSG_OK;

	*out = NULL;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return csg_fail_mem(err);
	if (sqlite3_open_v2(path, &l->db,
		flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
		NULL) != SQLITE_OK)
		rc = csg_db_fail(l->db, path, err);
	else if ((rc = configure(l, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	if (rc != CSG_OK) {
		csg_ledger_close(l);
		return rc;
	}
	*out = l; /* transferred */
	return CSG_OK;
}

void
csg_ledger_close(struct csg_ledger *l)
{
	if (l == NULL)
		return;
	(void)sqlite3_close(l->db);
	free(l);
}

static enum csg_rc
make_schema(struct csg_ledger *l, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_db_script(l->db,
		 "BEGIN EXCLUSIVE;"
		 "PRAGMA application_id = 0x63736731;"
		 "PRAGMA user_version = 4;",
		 err)) == CSG_OK &&
	    (rc = csg_db_script(l->db, schema, err)) == CSG_OK)
		rc = csg_db_script(l->db, "COMMIT;", err);
	return rc;
}

enum csg_rc
csg_ledger_make(const char *path, struct csg_ledger **out, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	*out = NULL;
	fd = open(
	    path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return csg_fail(
		    err, CSG_R_LOG, "%s: %s", path, strerror(errno));
	(void)close(fd);
	if ((rc = open_db(path, SQLITE_OPEN_READWRITE, out, err)) == CSG_OK &&
	    (rc = make_schema(*out, err)) != CSG_OK) {
		csg_ledger_close(*out);
		*out = NULL;
	}
	return rc;
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

/* ---- checks ---- */

/* All that a database defines, in an order of its own. */
static enum csg_rc
read_schema(sqlite3 *db, struct csg_buf *out, struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	if ((rc = csg_db_prepare(db,
		 "SELECT group_concat(sql, ';') FROM (SELECT sql FROM "
		 "sqlite_schema WHERE sql IS NOT NULL ORDER BY name)",
		 NULL, 0, &st, err)) != CSG_OK)
		return rc;
	if ((rc = csg_db_step(db, st, &more, err)) == CSG_OK && more)
		csg_buf_add(out, sqlite3_column_blob(st, 0),
		    (size_t)sqlite3_column_bytes(st, 0));
	(void)sqlite3_finalize(st);
	return rc != CSG_OK ? rc : csg_buf_ok(out, err);
}

/* Nothing may be defined but what is ours: a view or a trigger more could
 * make us see what is not there. */
static enum csg_rc
check_schema(struct csg_ledger *l, const char *path, struct csg_err *err)
{
	struct csg_ledger *model = NULL;
	struct csg_buf is = { 0 }, should = { 0 };
	enum csg_rc rc;

	if ((rc = open_db(
		 ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, &model,
		 err)) == CSG_OK &&
	    (rc = make_schema(model, err)) == CSG_OK &&
	    (rc = read_schema(model->db, &should, err)) == CSG_OK &&
	    (rc = read_schema(l->db, &is, err)) == CSG_OK &&
	    (is.len != should.len || should.len == 0 ||
		memcmp(is.data, should.data, is.len) != 0))
		rc = csg_fail(err, CSG_R_LOG,
		    "%s: its tables, indexes and triggers are not those of a "
		    "ledger",
		    path);
	csg_buf_free(&is);
	csg_buf_free(&should);
	csg_ledger_close(model);
	return rc;
}

static enum csg_rc
check_ours(struct csg_ledger *l, const char *path, struct csg_err *err)
{
	int64_t app, version;
	enum csg_rc rc;

	if ((rc = csg_db_int(l->db, "PRAGMA application_id", NULL, 0, &app,
		 err)) != CSG_OK ||
	    (rc = csg_db_int(l->db, "PRAGMA user_version", NULL, 0, &version,
		 err)) != CSG_OK)
		return rc;
	if (app != APPLICATION_ID)
		return csg_fail(err, CSG_R_LOG, "%s: not a csg ledger", path);
	if (version != SCHEMA_VERSION)
		return csg_fail(err, CSG_R_LOG,
		    "%s: schema version %lld, this program knows %d", path,
		    (long long)version, SCHEMA_VERSION);
	return check_schema(l, path, err);
}

/* SQLite's own verdict, on indexes too: the first row is "ok". */
static enum csg_rc
check_integrity(struct csg_ledger *l, struct csg_err *err)
{
	sqlite3_stmt *st;
	const char *s = NULL;
	char *end;
	enum csg_rc rc;

	if ((rc = csg_db_prepare(l->db, "PRAGMA integrity_check(1)", NULL, 0,
		 &st, err)) != CSG_OK)
		return rc;
	if (sqlite3_step(st) == SQLITE_ROW)
		s = (const char *)sqlite3_column_text(st, 0);
	if (s == NULL || strcmp(s, "ok") != 0) {
		rc = csg_fail(err, CSG_R_LOG, "ledger: damaged: %s",
		    s != NULL ? s : sqlite3_errmsg(l->db));
		for (end = err != NULL ? strchr(err->text, '\n') : NULL;
		     end != NULL; end = strchr(end, '\n'))
			*end = ' ';
	}
	(void)sqlite3_finalize(st);
	return rc;
}

static enum csg_rc
verify_once(struct csg_ledger *l, struct csg_err *err)
{
	uint64_t seen;
	int64_t n;
	enum csg_rc rc;

	if ((rc = check_integrity(l, err)) != CSG_OK ||
	    (rc = csg_ledger_check(l, 1, &seen, err)) != CSG_OK ||
	    (rc = csg_db_int(l->db, "SELECT count(*) FROM node", NULL, 0, &n,
		 err)) != CSG_OK)
		return rc;
	if ((uint64_t)n != seen)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: the tree has %lld nodes, not %llu", (long long)n,
		    (unsigned long long)seen);
	if ((rc = csg_db_int(l->db,
		 "SELECT count(*) FROM note WHERE name NOT IN "
		 "('chain', 'export')",
		 NULL, 0, &n, err)) == CSG_OK &&
	    n > 0)
		rc =
		    csg_fail(err, CSG_R_LOG, "ledger: a note of no known name");
	return rc;
}

/* Readers hold no lock: what grew meanwhile is looked at again. */
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

/* What every opening looks at: all of a small ledger, else the newest entries,
 * so that the work does not grow with the years. */
static enum csg_rc
check_recent(struct csg_ledger *l, const char *path, struct csg_err *err)
{
	uint64_t size, from, seen;
	int64_t rows;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(l, &size, err)) != CSG_OK ||
	    (rc = csg_db_int(l->db, "SELECT count(*) FROM entry", NULL, 0,
		 &rows, err)) != CSG_OK)
		return rc;
	if ((uint64_t)rows != size)
		return csg_fail(err, CSG_R_LOG,
		    "%s: ledger: entries are missing: there are %lld of %llu",
		    path, (long long)rows, (unsigned long long)size);
	if (size < 2 * RECENT)
		rc = csg_ledger_verify(l, err);
	else {
		from = (size / RECENT - 1) * RECENT + 1;
		rc = csg_ledger_check(l, from, &seen, err);
	}
	return rc == CSG_OK ? rc : csg_err_prefix(err, "%s: ", path);
}

enum csg_rc
csg_ledger_open(const char *path, bool readonly, struct csg_ledger **out,
    struct csg_err *err)
{
	struct stat st;
	enum csg_rc rc;

	*out = NULL;
	if (lstat(path, &st) == -1)
		return csg_fail(
		    err, CSG_R_LOG, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return csg_fail(err, CSG_R_LOG, "%s: %s", path,
		    S_ISREG(st.st_mode) ? "empty" : "no regular file");
	if ((rc = open_db(path,
		 readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, out,
		 err)) != CSG_OK)
		return rc;
	if (!readonly && sqlite3_db_readonly((*out)->db, "main") != 0)
		rc = csg_fail(err, CSG_R_LOG, "%s: can't be written", path);
	else if ((rc = check_ours(*out, path, err)) == CSG_OK)
		rc = check_recent(*out, path, err);
	if (rc != CSG_OK) {
		csg_ledger_close(*out);
		*out = NULL;
	}
	return rc;
}
