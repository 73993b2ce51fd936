/* csg-verify ARTIFACT ...: find the signatures and proofs of the operands,
 * check them, and report. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common/files.h"
#include "cmd/common/talk.h"
#include "cmd/verify/verify.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/* What the csg_given of an operand borrows. */
struct operand {
	struct csg_buf signature, name;
	struct csg_err fault;
};

struct operands {
	const struct verify *v;
	struct operand *each;
	struct csg_given *given; /* [n], parallel to each */
	size_t n;
	char **proofs; /* paths */
	size_t nproofs;
	struct stat *dirs; /* directories that were searched for proofs */
	size_t ndirs;
};

/* ---- proofs ---- */

static enum csg_rc
add_proof(struct operands *o, const char *path, struct csg_err *err)
{
	char **p;

	if ((p = realloc(o->proofs, (o->nproofs + 1) * sizeof(*p))) == NULL)
		return csg_fail_mem(err);
	o->proofs = p;
	if ((p[o->nproofs] = strdup(path)) == NULL)
		return csg_fail_mem(err);
	o->nproofs++;
	return CSG_OK;
}

static int
is_proof(const struct dirent *d)
{
	return csg_text_ends(d->d_name, ".csgproof");
}

/* Was the directory searched before, under any name?  If not, note that it is
 * now. */
static enum csg_rc
mark_dir(
    struct operands *o, const char *dir, bool *searched, struct csg_err *err)
{
	struct stat st, *dirs;
	size_t i;

	*searched = false;
	if (stat(dir, &st) == -1)
		return csg_fail_errno(err, "%s", dir);
	for (i = 0; i < o->ndirs && !*searched; i++)
		*searched = o->dirs[i].st_dev == st.st_dev &&
		    o->dirs[i].st_ino == st.st_ino;
	if (*searched)
		return CSG_OK;
	if ((dirs = realloc(o->dirs, (o->ndirs + 1) * sizeof(*dirs))) == NULL)
		return csg_fail_mem(err);
	o->dirs = dirs;
	o->dirs[o->ndirs++] = st;
	return CSG_OK;
}

static enum csg_rc
add_proof_dir(struct operands *o, const char *dir, struct csg_err *err)
{
	struct dirent **names;
	struct csg_buf path = { 0 };
	bool searched;
	int i, n;
	enum csg_rc rc;

	if ((rc = mark_dir(o, dir, &searched, err)) != CSG_OK || searched)
		return rc;
	if ((n = scandir(dir, &names, is_proof, alphasort)) < 0)
		return csg_fail_errno(err, "%s", dir);
	for (i = 0; i < n; i++) {
		csg_buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		if (rc == CSG_OK)
			rc = add_proof(o, csg_buf_str(&path), err);
		csg_buf_free(&path);
		free(names[i]);
	}
	free(names);
	return rc;
}

