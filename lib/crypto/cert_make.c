#include <string.h>

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/crypto/asn1_time.h"
#include "lib/crypto/cert_make.h"
#include "lib/crypto/cert_rules.h"
#include "lib/base/text.h"
#include "lib/codec/der.h"

/* Parse "/CN=a/O=b" as openssl's -subj takes it; "\" escapes the next
 * character. */
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
	    "subject '%.200s' does not have the form /CN=Name/O=Company",
	    subject);
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

/* A person's key can also decrypt, so that its owner can be a custodian of a
 * backup. */
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
	    csg_asn1_time_set(X509_getm_notBefore(x), not_before) &&
	    csg_asn1_time_set(X509_getm_notAfter(x), not_after) &&
	    X509_set_pubkey(x, key) == 1 &&
	    add_ext(x, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_ext(x, NID_key_usage, usage_of(key, use)) &&
	    (use != CSG_USE_CODE ||
		add_ext(x, NID_ext_key_usage, "codeSigning")) &&
	    add_ext(x, NID_subject_key_identifier, "hash");
	BN_free(bn);
	return ok;
}

/* ---- signing ---- */

/*
 * A key of the same type as pub.  Signing with it makes libcrypto fill in the
 * signature algorithm and its parameters, which can't be set on an X509 in any
 * other way; the signature itself is replaced.
 */
static EVP_PKEY *
throwaway_key(const EVP_PKEY *pub)
{
	if (EVP_PKEY_get_base_id(pub) == EVP_PKEY_RSA)
		return EVP_RSA_gen(2048);
	return EVP_EC_gen(OBJ_nid2sn(csg_key_curve(pub)));
}

/* Set up ctx to sign with a throwaway key and the digest that pub requires. */
static enum csg_rc
prepare_throwaway(const EVP_PKEY *pub, bool pss, enum csg_alg *alg,
    EVP_MD_CTX *ctx, struct csg_err *err)
{
	EVP_PKEY_CTX *pctx = NULL;
	EVP_PKEY *key;
	enum csg_rc rc;
	bool ok;

	if ((rc = csg_key_check(pub, alg, err)) != CSG_OK)
		return rc;
	key = throwaway_key(pub);
	ok = key != NULL &&
	    EVP_DigestSignInit(ctx, &pctx,
		EVP_get_digestbyname(csg_alg_name(*alg)), NULL, key) == 1 &&
	    (!pss ||
		(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) ==
			1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(
			pctx, RSA_PSS_SALTLEN_DIGEST) == 1));
	EVP_PKEY_free(key); /* ctx holds its own reference */
	return ok ?
	    CSG_OK :
	    csg_fail_ssl(err, CSG_R_IO, "can't set the signature algorithm");
}

/* Append the DER of a signed structure (RFC 5280 section 4.1, RFC 2986 section
 * 4.2): a SEQUENCE of the signed part, the algorithm, and the signature as a
 * BIT STRING. */
