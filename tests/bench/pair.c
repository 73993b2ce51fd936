/*
 * pair [-n RUNS] [-e FILE] A... [:: B... [:: RESET...]]: how long two commands
 * take, one after the other, again and again.
 *
 * Each round runs RESET and A, then RESET and B; no shell starts them, and
 * RESET, which finds "a" or "b" in PAIR_SIDE, is not timed.  With -e, B runs once for
 * each line of FILE, which stands for its "{}", and what is timed is all of
 * them.  A command's output is dropped; one that fails ends the bench, and
 * what it wrote to stderr is shown.
 *
 * Prints the medians of wall time and of CPU time (all threads) and the ratios of A
 * to B:
 *
 *	a 45.31 ms, cpu 40.20 ms  b 11.02 ms, cpu 9.80 ms  ratio 4.11, cpu 4.10  runs 15
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_RUNS 1000

struct cost {
	double wall, cpu; /* ms */
};

struct side {
	char **argv; /* NULL-terminated; NULL: no such command */
	struct cost runs[MAX_RUNS];
};

extern char **environ;

static int errors; /* file for stderr of commands */

static void
die(const char *what)
{
	(void)fprintf(stderr, "pair: %s: %s\n", what, strerror(errno));
	exit(4);
}

static void *
must(void *p)
{
	if (p == NULL)
		die("memory");
	return p;
}

static double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
cpu_ms(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e3 +
	    (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e3;
}

static void
show_failure(char *const *argv, int status)
{
	char buf[4096];
	ssize_t n;

	(void)fprintf(stderr, "pair: status %d:", status);
	for (; *argv != NULL; argv++)
		(void)fprintf(stderr, " %s", *argv);
	(void)fputc('\n', stderr);
	(void)lseek(errors, 0, SEEK_SET);
	while ((n = read(errors, buf, sizeof(buf))) > 0)
		(void)fwrite(buf, 1, (size_t)n, stderr);
}

/* Run a command that must succeed, and add what it cost. */
static void
run(char *const *argv, struct cost *c)
{
	posix_spawn_file_actions_t fa;
	struct rusage u;
	double start;
	pid_t pid;
	int status;

	if (ftruncate(errors, 0) == -1 || lseek(errors, 0, SEEK_SET) == -1 ||
	    posix_spawn_file_actions_init(&fa) != 0 ||
	    posix_spawn_file_actions_addopen(
		&fa, 0, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(
		&fa, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&fa, errors, 2) != 0)
		die("file actions");
	start = now_ms();
	if ((errno = posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ)) !=
	    0)
		die(argv[0]);
	while (wait4(pid, &status, 0, &u) == -1)
		if (errno != EINTR)
			die("wait");
	c->wall += now_ms() - start;
	c->cpu += cpu_ms(&u);
	(void)posix_spawn_file_actions_destroy(&fa);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	show_failure(argv,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	exit(1);
}

/* A word of the command with each "{}" replaced. */
static char *
fill_in(const char *word, const char *with)
{
	char *out = NULL;
	const char *at;
	size_t len;
	FILE *f = must(open_memstream(&out, &len));

	for (; (at = strstr(word, "{}")) != NULL; word = at + 2)
		(void)fprintf(f, "%.*s%s", (int)(at - word), word, with);
	(void)fputs(word, f);
	if (fclose(f) != 0)
		die("memory");
	return out;
}

/* The command, once for each line of the list. */
static void
run_each(char *const *argv, const char *list, struct cost *c)
{
	FILE *f = fopen(list, "r");
	char line[4096], *words[256];
	size_t i, n;

	if (f == NULL)
		die(list);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		for (n = 0; argv[n] != NULL && n < 255; n++)
			words[n] = fill_in(argv[n], line);
		words[n] = NULL;
		run(words, c);
		for (i = 0; i < n; i++)
			free(words[i]);
	}
	(void)fclose(f);
}

static int
by_wall(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->wall,
	       y = ((const struct cost *)b)->wall;

	return (x > y) - (x < y);
}

static int
by_cpu(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->cpu,
	       y = ((const struct cost *)b)->cpu;

	return (x > y) - (x < y);
}

static struct cost
median(struct side *s, size_t n)
{
	struct cost m;

	qsort(s->runs, n, sizeof(s->runs[0]), by_wall);
	m.wall = (s->runs[(n - 1) / 2].wall + s->runs[n / 2].wall) / 2;
	qsort(s->runs, n, sizeof(s->runs[0]), by_cpu);
	m.cpu = (s->runs[(n - 1) / 2].cpu + s->runs[n / 2].cpu) / 2;
	return m;
}

static void
report(struct side side[2], size_t n)
{
	struct cost a = median(&side[0], n), b;

	(void)printf("a %.2f ms, cpu %.2f ms", a.wall, a.cpu);
	if (side[1].argv != NULL) {
		b = median(&side[1], n);
		(void)printf("  b %.2f ms, cpu %.2f ms  ratio %.2f, cpu %.2f",
		    b.wall, b.cpu, a.wall / b.wall, a.cpu / b.cpu);
	}
	(void)printf("  runs %zu\n", n);
}

/* The words up to "::", which ends them; *v moves behind it. */
static char **
take(char ***v)
{
	char **start = *v, **p;

	for (p = start; *p != NULL && strcmp(*p, "::") != 0; p++)
		;
	*v = *p != NULL ? p + 1 : p;
	*p = NULL;
	return *start != NULL ? start : NULL;
}

int
main(int argc, char *argv[])
{
	static struct side side[2];
	char **reset, path[] = "/tmp/pair-XXXXXX";
	const char *each = NULL;
	struct cost unused = { 0 };
	size_t i, s, n = 15;
	int c;

	while ((c = getopt(argc, argv, "+n:e:")) != -1)
		switch (c) {
		case 'n': n = strtoul(optarg, NULL, 10); break;
		case 'e': each = optarg; break;
		default: return 2;
		}
	argv += optind;
	side[0].argv = take(&argv);
	side[1].argv = take(&argv);
	reset = take(&argv);
	if (side[0].argv == NULL || n == 0 || n > MAX_RUNS)
		return 2;
	if ((errors = mkstemp(path)) == -1 || unlink(path) == -1 ||
	    fcntl(errors, F_SETFD, FD_CLOEXEC) == -1)
		die(path);
	for (i = 0; i < n; i++)
		for (s = 0; s < 2 && side[s].argv != NULL; s++) {
			if (setenv("PAIR_SIDE", s == 0 ? "a" : "b", 1) == -1)
				die("environment");
			if (reset != NULL)
				run(reset, &unused);
			if (s == 1 && each != NULL)
				run_each(side[s].argv, each, &side[s].runs[i]);
			else
				run(side[s].argv, &side[s].runs[i]);
		}
	report(side, n);
	return 0;
}
