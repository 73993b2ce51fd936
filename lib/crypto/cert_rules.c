#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include "lib/crypto/cert_rules.h"
#include "lib/codec/der.h"
#include "lib/base/text.h"

#define MIN_RSA 3072
#define MAX_RSA 8192
#define MAX_DEPTH 16 /* nesting of a certificate's DER */

int
csg_key_curve(const EVP_PKEY *pkey)
{
	char name[64];
	size_t len;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) != 1)
		return NID_undef;
	return OBJ_txt2nid(name);
}

enum csg_rc
csg_key_check(const EVP_PKEY *pkey, enum csg_alg *alg, struct csg_err *err)
{
	int bits = EVP_PKEY_get_bits(pkey), id = EVP_PKEY_get_base_id(pkey);

	*alg = CSG_SHA256;
	switch (id) {
	case EVP_PKEY_RSA:
		if (bits < MIN_RSA || bits > MAX_RSA)
			return csg_fail(err, CSG_R_ALG,
			    "RSA key of %d bits (%d to %d are accepted)", bits,
			    MIN_RSA, MAX_RSA);
		return CSG_OK;
	case EVP_PKEY_EC:
		switch (csg_key_curve(pkey)) {
		case NID_X9_62_prime256v1: return CSG_OK;
		case NID_secp384r1: *alg = CSG_SHA384; return CSG_OK;
		case NID_secp521r1: *alg = CSG_SHA512; return CSG_OK;
		default:
			return csg_fail(err, CSG_R_ALG,
			    "the elliptic curve is not P-256, P-384 or P-521");
		}
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return csg_fail(err, CSG_R_ALG,
		    "Ed25519 and Ed448 keys can't make CMS signatures with OpenSSL 3.0; use ECDSA or RSA");
	default:
		return csg_fail(
		    err, CSG_R_ALG, "the key is neither RSA nor ECDSA");
	}
}

/*
 * An EC key must have a named curve and an uncompressed point (RFC 5480 section
 * 2): the same key in another form would have another id and pass for another
 * key.
 */
static enum csg_rc
check_key_form(const X509 *x, struct csg_err *err)
{
	X509_ALGOR *alg = NULL;
	const unsigned char *point = NULL;
	int type, len = 0;

	if (X509_PUBKEY_get0_param(
		NULL, &point, &len, &alg, X509_get_X509_PUBKEY(x)) != 1)
		return csg_fail_ssl(
		    err, CSG_R_ALG, "can't read the certificate's key");
	X509_ALGOR_get0(NULL, &type, NULL, alg);
	if (type != V_ASN1_OBJECT || len < 1 || point[0] != 4)
		return csg_fail(err, CSG_R_ALG,
		    "the EC key is not encoded as a named curve and an uncompressed point");
	return CSG_OK;
}

static enum csg_rc
check_own_signature(const X509 *x, struct csg_err *err)
{
	int md = NID_undef;

	if (X509_get_signature_info(
		(X509 *)(uintptr_t)x, &md, NULL, NULL, NULL) != 1)
		return csg_fail_ssl(err, CSG_R_ALG,
		    "the certificate's signature algorithm is unknown");
	if (md == NID_md5 || md == NID_sha1 || md == NID_md4 ||
	    md == NID_mdc2 || md == NID_ripemd160)
		return csg_fail(err, CSG_R_ALG,
		    "the certificate is signed with %s, which is too weak",
		    OBJ_nid2sn(md));
	return CSG_OK;
}

static enum csg_rc
check_extensions(X509 *x, struct csg_err *err)
{
	const X509_EXTENSION *e;
	uint32_t flags = X509_get_extension_flags(x);
	int i;

	if ((flags & EXFLAG_INVALID) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "the certificate has extensions that can't be read");
	for (i = 0; i < X509_get_ext_count(x); i++) {
		e = X509_get_ext(x, i);
		if (X509_EXTENSION_get_critical(e) &&
		    !X509_supported_extension((X509_EXTENSION *)(uintptr_t)e))
			return csg_fail(err, CSG_R_POLICY,
			    "the certificate has an unknown critical extension");
	}
	return CSG_OK;
}

