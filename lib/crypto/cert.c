#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/crypto/cert.h"
#include "lib/codec/der.h"
#include "lib/base/text.h"

#define MIN_RSA 3072
#define MAX_RSA 8192
#define MAX_DEPTH 16 /* of a certificate's DER */

/* ---- rules ---- */

static int
curve_of(const EVP_PKEY *pkey)
{
	char name[64];
	size_t len;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) != 1)
		return NID_undef;
	return OBJ_txt2nid(name);
}

/* Is the key of a kind that csg signs with, and which digest goes with it? */
static enum csg_rc
check_key(const EVP_PKEY *pkey, enum csg_alg *alg, struct csg_err *err)
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
		switch (curve_of(pkey)) {
		case NID_X9_62_prime256v1: return CSG_OK;
		case NID_secp384r1: *alg = CSG_SHA384; return CSG_OK;
		case NID_secp521r1: *alg = CSG_SHA512; return CSG_OK;
		default:
			return csg_fail(err, CSG_R_ALG,
			    "elliptic curve is "
			    "none of P-256, P-384, P-521");
		}
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return csg_fail(err, CSG_R_ALG,
		    "Ed25519 and Ed448 keys can't "
		    "make CMS signatures with OpenSSL 3.0; use ECDSA or RSA");
	default:
		return csg_fail(err, CSG_R_ALG, "key is neither RSA nor ECDSA");
	}
}

/*
 * Named curve and uncompressed point (RFC 5480 section 2).  Another form of
 * the same key would have another id, and pass for another key.
 */
static enum csg_rc
check_key_form(const X509 *x, struct csg_err *err)
{
	X509_ALGOR *alg = NULL;
	const unsigned char *point = NULL;
	int type, len = 0;

	if (X509_PUBKEY_get0_param(
		NULL, &point, &len, &alg, X509_get_X509_PUBKEY(x)) != 1)
		return csg_fail_ssl(err, CSG_R_ALG, "certificate's key");
	X509_ALGOR_get0(NULL, &type, NULL, alg);
	if (type != V_ASN1_OBJECT || len < 1 || point[0] != 4)
		return csg_fail(err, CSG_R_ALG,
		    "EC key is not written as a named curve and an "
		    "uncompressed point");
	return CSG_OK;
}

static enum csg_rc
check_own_signature(const X509 *x, struct csg_err *err)
{
	int md = NID_undef;

	if (X509_get_signature_info(
		(X509 *)(uintptr_t)x, &md, NULL, NULL, NULL) != 1)
		return csg_fail_ssl(err, CSG_R_ALG,
		    "certificate's signature algorithm is not known");
	if (md == NID_md5 || md == NID_sha1 || md == NID_md4 ||
	    md == NID_mdc2 || md == NID_ripemd160)
		return csg_fail(err, CSG_R_ALG, "certificate is signed with %s",
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
		    "certificate has extensions that can't be read");
	for (i = 0; i < X509_get_ext_count(x); i++) {
		e = X509_get_ext(x, i);
		if (X509_EXTENSION_get_critical(e) &&
		    !X509_supported_extension((X509_EXTENSION *)(uintptr_t)e))
			return csg_fail(err, CSG_R_POLICY,
			    "certificate has an unknown critical extension");
	}
	return CSG_OK;
}

/* What the key is to be used for: whatever the certificate's keyUsage, where
 * it is present, does not forbid. */
static enum csg_rc
check_usage(const struct csg_cert *c, uint32_t bit, const char *name,
    struct csg_err *err)
{
	if ((X509_get_extension_flags(c->x509) & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(c->x509) & bit) == 0)
		return csg_fail(
		    err, CSG_R_POLICY, "certificate's keyUsage lacks %s", name);
	return CSG_OK;
}

static enum csg_rc
check_signs(const struct csg_cert *c, struct csg_err *err)
{
	return check_usage(c, KU_DIGITAL_SIGNATURE, "digitalSignature", err);
}

