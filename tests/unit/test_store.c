/* The ledger's store: columns by name, transactions, readers beside a writer. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ledger/store.h"
#include "tests/unit/unit.h"

static struct csg_store *
open_store(bool readonly)
{
	struct csg_store *s = NULL;
	struct csg_err err = { 0 };

	if (!CHECK(csg_store_open("s.db", readonly, &s, &err) == CSG_OK))
		exit(unit_done());
	return s;
}

/* The first row of a statement. */
static struct csg_rows *
first_row(struct csg_store *s, const char *sql)
{
	struct csg_rows *r = NULL;
	struct csg_err err = { 0 };
	bool more = false;

	if (!CHECK(csg_store_ask(s, sql, NULL, 0, &r, &err) == CSG_OK &&
		csg_rows_next(r, &more, &err) == CSG_OK && more))
		exit(unit_done());
	return r;
}

static enum csg_rc
put_note(struct csg_store *s, const char *name, const char *text)
{
	const struct csg_value v[] = { csg_v_text(name), csg_v_text(text) };
	struct csg_err err = { 0 };

	return csg_store_execute(
	    s, "INSERT INTO note (name, text) VALUES ($1, $2)", v, 2, &err);
}

static int64_t
count_notes(struct csg_store *s)
{
	struct csg_err err = { 0 };
	int64_t n = -1;

	CHECK(csg_store_int(s, "SELECT count(*) AS n FROM note", NULL, 0, &n,
		  &err) == CSG_OK);
	return n;
}

/* Is the row wrong, and does everything say so that ends with it? */
static bool
is_wrong(struct csg_rows *r, const char *words)
{
	struct csg_err err = { 0 }, next = { 0 }, end = { 0 };
	bool more;
	bool ok;

	ok = csg_row_ok(r, &err) == CSG_TROUBLE && err.reason == CSG_R_LOG &&
	    strcmp(err.text, words) == 0 &&
	    csg_rows_next(r, &more, &next) == CSG_TROUBLE && !more &&
	    strcmp(next.text, words) == 0;
	return csg_rows_end(r, CSG_OK, &end) == CSG_TROUBLE && ok &&
	    strcmp(end.text, words) == 0;
}

#define ROW \
	"SELECT 7 AS seven, 'text' AS word, zeroblob(32) AS id, NULL AS none"

static void
columns(struct csg_store *s)
{
	struct csg_rows *r;
	struct csg_id id = { { 1 } };
	struct csg_err err = { 0 };

	unit_case("columns are read by their names, in any order");
	r = first_row(s, ROW);
	CHECK(csg_row_id(r, "id", &id) == &id && id.b[0] == 0);
	CHECK(strcmp(csg_row_text(r, "word"), "text") == 0);
	CHECK(csg_row_int(r, "seven") == 7 && csg_row_uint(r, "seven") == 7);
	CHECK(csg_row_int(r, "none") == 0 && csg_row_text(r, "none") == NULL &&
	    csg_row_id(r, "none", &id) == NULL);
	CHECK(csg_rows_end(r, CSG_OK, &err) == CSG_OK);
	unit_case("a name that the statement does not give is an error");
	r = first_row(s, ROW);
	CHECK(csg_row_int(r, "eight") == 0);
	CHECK(csg_row_int(r, "seven") == 7);
	CHECK(is_wrong(r, "column eight: not in the result"));
	r = first_row(s, ROW);
	CHECK(csg_row_text(r, "words") == NULL);
	CHECK(is_wrong(r, "column words: not in the result"));
	unit_case("and is one no more when the statement runs again");
	r = first_row(s, ROW);
	CHECK(csg_row_int(r, "seven") == 7);
	CHECK(csg_rows_end(r, CSG_OK, &err) == CSG_OK);
}

