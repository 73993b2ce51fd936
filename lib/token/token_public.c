/*
 * The public half of a private key.
 *
 * An RSA private key usually includes it (CKA_MODULUS, CKA_PUBLIC_EXPONENT),
 * and on some tokens so does an EC private key (CKA_EC_POINT).  Otherwise it is
 * in the public key or certificate that has the private key's CKA_ID.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "lib/token/token_p11.h"

#define MAX_NUMBER 2048 /* bytes of an RSA modulus */
#define MAX_CURVE 64
#define MAX_POINT 256

/* ---- building a public key ---- */

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *
make_rsa(const CK_ATTRIBUTE *modulus, const CK_ATTRIBUTE *exponent)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n, *e;
	EVP_PKEY *key = NULL;

	n = BN_bin2bn(modulus->pValue, (int)modulus->ulValueLen, NULL);
	e = BN_bin2bn(exponent->pValue, (int)exponent->ulValueLen, NULL);
	if (bld != NULL && n != NULL && e != NULL && !BN_is_zero(n) &&
	    !BN_is_zero(e) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = from_params("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *
make_ec(const char *group, const unsigned char *point, size_t len)
{
	OSSL_PARAM_BLD *bld;
	EVP_PKEY *key = NULL;

	if (len < 2) /* the point at infinity */
		return NULL;
	if ((bld = OSSL_PARAM_BLD_new()) != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(
		bld, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		bld, OSSL_PKEY_PARAM_PUB_KEY, point, len) == 1)
		key = from_params("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

/* The name of a curve given by its OID; NULL for any other parameters. */
static const char *
curve_name(const CK_ATTRIBUTE *curve)
{
	const unsigned char *p = curve->pValue;
	ASN1_OBJECT *o = d2i_ASN1_OBJECT(NULL, &p, (long)curve->ulValueLen);
	const char *name = NULL;

	if (o != NULL &&
	    p == (unsigned char *)curve->pValue + curve->ulValueLen)
		name = OBJ_nid2sn(OBJ_obj2nid(o));
	ASN1_OBJECT_free(o);
	return name;
}

/* CKA_EC_POINT is the DER of an OCTET STRING; older tokens give the point
 * without that. */
static EVP_PKEY *
make_ec_from(const CK_ATTRIBUTE *curve, const CK_ATTRIBUTE *point)
{
	const char *group = curve_name(curve);
	const unsigned char *p = point->pValue;
	ASN1_OCTET_STRING *s;
	EVP_PKEY *key = NULL;

	if (group == NULL)
		return NULL;
	s = d2i_ASN1_OCTET_STRING(NULL, &p, (long)point->ulValueLen);
	if (s != NULL &&
	    p == (unsigned char *)point->pValue + point->ulValueLen)
		key = make_ec(group, ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s));
	ASN1_OCTET_STRING_free(s);
	return key != NULL ? key :
			     make_ec(group, point->pValue, point->ulValueLen);
}

/* ---- reading one ---- */

/* From an object that has the attributes; NULL if it lacks them. */
static EVP_PKEY *
read_rsa(struct csg_token *t, CK_OBJECT_HANDLE object)
{
	unsigned char modulus[MAX_NUMBER], exponent[MAX_NUMBER];
	CK_ATTRIBUTE at[] = {
		{ CKA_MODULUS, modulus, sizeof(modulus) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	};
	CK_RV rv[2];

	csg_p11_read(t, object, at, rv, 2);
	return rv[0] == CKR_OK && rv[1] == CKR_OK ? make_rsa(&at[0], &at[1]) :
						    NULL;
}

static EVP_PKEY *
read_ec(struct csg_token *t, CK_OBJECT_HANDLE object)
{
	unsigned char curve[MAX_CURVE], point[MAX_POINT];
	CK_ATTRIBUTE at[] = {
		{ CKA_EC_PARAMS, curve, sizeof(curve) },
		{ CKA_EC_POINT, point, sizeof(point) },
	};
	CK_RV rv[2];

	csg_p11_read(t, object, at, rv, 2);
	return rv[0] == CKR_OK && rv[1] == CKR_OK ?
	    make_ec_from(&at[0], &at[1]) :
	    NULL;
}

static EVP_PKEY *
read_from(
    struct csg_token *t, const struct csg_p11_key *k, CK_OBJECT_HANDLE object)
{
	return k->type == CKK_RSA ? read_rsa(t, object) : read_ec(t, object);
}

enum csg_rc
csg_p11_cert_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    struct csg_cert **out, struct csg_err *err)
{
	struct csg_buf der = { 0 };
	const unsigned char *p;
	X509 *x = NULL;
	CK_RV rv;
	enum csg_rc rc;

	if ((rv = csg_p11_attr(t, object, CKA_VALUE, &der)) != CKR_OK) {
		rc = csg_p11_fail(err, rv, "reading a certificate");
		goto out;
	}
	p = der.data;
	if (der.len == 0 || (x = d2i_X509(NULL, &p, (long)der.len)) == NULL ||
	    p != der.data + der.len) {
		rc = csg_fail_ssl(err, CSG_R_TOKEN,
		    "token '%s': a certificate can't be parsed", t->label);
		goto out;
	}
	rc = csg_cert_from_x509(x, out, err);
out:
	X509_free(x);
	csg_buf_free(&der);
	return rc;
}

static EVP_PKEY *
read_from_cert(struct csg_token *t, CK_OBJECT_HANDLE object)
{
	struct csg_buf der = { 0 };
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	X509 *x;

	if (csg_p11_attr(t, object, CKA_VALUE, &der) == CKR_OK && der.len > 0) {
		p = der.data;
		x = d2i_X509(NULL, &p, (long)der.len);
		key = x != NULL ? X509_get_pubkey(x) : NULL;
		X509_free(x);
	}
	csg_buf_free(&der);
	return key;
}

/* ---- finding it ---- */

/* The objects that have a key's CKA_ID. */
struct beside {
	size_t private_keys;
	CK_OBJECT_HANDLE public, cert; /* the first of each, if any */
	bool has_public, has_cert;
};

static enum csg_rc
sort_in(struct csg_token *t, CK_OBJECT_HANDLE object, struct beside *b,
    struct csg_err *err)
{
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE at = { CKA_CLASS, &class, sizeof(class) };
	CK_RV rv;

	csg_p11_read(t, object, &at, &rv, 1);
	if (rv == CKR_OK && at.ulValueLen != sizeof(class))
		rv = CKR_ATTRIBUTE_VALUE_INVALID;
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "reading an object's CKA_CLASS");
	if (class == CKO_PRIVATE_KEY)
		b->private_keys++;
	else if (class == CKO_PUBLIC_KEY && !b->has_public) {
		b->public = object;
		b->has_public = true;
	} else if (class == CKO_CERTIFICATE && !b->has_cert) {
		b->cert = object;
		b->has_cert = true;
	}
	return CSG_OK;
}

/* One search for all classes, because searches are slow. */
static enum csg_rc
find_beside(struct csg_token *t, const struct csg_p11_key *k, struct beside *b,
    struct csg_err *err)
{
	struct csg_p11_search what = { CSG_P11_ANY, NULL, k->id.data,
		k->id.len };
	CK_OBJECT_HANDLE *v = NULL;
	size_t n = 0, i;
	enum csg_rc rc;

	memset(b, 0, sizeof(*b));
	if (k->id.len == 0)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': private key '%s' has no CKA_ID", t->label,
		    csg_buf_str(&k->label));
	if ((rc = csg_p11_find(t, &what, &v, &n, err)) != CSG_OK)
		return rc;
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = sort_in(t, v[i], b, err);
	free(v);
	if (rc != CSG_OK)
		return rc;
	if (b->private_keys != 1)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': %zu private keys have the CKA_ID of '%s'; exactly one is required",
		    t->label, b->private_keys, csg_buf_str(&k->label));
	return CSG_OK;
}

