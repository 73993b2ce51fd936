/*
 * Statements of the ledger's database: SQLite behind a small door.  For
 * ledger.c and its neighbours alone.
 *
 * All failures are LOG, and say what SQLite says.
 */
#ifndef CSG_LEDGER_SQLITE_H
#define CSG_LEDGER_SQLITE_H

#include <sqlite3.h>

#include "lib/base/digest.h"

/* One value to bind; strings and ids are borrowed while the statement runs. */
struct csg_value {
	enum { CSG_V_NULL, CSG_V_INT, CSG_V_ID, CSG_V_TEXT } type;
	int64_t i;
	const struct csg_id *id;
	const char *s;
};
/* NULL ids and texts are SQL's NULL. */
struct csg_value csg_v_int(int64_t n);
struct csg_value csg_v_uint(uint64_t n);
struct csg_value csg_v_id(const struct csg_id *id);
struct csg_value csg_v_text(const char *s);
/* 0 is NULL. */
struct csg_value csg_v_uint_or_null(int64_t n);

enum csg_rc csg_db_fail(sqlite3 *db, const char *what, struct csg_err *err);

/* A statement with its values bound; *st is NULL on failure and for
 * sqlite3_finalize() else. */
enum csg_rc csg_db_prepare(sqlite3 *db, const char *sql,
    const struct csg_value *v, size_t n, sqlite3_stmt **st,
    struct csg_err *err);

/* The next row: *more tells whether there is one. */
enum csg_rc csg_db_step(
    sqlite3 *db, sqlite3_stmt *st, bool *more, struct csg_err *err);

/* A statement that gives no rows; several without values. */
enum csg_rc csg_db_execute(sqlite3 *db, const char *sql,
    const struct csg_value *v, size_t n, struct csg_err *err);
enum csg_rc csg_db_script(sqlite3 *db, const char *sql, struct csg_err *err);

/* One integer; 0 when the answer has no row or is NULL. */
enum csg_rc csg_db_int(sqlite3 *db, const char *sql, const struct csg_value *v,
    size_t n, int64_t *out, struct csg_err *err);

/* LOG when a text of the row goes on behind a NUL, where C ends it. */
enum csg_rc csg_db_check_texts(sqlite3_stmt *st, struct csg_err *err);

/* A column of the row: false if it is no id; NULL if it is NULL, else a
 * copy that the caller frees. */
bool csg_db_column_id(sqlite3_stmt *st, int at, struct csg_id *out);
char *csg_db_column_text(sqlite3_stmt *st, int at);

#endif
