#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/parallel.h"

#define MAX_WORKERS 256

/* State shared by the threads of a run; the lock protects next, failed, err and
 * jobs->done. */
struct run {
	struct csg_parallel *jobs;
	enum csg_rc (*job)(void *arg, size_t i, struct csg_err *err);
	void *arg;
	pthread_mutex_t lock;
	size_t next, n;
	size_t failed; /* lowest index that failed, or n */
	struct csg_err err; /* the error of that index */
};

/* The next job's index, or n if none is left or a job has failed. */
static size_t
take(struct run *r)
{
	size_t i;

	(void)pthread_mutex_lock(&r->lock);
	i = r->failed < r->n || r->next == r->n ? r->n : r->next++;
	(void)pthread_mutex_unlock(&r->lock);
	return i;
}

static void
give(struct run *r, size_t i, enum csg_rc rc, const struct csg_err *err)
{
	struct csg_parallel *j = r->jobs;

	(void)pthread_mutex_lock(&r->lock);
	if (rc != CSG_OK && i < r->failed) {
		r->failed = i;
		r->err = *err;
	}
	j->done++;
	if (j->progress != NULL)
		j->progress(j->arg, j->done, j->total);
	(void)pthread_mutex_unlock(&r->lock);
}

static void *
work(void *arg)
{
	struct run *r = arg;
	struct csg_err err;
	enum csg_rc rc;
	size_t i;

	while ((i = take(r)) < r->n) {
		err = (struct csg_err){ 0 };
		rc = r->job(r->arg, i, &err);
		give(r, i, rc, &err);
	}
	return NULL;
}

size_t
csg_parallel_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (size_t)n : 1;
}

enum csg_rc
csg_parallel_run(struct csg_parallel *j, size_t n,
    enum csg_rc (*job)(void *arg, size_t i, struct csg_err *err), void *arg,
    struct csg_err *err)
{
	struct run r = {
		.jobs = j, .job = job, .arg = arg, .n = n, .failed = n
	};
	pthread_t threads[MAX_WORKERS];
	size_t k, more = j->workers < MAX_WORKERS ? j->workers : MAX_WORKERS;

	if (n < more)
		more = n;
	if (pthread_mutex_init(&r.lock, NULL) != 0)
		return csg_fail(
		    err, CSG_R_IO, "can't create a lock for the threads");
	/* this thread works too, and does everything if no other starts */
	for (k = 0; k + 1 < more; k++)
		if (pthread_create(&threads[k], NULL, work, &r) != 0)
			break;
	(void)work(&r);
	while (k-- > 0)
		(void)pthread_join(threads[k], NULL);
	(void)pthread_mutex_destroy(&r.lock);
	if (r.failed == n)
		return CSG_OK;
	if (err != NULL)
		*err = r.err;
	return r.err.rc;
}
