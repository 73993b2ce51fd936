#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/crypto/cms.h"
#include "lib/base/text.h"

/*
 * csg's arc, 2.25.166232608046196655147578156565149816019, as DER contents
 * octets; the kinds of messages are numbered below it, 16 is the evidence.
 */
#define ARC \
	0x69, 0x81, 0xfa, 0x8f, 0x9e, 0x96, 0xd2, 0x9b, 0xa2, 0xb9, 0xc5, \
	    0xa8, 0xeb, 0xcb, 0xed, 0xbe, 0x80, 0xf2, 0xa9, 0x53
#define ARC_LEN 20

const struct csg_oid csg_oid_data = { 9,
	{ 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 } };
const struct csg_oid csg_oid_evidence = { ARC_LEN + 1, { ARC, 16 } };

struct csg_oid
csg_oid_own(unsigned last)
{
	struct csg_oid o = { ARC_LEN + 1, { ARC } };

	o.b[ARC_LEN] = (unsigned char)(last & 0x7f);
	return o;
}

/* Contents octets of the OIDs that may occur. */
#define RSADSI 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d
static const unsigned char oid_signed_data[] = { RSADSI, 1, 7, 2 };
static const unsigned char oid_content_type[] = { RSADSI, 1, 9, 3 };
static const unsigned char oid_message_digest[] = { RSADSI, 1, 9, 4 };
static const unsigned char oid_signing_time[] = { RSADSI, 1, 9, 5 };
static const unsigned char oid_signing_cert[] = { RSADSI, 1, 9, 16, 2, 47 };
static const unsigned char oid_sha[CSG_NALG][9] = {
	[CSG_SHA256] = { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 },
	[CSG_SHA384] = { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2 },
	[CSG_SHA512] = { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3 }
};

/* ---- signature algorithms, by their exact encodings ---- */

#define RSA_OID(n) 0x06, 9, RSADSI, 1, 1, n
static const unsigned char alg_rsa[] = { RSA_OID(1), 5, 0 };
static const unsigned char alg_rsa_sha[CSG_NALG][13] = {
	[CSG_SHA256] = { RSA_OID(11), 5, 0 },
	[CSG_SHA384] = { RSA_OID(12), 5, 0 },
	[CSG_SHA512] = { RSA_OID(13), 5, 0 }
};
static const unsigned char alg_ecdsa_sha[CSG_NALG][10] = {
	[CSG_SHA256] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2 },
	[CSG_SHA384] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3 },
	[CSG_SHA512] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4 }
};

/*
 * RSASSA-PSS (RFC 4055) with hash, MGF1 over the same hash, and a salt as
 * long as the digest; the hash parameters are NULL or absent.
 */
static bool
is_pss(struct csg_der alg, enum csg_alg hash)
{
	static const unsigned char oid[] = { RSADSI, 1, 1, 10 };
	static const unsigned char mgf1[] = { RSADSI, 1, 1, 8 };
	struct csg_der o, params, field, seq, inner;
	unsigned salt;

	if (!csg_der_take(&alg, CSG_DER_OID, &o) ||
	    !csg_der_is(o, oid, sizeof(oid)) ||
	    !csg_der_take(&alg, CSG_DER_SEQ, &params) || alg.len != 0)
		return false;
	if (!csg_der_take(&params, CSG_DER_CONTEXT(0), &field) ||
	    !csg_der_take(&field, CSG_DER_SEQ, &seq) || field.len != 0 ||
	    !csg_der_take(&seq, CSG_DER_OID, &o) ||
	    !csg_der_is(o, oid_sha[hash], sizeof(oid_sha[hash])) ||
	    !(seq.len == 0 || csg_der_is(seq, "\x05", 2)))
		return false;
	if (!csg_der_take(&params, CSG_DER_CONTEXT(1), &field) ||
	    !csg_der_take(&field, CSG_DER_SEQ, &seq) || field.len != 0 ||
	    !csg_der_take(&seq, CSG_DER_OID, &o) ||
	    !csg_der_is(o, mgf1, sizeof(mgf1)) ||
	    !csg_der_take(&seq, CSG_DER_SEQ, &inner) || seq.len != 0 ||
	    !csg_der_take(&inner, CSG_DER_OID, &o) ||
	    !csg_der_is(o, oid_sha[hash], sizeof(oid_sha[hash])) ||
	    !(inner.len == 0 || csg_der_is(inner, "\x05", 2)))
		return false;
	return csg_der_take(&params, CSG_DER_CONTEXT(2), &field) &&
	    csg_der_uint(&field, &salt) && field.len == 0 &&
	    salt == csg_alg_len(hash) && params.len == 0;
}

