/* csg-verify -r DIR: all that is signed below a directory, as a table. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/common/talk.h"
#include "cmd/verify/verify.h"
#include "lib/verify/archive.h"
#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

/* ---- progress ---- */

struct progress {
	int64_t shown; /* when, in milliseconds; 0: never */
	int width;
};

static int64_t
milliseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Ten times a second is enough for anybody. */
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

/* ---- what is rendered of a valid line ---- */

/* The columns behind the path, ended by tabs; none is in a name. */
static char *
render_columns(
    void *arg, const struct csg_line *line, const struct csg_finding *f)
{
	const struct csg_record *r = f->proof->record;
	struct csg_buf b = { 0 }, who = { 0 };
	char when[CSG_TIME_LEN];

	(void)arg;
	(void)line;
	report_approvers(r->tally, &who);
	csg_buf_printf(&b, "%s/%s\t%s\t%s\t%s%s", r->tally->policy->name,
	    r->tally->profile->name, r->key->name,
	    csg_time_format(r->tally->time, when), csg_buf_str(&who),
	    csg_proof_is_emergency(f->proof) ? ", EMERGENCY route" : "");
	csg_buf_free(&who);
	if (csg_buf_ok(&b, NULL) != CSG_OK)
		csg_buf_free(&b);
	return (char *)b.data; /* transferred */
}

/* The emergency route that carried it, else nothing. */
static char *
render_emergency(
    void *arg, const struct csg_line *line, const struct csg_finding *f)
{
	(void)arg;
	(void)line;
	return strdup(csg_proof_is_emergency(f->proof) ?
		f->proof->record->seal->route :
		"");
}

static char *
render_json(void *arg, const struct csg_line *line, const struct csg_finding *f)
{
	const struct csg_err good = { 0 };
	struct json j = { .depth = 1 };
	char *text = NULL;
	size_t len;

	if ((j.to = open_memstream(&text, &len)) == NULL)
		return NULL;
	verify_report_json(
	    arg, &j, line->path, line->signature, f, &good, NULL);
	if (fclose(j.to) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the table ---- */

enum { STATUS, PATH, PROFILE, KEY, COLUMNS };

/* Columns are at most so wide; what is wider stands out. */
#define MAX_WIDTH 60

/* What it takes on a terminal, of text that is safe. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
widen(int *width, const char *s, size_t len)
{
	struct csg_buf safe = { 0 };
	int n;

	csg_text_escape(&safe, s, len);
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

static void
measure(const struct csg_archive *a, int width[COLUMNS])
{
	const struct csg_line *l;
	const char *s;
	size_t i, k;
	int c;

	for (i = 0; i < a->n; i++) {
		l = &a->lines[i];
		widen(&width[STATUS], status_of(l), strlen(status_of(l)));
		widen(&width[PATH], l->path, strlen(l->path));
		s = l->rendered;
		for (c = PROFILE; s != NULL && c < COLUMNS; c++) {
			k = strcspn(s, "\t");
			widen(&width[c], s, k);
			s += k + (s[k] != '\0');
		}
	}
}

static void
print_column(const char *s, size_t len, int width)
{
	struct csg_buf safe = { 0 };
	int n;

	csg_text_escape(&safe, s, len);
	n = width - width_of(csg_buf_str(&safe));
	(void)printf("%s%*s  ", csg_buf_str(&safe), n > 0 ? n : 0, "");
	csg_buf_free(&safe);
}

static void
print_line(const struct csg_line *l, const int width[COLUMNS])
{
	const char *s = l->rendered;
	size_t k;
	int c;

	print_column(status_of(l), strlen(status_of(l)), width[STATUS]);
	print_column(l->path, strlen(l->path), width[PATH]);
	for (c = PROFILE; s != NULL && c < COLUMNS; c++) {
		k = strcspn(s, "\t");
		print_column(s, k, width[c]);
		s += k + (s[k] != '\0');
	}
	for (; s != NULL && (k = strcspn(s, "\t"), s[k] != '\0'); s += k + 1)
		print_column(s, k, 0);
	cmd_print("%s\n", s != NULL ? s : l->text);
}

static void
print_table(const struct csg_archive *a)
{
	int width[COLUMNS] = { 0 };
	size_t i;

	measure(a, width);
	for (i = 0; i < a->n; i++)
		print_line(&a->lines[i], width);
}

/* ---- all of it ---- */

/* A line as an error; CSG_OK for a valid one. */
static void
error_of(const struct csg_line *l, struct csg_err *err)
{
	*err = (struct csg_err){ 0 };
	if (l->reason == CSG_R_NONE)
		return;
	(void)csg_fail(err, l->reason, "%s", l->text);
	(void)csg_err_prefix_file(err, l->path);
}

/* Who wants no table is told all the same of what an emergency route carried. */
static void
warn_emergencies(const struct csg_archive *a)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (a->lines[i].rendered == NULL ||
		    a->lines[i].rendered[0] == '\0')
			continue;
		cmd_warn("%s: signed by the emergency route %s",
		    a->lines[i].path, a->lines[i].rendered);
	}
}

