/*
 * forge: messages as an attacker might make them, for the suites.
 *
 *	forge twin|unsigned|ber IN OUT
 *	forge resign KEY IN OUT
 *	forge sign KIND CERT KEY YAML OUT [CERT KEY YAML OUT ...]
 *	forge attach CONTENT IN OUT
 *	forge future LEDGER
 *
 * The first takes a message and changes what its signature doesn't cover: the
 * ECDSA signature's twin (r, n-s), an unsigned attribute, an indefinite length.
 * The second leaves all of a message, the enclosed certificate too, but the
 * signature over its attributes, which is made anew with that key.
 * The third signs any YAML, of the time that its
 * "time:" line says, as a message of that kind, however large; and so on with
 * further ones.  The fourth puts a file into a detached signature in DER.  The fifth gives a ledger two
 * lawful entries of the year 2096, as a workstation with a wrong clock would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "lib/message/envelope.h"
#include "lib/base/io.h"
#include "lib/ledger/ledger.h"
#include "lib/base/time.h"

static void __attribute__((noreturn))
die(const char *what)
{
	(void)fprintf(stderr, "forge: %s\n", what);
	exit(1);
}

static CMS_ContentInfo *
read_cms(const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	CMS_ContentInfo *cms;
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	const unsigned char *p;
	long len = 0;

	if (in == NULL || PEM_read_bio(in, &name, &header, &der, &len) != 1)
		die(path);
	p = der;
	if ((cms = d2i_CMS_ContentInfo(NULL, &p, len)) == NULL)
		die(path);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(in);
	return cms;
}

static void
write_pem(const char *path, const void *der, long len)
{
	BIO *out = BIO_new_file(path, "w");

	if (out == NULL || PEM_write_bio(out, "CMS", "", der, len) <= 0)
		die(path);
	BIO_free(out);
}

/* The outermost length becomes indefinite. */
static void
write_ber(const char *path, const unsigned char *der, long len)
{
	const unsigned char *p = der;
	unsigned char *ber = malloc((size_t)len + 4);
	long content = 0;
	int tag, class;

	if (ber == NULL ||
	    (ASN1_get_object(&p, &content, &tag, &class, len) & 0x80) != 0)
		die("can't take apart");
	ber[0] = der[0];
	ber[1] = 0x80;
	memcpy(ber + 2, p, (size_t)content);
	memset(ber + 2 + content, 0, 2);
	write_pem(path, ber, content + 4);
	free(ber);
}

static void
write_cms(const char *path, const CMS_ContentInfo *cms, bool as_ber)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);

	if (len <= 0)
		die("can't encode");
	if (as_ber)
		write_ber(path, der, len);
	else
		write_pem(path, der, len);
	OPENSSL_free(der);
}

/* s becomes n - s: as good a signature as the one before. */
static void
twin(CMS_SignerInfo *si)
{
	ASN1_OCTET_STRING *sig = CMS_SignerInfo_get0_signature(si);
	const unsigned char *p = ASN1_STRING_get0_data(sig);
	ECDSA_SIG *ec = d2i_ECDSA_SIG(NULL, &p, ASN1_STRING_length(sig));
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *r, *s = BN_new();
	unsigned char *der = NULL;
	int len;

	if (ec == NULL || group == NULL || s == NULL)
		die("no P-256 signature");
	r = BN_dup(ECDSA_SIG_get0_r(ec));
	if (r == NULL ||
	    BN_sub(s, EC_GROUP_get0_order(group), ECDSA_SIG_get0_s(ec)) != 1 ||
	    ECDSA_SIG_set0(ec, r, s) != 1 ||
	    (len = i2d_ECDSA_SIG(ec, &der)) <= 0 ||
	    ASN1_STRING_set(sig, der, len) != 1)
		die("no twin");
	OPENSSL_free(der);
	ECDSA_SIG_free(ec);
	EC_GROUP_free(group);
}

