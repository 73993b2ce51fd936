/* Jobs: each once, whatever the number of threads; trouble stops them. */
#include <pthread.h>
#include <string.h>

#include "lib/base/parallel.h"
#include "tests/unit/unit.h"

#define MANY 5000

struct work {
	int times[MANY]; /* each slot is one job's own */
	size_t bad; /* this one and all later ones fail */
	size_t calls, last; /* of progress */
	bool rising;
};

static enum csg_rc
count(void *arg, size_t i, struct csg_err *err)
{
	struct work *w = arg;

	w->times[i]++;
	if (i >= w->bad)
		return csg_fail(err, CSG_R_IO, "job %zu", i);
	return CSG_OK;
}

static void
progress(void *arg, size_t done, size_t total)
{
	struct work *w = arg;

	w->rising = w->rising && done == w->last + 1 && total == MANY;
	w->last = done;
	w->calls++;
}

static bool
all_once(const struct work *w, size_t n)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		if (w->times[i] != (i < n))
			return false;
	return true;
}

static void
test_each_once(size_t workers, size_t n)
{
	static struct work w;
	struct csg_parallel j = { .workers = workers,
		.progress = progress,
		.arg = &w,
		.total = MANY };
	struct csg_err err = { 0 };

	memset(&w, 0, sizeof(w));
	w.bad = MANY;
	w.rising = true;
	CHECK(csg_parallel_run(&j, n, count, &w, &err) == CSG_OK);
	CHECK(all_once(&w, n));
	CHECK(w.calls == n && w.rising && j.done == n);
}

static void
test_trouble(size_t workers)
{
	static struct work w;
	struct csg_parallel j = { .workers = workers };
	struct csg_err err = { 0 };
	size_t i, n = 0;

	memset(&w, 0, sizeof(w));
	w.bad = 10;
	CHECK(csg_parallel_run(&j, MANY, count, &w, &err) == CSG_TROUBLE);
	CHECK(strcmp(err.text, "job 10") == 0);
	for (i = 0; i < MANY; i++)
		n += (size_t)w.times[i];
	CHECK(n >= 11 && n <= 10 + workers);
}

int
main(void)
{
	static const size_t workers[] = { 0, 1, 2, 7, 64, 1000 };
	size_t i;

	unit_case("each job is done once, and counted, by any number of "
		  "threads");
	for (i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
		test_each_once(workers[i], MANY);
		test_each_once(workers[i], 3);
		test_each_once(workers[i], 1);
		test_each_once(workers[i], 0);
	}
	unit_case("trouble stops the run, and the first job that had it is "
		  "told of");
	test_trouble(1);
	test_trouble(2);
	test_trouble(7);
	return unit_done();
}
