/*
 * Format raw: the bare signature over the artifact's digest, as
 * "openssl dgst -verify" accepts it: RSA PKCS#1 v1.5 or PSS (RFC 8017), or
 * ECDSA as DER (RFC 3279).  It cannot carry evidence; the seal has that.
 */
#include "lib/format/format.h"

/*
 * The signature of an artifact that is itself a DER SET OF Attribute could be
 * reused: it would also be that of a CMS SignerInfo with these attributes
 * (RFC 5652 section 5.4).  Only the first bytes are checked, so an artifact
 * may be refused needlessly.
 */
static enum csg_rc
accept_file(const struct csg_target *w, struct csg_err *err)
{
	const unsigned char *p = w->hashes->head;
	size_t n = w->hashes->head_len, i, len_bytes;
	uint64_t len = 0;

	if (n < 2 || p[0] != CSG_DER_SET)
		return CSG_OK;
	len_bytes = p[1] < 0x80 ? 0 : p[1] & 0x7fU;
	if (len_bytes == 0)
		len = p[1];
	if (len_bytes > 8 || n < 2 + len_bytes)
		return CSG_OK;
	for (i = 0; i < len_bytes; i++)
		len = len << 8 | p[2 + i];
	if (len != w->hashes->size - 2 - len_bytes)
		return CSG_OK;
	if (len > 0 && n > 2 + len_bytes && p[2 + len_bytes] != CSG_DER_SEQ)
		return CSG_OK;
	return csg_fail(err, CSG_R_TYPE,
	    "looks like a DER SET OF Attribute, which format raw does not sign: the signature could be passed off as one in CMS");
}

static enum csg_rc
sign(const struct csg_target *w, const struct csg_signer_key *k,
    struct csg_buf *out, struct csg_err *err)
{
	return csg_sig_make(k, &w->hashes->d[k->cert->alg], out, err);
}

static enum csg_rc
verify(const struct csg_target *w, const struct csg_key *key, const void *sig,
    size_t len, struct csg_err *err)
{
	enum csg_alg alg = key->cert->alg;

	if (!w->hashes->have[alg])
		return csg_fail(err, CSG_R_ALG,
		    "the %s digest, which key %s signs, was not computed",
		    csg_alg_name(alg), key->name);
	return csg_sig_verify(
	    key->cert, key->pss, &w->hashes->d[alg], sig, len, err);
}

static enum csg_rc
output_id(const struct csg_target *w, const void *sig, size_t len,
    struct csg_id *id, struct csg_err *err)
{
	(void)w;
	return csg_id_mem(sig, len, id, err);
}

const struct csg_format csg_fmt_raw = { .suffix = ".sig",
	.accept = accept_file,
	.sign = sign,
	.verify = verify,
	.output_id = output_id };