static bool
is_known_signature_alg(struct csg_der alg, enum csg_alg hash)
{
	return csg_der_is(alg, alg_rsa, sizeof(alg_rsa)) ||
	    csg_der_is(alg, alg_rsa_sha[hash], sizeof(alg_rsa_sha[hash])) ||
	    csg_der_is(alg, alg_ecdsa_sha[hash], sizeof(alg_ecdsa_sha[hash])) ||
	    is_pss(alg, hash);
}

/* ---- reading ---- */

static enum csg_rc
bad(struct csg_err *err, const char *what)
{
	return csg_fail(err, CSG_R_PARSE, "CMS: %s (csg-envelope(5))", what);
}

/* AlgorithmIdentifier of SHA-256, -384 or -512, parameters absent. */
static enum csg_rc
take_digest_alg(struct csg_der *in, enum csg_alg *alg, struct csg_err *err)
{
	struct csg_der seq, oid;
	size_t i;

	if (!csg_der_take(in, CSG_DER_SEQ, &seq) ||
	    !csg_der_take(&seq, CSG_DER_OID, &oid) || seq.len != 0)
		return bad(err, "digest algorithm malformed");
	for (i = 0; i < CSG_NALG; i++)
		if (csg_der_is(oid, oid_sha[i], sizeof(oid_sha[i]))) {
			*alg = (enum csg_alg)i;
			return CSG_OK;
		}
	return csg_fail(err, CSG_R_ALG,
	    "CMS: digest algorithm is none of SHA-256, SHA-384, SHA-512");
}

/* IssuerSerial (RFC 5035 section 5): must name the signer again. */
static bool
take_issuer_serial(struct csg_der *in, const struct csg_cms *cms)
{
	struct csg_der seq, names, name, serial;

	return csg_der_take(in, CSG_DER_SEQ, &seq) &&
	    csg_der_take(&seq, CSG_DER_SEQ, &names) &&
	    csg_der_take(&names, CSG_DER_CONTEXT(4), &name) && names.len == 0 &&
	    csg_der_equal(name, cms->issuer) &&
	    csg_der_take(&seq, CSG_DER_INTEGER, &serial) && seq.len == 0 &&
	    csg_der_equal(serial, cms->serial);
}

/* SigningCertificateV2 with exactly one ESSCertIDv2 (RFC 5035). */
static enum csg_rc
take_signing_cert(struct csg_der v, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der seq, certs, id;
	enum csg_rc rc;

	out->cert_hash_alg = CSG_SHA256;
	if (!csg_der_take(&v, CSG_DER_SEQ, &seq) || v.len != 0 ||
	    !csg_der_take(&seq, CSG_DER_SEQ, &certs) || seq.len != 0 ||
	    !csg_der_take(&certs, CSG_DER_SEQ, &id) || certs.len != 0)
		return bad(err, "signingCertificateV2 malformed");
	if (csg_der_peek(&id) == CSG_DER_SEQ) {
		rc = take_digest_alg(&id, &out->cert_hash_alg, err);
		if (rc != CSG_OK)
			return rc;
		if (out->cert_hash_alg == CSG_SHA256) /* X.690 11.5 */
			return bad(
			    err, "signingCertificateV2 writes a default value");
	}
	if (!csg_der_take(&id, CSG_DER_OCTETS, &out->cert_hash) ||
	    out->cert_hash.len != csg_alg_len(out->cert_hash_alg) ||
	    (id.len != 0 && (!take_issuer_serial(&id, out) || id.len != 0)))
		return bad(err, "signingCertificateV2 malformed");
	return CSG_OK;
}

