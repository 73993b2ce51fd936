/*
 * bench_ledger N...: what an entry and a proof cost in a ledger of N entries,
 * beside a bare SQLite insert of the same row with the same durability.
 *
 * The ledgers are filled in one transaction each; what is timed are single
 * durable appends, proofs of random entries, and openings, whose median is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/ledger/ledger_db.h"

#define ROUNDS 200
#define OPENINGS 15

static struct csg_err err;

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench_ledger: %s: %s\n", what, err.text);
	exit(1);
}

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A finish entry of request number n, with a body of a seal's size. */
static struct csg_entry
entry_of(uint64_t n, struct csg_id *id)
{
	static char body[1500];

	memset(body, 'x', sizeof(body) - 1);
	memset(id, 0, sizeof(*id));
	memcpy(id->b, &n, sizeof(n));
	return (struct csg_entry){ .seq = n,
		.time = 1,
		.kind = CSG_E_FINISH,
		.request = id,
		.body = body };
}

static void
fill(struct csg_ledger *l, uint64_t n)
{
	struct csg_entry e;
	struct csg_id id;
	uint64_t i;

	must(csg_store_begin_write(l->store, &err) == CSG_OK, "begin");
	for (i = 1; i <= n; i++) {
		e = entry_of(i, &id);
		must(csg_ledger_insert(l, &e, &err) == CSG_OK, "fill");
	}
	must(csg_store_end(l->store, CSG_OK, &err) == CSG_OK, "commit");
}

static double
time_appends(struct csg_ledger *l, uint64_t from)
{
	struct csg_entry e;
	struct csg_id id;
	double start = now_us();
	uint64_t i;

	for (i = 1; i <= ROUNDS; i++) {
		e = entry_of(from + i, &id);
		must(csg_ledger_append(l, &e, &err) == CSG_OK, "append");
	}
	return (now_us() - start) / ROUNDS;
}

static double
time_proofs(struct csg_ledger *l, uint64_t n)
{
	struct csg_receipt r = { 0 };
	struct csg_entry e;
	struct csg_id id;
	double start = now_us();
	uint64_t i;

	for (i = 0; i < ROUNDS; i++) {
		e = entry_of((uint64_t)rand() % n + 1, &id);
		must(csg_ledger_prove(l, e.request, 1, &r, &err) == CSG_OK,
		    "prove");
		free(r.entry);
	}
	return (now_us() - start) / ROUNDS;
}

/* The peer: the row alone, in a transaction of its own. */
static double
time_plain(struct csg_ledger *l)
{
	const char *sql = "INSERT INTO plain (request, body) VALUES ($1, $2)";
	struct csg_entry e;
	struct csg_id id;
	double start;
	uint64_t i;

	must(csg_store_execute(l->store,
		 "CREATE TABLE plain (seq INTEGER PRIMARY KEY, request BLOB, "
		 "body TEXT)",
		 NULL, 0, &err) == CSG_OK,
	    "peer");
	start = now_us();
	for (i = 1; i <= ROUNDS; i++) {
		e = entry_of(i, &id);
		const struct csg_value v[] = { csg_v_id(&id),
			csg_v_text(e.body) };
		must(csg_store_execute(l->store, sql, v, 2, &err) == CSG_OK,
		    "peer");
	}
	return (now_us() - start) / ROUNDS;
}

static int
compare_times(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
time_openings(void)
{
	double t[OPENINGS];
	struct csg_ledger *l;
	size_t i;

	for (i = 0; i < OPENINGS; i++) {
		t[i] = now_us();
		must(csg_ledger_open("bench.db", false, &l, &err) == CSG_OK,
		    "open");
		t[i] = now_us() - t[i];
		csg_ledger_close(l);
	}
	qsort(t, OPENINGS, sizeof(t[0]), compare_times);
	return t[OPENINGS / 2];
}

static void
bench(uint64_t n)
{
	struct csg_ledger *l;
	double append, plain, proof, open;

	(void)unlink("bench.db");
	must(csg_ledger_make("bench.db", &l, &err) == CSG_OK, "make");
	fill(l, n);
	append = time_appends(l, n);
	proof = time_proofs(l, n);
	csg_ledger_close(l);
	open = time_openings();
	must(csg_ledger_open("bench.db", false, &l, &err) == CSG_OK, "open");
	plain = time_plain(l);
	csg_ledger_close(l);
	(void)unlink("bench.db");
	(void)printf("%9llu  append %7.0f us, %4.2f of a bare insert  proof "
		     "%5.0f us  opening %5.1f ms\n",
	    (unsigned long long)n, append, append / plain, proof, open / 1e3);
}

int
main(int argc, char *argv[])
{
	int i;

	for (i = 1; i < argc; i++)
		bench(strtoull(argv[i], NULL, 10));
	return 0;
}
