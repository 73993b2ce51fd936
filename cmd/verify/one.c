/* csg-verify ARTIFACT: its signature, and the proof that this rests on. */
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

/* A proof file: read once, or why it could not be. */
struct proof_file {
	char *path;
	struct csg_proof *proof; /* NULL: err says why */
	struct csg_proof *partial; /* then, perhaps: for what it came to */
	struct csg_seal *claims; /* and what it would have sealed */
	struct csg_err err;
};

/* What the operands of a run have in common. */
struct job {
	struct verify *v;
	struct proof_file *files;
	size_t n;
	char **dirs; /* searched already */
	size_t ndirs;
};

static enum csg_rc
add_proof(struct job *j, const char *path, struct csg_err *err)
{
	struct csg_proof_in in = { .trust = j->v->trust,
		.newest = j->v->newest,
		.known = j->v->chains };
	struct proof_file *f;
	struct csg_buf text = { 0 };

	if ((f = realloc(j->files, (j->n + 1) * sizeof(*f))) == NULL)
		return csg_fail_mem(err);
	j->files = f;
	f += j->n;
	memset(f, 0, sizeof(*f));
	if ((f->path = strdup(path)) == NULL)
		return csg_fail_mem(err);
	j->n++;
	in.refused = &f->partial;
	if (csg_io_read(path, CSG_MAX_FILE, &text, &f->err) == CSG_OK &&
	    csg_proof_read(
		path, text.data, text.len, &in, &f->proof, &f->err) != CSG_OK)
		f->claims = csg_proof_claims(path, text.data, text.len);
	csg_buf_free(&text);
	return CSG_OK;
}

static int
is_proof(const struct dirent *d)
{
	return csg_text_ends(d->d_name, ".csgproof");
}

/* All proofs of a directory, once. */
static enum csg_rc
add_proof_dir(struct job *j, const char *dir, struct csg_err *err)
{
	struct dirent **names;
	char **dirs;
	struct csg_buf path = { 0 };
	int i, n;
	size_t k;
	enum csg_rc rc = CSG_OK;

	for (k = 0; k < j->ndirs; k++)
		if (strcmp(j->dirs[k], dir) == 0)
			return CSG_OK;
	if ((dirs = realloc(j->dirs, (j->ndirs + 1) * sizeof(*dirs))) == NULL)
		return csg_fail_mem(err);
	j->dirs = dirs;
	if ((dirs[j->ndirs] = strdup(dir)) == NULL)
		return csg_fail_mem(err);
	j->ndirs++;
	if ((n = scandir(dir, &names, is_proof, alphasort)) < 0)
		return csg_fail_errno(err, "%s", dir);
	for (i = 0; i < n; i++) {
		csg_buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		if (rc == CSG_OK)
			rc = add_proof(j, csg_buf_str(&path), err);
		csg_buf_free(&path);
		free(names[i]);
	}
	free(names);
	return rc;
}

static enum csg_rc
find_proofs(struct job *j, const char *artifact, struct csg_err *err)
{
	const char *e = j->v->args->evidence;
	struct csg_buf dir = { 0 }, base = { 0 };
	struct stat st;
	enum csg_rc rc;

	if (e != NULL) {
		if (stat(e, &st) == 0 && S_ISDIR(st.st_mode))
			return add_proof_dir(j, e, err);
		return j->n == 0 ? add_proof(j, e, err) : CSG_OK;
	}
	if ((rc = csg_io_split(artifact, &dir, &base, err)) == CSG_OK)
		rc = add_proof_dir(j, csg_buf_str(&dir), err);
	if (rc == CSG_OK && j->v->args->base != NULL)
		rc = add_proof_dir(j, j->v->args->base, err);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

/* ---- one artifact ---- */

/* The signature file: -s, or the artifact's name and a format's suffix. */
static enum csg_rc
find_signature(const struct job *j, const char *artifact, struct csg_buf *path,
    struct csg_err *err)
{
	int f;

	if (j->v->args->signature != NULL) {
		csg_buf_puts(path, j->v->args->signature);
		return csg_buf_ok(path, err);
	}
	for (f = 0; f < CSG_NFORMAT; f++) {
		csg_buf_free(path);
		csg_format_output(
		    csg_format((enum csg_format_id)f), artifact, path);
		if (access(csg_buf_str(path), F_OK) == 0)
			return csg_buf_ok(path, err);
	}
	return csg_fail(err, CSG_R_IO,
	    "%s: no signature beside it (.p7s or "
	    ".sig; -s names another)",
	    artifact);
}

/* The digests that any signing key at hand would have used. */
static unsigned
algs_needed(const struct job *j)
{
	const struct csg_policy *p;
	unsigned algs = 0;
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->files[i].proof != NULL)
			algs |= 1U << j->files[i].proof->record->key->cert->alg;
	p = j->v->newest != NULL ? csg_chain_policy(j->v->newest) : NULL;
	for (i = 0; p != NULL && i < p->nkeys; i++)
		algs |= 1U << p->keys[i].cert->alg;
	return algs;
}

