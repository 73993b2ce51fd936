/* Release: the staged outputs of a request are written under their names. */
#include "lib/base/text.h"
#include "lib/sign/run.h"

/* ---- names ---- */

/* The decoded name of output i; i == n is the proof. */
static enum csg_rc
output_name(
    const struct csg_run *r, size_t i, struct csg_buf *out, struct csg_err *err)
{
	const struct csg_request *req = r->tally->request;
	char words[CSG_SHORT_LEN];
	struct csg_buf name = { 0 };
	enum csg_rc rc;

	if (i == req->n) {
		csg_buf_printf(
		    out, "%s.csgproof", csg_request_short(req, words));
		return csg_buf_ok(out, err);
	}
	if ((rc = csg_filename_decode(req->artifacts[i].name, &name, err)) ==
	    CSG_OK) {
		csg_format_output(r->format, csg_buf_str(&name), out);
		rc = csg_buf_ok(out, err);
	}
	csg_buf_free(&name);
	return rc;
}

enum csg_rc
csg_run_probe(
    const struct csg_run *r, enum csg_existing existing, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	size_t i;
	enum csg_rc rc;

	rc = csg_outputs_probe(r->in->out_dir, NULL, existing, err);
	for (i = 0; i <= r->tally->request->n && rc == CSG_OK; i++) {
		if ((rc = output_name(r, i, &name, err)) == CSG_OK)
			rc = csg_outputs_probe(
			    r->in->out_dir, csg_buf_str(&name), existing, err);
		csg_buf_free(&name);
	}
	return rc;
}

/* ---- release ---- */

/* Add output i to the set of outputs; the receipt is appended to the proof. */
static enum csg_rc
release_one(struct csg_run *r, struct csg_outputs *set, size_t i,
    const char *name, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_staging_read(r->staged, i, &text, err)) != CSG_OK)
		goto out;
	if (i == r->tally->request->n)
		csg_buf_add(&text, r->receipt.data, r->receipt.len);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_outputs_add(set, name, 0644, text.data, text.len, err);
out:
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_run_release(
    struct csg_run *r, enum csg_existing existing, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	struct csg_buf name = { 0 };
	size_t i, n = r->tally->request->n;
	enum csg_rc rc;

	rc = csg_outputs_new(r->in->out_dir, &set, err);
	for (i = 0; i <= n && rc == CSG_OK; i++) {
		if ((rc = output_name(r, i, &name, err)) == CSG_OK &&
		    (rc = release_one(r, set, i, csg_buf_str(&name), err)) ==
			CSG_OK)
			rc = csg_sign_out_add(
			    r->out, r->in->out_dir, csg_buf_str(&name), err);
		csg_buf_free(&name);
	}
	if (rc == CSG_OK)
		rc = csg_outputs_commit(set, existing, err);
	csg_outputs_free(set);
	return rc;
}