/* Which attributes have been seen. */
enum { CONTENT_TYPE = 1, DIGEST = 2, TIME = 4, CERT = 8, EVIDENCE = 16 };

static enum csg_rc
take_value(struct csg_der oid, struct csg_der v, struct csg_cms *out,
    int *which, struct csg_err *err)
{
	struct csg_der in = v, type;

	if (csg_der_is(oid, oid_content_type, sizeof(oid_content_type))) {
		*which = CONTENT_TYPE;
		if (!csg_der_take(&in, CSG_DER_OID, &type) || in.len != 0 ||
		    !csg_der_equal(type, out->type))
			return bad(err, "contentType attribute differs");
	} else if (csg_der_is(
		       oid, oid_message_digest, sizeof(oid_message_digest))) {
		*which = DIGEST;
		if (!csg_der_take(&in, CSG_DER_OCTETS, &out->message_digest) ||
		    in.len != 0 ||
		    out->message_digest.len != csg_alg_len(out->alg))
			return bad(err, "messageDigest malformed");
	} else if (csg_der_is(
		       oid, oid_signing_time, sizeof(oid_signing_time))) {
		*which = TIME;
		if (!csg_der_time(&in, &out->time) || in.len != 0)
			return bad(err, "signingTime malformed");
	} else if (csg_der_is(
		       oid, oid_signing_cert, sizeof(oid_signing_cert))) {
		*which = CERT;
		return take_signing_cert(v, out, err);
	} else if (csg_der_is(oid, csg_oid_evidence.b, csg_oid_evidence.len) &&
	    !out->attached &&
	    csg_der_is(out->type, csg_oid_data.b, csg_oid_data.len)) {
		*which = EVIDENCE;
		if (!csg_der_take(&in, CSG_DER_UTF8, &out->evidence) ||
		    in.len != 0 || out->evidence.len == 0 ||
		    !csg_text_valid((const char *)out->evidence.p,
			out->evidence.len, false))
			return bad(err, "evidence attribute malformed");
	} else
		return bad(err, "unknown signed attribute");
	return CSG_OK;
}

/* DER order of a SET OF: as byte strings, the shorter padded with zeros. */
static bool
in_order(struct csg_der a, struct csg_der b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = memcmp(a.p, b.p, n);

	return c < 0 || (c == 0 && a.len < b.len);
}

static enum csg_rc
read_attributes(struct csg_der attrs, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der whole, last = { NULL, 0 }, attr, oid, values, in;
	int which = 0, seen = 0;
	enum csg_rc rc;

	while (attrs.len > 0) {
		if (!csg_der_whole(&attrs, CSG_DER_SEQ, &whole))
			return bad(err, "signed attributes malformed");
		if (last.len > 0 && !in_order(last, whole))
			return bad(err, "signed attributes not sorted");
		last = in = whole;
		if (!csg_der_take(&in, CSG_DER_SEQ, &attr) ||
		    !csg_der_take(&attr, CSG_DER_OID, &oid) ||
		    !csg_der_take(&attr, CSG_DER_SET, &values) || attr.len != 0)
			return bad(err, "signed attributes malformed");
		if ((rc = take_value(oid, values, out, &which, err)) != CSG_OK)
			return rc;
		if ((seen & which) != 0)
			return bad(err, "a signed attribute stands twice");
		seen |= which;
	}
	if ((seen & ~EVIDENCE) != (CONTENT_TYPE | DIGEST | TIME | CERT))
		return bad(err, "a signed attribute is missing");
	return CSG_OK;
}

