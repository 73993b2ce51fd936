/* Certificates: what a policy may name, each refusal beside an acceptance. */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/unit/self.h"
#include "tests/unit/unit.h"

#define NOW 1795500000 /* 2026-11-24 */

/* A certificate as told; zeros are what is accepted. */
struct shape {
	EVP_PKEY *key; /* else P-256 */
	const char *md; /* of its own signature, else SHA-256 */
	const char *usage; /* keyUsage */
	bool unknown_critical, unknown;
	const char *name; /* CN */
	int name_len;
};

static EVP_PKEY *p256;

static bool
add_unknown(X509 *x, int critical)
{
	ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *o = OBJ_txt2obj("1.2.3.4", 1);
	X509_EXTENSION *e;
	bool ok;

	ok = ASN1_OCTET_STRING_set(v, (const unsigned char *)"\5", 2) == 1 &&
	    (e = X509_EXTENSION_create_by_OBJ(NULL, o, critical, v)) != NULL &&
	    X509_add_ext(x, e, -1) == 1;
	if (ok)
		X509_EXTENSION_free(e);
	ASN1_OBJECT_free(o);
	ASN1_OCTET_STRING_free(v);
	return ok;
}

static X509 *
shaped(const struct shape *s)
{
	X509 *x = X509_new();
	EVP_PKEY *key = s->key != NULL ? s->key : p256;
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *e;
	const EVP_MD *md = EVP_sha256();
	int id = EVP_PKEY_get_base_id(key);

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
	    (const unsigned char *)(s->name != NULL ? s->name : "a"),
	    s->name_len != 0 ? s->name_len : -1, -1, 0);
	X509_set_issuer_name(x, name);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + 86400);
	X509_set_pubkey(x, key);
	if (s->usage != NULL) {
		e = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, s->usage);
		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
	}
	if (s->unknown_critical || s->unknown)
		add_unknown(x, s->unknown_critical);
	if (s->md != NULL)
		md = EVP_get_digestbyname(s->md);
	if (id == EVP_PKEY_ED25519)
		md = NULL;
	if (X509_sign(x, key, md) <= 0)
		printf("# can't sign the certificate\n");
	return x;
}

/* PEM of DER. */
static void
put_pem(struct csg_buf *out, const unsigned char *der, size_t len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long n;

	PEM_write_bio(bio, "CERTIFICATE", "", der, (long)len);
	n = BIO_get_mem_data(bio, &data);
	csg_buf_add(out, data, (size_t)n);
	BIO_free(bio);
}

static enum csg_rc (*reader)(
    const char *, size_t, struct csg_cert **, struct csg_err *) = csg_cert_read;

/* Read DER as PEM: CSG_R_NONE or why it was refused. */
static enum csg_reason
judge_der(const unsigned char *der, size_t len, struct csg_cert **out,
    const char *why)
{
	struct csg_buf pem = { 0 };
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };
	enum csg_rc rc;

	put_pem(&pem, der, len);
	rc = reader(csg_buf_str(&pem), pem.len, &c, &err);
	CHECK((rc == CSG_OK) == (c != NULL) && rc == err.rc);
	if (!CHECK(strstr(err.text, why) != NULL))
		printf("# '%s' lacks '%s'\n", err.text, why);
	csg_buf_free(&pem);
	if (out != NULL)
		*out = c;
	else
		csg_cert_free(c);
	return err.reason;
}

static enum csg_reason
judge(const struct shape *s, const char *why)
{
	X509 *x = shaped(s);
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	enum csg_reason r;

	X509_free(x);
	r = judge_der(der, (size_t)len, NULL, why);
	OPENSSL_free(der);
	return r;
}

static enum csg_reason
judge_key(EVP_PKEY *key, const char *why)
{
	enum csg_reason r;

	r = judge(&(struct shape){ .key = key }, why);
	EVP_PKEY_free(key);
	return r;
}

