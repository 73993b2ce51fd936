/* The store as a SQLite file.  No other file knows SQLite. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "lib/base/buf.h"
#include "lib/base/io.h"
#include "lib/ledger/store.h"

#define APPLICATION_ID 0x63736731 /* "csg1" */
#define SCHEMA_VERSION 4
#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

/* How long to wait for other processes' locks. */
#define BUSY_MS 5000

/*
 * The schema, ordered by name and worded as SQLite keeps it.  The triggers
 * guard against mistakes in csg's own code.  node is the Merkle tree: the
 * hashes of its full subtrees of 2^level entries each.  receipt holds signed
 * heads, which were given to others.  note says where a copy comes from.
 */
static const char *const schema[] = {
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
	"  body TEXT) STRICT",
	"CREATE INDEX entry_claim ON entry (profile, claimed)"
	"  WHERE kind = 'claim'",
	"CREATE INDEX entry_recover ON entry (epoch) WHERE kind = 'recover'",
	"CREATE INDEX entry_refuse ON entry (time) WHERE kind = 'refuse'",
	"CREATE TRIGGER entry_remains BEFORE DELETE ON entry"
	"  BEGIN SELECT RAISE(ABORT, 'entries are not deleted'); END",
	"CREATE INDEX entry_request ON entry (request)",
	"CREATE TRIGGER entry_stays BEFORE UPDATE ON entry"
	"  BEGIN SELECT RAISE(ABORT, 'entries are not changed'); END",
	"CREATE INDEX entry_version ON entry (version)"
	"  WHERE version IS NOT NULL",
	"CREATE TABLE node ("
	"  level INTEGER NOT NULL,"
	"  idx INTEGER NOT NULL,"
	"  hash BLOB NOT NULL CHECK (length(hash) = 32),"
	"  PRIMARY KEY (level, idx)) WITHOUT ROWID, STRICT",
	"CREATE TRIGGER node_remains BEFORE DELETE ON node"
	"  BEGIN SELECT RAISE(ABORT, 'nodes are not deleted'); END",
	"CREATE TRIGGER node_stays BEFORE UPDATE ON node"
	"  BEGIN SELECT RAISE(ABORT, 'nodes are not changed'); END",
	"CREATE TABLE note ("
	"  name TEXT PRIMARY KEY,"
	"  text TEXT NOT NULL) STRICT",
	"CREATE TABLE receipt ("
	"  request BLOB PRIMARY KEY CHECK (length(request) = 32),"
	"  message TEXT NOT NULL) STRICT",
};
#define SCHEMA_SIZE (sizeof(schema) / sizeof(schema[0]))

struct csg_store {
	sqlite3 *db;
	bool is_writer;
	bool writing; /* a write transaction was begun */
	struct csg_rows *idle; /* unused statements, the last used first */
};

/* A prepared statement and its current row: the names of its columns, and the
 * position after the column read last. */
struct csg_rows {
	struct csg_rows *next;
	struct csg_store *store;
	const char *sql;
	sqlite3_stmt *st;
	char **column;
	size_t n, at;
	const char *wrong; /* the first column that could not be read */
	const char *why;
};

static enum csg_rc
fail(sqlite3 *db, const char *what, struct csg_err *err)
{
	if (db == NULL || (sqlite3_errcode(db) & 0xff) == SQLITE_NOMEM)
		return csg_fail_mem(err);
	return csg_fail(
	    err, CSG_R_LOG, "ledger: %s: %s", what, sqlite3_errmsg(db));
}

/* Run statements without values and rows. */
static enum csg_rc
script(struct csg_store *s, const char *sql, struct csg_err *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(s->db, sql, err);
	return CSG_OK;
}

static int
bind_value(sqlite3_stmt *st, int at, const struct csg_value *v)
{
	switch (v->type) {
	case CSG_V_INT: return sqlite3_bind_int64(st, at, v->i);
	case CSG_V_ID:
		return sqlite3_bind_blob(
		    st, at, v->id->b, sizeof(v->id->b), SQLITE_STATIC);
	case CSG_V_TEXT:
		return sqlite3_bind_text(st, at, v->s, -1, SQLITE_STATIC);
	case CSG_V_NULL: break;
	}
	return sqlite3_bind_null(st, at);
}

/* ---- prepared statements ---- */

static void
free_statement(struct csg_rows *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		free(r->column[i]);
	free(r->column);
	(void)sqlite3_finalize(r->st);
	free(r);
}