static void
print_json(struct verify *v, const struct csg_archive *a)
{
	struct csg_err err;
	size_t i;

	json_array(&v->json, NULL);
	for (i = 0; i < a->n; i++) {
		if (a->lines[i].rendered != NULL) {
			json_written(&v->json, a->lines[i].rendered);
			continue;
		}
		error_of(&a->lines[i], &err);
		verify_report_json(v, &v->json, a->lines[i].path,
		    a->lines[i].signature, NULL, &err, NULL);
	}
	json_end_array(&v->json);
}

/* How many there are of each kind, and with -v which. */
static void
summarise(const struct csg_archive *a)
{
	size_t i, valid = 0;

	for (i = 0; i < a->n; i++)
		valid += a->lines[i].reason == CSG_R_NONE;
	for (i = 0; i < a->nunsigned; i++)
		cmd_note("unsigned: %s", a->unsigned_files[i]);
	for (i = 0; i < a->nunused; i++)
		cmd_note("a proof of nothing here: %s", a->unused_proofs[i]);
	cmd_say("%zu valid, %zu not; unsigned: %zu; proofs of nothing here: "
		"%zu; links and devices left alone: %zu",
	    valid, a->n - valid, a->nunsigned, a->nunused, a->others);
}

/* The worst line; the table has told of the others, unless it was not
 * printed. */
static void
find_worst(const struct csg_archive *a, struct csg_err *worst)
{
	struct csg_err err;
	size_t i;

	for (i = 0; i < a->n; i++) {
		error_of(&a->lines[i], &err);
		if (cmd_quiet)
			verify_worse(worst, &err);
		else if (err.rc != worst->rc &&
		    csg_rc_worst(worst->rc, err.rc) == err.rc)
			*worst = err;
	}
}

/* As of single artifacts: what is newest is remembered. */
static void
remember(const struct verify *v, const struct csg_archive *a)
{
	const struct csg_proof_in in = {
		.trust = v->trust, .newest = v->newest, .known = v->chains
	};
	struct csg_buf text = { 0 };
	struct csg_proof *p = NULL;
	struct csg_err err = { 0 };

	if (a->newest != NULL &&
	    csg_io_readat(a->tree->fd, a->newest, CSG_MAX_FILE, &text, &err) ==
		CSG_OK &&
	    csg_proof_read(a->newest, text.data, text.len, &in, &p, &err) ==
		CSG_OK)
		verify_remember(v, p);
	csg_proof_free(p);
	csg_buf_free(&text);
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
	/* nothing at all is more likely a wrong directory than a sound one */
	if (a->n == 0)
		(void)csg_fail(worst, CSG_R_IO,
		    "%s: no signature here that could be checked",
		    v->args->tree);
	verify_worse(worst, &a->ledger);
	remember(v, a);
}

void
verify_tree(struct verify *v, struct csg_err *worst)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct progress p = { 0 };
	struct csg_parallel jobs = { .arg = &p };
	struct csg_archive_in in = { .dir = v->args->tree,
		.trust = v->trust,
		.chains = v->chains,
		.expected = v->expected,
		.jobs = &jobs,
		.arg = v };
	struct csg_archive *a = NULL;

	jobs.workers = v->args->jobs;
	if (jobs.workers == 0)
		jobs.workers = cores > 0 ? (size_t)cores : 1;
	if (!cmd_quiet && isatty(STDERR_FILENO))
		jobs.progress = show_progress;
	if (v->args->json)
		in.render = render_json;
	else
		in.render = cmd_quiet ? render_emergency : render_columns;
	(void)csg_archive_check(&in, &a, worst);
	remove_progress(&p);
	if (a != NULL)
		show(v, a, worst);
	csg_archive_free(a);
}
