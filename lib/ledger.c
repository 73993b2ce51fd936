#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "lib/io.h"
#include "lib/ledger.h"

#define APPLICATION_ID 0x63736731 /* "csg1" */
#define SCHEMA_VERSION 3

struct csg_ledger {
	sqlite3 *db;
};

/*
 * Entries are only ever added; the triggers keep honest code honest.  veto
 * holds the rejections that outlive their files.
 */
static const char schema[] =
    "PRAGMA application_id = 0x63736731;"
    "PRAGMA user_version = 3;"
    "CREATE TABLE entry ("
    "  seq INTEGER PRIMARY KEY CHECK (seq > 0),"
    "  time INTEGER NOT NULL,"
    "  kind TEXT NOT NULL CHECK (kind IN"
    "    ('found', 'claim', 'finish', 'abandon')),"
    "  request BLOB CHECK (length(request) = 32),"
    "  claimed INTEGER," /* T of a claim */
    "  policy BLOB CHECK (length(policy) = 32),"
    "  version INTEGER," /* of a policy put in force */
    "  evidence BLOB CHECK (length(evidence) = 32),"
    "  profile TEXT,"
    "  route TEXT,"
    "  count INTEGER," /* of artifacts */
    "  body TEXT) STRICT;"
    /* the Merkle tree over the entries: hashes of its full subtrees, of
     * 2^level entries each */
    "CREATE TABLE node ("
    "  level INTEGER NOT NULL,"
    "  idx INTEGER NOT NULL,"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32),"
    "  PRIMARY KEY (level, idx)) WITHOUT ROWID, STRICT;"
    "CREATE INDEX entry_request ON entry (request);"
    "CREATE INDEX entry_version ON entry (version);"
    "CREATE TABLE veto ("
    "  request BLOB NOT NULL CHECK (length(request) = 32),"
    "  vote BLOB NOT NULL CHECK (length(vote) = 32),"
    "  time INTEGER NOT NULL,"
    "  message TEXT NOT NULL,"
    "  PRIMARY KEY (request, vote)) STRICT;"
    "CREATE TRIGGER entry_stays BEFORE UPDATE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'entries are not changed'); END;"
    "CREATE TRIGGER entry_remains BEFORE DELETE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'entries are not deleted'); END;"
    "CREATE TRIGGER node_stays BEFORE UPDATE ON node"
    "  BEGIN SELECT RAISE(ABORT, 'nodes are not changed'); END;"
    "CREATE TRIGGER node_remains BEFORE DELETE ON node"
    "  BEGIN SELECT RAISE(ABORT, 'nodes are not deleted'); END;"
    "CREATE TRIGGER veto_stays BEFORE UPDATE ON veto"
    "  BEGIN SELECT RAISE(ABORT, 'rejections are not changed'); END;"
    "CREATE TRIGGER veto_remains BEFORE DELETE ON veto"
    "  BEGIN SELECT RAISE(ABORT, 'rejections are not deleted'); END;";

static enum csg_rc
fail_db(sqlite3 *db, const char *what, struct csg_err *err)
{
	return csg_fail(err, CSG_R_LOG, "ledger: %s: %s", what,
	    db != NULL ? sqlite3_errmsg(db) : "out of memory");
}

/* ---- statements ---- */

/* One bound value. */
struct value {
	enum { V_NULL, V_INT, V_ID, V_TEXT } type;
	int64_t i;
	const struct csg_id *id;
	const char *s;
};
#define INT(n) \
	{ \
		.type = V_INT, .i = (int64_t)(n) \
	}
#define ID(p) \
	{ \
		.type = V_ID, .id = (p) \
	}
#define TEXT(p) \
	{ \
		.type = V_TEXT, .s = (p) \
	}
#define NONE \
	{ \
		.type = V_NULL \
	}

static bool
bind(sqlite3_stmt *st, const struct value *v, size_t n)
{
	size_t i;
	int rc = SQLITE_OK, at;

	for (i = 0; i < n && rc == SQLITE_OK; i++) {
		at = (int)i + 1;
		switch (v[i].type) {
		case V_NULL: rc = sqlite3_bind_null(st, at); break;
		case V_INT: rc = sqlite3_bind_int64(st, at, v[i].i); break;
		case V_ID:
			rc = sqlite3_bind_blob(st, at, v[i].id->b,
			    sizeof(v[i].id->b), SQLITE_STATIC);
			break;
		case V_TEXT:
			rc = v[i].s == NULL ? sqlite3_bind_null(st, at) :
					      sqlite3_bind_text(st, at, v[i].s,
						  -1, SQLITE_STATIC);
			break;
		}
	}
	return rc == SQLITE_OK;
}