/* SQLite's own names live only until it prepares the statement again. */
static enum csg_rc
copy_names(struct csg_rows *r, struct csg_err *err)
{
	int i, n = sqlite3_column_count(r->st);
	const char *name;

	if ((r->column = calloc((size_t)n + 1, sizeof(*r->column))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < n; i++) {
		if ((name = sqlite3_column_name(r->st, i)) == NULL ||
		    (r->column[r->n] = strdup(name)) == NULL)
			return csg_fail_mem(err);
		r->n++;
	}
	return CSG_OK;
}

/* Are the parameters of the statement $1, $2, ..., in this order? */
static bool
has_values(sqlite3_stmt *st)
{
	char should[16];
	const char *is;
	int i;

	for (i = 1; i <= sqlite3_bind_parameter_count(st); i++) {
		(void)snprintf(should, sizeof(should), "$%d", i);
		if ((is = sqlite3_bind_parameter_name(st, i)) == NULL ||
		    strcmp(is, should) != 0)
			return false;
	}
	return true;
}

static enum csg_rc
prepare(struct csg_store *s, const char *sql, struct csg_rows **out,
    struct csg_err *err)
{
	struct csg_rows *r;
	enum csg_rc rc;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return csg_fail_mem(err);
	r->store = s;
	r->sql = sql;
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&r->st, NULL) != SQLITE_OK)
		rc = fail(s->db, "query failed", err);
	else if (!has_values(r->st))
		rc = csg_fail(err, CSG_R_LOG,
		    "ledger: query failed: the parameters of '%.80s' are not $1, $2, ...",
		    sql);
	else if ((rc = copy_names(r, err)) == CSG_OK) {
		*out = r; /* transferred */
		r = NULL;
	}
	free_statement(r);
	return rc;
}

/* Take an idle statement with that text, or prepare one; bind the values. */
static enum csg_rc
take_statement(struct csg_store *s, const char *sql, const struct csg_value *v,
    size_t n, struct csg_rows **out, struct csg_err *err)
{
	struct csg_rows **at = &s->idle, *r;
	size_t i;
	enum csg_rc rc;

	while ((r = *at) != NULL && r->sql != sql && strcmp(r->sql, sql) != 0)
		at = &r->next;
	if (r != NULL)
		*at = r->next;
	else if ((rc = prepare(s, sql, &r, err)) != CSG_OK)
		return rc;
	*out = r;
	if ((size_t)sqlite3_bind_parameter_count(r->st) != n)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: query failed: '%.80s' does not take %zu values",
		    sql, n);
	for (i = 0; i < n; i++)
		if (bind_value(r->st, (int)i + 1, &v[i]) != SQLITE_OK)
			return fail(s->db, "query failed", err);
	return CSG_OK;
}

static void
give_back(struct csg_rows *r)
{
	if (r == NULL)
		return;
	(void)sqlite3_reset(r->st);
	(void)sqlite3_clear_bindings(r->st);
	r->at = 0;
	r->wrong = r->why = NULL;
	r->next = r->store->idle;
	r->store->idle = r;
}

/* ---- rows ---- */

static enum csg_rc
begin_if_idle(struct csg_store *s, struct csg_err *err)
{
	return sqlite3_get_autocommit(s->db) != 0 ? script(s, "BEGIN", err) :
						    CSG_OK;
}

enum csg_rc
csg_store_ask(struct csg_store *s, const char *sql, const struct csg_value *v,
    size_t n, struct csg_rows **out, struct csg_err *err)
{
	struct csg_rows *r = NULL;
	enum csg_rc rc;

	*out = NULL;
	if ((s->is_writer && (rc = begin_if_idle(s, err)) != CSG_OK) ||
	    (rc = take_statement(s, sql, v, n, &r, err)) != CSG_OK) {
		give_back(r);
		return rc;
	}
	*out = r;
	return CSG_OK;
}

enum csg_rc
csg_rows_next(struct csg_rows *r, bool *more, struct csg_err *err)
{
	int step;
	enum csg_rc rc;

	*more = false;
	if ((rc = csg_row_ok(r, err)) != CSG_OK)
		return rc;
	step = sqlite3_step(r->st);
	*more = step == SQLITE_ROW;
	return step == SQLITE_ROW || step == SQLITE_DONE ?
	    CSG_OK :
	    fail(r->store->db, "reading failed", err);
}

enum csg_rc
csg_rows_end(struct csg_rows *r, enum csg_rc rc, struct csg_err *err)
{
	if (rc == CSG_OK)
		rc = csg_row_ok(r, err);
	give_back(r);
	return rc;
}