static enum csg_rc
hash_artifact(
    const char *path, unsigned algs, struct csg_hashes *h, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	if ((fd = csg_io_open(path, err)) == -1)
		return err->rc;
	if ((rc = csg_hash_fd(fd, algs, h, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	(void)close(fd);
	return rc;
}

/* Is it at least signed by a key of the newest policy?  For the message. */
static void
name_signer(const struct job *j, const struct csg_hashes *h,
    const struct csg_buf *sig, struct csg_err *err)
{
	const struct csg_key *key;

	if (j->v->newest == NULL || err->reason != CSG_R_UNENDORSED)
		return;
	key = csg_verify_signer(
	    csg_chain_policy(j->v->newest), h, sig->data, sig->len);
	if (key != NULL)
		(void)csg_fail(err, CSG_R_UNENDORSED,
		    "signed by key %s, but not endorsed: no proof speaks of "
		    "it",
		    key->name);
}

/* How near does a refused proof come to the artifact: 0 not at all, 1 to it or
 * to its signature, 2 to both. */
static int
nearness(const struct proof_file *f, const struct csg_id *input,
    const struct csg_id *output)
{
	const struct csg_sealed *s;
	int near, best = 0;
	size_t i;

	for (i = 0; f->claims != NULL && i < f->claims->n; i++) {
		s = &f->claims->artifacts[i];
		near = csg_id_equal(&s->input, input) +
		    csg_id_equal(&s->output, output);
		if (near > best)
			best = near;
	}
	return best;
}

/* The refused proof that was needed, if any: that of this very artifact and
 * signature, and where no proof speaks of them the next best.  One that is the
 * only one, or was named with -e, will do then though it speaks of neither. */
static const struct proof_file *
needed_proof(const struct job *j, const struct csg_id *input,
    const struct csg_id *output, enum csg_reason reason)
{
	bool given = j->n == 1 || j->v->args->evidence != NULL;
	const struct proof_file *f, *best = NULL;
	int near, best_near = 0;
	size_t i;

	for (i = 0; i < j->n; i++) {
		f = &j->files[i];
		if (f->proof != NULL)
			continue;
		near = nearness(f, input, output);
		if (near < 2 && reason != CSG_R_UNENDORSED)
			continue;
		if (near > best_near || (given && best == NULL)) {
			best = f;
			best_near = near;
		}
	}
	return best;
}

/* The other refused proofs are told of. */
static void
say_refused(const struct job *j, const struct proof_file *but)
{
	const struct proof_file *f;
	size_t i;

	for (i = 0; i < j->n; i++) {
		f = &j->files[i];
		if (f->proof == NULL && f != but)
			cmd_say("proof %s does not hold: %s: %s", f->path,
			    csg_reason_word(f->err.reason), f->err.text);
	}
}

/* A proof that was refused may be the one that was needed: then its reason is
 * the better one.  What it came to, or NULL. */
static const struct csg_tally *
blame_proofs(const struct job *j, const struct csg_hashes *h,
    const struct csg_buf *sig, struct csg_err *err)
{
	const struct proof_file *needed;
	struct csg_id output;

	if (csg_id_mem(sig->data, sig->len, &output, err) != CSG_OK)
		return NULL;
	needed = needed_proof(j, &h->id, &output, err->reason);
	say_refused(j, needed);
	if (needed == NULL)
		return NULL;
	*err = needed->err;
	(void)csg_err_prefix(err, "proof %s: ", needed->path);
	return needed->partial != NULL ? needed->partial->refused.tally : NULL;
}

/* *refused: what a proof came to that was refused, or NULL. */
static enum csg_rc
verify(struct job *j, const char *artifact, struct csg_finding *f,
    struct csg_buf *sig_path, const struct csg_tally **refused,
    struct csg_err *err)
{
	struct csg_proof **proofs = NULL;
	struct csg_buf name = { 0 }, sig = { 0 };
	struct csg_hashes h;
	size_t i, n = 0;
	enum csg_rc rc;

	if ((rc = find_proofs(j, artifact, err)) != CSG_OK ||
	    (rc = hash_artifact(artifact, algs_needed(j), &h, err)) != CSG_OK ||
	    (rc = find_signature(j, artifact, sig_path, err)) != CSG_OK ||
	    (rc = csg_io_read(
		 csg_buf_str(sig_path), CSG_MAX_FILE, &sig, err)) != CSG_OK ||
	    (rc = cmd_artifact_name(artifact, j->v->args->base, &name, err)) !=
		CSG_OK)
		goto out;
	if ((proofs = calloc(j->n + 1, sizeof(*proofs))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	for (i = 0; i < j->n; i++)
		if (j->files[i].proof != NULL)
			proofs[n++] = j->files[i].proof;
	if ((rc = csg_verify_find(proofs, n, csg_buf_str(&name), &h, sig.data,
		 sig.len, f, err)) != CSG_OK) {
		name_signer(j, &h, &sig, err);
		*refused = blame_proofs(j, &h, &sig, err);
		rc = err->rc;
	} else if ((rc = csg_verify_expected(f->proof, &j->v->expected, err)) ==
	    CSG_OK)
		verify_remember(j->v, f->proof);
	if (rc != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", artifact);
out:
	free(proofs);
	csg_buf_free(&name);
	csg_buf_free(&sig);
	return rc;
}

static void
check_one(struct job *j, const char *artifact, struct csg_err *worst)
{
	const struct verify_args *a = j->v->args;
	struct csg_finding f = { NULL, 0 };
	struct csg_buf sig = { 0 };
	const struct csg_tally *refused = NULL;
	struct csg_err err = { 0 };

	(void)verify(j, artifact, &f, &sig, &refused, &err);
	if (a->json)
		verify_report_json(j->v, &j->v->json, artifact,
		    sig.len > 0 ? csg_buf_str(&sig) : NULL, &f, &err, refused);
	else if (refused != NULL && cmd_verbose)
		report_tally(refused);
	else if (err.rc == CSG_OK && a->openssl)
		verify_print_openssl(&f, artifact, csg_buf_str(&sig));
	else if (err.rc == CSG_OK && !cmd_quiet)
		verify_report(j->v, artifact, &f);
	/* that an emergency route carried it is always said */
	if (err.rc == CSG_OK && !a->json && (cmd_quiet || a->openssl) &&
	    csg_proof_is_emergency(f.proof))
		cmd_warn("%s: signed by the emergency route %s", artifact,
		    f.proof->record->seal->route);
	csg_buf_free(&sig);
	verify_worse(worst, &err);
}

static void
job_clear(struct job *j)
{
	size_t i;

	for (i = 0; i < j->n; i++) {
		free(j->files[i].path);
		csg_proof_free(j->files[i].proof);
		csg_proof_free(j->files[i].partial);
		csg_seal_free(j->files[i].claims);
	}
	for (i = 0; i < j->ndirs; i++)
		free(j->dirs[i]);
	free(j->files);
	free(j->dirs);
}

void
verify_operands(
    struct verify *v, char *const *artifacts, int n, struct csg_err *worst)
{
	struct job j = { .v = v };
	int i;

	if (v->args->json)
		json_array(&v->json, NULL);
	for (i = 0; i < n; i++)
		check_one(&j, artifacts[i], worst);
	if (v->args->json)
		json_end_array(&v->json);
	job_clear(&j);
}