/* The bit must be set in keyUsage; a certificate without keyUsage allows
 * everything. */
static enum csg_rc
check_usage(const struct csg_cert *c, uint32_t bit, const char *name,
    struct csg_err *err)
{
	if ((X509_get_extension_flags(c->x509) & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(c->x509) & bit) == 0)
		return csg_fail(err, CSG_R_POLICY,
		    "the certificate's keyUsage lacks %s", name);
	return CSG_OK;
}

enum csg_rc
csg_cert_check_signs(const struct csg_cert *c, struct csg_err *err)
{
	return check_usage(c, KU_DIGITAL_SIGNATURE, "digitalSignature", err);
}

/* RFC 5652 section 6.2: RSA transports a key (6.2.1), EC agrees on one. */
enum csg_rc
csg_cert_check_decrypts(const struct csg_cert *c, struct csg_err *err)
{
	if (EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_RSA)
		return check_usage(
		    c, KU_KEY_ENCIPHERMENT, "keyEncipherment", err);
	return check_usage(c, KU_KEY_AGREEMENT, "keyAgreement", err);
}

/* Names are shown to people, so they must be safe to show. */
static enum csg_rc
check_name(const X509_NAME *name, struct csg_err *err)
{
	const ASN1_STRING *s;
	unsigned char *utf8;
	int i, len;
	bool ok;

	for (i = 0; i < X509_NAME_entry_count(name); i++) {
		s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));
		if ((len = ASN1_STRING_to_UTF8(&utf8, s)) < 0)
			return csg_fail_ssl(err, CSG_R_TEXT,
			    "the certificate has a name that can't be read");
		ok = csg_text_valid((char *)utf8, (size_t)len, false);
		OPENSSL_free(utf8);
		if (!ok)
			return csg_fail(err, CSG_R_TEXT,
			    "the certificate has a name that can't be shown safely");
	}
	return CSG_OK;
}

enum csg_rc
csg_cert_check_rules(struct csg_cert *c, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_key_check(c->pkey, &c->alg, err)) != CSG_OK ||
	    (EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_EC &&
		(rc = check_key_form(c->x509, err)) != CSG_OK) ||
	    (rc = check_own_signature(c->x509, err)) != CSG_OK ||
	    (rc = check_extensions(c->x509, err)) != CSG_OK ||
	    (rc = check_name(X509_get_subject_name(c->x509), err)) != CSG_OK)
		return rc;
	return check_name(X509_get_issuer_name(c->x509), err);
}

/* ---- encoding ---- */

/* X.690 section 11 for the primitive types in a certificate. */
static bool
is_der_value(int tag, struct csg_der v)
{
	switch (tag) {
	case CSG_DER_BOOLEAN: /* FALSE is always the default */
		return v.len == 1 && v.p[0] == 0xff;
	case CSG_DER_INTEGER:
		return v.len == 1 ||
		    (v.len > 1 && !(v.p[0] == 0 && v.p[1] < 0x80) &&
			!(v.p[0] == 0xff && v.p[1] >= 0x80));
	case CSG_DER_BITS:
		return v.len > 0 && v.p[0] < 8 && (v.p[0] == 0 || v.len > 1) &&
		    (v.p[v.len - 1] & ((1U << v.p[0]) - 1)) == 0;
	case CSG_DER_NULL: return v.len == 0;
	default: return true;
	}
}

/*
 * Is all of it DER?  Encoding it again would not tell: libcrypto keeps the
 * original bytes of names and of the signed part.
 */
static bool
is_der_at(struct csg_der in, int depth)
{
	struct csg_der v;
	int tag;

	while (in.len > 0) {
		tag = csg_der_peek(&in);
		if (depth == 0 || !csg_der_take(&in, tag, &v))
			return false;
		if ((tag & 0x20) == 0) {
			if (!is_der_value(tag, v))
				return false;
		} else if ((tag < 0x40 && tag != CSG_DER_SEQ &&
			       tag != CSG_DER_SET) ||
		    !is_der_at(v, depth - 1))
			return false;
	}
	return true;
}

bool
csg_cert_is_der(const void *der, size_t len)
{
	return is_der_at((struct csg_der){ der, len }, MAX_DEPTH);
}