enum csg_rc
csg_row_ok(const struct csg_rows *r, struct csg_err *err)
{
	if (r->wrong == NULL)
		return CSG_OK;
	return csg_fail(err, CSG_R_LOG, "column %s: %s", r->wrong, r->why);
}

static void
set_wrong(struct csg_rows *r, const char *column, const char *why)
{
	if (r->wrong != NULL)
		return;
	r->wrong = column;
	r->why = why;
}

/* The column of that name and type; -1 if there is none or it is NULL. Columns
 * are mostly read in order, so the search begins after the last one. */
static int
find_column(struct csg_rows *r, const char *column, int type)
{
	size_t i, at;
	int is;

	for (i = 0; i < r->n; i++) {
		at = (r->at + i) % r->n;
		if (strcmp(r->column[at], column) != 0)
			continue;
		r->at = at + 1;
		is = sqlite3_column_type(r->st, (int)at);
		if (is == type)
			return (int)at;
		if (is != SQLITE_NULL)
			set_wrong(r, column, "unexpected type");
		return -1;
	}
	set_wrong(r, column, "not in the result");
	return -1;
}

int64_t
csg_row_int(struct csg_rows *r, const char *column)
{
	int at = find_column(r, column, SQLITE_INTEGER);

	return at >= 0 ? sqlite3_column_int64(r->st, at) : 0;
}

const char *
csg_row_text(struct csg_rows *r, const char *column)
{
	int at = find_column(r, column, SQLITE_TEXT);
	const char *s;

	if (at < 0)
		return NULL;
	if ((s = (const char *)sqlite3_column_text(r->st, at)) == NULL)
		set_wrong(r, column, "cannot be read");
	else if (strlen(s) != (size_t)sqlite3_column_bytes(r->st, at))
		set_wrong(r, column, "the text contains a NUL");
	return s;
}

const struct csg_id *
csg_row_id(struct csg_rows *r, const char *column, struct csg_id *to)
{
	int at = find_column(r, column, SQLITE_BLOB);

	if (at < 0)
		return NULL;
	if (sqlite3_column_bytes(r->st, at) != sizeof(to->b)) {
		set_wrong(r, column, "not an id");
		return NULL;
	}
	memcpy(to->b, sqlite3_column_blob(r->st, at), sizeof(to->b));
	return to;
}

/* ---- transactions ---- */

enum csg_rc
csg_store_begin_read(struct csg_store *s, struct csg_err *err)
{
	return begin_if_idle(s, err);
}

enum csg_rc
csg_store_begin_write(struct csg_store *s, struct csg_err *err)
{
	enum csg_rc rc;

	/* A read lock is not upgraded to a write lock: two processes could wait
	 * for each other.  ROLLBACK only ends a read transaction here. */
	if (sqlite3_get_autocommit(s->db) == 0 &&
	    (rc = script(s, "ROLLBACK", err)) != CSG_OK)
		return rc;
	if ((rc = script(s, "BEGIN IMMEDIATE", err)) == CSG_OK)
		s->writing = true;
	return rc;
}

