/*
 * forge: messages as an attacker might make them, for the suites.
 *
 *	forge twin|unsigned|ber IN OUT
 *	forge sign KIND CERT KEY YAML OUT
 *	forge future LEDGER
 *
 * The first takes a message and changes what its signature doesn't cover: the
 * ECDSA signature's twin (r, n-s), an unsigned attribute, an indefinite length.
 * The second signs any YAML, of the time that its
 * "time:" line says, as a message of that kind.  The third gives a ledger two
 * lawful entries of the year 2096, as a workstation with a wrong clock would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "lib/envelope.h"
#include "lib/io.h"
#include "lib/ledger.h"
#include "lib/when.h"

static void
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
	char *name, *header;
	unsigned char *der;
	const unsigned char *p;
	long len;

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
	long content;
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

static void
sign(char *const *a)
{
	struct csg_buf yaml = { 0 }, cert = { 0 };
	struct csg_cert *c = NULL;
	struct csg_envelope *env = NULL;
	struct csg_signer_key k = { 0 };
	struct csg_err err = { 0 };
	enum csg_kind kind = CSG_POLICY;

	while (strcmp(csg_kind_word(kind), a[0]) != 0)
		if (++kind == CSG_NKIND)
			die("unknown kind");
	if (csg_io_read(a[1], 65536, &cert, &err) != CSG_OK ||
	    csg_cert_read(csg_buf_str(&cert), cert.len, &c, &err) != CSG_OK ||
	    csg_io_read(a[3], 1 << 24, &yaml, &err) != CSG_OK)
		die(err.text);
	k.cert = c;
	k.key = read_key(a[2]);
	if (csg_envelope_make(&k, kind, &yaml, time_of(csg_buf_str(&yaml)),
		&env, &err) != CSG_OK)
		die(err.text);
	write_pem(a[4], env->der.data, (long)env->der.len);
	csg_envelope_free(env);
	csg_cert_free(c);
	EVP_PKEY_free(k.key);
	csg_buf_free(&yaml);
	csg_buf_free(&cert);
}

static void
future(const char *path)
{
	struct csg_ledger *l;
	struct csg_err err = { 0 };
	char word[] = "future";
	struct csg_claim c = { .request = { { 1 } },
		.time = INT64_C(4000000000),
		.profile = word,
		.route = word,
		.count = 1,
		.messages = word };

	if (csg_ledger_open(path, false, &l, &err) != CSG_OK ||
	    csg_ledger_claim(l, &c, c.time, &err) != CSG_OK ||
	    csg_ledger_abandon(l, &c.request, c.time, word, &err) != CSG_OK)
		die(err.text);
	csg_ledger_close(l);
}

int
main(int argc, char *argv[])
{
	if (argc == 4)
		change(argv[1], argv[2], argv[3]);
	else if (argc == 7 && strcmp(argv[1], "sign") == 0)
		sign(argv + 2);
	else if (argc == 3 && strcmp(argv[1], "future") == 0)
		future(argv[2]);
	else
		die("twin|unsigned|ber IN OUT, or "
		    "sign KIND CERT KEY YAML OUT");
	return 0;
}