/* RFC 5652 section 6.2: RSA transports a key (6.2.1), EC agrees on one. */
static enum csg_rc
check_decrypts(const struct csg_cert *c, struct csg_err *err)
{
	if (EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_RSA)
		return check_usage(
		    c, KU_KEY_ENCIPHERMENT, "keyEncipherment", err);
	return check_usage(c, KU_KEY_AGREEMENT, "keyAgreement", err);
}

/* Names are shown to people. */
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
			    "certificate has a name that can't be read");
		ok = csg_text_valid((char *)utf8, (size_t)len, false);
		OPENSSL_free(utf8);
		if (!ok)
			return csg_fail(err, CSG_R_TEXT,
			    "certificate has a "
			    "name that can't be shown safely");
	}
	return CSG_OK;
}

static enum csg_rc
check_rules(struct csg_cert *c, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = check_key(c->pkey, &c->alg, err)) != CSG_OK ||
	    (EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_EC &&
		(rc = check_key_form(c->x509, err)) != CSG_OK) ||
	    (rc = check_own_signature(c->x509, err)) != CSG_OK ||
	    (rc = check_extensions(c->x509, err)) != CSG_OK ||
	    (rc = check_name(X509_get_subject_name(c->x509), err)) != CSG_OK)
		return rc;
	return check_name(X509_get_issuer_name(c->x509), err);
}

/* ---- reading ---- */

static bool
to_unix(const ASN1_TIME *t, int64_t *out)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, secs;
	bool ok;

	ok = epoch != NULL && ASN1_TIME_diff(&days, &secs, epoch, t) == 1;
	if (ok)
		*out = (int64_t)days * 86400 + secs;
	ASN1_TIME_free(epoch);
	return ok;
}

enum csg_rc
csg_spki_id(const EVP_PKEY *pkey, struct csg_id *out, struct csg_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	enum csg_rc rc;

	if (len <= 0)
		return csg_fail_ssl(err, CSG_R_ALG, "public key");
	rc = csg_id_mem(der, (size_t)len, out, err);
	OPENSSL_free(der);
	return rc;
}

/* X.690 section 11 for the primitive types in a certificate. */
static bool
is_der_value(int tag, struct csg_der v)
{
	switch (tag) {
	case CSG_DER_BOOLEAN: /* FALSE is always the default here */
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
 * Is all of it DER?  Encoding again can't tell: libcrypto keeps the bytes of
 * names and of what was signed as it found them.
 */
static bool
is_der(struct csg_der in, int depth)
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
		    !is_der(v, depth - 1))
			return false;
	}
	return true;
}

/* Everything in a csg_cert that follows from its DER. */
static enum csg_rc
fill(struct csg_cert *c, struct csg_err *err)
{
	const unsigned char *p = c->der;
	unsigned char *again = NULL;
	int len;
	bool same;
	enum csg_rc rc;

	if (!is_der((struct csg_der){ c->der, c->der_len }, MAX_DEPTH))
		return csg_fail(err, CSG_R_PARSE, "certificate is not DER");
	c->x509 = d2i_X509(NULL, &p, (long)c->der_len);
	if (c->x509 == NULL || p != c->der + c->der_len)
		return csg_fail_ssl(err, CSG_R_PARSE, "no certificate");
	len = i2d_X509(c->x509, &again);
	same = len >= 0 && (size_t)len == c->der_len &&
	    memcmp(again, c->der, c->der_len) == 0;
	OPENSSL_free(again);
	if (!same)
		return csg_fail(err, CSG_R_PARSE, "certificate is not DER");
	if ((c->pkey = X509_get_pubkey(c->x509)) == NULL)
		return csg_fail_ssl(err, CSG_R_ALG, "certificate's key");
	if (!to_unix(X509_get0_notBefore(c->x509), &c->not_before) ||
	    !to_unix(X509_get0_notAfter(c->x509), &c->not_after))
		return csg_fail_ssl(err, CSG_R_PARSE, "certificate's validity");
	if ((rc = csg_spki_id(c->pkey, &c->spki, err)) != CSG_OK ||
	    (rc = csg_id_mem(c->der, c->der_len, &c->sha256, err)) != CSG_OK)
		return rc;
	return check_rules(c, err);
}

