#include <stdlib.h>
#include <string.h>

#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/format/format.h"
#include "lib/verify/claims.h"

/* ---- reading ---- */

/* The state while the files are read and the claims are collected. */
struct reading {
	const struct csg_claims_in *in;
	struct csg_claims *claims;
	struct csg_seal **seals; /* [nfiles]: of proofs that are not valid */
};

static enum csg_rc
keep_reason(
    struct csg_proof_file *f, const struct csg_err *why, struct csg_err *err)
{
	f->reason = why->reason;
	if ((f->text = strdup(csg_text_behind_path(why->text, f->path))) ==
	    NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

/* A job: read and recount proof i. */
static enum csg_rc
read_file(void *arg, size_t i, struct csg_err *err)
{
	struct reading *r = arg;
	struct csg_proof_file *f = &r->claims->files[i];
	struct csg_proof_in in = *r->in->proof;
	struct csg_buf text = { 0 };
	struct csg_err why = { 0 };
	enum csg_rc rc = CSG_OK;

	in.refused = r->in->decisions ? &f->refused : NULL;
	if (csg_io_read_in(r->in->dir, f->path, CSG_MAX_FILE, &text, &why) !=
	    CSG_OK)
		rc = keep_reason(f, &why, err);
	else if (csg_proof_read(f->path, text.data, text.len, &in, &f->proof,
		     &why) != CSG_OK) {
		r->seals[i] =
		    csg_proof_guess_seal(f->path, text.data, text.len);
		rc = keep_reason(f, &why, err);
	}
	csg_buf_free(&text);
	return rc;
}

/* ---- claims ---- */

static enum csg_rc
find_place(struct csg_claim *c, const char *proof, bool beside,
    const char *name, struct csg_err *err)
{
	const char *slash = beside ? strrchr(proof, '/') : NULL;
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	if (slash != NULL)
		csg_buf_add(&path, proof, (size_t)(slash + 1 - proof));
	if ((rc = csg_filename_decode(name, &path, err)) != CSG_OK ||
	    (rc = csg_id_mem(path.data, path.len, &c->place, err)) != CSG_OK) {
		csg_buf_free(&path);
		return rc;
	}
	c->path = (char *)path.data; /* transferred */
	return CSG_OK;
}

static const struct csg_seal *
seal_of(const struct reading *r, size_t file)
{
	const struct csg_proof *p = r->claims->files[file].proof;

	return p != NULL ? p->record->seal : r->seals[file];
}

/* Append the claims of one file. */
static enum csg_rc
add_claims(struct reading *r, size_t file, struct csg_err *err)
{
	const struct csg_seal *s = seal_of(r, file);
	const struct csg_proof_file *f = &r->claims->files[file];
	struct csg_claim *c;
	size_t i;
	enum csg_rc rc;

	for (i = 0; s != NULL && i < s->n; i++) {
		c = &r->claims->v[r->claims->n];
		*c = (struct csg_claim){ .file = file,
			.artifact = i,
			.holds = f->proof != NULL,
			.input = s->artifacts[i].input,
			.output = s->artifacts[i].output };
		if (c->holds)
			c->format = csg_format(
			    f->proof->record->tally->profile->format);
		rc = find_place(
		    c, f->path, r->in->beside, s->artifacts[i].name, err);
		if (rc == CSG_TROUBLE)
			return rc;
		/* skip an invalid name, which only an invalid proof can have */
		r->claims->n += rc == CSG_OK;
	}
	return CSG_OK;
}

static enum csg_rc
collect_claims(struct reading *r, struct csg_err *err)
{
	struct csg_claims *c = r->claims;
	const struct csg_seal *s;
	size_t i, n = 0;
	enum csg_rc rc;

	for (i = 0; i < c->nfiles; i++) {
		s = seal_of(r, i);
		n += s != NULL ? s->n : 0;
	}
	if ((c->v = calloc(n + 1, sizeof(*c->v))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < c->nfiles; i++)
		if ((rc = add_claims(r, i, err)) != CSG_OK)
			return rc;
	return csg_claims_index(c, err);
}

enum csg_rc
csg_claims_read(const struct csg_claims_in *in, struct csg_claims **out,
    struct csg_err *err)
{
	struct reading r = { .in = in };
	size_t i;
	enum csg_rc rc;

	*out = NULL;
	if ((r.claims = calloc(1, sizeof(*r.claims))) == NULL)
		return csg_fail_mem(err);
	r.claims->files = calloc(in->n + 1, sizeof(*r.claims->files));
	r.seals = calloc(in->n + 1, sizeof(struct csg_seal *));
	if (r.claims->files == NULL || r.seals == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	for (i = 0; i < in->n; i++)
		r.claims->files[i].path = in->paths[i];
	r.claims->nfiles = in->n;
	if ((rc = csg_parallel_run(in->jobs, in->n, read_file, &r, err)) !=
		CSG_OK ||
	    (rc = collect_claims(&r, err)) != CSG_OK)
		goto out;
	*out = r.claims; /* transferred */
	r.claims = NULL;
out:
	for (i = 0; r.seals != NULL && i < in->n; i++)
		csg_seal_free(r.seals[i]);
	free(r.seals);
	csg_claims_free(r.claims);
	return rc;
}

void
csg_claims_free(struct csg_claims *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++)
		free(c->v[i].path);
	for (i = 0; i < c->nfiles; i++) {
		csg_proof_free(c->files[i].proof);
		csg_proof_free(c->files[i].refused);
		free(c->files[i].text);
	}
	free(c->v);
	free(c->files);
	free(c->keys);
	free(c);
}

/* ---- the index ---- */

static int
cmp_keys(const void *a, const void *b)
{
	const struct csg_claim_key *x = a, *y = b;
	int c = csg_id_cmp(&x->id, &y->id);

	return c != 0 ? c : (x->claim > y->claim) - (x->claim < y->claim);
}

enum csg_rc
csg_claims_index(struct csg_claims *c, struct csg_err *err)
{
	const struct csg_claim *claim;
	size_t i;

	if ((c->keys = calloc(3 * c->n + 1, sizeof(*c->keys))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < c->n; i++) {
		claim = &c->v[i];
		c->keys[3 * i] = (struct csg_claim_key){ claim->input, claim };
		c->keys[3 * i + 1] =
		    (struct csg_claim_key){ claim->output, claim };
		c->keys[3 * i + 2] =
		    (struct csg_claim_key){ claim->place, claim };
	}
	qsort(c->keys, 3 * c->n, sizeof(*c->keys), cmp_keys);
	return CSG_OK;
}

const struct csg_claim_key *
csg_claims_find(const struct csg_claims *c, const struct csg_id *id, size_t *n)
{
	size_t lo = 0, hi = 3 * c->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (csg_id_cmp(&c->keys[mid].id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*n = 0; lo + *n < 3 * c->n; (*n)++)
		if (!csg_id_equal(&c->keys[lo + *n].id, id))
			break;
	return &c->keys[lo];
}
