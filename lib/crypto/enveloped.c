#include <string.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "lib/crypto/enveloped.h"

#define MAX_DATA (1UL << 30) /* libcrypto counts in ints */

/* ---- encryption ---- */

/* An AuthEnvelopedData without a recipient. */
static CMS_ContentInfo *
begin(void)
{
	CMS_ContentInfo *ci = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());

	if (ci != NULL && CMS_set_detached(ci, 0) == 1)
		return ci;
	CMS_ContentInfo_free(ci);
	return NULL;
}

/* Encrypt data, after the recipient has been added, and append DER. */
static enum csg_rc
finish(CMS_ContentInfo *ci, const void *data, size_t len, struct csg_buf *out,
    struct csg_err *err)
{
	BIO *in = BIO_new_mem_buf(data, (int)len);
	unsigned char *der = NULL;
	int n = -1;

	if (in != NULL && CMS_final(ci, in, NULL, CMS_BINARY) == 1)
		n = i2d_CMS_ContentInfo(ci, &der);
	if (n > 0)
		csg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	BIO_free(in);
	return n > 0 ? csg_buf_ok(out, err) :
		       csg_fail_ssl(err, CSG_R_IO, "can't encrypt");
}

static enum csg_rc
check_size(size_t len, struct csg_err *err)
{
	return len <= MAX_DATA ?
	    CSG_OK :
	    csg_fail(
		err, CSG_R_TYPE, "can't encrypt more than %lu bytes", MAX_DATA);
}

/* libcrypto takes ownership of the copies of key and id, and cleanses the
 * key. */
static bool
add_kek(CMS_ContentInfo *ci, const unsigned char kek[CSG_KEK_LEN],
    const unsigned char id[CSG_KEK_ID_LEN])
{
	unsigned char *k = OPENSSL_memdup(kek, CSG_KEK_LEN);
	unsigned char *i = OPENSSL_memdup(id, CSG_KEK_ID_LEN);

	if (k != NULL && i != NULL &&
	    CMS_add0_recipient_key(ci, NID_undef, k, CSG_KEK_LEN, i,
		CSG_KEK_ID_LEN, NULL, NULL, NULL) != NULL)
		return true;
	OPENSSL_clear_free(k, CSG_KEK_LEN);
	OPENSSL_free(i);
	return false;
}

enum csg_rc
csg_encrypt_kek(const unsigned char kek[CSG_KEK_LEN],
    const unsigned char id[CSG_KEK_ID_LEN], const void *data, size_t len,
    struct csg_buf *out, struct csg_err *err)
{
	CMS_ContentInfo *ci;
	enum csg_rc rc;

	if ((rc = check_size(len, err)) != CSG_OK)
		return rc;
	ci = begin();
	if (ci == NULL || !add_kek(ci, kek, id))
		rc = csg_fail_ssl(err, CSG_R_IO, "can't encrypt");
	else
		rc = finish(ci, data, len, out, err);
	CMS_ContentInfo_free(ci);
	return rc;
}

/* Set OAEP or the KDF: libcrypto defaults to PKCS#1 v1.5 and SHA-1. */
static bool
set_recipient(CMS_RecipientInfo *ri)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);

	if (ctx == NULL)
		return false;
	if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_TRANS)
		return EVP_PKEY_CTX_set_rsa_padding(
			   ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
	return EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) == 1;
}

enum csg_rc
csg_encrypt_to(const struct csg_cert *c, const void *data, size_t len,
    struct csg_buf *out, struct csg_err *err)
{
	CMS_ContentInfo *ci;
	CMS_RecipientInfo *ri;
	enum csg_rc rc;

	if ((rc = check_size(len, err)) != CSG_OK)
		return rc;
	ci = begin();
	ri = ci == NULL ? NULL :
			  CMS_add1_recipient_cert(ci, c->x509, CMS_KEY_PARAM);
	if (ri == NULL || !set_recipient(ri))
		rc = csg_fail_ssl(err, CSG_R_IO, "can't encrypt");
	else
		rc = finish(ci, data, len, out, err);
	CMS_ContentInfo_free(ci);
	return rc;
}

