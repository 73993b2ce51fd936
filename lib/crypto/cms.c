#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/crypto/cms.h"

/* ---- verifying ---- */

/* OpenSSL verifies with any name of an algorithm: it must be the key's. */
static bool
names_key_alg(CMS_SignerInfo *si, const EVP_PKEY *pkey)
{
	X509_ALGOR *alg;
	const ASN1_OBJECT *oid;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &alg);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	switch (OBJ_obj2nid(oid)) {
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
		return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC;
	default: /* the profile has RSA's besides */
		return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA;
	}
}

/* Issuer and serial number as they stand in the certificate. */
static bool
names_cert(const struct csg_cms *cms, const struct csg_cert *c)
{
	unsigned char *der = NULL;
	int len;
	bool same;
	ASN1_INTEGER *serial = X509_get_serialNumber(c->x509);
	struct csg_der in, value = { NULL, 0 };

	len = i2d_X509_NAME(X509_get_issuer_name(c->x509), &der);
	same = len >= 0 && csg_der_is(cms->issuer, der, (size_t)len);
	OPENSSL_free(der);
	der = NULL;
	len = i2d_ASN1_INTEGER(serial, &der);
	in = (struct csg_der){ der, len > 0 ? (size_t)len : 0 };
	same = same && csg_der_take(&in, CSG_DER_INTEGER, &value) &&
	    csg_der_equal(cms->serial, value);
	OPENSSL_free(der);
	return same;
}

/* OpenSSL's word on the signature over the attributes. */
static enum csg_rc
check_signature(
    const struct csg_cms *cms, const struct csg_cert *c, struct csg_err *err)
{
	const unsigned char *p = cms->der.p;
	CMS_ContentInfo *ci;
	CMS_SignerInfo *si = NULL;
	ASN1_OCTET_STRING *sig;
	enum csg_rc rc = CSG_OK;

	ci = d2i_CMS_ContentInfo(NULL, &p, (long)cms->der.len);
	if (ci == NULL || sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(ci)) != 1)
		rc = csg_fail_ssl(
		    err, CSG_R_PARSE, "CMS: OpenSSL can't read it");
	else
		si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(ci), 0);
	if (rc == CSG_OK) {
		sig = CMS_SignerInfo_get0_signature(si);
		CMS_SignerInfo_set1_signer_cert(si, c->x509);
		if (!names_key_alg(si, c->pkey))
			rc = csg_fail(err, CSG_R_SIGNATURE,
			    "signature algorithm is not that of the key");
		else if (!csg_sig_is_exact(c->pkey, ASN1_STRING_get0_data(sig),
			     (size_t)ASN1_STRING_length(sig)) ||
		    CMS_SignerInfo_verify(si) != 1)
			rc = csg_fail_ssl(
			    err, CSG_R_SIGNATURE, "signature is wrong");
	}
	CMS_ContentInfo_free(ci);
	ERR_clear_error();
	return rc;
}

enum csg_rc
csg_cms_verify(const struct csg_cms *cms, const struct csg_cert *c,
    const struct csg_digest *digest, struct csg_err *err)
{
	struct csg_digest cert_hash;
	enum csg_rc rc;

	if (cms->cert.len != 0 && !csg_der_is(cms->cert, c->der, c->der_len))
		return csg_fail(
		    err, CSG_R_SIGNATURE, "made with another certificate");
	ERR_clear_error();
	if (!names_cert(cms, c))
		return csg_fail_ssl(
		    err, CSG_R_SIGNATURE, "signer is another certificate");
	if ((rc = csg_digest_mem(cms->cert_hash_alg, c->der, c->der_len,
		 &cert_hash, err)) != CSG_OK)
		return rc;
	if (!csg_der_is(
		cms->cert_hash, cert_hash.b, csg_alg_len(cert_hash.alg)))
		return csg_fail(err, CSG_R_SIGNATURE,
		    "signed certificate digest is another one");
	if ((rc = check_signature(cms, c, err)) != CSG_OK)
		return rc;
	if (digest->alg != cms->alg ||
	    !csg_der_is(
		cms->message_digest, digest->b, csg_alg_len(digest->alg)))
		return csg_fail(
		    err, CSG_R_DIGEST, "content is not what was signed");
	return CSG_OK;
}