static void
keys(void)
{
	unit_case("attack 27: RSA from 3072 bits, NIST curves, nothing else");
	CHECK(judge_key(EVP_RSA_gen(3072), "") == CSG_R_NONE);
	CHECK(judge_key(EVP_RSA_gen(2048), "2048 bits") == CSG_R_ALG);
	CHECK(judge_key(EVP_EC_gen("P-256"), "") == CSG_R_NONE);
	CHECK(judge_key(EVP_EC_gen("P-384"), "") == CSG_R_NONE);
	CHECK(judge_key(EVP_EC_gen("P-521"), "") == CSG_R_NONE);
	CHECK(judge_key(EVP_EC_gen("P-224"), "elliptic curve") == CSG_R_ALG);
	CHECK(
	    judge_key(EVP_EC_gen("secp256k1"), "elliptic curve") == CSG_R_ALG);
	CHECK(judge_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "Ed25519") ==
	    CSG_R_ALG);
}

static void
rules(void)
{
	const enum csg_reason ok = CSG_R_NONE;

	unit_case("attacks 26, 27: signature, keyUsage, extensions, names");
	CHECK(judge(&(struct shape){ .md = "SHA384" }, "") == ok);
	CHECK(judge(&(struct shape){ .md = "SHA1" }, "SHA1") == CSG_R_ALG);
	CHECK(judge(&(struct shape){ .usage = "digitalSignature" }, "") == ok);
	CHECK(judge(&(struct shape){ .usage = "keyAgreement" },
		  "digitalSignature") == CSG_R_POLICY);
	CHECK(judge(&(struct shape){ .unknown = true }, "") == ok);
	CHECK(judge(&(struct shape){ .unknown_critical = true },
		  "unknown critical") == CSG_R_POLICY);
	CHECK(judge(&(struct shape){ .name = "J\xc3\xb8rn" }, "") == ok);
	CHECK(judge(&(struct shape){ .name = "a\033[2Jb" }, "shown") ==
	    CSG_R_TEXT);
	CHECK(judge(&(struct shape){ .name = "a\0b", .name_len = 3 },
		  "shown") == CSG_R_TEXT);
	CHECK(judge(&(struct shape){ .name = "a\xe2\x80\xae"
					     "b" },
		  "shown") == CSG_R_TEXT);
}

static void
recipients(void)
{
	const enum csg_reason ok = CSG_R_NONE;
	EVP_PKEY *rsa = EVP_RSA_gen(3072);
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };

	unit_case("who may be sent a secret");
	reader = csg_recipient_read;
	CHECK(judge(&(struct shape){ .usage = NULL }, "") == ok);
	CHECK(judge(&(struct shape){ .usage = "keyAgreement" }, "") == ok);
	CHECK(judge(&(struct shape){ .usage = "digitalSignature" },
		  "keyAgreement") == CSG_R_POLICY);
	CHECK(judge(&(struct shape){ .key = rsa, .usage = "keyEncipherment" },
		  "") == ok);
	CHECK(judge(&(struct shape){ .key = rsa,
			.usage = "digitalSignature,keyAgreement" },
		  "keyEncipherment") == CSG_R_POLICY);
	CHECK(judge(&(struct shape){ .md = "SHA1" }, "SHA1") == CSG_R_ALG);
	reader = csg_cert_read;
	CHECK(unit_cert_make(rsa, false, "/CN=a", CSG_USE_PERSON, NOW, NOW + 9,
		  &c, &err) == CSG_OK &&
	    X509_get_key_usage(c->x509) ==
		(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT));
	csg_cert_free(c);
	CHECK(unit_cert_make(p256, false, "/CN=a", CSG_USE_PERSON, NOW, NOW + 9,
		  &c, &err) == CSG_OK &&
	    X509_get_key_usage(c->x509) ==
		(KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT));
	csg_cert_free(c);
	EVP_PKEY_free(rsa);
}

