/*
 * Format cms: a detached CMS signature (RFC 5652) beside the artifact, with
 * the CAdES signing-certificate attribute and the evidence attribute.
 */
#include <string.h>

#include "lib/format/format.h"

static enum csg_rc
accept_any(const struct csg_target *w, struct csg_err *err)
{
	(void)w;
	(void)err;
	return CSG_OK;
}

static enum csg_rc
sign(const struct csg_target *w, const struct csg_signer_key *k,
    struct csg_buf *out, struct csg_err *err)
{
	return csg_cms_make(k, &csg_oid_data, NULL, &w->hashes->d[k->cert->alg],
	    w->time, w->evidence, out, err);
}

static enum csg_rc
verify(const struct csg_target *w, const struct csg_key *key, const void *sig,
    size_t len, struct csg_err *err)
{
	struct csg_cms cms;
	enum csg_rc rc;

	if ((rc = csg_cms_parse(sig, len, &cms, err)) != CSG_OK)
		return rc;
	if (cms.attached ||
	    !csg_der_is(cms.type, csg_oid_data.b, csg_oid_data.len))
		return csg_fail(
		    err, CSG_R_TYPE, "not a detached signature over data");
	if (!w->hashes->have[cms.alg])
		return csg_fail(err, CSG_R_ALG,
		    "the signature's digest algorithm %s is not that of key %s",
		    csg_alg_name(cms.alg), key->name);
	if ((rc = csg_cms_verify(
		 &cms, key->cert, &w->hashes->d[cms.alg], err)) != CSG_OK ||
	    w->evidence == NULL)
		return rc;
	if (cms.evidence.len == 0)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "signed by key %s, but not endorsed: no evidence in the signature",
		    key->name);
	if (!csg_der_is(cms.evidence, w->evidence, strlen(w->evidence)) ||
	    cms.time != w->time)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "signed by key %s, but with other evidence", key->name);
	return CSG_OK;
}

static enum csg_rc
output_id(const struct csg_target *w, const void *sig, size_t len,
    struct csg_id *id, struct csg_err *err)
{
	(void)w;
	return csg_id_mem(sig, len, id, err);
}

const struct csg_format csg_fmt_cms = { .suffix = ".p7s",
	.accept = accept_any,
	.sign = sign,
	.verify = verify,
	.output_id = output_id };