static enum csg_rc
write_signed(const struct csg_der *tbs, const struct csg_der *algorithm,
    const struct csg_buf *sig, struct csg_buf *out, struct csg_err *err)
{
	unsigned char head[24], *p = head;
	int bits = (int)sig->len + 1; /* one octet counts the unused bits */
	int len = (int)tbs->len + (int)algorithm->len +
	    ASN1_object_size(0, bits, V_ASN1_BIT_STRING);

	ASN1_put_object(&p, 1, len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	csg_buf_add(out, head, (size_t)(p - head));
	csg_buf_add(out, tbs->p, tbs->len);
	csg_buf_add(out, algorithm->p, algorithm->len);
	p = head;
	ASN1_put_object(&p, 0, bits, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL);
	*p++ = 0;
	csg_buf_add(out, head, (size_t)(p - head));
	csg_buf_add(out, sig->data, sig->len);
	return csg_buf_ok(out, err);
}

/* Sign the encoded tbs with k; named is the signature algorithm given in it. */
static enum csg_rc
sign_tbs(const struct csg_signer_key *k, enum csg_alg alg,
    const struct csg_der *tbs, const X509_ALGOR *named, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_der algorithm;
	struct csg_buf sig = { 0 };
	struct csg_digest d;
	unsigned char *a = NULL;
	int len = i2d_X509_ALGOR(named, &a);
	enum csg_rc rc;

	if (len <= 0)
		return csg_fail_ssl(
		    err, CSG_R_IO, "can't encode the signature algorithm");
	algorithm = (struct csg_der){ a, (size_t)len };
	if ((rc = csg_digest_mem(alg, tbs->p, tbs->len, &d, err)) == CSG_OK &&
	    (rc = k->sign(k, &d, &sig, err)) == CSG_OK)
		rc = write_signed(tbs, &algorithm, &sig, out, err);
	csg_buf_free(&sig);
	OPENSSL_free(a);
	return rc;
}

static enum csg_rc
sign_cert(X509 *x, EVP_PKEY *pub, const struct csg_signer_key *k,
    struct csg_buf *der, struct csg_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct csg_der tbs;
	unsigned char *t = NULL;
	enum csg_alg alg;
	int len;
	enum csg_rc rc;

	if (ctx == NULL)
		return csg_fail_mem(err);
	if ((rc = prepare_throwaway(pub, k->pss, &alg, ctx, err)) != CSG_OK)
		goto out;
	if (X509_sign_ctx(x, ctx) <= 0 || (len = i2d_re_X509_tbs(x, &t)) <= 0) {
		rc = csg_fail_ssl(err, CSG_R_IO, "can't encode a certificate");
		goto out;
	}
	tbs = (struct csg_der){ t, (size_t)len };
	rc = sign_tbs(k, alg, &tbs, X509_get0_tbs_sigalg(x), der, err);
out:
	OPENSSL_free(t);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* Parse and verify the certificate that was just signed. */
static enum csg_rc
check_cert(const struct csg_buf *der, EVP_PKEY *pub, struct csg_cert **out,
    struct csg_err *err)
{
	const unsigned char *p = der->data;
	X509 *x = d2i_X509(NULL, &p, (long)der->len);
	enum csg_rc rc;

	if (x == NULL || X509_verify(x, pub) != 1)
		rc = csg_fail_ssl(err, CSG_R_SELFTEST,
		    "the certificate that was just signed does not verify");
	else
		rc = csg_cert_from_x509(x, out, err);
	X509_free(x);
	return rc;
}

enum csg_rc
csg_cert_make(EVP_PKEY *pub, const struct csg_signer_key *k,
    const char *subject, enum csg_cert_use use, int64_t not_before,
    int64_t not_after, struct csg_cert **out, struct csg_err *err)
{
	X509 *x = X509_new();
	struct csg_buf der = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if (x == NULL)
		return csg_fail_mem(err);
	if ((rc = parse_subject(subject, X509_get_subject_name(x), err)) !=
	    CSG_OK)
		goto out;
	if (!fill_cert(x, pub, use, not_before, not_after)) {
		rc = csg_fail_ssl(err, CSG_R_IO, "can't make a certificate");
		goto out;
	}
	if ((rc = sign_cert(x, pub, k, &der, err)) == CSG_OK)
		rc = check_cert(&der, pub, out, err);
out:
	csg_buf_free(&der);
	X509_free(x);
	return rc;
}

static enum csg_rc
sign_csr(X509_REQ *r, EVP_PKEY *pub, const struct csg_signer_key *k,
    struct csg_buf *der, struct csg_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const X509_ALGOR *named;
	struct csg_der tbs;
	unsigned char *t = NULL;
	enum csg_alg alg;
	int len;
	enum csg_rc rc;

	if (ctx == NULL)
		return csg_fail_mem(err);
	if ((rc = prepare_throwaway(pub, k->pss, &alg, ctx, err)) != CSG_OK)
		goto out;
	if (X509_REQ_sign_ctx(r, ctx) <= 0 ||
	    (len = i2d_re_X509_REQ_tbs(r, &t)) <= 0) {
		rc = csg_fail_ssl(
		    err, CSG_R_IO, "can't encode a certificate request");
		goto out;
	}
	X509_REQ_get0_signature(r, NULL, &named);
	tbs = (struct csg_der){ t, (size_t)len };
	rc = sign_tbs(k, alg, &tbs, named, der, err);
out:
	OPENSSL_free(t);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* Parse and verify the request that was just signed, and append it as PEM. */
static enum csg_rc
write_csr(const struct csg_buf *der, EVP_PKEY *pub, struct csg_buf *out,
    struct csg_err *err)
{
	const unsigned char *p = der->data;
	X509_REQ *r = d2i_X509_REQ(NULL, &p, (long)der->len);
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;
	enum csg_rc rc;

	if (r == NULL || X509_REQ_verify(r, pub) != 1)
		rc = csg_fail_ssl(err, CSG_R_SELFTEST,
		    "the certificate request that was just signed does not verify");
	else if (bio == NULL || PEM_write_bio_X509_REQ(bio, r) != 1 ||
	    (len = BIO_get_mem_data(bio, &data)) <= 0)
		rc = csg_fail_ssl(
		    err, CSG_R_IO, "can't write a certificate request");
	else {
		csg_buf_add(out, data, (size_t)len);
		rc = csg_buf_ok(out, err);
	}
	BIO_free(bio);
	X509_REQ_free(r);
	return rc;
}

enum csg_rc
csg_csr_make(EVP_PKEY *pub, const struct csg_signer_key *k, const char *subject,
    struct csg_buf *out, struct csg_err *err)
{
	X509_REQ *r = X509_REQ_new();
	struct csg_buf der = { 0 };
	enum csg_rc rc;

	if (r == NULL || X509_REQ_set_version(r, X509_REQ_VERSION_1) != 1) {
		rc = csg_fail_mem(err);
		goto out;
	}
	if ((rc = parse_subject(subject, X509_REQ_get_subject_name(r), err)) !=
	    CSG_OK)
		goto out;
	if (X509_REQ_set_pubkey(r, pub) != 1) {
		rc = csg_fail_ssl(
		    err, CSG_R_IO, "can't make a certificate request");
		goto out;
	}
	if ((rc = sign_csr(r, pub, k, &der, err)) == CSG_OK)
		rc = write_csr(&der, pub, out, err);
out:
	csg_buf_free(&der);
	X509_REQ_free(r);
	return rc;
}
