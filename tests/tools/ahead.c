/*
 * ahead.so: preloaded into a tool, its clock is AHEAD seconds ahead.
 *
 * AHEAD is read at the start, since csg-sign clears its environment.
 */
#include <stdlib.h>
#include <time.h>

static time_t ahead;

__attribute__((constructor)) static void
arm(void)
{
	const char *s = getenv("AHEAD");

	if (s != NULL)
		ahead = (time_t)atoll(s);
}

time_t
time(time_t *out)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += ahead;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
