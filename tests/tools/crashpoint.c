/*
 * crashpoint.so: preloaded into a tool, it counts the calls by which files
 * change, and at one of them kills the process or lets the call fail, as
 * CRASHPOINT says:
 *
 *	count:FILE	write the number of calls to FILE at the end
 *	trace:FILE	write a line for each call to FILE: its name, and the path of
 *			what it changes
 *	kill:N		SIGKILL in place of call N
 *	enospc:N	call N fails with ENOSPC
 *	eio:N		call N fails with EIO
 *
 * CRASHPOINT is read at the start, since csg-sign clears its environment.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long at, calls;
static int failure; /* errno; 0: kill */
static char report[4096];
static int armed;
static FILE *trace;

__attribute__((constructor)) static void
arm(void)
{
	const char *s = getenv("CRASHPOINT");

	if (s == NULL)
		return;
	if (strncmp(s, "count:", 6) == 0)
		(void)snprintf(report, sizeof(report), "%s", s + 6);
	else if (strncmp(s, "trace:", 6) == 0)
		trace = fopen(s + 6, "w");
	else if (strncmp(s, "kill:", 5) == 0)
		at = atol(s + 5);
	else if (strncmp(s, "enospc:", 7) == 0) {
		at = atol(s + 7);
		failure = ENOSPC;
	} else if (strncmp(s, "eio:", 4) == 0) {
		at = atol(s + 4);
		failure = EIO;
	}
	armed = 1;
}

__attribute__((destructor)) static void
tell(void)
{
	FILE *f;

	armed = 0;
	if (trace != NULL)
		(void)fclose(trace);
	if (report[0] != '\0' && (f = fopen(report, "w")) != NULL) {
		(void)fprintf(f, "%ld\n", calls);
		(void)fclose(f);
	}
}

/* The path that a descriptor is open on. */
static const char *
fd_path(int fd)
{
	static char path[4096];
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = trace != NULL ? readlink(link, path, sizeof(path) - 1) : 0;
	path[n > 0 ? n : 0] = '\0';
	return path;
}

/* Is this the call that fails?  stderr tells which it was. */
static int
fails(const char *name, const char *path)
{
	if (!armed)
		return 0;
	if (trace != NULL)
		(void)fprintf(trace, "%s %s\n", name, path);
	if (++calls != at)
		return 0;
	if (failure == 0)
		(void)raise(SIGKILL);
	armed = 0;
	(void)fprintf(stderr, "crashpoint: %s\n", name);
	errno = failure;
	return 1;
}

static void *
real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		abort();
	return f;
}

/* WRAP(type, name, failed, parameters, arguments, path): the call, or its
 * failure. */
#define WRAP(type, name, failed, params, args, path) \
	type name params; \
	type name params \
	{ \
		static type(*f) params; \
		void *p; \
		if (f == NULL) { \
			p = real(#name); \
			memcpy(&f, &p, sizeof(f)); \
		} \
		return fails(#name, path) ? (failed) : f args; \
	}

WRAP(ssize_t, write, -1, (int fd, const void *b, size_t n), (fd, b, n),
    fd_path(fd))
WRAP(ssize_t, pwrite64, -1, (int fd, const void *b, size_t n, off_t o),
    (fd, b, n, o), fd_path(fd))
WRAP(int, fsync, -1, (int fd), (fd), fd_path(fd))
WRAP(int, fdatasync, -1, (int fd), (fd), fd_path(fd))
WRAP(int, ftruncate, -1, (int fd, off_t n), (fd, n), fd_path(fd))
WRAP(int, ftruncate64, -1, (int fd, off_t n), (fd, n), fd_path(fd))
WRAP(int, linkat, -1, (int a, const char *o, int b, const char *n, int f0),
    (a, o, b, n, f0), n)
WRAP(int, renameat, -1, (int a, const char *o, int b, const char *n),
    (a, o, b, n), n)
WRAP(int, unlink, -1, (const char *path), (path), path)
WRAP(int, unlinkat, -1, (int fd, const char *path, int flags),
    (fd, path, flags), path)
WRAP(int, remove, -1, (const char *path), (path), path)
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode), path)
WRAP(int, mkdirat, -1, (int fd, const char *path, mode_t mode),
    (fd, path, mode), path)
WRAP(size_t, fwrite, 0, (const void *b, size_t s, size_t n, FILE *fp),
    (b, s, n, fp), "")
WRAP(int, fflush, EOF, (FILE * fp), (fp), "")

/* Opening counts only where it makes or empties a file. */
static int
makes(int flags)
{
	return (flags & (O_CREAT | O_TRUNC)) != 0;
}

#define WRAP_OPEN(name) \
	int name(const char *path, int flags, ...); \
	int name(const char *path, int flags, ...) \
	{ \
		static int (*f)(const char *, int, ...); \
		mode_t mode = 0; \
		va_list ap; \
		void *p; \
		if (f == NULL) { \
			p = real(#name); \
			memcpy(&f, &p, sizeof(f)); \
		} \
		va_start(ap, flags); \
		if ((flags & O_CREAT) != 0) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
		return makes(flags) && fails(#name, path) ? \
		    -1 : \
		    f(path, flags, mode); \
	}

WRAP_OPEN(open)
WRAP_OPEN(open64)

int
openat(int dir, const char *path, int flags, ...)
{
	static int (*f)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list ap;
	void *p;

	if (f == NULL) {
		p = real("openat");
		memcpy(&f, &p, sizeof(f));
	}
	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return makes(flags) && fails("openat", path) ?
	    -1 :
	    f(dir, path, flags, mode);
}
