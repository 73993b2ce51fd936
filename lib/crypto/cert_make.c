#include <string.h>

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/crypto/cert_make.h"
#include "lib/crypto/cert_rules.h"
#include "lib/base/text.h"

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

	if ((rc = csg_key_check(key, &alg, err)) != CSG_OK)
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
