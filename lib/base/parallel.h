/*
 * Parallel jobs: one function called for many indices, by several threads.
 */
#ifndef CSG_BASE_PARALLEL_H
#define CSG_BASE_PARALLEL_H

#include <stddef.h>

#include "lib/base/err.h"

struct csg_parallel {
	size_t workers; /* threads, at least 1 */
	/* called after every job, by one thread at a time; or NULL */
	void (*progress)(void *arg, size_t done, size_t total);
	void *arg;
	size_t done, total; /* jobs over all runs; the caller sets total */
};

/* The number of processors online, at least 1. */
size_t csg_parallel_cores(void);

/*
 * Call job once for every i below n, in no particular order, on up to
 * j->workers threads (at most 256, and fewer if they can't be started).  A job
 * stores its result in arg, under i.  A job that returns anything but CSG_OK
 * (out of memory, for instance) stops the run; the error of the lowest such i
 * is returned.  IO if there is no lock.
 */
enum csg_rc csg_parallel_run(struct csg_parallel *j, size_t n,
    enum csg_rc (*job)(void *arg, size_t i, struct csg_err *err), void *arg,
    struct csg_err *err);

#endif
