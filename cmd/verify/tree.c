/* csg-verify -r DIR: check everything that is signed below a directory, and
 * print a table. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/common/talk.h"
#include "cmd/verify/verify.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

/* ---- progress ---- */

struct progress {
	int64_t shown; /* time of the last update, in ms; 0: never */
	int width; /* columns to erase */
};

static int64_t
milliseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Show the progress, at most ten times a second. */
static void
show_progress(void *arg, size_t done, size_t total)
{
	struct progress *p = arg;
	int64_t now = milliseconds();
	int n;

	if (p->shown != 0 && now - p->shown < 100)
		return;
	p->shown = now;
	n = fprintf(stderr, "\r%zu/%zu", done, total) - 1;
	if (n > p->width)
		p->width = n;
	(void)fflush(stderr);
}

static void
remove_progress(const struct progress *p)
{
	if (p->shown == 0)
		return;
	(void)fprintf(stderr, "\r%*s\r", p->width, "");
	(void)fflush(stderr);
}

/* ---- the table ---- */

enum { STATUS, PATH, PROFILE, KEY, COLUMNS };

/* Columns are at most this wide; longer entries overflow. */
#define MAX_WIDTH 60

/* The width of safe text on a terminal, one column per character. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
widen(int *width, const char *s)
{
	struct csg_buf safe = { 0 };
	int n;

	csg_text_escape(&safe, s, strlen(s));
	n = width_of(csg_buf_str(&safe));
	if (n > *width && n <= MAX_WIDTH)
		*width = n;
	csg_buf_free(&safe);
}

static const char *
status_of(const struct csg_line *l)
{
	return l->reason == CSG_R_NONE ? "valid" : csg_reason_word(l->reason);
}

/* Append policy and profile: "acme/firmware". */
static void
add_profile(const struct csg_proof *p, struct csg_buf *out)
{
	csg_buf_printf(out, "%s/%s", p->record->tally->policy->name,
	    p->record->tally->profile->name);
}

static void
measure(const struct csg_archive *a, int width[COLUMNS])
{
	const struct csg_line *l;
	struct csg_buf profile = { 0 };
	size_t i;

	for (i = 0; i < a->n; i++) {
		l = &a->lines[i];
		widen(&width[STATUS], status_of(l));
		widen(&width[PATH], l->path);
		if (l->finding.proof == NULL)
			continue;
		add_profile(l->finding.proof, &profile);
		widen(&width[PROFILE], csg_buf_str(&profile));
		widen(&width[KEY], l->finding.proof->record->key->name);
		csg_buf_free(&profile);
	}
}

static void
print_column(const char *s, int width)
{
	struct csg_buf safe = { 0 };
	int n;

	csg_text_escape(&safe, s, strlen(s));
	n = width - width_of(csg_buf_str(&safe));
	(void)printf("%s%*s  ", csg_buf_str(&safe), n > 0 ? n : 0, "");
	csg_buf_free(&safe);
}

/* Print the rest of a valid line, after the path. */
static void
print_proof(const struct csg_proof *p, const int width[COLUMNS])
{
	struct csg_buf profile = { 0 }, who = { 0 };
	char when[CSG_TIME_LEN];

	add_profile(p, &profile);
	report_approvers(p->record->tally, &who);
	print_column(csg_buf_str(&profile), width[PROFILE]);
	print_column(p->record->key->name, width[KEY]);
	print_column(csg_time_format(p->record->tally->time, when), 0);
	cmd_print("%s%s\n", csg_buf_str(&who),
	    csg_proof_is_emergency(p) ? ", EMERGENCY route" : "");
	csg_buf_free(&profile);
	csg_buf_free(&who);
}

static void
print_table(const struct csg_archive *a)
{
	int width[COLUMNS] = { 0 };
	const struct csg_line *l;
	size_t i;

	measure(a, width);
	for (i = 0; i < a->n; i++) {
		l = &a->lines[i];
		print_column(status_of(l), width[STATUS]);
		print_column(l->path, width[PATH]);
		if (l->finding.proof != NULL)
			print_proof(l->finding.proof, width);
		else
			cmd_print("%s\n", l->text);
	}
}

/* ---- the report ---- */

static void
print_json(struct verify *v, const struct csg_archive *a)
{
	size_t i;

	json_array(&v->json, NULL);
	for (i = 0; i < a->n; i++)
		verify_report_json(v, &a->lines[i]);
	json_end_array(&v->json);
}

/* Report emergency routes even when no table is printed. */
static void
warn_emergencies(const struct csg_archive *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		verify_warn_emergency(&a->lines[i]);
}

/* Print how many files there are of each kind, and with -v which. */
static void
summarise(const struct csg_archive *a)
{
	size_t i, valid = 0;

	for (i = 0; i < a->n; i++)
		valid += a->lines[i].reason == CSG_R_NONE;
	for (i = 0; i < a->nunsigned; i++)
		cmd_note("unsigned: %s", a->unsigned_files[i]);
	for (i = 0; i < a->nunused; i++)
		cmd_note("unused proof: %s", a->unused_proofs[i]);
	cmd_say(
	    "%zu valid, %zu not; unsigned: %zu; unused proofs: %zu; links and devices skipped: %zu",
	    valid, a->n - valid, a->nunsigned, a->nunused, a->tree->others);
}

/* Find the worst line.  The other errors are in the table, or, if there is
 * none, are printed on stderr. */
static void
find_worst(const struct csg_archive *a, struct csg_err *worst)
{
	struct csg_err err;
	size_t i;

	for (i = 0; i < a->n; i++) {
		verify_error_of(&a->lines[i], &err);
		if (cmd_quiet)
			verify_worse(worst, &err);
		else if (err.rc != worst->rc &&
		    csg_rc_worst(worst->rc, err.rc) == err.rc)
			*worst = err;
	}
}

static void
show(struct verify *v, const struct csg_archive *a, struct csg_err *worst)
{
	if (v->args->json)
		print_json(v, a);
	else if (!cmd_quiet)
		print_table(a);
	else
		warn_emergencies(a);
	(void)fflush(stdout);
	summarise(a);
	find_worst(a, worst);
	/* finding nothing most likely means a wrong directory */
	if (a->n == 0)
		(void)csg_fail(worst, CSG_R_IO,
		    "%s: contains no signature that could be checked",
		    v->args->tree);
	verify_worse(worst, &a->ledger);
	if (a->newest != NULL)
		verify_remember(v, a->newest);
}

void
verify_tree(struct verify *v, struct csg_err *worst)
{
	struct progress p = { 0 };
	struct csg_parallel jobs = { .workers = v->args->jobs, .arg = &p };
	struct csg_archive_in in = verify_input(v, &jobs);
	struct csg_archive *a = NULL;

	if (jobs.workers == 0)
		jobs.workers = csg_parallel_cores();
	if (!cmd_quiet && isatty(STDERR_FILENO))
		jobs.progress = show_progress;
	(void)csg_archive_walk(&in, v->args->tree, &a, worst);
	remove_progress(&p);
	if (a != NULL)
		show(v, a, worst);
	csg_archive_free(a);
}
