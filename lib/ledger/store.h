/*
 * Store: the database with the ledger's tables, whatever its engine.  Only for
 * ledger.c and its neighbours.  store_sqlite.c is the only file that knows
 * SQLite; another engine would be another file that implements this header.
 *
 * The tables follow; the engine defines them, and a store must contain nothing
 * else:
 *
 *	entry	 seq time kind request claimed policy version evidence profile
 *		 route count vote reason epoch body; seq is the key
 *	node	 level idx hash; level and idx are the key
 *	receipt	 request message; request is the key
 *	note	 name text; name is the key
 *
 * Rows of entry and node are never changed or deleted: the engine refuses that.
 *
 * Statements are constant texts in the SQL that engines have in common: values
 * are $1, $2, ... in this order, integers have 64 bits, ids are blobs.  A
 * prepared statement is kept and reused for the same text.
 *
 * There is only one writer, since its caller holds a lock.  It keeps a read
 * transaction open between its writes, so what it has read does not change
 * before it writes.  Readers can read all that time.
 *
 * All failures are LOG, with the engine's message, except IO if memory is
 * short.  Two threads must not use one store at the same time.
 */
#ifndef CSG_LEDGER_STORE_H
#define CSG_LEDGER_STORE_H

#include "lib/base/digest.h"

/* The most bytes in a row or text of a ledger: the policy chain is the
 * longest. */
#define CSG_STORE_TEXT (160 * 1024 * 1024)

struct csg_store;

/* ---- the file ---- */

/* Create a store with empty tables, open for writing.  Fails if something
 * exists at path; after another failure the file may be left there.  *out is
 * the caller's (csg_store_close). */
enum csg_rc csg_store_create(
    const char *path, struct csg_store **out, struct csg_err *err);

/* Open a store: it must be csg's, of the version that this program knows, with
 * its tables and nothing else.  A writer first rolls back what a killed writer
 * had begun.  *out is the caller's (csg_store_close), NULL after a failure. */
enum csg_rc csg_store_open(const char *path, bool readonly,
    struct csg_store **out, struct csg_err *err);
void csg_store_close(struct csg_store *s);

/*
 * Rename the store at path "new" to "old".  The store that was there is kept at
 * path "aside" with everything that belongs to it, such as the journal of a
 * killed writer.  None of the three may be open.  Durable when it returns
 * CSG_OK.  IO.
 */
enum csg_rc csg_store_replace(
    const char *old, const char *new, const char *aside, struct csg_err *err);

/* Run the engine's own check of its pages, tables and indexes; the time is
 * proportional to their size. */
enum csg_rc csg_store_check(struct csg_store *s, struct csg_err *err);

/* ---- transactions ---- */

/*
 * Begin to read: from the first statement to csg_store_end() all statements see
 * one state of the store, and nobody else writes meanwhile.  For a writer this
 * lasts beyond that, until its next csg_store_begin_write().  Statements wait
 * some seconds for other readers and writers.
 */
enum csg_rc csg_store_begin_read(struct csg_store *s, struct csg_err *err);

/* Begin to write: everything written up to csg_store_end() is committed, or
 * nothing. */
enum csg_rc csg_store_begin_write(struct csg_store *s, struct csg_err *err);

/*
 * End the transaction.  rc is the result of the work in it: if it is not
 * CSG_OK, everything written is rolled back and rc is returned.  Otherwise
 * CSG_OK means that it was committed and is durable; after a failure it may or
 * may not have been committed.
 */
enum csg_rc csg_store_end(
    struct csg_store *s, enum csg_rc rc, struct csg_err *err);

/* ---- statements ---- */

/* One value; strings and ids are borrowed until the statement ends. */
struct csg_value {
	enum { CSG_V_NULL, CSG_V_INT, CSG_V_ID, CSG_V_TEXT } type;
	int64_t i;
	const struct csg_id *id;
	const char *s;
};
/* A NULL id or text is SQL's NULL. */
struct csg_value csg_v_int(int64_t n);
struct csg_value csg_v_uint(uint64_t n);
struct csg_value csg_v_id(const struct csg_id *id);
struct csg_value csg_v_text(const char *s);
/* 0 becomes NULL. */
struct csg_value csg_v_uint_or_null(uint64_t n);

/* Run a statement that returns no rows, in the write transaction if one was
 * begun, else in one of its own. */
enum csg_rc csg_store_execute(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, struct csg_err *err);

/* The integer in column "n" of the first row; 0 if that is NULL or there is no
 * row. */
enum csg_rc csg_store_int(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, int64_t *out, struct csg_err *err);

/* Run a statement and read its rows one by one.  *out must be passed to
 * csg_rows_end(); it is NULL after a failure. */
struct csg_rows;
enum csg_rc csg_store_ask(struct csg_store *s, const char *sql,
    const struct csg_value *v, size_t n, struct csg_rows **out,
    struct csg_err *err);

/* Go to the next row; *more is false if there is none. */
enum csg_rc csg_rows_next(struct csg_rows *r, bool *more, struct csg_err *err);

/* End a statement.  rc is the result of reading its rows and is returned,
 * unless it is CSG_OK and csg_row_ok() reports an error. */
enum csg_rc csg_rows_end(
    struct csg_rows *r, enum csg_rc rc, struct csg_err *err);

/* ---- rows ---- */

/*
 * The value of a column of the row, by the name that the statement gives it.
 * SQL's NULL is returned as 0 or NULL.  A column that is missing or has another
 * type also gives that, and is an error: call csg_row_ok() after all columns
 * were read and before any value is used.  Texts live until the next row.
 */
int64_t csg_row_int(struct csg_rows *r, const char *column);
uint64_t csg_row_uint(struct csg_rows *r, const char *column);
const char *csg_row_text(struct csg_rows *r, const char *column);

/* Returns to, or NULL. */
const struct csg_id *csg_row_id(
    struct csg_rows *r, const char *column, struct csg_id *to);

/* LOG if a column read so far from these rows is missing, has another type, or
 * is a text with a NUL before its end. */
enum csg_rc csg_row_ok(const struct csg_rows *r, struct csg_err *err);

#endif
