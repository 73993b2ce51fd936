/* Keys and certificates on the token: generating, storing, listing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/base/text.h"
#include "lib/token/token_p11.h"

#define ID_LEN 20
/* PKCS#11 2.40, absent from p11-kit's header. */
#define MECH_EC_KEY_PAIR_GEN 0x1040UL
#define MECH_RSA_KEY_PAIR_GEN 0UL

static const unsigned char curve_p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07 };
static const unsigned char curve_p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
	0x22 };
static const unsigned char curve_p521[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
	0x23 };

static const struct {
	CK_ULONG bits; /* RSA */
	const unsigned char *curve; /* EC */
	size_t curve_len;
	CK_MECHANISM_TYPE mechanism;
} algs[CSG_NKEYALG] = {
	[CSG_P256] = { 0, curve_p256, sizeof(curve_p256), CKM_ECDSA },
	[CSG_P384] = { 0, curve_p384, sizeof(curve_p384), CKM_ECDSA },
	[CSG_RSA3072] = { 3072, NULL, 0, CKM_RSA_PKCS },
	[CSG_RSA4096] = { 4096, NULL, 0, CKM_RSA_PKCS },
	[CSG_RSA3072_PSS] = { 3072, NULL, 0, CKM_RSA_PKCS_PSS },
	[CSG_RSA4096_PSS] = { 4096, NULL, 0, CKM_RSA_PKCS_PSS },
};

/* ---- templates ---- */

struct template
{
	CK_ATTRIBUTE at[24];
	CK_ULONG n;
};

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void
put(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	t->at[t->n++] = (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, len };
}

static void
put_flag(struct template *t, CK_ATTRIBUTE_TYPE type, bool value)
{
	put(t, type, value ? &yes : &no, sizeof(yes));
}

static void
put_name(struct template *t, const char *name, const unsigned char *id,
    size_t id_len)
{
	put(t, CKA_LABEL, name, strlen(name));
	put(t, CKA_ID, id, id_len);
	put_flag(t, CKA_TOKEN, true);
}

/* csg(7) "TOKEN KEYS": what the key may do, it may do for ever. */
static void
private_template(struct template *t, const CK_MECHANISM_TYPE *mechanism)
{
	put_flag(t, CKA_PRIVATE, true);
	put_flag(t, CKA_SENSITIVE, true);
	put_flag(t, CKA_EXTRACTABLE, false);
	put_flag(t, CKA_COPYABLE, false);
	put_flag(t, CKA_MODIFIABLE, false);
	put_flag(t, CKA_SIGN, true);
	put_flag(t, CKA_SIGN_RECOVER, false);
	put_flag(t, CKA_DECRYPT, false);
	put_flag(t, CKA_UNWRAP, false);
	put_flag(t, CKA_DERIVE, false);
	put(t, CKA_ALLOWED_MECHANISMS, mechanism, sizeof(*mechanism));
}

static void
public_template(struct template *t, enum csg_keyalg alg)
{
	static const unsigned char e[] = { 1, 0, 1 };

	put_flag(t, CKA_PRIVATE, false);
	put_flag(t, CKA_VERIFY, true);
	put_flag(t, CKA_ENCRYPT, false);
	put_flag(t, CKA_WRAP, false);
	if (algs[alg].curve != NULL)
		put(t, CKA_EC_PARAMS, algs[alg].curve, algs[alg].curve_len);
	else {
		put(t, CKA_MODULUS_BITS, &algs[alg].bits,
		    sizeof(algs[alg].bits));
		put(t, CKA_PUBLIC_EXPONENT, e, sizeof(e));
	}
}

/* ---- generating ---- */

static enum csg_rc
name_is_free(struct csg_token *t, const char *name, struct csg_err *err)
{
	static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
		CKO_PUBLIC_KEY, CKO_CERTIFICATE };
	struct csg_p11_search what = { 0, name, NULL, 0 };
	CK_OBJECT_HANDLE *found;
	size_t i, n;
	enum csg_rc rc;

	if (!csg_name_valid(name))
		return csg_fail(
		    err, CSG_R_CONFIG, "'%s' can't be the name of a key", name);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		what.class = classes[i];
		rc = csg_p11_find(t, &what, &found, &n, err);
		free(found);
		if (rc != CSG_OK)
			return rc;
		if (n > 0)
			return csg_fail(err, CSG_R_CONFIG,
			    "token '%s' has something named '%s' already",
			    t->label, name);
	}
	return CSG_OK;
}