/* ---- making ---- */

static ASN1_OBJECT *
to_object(const struct csg_oid *oid)
{
	unsigned char der[2 + sizeof(oid->b)] = { CSG_DER_OID, oid->len };
	const unsigned char *p = der;

	memcpy(der + 2, oid->b, oid->len);
	return d2i_ASN1_OBJECT(NULL, &p, oid->len + 2);
}

static bool
add_type(CMS_SignerInfo *si, const struct csg_oid *type)
{
	ASN1_OBJECT *o = to_object(type);
	bool ok;

	ok = o != NULL &&
	    CMS_signed_add1_attr_by_NID(
		si, NID_pkcs9_contentType, V_ASN1_OBJECT, o, -1) == 1;
	ASN1_OBJECT_free(o);
	return ok;
}

static bool
add_time(CMS_SignerInfo *si, int64_t t)
{
	ASN1_TIME *at = X509_time_adj(NULL, 0, &(time_t){ (time_t)t });
	bool ok;

	ok = at != NULL &&
	    CMS_signed_add1_attr_by_NID(
		si, NID_pkcs9_signingTime, at->type, at, -1) == 1;
	ASN1_TIME_free(at);
	return ok;
}

static bool
add_evidence(CMS_SignerInfo *si, const char *evidence)
{
	ASN1_OBJECT *o = to_object(&csg_oid_evidence);
	bool ok;

	ok = o != NULL &&
	    CMS_signed_add1_attr_by_OBJ(
		si, o, V_ASN1_UTF8STRING, evidence, (int)strlen(evidence)) == 1;
	ASN1_OBJECT_free(o);
	return ok;
}

static bool
set_type(CMS_ContentInfo *ci, const struct csg_oid *type)
{
	ASN1_OBJECT *o = to_object(type);
	bool ok;

	ok = o != NULL && CMS_set1_eContentType(ci, o) == 1;
	ASN1_OBJECT_free(o);
	return ok;
}

static bool
set_content(CMS_ContentInfo *ci, const struct csg_der *content)
{
	ASN1_OCTET_STRING **to = CMS_get0_content(ci);

	if (to == NULL || content->len > INT32_MAX)
		return false;
	if (*to == NULL && (*to = ASN1_OCTET_STRING_new()) == NULL)
		return false;
	(*to)->flags &= ~ASN1_STRING_FLAG_CONT;
	return ASN1_OCTET_STRING_set(*to, content->p, (int)content->len) == 1;
}

/* OpenSSL settles the version (RFC 5652 section 5.1) when it opens the
 * content for hashing, which is not needed here: the digest is known. */
static bool
set_version(CMS_ContentInfo *ci)
{
	BIO *chain = CMS_dataInit(ci, NULL);

	BIO_free_all(chain);
	return chain != NULL;
}

/* The parameters of RSASSA-PSS (RFC 4055 section 3.1), packed. */
static ASN1_STRING *
pack_pss(const EVP_MD *md)
{
	RSA_PSS_PARAMS *p = RSA_PSS_PARAMS_new();
	ASN1_STRING *hash = NULL, *packed = NULL;

	if (p == NULL || (p->hashAlgorithm = X509_ALGOR_new()) == NULL ||
	    (p->maskGenAlgorithm = X509_ALGOR_new()) == NULL ||
	    (p->saltLength = ASN1_INTEGER_new()) == NULL)
		goto out;
	X509_ALGOR_set_md(p->hashAlgorithm, md);
	hash =
	    ASN1_item_pack(p->hashAlgorithm, ASN1_ITEM_rptr(X509_ALGOR), NULL);
	if (hash == NULL ||
	    X509_ALGOR_set0(p->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1),
		V_ASN1_SEQUENCE, hash) != 1)
		goto out;
	hash = NULL; /* transferred */
	if (ASN1_INTEGER_set(p->saltLength, EVP_MD_get_size(md)) == 1)
		packed =
		    ASN1_item_pack(p, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL);