static void
change(const char *how, const char *in, const char *out)
{
	CMS_ContentInfo *cms = read_cms(in);
	CMS_SignerInfo *si =
	    sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);

	if (strcmp(how, "twin") == 0)
		twin(si);
	else if (strcmp(how, "unsigned") == 0) {
		if (CMS_unsigned_add1_attr_by_NID(si, NID_friendlyName,
			V_ASN1_UTF8STRING, "hello", 5) != 1)
			die("no attribute");
	} else if (strcmp(how, "ber") != 0)
		die("unknown change");
	write_cms(out, cms, strcmp(how, "ber") == 0);
	CMS_ContentInfo_free(cms);
}

static EVP_PKEY *
read_key(const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	EVP_PKEY *key = NULL;

	if (in == NULL ||
	    (key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL)) == NULL)
		die(path);
	BIO_free(in);
	return key;
}

/* The signed attributes as they are signed: a SET OF (RFC 5652 section 5.4),
 * in the order in which they stand. */
static void
attributes(CMS_SignerInfo *si, struct csg_buf *out)
{
	struct csg_buf each = { 0 };
	unsigned char head[4] = { 0x31, 0x82 }, *der;
	int i, len;

	for (i = 0; i < CMS_signed_get_attr_count(si); i++) {
		der = NULL;
		len = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), &der);
		if (len <= 0)
			die("no attribute");
		csg_buf_add(&each, der, (size_t)len);
		OPENSSL_free(der);
	}
	if (each.len < 128) /* then its length has another form */
		die("few attributes");
	if (each.len < 256) {
		head[1] = 0x81;
		head[2] = (unsigned char)each.len;
		csg_buf_add(out, head, 3);
	} else {
		head[2] = (unsigned char)(each.len >> 8);
		head[3] = (unsigned char)each.len;
		csg_buf_add(out, head, 4);
	}
	csg_buf_add(out, each.data, each.len);
	csg_buf_free(&each);
}

static void
resign(const char *key_path, const char *in, const char *out)
{
	CMS_ContentInfo *cms = read_cms(in);
	CMS_SignerInfo *si =
	    sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	EVP_PKEY *key = read_key(key_path);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct csg_buf attrs = { 0 };
	X509_ALGOR *md;
	unsigned char sig[1024];
	size_t len = sizeof(sig);

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &md, NULL);
	attributes(si, &attrs);
	if (EVP_DigestSignInit(ctx, NULL, EVP_get_digestbyobj(md->algorithm),
		NULL, key) != 1 ||
	    EVP_DigestSign(ctx, sig, &len, attrs.data, attrs.len) != 1 ||
	    ASN1_STRING_set(CMS_SignerInfo_get0_signature(si), sig, (int)len) !=
		1)
		die("can't sign");
	write_cms(out, cms, false);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	CMS_ContentInfo_free(cms);
	csg_buf_free(&attrs);
}

static void
attach(const char *content, const char *in, const char *out)
{
	struct csg_buf der = { 0 }, data = { 0 };
	struct csg_err err = { 0 };
	const unsigned char *p;
	unsigned char *made = NULL;
	CMS_ContentInfo *cms;
	ASN1_OCTET_STRING **to;
	int len;

	if (csg_io_read(in, 1 << 20, &der, &err) != CSG_OK ||
	    csg_io_read(content, 1 << 20, &data, &err) != CSG_OK)
		die(err.text);
	p = der.data;
	if ((cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len)) == NULL ||
	    (to = CMS_get0_content(cms)) == NULL || *to != NULL ||
	    (*to = ASN1_OCTET_STRING_new()) == NULL ||
	    ASN1_OCTET_STRING_set(*to, data.data, (int)data.len) != 1 ||
	    (len = i2d_CMS_ContentInfo(cms, &made)) <= 0)
		die("no detached signature");
	if (csg_io_write(".", out, 0644, made, (size_t)len,
		CSG_EXISTING_REPLACE, &err) != CSG_OK)
		die(err.text);
	OPENSSL_free(made);
	CMS_ContentInfo_free(cms);
	csg_buf_free(&der);
	csg_buf_free(&data);
}

