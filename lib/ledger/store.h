/*
 * Store: the database that has the ledger's tables, whatever its engine.  For
 * ledger.c and its neighbours alone.  store_sqlite.c is the only file that
 * knows SQLite; another engine is another file that implements this header.
 *
 * The tables, whose definitions are the engine's, as nothing else than they
 * may be in a store:
 *
 *	entry	 seq time kind request claimed policy version evidence profile
 *		 route count vote reason epoch body; seq is the key
 *	node	 level idx hash; level and idx are the key
 *	receipt	 request message; request is the key
 *	note	 name text; name is the key
 *
 * Rows of entry and node are never changed nor deleted: the engine refuses it.
 *
 * Statements are constant texts, in the SQL that engines have in common: values
 * are $1, $2, ... in this order, integers have 64 bits, ids are octets.  A
 * statement that was prepared is kept for the next time that its text comes.
 *
 * A writer is the only one, since its caller holds a lock for that, so what it
 * has read stays as it is until it writes: it keeps one read transaction open
 * between its writes.  Readers can read all that time.
 *
 * All failures are LOG, and say what the engine says, but IO when memory is
 * short.  No two threads may use one store at once.
 */
#ifndef CSG_LEDGER_STORE_H
#define CSG_LEDGER_STORE_H

#include "lib/base/digest.h"

/* No row or text of a ledger is longer: a policy chain is the longest. */
#define CSG_STORE_TEXT (160 * 1024 * 1024)

struct csg_store;

/* ---- the file ---- */

/* A new one with empty tables, opened for writing; where something exists
 * already is an error.  After a failure the file may be there.  *out is the
 * caller's. */
enum csg_rc csg_store_create(
    const char *path, struct csg_store **out, struct csg_err *err);

/* Open one: a store of csg's, of the version that this program knows, with its
 * tables and nothing else.  A writer undoes first what a killed one had begun to
 * write.  *out is the caller's. */
enum csg_rc csg_store_open(const char *path, bool readonly,
    struct csg_store **out, struct csg_err *err);
void csg_store_close(struct csg_store *s);

/*
 * Put the store at path "new" in the place of the one at path "old", which is
 * kept at path "aside" with all that belongs to it, such as what a killed writer
 * had begun.  None of the three is open.  Durable when it returns CSG_OK.  IO.
 */
enum csg_rc csg_store_replace(
    const char *old, const char *new, const char *aside, struct csg_err *err);

/* What the engine itself says of its pages, tables and indexes; the time is
 * proportional to their size. */
enum csg_rc csg_store_check(struct csg_store *s, struct csg_err *err);

/* ---- transactions ---- */

/*
 * From the first statement up to csg_store_end() everything sees one state of
 * the store, and nobody else writes meanwhile; of a writer, beyond that, up to
 * its next csg_store_begin_write().  Others who read or write are waited for,
 * some seconds.
 */
enum csg_rc csg_store_begin_read(struct csg_store *s, struct csg_err *err);

/* Everything that is written up to csg_store_end() comes about, or nothing. */
enum csg_rc csg_store_begin_write(struct csg_store *s, struct csg_err *err);

/*
 * The end of the transaction that was begun.  rc is what became of the work in
 * it; if that is no CSG_OK, what was written is undone, and rc returned.
 * Otherwise CSG_OK says that it is durable, and a failure that it is not known
 * to be: it may come about all the same.
 */
enum csg_rc csg_store_end(
    struct csg_store *s, enum csg_rc rc, struct csg_err *err);

/* ---- statements ---- */

/* One value; strings and ids are borrowed while the statement runs. */
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
struct csg_value csg_v_uint_or_null(uint64_t n);

/* A statement that gives no rows: in the transaction that was begun for
 * writing, else in one of its own. */
enum csg_rc csg_store_execute(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, struct csg_err *err);

/* The integer in the column "n" of the first row; 0 if it is NULL, or if there
 * is no row. */
enum csg_rc csg_store_int(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, int64_t *out, struct csg_err *err);

/* A statement whose rows follow one by one: *out, for csg_rows_end(), is NULL
 * after a failure. */
struct csg_rows;
enum csg_rc csg_store_ask(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, struct csg_rows **out,
    struct csg_err *err);

/* The next row: *more tells whether there is one. */
enum csg_rc csg_rows_next(struct csg_rows *r, bool *more, struct csg_err *err);

/* The end: rc, what became of the rows, or the error of csg_row_ok() if that is
 * CSG_OK. */
enum csg_rc csg_rows_end(
    struct csg_rows *r, enum csg_rc rc, struct csg_err *err);

/* ---- rows ---- */

/*
 * What a column of the row has, by the name that the statement gives it.  NULL
 * is 0 or NULL.  What is not there, or not of that type, is so, too, and an
 * error: look at csg_row_ok() once everything was asked for, before any of it
 * is used.  Texts live until the next row.
 */
int64_t csg_row_int(struct csg_rows *r, const char *column);
uint64_t csg_row_uint(struct csg_rows *r, const char *column);
const char *csg_row_text(struct csg_rows *r, const char *column);

/* *to, or NULL. */
const struct csg_id *csg_row_id(
    struct csg_rows *r, const char *column, struct csg_id *to);

/* LOG when something that was asked of the rows so far has no such column, is
 * not of its type, or is a text that goes on behind a NUL, where C ends it. */
enum csg_rc csg_row_ok(const struct csg_rows *r, struct csg_err *err);

#endif