/* der is taken over. */
static enum csg_rc
from_der(
    unsigned char *der, size_t len, struct csg_cert **out, struct csg_err *err)
{
	struct csg_cert *c;
	enum csg_rc rc;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		OPENSSL_free(der);
		return csg_fail_mem(err);
	}
	c->der = der; /* transferred */
	c->der_len = len;
	if ((rc = fill(c, err)) != CSG_OK) {
		csg_cert_free(c);
		return rc;
	}
	*out = c; /* transferred */
	return CSG_OK;
}

enum csg_rc
csg_cert_from_x509(const X509 *x, struct csg_cert **out, struct csg_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	enum csg_rc rc;

	*out = NULL;
	if (len <= 0)
		return csg_fail_ssl(err, CSG_R_PARSE, "certificate");
	if ((rc = from_der(der, (size_t)len, out, err)) == CSG_OK &&
	    (rc = check_signs(*out, err)) != CSG_OK) {
		csg_cert_free(*out);
		*out = NULL;
	}
	return rc;
}

/* Blank lines and comments between certificates; anything else is refused,
 * which PEM_read_bio would skip. */
static enum csg_rc
skip_between(const char *text, size_t len, size_t *pos, struct csg_err *err)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	size_t n;

	while (*pos < len) {
		n = strcspn(text + *pos, "\n");
		if (strncmp(text + *pos, begin, sizeof(begin) - 1) == 0)
			return CSG_OK;
		if (text[*pos] != '#' && text[*pos] != '\n' &&
		    strspn(text + *pos, " \t\r") != n)
			return csg_fail(err, CSG_R_PARSE,
			    "only PEM "
			    "certificates may stand here");
		*pos += n + (text[*pos + n] == '\n');
	}
	return CSG_OK;
}

/* The PEM block at pos, which begins there. */
static enum csg_rc
read_block(const char *text, size_t len, size_t *pos, struct csg_cert **out,
    struct csg_err *err)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const char *stop = strstr(text + *pos, end);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long der_len = 0;
	size_t n;
	BIO *bio;
	int ok;

	*out = NULL;
	if (stop == NULL)
		return csg_fail(err, CSG_R_PARSE, "certificate is cut");
	n = (size_t)(stop - (text + *pos)) + sizeof(end) - 1;
	if (n > CSG_MAX_CERT || *pos + n > len)
		return csg_fail(err, CSG_R_PARSE,
		    "certificate is larger than "
		    "%d bytes",
		    CSG_MAX_CERT);
	if ((bio = BIO_new_mem_buf(text + *pos, (int)n)) == NULL)
		return csg_fail_mem(err);
	ok = PEM_read_bio(bio, &name, &header, &der, &der_len) == 1 &&
	    strcmp(name, "CERTIFICATE") == 0 && header[0] == '\0' &&
	    der_len > 0;
	BIO_free(bio);
	OPENSSL_free(name);
	OPENSSL_free(header);
	if (!ok) {
		OPENSSL_free(der);
		return csg_fail_ssl(err, CSG_R_PARSE,
		    "certificate is no "
		    "good PEM");
	}
	*pos += n;
	if (strspn(text + *pos, " \t\r") != strcspn(text + *pos, "\n")) {
		OPENSSL_free(der);
		return csg_fail(err, CSG_R_PARSE,
		    "more than a certificate's end in its last line");
	}
	return from_der(der, (size_t)der_len, out, err);
}

