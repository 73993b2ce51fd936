/* Plain signatures: ours, and those of project Wycheproof. */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "tests/unit/self.h"
#include "lib/crypto/cms.h"
#include "lib/base/io.h"
#include "tests/unit/unit.h"

#define NOW 1795500000 /* 2026-11-24 */

static bool
verifies(const struct csg_cert *c, bool pss, const struct csg_digest *d,
    const void *sig, size_t len)
{
	struct csg_err err = { 0 };
	enum csg_rc rc = csg_sig_verify(c, pss, d, sig, len, &err);

	CHECK(rc == CSG_OK ||
	    (rc == CSG_REFUSED && err.reason == CSG_R_SIGNATURE &&
		err.text[0] != '\0'));
	return rc == CSG_OK;
}

static void
ours(const char *name, EVP_PKEY *key, bool pss)
{
	struct csg_cert *c = NULL;
	struct csg_signer_key k = csg_pkey_signer(NULL, key, pss);
	struct csg_digest d, other;
	struct csg_buf sig = { 0 };
	struct csg_err err = { 0 };
	size_t i, bad = 0;

	unit_case(name);
	if (!CHECK(unit_cert_make(key, pss, "/CN=a", CSG_USE_CODE, NOW, NOW + 9,
		       &c, &err) == CSG_OK))
		return;
	k.cert = c;
	CHECK(csg_digest_mem(c->alg, "abc", 3, &d, &err) == CSG_OK);
	CHECK(csg_digest_mem(c->alg, "abd", 3, &other, &err) == CSG_OK);
	CHECK(csg_sig_make(&k, &d, &sig, &err) == CSG_OK);
	CHECK(verifies(c, pss, &d, sig.data, sig.len));
	CHECK(!verifies(c, pss, &other, sig.data, sig.len));
	CHECK(!verifies(c, pss, &d, sig.data, sig.len - 1));
	CHECK(!verifies(c, pss, &d, sig.data, 0));
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		CHECK(!verifies(c, !pss, &d, sig.data, sig.len));
	for (i = 0; i < sig.len; i++) {
		sig.data[i] ^= (unsigned char)(1 << i % 8);
		bad += verifies(c, pss, &d, sig.data, sig.len);
		sig.data[i] ^= (unsigned char)(1 << i % 8);
	}
	CHECK(bad == 0);
	csg_buf_add(&sig, "", 1);
	CHECK(!verifies(c, pss, &d, sig.data, sig.len));
	csg_buf_free(&sig);
	csg_cert_free(c);
}

/* ---- Wycheproof ---- */

/* The string of the next "key": "..." from *at on, which moves behind it. */
static const char *
next(const char **at, const char *key, size_t *len)
{
	char quoted[32];
	const char *s, *end;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\": \"", key);
	if ((s = strstr(*at, quoted)) == NULL)
		return NULL;
	s += strlen(quoted);
	if ((end = strchr(s, '"')) == NULL)
		return NULL;
	*len = (size_t)(end - s);
	*at = end;
	return s;
}

static bool
next_hex(const char **at, const char *key, struct csg_buf *out)
{
	size_t len, i;
	const char *s = next(at, key, &len);
	char two[3] = { 0 };
	unsigned char b;

	csg_buf_free(out);
	csg_buf_puts(out, "");
	if (s == NULL)
		return false;
	for (i = 0; i + 1 < len; i += 2) {
		memcpy(two, s + i, 2);
		b = (unsigned char)strtoul(two, NULL, 16);
		csg_buf_add(out, &b, 1);
	}
	return true;
}

/* A certificate's shell around a key; false when csg takes no such key. */
static bool
shell(struct csg_cert *c, const struct csg_buf *spki)
{
	const unsigned char *p = spki->data;
	int bits;

	memset(c, 0, sizeof(*c));
	c->pkey = d2i_PUBKEY(NULL, &p, (long)spki->len);
	if (c->pkey == NULL)
		return false;
	bits = EVP_PKEY_get_bits(c->pkey);
	return EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_EC ||
	    (EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_RSA && bits >= 3072);
}

