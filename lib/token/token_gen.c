/* Generating keys on a token. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/base/text.h"
#include "lib/token/template.h"
#include "lib/token/token_p11.h"

#define ID_LEN 20
/* PKCS#11 2.40, absent from p11-kit's header. */
#define MECH_EC_KEY_PAIR_GEN 0x1040UL
#define MECH_RSA_KEY_PAIR_GEN 0UL

static const unsigned char curve_p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07 };
static const unsigned char curve_p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
	0x22 };

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

/* csg(7) "TOKEN KEYS"; the attributes can't be changed later. */
static void
private_template(struct csg_template *t, const CK_MECHANISM_TYPE *mechanism)
{
	csg_template_flag(t, CKA_PRIVATE, true);
	csg_template_flag(t, CKA_SENSITIVE, true);
	csg_template_flag(t, CKA_EXTRACTABLE, false);
	csg_template_flag(t, CKA_COPYABLE, false);
	csg_template_flag(t, CKA_MODIFIABLE, false);
	csg_template_flag(t, CKA_SIGN, true);
	csg_template_flag(t, CKA_SIGN_RECOVER, false);
	csg_template_flag(t, CKA_DECRYPT, false);
	csg_template_flag(t, CKA_UNWRAP, false);
	csg_template_flag(t, CKA_DERIVE, false);
	csg_template_put(
	    t, CKA_ALLOWED_MECHANISMS, mechanism, sizeof(*mechanism));
}

static void
public_template(struct csg_template *t, enum csg_keyalg alg)
{
	static const unsigned char e[] = { 1, 0, 1 };

	csg_template_flag(t, CKA_PRIVATE, false);
	csg_template_flag(t, CKA_VERIFY, true);
	csg_template_flag(t, CKA_ENCRYPT, false);
	csg_template_flag(t, CKA_WRAP, false);
	if (algs[alg].curve != NULL)
		csg_template_put(
		    t, CKA_EC_PARAMS, algs[alg].curve, algs[alg].curve_len);
	else {
		csg_template_put(t, CKA_MODULUS_BITS, &algs[alg].bits,
		    sizeof(algs[alg].bits));
		csg_template_put(t, CKA_PUBLIC_EXPONENT, e, sizeof(e));
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
		    err, CSG_R_CONFIG, "'%s' is not a valid key name", name);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		what.class = classes[i];
		rc = csg_p11_find(t, &what, &found, &n, err);
		free(found);
		if (rc != CSG_OK)
			return rc;
		if (n > 0)
			return csg_fail(err, CSG_R_CONFIG,
			    "token '%s' already has an object named '%s'",
			    t->label, name);
	}
	return CSG_OK;
}

/* Generate one pair and return the handles of both halves. */
static enum csg_rc
make_pair(struct csg_token *t, CK_SESSION_HANDLE session, const char *name,
    enum csg_keyalg alg, CK_OBJECT_HANDLE *priv, CK_OBJECT_HANDLE *pub,
    struct csg_err *err)
{
	struct csg_template private = { 0 }, public = { 0 };
	CK_MECHANISM mech = { MECH_RSA_KEY_PAIR_GEN, NULL, 0 };
	unsigned char id[ID_LEN];
	sigset_t old;
	CK_RV rv;

	if (RAND_bytes(id, sizeof(id)) != 1)
		return csg_fail_ssl(
		    err, CSG_R_IO, "can't generate random bytes");
	csg_template_name(&private, name, id, sizeof(id));
	private_template(&private, &algs[alg].mechanism);
	csg_template_name(&public, name, id, sizeof(id));
	public_template(&public, alg);
	if (algs[alg].curve != NULL)
		mech.mechanism = MECH_EC_KEY_PAIR_GEN;
	csg_p11_block(&old);
	rv = CSG_P11_SLOW(t, C_GenerateKeyPair, session, &mech, public.at,
	    public.n, private.at, private.n, pub, priv);
	csg_p11_unblock(&old);
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "generating a key");
	return CSG_OK;
}

enum csg_rc
csg_token_generate(struct csg_token *t, const char *name, enum csg_keyalg alg,
    struct csg_token_key **out, struct csg_err *err)
{
	struct csg_p11_key k = { 0 };
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE priv, pub;
	enum csg_rc rc;

	*out = NULL;
	csg_p11_keys_changed(t);
	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = name_is_free(t, name, err)) != CSG_OK ||
	    (rc = csg_p11_write_session(t, &session, err)) != CSG_OK)
		return rc;
	if ((rc = make_pair(t, session, name, alg, &priv, &pub, err)) != CSG_OK)
		goto out;
	if ((rc = csg_p11_key_read(t, priv, &k, err)) != CSG_OK ||
	    (rc = csg_p11_key_check(t, &k,
		 algs[alg].mechanism == CKM_RSA_PKCS_PSS, err)) != CSG_OK ||
	    (rc = csg_p11_key_keep(t, NULL, &k, out, err)) != CSG_OK) {
		(void)CSG_P11(t, C_DestroyObject, session, priv);
		(void)CSG_P11(t, C_DestroyObject, session, pub);
	}
out:
	csg_p11_key_free(&k);
	(void)CSG_P11(t, C_CloseSession, session);
	return rc;
}