/* Whatever they may be used for: check says. */
static enum csg_rc
read_all(const char *text, size_t len, size_t max,
    enum csg_rc (*check)(const struct csg_cert *, struct csg_err *),
    struct csg_cert ***out, size_t *n, struct csg_err *err)
{
	struct csg_buf copy = { 0 };
	struct csg_cert **v;
	size_t pos = 0, k = 0;
	enum csg_rc rc;

	*out = NULL;
	*n = 0;
	if (memchr(text, '\0', len) != NULL)
		return csg_fail(err, CSG_R_PARSE,
		    "only PEM certificates may "
		    "stand here");
	csg_buf_add(&copy, text, len); /* for its NUL */
	if ((rc = csg_buf_ok(&copy, err)) != CSG_OK)
		return rc;
	if ((v = calloc(max, sizeof(*v))) == NULL)
		rc = csg_fail_mem(err);
	while (rc == CSG_OK &&
	    (rc = skip_between(csg_buf_str(&copy), len, &pos, err)) == CSG_OK &&
	    pos < len) {
		if (k == max)
			rc = csg_fail(err, CSG_R_PARSE,
			    max == 1 ? "more than one certificate" :
				       "more than %zu certificates",
			    max);
		else if ((rc = read_block(csg_buf_str(&copy), len, &pos, &v[k],
			      err)) == CSG_OK)
			rc = check(v[k++], err);
	}
	if (rc == CSG_OK && k == 0)
		rc = csg_fail(err, CSG_R_PARSE, "no PEM certificate");
	csg_buf_free(&copy);
	if (rc != CSG_OK) {
		csg_certs_free(v, k);
		return rc;
	}
	*out = v; /* transferred */
	*n = k;
	return CSG_OK;
}

/* Exactly one. */
static enum csg_rc
read_one(const char *text, size_t len,
    enum csg_rc (*check)(const struct csg_cert *, struct csg_err *),
    struct csg_cert **out, struct csg_err *err)
{
	struct csg_cert **v = NULL;
	size_t n;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = read_all(text, len, 1, check, &v, &n, err)) == CSG_OK)
		*out = v[0]; /* transferred */
	free(v);
	return rc;
}

enum csg_rc
csg_certs_read(const char *text, size_t len, size_t max, struct csg_cert ***out,
    size_t *n, struct csg_err *err)
{
	return read_all(text, len, max, check_signs, out, n, err);
}

enum csg_rc
csg_cert_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err)
{
	return read_one(text, len, check_signs, out, err);
}

enum csg_rc
csg_recipient_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err)
{
	return read_one(text, len, check_decrypts, out, err);
}

void
csg_cert_free(struct csg_cert *c)
{
	if (c == NULL)
		return;
	X509_free(c->x509);
	EVP_PKEY_free(c->pkey);
	OPENSSL_free(c->der);
	free(c);
}

void
csg_certs_free(struct csg_cert **c, size_t n)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < n; i++)
		csg_cert_free(c[i]);
	free(c);
}

enum csg_rc
csg_cert_valid_at(
    const struct csg_cert *c, int64_t t, const char *who, struct csg_err *err)
{
	if (t < c->not_before)
		return csg_fail(err, CSG_R_EXPIRED,
		    "the certificate of %s is not yet valid", who);
	if (t > c->not_after)
		return csg_fail(err, CSG_R_EXPIRED,
		    "the certificate of %s has expired", who);
	return CSG_OK;
}

bool
csg_cert_has_key(const struct csg_cert *c, const EVP_PKEY *pkey)
{
	struct csg_id id;

	return csg_spki_id(pkey, &id, NULL) == CSG_OK &&
	    csg_id_equal(&id, &c->spki);
}

enum csg_rc
csg_cert_write(
    const struct csg_cert *c, struct csg_buf *out, struct csg_err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;
	bool ok;

	ok = bio != NULL && PEM_write_bio_X509(bio, c->x509) == 1 &&
	    (len = BIO_get_mem_data(bio, &data)) > 0;
	if (ok)
		csg_buf_add(out, data, (size_t)len);
	BIO_free(bio);
	return ok ? csg_buf_ok(out, err) :
		    csg_fail_ssl(err, CSG_R_IO, "certificate");
}

