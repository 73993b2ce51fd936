/*
 * A unit test is a program: cases print TAP (ok / not ok), the exit status
 * says whether all passed.
 *
 *	int main(void)
 *	{
 *		unit_case("what is tested");
 *		CHECK(f(1) == 2);
 *		return unit_done();
 *	}
 */
#ifndef CSG_UNIT_H
#define CSG_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int unit_no, unit_bad;
static bool unit_open, unit_failed;
static char unit_name[256];

static inline void
unit_close(void)
{
	if (!unit_open)
		return;
	printf(
	    "%sok %d - %s\n", unit_failed ? "not " : "", ++unit_no, unit_name);
	unit_bad += unit_failed;
	unit_open = false;
}

/* A directory of its own for a test to work in, gone again at the end. */
static char unit_dir[] = "/tmp/csg-unit.XXXXXX";

static inline void
unit_leave_dir(void)
{
	static char command[sizeof(unit_dir) + 8];

	(void)snprintf(command, sizeof(command), "rm -rf %s", unit_dir);
	if (chdir("/") == 0)
		(void)!system(command);
}

static inline bool
unit_enter_dir(void)
{
	if (mkdtemp(unit_dir) == NULL || chdir(unit_dir) != 0)
		return false;
	return atexit(unit_leave_dir) == 0;
}

/* Begin a case; the one before is over. */
static inline void
unit_case(const char *name)
{
	unit_close();
	unit_open = true;
	unit_failed = false;
	(void)snprintf(unit_name, sizeof(unit_name), "%s", name);
}

/* The case begun can't be run here: told in one line, counted as no success. */
static inline void
unit_skip(const char *why)
{
	printf("# skipped: %s: %s\n", unit_name, why);
	unit_open = false;
}

/* Public test vectors, which don't come with the sources: the path of that
 * set, or NULL when the case just begun is skipped for want of it. */
static inline const char *
unit_vectors(const char *set)
{
	const char *dir = getenv("CSG_VECTORS");
	static char path[1024], why[1100];

	(void)snprintf(path, sizeof(path), "%s/%s",
	    dir != NULL ? dir : "../shared/vectors", set);
	if (access(path, R_OK) == 0)
		return path;
	(void)snprintf(why, sizeof(why), "no vectors at %s", path);
	unit_skip(why);
	return NULL;
}

static inline bool
unit_check(bool ok, const char *what, const char *file, int line)
{
	if (!ok) {
		printf("# %s:%d: %s\n", file, line, what);
		unit_failed = true;
	}
	return ok;
}

static inline int
unit_done(void)
{
	unit_close();
	printf("1..%d\n", unit_no);
	return unit_bad != 0;
}

#define CHECK(e) unit_check((e), #e, __FILE__, __LINE__)

#endif
