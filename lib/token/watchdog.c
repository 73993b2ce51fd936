#include <stdint.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/token/watchdog.h"

#define SECOND INT64_C(1000000000)
#define NEVER INT64_MAX

struct csg_watchdog {
	struct csg_deadline limit;
	/* texts prepared for the message: the thread only copies them */
	char whose[256];
	char after[64], after_slow[64];
	pthread_t thread;
	pthread_mutex_t mutex; /* protects all that follows */
	pthread_cond_t changed;
	bool stop;
	const char *call; /* the call in progress, or NULL */
	bool slow; /* it is allowed CSG_DEADLINE_SLOW times as long */
	int64_t until; /* its deadline, in nanoseconds */
	int64_t wakes; /* when the thread will wake */
};

/* Monotonic nanoseconds: setting the clock must not expire a call. */
static int64_t
now(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t
allowed(const struct csg_watchdog *w, bool slow)
{
	return (int64_t)w->limit.seconds * (slow ? CSG_DEADLINE_SLOW : 1);
}

/* Append as much of more as fits into a text of size bytes. */
static void
append(char *text, size_t size, const char *more)
{
	size_t have = strlen(text), n = strlen(more);

	if (n > size - 1 - have)
		n = size - 1 - have;
	memcpy(text + have, more, n);
	text[have + n] = '\0';
}

static void
expire(const struct csg_watchdog *w)
{
	char what[512] = "";

	append(what, sizeof(what), w->whose);
	append(what, sizeof(what), ": ");
	append(what, sizeof(what), w->call);
	append(what, sizeof(what), w->slow ? w->after_slow : w->after);
	w->limit.expired(what);
}

static void
sleep_until(struct csg_watchdog *w, int64_t when)
{
	struct timespec t;

	w->wakes = when;
	if (when == NEVER) {
		(void)pthread_cond_wait(&w->changed, &w->mutex);
		return;
	}
	t.tv_sec = (time_t)(when / SECOND);
	t.tv_nsec = (long)(when % SECOND);
	(void)pthread_cond_timedwait(&w->changed, &w->mutex, &t);
}

/* Did the thread sleep until exactly this deadline and wake in time?  If not,
 * the process was stopped or its machine suspended, and the call is allowed
 * more time. */
static bool
was_awake(const struct csg_watchdog *w, int64_t t)
{
	return w->wakes == w->until && t - w->until < SECOND;
}

/*
 * While calls follow each other, the thread sleeps until the deadline of the
 * first, and only then checks the deadline of the current call, so watching a
 * call needs no context switch.
 */
static void *
watch(void *arg)
{
	struct csg_watchdog *w = arg;
	int64_t t;

	(void)pthread_mutex_lock(&w->mutex);
	while (!w->stop) {
		t = now();
		if (w->call != NULL && t >= w->until) {
			if (was_awake(w, t)) {
				expire(w);
				break;
			}
			w->until = t + allowed(w, w->slow) * SECOND;
		}
		sleep_until(w, w->call != NULL ? w->until : NEVER);
	}
	(void)pthread_mutex_unlock(&w->mutex);
	return NULL;
}

static void
prepare_texts(struct csg_watchdog *w, const char *whose)
{
	static const char after[] = " did not return within %lld s";

	(void)snprintf(w->whose, sizeof(w->whose), "%s", whose);
	(void)snprintf(
	    w->after, sizeof(w->after), after, (long long)allowed(w, false));
	(void)snprintf(w->after_slow, sizeof(w->after_slow), after,
	    (long long)allowed(w, true));
}

/* The thread blocks all signals. */
static int
start_thread(struct csg_watchdog *w)
{
	sigset_t all, old;
	int e;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	e = pthread_create(&w->thread, NULL, watch, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return e;
}

enum csg_rc
csg_watchdog_start(const struct csg_deadline *limit, const char *whose,
    struct csg_watchdog **out, struct csg_err *err)
{
	struct csg_watchdog *w;
	pthread_condattr_t attr;
	int e;

	*out = NULL;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return csg_fail_mem(err);
	w->limit = *limit;
	w->wakes = NEVER;
	prepare_texts(w, whose);
	(void)pthread_mutex_init(&w->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	if ((e = start_thread(w)) != 0) {
		(void)pthread_cond_destroy(&w->changed);
		(void)pthread_mutex_destroy(&w->mutex);
		free(w);
		return csg_fail(err, CSG_R_IO,
		    "can't start a thread to watch %s (error %d)", whose, e);
	}
	*out = w; /* transferred */
	return CSG_OK;
}

void
csg_watchdog_stop(struct csg_watchdog *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->mutex);
	w->stop = true;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->mutex);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->mutex);
	free(w);
}

void
csg_watchdog_begin(struct csg_watchdog *w, const char *call, bool slow)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->mutex);
	w->call = call;
	w->slow = slow;
	w->until = now() + allowed(w, slow) * SECOND;
	if (w->until < w->wakes)
		(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->mutex);
}

void
csg_watchdog_end(struct csg_watchdog *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->mutex);
	w->call = NULL;
	(void)pthread_mutex_unlock(&w->mutex);
}