static void
fields(void)
{
	static const struct {
		const char *curve, *type;
		enum csg_alg alg;
	} rows[] = { { "P-256", "p256", CSG_SHA256 },
		{ "P-384", "p384", CSG_SHA384 },
		{ "P-521", "p521", CSG_SHA512 } };
	struct csg_cert *c = NULL;
	struct csg_buf cn = { 0 };
	struct csg_err err = { 0 };
	struct shape s = { .name = "J\xc3\xb8rn" };
	EVP_PKEY *key;
	X509 *x;
	size_t i;

	unit_case("what is read from a certificate");
	for (i = 0; i < 3; i++) {
		s.key = key = EVP_EC_gen(rows[i].curve);
		x = shaped(&s);
		CHECK(csg_cert_from_x509(x, &c, &err) == CSG_OK);
		X509_free(x);
		if (CHECK(c != NULL)) {
			CHECK(c->alg == rows[i].alg);
			CHECK(strcmp(csg_cert_keytype(c), rows[i].type) == 0);
			CHECK(c->not_before == NOW);
			CHECK(c->not_after == NOW + 86400);
			CHECK(csg_cert_has_key(c, key));
			CHECK(csg_cert_has_key(c, p256) == false);
			csg_buf_free(&cn);
			CHECK(csg_cert_cn(c, &cn, &err) == CSG_OK &&
			    strcmp(csg_buf_str(&cn), s.name) == 0);
		}
		csg_cert_free(c);
		EVP_PKEY_free(key);
	}
	csg_buf_free(&cn);
	csg_cert_free(NULL);
	csg_certs_free(NULL, 3);
}

static void
validity(void)
{
	X509 *x = shaped(&(struct shape){ 0 });
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };

	unit_case("attack 26: valid from its first to its last second");
	if (CHECK(csg_cert_from_x509(x, &c, &err) == CSG_OK)) {
		CHECK(csg_cert_valid_at(c, NOW, "al", &err) == CSG_OK);
		CHECK(csg_cert_valid_at(c, NOW + 86400, "al", &err) == CSG_OK);
		CHECK(
		    csg_cert_valid_at(c, NOW - 1, "al", &err) == CSG_REFUSED &&
		    err.reason == CSG_R_EXPIRED &&
		    strstr(err.text, "al is not yet valid") != NULL);
		CHECK(csg_cert_valid_at(c, NOW + 86401, "al", &err) ==
			CSG_REFUSED &&
		    err.reason == CSG_R_EXPIRED &&
		    strstr(err.text, "al has expired") != NULL);
	}
	csg_cert_free(c);
	X509_free(x);
}

/* The DER with n bytes at position at replaced, lengths around mended by the
 * caller. */
static enum csg_reason
patched(const unsigned char *der, size_t len, size_t at, size_t n,
    const char *by, size_t by_len, const char *why)
{
	unsigned char *copy = malloc(len - n + by_len);
	enum csg_reason r;

	memcpy(copy, der, at);
	memcpy(copy + at, by, by_len);
	memcpy(copy + at + by_len, der + at + n, len - at - n);
	if (by_len != n) { /* 30 82 len 30 82 len ... */
		len = len - n + by_len;
		copy[2] = (unsigned char)((len - 4) >> 8);
		copy[3] = (unsigned char)(len - 4);
		n = (size_t)(copy[6] << 8 | copy[7]) + by_len - n;
		copy[6] = (unsigned char)(n >> 8);
		copy[7] = (unsigned char)n;
	}
	r = judge_der(copy, len, NULL, why);
	free(copy);
	return r;
}

static size_t
find(const unsigned char *p, size_t len, const char *what, size_t n)
{
	size_t i;

	for (i = 0; i + n <= len; i++)
		if (memcmp(p + i, what, n) == 0)
			return i;
	CHECK(false); /* not there */
	return 0;
}