static size_t
one_test(const char **at, const struct csg_cert *c, bool pss, enum csg_alg alg,
    size_t *n)
{
	struct csg_buf msg = { 0 }, sig = { 0 };
	struct csg_digest d;
	size_t len, bad = 0;
	const char *result;
	bool good;

	if (next_hex(at, "msg", &msg) && next_hex(at, "sig", &sig) &&
	    (result = next(at, "result", &len)) != NULL) {
		(*n)++;
		CHECK(
		    csg_digest_mem(alg, msg.data, msg.len, &d, NULL) == CSG_OK);
		good = verifies(c, pss, &d, sig.data, sig.len);
		if (result[0] == 'v' ? !good : result[0] == 'i' && good)
			bad = 1;
	}
	csg_buf_free(&msg);
	csg_buf_free(&sig);
	return bad;
}

/* The tests of one group, up to the text where the next one begins. */
static size_t
one_group(
    const char *at, const char *end, bool pss, enum csg_alg alg, size_t *n)
{
	struct csg_buf spki = { 0 };
	struct csg_cert c = { 0 };
	const char *look;
	size_t bad = 0, len;

	if (next_hex(&at, "publicKeyDer", &spki) && shell(&c, &spki))
		while (look = at,
		    next(&look, "msg", &len) != NULL &&
			(end == NULL || look < end))
			bad += one_test(&at, &c, pss, alg, n);
	EVP_PKEY_free(c.pkey);
	csg_buf_free(&spki);
	return bad;
}

static void
wycheproof(const char *dir, const char *file, enum csg_alg alg)
{
	const char *at, *end;
	bool pss = strstr(file, "_pss_") != NULL;
	char path[512], name[128];
	struct csg_buf json = { 0 };
	struct csg_err err = { 0 };
	size_t n = 0, bad = 0;

	(void)snprintf(name, sizeof(name), "attack 21: wycheproof %s", file);
	unit_case(name);
	(void)snprintf(path, sizeof(path), "%s/%s_test.json", dir, file);
	if (!CHECK(csg_io_read(path, 16 << 20, &json, &err) == CSG_OK))
		return;
	at = strstr(csg_buf_str(&json), "\"testGroups\"");
	for (at = at != NULL ? strstr(at, "\"publicKeyDer\"") : NULL;
	    at != NULL; at = end) {
		end = strstr(at + 1, "\"publicKeyDer\"");
		bad += one_group(at, end, pss, alg, &n);
	}
	CHECK(n > 100 && bad == 0);
	csg_buf_free(&json);
}

int
main(void)
{
	static const struct {
		const char *file;
		enum csg_alg alg;
	} files[] = { { "ecdsa_secp256r1_sha256", CSG_SHA256 },
		{ "ecdsa_secp256r1_sha512", CSG_SHA512 },
		{ "ecdsa_secp384r1_sha384", CSG_SHA384 },
		{ "ecdsa_secp384r1_sha512", CSG_SHA512 },
		{ "ecdsa_secp521r1_sha512", CSG_SHA512 },
		{ "rsa_signature_3072_sha256", CSG_SHA256 },
		{ "rsa_signature_3072_sha384", CSG_SHA384 },
		{ "rsa_signature_3072_sha512", CSG_SHA512 },
		{ "rsa_signature_4096_sha256", CSG_SHA256 },
		{ "rsa_signature_4096_sha384", CSG_SHA384 },
		{ "rsa_signature_4096_sha512", CSG_SHA512 },
		{ "rsa_pss_3072_sha256_mgf1_32", CSG_SHA256 },
		{ "rsa_pss_4096_sha384_mgf1_48", CSG_SHA384 },
		{ "rsa_pss_4096_sha512_mgf1_64", CSG_SHA512 } };
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *p521 = EVP_EC_gen("P-521");
	EVP_PKEY *rsa = EVP_RSA_gen(3072);
	const char *vectors;
	size_t i;

	ours("a P-256 signature is its key's, over its digest", ec, false);
	ours("P-521", p521, false);
	ours("RSA", rsa, false);
	ours("RSA-PSS", rsa, true);
	unit_case("attack 21: Wycheproof's signatures");
	if ((vectors = unit_vectors("wycheproof")) != NULL)
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			wycheproof(vectors, files[i].file, files[i].alg);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(p521);
	EVP_PKEY_free(rsa);
	return unit_done();
}
