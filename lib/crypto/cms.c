#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/crypto/asn1_time.h"
#include "lib/crypto/cms.h"

/* csg adds at most five. */
#define MAX_ATTRIBUTES 8

/* ---- verifying ---- */

/* Are issuer and serial number encoded as in the certificate? */
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

/* The digest of the signed attributes: of their DER with the identifier octet
 * of SET OF in place of [0] (RFC 5652 section 5.4). */
static enum csg_rc
digest_signed(
    const struct csg_cms *cms, struct csg_digest *out, struct csg_err *err)
{
	struct csg_buf set = { 0 };
	enum csg_rc rc;

	csg_buf_add(&set, cms->attributes.p, cms->attributes.len);
	if ((rc = csg_buf_ok(&set, err)) == CSG_OK) {
		set.data[0] = CSG_DER_SET;
		rc = csg_digest_mem(cms->alg, set.data, set.len, out, err);
	}
	csg_buf_free(&set);
	return rc;
}

/* Verify the signature over the signed attributes; csg_cms_parse() has checked
 * everything else. */
static enum csg_rc
check_signature(
    const struct csg_cms *cms, const struct csg_cert *c, struct csg_err *err)
{
	int type = cms->scheme == CSG_CMS_ECDSA ? EVP_PKEY_EC : EVP_PKEY_RSA;
	struct csg_digest d;
	enum csg_rc rc;

	if (EVP_PKEY_get_base_id(c->pkey) != type)
		return csg_fail(err, CSG_R_SIGNATURE,
		    "the signature algorithm does not match the key");
	if ((rc = digest_signed(cms, &d, err)) == CSG_OK)
		rc = csg_sig_verify(c, cms->scheme == CSG_CMS_PSS, &d,
		    cms->signature.p, cms->signature.len, err);
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
		return csg_fail_ssl(err, CSG_R_SIGNATURE,
		    "names another certificate as signer");
	if ((rc = csg_digest_mem(cms->cert_hash_alg, c->der, c->der_len,
		 &cert_hash, err)) != CSG_OK)
		return rc;
	if (!csg_der_is(
		cms->cert_hash, cert_hash.b, csg_alg_len(cert_hash.alg)))
		return csg_fail(err, CSG_R_SIGNATURE,
		    "the signed digest is that of another certificate");
	if ((rc = check_signature(cms, c, err)) != CSG_OK)
		return rc;
	if (digest->alg != cms->alg ||
	    !csg_der_is(
		cms->message_digest, digest->b, csg_alg_len(digest->alg)))
		return csg_fail(
		    err, CSG_R_DIGEST, "the content is not what was signed");
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
	ASN1_TIME *at = ASN1_TIME_new();
	bool ok;

	ok = at != NULL && csg_asn1_time_set(at, t) &&
	    CMS_signed_add1_attr_by_NID(
		si, NID_pkcs9_signingTime, ASN1_STRING_type(at), at, -1) == 1;
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
	ASN1_OCTET_STRING_free(*to); /* was set up for streaming */
	return (*to = ASN1_OCTET_STRING_new()) != NULL &&
	    ASN1_OCTET_STRING_set(*to, content->p, (int)content->len) == 1;
}

/* OpenSSL sets the version (RFC 5652 section 5.1) only when it opens the
 * content for hashing, which does not happen here because the digest is
 * known. */
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

static bool
name_pss(CMS_SignerInfo *si, const EVP_MD *md)
{
	ASN1_STRING *params;
	X509_ALGOR *alg;

	if ((params = pack_pss(md)) == NULL)
		return false;
	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &alg);
	if (X509_ALGOR_set0(
		alg, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, params) == 1)
		return true;
	ASN1_STRING_free(params);
	return false;
}

/* ---- the signature over the attributes ---- */

struct encoded {
	unsigned char *p;
	size_t len;
};

/* The order of the elements of a SET OF in DER: by their encodings (X.690
 * section 11.6). */
static int
by_encoding(const void *a, const void *b)
{
	const struct encoded *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->len < y->len ? x->len : y->len);

	if (c != 0)
		return c;
	return (x->len > y->len) - (x->len < y->len);
}

static bool
digest_set(struct encoded *v, size_t n, enum csg_alg alg,
    struct csg_digest *out, struct csg_err *err)
{
	struct csg_buf set = { 0 };
	unsigned char head[16], *p = head;
	size_t i, len = 0;
	bool ok;

	qsort(v, n, sizeof(*v), by_encoding);
	for (i = 0; i < n; i++)
		len += v[i].len;
	ASN1_put_object(&p, 1, (int)len, V_ASN1_SET, V_ASN1_UNIVERSAL);
	csg_buf_add(&set, head, (size_t)(p - head));
	for (i = 0; i < n; i++)
		csg_buf_add(&set, v[i].p, v[i].len);
	ok = csg_buf_ok(&set, err) == CSG_OK &&
	    csg_digest_mem(alg, set.data, set.len, out, err) == CSG_OK;
	csg_buf_free(&set);
	return ok;
}