static enum csg_rc
read_signer(struct csg_der in, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der sid, attrs, alg, sig;
	unsigned version;
	enum csg_alg outer = out->alg;
	enum csg_rc rc;

	if (!csg_der_uint(&in, &version) || version != 1 ||
	    !csg_der_take(&in, CSG_DER_SEQ, &sid) ||
	    !csg_der_whole(&sid, CSG_DER_SEQ, &out->issuer) ||
	    !csg_der_take(&sid, CSG_DER_INTEGER, &out->serial) || sid.len != 0)
		return bad(err,
		    "signer is not named by issuer and serial "
		    "number");
	if ((rc = take_digest_alg(&in, &out->alg, err)) != CSG_OK)
		return rc;
	if (out->alg != outer)
		return bad(err, "digest algorithms differ");
	if (!csg_der_take(&in, CSG_DER_CONTEXT(0), &attrs))
		return bad(err, "no signed attributes");
	if ((rc = read_attributes(attrs, out, err)) != CSG_OK)
		return rc;
	if (!csg_der_take(&in, CSG_DER_SEQ, &alg) ||
	    !csg_der_take(&in, CSG_DER_OCTETS, &sig) || sig.len == 0)
		return bad(err, "signature malformed");
	if (!is_known_signature_alg(alg, out->alg))
		return csg_fail(err, CSG_R_ALG,
		    "CMS: signature algorithm is "
		    "not of the profile or does not match the digest");
	if (in.len != 0)
		return bad(err, "unsigned attributes");
	return CSG_OK;
}

static enum csg_rc
read_content(struct csg_der *in, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der encap, wrapped;

	if (!csg_der_take(in, CSG_DER_SEQ, &encap) ||
	    !csg_der_take(&encap, CSG_DER_OID, &out->type))
		return bad(err, "content malformed");
	out->attached = encap.len > 0;
	if (out->attached &&
	    (!csg_der_take(&encap, CSG_DER_CONTEXT(0), &wrapped) ||
		encap.len != 0 ||
		!csg_der_take(&wrapped, CSG_DER_OCTETS, &out->content) ||
		wrapped.len != 0))
		return bad(err, "content malformed");
	return CSG_OK;
}

static enum csg_rc
read_signed_data(struct csg_der sd, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der algs, certs, infos, info;
	unsigned version, want;
	enum csg_rc rc;

	if (!csg_der_uint(&sd, &version) ||
	    !csg_der_take(&sd, CSG_DER_SET, &algs))
		return bad(err, "SignedData malformed");
	if ((rc = take_digest_alg(&algs, &out->alg, err)) != CSG_OK)
		return rc;
	if (algs.len != 0)
		return bad(err, "more than one digest algorithm");
	if ((rc = read_content(&sd, out, err)) != CSG_OK)
		return rc;
	/* RFC 5652 section 5.1: 1 for id-data, 3 for other content */
	want = csg_der_is(out->type, csg_oid_data.b, csg_oid_data.len) ? 1 : 3;
	if (version != want)
		return bad(err, "wrong SignedData version");
	if (csg_der_peek(&sd) == CSG_DER_CONTEXT(0) &&
	    (!csg_der_take(&sd, CSG_DER_CONTEXT(0), &certs) ||
		!csg_der_whole(&certs, CSG_DER_SEQ, &out->cert) ||
		certs.len != 0))
		return bad(err, "certificates other than the signer's");
	if (csg_der_peek(&sd) == CSG_DER_CONTEXT(1))
		return bad(err, "revocation lists");
	if (!csg_der_take(&sd, CSG_DER_SET, &infos) || sd.len != 0 ||
	    !csg_der_take(&infos, CSG_DER_SEQ, &info))
		return bad(err, "no signer");
	if (infos.len != 0)
		return bad(err, "more than one signer");
	return read_signer(info, out, err);
}

enum csg_rc
csg_cms_parse(
    const void *der, size_t len, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der in = { der, len }, info, type, wrapped, sd;

	memset(out, 0, sizeof(*out));
	out->der = in;
	if (!csg_der_take(&in, CSG_DER_SEQ, &info) ||
	    !csg_der_take(&info, CSG_DER_OID, &type))
		return bad(err, "no DER of a ContentInfo");
	if (in.len != 0)
		return bad(err, "bytes behind the end");
	if (!csg_der_is(type, oid_signed_data, sizeof(oid_signed_data)))
		return csg_fail(err, CSG_R_TYPE, "CMS: not SignedData");
	if (!csg_der_take(&info, CSG_DER_CONTEXT(0), &wrapped) ||
	    info.len != 0 || !csg_der_take(&wrapped, CSG_DER_SEQ, &sd) ||
	    wrapped.len != 0)
		return bad(err, "no DER of a SignedData");
	return read_signed_data(sd, out, err);
}