out:
	ASN1_STRING_free(hash);
	RSA_PSS_PARAMS_free(p);
	return packed;
}

/* CMS_SignerInfo_sign() leaves the naming of the algorithm to its caller. */
static bool
set_pss(CMS_SignerInfo *si, const EVP_MD *md)
{
	EVP_PKEY_CTX *pctx = CMS_SignerInfo_get0_pkey_ctx(si);
	ASN1_STRING *params;
	X509_ALGOR *alg;

	if (pctx == NULL ||
	    EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) !=
		1 ||
	    (params = pack_pss(md)) == NULL)
		return false;
	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &alg);
	if (X509_ALGOR_set0(
		alg, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, params) == 1)
		return true;
	ASN1_STRING_free(params);
	return false;
}

/* The whole structure, signed. */
static CMS_ContentInfo *
build(const struct csg_signer_key *k, const struct csg_oid *type,
    const struct csg_der *content, const struct csg_digest *digest, int64_t t,
    const char *evidence)
{
	const unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP |
	    CMS_CADES | (k->pss ? CMS_KEY_PARAM : 0);
	CMS_ContentInfo *ci;
	CMS_SignerInfo *si;
	const EVP_MD *md;
	bool ok;

	md = EVP_get_digestbyname(csg_alg_name(digest->alg));
	ci = CMS_sign(NULL, NULL, NULL, NULL,
	    CMS_PARTIAL | CMS_BINARY | (content == NULL ? CMS_DETACHED : 0));
	ok = ci != NULL && set_type(ci, type) &&
	    (content == NULL || set_content(ci, content));
	si = ok ? CMS_add1_signer(ci, k->cert->x509, k->key, md, flags) : NULL;
	ok = si != NULL && set_version(ci) && (!k->pss || set_pss(si, md)) &&
	    add_type(si, type) &&
	    CMS_signed_add1_attr_by_NID(si, NID_pkcs9_messageDigest,
		V_ASN1_OCTET_STRING, digest->b,
		(int)csg_alg_len(digest->alg)) == 1 &&
	    add_time(si, t) &&
	    (evidence == NULL || add_evidence(si, evidence)) &&
	    CMS_SignerInfo_sign(si) == 1;
	if (ok)
		return ci;
	CMS_ContentInfo_free(ci);
	return NULL;
}

enum csg_rc
csg_cms_make(const struct csg_signer_key *k, const struct csg_oid *type,
    const struct csg_der *content, const struct csg_digest *digest, int64_t t,
    const char *evidence, struct csg_buf *out, struct csg_err *err)
{
	CMS_ContentInfo *ci;
	struct csg_cms cms;
	struct csg_err why = { 0 };
	unsigned char *der = NULL;
	int len;

	if ((ci = build(k, type, content, digest, t, evidence)) == NULL)
		return csg_fail_ssl(err, CSG_R_TOKEN, "can't sign");
	len = i2d_CMS_ContentInfo(ci, &der);
	CMS_ContentInfo_free(ci);
	if (len <= 0)
		return csg_fail_ssl(err, CSG_R_IO, "can't encode a signature");
	if (csg_cms_parse(der, (size_t)len, &cms, &why) != CSG_OK ||
	    csg_cms_verify(&cms, k->cert, digest, &why) != CSG_OK)
		(void)csg_fail(err, CSG_R_SELFTEST,
		    "what was just signed does not verify: %s", why.text);
	else
		csg_buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	if (why.rc != CSG_OK)
		return csg_reason_rc(CSG_R_SELFTEST);
	return csg_buf_ok(out, err);
}