/* One pair; the private half's handle, and the public one's. */
static enum csg_rc
make_pair(struct csg_token *t, CK_SESSION_HANDLE session, const char *name,
    enum csg_keyalg alg, CK_OBJECT_HANDLE *priv, CK_OBJECT_HANDLE *pub,
    struct csg_err *err)
{
	struct template private = { 0 }, public = { 0 };
	CK_MECHANISM mech = { MECH_RSA_KEY_PAIR_GEN, NULL, 0 };
	unsigned char id[ID_LEN];
	sigset_t old;
	CK_RV rv;

	if (RAND_bytes(id, sizeof(id)) != 1)
		return csg_fail_ssl(err, CSG_R_IO, "no random bytes");
	put_name(&private, name, id, sizeof(id));
	private_template(&private, &algs[alg].mechanism);
	put_name(&public, name, id, sizeof(id));
	public_template(&public, alg);
	if (algs[alg].curve != NULL)
		mech.mechanism = MECH_EC_KEY_PAIR_GEN;
	csg_p11_block(&old);
	rv = t->f->C_GenerateKeyPair(session, &mech, public.at, public.n,
	    private.at, private.n, pub, priv);
	csg_p11_unblock(&old);
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "generating a key");
	return CSG_OK;
}

enum csg_rc
csg_token_generate(struct csg_token *t, const char *name, enum csg_keyalg alg,
    EVP_PKEY **key, struct csg_err *err)
{
	struct csg_p11_key k = { 0 };
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE priv, pub;
	enum csg_rc rc;

	*key = NULL;
	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = name_is_free(t, name, err)) != CSG_OK ||
	    (rc = csg_p11_write_session(t, &session, err)) != CSG_OK)
		return rc;
	if ((rc = make_pair(t, session, name, alg, &priv, &pub, err)) != CSG_OK)
		goto out;
	if ((rc = csg_p11_key_read(t, priv, &k, err)) != CSG_OK ||
	    (rc = csg_p11_key_check(t, &k,
		 algs[alg].mechanism == CKM_RSA_PKCS_PSS, err)) != CSG_OK ||
	    (rc = csg_p11_key_evp(t, &k, key, err)) != CSG_OK) {
		(void)t->f->C_DestroyObject(session, priv);
		(void)t->f->C_DestroyObject(session, pub);
	}
out:
	csg_p11_key_free(&k);
	(void)t->f->C_CloseSession(session);
	return rc;
}

/* ---- certificates ---- */

static enum csg_rc
cert_template(struct template *t, const struct csg_cert *cert,
    unsigned char *names[3], struct csg_err *err)
{
	static const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	static const CK_CERTIFICATE_TYPE type = CKC_X_509;
	int len[3];

	len[0] = i2d_X509_NAME(X509_get_subject_name(cert->x509), &names[0]);
	len[1] = i2d_X509_NAME(X509_get_issuer_name(cert->x509), &names[1]);
	len[2] =
	    i2d_ASN1_INTEGER(X509_get0_serialNumber(cert->x509), &names[2]);
	if (len[0] < 0 || len[1] < 0 || len[2] < 0)
		return csg_fail_ssl(err, CSG_R_IO, "encoding a certificate");
	put(t, CKA_CLASS, &class, sizeof(class));
	put(t, CKA_CERTIFICATE_TYPE, &type, sizeof(type));
	put_flag(t, CKA_PRIVATE, false);
	put(t, CKA_SUBJECT, names[0], (size_t)len[0]);
	put(t, CKA_ISSUER, names[1], (size_t)len[1]);
	put(t, CKA_SERIAL_NUMBER, names[2], (size_t)len[2]);
	put(t, CKA_VALUE, cert->der, cert->der_len);
	return CSG_OK;
}

static enum csg_rc
create_cert(struct csg_token *t, CK_SESSION_HANDLE session, const char *name,
    const struct csg_p11_key *k, const struct csg_cert *cert,
    struct csg_err *err)
{
	struct template at = { 0 };
	unsigned char *names[3] = { NULL, NULL, NULL };
	CK_OBJECT_HANDLE object;
	sigset_t old;
	CK_RV rv;
	enum csg_rc rc;
	size_t i;

	put_name(&at, name, k->id.data, k->id.len);
	if ((rc = cert_template(&at, cert, names, err)) == CSG_OK) {
		csg_p11_block(&old);
		rv = t->f->C_CreateObject(session, at.at, at.n, &object);
		csg_p11_unblock(&old);
		if (rv != CKR_OK)
			rc = csg_p11_fail(err, rv, "storing a certificate");
	}
	for (i = 0; i < 3; i++)
		OPENSSL_free(names[i]);
	return rc;
}