static void
types(struct csg_store *s)
{
	struct csg_rows *r;
	struct csg_id id;

	unit_case("a value of another type is an error");
	r = first_row(s, ROW);
	CHECK(csg_row_int(r, "word") == 0);
	CHECK(is_wrong(r, "column word: unexpected type"));
	r = first_row(s, ROW);
	CHECK(csg_row_id(r, "seven", &id) == NULL);
	CHECK(is_wrong(r, "column seven: unexpected type"));
	r = first_row(s, "SELECT zeroblob(31) AS id");
	CHECK(csg_row_id(r, "id", &id) == NULL);
	CHECK(is_wrong(r, "column id: not an id"));
	r = first_row(s, "SELECT CAST(x'610062' AS TEXT) AS word");
	(void)csg_row_text(r, "word");
	CHECK(is_wrong(r, "column word: the text contains a NUL"));
}

/* Is the statement, with two values, refused before it runs? */
static bool
is_refused(struct csg_store *s, const char *sql, const char *words)
{
	const struct csg_value v[] = { csg_v_int(1), csg_v_int(2) };
	struct csg_rows *r = NULL;
	struct csg_err err = { 0 };

	return csg_store_ask(s, sql, v, 2, &r, &err) == CSG_TROUBLE &&
	    r == NULL && err.reason == CSG_R_LOG &&
	    strstr(err.text, words) != NULL;
}

static void
values(struct csg_store *s)
{
	const struct csg_value v[] = { csg_v_int(30), csg_v_int(4) };
	struct csg_err err = { 0 };
	int64_t n = 0;

	unit_case("values are $1, $2, as many as the statement takes");
	CHECK(csg_store_int(s, "SELECT $1 + $2 + $1 AS n", v, 2, &n, &err) ==
		CSG_OK &&
	    n == 64);
	CHECK(is_refused(s, "SELECT $1 AS n", "does not take 2 values"));
	CHECK(
	    is_refused(s, "SELECT $1 + $2 + $3 AS n", "does not take 2 value"));
	CHECK(is_refused(s, "SELECT ? + ? AS n", "are not $1, $2, ..."));
	CHECK(is_refused(s, "SELECT $2 + $1 AS n", "are not $1, $2, ..."));
	CHECK(is_refused(s, "SELECT nonsense", "no such column"));
}

static void
transactions(struct csg_store *s)
{
	struct csg_err err = { 0 }, why = { 0 };

	unit_case("a transaction comes about, or is undone");
	CHECK(csg_store_begin_write(s, &err) == CSG_OK);
	CHECK(put_note(s, "a", "1") == CSG_OK && count_notes(s) == 1);
	(void)csg_fail(&why, CSG_R_IO, "why");
	CHECK(csg_store_end(s, CSG_TROUBLE, &why) == CSG_TROUBLE &&
	    strcmp(why.text, "why") == 0);
	CHECK(count_notes(s) == 0);
	CHECK(csg_store_begin_write(s, &err) == CSG_OK);
	CHECK(put_note(s, "a", "1") == CSG_OK);
	CHECK(csg_store_end(s, CSG_OK, &err) == CSG_OK);
	unit_case("a statement alone is one");
	CHECK(put_note(s, "b", "2") == CSG_OK);
	CHECK(put_note(s, "b", "3") == CSG_TROUBLE);
	CHECK(count_notes(s) == 2);
}

/* In another process, to which alone locks mean something: is there that many
 * notes? */