/* The digest of the signed attributes: of the DER of their SET OF, not of its
 * [0] IMPLICIT form in the message (RFC 5652 section 5.4). */
static bool
digest_attributes(CMS_SignerInfo *si, enum csg_alg alg, struct csg_digest *out,
    struct csg_err *err)
{
	struct encoded v[MAX_ATTRIBUTES] = { { NULL, 0 } };
	int n = CMS_signed_get_attr_count(si), i, len = 1;
	bool ok;

	for (i = 0; i < n && n <= MAX_ATTRIBUTES && len > 0; i++) {
		len = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), &v[i].p);
		v[i].len = len > 0 ? (size_t)len : 0;
	}
	ok = n > 0 && n <= MAX_ATTRIBUTES && len > 0 &&
	    digest_set(v, (size_t)n, alg, out, err);
	for (i = 0; i < n && i < MAX_ATTRIBUTES; i++)
		OPENSSL_free(v[i].p);
	return ok;
}

/* Sign with k and store the signature in si; OpenSSL sees the public key
 * only. */
static enum csg_rc
sign_attributes(CMS_SignerInfo *si, const struct csg_signer_key *k,
    enum csg_alg alg, struct csg_err *err)
{
	struct csg_digest d;
	struct csg_buf sig = { 0 };
	enum csg_rc rc;

	if (!digest_attributes(si, alg, &d, err))
		return csg_fail_ssl(
		    err, CSG_R_IO, "can't encode the signed attributes");
	if ((rc = k->sign(k, &d, &sig, err)) == CSG_OK &&
	    ASN1_STRING_set(
		CMS_SignerInfo_get0_signature(si), sig.data, (int)sig.len) != 1)
		rc = csg_fail_mem(err);
	csg_buf_free(&sig);
	return rc;
}

/* Build and sign the whole structure; *out belongs to the caller. */
static enum csg_rc
build(const struct csg_signer_key *k, const struct csg_oid *type,
    const struct csg_der *content, const struct csg_digest *digest, int64_t t,
    const char *evidence, CMS_ContentInfo **out, struct csg_err *err)
{
	CMS_ContentInfo *ci;
	CMS_SignerInfo *si = NULL;
	const EVP_MD *md;
	bool ok;
	enum csg_rc rc;

	md = EVP_get_digestbyname(csg_alg_name(digest->alg));
	ci = CMS_sign(NULL, NULL, NULL, NULL,
	    CMS_PARTIAL | CMS_BINARY | (content == NULL ? CMS_DETACHED : 0));
	ok = ci != NULL && set_type(ci, type) &&
	    (content == NULL || set_content(ci, content)) &&
	    (si = CMS_add1_signer(ci, k->cert->x509, k->cert->pkey, md,
		 CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES)) !=
		NULL &&
	    set_version(ci) && (!k->pss || name_pss(si, md)) &&
	    add_type(si, type) &&
	    CMS_signed_add1_attr_by_NID(si, NID_pkcs9_messageDigest,
		V_ASN1_OCTET_STRING, digest->b,
		(int)csg_alg_len(digest->alg)) == 1 &&
	    add_time(si, t) && (evidence == NULL || add_evidence(si, evidence));
	rc = ok ? sign_attributes(si, k, digest->alg, err) :
		  csg_fail_ssl(err, CSG_R_IO, "can't make a signature");
	if (rc == CSG_OK)
		*out = ci;
	else
		CMS_ContentInfo_free(ci);
	return rc;
}

/* Does the message say what was asked for?  A valid signature alone would not
 * show that. */
static enum csg_rc
check_made(const struct csg_cms *cms, const struct csg_der *content, int64_t t,
    const char *evidence, struct csg_err *err)
{
	const char *e = evidence != NULL ? evidence : "";

	if (cms->attached != (content != NULL) ||
	    (content != NULL && !csg_der_equal(cms->content, *content)))
		return csg_fail(err, CSG_R_SELFTEST, "its content differs");
	if (cms->time != t)
		return csg_fail(err, CSG_R_SELFTEST, "its signingTime differs");
	if (!csg_der_is(cms->evidence, e, strlen(e)))
		return csg_fail(
		    err, CSG_R_SELFTEST, "its evidence attribute differs");
	return CSG_OK;
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
	enum csg_rc rc;

	if ((rc = build(k, type, content, digest, t, evidence, &ci, err)) !=
	    CSG_OK)
		return rc;
	len = i2d_CMS_ContentInfo(ci, &der);
	CMS_ContentInfo_free(ci);
	if (len <= 0)
		return csg_fail_ssl(err, CSG_R_IO, "can't encode a signature");
	if (csg_cms_parse(der, (size_t)len, &cms, &why) != CSG_OK ||
	    check_made(&cms, content, t, evidence, &why) != CSG_OK ||
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