static enum csg_rc
same_key(struct csg_token *t, const struct csg_p11_key *k,
    const struct csg_cert *cert, struct csg_err *err)
{
	EVP_PKEY *key = NULL;
	enum csg_rc rc;

	if ((rc = csg_p11_key_evp(t, k, &key, err)) != CSG_OK)
		return rc;
	if (!csg_cert_has_key(cert, key))
		return csg_fail(err, CSG_R_KEYMISMATCH,
		    "token '%s': the certificate is not of key '%s'", t->label,
		    csg_buf_str(&k->label));
	return CSG_OK;
}

/* The new one is there before the old ones go. */
enum csg_rc
csg_token_put_cert(struct csg_token *t, const char *name,
    const struct csg_cert *cert, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_CERTIFICATE, name, NULL, 0 };
	struct csg_p11_key k = { 0 };
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE *old = NULL;
	size_t n = 0, i;
	CK_RV rv;
	enum csg_rc rc;

	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = csg_p11_key_named(t, name, &k, err)) != CSG_OK ||
	    (rc = same_key(t, &k, cert, err)) != CSG_OK ||
	    (rc = csg_p11_find(t, &what, &old, &n, err)) != CSG_OK ||
	    (rc = csg_p11_write_session(t, &session, err)) != CSG_OK)
		goto out;
	rc = create_cert(t, session, name, &k, cert, err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		rv = t->f->C_DestroyObject(session, old[i]);
		if (rv != CKR_OK)
			rc = csg_p11_fail(
			    err, rv, "removing an old certificate");
	}
	(void)t->f->C_CloseSession(session);
out:
	free(old);
	csg_p11_key_free(&k);
	return rc;
}

static enum csg_rc
read_cert(struct csg_token *t, CK_OBJECT_HANDLE object, struct csg_cert **out,
    struct csg_err *err)
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
		    "token '%s': a certificate can't be read", t->label);
		goto out;
	}
	rc = csg_cert_from_x509(x, out, err);
out:
	X509_free(x);
	csg_buf_free(&der);
	return rc;
}

enum csg_rc
csg_token_get_cert(struct csg_token *t, const char *name,
    struct csg_cert **cert, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_CERTIFICATE, name, NULL, 0 };
	struct csg_p11_key k = { 0 };
	struct csg_cert *c = NULL;
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;
	enum csg_rc rc;

	*cert = NULL;
	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = csg_p11_key_named(t, name, &k, err)) != CSG_OK ||
	    (rc = csg_p11_find(t, &what, &found, &n, err)) != CSG_OK)
		goto out;
	if (n != 1) {
		rc = csg_fail(err, CSG_R_TOKEN,
		    "token '%s': %zu certificates are named '%s', must be one",
		    t->label, n, name);
		goto out;
	}
	if ((rc = read_cert(t, found[0], &c, err)) != CSG_OK ||
	    (rc = same_key(t, &k, c, err)) != CSG_OK)
		goto out;
	*cert = c;
	c = NULL; /* transferred */
out:
	csg_cert_free(c);
	free(found);
	csg_p11_key_free(&k);
	return rc;
}

/* ---- listing ---- */

static void
describe_type(struct csg_token *t, const struct csg_p11_key *k, char out[16])
{
	static const struct {
		const unsigned char *oid;
		size_t len;
		const char *name;
	} curves[] = {
		{ curve_p256, sizeof(curve_p256), "p256" },
		{ curve_p384, sizeof(curve_p384), "p384" },
		{ curve_p521, sizeof(curve_p521), "p521" },
	};
	struct csg_buf v = { 0 };
	size_t i, skip = 0;

	(void)snprintf(out, 16, "?");
	if (k->type == CKK_RSA &&
	    csg_p11_attr(t, k->object, CKA_MODULUS, &v) == CKR_OK) {
		while (skip < v.len && v.data[skip] == 0)
			skip++;
		(void)snprintf(out, 16, "rsa%zu", (v.len - skip) * 8 % 100000);
	} else if (k->type == CKK_EC &&
	    csg_p11_attr(t, k->object, CKA_EC_PARAMS, &v) == CKR_OK) {
		for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
			if (v.len == curves[i].len &&
			    memcmp(v.data, curves[i].oid, v.len) == 0)
				(void)snprintf(out, 16, "%s", curves[i].name);
	}
	csg_buf_free(&v);
}

