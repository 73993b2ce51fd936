/* Signing: plain C_Sign over a digest. */
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "lib/token/token_p11.h"

#define MAX_SIGNATURE 2048 /* bytes: RSA of 16384 bits */

static const struct {
	int nid;
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mgf;
} hashes[] = {
	[CSG_SHA256] = { NID_sha256, CKM_SHA256, CKG_MGF1_SHA256 },
	[CSG_SHA384] = { NID_sha384, CKM_SHA384, CKG_MGF1_SHA384 },
	[CSG_SHA512] = { NID_sha512, CKM_SHA512, CKG_MGF1_SHA512 },
};

/* DigestInfo (RFC 8017 section 9.2), which CKM_RSA_PKCS pads unchanged. */
static enum csg_rc
digest_info(
    const struct csg_digest *d, struct csg_buf *out, struct csg_err *err)
{
	X509_SIG *s = X509_SIG_new();
	X509_ALGOR *alg;
	ASN1_OCTET_STRING *digest;
	unsigned char *der = NULL;
	int len = 0;

	if (s == NULL)
		return csg_fail_mem(err);
	X509_SIG_getm(s, &alg, &digest);
	if (X509_ALGOR_set0(
		alg, OBJ_nid2obj(hashes[d->alg].nid), V_ASN1_NULL, NULL) == 1 &&
	    ASN1_OCTET_STRING_set(digest, d->b, (int)csg_alg_len(d->alg)) == 1)
		len = i2d_X509_SIG(s, &der);
	X509_SIG_free(s);
	if (len > 0)
		csg_buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0 ? csg_buf_ok(out, err) :
			 csg_fail_ssl(err, CSG_R_IO, "encoding a digest");
}

/* PKCS#11 returns r and s, each as long as the order of the group; RFC 3279
 * section 2.2.3 requires a SEQUENCE of two INTEGERs. */
static enum csg_rc
to_ecdsa_der(const unsigned char *raw, size_t len, struct csg_buf *out,
    struct csg_err *err)
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)(len / 2), NULL);
	BIGNUM *t = BN_bin2bn(raw + len / 2, (int)(len - len / 2), NULL);
	unsigned char *der = NULL;
	int n = 0;

	if (s != NULL && r != NULL && t != NULL && len % 2 == 0 &&
	    ECDSA_SIG_set0(s, r, t) == 1) {
		r = t = NULL; /* transferred */
		n = i2d_ECDSA_SIG(s, &der);
	}
	if (n > 0)
		csg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	BN_free(r);
	BN_free(t);
	ECDSA_SIG_free(s);
	return n > 0 ? csg_buf_ok(out, err) :
		       csg_fail_ssl(err, CSG_R_TOKEN,
			   "the token's signature is not an ECDSA signature");
}

static enum csg_rc
call_sign(const struct csg_token_key *k, CK_MECHANISM *m, const void *data,
    size_t len, unsigned char sig[MAX_SIGNATURE], CK_ULONG *sig_len,
    struct csg_err *err)
{
	struct csg_token *t = k->token;
	CK_RV rv;

	rv = CSG_P11(t, C_SignInit, t->session, m, k->p11.object);
	if (rv == CKR_OK) {
		*sig_len = MAX_SIGNATURE;
		rv = CSG_P11(t, C_Sign, t->session,
		    (unsigned char *)(uintptr_t)data, len, sig, sig_len);
	}
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "signing");
	if (*sig_len > MAX_SIGNATURE)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': a signature of %lu bytes is too long",
		    t->label, *sig_len);
	return CSG_OK;
}

static enum csg_rc
sign_rsa(const struct csg_token_key *k, bool pss, const struct csg_digest *d,
    struct csg_buf *out, struct csg_err *err)
{
	CK_RSA_PKCS_PSS_PARAMS params = { hashes[d->alg].hash,
		hashes[d->alg].mgf, csg_alg_len(d->alg) };
	CK_MECHANISM m = { CKM_RSA_PKCS_PSS, &params, sizeof(params) };
	unsigned char sig[MAX_SIGNATURE];
	struct csg_buf info = { 0 };
	CK_ULONG len = 0;
	enum csg_rc rc;