static void
strict(void)
{
	static const char usage[] = "\x03\x02\x07\x80"; /* its BIT STRING */
	struct shape s = { .usage = "critical,digitalSignature",
		.name = "a name long enough for lengths of two bytes" };
	X509 *x = shaped(&s);
	unsigned char *der = NULL, *more;
	size_t len = (size_t)i2d_X509(x, &der), at;

	unit_case("attack 10: a certificate is DER, whole and alone");
	X509_free(x);
	CHECK(der[1] == 0x82 && der[5] == 0x82);
	CHECK(judge_der(der, len, NULL, "") == CSG_R_NONE);
	CHECK(judge_der(der, len - 1, NULL, "") == CSG_R_PARSE);
	more = calloc(1, len + 1);
	memcpy(more, der, len);
	CHECK(judge_der(more, len + 1, NULL, "") == CSG_R_PARSE);
	free(more);
	/* the serial number 77 with a leading zero, with a long length */
	at = find(der, len, "\x02\x01\x4d", 3);
	CHECK(patched(der, len, at, 3, "\x02\x01\x4e", 3, "") == CSG_R_NONE);
	CHECK(
	    patched(der, len, at, 3, "\x02\x02\x00\x4d", 4, "") == CSG_R_PARSE);
	CHECK(
	    patched(der, len, at, 3, "\x02\x81\x01\x4d", 4, "") == CSG_R_PARSE);
	/* critical TRUE as 1 */
	at = find(der, len, "\x01\x01\xff\x04\x04\x03\x02", 7);
	CHECK(patched(der, len, at, 3, "\x01\x01\x01", 3, "") == CSG_R_PARSE);
	CHECK(patched(der, len, at, 3, "\x01\x01\x00", 3, "") == CSG_R_PARSE);
	/* a constructed string in the name */
	at = find(der, len,
	    "\x0c\x2b"
	    "a name",
	    8);
	CHECK(patched(der, len, at, 1, "\x2c", 1, "") == CSG_R_PARSE);
	(void)find(der, len, usage, 4);
	OPENSSL_free(der);
}

