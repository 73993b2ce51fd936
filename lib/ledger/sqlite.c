#include <string.h>

#include "lib/ledger/sqlite.h"

struct csg_value
csg_v_int(int64_t n)
{
	return (struct csg_value){ .type = CSG_V_INT, .i = n };
}

struct csg_value
csg_v_uint(uint64_t n)
{
	return csg_v_int((int64_t)n);
}

struct csg_value
csg_v_id(const struct csg_id *id)
{
	return (struct csg_value){ .type = id != NULL ? CSG_V_ID : CSG_V_NULL,
		.id = id };
}

struct csg_value
csg_v_text(const char *s)
{
	return (struct csg_value){ .type = s != NULL ? CSG_V_TEXT : CSG_V_NULL,
		.s = s };
}

struct csg_value
csg_v_uint_or_null(int64_t n)
{
	return n != 0 ? csg_v_int(n) : (struct csg_value){ .type = CSG_V_NULL };
}

enum csg_rc
csg_db_fail(sqlite3 *db, const char *what, struct csg_err *err)
{
	return csg_fail(err, CSG_R_LOG, "ledger: %s: %s", what,
	    db != NULL ? sqlite3_errmsg(db) : "out of memory");
}

static bool
bind(sqlite3_stmt *st, const struct csg_value *v, size_t n)
{
	size_t i;
	int rc = SQLITE_OK, at;

	for (i = 0; i < n && rc == SQLITE_OK; i++) {
		at = (int)i + 1;
		switch (v[i].type) {
		case CSG_V_NULL: rc = sqlite3_bind_null(st, at); break;
		case CSG_V_INT: rc = sqlite3_bind_int64(st, at, v[i].i); break;
		case CSG_V_ID:
			rc = sqlite3_bind_blob(st, at, v[i].id->b,
			    sizeof(v[i].id->b), SQLITE_STATIC);
			break;
		case CSG_V_TEXT:
			rc = sqlite3_bind_text(
			    st, at, v[i].s, -1, SQLITE_STATIC);
			break;
		}
	}
	return rc == SQLITE_OK;
}

enum csg_rc
csg_db_prepare(sqlite3 *db, const char *sql, const struct csg_value *v,
    size_t n, sqlite3_stmt **st, struct csg_err *err)
{
	*st = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, st, NULL) == SQLITE_OK &&
	    bind(*st, v, n))
		return CSG_OK;
	(void)sqlite3_finalize(*st);
	*st = NULL;
	return csg_db_fail(db, "can't ask", err);
}

enum csg_rc
csg_db_step(sqlite3 *db, sqlite3_stmt *st, bool *more, struct csg_err *err)
{
	int step = sqlite3_step(st);

	*more = step == SQLITE_ROW;
	return step == SQLITE_ROW || step == SQLITE_DONE ?
	    CSG_OK :
	    csg_db_fail(db, "can't read", err);
}

enum csg_rc
csg_db_execute(sqlite3 *db, const char *sql, const struct csg_value *v,
    size_t n, struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;

	if ((rc = csg_db_prepare(db, sql, v, n, &st, err)) != CSG_OK)
		return rc;
	if (sqlite3_step(st) != SQLITE_DONE)
		rc = csg_db_fail(db, "can't write", err);
	(void)sqlite3_finalize(st);
	return rc;
}

enum csg_rc
csg_db_script(sqlite3 *db, const char *sql, struct csg_err *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return csg_db_fail(db, "can't work with it", err);
	return CSG_OK;
}

enum csg_rc
csg_db_int(sqlite3 *db, const char *sql, const struct csg_value *v, size_t n,
    int64_t *out, struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	*out = 0;
	if ((rc = csg_db_prepare(db, sql, v, n, &st, err)) != CSG_OK)
		return rc;
	if ((rc = csg_db_step(db, st, &more, err)) == CSG_OK && more)
		*out = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return rc;
}

bool
csg_db_column_id(sqlite3_stmt *st, int at, struct csg_id *out)
{
	const void *b = sqlite3_column_blob(st, at);

	if (b == NULL || sqlite3_column_bytes(st, at) != sizeof(out->b))
		return false;
	memcpy(out->b, b, sizeof(out->b));
	return true;
}

enum csg_rc
csg_db_check_texts(sqlite3_stmt *st, struct csg_err *err)
{
	const char *s;
	int i;

	for (i = 0; i < sqlite3_column_count(st); i++)
		if (sqlite3_column_type(st, i) == SQLITE_TEXT &&
		    (s = (const char *)sqlite3_column_text(st, i)) != NULL &&
		    strlen(s) != (size_t)sqlite3_column_bytes(st, i))
			return csg_fail(
			    err, CSG_R_LOG, "a text has a NUL in it");
	return CSG_OK;
}

char *
csg_db_column_text(sqlite3_stmt *st, int at)
{
	const unsigned char *s = sqlite3_column_text(st, at);

	return s != NULL ? strdup((const char *)s) : NULL;
}
