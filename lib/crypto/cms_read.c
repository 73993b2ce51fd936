#include <string.h>

#include "lib/crypto/cms_read.h"
#include "lib/base/text.h"

/*
 * csg's arc, 2.25.166232608046196655147578156565149816019, as DER contents
 * octets.  Under it, 16 is the evidence attribute and the other numbers are the
 * types of messages.
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

/* Contents octets of the OIDs that can occur. */
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

/* ---- signature algorithms, compared as exact encodings ---- */

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

/* The scheme that alg names, for a digest with algorithm hash; false if there
 * is none. */
static bool
find_scheme(struct csg_der alg, enum csg_alg hash, enum csg_cms_scheme *out)
{
	if (csg_der_is(alg, alg_rsa, sizeof(alg_rsa)) ||
	    csg_der_is(alg, alg_rsa_sha[hash], sizeof(alg_rsa_sha[hash])))
		*out = CSG_CMS_PKCS1;
	else if (is_pss(alg, hash))
		*out = CSG_CMS_PSS;
	else if (csg_der_is(
		     alg, alg_ecdsa_sha[hash], sizeof(alg_ecdsa_sha[hash])))
		*out = CSG_CMS_ECDSA;
	else
		return false;
	return true;
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
		return bad(err, "the digest algorithm is malformed");
	for (i = 0; i < CSG_NALG; i++)
		if (csg_der_is(oid, oid_sha[i], sizeof(oid_sha[i]))) {
			*alg = (enum csg_alg)i;
			return CSG_OK;
		}
	return csg_fail(err, CSG_R_ALG,
	    "CMS: the digest algorithm is not SHA-256, SHA-384 or SHA-512");
}

/* IssuerSerial (RFC 5035 section 5), which must name the signer too. */
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
		return bad(err, "signingCertificateV2 is malformed");
	if (csg_der_peek(&id) == CSG_DER_SEQ) {
		rc = take_digest_alg(&id, &out->cert_hash_alg, err);
		if (rc != CSG_OK)
			return rc;
		if (out->cert_hash_alg == CSG_SHA256) /* X.690 11.5 */
			return bad(err,
			    "signingCertificateV2 encodes a default value");
	}
	if (!csg_der_take(&id, CSG_DER_OCTETS, &out->cert_hash) ||
	    out->cert_hash.len != csg_alg_len(out->cert_hash_alg) ||
	    (id.len != 0 && (!take_issuer_serial(&id, out) || id.len != 0)))
		return bad(err, "signingCertificateV2 is malformed");
	return CSG_OK;
}

/* Bits of the attributes seen so far. */
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
			return bad(err,
			    "the contentType attribute differs from the content type");
	} else if (csg_der_is(
		       oid, oid_message_digest, sizeof(oid_message_digest))) {
		*which = DIGEST;
		if (!csg_der_take(&in, CSG_DER_OCTETS, &out->message_digest) ||
		    in.len != 0 ||
		    out->message_digest.len != csg_alg_len(out->alg))
			return bad(err, "messageDigest is malformed");
	} else if (csg_der_is(
		       oid, oid_signing_time, sizeof(oid_signing_time))) {
		*which = TIME;
		if (!csg_der_time(&in, &out->time) || in.len != 0)
			return bad(err, "signingTime is malformed");
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
			return bad(err, "the evidence attribute is malformed");
	} else
		return bad(err, "has an unknown signed attribute");
	return CSG_OK;
}

/* Are two elements in the DER order of a SET OF?  They compare as byte strings,
 * the shorter padded with zeros. */
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
			return bad(err, "the signed attributes are malformed");
		if (last.len > 0 && !in_order(last, whole))
			return bad(err, "the signed attributes are not sorted");
		last = in = whole;
		if (!csg_der_take(&in, CSG_DER_SEQ, &attr) ||
		    !csg_der_take(&attr, CSG_DER_OID, &oid) ||
		    !csg_der_take(&attr, CSG_DER_SET, &values) || attr.len != 0)
			return bad(err, "the signed attributes are malformed");
		if ((rc = take_value(oid, values, out, &which, err)) != CSG_OK)
			return rc;
		if ((seen & which) != 0)
			return bad(err, "a signed attribute occurs twice");
		seen |= which;
	}
	if ((seen & ~EVIDENCE) != (CONTENT_TYPE | DIGEST | TIME | CERT))
		return bad(err, "a signed attribute is missing");
	return CSG_OK;
}