/* One key, written in another way, must not become two people. */
static void
one_key_one_id(void)
{
	static const char *const forms[] = { "uncompressed", "compressed",
		"hybrid" };
	EVP_PKEY *key;
	size_t i;

	unit_case("attack 28: a key has one encoding");
	for (i = 0; i < 3; i++) {
		key = EVP_PKEY_dup(p256);
		CHECK(EVP_PKEY_set_utf8_string_param(key,
			  OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			  forms[i]) == 1);
		CHECK(judge_key(key, i == 0 ? "" : "point") ==
		    (i == 0 ? CSG_R_NONE : CSG_R_ALG));
	}
	key = EVP_PKEY_dup(p256);
	CHECK(EVP_PKEY_set_utf8_string_param(
		  key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1);
	CHECK(judge_key(key, "") == CSG_R_ALG);
}

/* Read a text: the number of certificates, or -1 with the reason PARSE. */
static int
count(const char *text, size_t max)
{
	struct csg_cert **v = NULL;
	struct csg_err err = { 0 };
	size_t n = 99;

	if (csg_certs_read(text, strlen(text), max, &v, &n, &err) != CSG_OK) {
		CHECK(v == NULL && n == 0 && err.reason == CSG_R_PARSE &&
		    err.text[0] != '\0');
		return -1;
	}
	csg_certs_free(v, n);
	return (int)n;
}

static const char *
text_of(struct csg_buf *b, const char *before, const char *pem,
    const char *between, const char *again, const char *after)
{
	csg_buf_free(b);
	csg_buf_puts(b, before);
	csg_buf_puts(b, pem);
	csg_buf_puts(b, between);
	csg_buf_puts(b, again);
	csg_buf_puts(b, after);
	return csg_buf_str(b);
}

static void
texts(void)
{
	X509 *x = shaped(&(struct shape){ 0 });
	unsigned char *der = NULL;
	size_t len = (size_t)i2d_X509(x, &der);
	struct csg_buf pem = { 0 }, b = { 0 };
	const char *p;

	unit_case("certificates, blank lines and comments, nothing else");
	put_pem(&pem, der, len);
	p = csg_buf_str(&pem);
	CHECK(count(p, 1) == 1);
	CHECK(count(text_of(&b, "\n# a\n \t\r\n", p, "\n#b\n", p, "# c"), 2) ==
	    2);
	CHECK(count(text_of(&b, "", p, "", p, ""), 1) == -1);
	CHECK(count("", 1) == -1);
	CHECK(count("# nothing\n", 1) == -1);
	CHECK(count(text_of(&b, "x\n", p, "", "", ""), 1) == -1);
	CHECK(count(text_of(&b, "", p, "x", "", ""), 1) == -1);
	CHECK(count(text_of(&b, " # a\n", p, "", "", ""), 1) == -1);
	CHECK(count(text_of(&b, " ", p, "", "", ""), 1) == -1);
	CHECK(
	    count(text_of(&b, "", p, "-----BEGIN X-----\n", "", ""), 1) == -1);
	pem.data[pem.len - 1] = '\0'; /* without its final newline */
	CHECK(count(p, 1) == 1);
	CHECK(count(text_of(&b, "", p, " \n", "", ""), 1) == 1);
	CHECK(count(text_of(&b, "", p, "# a\n", "", ""), 1) == -1);
	CHECK(count(text_of(&b, "", p, p, "", ""), 2) == -1);
	pem.data[pem.len - 5] = '\0';
	CHECK(count(p, 1) == -1);
	pem.data[0] = '\0';
	CHECK(csg_certs_read(p, 5, 1, &(struct csg_cert **){ 0 },
		  &(size_t){ 0 }, NULL) == CSG_MALFORMED);
	csg_buf_free(&b);
	csg_buf_free(&pem);
	OPENSSL_free(der);
	X509_free(x);
}

static void
made(void)
{
	struct csg_cert *c = NULL, *again = NULL;
	struct csg_buf pem = { 0 }, csr = { 0 }, cn = { 0 };
	struct csg_err err = { 0 };
	const struct csg_signer_key k = csg_pkey_signer(NULL, p256, false);
	BIO *bio;
	X509_REQ *r;

	unit_case("certificates and requests that we make");
	CHECK(unit_cert_make(p256, false, "/CN=a\\/b/O=c", CSG_USE_CODE, NOW,
		  NOW + 9, &c, &err) == CSG_OK);
	if (CHECK(c != NULL)) {
		CHECK(X509_get_extended_key_usage(c->x509) == XKU_CODE_SIGN);
		CHECK(X509_get_key_usage(c->x509) == KU_DIGITAL_SIGNATURE);
		CHECK(X509_verify(c->x509, p256) == 1);
		CHECK(c->not_before == NOW && c->not_after == NOW + 9);
		CHECK(csg_cert_cn(c, &cn, &err) == CSG_OK &&
		    strcmp(csg_buf_str(&cn), "a/b") == 0);
		CHECK(csg_cert_write(c, &pem, &err) == CSG_OK);
		CHECK(csg_cert_read(csg_buf_str(&pem), pem.len, &again, &err) ==
			CSG_OK &&
		    csg_id_equal(&c->sha256, &again->sha256));
	}
	csg_cert_free(c);
	csg_cert_free(again);
	CHECK(csg_csr_make(p256, &k, "/CN=x", &csr, &err) == CSG_OK);
	bio = BIO_new_mem_buf(csr.data, (int)csr.len);
	r = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	CHECK(r != NULL && X509_REQ_verify(r, p256) == 1);
	X509_REQ_free(r);
	BIO_free(bio);
	csg_buf_free(&cn);
	csg_buf_free(&csr);
	csg_buf_free(&pem);
}

static bool
bad_subject(const char *subject)
{
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };
	enum csg_rc rc;

	rc = unit_cert_make(
	    p256, false, subject, CSG_USE_PERSON, NOW, NOW + 9, &c, &err);
	csg_cert_free(c);
	return rc == CSG_MALFORMED && c == NULL && err.reason == CSG_R_PARSE;
}

static void
not_made(void)
{
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };

	unit_case("subjects and keys that are refused");
	CHECK(bad_subject(""));
	CHECK(bad_subject("CN=a"));
	CHECK(bad_subject("/CN="));
	CHECK(bad_subject("/CN=a/"));
	CHECK(bad_subject("/nosuch=a"));
	CHECK(bad_subject("/CN=a\033"));
	CHECK(unit_cert_make(ed, false, "/CN=a", CSG_USE_PERSON, NOW, NOW + 9,
		  &c, &err) == CSG_REFUSED &&
	    c == NULL && err.reason == CSG_R_ALG);
	CHECK(unit_cert_make(ed, false, "/CN=a", CSG_USE_PERSON, NOW, NOW + 9,
		  &c, NULL) == CSG_REFUSED);
	EVP_PKEY_free(ed);
}

int
main(void)
{
	p256 = EVP_EC_gen("P-256");
	keys();
	rules();
	recipients();
	fields();
	validity();
	strict();
	one_key_one_id();
	texts();
	made();
	not_made();
	EVP_PKEY_free(p256);
	return unit_done();
}
