#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "lib/crypto/sig.h"

bool
csg_sig_is_exact(const EVP_PKEY *pkey, const void *sig, size_t len)
{
	const unsigned char *p = sig;
	unsigned char *again = NULL;
	ECDSA_SIG *s;
	int n;
	bool same;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC)
		return len == (size_t)EVP_PKEY_get_size(pkey);
	if (len > 256 || (s = d2i_ECDSA_SIG(NULL, &p, (long)len)) == NULL)
		return false;
	n = i2d_ECDSA_SIG(s, &again);
	same = n >= 0 && (size_t)n == len && memcmp(again, sig, len) == 0;
	OPENSSL_free(again);
	ECDSA_SIG_free(s);
	return same;
}

static EVP_PKEY_CTX *
new_ctx(EVP_PKEY *key, bool verify, bool pss, enum csg_alg alg)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, ok;

	ok = ctx != NULL &&
	    (verify ? EVP_PKEY_verify_init(ctx) : EVP_PKEY_sign_init(ctx)) ==
		1 &&
	    (!rsa ||
		EVP_PKEY_CTX_set_rsa_padding(ctx,
		    pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1) &&
	    EVP_PKEY_CTX_set_signature_md(
		ctx, EVP_get_digestbyname(csg_alg_name(alg))) == 1 &&
	    (!rsa || !pss ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		    1);
	if (ok)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

enum csg_rc
csg_sig_verify(const struct csg_cert *c, bool pss,
    const struct csg_digest *digest, const void *sig, size_t len,
    struct csg_err *err)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if ((ctx = new_ctx(c->pkey, true, pss, digest->alg)) == NULL)
		return csg_fail_ssl(
		    err, CSG_R_ALG, "can't verify with this key");
	ok = csg_sig_is_exact(c->pkey, sig, len) &&
	    EVP_PKEY_verify(
		ctx, sig, len, digest->b, csg_alg_len(digest->alg)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? CSG_OK :
		    csg_fail_ssl(err, CSG_R_SIGNATURE, "signature is wrong");
}

/* Sign with the private key in memory, k->arg. */
static enum csg_rc
sign_with_pkey(const struct csg_signer_key *k, const struct csg_digest *digest,
    struct csg_buf *out, struct csg_err *err)
{
	EVP_PKEY *key = k->arg;
	EVP_PKEY_CTX *ctx;
	unsigned char *to;
	size_t len = (size_t)EVP_PKEY_get_size(key);
	bool ok;

	if ((to = csg_buf_reserve(out, len)) == NULL)
		return csg_fail_mem(err);
	if ((ctx = new_ctx(key, false, k->pss, digest->alg)) == NULL)
		return csg_fail_ssl(err, CSG_R_TOKEN, "can't sign");
	ok = EVP_PKEY_sign(
		 ctx, to, &len, digest->b, csg_alg_len(digest->alg)) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return csg_fail_ssl(err, CSG_R_TOKEN, "can't sign");
	out->len += len;
	return CSG_OK;
}

struct csg_signer_key
csg_pkey_signer(const struct csg_cert *cert, EVP_PKEY *key, bool pss)
{
	return (struct csg_signer_key){ cert, pss, sign_with_pkey, key };
}

enum csg_rc
csg_sig_make(const struct csg_signer_key *k, const struct csg_digest *digest,
    struct csg_buf *out, struct csg_err *err)
{
	size_t before = out->len;
	enum csg_rc rc;

	if ((rc = k->sign(k, digest, out, err)) != CSG_OK)
		return rc;
	if (csg_sig_verify(k->cert, k->pss, digest, out->data + before,
		out->len - before, err) == CSG_OK)
		return CSG_OK;
	out->len = before;
	return csg_fail(
	    err, CSG_R_SELFTEST, "what was just signed does not verify");
}