static enum csg_rc
prepare(struct csg_ledger *l, const char *sql, const struct value *v, size_t n,
    sqlite3_stmt **st, struct csg_err *err)
{
	*st = NULL;
	if (sqlite3_prepare_v2(l->db, sql, -1, st, NULL) == SQLITE_OK &&
	    bind(*st, v, n))
		return CSG_OK;
	(void)sqlite3_finalize(*st);
	*st = NULL;
	return fail_db(l->db, "can't ask", err);
}

/* Run a statement that gives no rows. */
static enum csg_rc
execute(struct csg_ledger *l, const char *sql, const struct value *v, size_t n,
    struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;

	if ((rc = prepare(l, sql, v, n, &st, err)) != CSG_OK)
		return rc;
	if (sqlite3_step(st) != SQLITE_DONE)
		rc = fail_db(l->db, "can't write", err);
	(void)sqlite3_finalize(st);
	return rc;
}

static enum csg_rc
run(struct csg_ledger *l, const char *sql, struct csg_err *err)
{
	if (sqlite3_exec(l->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail_db(l->db, "can't work with it", err);
	return CSG_OK;
}

/* One integer; 0 when the answer has no row or is NULL. */
static enum csg_rc
ask_int(struct csg_ledger *l, const char *sql, const struct value *v, size_t n,
    int64_t *out, struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;
	int step;

	*out = 0;
	if ((rc = prepare(l, sql, v, n, &st, err)) != CSG_OK)
		return rc;
	if ((step = sqlite3_step(st)) == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	else if (step != SQLITE_DONE)
		rc = fail_db(l->db, "can't read", err);
	(void)sqlite3_finalize(st);
	return rc;
}

static bool
column_id(sqlite3_stmt *st, int at, struct csg_id *out)
{
	const void *b = sqlite3_column_blob(st, at);

	if (b == NULL || sqlite3_column_bytes(st, at) != sizeof(out->b))
		return false;
	memcpy(out->b, b, sizeof(out->b));
	return true;
}

static char *
column_text(sqlite3_stmt *st, int at)
{
	const unsigned char *s = sqlite3_column_text(st, at);

	return s != NULL ? strdup((const char *)s) : NULL;
}

/* ---- the tree ---- */

enum csg_rc
csg_ledger_size(struct csg_ledger *l, uint64_t *out, struct csg_err *err)
{
	int64_t n;
	enum csg_rc rc;

	rc = ask_int(l, "SELECT max(seq) FROM entry", NULL, 0, &n, err);
	*out = (uint64_t)n;
	return rc;
}

static enum csg_rc
read_node(void *arg, unsigned level, uint64_t index, struct csg_id *out,
    struct csg_err *err)
{
	struct csg_ledger *l = arg;
	const struct value v[] = { INT(level), INT(index) };
	sqlite3_stmt *st;
	enum csg_rc rc;

	if ((rc = prepare(l,
		 "SELECT hash FROM node WHERE level = ? AND idx = ?", v, 2, &st,
		 err)) != CSG_OK)
		return rc;
	if (sqlite3_step(st) != SQLITE_ROW || !column_id(st, 0, out))
		rc = csg_fail(err, CSG_R_LOG,
		    "ledger: the tree lacks node %u/%llu", level,
		    (unsigned long long)index);
	(void)sqlite3_finalize(st);
	return rc;
}

enum csg_rc
csg_ledger_head(
    struct csg_ledger *l, struct csg_tree_head *out, struct csg_err *err)
{
	const struct csg_merkle m = { read_node, l };
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	out->epoch = 1;
	if ((rc = csg_ledger_size(l, &out->size, err)) != CSG_OK ||
	    (rc = read_node(l, 0, 0, &out->log, err)) != CSG_OK)
		return rc;
	return csg_merkle_root(&m, out->size, &out->root, err);
}

#define ENTRY_COLUMNS \
	"seq, time, kind, request, claimed, policy, version, evidence, " \
	"profile, route, count, body"

/* A row as an entry; ids hold what it points to. */
static void
read_entry(sqlite3_stmt *st, struct csg_entry *e, struct csg_id ids[3])
{
	*e = (struct csg_entry){ .seq = (uint64_t)sqlite3_column_int64(st, 0),
		.time = sqlite3_column_int64(st, 1),
		.kind = (const char *)sqlite3_column_text(st, 2),
		.request = column_id(st, 3, &ids[0]) ? &ids[0] : NULL,
		.claimed = sqlite3_column_int64(st, 4),
		.policy = column_id(st, 5, &ids[1]) ? &ids[1] : NULL,
		.version = (uint64_t)sqlite3_column_int64(st, 6),
		.evidence = column_id(st, 7, &ids[2]) ? &ids[2] : NULL,
		.profile = (const char *)sqlite3_column_text(st, 8),
		.route = (const char *)sqlite3_column_text(st, 9),
		.count = (uint64_t)sqlite3_column_int64(st, 10),
		.body = (const char *)sqlite3_column_text(st, 11) };
}

enum csg_rc
csg_ledger_each(struct csg_ledger *l, uint64_t from, csg_ledger_visit visit,
    void *arg, struct csg_err *err)
{
	const struct value v[] = { INT(from) };
	struct csg_buf text = { 0 };
	struct csg_id ids[3];
	struct csg_entry e;
	sqlite3_stmt *st;
	enum csg_rc rc;
	int step = SQLITE_DONE;

	if ((rc = prepare(l,
		 "SELECT " ENTRY_COLUMNS " FROM entry WHERE seq >= ? "
		 "ORDER BY seq",
		 v, 1, &st, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (step = sqlite3_step(st)) == SQLITE_ROW) {
		read_entry(st, &e, ids);
		if ((rc = csg_entry_text(&e, &text, err)) == CSG_OK)
			rc = visit(arg, &e, csg_buf_str(&text), err);
		csg_buf_free(&text);
	}
	if (rc == CSG_OK && step != SQLITE_DONE)
		rc = fail_db(l->db, "can't read", err);
	(void)sqlite3_finalize(st);
	return rc;
}

/* The text of an entry from its row. */
static enum csg_rc
entry_text(struct csg_ledger *l, uint64_t seq, struct csg_buf *out,
    struct csg_err *err)
{
	const struct value v[] = { INT(seq) };
	struct csg_id ids[3];
	struct csg_entry e;
	sqlite3_stmt *st;
	enum csg_rc rc;

	if ((rc = prepare(l,
		 "SELECT " ENTRY_COLUMNS " FROM entry WHERE seq = ?", v, 1, &st,
		 err)) != CSG_OK)
		return rc;
	if (sqlite3_step(st) == SQLITE_ROW) {
		read_entry(st, &e, ids);
		rc = csg_entry_text(&e, out, err);
	} else
		rc = csg_fail(err, CSG_R_LOG, "ledger: no entry %llu",
		    (unsigned long long)seq);
	(void)sqlite3_finalize(st);
	return rc;
}

/* The tree while it is built anew: the peaks, by level. */
struct rebuilding {
	struct csg_ledger *l;
	struct csg_id peak[64];
	int64_t time;
	uint64_t nodes;
};

/* The next leaf and every subtree that it completes, as they should be. */
static enum csg_rc
rebuild(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	struct rebuilding *b = arg;
	struct csg_id hash, stored;
	uint64_t index = e->seq - 1;
	unsigned level = 0;
	enum csg_rc rc;

	if (e->time < b->time)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: the time of entry %llu goes back",
		    (unsigned long long)e->seq);
	b->time = e->time;
	rc = csg_merkle_leaf(text, strlen(text), &hash, err);
	for (; rc == CSG_OK; index /= 2, level++) {
		if ((rc = read_node(b->l, level, index, &stored, err)) !=
		    CSG_OK)
			break;
		if (!csg_id_equal(&stored, &hash))
			return csg_fail(err, CSG_R_LOG,
			    "ledger: entry %llu is not what the tree has",
			    (unsigned long long)e->seq);
		b->nodes++;
		if ((index & 1) == 0) {
			b->peak[level] = hash;
			break;
		}
		rc = csg_merkle_node(&b->peak[level], &hash, &hash, err);
	}
	return rc;
}

enum csg_rc
csg_ledger_verify(struct csg_ledger *l, struct csg_err *err)
{
	struct rebuilding b = { .l = l };
	int64_t nodes;
	enum csg_rc rc;

	if ((rc = csg_ledger_each(l, 1, rebuild, &b, err)) != CSG_OK ||
	    (rc = ask_int(l, "SELECT count(*) FROM node", NULL, 0, &nodes,
		 err)) != CSG_OK)
		return rc;
	if ((uint64_t)nodes != b.nodes)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: the tree has %lld nodes, not %llu",
		    (long long)nodes, (unsigned long long)b.nodes);
	return CSG_OK;
}

enum csg_rc
csg_ledger_prove(struct csg_ledger *l, const struct csg_id *request,
    struct csg_receipt *out, struct csg_err *err)
{
	const struct csg_merkle m = { read_node, l };
	const struct value v[] = { ID(request) };
	struct csg_buf text = { 0 };
	int64_t seq;
	enum csg_rc rc;

	if ((rc = ask_int(l,
		 "SELECT seq FROM entry WHERE request = ? AND "
		 "kind = 'finish'",
		 v, 1, &seq, err)) != CSG_OK)
		return rc;
	if (seq == 0)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: the request is not finished");
	out->index = (uint64_t)seq - 1;
	if ((rc = entry_text(l, (uint64_t)seq, &text, err)) == CSG_OK &&
	    (rc = csg_ledger_head(l, &out->tree, err)) == CSG_OK &&
	    (rc = csg_merkle_inclusion(&m, out->index, out->tree.size,
		 out->path, &out->npath, err)) == CSG_OK &&
	    (out->entry = strdup(csg_buf_str(&text))) == NULL)
		rc = csg_fail_mem(err);
	csg_buf_free(&text);
	return rc;
}

/* Is the newest entry the newest leaf? */
static enum csg_rc
check_tip(struct csg_ledger *l, const char *path, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_id leaf, node;
	uint64_t size;
	enum csg_rc rc;

	if ((rc = csg_ledger_size(l, &size, err)) != CSG_OK || size == 0)
		return rc;
	if ((rc = entry_text(l, size, &text, err)) == CSG_OK &&
	    (rc = csg_merkle_leaf(text.data, text.len, &leaf, err)) == CSG_OK &&
	    (rc = read_node(l, 0, size - 1, &node, err)) == CSG_OK &&
	    !csg_id_equal(&leaf, &node))
		rc = csg_fail(err, CSG_R_LOG,
		    "%s: entry %llu is not what the tree has", path,
		    (unsigned long long)size);
	csg_buf_free(&text);
	return rc;
}

/* ---- opening ---- */

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
	return run(l,
	    "PRAGMA trusted_schema = OFF;"
	    "PRAGMA foreign_keys = ON;"
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
		rc = fail_db(l->db, path, err);
	else
		rc = configure(l, err);
	if (rc != CSG_OK) {
		csg_ledger_close(l);
		return rc;
	}
	*out = l; /* transferred */
	return CSG_OK;
}

enum csg_rc
csg_ledger_create(const char *path, struct csg_err *err)
{
	struct csg_ledger *l;
	enum csg_rc rc;
	int fd;

	fd = open(
	    path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return csg_fail(
		    err, CSG_R_LOG, "%s: %s", path, strerror(errno));
	(void)close(fd);
	if ((rc = open_db(path, SQLITE_OPEN_READWRITE, &l, err)) != CSG_OK)
		return rc;
	if ((rc = run(l, "BEGIN EXCLUSIVE;", err)) == CSG_OK &&
	    (rc = run(l, schema, err)) == CSG_OK)
		rc = run(l, "COMMIT;", err);
	csg_ledger_close(l);
	return rc;
}

/* SQLite's own verdict: the first row of quick_check is "ok". */
static enum csg_rc
check_integrity(struct csg_ledger *l, const char *path, struct csg_err *err)
{
	sqlite3_stmt *st;
	const char *s = NULL;
	enum csg_rc rc;

	if ((rc = prepare(l, "PRAGMA quick_check(1)", NULL, 0, &st, err)) !=
	    CSG_OK)
		return rc;
	if (sqlite3_step(st) == SQLITE_ROW)
		s = (const char *)sqlite3_column_text(st, 0);
	if (s == NULL || strcmp(s, "ok") != 0)
		rc = csg_fail(err, CSG_R_LOG, "%s: damaged: %s", path,
		    s != NULL ? s : sqlite3_errmsg(l->db));
	(void)sqlite3_finalize(st);
	return rc;
}

static enum csg_rc
check_ours(struct csg_ledger *l, const char *path, struct csg_err *err)
{
	int64_t app, version, count, last;
	enum csg_rc rc;

	if ((rc = ask_int(l, "PRAGMA application_id", NULL, 0, &app, err)) !=
		CSG_OK ||
	    (rc = ask_int(l, "PRAGMA user_version", NULL, 0, &version, err)) !=
		CSG_OK)
		return rc;
	if (app != APPLICATION_ID)
		return csg_fail(err, CSG_R_LOG, "%s: not a csg ledger", path);
	if (version != SCHEMA_VERSION)
		return csg_fail(err, CSG_R_LOG,
		    "%s: schema version %lld, this program knows %d", path,
		    (long long)version, SCHEMA_VERSION);
	if ((rc = check_integrity(l, path, err)) != CSG_OK ||
	    (rc = ask_int(l, "SELECT count(*) FROM entry", NULL, 0, &count,
		 err)) != CSG_OK ||
	    (rc = ask_int(l, "SELECT max(seq) FROM entry", NULL, 0, &last,
		 err)) != CSG_OK)
		return rc;
	if (count != last)
		return csg_fail(err, CSG_R_LOG,
		    "%s: entries are missing: %lld of %lld", path,
		    (long long)count, (long long)last);
	return CSG_OK;
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
	else
		rc = check_ours(*out, path, err);
	if (rc == CSG_OK)
		rc = check_tip(*out, path, err);
	if (rc != CSG_OK) {
		csg_ledger_close(*out);
		*out = NULL;
	}
	return rc;
}

void
csg_ledger_close(struct csg_ledger *l)
{
	if (l == NULL)
		return;
	(void)sqlite3_close(l->db);
	free(l);
}

/* ---- asking ---- */

enum csg_rc
csg_ledger_newest(struct csg_ledger *l, int64_t *time, struct csg_err *err)
{
	return ask_int(l, "SELECT max(time) FROM entry", NULL, 0, time, err);
}

enum csg_rc
csg_ledger_policy(
    struct csg_ledger *l, struct csg_ledger_policy *out, struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;
	int step;

	memset(out, 0, sizeof(*out));
	if ((rc = prepare(l,
		 "SELECT version, policy FROM entry "
		 "WHERE version IS NOT NULL ORDER BY version DESC LIMIT 1",
		 NULL, 0, &st, err)) != CSG_OK)
		return rc;
	if ((step = sqlite3_step(st)) == SQLITE_ROW) {
		out->version = (uint64_t)sqlite3_column_int64(st, 0);
		if (!column_id(st, 1, &out->id))
			rc = csg_fail(
			    err, CSG_R_LOG, "ledger: policy entry damaged");
	} else if (step != SQLITE_DONE)
		rc = fail_db(l->db, "can't read", err);
	(void)sqlite3_finalize(st);
	return rc;
}

static enum csg_rc
read_claim(sqlite3_stmt *st, const struct csg_id *request,
    struct csg_claim *claim, struct csg_err *err)
{
	memset(claim, 0, sizeof(*claim));
	claim->request = *request;
	claim->time = sqlite3_column_int64(st, 1);
	claim->profile = column_text(st, 4);
	claim->route = column_text(st, 5);
	claim->count = (size_t)sqlite3_column_int64(st, 6);
	claim->messages = column_text(st, 7);
	if (column_id(st, 2, &claim->policy) &&
	    column_id(st, 3, &claim->evidence) && claim->profile != NULL &&
	    claim->route != NULL && claim->messages != NULL)
		return CSG_OK;
	csg_claim_clear(claim);
	return csg_fail(err, CSG_R_LOG, "ledger: claim damaged");
}

enum csg_rc
csg_ledger_find(struct csg_ledger *l, const struct csg_id *request,
    enum csg_progress *progress, struct csg_claim *claim, struct csg_err *err)
{
	const struct value v[] = { ID(request) };
	struct csg_claim found = { 0 };
	const char *kind;
	sqlite3_stmt *st;
	enum csg_rc rc;
	int step;

	*progress = CSG_UNKNOWN;
	if ((rc = prepare(l,
		 "SELECT kind, claimed, policy, evidence, profile, route, "
		 "count, body FROM entry WHERE request = ? ORDER BY seq",
		 v, 1, &st, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (step = sqlite3_step(st)) == SQLITE_ROW) {
		kind = (const char *)sqlite3_column_text(st, 0);
		if (strcmp(kind, "claim") == 0) {
			csg_claim_clear(&found);
			rc = read_claim(st, request, &found, err);
			*progress = CSG_CLAIMED;
		} else
			*progress = strcmp(kind, "finish") == 0 ? CSG_FINISHED :
								  CSG_ABANDONED;
	}
	if (rc == CSG_OK && step != SQLITE_DONE)
		rc = fail_db(l->db, "can't read", err);
	(void)sqlite3_finalize(st);
	if (rc == CSG_OK && claim != NULL)
		*claim = found; /* transferred */
	else
		csg_claim_clear(&found);
	return rc;
}

void
csg_claim_clear(struct csg_claim *c)
{
	free(c->profile);
	free(c->route);
	free(c->messages);
	memset(c, 0, sizeof(*c));
}

enum csg_rc
csg_ledger_signatures(struct csg_ledger *l, const char *profile, int64_t after,
    uint64_t *out, struct csg_err *err)
{
	const struct value v[] = { TEXT(profile), INT(after) };
	int64_t n;
	enum csg_rc rc;

	rc = ask_int(l,
	    "SELECT sum(count) FROM entry AS c WHERE kind = 'claim' AND "
	    "profile = ? AND claimed > ? AND NOT EXISTS (SELECT 1 FROM entry "
	    "WHERE request = c.request AND kind = 'abandon' AND seq > c.seq)",
	    v, 2, &n, err);
	*out = (uint64_t)n;
	return rc;
}

/* ---- appending ---- */

static struct value
id_or_null(const struct csg_id *id)
{
	return id != NULL ? (struct value)ID(id) : (struct value)NONE;
}

static struct value
int_or_null(int64_t n)
{
	return n != 0 ? (struct value)INT(n) : (struct value)NONE;
}

static enum csg_rc
insert_entry(
    struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err)
{
	const struct value v[] = { INT(e->seq), TEXT(e->kind), INT(e->time),
		id_or_null(e->request), int_or_null(e->claimed),
		id_or_null(e->policy), int_or_null((int64_t)e->version),
		id_or_null(e->evidence), TEXT(e->profile), TEXT(e->route),
		int_or_null((int64_t)e->count), TEXT(e->body) };

	return execute(l,
	    "INSERT INTO entry (seq, kind, time, request, claimed, policy, "
	    "version, evidence, profile, route, count, body) VALUES "
	    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    v, sizeof(v) / sizeof(v[0]), err);
}

static enum csg_rc
insert_node(struct csg_ledger *l, unsigned level, uint64_t index,
    const struct csg_id *hash, struct csg_err *err)
{
	const struct value v[] = { INT(level), INT(index), ID(hash) };

	return execute(l,
	    "INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)", v, 3, err);
}

/* The new leaf, and every subtree that it completes. */
static enum csg_rc
grow(struct csg_ledger *l, const struct csg_entry *e, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_id hash, left;
	uint64_t index = e->seq - 1;
	unsigned level = 0;
	enum csg_rc rc;

	if ((rc = csg_entry_text(e, &text, err)) == CSG_OK)
		rc = csg_merkle_leaf(text.data, text.len, &hash, err);
	csg_buf_free(&text);
	while (rc == CSG_OK &&
	    (rc = insert_node(l, level, index, &hash, err)) == CSG_OK &&
	    (index & 1) != 0) {
		if ((rc = read_node(l, level, index - 1, &left, err)) == CSG_OK)
			rc = csg_merkle_node(&left, &hash, &hash, err);
		index /= 2;
		level++;
	}
	return rc;
}

/* One entry, numbered one above the last; entry and tree in one transaction. */
static enum csg_rc
append(struct csg_ledger *l, const struct csg_entry *given, struct csg_err *err)
{
	struct csg_entry e = *given;
	enum csg_rc rc;

	if ((rc = run(l, "BEGIN IMMEDIATE", err)) != CSG_OK)
		return rc;
	if ((rc = csg_ledger_size(l, &e.seq, err)) == CSG_OK) {
		e.seq++;
		if ((rc = insert_entry(l, &e, err)) == CSG_OK &&
		    (rc = grow(l, &e, err)) == CSG_OK)
			rc = run(l, "COMMIT", err);
	}
	if (rc != CSG_OK)
		(void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

enum csg_rc
csg_ledger_found(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, struct csg_err *err)
{
	const struct csg_entry e = {
		.kind = "found", .time = time, .policy = &p->id, .version = 1
	};
	struct csg_ledger_policy now;
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(l, &now, err)) != CSG_OK)
		return rc;
	if (now.version != 0 || p->version != 1)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: a policy was founded already");
	return append(l, &e, err);
}

enum csg_rc
csg_ledger_claim(
    struct csg_ledger *l, const struct csg_claim *c, struct csg_err *err)
{
	const struct csg_entry e = { .kind = "claim",
		.time = c->time,
		.claimed = c->time,
		.request = &c->request,
		.policy = &c->policy,
		.evidence = &c->evidence,
		.profile = c->profile,
		.route = c->route,
		.count = c->count,
		.body = c->messages };
	enum csg_progress progress;
	enum csg_rc rc;

	if ((rc = csg_ledger_find(l, &c->request, &progress, NULL, err)) !=
	    CSG_OK)
		return rc;
	if (progress == CSG_CLAIMED || progress == CSG_FINISHED)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: the request is claimed already");
	return append(l, &e, err);
}

/* The end of a request that must be claimed. */
static enum csg_rc
close_claim(
    struct csg_ledger *l, const struct csg_entry *end, struct csg_err *err)
{
	enum csg_progress progress;
	enum csg_rc rc;

	if ((rc = csg_ledger_find(l, end->request, &progress, NULL, err)) !=
	    CSG_OK)
		return rc;
	if (progress != CSG_CLAIMED)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: the request is not claimed");
	return append(l, end, err);
}

enum csg_rc
csg_ledger_finish(struct csg_ledger *l, const struct csg_id *request,
    int64_t time, const char *record, const struct csg_ledger_policy *policy,
    struct csg_err *err)
{
	struct csg_entry e = { .kind = "finish",
		.time = time,
		.request = request,
		.body = record };
	struct csg_ledger_policy now;
	enum csg_rc rc;

	if (policy != NULL) {
		e.policy = &policy->id;
		e.version = policy->version;
		if ((rc = csg_ledger_policy(l, &now, err)) != CSG_OK)
			return rc;
		if (policy->version != now.version + 1)
			return csg_fail(err, CSG_R_LOG,
			    "ledger: policy "
			    "version %llu can't follow %llu",
			    (unsigned long long)policy->version,
			    (unsigned long long)now.version);
	}
	return close_claim(l, &e, err);
}

enum csg_rc
csg_ledger_abandon(struct csg_ledger *l, const struct csg_id *request,
    int64_t time, const char *why, struct csg_err *err)
{
	const struct csg_entry e = {
		.kind = "abandon", .time = time, .request = request, .body = why
	};

	return close_claim(l, &e, err);
}

enum csg_rc
csg_ledger_remember(struct csg_ledger *l, const struct csg_id *request,
    const struct csg_id *vote, int64_t time, const char *armoured,
    struct csg_err *err)
{
	const struct value v[] = { ID(request), ID(vote), INT(time),
		TEXT(armoured) };

	return execute(l,
	    "INSERT INTO veto (request, vote, time, message) "
	    "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
	    v, 4, err);
}

enum csg_rc
csg_ledger_recall(struct csg_ledger *l, const struct csg_id *request,
    struct csg_buf *out, struct csg_err *err)
{
	const struct value v[] = { ID(request) };
	sqlite3_stmt *st;
	enum csg_rc rc;
	int step;

	if ((rc = prepare(l,
		 "SELECT message FROM veto WHERE request = ? "
		 "ORDER BY time, vote",
		 v, 1, &st, err)) != CSG_OK)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		csg_buf_puts(out, (const char *)sqlite3_column_text(st, 0));
	if (step != SQLITE_DONE)
		rc = fail_db(l->db, "can't read", err);
	(void)sqlite3_finalize(st);
	return rc != CSG_OK ? rc : csg_buf_ok(out, err);
}