enum csg_rc
csg_cert_cn(const struct csg_cert *c, struct csg_buf *out, struct csg_err *err)
{
	const X509_NAME *name = X509_get_subject_name(c->x509);
	unsigned char *utf8;
	int i, len;

	i = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	csg_buf_puts(out, "");
	if (i < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, i) >= 0)
		return csg_buf_ok(out, err);
	len = ASN1_STRING_to_UTF8(
	    &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
	if (len < 0)
		return csg_fail_ssl(err, CSG_R_TEXT, "certificate's CN");
	csg_buf_add(out, utf8, (size_t)len);
	OPENSSL_free(utf8);
	return csg_buf_ok(out, err);
}

const char *
csg_cert_keytype(const struct csg_cert *c)
{
	if (EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_RSA)
		switch (EVP_PKEY_get_bits(c->pkey)) {
		case 3072: return "rsa3072";
		case 4096: return "rsa4096";
		default: return "rsa";
		}
	switch (curve_of(c->pkey)) {
	case NID_X9_62_prime256v1: return "p256";
	case NID_secp384r1: return "p384";
	default: return "p521";
	}
}

/* ---- making ---- */

/* "/CN=a/O=b" as openssl's -subj takes it; "\" keeps the next character. */
static enum csg_rc
parse_subject(const char *subject, X509_NAME *name, struct csg_err *err)
{
	char type[32], value[256];
	size_t n;
	const char *s = subject;

	while (*s == '/') {
		n = strcspn(++s, "=");
		if (n == 0 || n >= sizeof(type) || s[n] != '=')
			break;
		memcpy(type, s, n);
		type[n] = '\0';
		for (s += n + 1, n = 0;
		     *s != '\0' && *s != '/' && n + 1 < sizeof(value); s++) {
			if (*s == '\\' && s[1] != '\0')
				s++;
			value[n++] = *s;
		}
		value[n] = '\0';
		if (n == 0 || !csg_text_valid(value, n, false) ||
		    X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
			(unsigned char *)value, -1, -1, 0) != 1)
			break;
		if (*s == '\0')
			return CSG_OK;
	}
	return csg_fail_ssl(err, CSG_R_PARSE,
	    "subject '%.200s' is not like /CN=Name/O=Company", subject);
}

enum csg_rc
csg_subject_check(const char *subject, struct csg_err *err)
{
	X509_NAME *name = X509_NAME_new();
	enum csg_rc rc;

	if (name == NULL)
		return csg_fail_mem(err);
	rc = parse_subject(subject, name, err);
	X509_NAME_free(name);
	return rc;
}

static bool
add_ext(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	if ((e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value)) == NULL)
		return false;
	ok = X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* The digest that goes with a key, and PSS where wanted. */
static enum csg_rc
prepare_sign(EVP_MD_CTX *ctx, EVP_PKEY *key, bool pss, struct csg_err *err)
{
	EVP_PKEY_CTX *pctx = NULL;
	enum csg_alg alg;
	enum csg_rc rc;

	if ((rc = check_key(key, &alg, err)) != CSG_OK)
		return rc;
	if (EVP_DigestSignInit(ctx, &pctx,
		EVP_get_digestbyname(csg_alg_name(alg)), NULL, key) != 1 ||
	    (pss &&
		(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) !=
			1 ||
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(
			pctx, RSA_PSS_SALTLEN_DIGEST) != 1)))
		return csg_fail_ssl(
		    err, CSG_R_TOKEN, "can't sign with this key");
	return CSG_OK;
}

/* A person can also be sent something that nobody else can open: the share
 * of a backup. */