static enum csg_rc
read_signer(struct csg_der in, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der sid, whole, attrs, alg;
	unsigned version;
	enum csg_alg outer = out->alg;
	enum csg_rc rc;

	if (!csg_der_uint(&in, &version) || version != 1 ||
	    !csg_der_take(&in, CSG_DER_SEQ, &sid) ||
	    !csg_der_whole(&sid, CSG_DER_SEQ, &out->issuer) ||
	    !csg_der_take(&sid, CSG_DER_INTEGER, &out->serial) || sid.len != 0)
		return bad(
		    err, "the signer is not named by issuer and serial number");
	if ((rc = take_digest_alg(&in, &out->alg, err)) != CSG_OK)
		return rc;
	if (out->alg != outer)
		return bad(err, "the digest algorithms differ");
	if (!csg_der_whole(&in, CSG_DER_CONTEXT(0), &out->attributes))
		return bad(err, "has no signed attributes");
	whole = out->attributes;
	if (!csg_der_take(&whole, CSG_DER_CONTEXT(0), &attrs))
		return bad(err, "has no signed attributes");
	if ((rc = read_attributes(attrs, out, err)) != CSG_OK)
		return rc;
	if (!csg_der_take(&in, CSG_DER_SEQ, &alg) ||
	    !csg_der_take(&in, CSG_DER_OCTETS, &out->signature) ||
	    out->signature.len == 0)
		return bad(err, "the signature is malformed");
	if (!find_scheme(alg, out->alg, &out->scheme))
		return csg_fail(err, CSG_R_ALG,
		    "CMS: the signature algorithm is not in the profile or does not match the digest");
	if (in.len != 0)
		return bad(err, "has unsigned attributes");
	return CSG_OK;
}

static enum csg_rc
read_content(struct csg_der *in, struct csg_cms *out, struct csg_err *err)
{
	struct csg_der encap, wrapped;

	if (!csg_der_take(in, CSG_DER_SEQ, &encap) ||
	    !csg_der_take(&encap, CSG_DER_OID, &out->type))
		return bad(err, "the content is malformed");
	out->attached = encap.len > 0;
	if (out->attached &&
	    (!csg_der_take(&encap, CSG_DER_CONTEXT(0), &wrapped) ||
		encap.len != 0 ||
		!csg_der_take(&wrapped, CSG_DER_OCTETS, &out->content) ||
		wrapped.len != 0))
		return bad(err, "the content is malformed");
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
		return bad(err, "SignedData is malformed");
	if ((rc = take_digest_alg(&algs, &out->alg, err)) != CSG_OK)
		return rc;
	if (algs.len != 0)
		return bad(err, "has more than one digest algorithm");
	if ((rc = read_content(&sd, out, err)) != CSG_OK)
		return rc;
	/* RFC 5652 section 5.1: 1 for id-data, 3 for other content */
	want = csg_der_is(out->type, csg_oid_data.b, csg_oid_data.len) ? 1 : 3;
	if (version != want)
		return bad(err, "the SignedData version is wrong");
	if (csg_der_peek(&sd) == CSG_DER_CONTEXT(0) &&
	    (!csg_der_take(&sd, CSG_DER_CONTEXT(0), &certs) ||
		!csg_der_whole(&certs, CSG_DER_SEQ, &out->cert) ||
		certs.len != 0))
		return bad(err, "has certificates other than the signer's");
	if (csg_der_peek(&sd) == CSG_DER_CONTEXT(1))
		return bad(err, "has revocation lists");
	if (!csg_der_take(&sd, CSG_DER_SET, &infos) || sd.len != 0 ||
	    !csg_der_take(&infos, CSG_DER_SEQ, &info))
		return bad(err, "has no signer");
	if (infos.len != 0)
		return bad(err, "has more than one signer");
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
		return bad(err, "not the DER of a ContentInfo");
	if (in.len != 0)
		return bad(err, "has bytes after the end");
	if (!csg_der_is(type, oid_signed_data, sizeof(oid_signed_data)))
		return csg_fail(err, CSG_R_TYPE, "CMS: not SignedData");
	if (!csg_der_take(&info, CSG_DER_CONTEXT(0), &wrapped) ||
	    info.len != 0 || !csg_der_take(&wrapped, CSG_DER_SEQ, &sd) ||
	    wrapped.len != 0)
		return bad(err, "not the DER of a SignedData");
	return read_signed_data(sd, out, err);
}