static bool
others_see(int64_t notes)
{
	struct csg_store *s;
	struct csg_err err = { 0 };
	pid_t child;
	int status = -1;
	bool ok;

	if ((child = fork()) == 0) {
		ok = csg_store_open("s.db", true, &s, &err) == CSG_OK &&
		    count_notes(s) == notes;
		csg_store_close(s);
		_exit(ok ? 0 : 1);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static void
readers(struct csg_store *s)
{
	struct csg_err err = { 0 };

	unit_case("others read while a writer waits between its transactions");
	CHECK(count_notes(s) == 2 && others_see(2));
	CHECK(put_note(s, "c", "3") == CSG_OK && others_see(3));
	CHECK(count_notes(s) == 3 && others_see(3));
	unit_case("and write nothing between what it reads in one go");
	CHECK(system("sqlite3 s.db 'DELETE FROM note' 2> refusal") != 0);
	CHECK(system("grep -q 'database is locked' refusal") == 0);
	CHECK(count_notes(s) == 3);
	unit_case("and not what it has not ended yet");
	CHECK(csg_store_begin_write(s, &err) == CSG_OK);
	CHECK(put_note(s, "d", "4") == CSG_OK && others_see(3));
	CHECK(csg_store_end(s, CSG_OK, &err) == CSG_OK && others_see(4));
	unit_case("and keep nobody from writing once they are done");
	CHECK(count_notes(s) == 4 && others_see(4));
	CHECK(put_note(s, "e", "5") == CSG_OK && others_see(5));
}

static void
one_state(struct csg_store *writer)
{
	struct csg_store *s = open_store(true);
	struct csg_err err = { 0 };

	unit_case("what is read in one transaction is one state");
	CHECK(csg_store_begin_read(s, &err) == CSG_OK && count_notes(s) == 5);
	CHECK(csg_store_begin_write(writer, &err) == CSG_OK);
	CHECK(put_note(writer, "f", "6") == CSG_OK && count_notes(s) == 5);
	CHECK(csg_store_end(s, CSG_OK, &err) == CSG_OK);
	CHECK(csg_store_end(writer, CSG_OK, &err) == CSG_OK);
	CHECK(count_notes(s) == 6);
	unit_case("a reader writes nothing");
	CHECK(put_note(s, "g", "7") == CSG_TROUBLE && count_notes(s) == 6);
	csg_store_close(s);
}

static void
replacing(void)
{
	struct csg_store *s = NULL;
	struct csg_err err = { 0 };

	unit_case("one store takes the place of another, which is kept whole");
	if (!CHECK(csg_store_create("new.db", &s, &err) == CSG_OK))
		return;
	CHECK(put_note(s, "new", "1") == CSG_OK);
	csg_store_close(s);
	CHECK(system("cp s.db s.copy && echo journal > s.db-journal") == 0);
	CHECK(csg_store_replace("s.db", "new.db", "aside.db", &err) == CSG_OK);
	CHECK(
	    system(
		"cmp -s aside.db s.copy && grep -q journal aside.db-journal") ==
	    0);
	CHECK(access("s.db-journal", F_OK) == -1);
	CHECK(access("new.db", F_OK) == -1);
	s = open_store(true);
	CHECK(count_notes(s) == 1);
	csg_store_close(s);
	unit_case("and is put over no other file");
	CHECK(
	    system(
		"cp s.db new.db && cp s.db s.copy && echo second > s.db-journal") ==
	    0);
	CHECK(csg_store_replace("s.db", "new.db", "aside.db", &err) ==
		CSG_TROUBLE &&
	    err.reason == CSG_R_IO && strstr(err.text, "aside.db") != NULL);
	CHECK(
	    system(
		"cmp -s s.db s.copy && grep -q second s.db-journal && grep -q journal aside.db-journal") ==
	    0);
	unit_case("and where none was, it has the name");
	CHECK(unlink("s.db") == 0 && unlink("s.db-journal") == 0);
	CHECK(csg_store_replace("s.db", "new.db", "other.db", &err) == CSG_OK);
	CHECK(access("other.db", F_OK) == -1);
	s = open_store(true);
	CHECK(count_notes(s) == 1);
	csg_store_close(s);
}

int
main(void)
{
	struct csg_store *s = NULL;
	struct csg_err err = { 0 };

	if (!unit_enter_dir())
		return 1;
	if (!CHECK(csg_store_create("s.db", &s, &err) == CSG_OK))
		return unit_done();
	csg_store_close(s);
	s = open_store(false);
	columns(s);
	types(s);
	values(s);
	transactions(s);
	readers(s);
	one_state(s);
	csg_store_close(s);
	replacing();
	return unit_done();
}