/* ---- verifying ---- */

/* An ECDSA value must be the DER of its two numbers (RFC 3279), an RSA value
 * as long as the modulus. */
static bool
is_exact_signature(const EVP_PKEY *pkey, struct csg_der sig)
{
	const unsigned char *p = sig.p;
	unsigned char *again = NULL;
	ECDSA_SIG *s;
	int len;
	bool same;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC)
		return sig.len == (size_t)EVP_PKEY_get_size(pkey);
	if (sig.len > 256 ||
	    (s = d2i_ECDSA_SIG(NULL, &p, (long)sig.len)) == NULL)
		return false;
	len = i2d_ECDSA_SIG(s, &again);
	same = len >= 0 && csg_der_is(sig, again, (size_t)len);
	OPENSSL_free(again);
	ECDSA_SIG_free(s);
	return same;
}

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
		rc = csg_fail_ssl(err, CSG_R_PARSE,
		    "CMS: OpenSSL can't read "
		    "it");
	else
		si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(ci), 0);
	if (rc == CSG_OK) {
		sig = CMS_SignerInfo_get0_signature(si);
		CMS_SignerInfo_set1_signer_cert(si, c->x509);
		if (!names_key_alg(si, c->pkey))
			rc = csg_fail(err, CSG_R_SIGNATURE,
			    "signature algorithm is not that of the key");
		else if (!is_exact_signature(c->pkey,
			     (struct csg_der){ ASN1_STRING_get0_data(sig),
				 (size_t)ASN1_STRING_length(sig) }) ||
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

/* ---- plain signatures ---- */

static EVP_PKEY_CTX *
raw_ctx(EVP_PKEY *key, bool verify, bool pss, enum csg_alg alg)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, ok;

	ok = ctx != NULL &&
	    (verify ? EVP_PKEY_verify_init(ctx) : EVP_PKEY_sign_init(ctx)) ==
		1 &&
	    (!rsa ||
		EVP_PKEY_CTX_set_rsa_padding(ctx,
		    pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1) &&
	    EVP_PKEY_CTX_set_signature_md(
		ctx, EVP_get_digestbyname(csg_alg_name(alg))) == 1 &&
	    (!rsa || !pss ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		    1);
	if (ok)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

enum csg_rc
csg_raw_verify(const struct csg_cert *c, bool pss,
    const struct csg_digest *digest, const void *sig, size_t len,
    struct csg_err *err)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if ((ctx = raw_ctx(c->pkey, true, pss, digest->alg)) == NULL)
		return csg_fail_ssl(err, CSG_R_ALG, "can't verify");
	ok = is_exact_signature(c->pkey, (struct csg_der){ sig, len }) &&
	    EVP_PKEY_verify(
		ctx, sig, len, digest->b, csg_alg_len(digest->alg)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? CSG_OK :
		    csg_fail_ssl(err, CSG_R_SIGNATURE, "signature is wrong");
}

enum csg_rc
csg_raw_make(const struct csg_signer_key *k, const struct csg_digest *digest,
    struct csg_buf *out, struct csg_err *err)
{
	EVP_PKEY_CTX *ctx;
	unsigned char *to;
	size_t len = (size_t)EVP_PKEY_get_size(k->key);
	bool ok;

	if ((to = csg_buf_reserve(out, len)) == NULL)
		return csg_fail_mem(err);
	if ((ctx = raw_ctx(k->key, false, k->pss, digest->alg)) == NULL)
		return csg_fail_ssl(err, CSG_R_TOKEN, "can't sign");
	ok = EVP_PKEY_sign(
		 ctx, to, &len, digest->b, csg_alg_len(digest->alg)) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return csg_fail_ssl(err, CSG_R_TOKEN, "can't sign");
	if (csg_raw_verify(k->cert, k->pss, digest, to, len, err) != CSG_OK)
		return csg_fail(err, CSG_R_SELFTEST,
		    "what was just signed does not verify");
	out->len += len;
	return CSG_OK;
}