static void
add_mechanism(struct csg_buf *out, CK_MECHANISM_TYPE m)
{
	static const struct {
		CK_MECHANISM_TYPE m;
		const char *name;
	} names[] = {
		{ CKM_RSA_PKCS, "CKM_RSA_PKCS" },
		{ CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS" },
		{ CKM_RSA_X_509, "CKM_RSA_X_509" },
		{ CKM_ECDSA, "CKM_ECDSA" },
	};
	size_t i;

	if (out->len > 0)
		csg_buf_puts(out, " ");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].m == m) {
			csg_buf_puts(out, names[i].name);
			return;
		}
	csg_buf_printf(out, "0x%lx", m);
}

static void
describe_mechanisms(
    struct csg_token *t, const struct csg_p11_key *k, char *out, size_t size)
{
	struct csg_buf list = { 0 }, text = { 0 };
	CK_MECHANISM_TYPE m;
	size_t i;

	if (csg_p11_attr(t, k->object, CKA_ALLOWED_MECHANISMS, &list) == CKR_OK)
		for (i = 0; list.len - i >= sizeof(m); i += sizeof(m)) {
			memcpy(&m, list.data + i, sizeof(m));
			add_mechanism(&text, m);
		}
	(void)snprintf(
	    out, size, "%s", text.len > 0 ? csg_buf_str(&text) : "any");
	csg_buf_free(&text);
	csg_buf_free(&list);
}

static bool
has_cert(struct csg_token *t, const struct csg_p11_key *k)
{
	struct csg_p11_search what = { CKO_CERTIFICATE, NULL, NULL, 0 };
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;

	if (k->id.len == 0)
		return false;
	what.id = k->id.data;
	what.id_len = k->id.len;
	(void)csg_p11_find(t, &what, &found, &n, NULL);
	free(found);
	return n > 0;
}

static void
describe(struct csg_token *t, const struct csg_p11_key *k,
    struct csg_token_key_info *out)
{
	size_t i;

	(void)snprintf(
	    out->label, sizeof(out->label), "%s", csg_buf_str(&k->label));
	for (i = 0; i < k->id.len && i * 2 + 2 < sizeof(out->id); i++)
		(void)snprintf(out->id + i * 2, 3, "%02x", k->id.data[i]);
	describe_type(t, k, out->type);
	describe_mechanisms(t, k, out->mechanisms, sizeof(out->mechanisms));
	out->local = csg_p11_flag(t, k->object, CKA_LOCAL) == 1;
	out->sensitive = csg_p11_flag(t, k->object, CKA_SENSITIVE) == 1;
	out->always_sensitive =
	    csg_p11_flag(t, k->object, CKA_ALWAYS_SENSITIVE) == 1;
	out->extractable = csg_p11_flag(t, k->object, CKA_EXTRACTABLE) != 0;
	out->never_extractable =
	    csg_p11_flag(t, k->object, CKA_NEVER_EXTRACTABLE) == 1;
	out->sign = csg_p11_flag(t, k->object, CKA_SIGN) == 1;
	out->decrypt = csg_p11_flag(t, k->object, CKA_DECRYPT) != 0;
	out->unwrap = csg_p11_flag(t, k->object, CKA_UNWRAP) != 0;
	out->has_cert = has_cert(t, k);
	out->good = (k->type == CKK_RSA || k->type == CKK_EC) &&
	    (csg_p11_key_check(t, k, false, NULL) == CSG_OK ||
		csg_p11_key_check(t, k, true, NULL) == CSG_OK);
}

static int
by_label(const void *a, const void *b)
{
	const struct csg_token_key_info *x = a, *y = b;
	int c = strcmp(x->label, y->label);

	return c != 0 ? c : strcmp(x->id, y->id);
}

enum csg_rc
csg_token_list(struct csg_token *t, struct csg_token_key_info **out, size_t *n,
    struct csg_err *err)
{
	struct csg_p11_search what = { CKO_PRIVATE_KEY, NULL, NULL, 0 };
	struct csg_token_key_info *list = NULL;
	struct csg_p11_key k = { 0 };
	CK_OBJECT_HANDLE *found = NULL;
	size_t i, count = 0;
	enum csg_rc rc;

	*out = NULL;
	*n = 0;
	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = csg_p11_find(t, &what, &found, &count, err)) != CSG_OK)
		goto out;
	if ((list = calloc(count + 1, sizeof(*list))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	for (i = 0; i < count; i++) {
		if ((rc = csg_p11_key_read(t, found[i], &k, err)) != CSG_OK)
			goto out;
		describe(t, &k, &list[i]);
		csg_p11_key_free(&k);
	}
	qsort(list, count, sizeof(*list), by_label);
	*out = list;
	list = NULL; /* transferred */
	*n = count;
out:
	free(list);
	free(found);
	return rc;
}