enum csg_rc
csg_store_end(struct csg_store *s, enum csg_rc rc, struct csg_err *err)
{
	bool was_writing = s->writing;

	s->writing = false;
	if (s->is_writer && !was_writing)
		return rc; /* a writer's read transaction stays open */
	if (rc == CSG_OK)
		rc = script(s, "COMMIT", err);
	if (rc != CSG_OK)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static enum csg_rc
execute(struct csg_store *s, const char *sql, const struct csg_value *v,
    size_t n, struct csg_err *err)
{
	struct csg_rows *r = NULL;
	enum csg_rc rc;

	if ((rc = take_statement(s, sql, v, n, &r, err)) == CSG_OK &&
	    sqlite3_step(r->st) != SQLITE_DONE)
		rc = fail(s->db, "writing failed", err);
	give_back(r);
	return rc;
}

enum csg_rc
csg_store_execute(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, struct csg_err *err)
{
	enum csg_rc rc;

	if (s->writing)
		return execute(s, sql, v, n, err);
	if ((rc = csg_store_begin_write(s, err)) != CSG_OK)
		return rc;
	return csg_store_end(s, execute(s, sql, v, n, err), err);
}

/* ---- the file ---- */

/* An integer that a PRAGMA returns, in its only column. */
static enum csg_rc
read_pragma(struct csg_store *s, const char *sql, const char *column,
    int64_t *out, struct csg_err *err)
{
	struct csg_rows *r;
	bool more;
	enum csg_rc rc;

	*out = 0;
	if ((rc = csg_store_ask(s, sql, NULL, 0, &r, err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK && more)
		*out = csg_row_int(r, column);
	return csg_rows_end(r, rc, err);
}

/* SQLite reports no error for a PRAGMA that it cannot apply, so read them
 * back. */
static enum csg_rc
check_durable(struct csg_store *s, struct csg_err *err)
{
	enum { EXTRA = 3 };
	struct csg_rows *r;
	const char *mode = NULL;
	int64_t level;
	bool more, deletes = false;
	enum csg_rc rc;

	if ((rc = read_pragma(s, "PRAGMA synchronous", "synchronous", &level,
		 err)) != CSG_OK ||
	    (rc = csg_store_ask(s, "PRAGMA journal_mode", NULL, 0, &r, err)) !=
		CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK && more)
		mode = csg_row_text(r, "journal_mode");
	deletes = mode != NULL && strcmp(mode, "delete") == 0;
	if ((rc = csg_rows_end(r, rc, err)) != CSG_OK)
		return rc;
	if (!deletes || level != EXTRA)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: SQLite can't write it durably (journal_mode = DELETE, synchronous = EXTRA)");
	return CSG_OK;
}

/*
 * Rollback journal with EXTRA: when a commit returns, the entry and the removal
 * of the journal have both reached the disk.  WAL would be faster for many
 * writers, but there is only one, and WAL would add two more files that can be
 * lost.
 */
static enum csg_rc
configure(struct csg_store *s, struct csg_err *err)
{
	enum csg_rc rc;

	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, CSG_STORE_TEXT);
	if ((rc = script(s,
		 "PRAGMA trusted_schema = OFF;"
		 "PRAGMA cell_size_check = ON;"
		 "PRAGMA journal_mode = DELETE;"
		 "PRAGMA synchronous = EXTRA;",
		 err)) != CSG_OK)
		return rc;
	return check_durable(s, err);
}

static enum csg_rc
open_db(const char *path, bool readonly, struct csg_store **out,
    struct csg_err *err)
{
	int flags = readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	struct csg_store *s;
	enum csg_rc rc = CSG_OK;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return csg_fail_mem(err);
	s->is_writer = !readonly;
	/* NOMUTEX: no two threads use a store at the same time */
	if (sqlite3_open_v2(path, &s->db,
		flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		rc = fail(s->db, path, err);
	else if ((rc = configure(s, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	if (rc != CSG_OK) {
		csg_store_close(s);
		return rc;
	}
	*out = s; /* transferred */
	return CSG_OK;
}

void
csg_store_close(struct csg_store *s)
{
	struct csg_rows *r;

	if (s == NULL)
		return;
	while ((r = s->idle) != NULL) {
		s->idle = r->next;
		free_statement(r);
	}
	(void)sqlite3_close(s->db);
	free(s);
}

static enum csg_rc
make_schema(struct csg_store *s, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_store_begin_write(s, err)) != CSG_OK)
		return rc;
	rc = script(s,
	    "PRAGMA application_id = " TEXT_OF(
		APPLICATION_ID) ";"
				"PRAGMA user_version = " TEXT_OF(
				    SCHEMA_VERSION) ";",
	    err);
	for (i = 0; i < SCHEMA_SIZE && rc == CSG_OK; i++)
		rc = script(s, schema[i], err);
	return csg_store_end(s, rc, err);
}

enum csg_rc
csg_store_create(const char *path, struct csg_store **out, struct csg_err *err)
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
	if ((rc = open_db(path, false, out, err)) == CSG_OK &&
	    (rc = make_schema(*out, err)) != CSG_OK) {
		csg_store_close(*out);
		*out = NULL;
	}
	return rc;
}

/* The journal of a killed writer moves with its database: next to the new
 * database, it would be rolled back into that. */
static enum csg_rc
move_journal(const char *old, const char *aside, struct csg_err *err)
{
	struct csg_buf from = { 0 }, to = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&from, "%s-journal", old);
	csg_buf_printf(&to, "%s-journal", aside);
	if ((rc = csg_buf_ok(&from, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&to, err)) == CSG_OK &&
	    rename(csg_buf_str(&from), csg_buf_str(&to)) == -1 &&
	    errno != ENOENT)
		rc = csg_fail_errno(err, "%s", csg_buf_str(&to));
	csg_buf_free(&from);
	csg_buf_free(&to);
	return rc;
}

enum csg_rc
csg_store_replace(
    const char *old, const char *new, const char *aside, struct csg_err *err)
{
	enum csg_rc rc;

	/* a link, so that a store exists under this name at all times */
	if (link(old, aside) == -1 && errno != ENOENT)
		return csg_fail_errno(err, "%s", aside);
	/* the journal's removal is durable before the new store gets the
	 * name */
	if ((rc = move_journal(old, aside, err)) != CSG_OK ||
	    (rc = csg_io_sync_parent(old, err)) != CSG_OK)
		return rc;
	if (rename(new, old) == -1)
		return csg_fail_errno(err, "%s", new);
	/* so that the old store is not back after a crash */
	return csg_io_sync_parent(old, err);
}

/* ---- checks ---- */

/* Only our own schema is allowed: an additional view or trigger could make us
 * read something that is not there. */
static enum csg_rc
compare_schema(struct csg_store *s, bool *same, struct csg_err *err)
{
	struct csg_rows *r;
	const char *sql;
	size_t n = 0;
	bool more = true;
	enum csg_rc rc;

	*same = true;
	if ((rc = csg_store_ask(s,
		 "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
		 "ORDER BY name",
		 NULL, 0, &r, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		sql = csg_row_text(r, "sql");
		if ((rc = csg_row_ok(r, err)) == CSG_OK)
			*same = *same && n < SCHEMA_SIZE &&
			    strcmp(sql, schema[n]) == 0;
		n++;
	}
	*same = *same && n == SCHEMA_SIZE;
	return csg_rows_end(r, rc, err);
}

static enum csg_rc
check_ours(struct csg_store *s, const char *path, struct csg_err *err)
{
	int64_t app, version;
	bool same;
	enum csg_rc rc;

	if ((rc = read_pragma(s, "PRAGMA application_id", "application_id",
		 &app, err)) != CSG_OK ||
	    (rc = read_pragma(s, "PRAGMA user_version", "user_version",
		 &version, err)) != CSG_OK)
		return rc;
	if (app != APPLICATION_ID)
		return csg_fail(err, CSG_R_LOG, "%s: not a csg ledger", path);
	if (version != SCHEMA_VERSION)
		return csg_fail(err, CSG_R_LOG,
		    "%s: has schema version %lld, but this program knows only %d",
		    path, (long long)version, SCHEMA_VERSION);
	if ((rc = compare_schema(s, &same, err)) != CSG_OK || same)
		return rc;
	return csg_fail(err, CSG_R_LOG,
	    "%s: its tables, indexes or triggers are not those of a ledger",
	    path);
}

enum csg_rc
csg_store_open(const char *path, bool readonly, struct csg_store **out,
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
		    S_ISREG(st.st_mode) ? "empty" : "not a regular file");
	if ((rc = open_db(path, readonly, out, err)) != CSG_OK)
		return rc;
	if (!readonly && sqlite3_db_readonly((*out)->db, "main") != 0)
		rc = csg_fail(err, CSG_R_LOG, "%s: not writable", path);
	else if ((rc = csg_store_begin_read(*out, err)) == CSG_OK)
		rc = csg_store_end(*out, check_ours(*out, path, err), err);
	if (rc != CSG_OK) {
		csg_store_close(*out);
		*out = NULL;
	}
	return rc;
}

/* Run SQLite's integrity check, indexes included; its first row is "ok" if it
 * found nothing. */
enum csg_rc
csg_store_check(struct csg_store *s, struct csg_err *err)
{
	struct csg_rows *r;
	const char *verdict = NULL;
	bool more;
	char *end;
	enum csg_rc rc;

	if ((rc = csg_store_ask(
		 s, "PRAGMA integrity_check(1)", NULL, 0, &r, err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) != CSG_OK)
		rc = fail(s->db, "damaged", err);
	else if (more)
		verdict = csg_row_text(r, "integrity_check");
	if (rc == CSG_OK && (verdict == NULL || strcmp(verdict, "ok") != 0)) {
		rc = csg_fail(err, CSG_R_LOG, "ledger: damaged: %s",
		    verdict != NULL ? verdict : "no result");
		for (end = err != NULL ? strchr(err->text, '\n') : NULL;
		    end != NULL; end = strchr(end, '\n'))
			*end = ' ';
	}
	return csg_rows_end(r, rc, err);
}
