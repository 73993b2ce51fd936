/* Encrypted CMS: openssl opens ours, each byte counts, no other key does. */
#include <string.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/unit/self.h"
#include "lib/crypto/enveloped.h"
#include "lib/base/io.h"
#include "tests/unit/unit.h"

#define NOW INT64_C(1795500000)

static const char text[] = "what nobody else may read";
static const unsigned char kek[CSG_KEK_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const unsigned char id[CSG_KEK_ID_LEN] = { 0xa0, 0xa1, 0xa2 };

static enum csg_reason
open_kek(const struct csg_buf *der, const unsigned char *key)
{
	struct csg_buf got = { 0 };
	struct csg_err err = { 0 };

	if (csg_decrypt_kek(der->data, der->len, key, &got, &err) == CSG_OK)
		CHECK(got.len == sizeof(text) &&
		    memcmp(got.data, text, sizeof(text)) == 0);
	else
		CHECK(got.len == 0);
	csg_buf_free(&got);
	return err.reason;
}

static bool
holds(const struct csg_buf *b, const void *what, size_t len)
{
	size_t i;

	for (i = 0; i + len <= b->len; i++)
		if (memcmp(b->data + i, what, len) == 0)
			return true;
	return false;
}

/* Each byte wrong, each end cut. */
static void
damage(struct csg_buf *der, enum csg_reason (*open)(const struct csg_buf *))
{
	enum csg_reason r;
	size_t i, wrong = 0, len = der->len;

	for (i = 0; i < len; i++) {
		der->data[i] ^= 0x01;
		r = open(der);
		wrong += r == CSG_R_NONE;
		der->data[i] ^= 0x01;
	}
	for (der->len = 0; der->len < len; der->len++)
		CHECK(open(der) == CSG_R_PARSE);
	/* the versions, parameters and names that decrypting does not look at
	 */
	CHECK(wrong < len / 2);
	CHECK(open(der) == CSG_R_NONE);
}

static enum csg_reason
open_with_kek(const struct csg_buf *der)
{
	return open_kek(der, kek);
}

static void
test_kek(void)
{
	unsigned char other[CSG_KEK_LEN] = { 0 };
	struct csg_buf der = { 0 }, again = { 0 };
	struct csg_err err = { 0 };

	unit_case("a key, and no other, opens what was encrypted with it");
	CHECK(
	    csg_encrypt_kek(kek, id, text, sizeof(text), &der, &err) == CSG_OK);
	CHECK(csg_encrypt_kek(kek, id, text, sizeof(text), &again, &err) ==
		CSG_OK &&
	    der.len == again.len && memcmp(der.data, again.data, der.len) != 0);
	CHECK(open_kek(&der, kek) == CSG_R_NONE);
	CHECK(open_kek(&der, other) == CSG_R_SIGNATURE);
	CHECK(!holds(&der, text, sizeof(text)));
	CHECK(holds(&der, id, sizeof(id)));
	damage(&der, open_with_kek);
	csg_buf_add(&der, "", 1);
	CHECK(open_kek(&der, kek) == CSG_R_PARSE);
	csg_buf_free(&der);
	csg_buf_free(&again);
}

/* ---- people ---- */

static EVP_PKEY *owner;

static enum csg_reason
open_with(const struct csg_buf *der)
{
	const struct csg_decrypt_key with = csg_pkey_decrypter(owner);
	unsigned char got[64];
	struct csg_err err = { 0 };
	size_t n;

	if (with.decrypt(with.arg, der->data, der->len, got, sizeof(got), &n,
		&err) == CSG_OK)
		CHECK(n == sizeof(text) && memcmp(got, text, n) == 0);
	else
		CHECK(n == 0);
	return err.reason;
}

static bool
openssl_opens(const struct csg_buf *der)
{
	FILE *f = fopen("key.pem", "w");
	struct csg_err err = { 0 };
	struct csg_buf got = { 0 };
	bool ok;

	ok = f != NULL &&
	    PEM_write_PrivateKey(f, owner, NULL, NULL, 0, NULL, NULL) == 1 &&
	    fclose(f) == 0 &&
	    csg_io_write(".", "der", 0600, der->data, der->len,
		CSG_EXISTING_REPLACE, &err) == CSG_OK &&
	    system("openssl cms -decrypt -inform DER -in der -inkey key.pem "
		   "-out got") == 0 &&
	    csg_io_read("got", 100, &got, &err) == CSG_OK &&
	    got.len == sizeof(text) && memcmp(got.data, text, got.len) == 0;
	csg_buf_free(&got);
	return ok;
}

/* Neither PKCS#1 v1.5 nor SHA-1, which libcrypto would take by itself. */
static bool
is_modern(const struct csg_buf *der, const EVP_PKEY *key)
{
	static const unsigned char oaep[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 1, 1, 7 };
	static const unsigned char sha256[] = { 6, 9, 0x60, 0x86, 0x48, 1, 0x65,
		3, 4, 2, 1 };
	static const unsigned char kdf[] = { 6, 6, 0x2b, 0x81, 4, 1, 11, 1 };

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ?
	    holds(der, kdf, sizeof(kdf)) :
	    holds(der, oaep, sizeof(oaep)) &&
		holds(der, sha256, sizeof(sha256));
}

static void
test_person(EVP_PKEY *key, EVP_PKEY *stranger)
{
	struct csg_cert *c = NULL;
	struct csg_buf der = { 0 };
	struct csg_err err = { 0 };
	const struct csg_decrypt_key with = csg_pkey_decrypter(key);
	unsigned char got[8];
	size_t n;

	owner = key;
	CHECK(unit_cert_make(key, false, "/CN=a", CSG_USE_PERSON, NOW, NOW + 9,
		  &c, &err) == CSG_OK &&
	    csg_encrypt_to(c, text, sizeof(text), &der, &err) == CSG_OK);
	csg_cert_free(c);
	CHECK(open_with(&der) == CSG_R_NONE);
	CHECK(openssl_opens(&der));
	CHECK(is_modern(&der, key));
	CHECK(with.decrypt(with.arg, der.data, der.len, got, sizeof(got), &n,
		  &err) == CSG_MALFORMED &&
	    n == 0);
	owner = stranger;
	CHECK(open_with(&der) == CSG_R_TOKEN);
	owner = key;
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		damage(&der, open_with);
	csg_buf_free(&der);
}

static void
test_people(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(3072), *other = EVP_RSA_gen(3072);
	EVP_PKEY *p256 = EVP_EC_gen("P-256"), *mallory = EVP_EC_gen("P-256");
	EVP_PKEY *p521 = EVP_EC_gen("P-521");

	unit_case("RSA: its owner opens it, with openssl too, and nobody else");
	test_person(rsa, other);
	test_person(rsa, p256);
	unit_case("EC: its owner opens it, with openssl too, and nobody else");
	test_person(p256, mallory);
	test_person(p521, p256);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(mallory);
	EVP_PKEY_free(p521);
}

/* Made by libcrypto, but not what csg makes. */
static enum csg_reason
open_other(const EVP_CIPHER *cipher, unsigned flags)
{
	BIO *in = BIO_new_mem_buf(text, sizeof(text));
	CMS_ContentInfo *ci = CMS_encrypt(NULL, in, cipher, flags);
	unsigned char *k = OPENSSL_memdup(kek, sizeof(kek)), *out = NULL;
	unsigned char *i = OPENSSL_memdup(id, sizeof(id));
	struct csg_buf der = { 0 };
	enum csg_reason r;
	int n;

	BIO_free(in);
	in = BIO_new_mem_buf(text, sizeof(text));
	CHECK(CMS_add0_recipient_key(ci, NID_undef, k, sizeof(kek), i,
		  sizeof(id), NULL, NULL, NULL) != NULL);
	CHECK(CMS_final(ci, in, NULL, CMS_BINARY) == 1);
	n = i2d_CMS_ContentInfo(ci, &out);
	csg_buf_add(&der, out, (size_t)n);
	r = open_kek(&der, kek);
	BIO_free(in);
	OPENSSL_free(out);
	CMS_ContentInfo_free(ci);
	csg_buf_free(&der);
	return r;
}

static void
test_other(void)
{
	unit_case("without authentication it is refused");
	CHECK(open_other(EVP_aes_256_gcm(), CMS_PARTIAL) == CSG_R_NONE);
	CHECK(open_other(EVP_aes_256_cbc(), CMS_PARTIAL) == CSG_R_PARSE);
}

int
main(void)
{
	if (!unit_enter_dir())
		return 1;
	test_kek();
	test_people();
	test_other();
	return unit_done();
}