static const char *
usage_of(const EVP_PKEY *key, enum csg_cert_use use)
{
	if (use == CSG_USE_CODE)
		return "critical,digitalSignature";
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ?
	    "critical,digitalSignature,keyEncipherment" :
	    "critical,digitalSignature,keyAgreement";
}

static bool
fill_cert(X509 *x, EVP_PKEY *key, enum csg_cert_use use, int64_t not_before,
    int64_t not_after)
{
	unsigned char serial[16];
	BIGNUM *bn;
	bool ok;

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return false;
	serial[0] = (serial[0] & 0x7f) | 0x40;
	bn = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = bn != NULL &&
	    BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL &&
	    X509_set_version(x, X509_VERSION_3) == 1 &&
	    X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 &&
	    ASN1_TIME_set(X509_getm_notBefore(x), not_before) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(x), not_after) != NULL &&
	    X509_set_pubkey(x, key) == 1 &&
	    add_ext(x, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_ext(x, NID_key_usage, usage_of(key, use)) &&
	    (use != CSG_USE_CODE ||
		add_ext(x, NID_ext_key_usage, "codeSigning")) &&
	    add_ext(x, NID_subject_key_identifier, "hash");
	BN_free(bn);
	return ok;
}

enum csg_rc
csg_cert_make(EVP_PKEY *key, bool pss, const char *subject,
    enum csg_cert_use use, int64_t not_before, int64_t not_after,
    struct csg_cert **out, struct csg_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	X509 *x = X509_new();
	enum csg_rc rc;

	*out = NULL;
	if (ctx == NULL || x == NULL)
		rc = csg_fail_mem(err);
	else
		rc = parse_subject(subject, X509_get_subject_name(x), err);
	if (rc == CSG_OK && !fill_cert(x, key, use, not_before, not_after))
		rc = csg_fail_ssl(err, CSG_R_IO, "can't make a certificate");
	if (rc == CSG_OK)
		rc = prepare_sign(ctx, key, pss, err);
	if (rc == CSG_OK && X509_sign_ctx(x, ctx) <= 0)
		rc = csg_fail_ssl(
		    err, CSG_R_TOKEN, "can't sign the certificate");
	if (rc == CSG_OK)
		rc = csg_cert_from_x509(x, out, err);
	EVP_MD_CTX_free(ctx);
	X509_free(x);
	return rc;
}

static enum csg_rc
write_csr(X509_REQ *r, struct csg_buf *out, struct csg_err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;
	bool ok;

	ok = bio != NULL && PEM_write_bio_X509_REQ(bio, r) == 1 &&
	    (len = BIO_get_mem_data(bio, &data)) > 0;
	if (ok)
		csg_buf_add(out, data, (size_t)len);
	BIO_free(bio);
	return ok ? csg_buf_ok(out, err) :
		    csg_fail_ssl(err, CSG_R_IO, "certificate request");
}

enum csg_rc
csg_csr_make(EVP_PKEY *key, bool pss, const char *subject, struct csg_buf *out,
    struct csg_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	X509_REQ *r = X509_REQ_new();
	enum csg_rc rc;

	if (ctx == NULL || r == NULL ||
	    X509_REQ_set_version(r, X509_REQ_VERSION_1) != 1)
		rc = csg_fail_mem(err);
	else
		rc = parse_subject(subject, X509_REQ_get_subject_name(r), err);
	if (rc == CSG_OK && X509_REQ_set_pubkey(r, key) != 1)
		rc = csg_fail_ssl(err, CSG_R_IO, "certificate request");
	if (rc == CSG_OK)
		rc = prepare_sign(ctx, key, pss, err);
	if (rc == CSG_OK && X509_REQ_sign_ctx(r, ctx) <= 0)
		rc = csg_fail_ssl(
		    err, CSG_R_TOKEN, "can't sign the certificate request");
	if (rc == CSG_OK)
		rc = write_csr(r, out, err);
	EVP_MD_CTX_free(ctx);
	X509_REQ_free(r);
	return rc;
}