	if (pss)
		rc =
		    call_sign(k, &m, d->b, csg_alg_len(d->alg), sig, &len, err);
	else if ((rc = digest_info(d, &info, err)) == CSG_OK) {
		m = (CK_MECHANISM){ CKM_RSA_PKCS, NULL, 0 };
		rc = call_sign(k, &m, info.data, info.len, sig, &len, err);
	}
	csg_buf_free(&info);
	if (rc != CSG_OK)
		return rc;
	csg_buf_add(out, sig, len);
	return csg_buf_ok(out, err);
}

static enum csg_rc
sign_ec(const struct csg_token_key *k, const struct csg_digest *d,
    struct csg_buf *out, struct csg_err *err)
{
	CK_MECHANISM m = { CKM_ECDSA, NULL, 0 };
	unsigned char sig[MAX_SIGNATURE];
	CK_ULONG len;
	enum csg_rc rc;

	if ((rc = call_sign(
		 k, &m, d->b, csg_alg_len(d->alg), sig, &len, err)) != CSG_OK)
		return rc;
	return to_ecdsa_der(sig, len, out, err);
}

static enum csg_rc
sign_with_token(const struct csg_signer_key *k, const struct csg_digest *digest,
    struct csg_buf *out, struct csg_err *err)
{
	const struct csg_token_key *key = k->arg;

	return key->p11.type == CKK_RSA ?
	    sign_rsa(key, k->pss, digest, out, err) :
	    sign_ec(key, digest, out, err);
}

struct csg_signer_key
csg_token_signer(struct csg_token_key *k, const struct csg_cert *cert, bool pss)
{
	return (struct csg_signer_key){ cert, pss, sign_with_token, k };
}

/* Sign with either padding: which one an RSA key allows is not known here. */
static enum csg_rc
sign_either_way(struct csg_token_key *k, const struct csg_cert *cert,
    const struct csg_digest *d, bool *pss, struct csg_buf *sig,
    struct csg_err *err)
{
	struct csg_signer_key signer = csg_token_signer(k, cert, false);
	enum csg_rc rc;

	*pss = false;
	rc = sign_with_token(&signer, d, sig, err);
	if (rc == CSG_OK || k->p11.type != CKK_RSA)
		return rc;
	*pss = signer.pss = true;
	return sign_with_token(&signer, d, sig, err);
}

enum csg_rc
csg_p11_check_possession(
    struct csg_token_key *k, const struct csg_cert *cert, struct csg_err *err)
{
	static const char purpose[] = "csg: proof of possession";
	unsigned char text[sizeof(purpose) + 32];
	struct csg_buf sig = { 0 };
	struct csg_digest d;
	bool pss;
	enum csg_rc rc;

	if (k->public_is_own)
		return CSG_OK;
	memcpy(text, purpose, sizeof(purpose));
	if (RAND_bytes(text + sizeof(purpose), 32) != 1)
		return csg_fail_ssl(
		    err, CSG_R_IO, "can't generate random bytes");
	if ((rc = csg_digest_mem(cert->alg, text, sizeof(text), &d, err)) !=
		CSG_OK ||
	    (rc = sign_either_way(k, cert, &d, &pss, &sig, err)) != CSG_OK)
		goto out;
	if (csg_sig_verify(cert, pss, &d, sig.data, sig.len, NULL) != CSG_OK)
		rc = csg_fail(err, CSG_R_KEYMISMATCH,
		    "token '%s': private key '%s' does not match the public key or certificate stored with it",
		    k->token->label, csg_buf_str(&k->p11.label));
out:
	csg_buf_free(&sig);
	return rc;
}