static int64_t
time_of(const char *yaml)
{
	const char *s = strstr(yaml, "\ntime: ");
	char text[CSG_TIME_LEN];
	int64_t t;

	if (s == NULL)
		die("no time");
	s += 7 + (s[7] == '"' || s[7] == '\'');
	(void)snprintf(text, sizeof(text), "%.20s", s);
	if (csg_time_parse(text, &t, NULL) != CSG_OK)
		die("no time");
	return t;
}

/* a: certificate, key, words, output */
static void
sign(enum csg_kind kind, char *const *a)
{
	struct csg_buf yaml = { 0 }, cert = { 0 }, der = { 0 };
	struct csg_cert *c = NULL;
	struct csg_oid type;
	struct csg_der content;
	struct csg_digest d;
	EVP_PKEY *key;
	struct csg_signer_key k;
	struct csg_err err = { 0 };

	if (csg_io_read(a[0], 65536, &cert, &err) != CSG_OK ||
	    csg_cert_read(csg_buf_str(&cert), cert.len, &c, &err) != CSG_OK ||
	    csg_io_read(a[2], CSG_MAX_FILE, &yaml, &err) != CSG_OK)
		die(err.text);
	key = read_key(a[1]);
	k = csg_pkey_signer(c, key, false);
	type = csg_oid_own(kind);
	content = (struct csg_der){ yaml.data, yaml.len };
	if (csg_digest_mem(c->alg, yaml.data, yaml.len, &d, &err) != CSG_OK ||
	    csg_cms_make(&k, &type, &content, &d, time_of(csg_buf_str(&yaml)),
		NULL, &der, &err) != CSG_OK)
		die(err.text);
	write_pem(a[3], der.data, (long)der.len);
	csg_buf_free(&der);
	csg_cert_free(c);
	EVP_PKEY_free(key);
	csg_buf_free(&yaml);
	csg_buf_free(&cert);
}

static enum csg_kind
kind_of(const char *word)
{
	enum csg_kind kind = CSG_POLICY;

	while (strcmp(csg_kind_word(kind), word) != 0)
		if (++kind == CSG_NKIND)
			die("unknown kind");
	return kind;
}

static void
future(const char *path)
{
	struct csg_ledger *l;
	struct csg_ledger_policy force;
	struct csg_err err = { 0 };
	char word[] = "future";
	struct csg_claim c = { .request = { { 1 } },
		.time = INT64_C(4000000000),
		.profile = word,
		.route = word,
		.count = 1,
		.messages = word };

	if (csg_ledger_open(path, false, &l, &err) != CSG_OK ||
	    csg_ledger_policy(l, &force, &err) != CSG_OK)
		die(err.text);
	c.policy = force.id;
	if (csg_ledger_claim(l, &c, c.time, &err) != CSG_OK ||
	    csg_ledger_abandon(l, &c.request, c.time, word, &err) != CSG_OK)
		die(err.text);
	csg_ledger_close(l);
}

int
main(int argc, char *argv[])
{
	int i;

	if (argc == 4)
		change(argv[1], argv[2], argv[3]);
	else if (argc == 5 && strcmp(argv[1], "resign") == 0)
		resign(argv[2], argv[3], argv[4]);
	else if (argc == 5 && strcmp(argv[1], "attach") == 0)
		attach(argv[2], argv[3], argv[4]);
	else if (argc >= 7 && argc % 4 == 3 && strcmp(argv[1], "sign") == 0)
		for (i = 3; i < argc; i += 4)
			sign(kind_of(argv[2]), argv + i);
	else if (argc == 3 && strcmp(argv[1], "future") == 0)
		future(argv[2]);
	else
		die("wrong usage");
	return 0;
}