/* ---- decryption ---- */

/* Parse an AuthEnvelopedData with one recipient and no bytes after its end. */
static enum csg_rc
parse(const unsigned char *der, size_t len, CMS_ContentInfo **out,
    struct csg_err *err)
{
	CMS_ContentInfo *ci = NULL;
	const unsigned char *p = der;

	*out = NULL;
	if (len <= 2 * MAX_DATA &&
	    (ci = d2i_CMS_ContentInfo(NULL, &p, (long)len)) != NULL &&
	    p == der + len &&
	    OBJ_obj2nid(CMS_get0_type(ci)) ==
		NID_id_smime_ct_authEnvelopedData &&
	    sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(ci)) == 1) {
		*out = ci; /* transferred */
		return CSG_OK;
	}
	CMS_ContentInfo_free(ci);
	return csg_fail_ssl(
	    err, CSG_R_PARSE, "not an AuthEnvelopedData with one recipient");
}

/* Decrypt into a memory BIO; both types of BIO cleanse memory when they grow
 * and when they are freed. */
static BIO *
decrypt(CMS_ContentInfo *ci, const BIO_METHOD *memory)
{
	BIO *out = BIO_new(memory);

	if (out != NULL && CMS_decrypt(ci, NULL, NULL, NULL, out, 0) == 1)
		return out;
	BIO_free(out);
	return NULL;
}

enum csg_rc
csg_decrypt_kek(const void *der, size_t len,
    const unsigned char kek[CSG_KEK_LEN], struct csg_buf *out,
    struct csg_err *err)
{
	unsigned char key[CSG_KEK_LEN];
	CMS_ContentInfo *ci;
	BIO *bio = NULL;
	char *data;
	long n;
	enum csg_rc rc;

	if ((rc = parse(der, len, &ci, err)) != CSG_OK)
		return rc;
	memcpy(key, kek, sizeof(key));
	if (CMS_decrypt_set1_key(ci, key, sizeof(key), NULL, 0) == 1)
		bio = decrypt(ci, BIO_s_mem());
	OPENSSL_cleanse(key, sizeof(key));
	if (bio == NULL)
		rc = csg_fail_ssl(err, CSG_R_SIGNATURE, "can't be decrypted");
	else {
		n = BIO_get_mem_data(bio, &data);
		csg_buf_add(out, data, n > 0 ? (size_t)n : 0);
		rc = csg_buf_ok(out, err);
	}
	BIO_free(bio);
	CMS_ContentInfo_free(ci);
	return rc;
}

static enum csg_rc
decrypt_with_pkey(void *arg, const void *der, size_t len, unsigned char *out,
    size_t max, size_t *got, struct csg_err *err)
{
	EVP_PKEY *key = arg;
	CMS_ContentInfo *ci;
	BIO *bio = NULL;
	char *data;
	long n;
	enum csg_rc rc;

	*got = 0;
	if ((rc = parse(der, len, &ci, err)) != CSG_OK)
		return rc;
	if (CMS_decrypt_set1_pkey(ci, key, NULL) == 1)
		bio = decrypt(ci, BIO_s_secmem());
	if (bio == NULL)
		rc = csg_fail_ssl(
		    err, CSG_R_TOKEN, "can't be decrypted with this key");
	else if ((n = BIO_get_mem_data(bio, &data)) < 0 || (size_t)n > max)
		rc = csg_fail(
		    err, CSG_R_PARSE, "contains more than %zu bytes", max);
	else {
		*got = (size_t)n;
		memcpy(out, data, *got);
	}
	BIO_free(bio);
	CMS_ContentInfo_free(ci);
	return rc;
}

struct csg_decrypt_key
csg_pkey_decrypter(EVP_PKEY *key)
{
	return (struct csg_decrypt_key){ decrypt_with_pkey, key };
}