enum csg_rc
csg_p11_id_is_unique(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err)
{
	struct beside unused;

	return find_beside(t, k, &unused, err);
}

static enum csg_rc
look_beside(struct csg_token *t, const struct csg_p11_key *k, EVP_PKEY **out,
    struct csg_err *err)
{
	struct beside b;
	enum csg_rc rc;

	if ((rc = find_beside(t, k, &b, err)) != CSG_OK)
		return rc;
	if (b.has_public)
		*out = read_from(t, k, b.public);
	if (*out == NULL && b.has_cert)
		*out = read_from_cert(t, b.cert);
	return CSG_OK;
}

static enum csg_rc
find_public(struct csg_token *t, const struct csg_p11_key *k, EVP_PKEY **out,
    bool *is_own, struct csg_err *err)
{
	enum csg_rc rc;

	*is_own = true;
	if (k->type == CKK_RSA && (*out = read_rsa(t, k->object)) != NULL)
		return CSG_OK;
	*is_own = false;
	if ((rc = look_beside(t, k, out, err)) != CSG_OK || *out != NULL)
		return rc;
	*is_own = true;
	if (k->type == CKK_EC)
		*out = read_ec(t, k->object);
	return CSG_OK;
}

enum csg_rc
csg_p11_public(struct csg_token *t, const struct csg_p11_key *k, EVP_PKEY **out,
    bool *is_own, struct csg_err *err)
{
	int type = k->type == CKK_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC;
	enum csg_rc rc;

	*out = NULL;
	rc = find_public(t, k, out, is_own, err);
	ERR_clear_error(); /* left by forms that were tried */
	if (rc != CSG_OK ||
	    (*out != NULL && EVP_PKEY_get_base_id(*out) == type))
		return rc;
	EVP_PKEY_free(*out);
	*out = NULL;
	return csg_fail(err, CSG_R_TOKEN,
	    "token '%s': the public half of key '%s' is missing", t->label,
	    csg_buf_str(&k->label));
}
