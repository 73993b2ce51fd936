#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "lib/crypto/asn1_time.h"
#include "lib/crypto/cert_rules.h"

/*
 * The SubjectPublicKeyInfo of an EC key is a prefix for the curve, and the
 * point.  It is built here because libcrypto's encoder takes longer than all
 * other work on a certificate.
 */
#define EC_SPKI(n, algorithm, ...) \
	0x30, n, 0x30, algorithm, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, \
	    0x06, __VA_ARGS__
static const unsigned char spki_p256[] = { EC_SPKI(
    0x59, 0x13, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 0x03, 0x42, 0) };
static const unsigned char spki_p384[] = { EC_SPKI(
    0x76, 0x10, 5, 0x2b, 0x81, 4, 0, 0x22, 0x03, 0x62, 0) };
static const unsigned char spki_p521[] = { 0x30, 0x81, 0x9b, 0x30, 0x10, 0x06,
	7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 5, 0x2b, 0x81, 4, 0, 0x23,
	0x03, 0x81, 0x86, 0 };
static const struct {
	int nid;
	const unsigned char *prefix;
	size_t len, point; /* lengths of the prefix and of the point */
} ec_spki[] = {
	{ NID_X9_62_prime256v1, spki_p256, sizeof(spki_p256), 65 },
	{ NID_secp384r1, spki_p384, sizeof(spki_p384), 97 },
	{ NID_secp521r1, spki_p521, sizeof(spki_p521), 133 },
};

/* Hash the key with an uncompressed point, whatever point format it is set
 * to. */
static bool
ec_spki_id(const EVP_PKEY *pkey, struct csg_id *out)
{
	unsigned char spki[256];
	int nid = csg_key_curve(pkey);
	size_t i, n = sizeof(ec_spki) / sizeof(ec_spki[0]), len;

	for (i = 0; i < n && ec_spki[i].nid != nid; i++)
		;
	if (i == n)
		return false;
	memcpy(spki, ec_spki[i].prefix, ec_spki[i].len);
	return EVP_PKEY_get_octet_string_param(pkey,
		   OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, spki + ec_spki[i].len,
		   sizeof(spki) - ec_spki[i].len, &len) == 1 &&
	    len == ec_spki[i].point && spki[ec_spki[i].len] == 4 &&
	    csg_id_mem(spki, ec_spki[i].len + len, out, NULL) == CSG_OK;
}

enum csg_rc
csg_spki_id(const EVP_PKEY *pkey, struct csg_id *out, struct csg_err *err)
{
	unsigned char *der = NULL;
	int len;
	enum csg_rc rc;

	if (ec_spki_id(pkey, out))
		return CSG_OK;
	if ((len = i2d_PUBKEY(pkey, &der)) <= 0)
		return csg_fail_ssl(
		    err, CSG_R_ALG, "can't encode the public key");
	rc = csg_id_mem(der, (size_t)len, out, err);
	OPENSSL_free(der);
	return rc;
}

/* Fill in all fields of a csg_cert from its DER. */
static enum csg_rc
fill(struct csg_cert *c, struct csg_err *err)
{
	const unsigned char *p = c->der;
	unsigned char *again = NULL;
	int len;
	bool same;
	enum csg_rc rc;

	if (!csg_cert_is_der(c->der, c->der_len))
		return csg_fail(err, CSG_R_PARSE, "the certificate is not DER");
	c->x509 = d2i_X509(NULL, &p, (long)c->der_len);
	if (c->x509 == NULL || p != c->der + c->der_len)
		return csg_fail_ssl(err, CSG_R_PARSE, "not a certificate");
	len = i2d_X509(c->x509, &again);
	same = len >= 0 && (size_t)len == c->der_len &&
	    memcmp(again, c->der, c->der_len) == 0;
	OPENSSL_free(again);
	if (!same)
		return csg_fail(err, CSG_R_PARSE, "the certificate is not DER");
	if ((c->pkey = X509_get_pubkey(c->x509)) == NULL)
		return csg_fail_ssl(
		    err, CSG_R_ALG, "can't read the certificate's key");
	if (!csg_asn1_time_get(X509_get0_notBefore(c->x509), &c->not_before) ||
	    !csg_asn1_time_get(X509_get0_notAfter(c->x509), &c->not_after))
		return csg_fail_ssl(
		    err, CSG_R_PARSE, "can't read the certificate's validity");
	if ((rc = csg_spki_id(c->pkey, &c->spki, err)) != CSG_OK ||
	    (rc = csg_id_mem(c->der, c->der_len, &c->sha256, err)) != CSG_OK)
		return rc;
	return csg_cert_check_rules(c, err);
}

/* Takes ownership of der. */
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
	    (rc = csg_cert_check_signs(*out, err)) != CSG_OK) {
		csg_cert_free(*out);
		*out = NULL;
	}
	return rc;
}

/* Skip blank lines and comments between certificates; refuse any other text,
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
			    "has text other than PEM certificates and # comments");
		*pos += n + (text[*pos + n] == '\n');
	}
	return CSG_OK;
}

/* Read the PEM block that begins at pos. */
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
		return csg_fail(
		    err, CSG_R_PARSE, "the certificate is truncated");
	n = (size_t)(stop - (text + *pos)) + sizeof(end) - 1;
	if (n > CSG_MAX_CERT || *pos + n > len)
		return csg_fail(err, CSG_R_PARSE,
		    "the certificate is larger than %d bytes", CSG_MAX_CERT);
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
		return csg_fail_ssl(
		    err, CSG_R_PARSE, "the certificate is not valid PEM");
	}
	*pos += n;
	if (strspn(text + *pos, " \t\r") != strcspn(text + *pos, "\n")) {
		OPENSSL_free(der);
		return csg_fail(err, CSG_R_PARSE,
		    "unexpected text after -----END CERTIFICATE-----");
	}
	return from_der(der, (size_t)der_len, out, err);
}

/* Read certificates; check decides by their keyUsage. */
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
		    "has text other than PEM certificates and # comments");
	csg_buf_add(&copy, text, len); /* adds a NUL */
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

/* Read exactly one certificate. */
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
	return read_all(text, len, max, csg_cert_check_signs, out, n, err);
}

enum csg_rc
csg_cert_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err)
{
	return read_one(text, len, csg_cert_check_signs, out, err);
}

enum csg_rc
csg_recipient_read(
    const char *text, size_t len, struct csg_cert **out, struct csg_err *err)
{
	return read_one(text, len, csg_cert_check_decrypts, out, err);
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
		return csg_fail_ssl(
		    err, CSG_R_TEXT, "can't read the certificate's CN");
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
	switch (csg_key_curve(c->pkey)) {
	case NID_X9_62_prime256v1: return "p256";
	case NID_secp384r1: return "p384";
	default: return "p521";
	}
}
