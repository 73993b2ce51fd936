/*
 * Parallel: the same work on many things, by several threads at once.
 */
#ifndef CSG_BASE_PARALLEL_H
#define CSG_BASE_PARALLEL_H

#include <stddef.h>

#include "lib/base/err.h"

struct csg_parallel {
	size_t workers; /* threads, 1 at least */
	/* called after every job, by one thread at a time; or NULL */
	void (*progress)(void *arg, size_t done, size_t total);
	void *arg;
	size_t done, total; /* over all runs; total is the caller's */
};

/* How many threads are worth having: one for each processor. */
size_t csg_parallel_cores(void);

/*
 * Call job with every i below n, each once, in no order, by as many threads
 * as can be started.  What a job finds out it leaves in arg, at i; what it
 * returns but CSG_OK is trouble that stops the run (no memory, say), and the
 * lowest i of those is reported.
 */
enum csg_rc csg_parallel_run(struct csg_parallel *j, size_t n,
    enum csg_rc (*job)(void *arg, size_t i, struct csg_err *err), void *arg,
    struct csg_err *err);

#endif