/* Add the proofs beside the artifact and in -C, or those that -e names. */
static enum csg_rc
find_proofs(struct operands *o, const char *artifact, struct csg_err *err)
{
	const struct verify_args *a = o->v->args;
	struct csg_buf dir = { 0 }, base = { 0 };
	struct stat st;
	enum csg_rc rc;

	if (a->evidence != NULL) {
		if (stat(a->evidence, &st) == 0 && S_ISDIR(st.st_mode))
			return add_proof_dir(o, a->evidence, err);
		return o->nproofs == 0 ? add_proof(o, a->evidence, err) :
					 CSG_OK;
	}
	if ((rc = csg_io_split(artifact, &dir, &base, err)) == CSG_OK)
		rc = add_proof_dir(o, csg_buf_str(&dir), err);
	if (rc == CSG_OK && a->base != NULL)
		rc = add_proof_dir(o, a->base, err);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

/* ---- signatures ---- */

/* Find the signature file: -s, or the artifact's name with the suffix of a
 * format. */
static enum csg_rc
find_signature(const struct operands *o, const char *artifact,
    struct csg_buf *path, struct csg_err *err)
{
	int f;

	if (o->v->args->signature != NULL) {
		csg_buf_puts(path, o->v->args->signature);
		return csg_buf_ok(path, err);
	}
	for (f = 0; f < CSG_NFORMAT; f++) {
		csg_format_output(
		    csg_format((enum csg_format_id)f), artifact, path);
		if (access(csg_buf_str(path), F_OK) == 0)
			return csg_buf_ok(path, err);
		csg_buf_free(path);
	}
	return csg_fail(err, CSG_R_IO,
	    "no signature found beside it (.p7s or .sig; -s names another file)");
}

static void
find_parts(struct operands *o, const char *artifact, struct operand *each,
    struct csg_given *g)
{
	const char *base = o->v->args->base;

	*g = (struct csg_given){ .artifact = artifact };
	if (find_proofs(o, artifact, &each->fault) == CSG_OK &&
	    find_signature(o, artifact, &each->signature, &each->fault) ==
		CSG_OK)
		(void)cmd_artifact_name(
		    artifact, base, &each->name, &each->fault);
	if (each->signature.len > 0)
		g->signature = csg_buf_str(&each->signature);
	if (each->fault.rc != CSG_OK)
		g->fault = &each->fault;
	else
		g->name = csg_buf_str(&each->name);
}

static enum csg_rc
find_operands(
    struct operands *o, char *const *artifacts, size_t n, struct csg_err *err)
{
	o->each = calloc(n + 1, sizeof(*o->each));
	o->given = calloc(n + 1, sizeof(*o->given));
	if (o->each == NULL || o->given == NULL)
		return csg_fail_mem(err);
	for (; o->n < n; o->n++)
		find_parts(o, artifacts[o->n], &o->each[o->n], &o->given[o->n]);
	return CSG_OK;
}

static void
operands_clear(struct operands *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		csg_buf_free(&o->each[i].signature);
		csg_buf_free(&o->each[i].name);
	}
	for (i = 0; i < o->nproofs; i++)
		free(o->proofs[i]);
	free(o->each);
	free(o->given);
	free(o->proofs);
	free(o->dirs);
}

/* ---- the report ---- */

static void
say_line(struct verify *v, const struct csg_line *l)
{
	const struct verify_args *a = v->args;

	if (a->json)
		verify_report_json(v, l);
	else if (l->refused != NULL && cmd_verbose)
		report_tally(l->refused);
	else if (l->reason == CSG_R_NONE && a->openssl)
		verify_print_openssl(l);
	else if (l->reason == CSG_R_NONE && !cmd_quiet)
		verify_report(v, l);
	/* an emergency route is always reported */
	if (!a->json && (cmd_quiet || a->openssl))
		verify_warn_emergency(l);
}

/* Report proofs that are not valid, which may be why a signature is not. */
static void
say_broken(const struct csg_archive *a)
{
	size_t i;

	for (i = 0; i < a->nbroken; i++)
		cmd_say("proof %s is not valid: %s: %s", a->broken[i].path,
		    csg_reason_word(a->broken[i].reason), a->broken[i].text);
}

static void
say_all(struct verify *v, const struct csg_archive *a, struct csg_err *worst)
{
	struct csg_err err;
	size_t i;
	bool all_valid = true;

	if (v->args->json)
		json_array(&v->json, NULL);
	for (i = 0; i < a->n; i++) {
		say_line(v, &a->lines[i]);
		verify_error_of(&a->lines[i], &err);
		verify_worse(worst, &err);
		if (err.rc == CSG_OK)
			verify_remember(v, a->lines[i].finding.proof);
		else
			all_valid = false;
	}
	if (v->args->json)
		json_end_array(&v->json);
	if (!all_valid)
		say_broken(a);
}

void
verify_operands(
    struct verify *v, char *const *artifacts, size_t n, struct csg_err *worst)
{
	struct operands o = { .v = v };
	struct csg_parallel jobs = { .workers = csg_parallel_cores() };
	struct csg_archive_in in = verify_input(v, &jobs);
	struct csg_archive *a = NULL;

	if (find_operands(&o, artifacts, n, worst) == CSG_OK &&
	    csg_archive_given(&in, o.given, o.n, (const char *const *)o.proofs,
		o.nproofs, &a, worst) == CSG_OK)
		say_all(v, a, worst);
	csg_archive_free(a);
	operands_clear(&o);
}
