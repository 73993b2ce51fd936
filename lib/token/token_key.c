/* Engines are deprecated in OpenSSL 3; libp11 offers PSS in no other way. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/engine.h>

#include <libp11.h>

#include "lib/token/token_p11.h"

/* Refuse a URI that is about another token, or about no private key. */
static enum csg_rc
check_key_uri(struct csg_token *t, struct csg_uri *u, const char *uri,
    struct csg_err *err)
{
	CK_ATTRIBUTE *class;
	CK_OBJECT_CLASS c;
	char label[33];
	bool yes;
	enum csg_rc rc;

	if ((rc = csg_p11_uri_usable(u, uri, err)) != CSG_OK)
		return rc;
	if (u->object == NULL && u->id == NULL)
		return csg_fail(
		    err, CSG_R_TOKEN, "%s names neither object nor id", uri);
	class = p11_kit_uri_get_attribute(u->uri, CKA_CLASS);
	if (class != NULL && class->ulValueLen == sizeof(c)) {
		memcpy(&c, class->pValue, sizeof(c));
		if (c != CKO_PRIVATE_KEY)
			return csg_fail(err, CSG_R_TOKEN,
			    "%s is about no private key", uri);
	}
	if ((rc = csg_p11_slot_matches(t, t->id, u, &yes, label, err)) !=
	    CSG_OK)
		return rc;
	if (!yes)
		return csg_fail(err, CSG_R_TOKEN,
		    "%s is about another token than '%s'", uri, t->label);
	return CSG_OK;
}

/*
 * libp11 tells keys apart by CKA_ID, and finds an EC key's public half by it:
 * two private keys with one id can't be told apart safely.
 */
static enum csg_rc
id_is_unique(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_PRIVATE_KEY, NULL, NULL, 0 };
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;
	enum csg_rc rc;

	if (k->id.len == 0)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': private key '%s' has no CKA_ID", t->label,
		    csg_buf_str(&k->label));
	what.id = k->id.data;
	what.id_len = k->id.len;
	rc = csg_p11_find(t, &what, &found, &n, err);
	free(found);
	if (rc == CSG_OK && n != 1)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': %zu private keys have the CKA_ID of '%s', must be one",
		    t->label, n, csg_buf_str(&k->label));
	return rc;
}

/* All private keys of that URI; *out is the caller's. */
static enum csg_rc
find_keys(struct csg_token *t, const char *uri, CK_OBJECT_HANDLE **out,
    size_t *n, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_PRIVATE_KEY, NULL, NULL, 0 };
	struct csg_uri *u = NULL;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_p11_ready(t, err)) == CSG_OK &&
	    (rc = csg_uri_parse(uri, &u, err)) == CSG_OK &&
	    (rc = check_key_uri(t, u, uri, err)) == CSG_OK) {
		what.label = u->object;
		what.id = u->id;
		what.id_len = u->id_len;
		rc = csg_p11_find(t, &what, out, n, err);
	}
	csg_uri_free(u);
	return rc;
}

static enum csg_rc
find_key(struct csg_token *t, const char *uri, struct csg_p11_key *k,
    struct csg_err *err)
{
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;
	enum csg_rc rc;

	if ((rc = find_keys(t, uri, &found, &n, err)) == CSG_OK && n != 1)
		rc = csg_fail(err, CSG_R_TOKEN,
		    "token '%s': %zu private keys match %s, must be one",
		    t->label, n, uri);
	if (rc == CSG_OK)
		rc = csg_p11_key_read(t, found[0], k, err);
	free(found);
	return rc;
}

/*
 * By itself libp11 pads PSS and then asks for raw RSA, which the key's
 * CKA_ALLOWED_MECHANISMS forbid.  An engine bound to the key, and registered
 * nowhere, makes the token pad.
 */
static enum csg_rc
bind_engine(struct csg_token *t, EVP_PKEY *key, struct csg_err *err)
{
	ENGINE *e;

	if (t->engine == NULL) {
		if ((e = ENGINE_new()) == NULL)
			return csg_fail_mem(err);
		if (!ENGINE_set_id(e, "csg-token") ||
		    !ENGINE_set_name(e, "csg token") ||
		    !ENGINE_set_pkey_meths(e, PKCS11_pkey_meths) ||
		    !ENGINE_init(e)) {
			(void)ENGINE_free(e);
			return csg_fail_ssl(
			    err, CSG_R_TOKEN, "preparing RSA-PSS");
		}
		t->engine = e; /* transferred */
	}
	if (EVP_PKEY_set1_engine(key, t->engine) != 1)
		return csg_fail_ssl(err, CSG_R_TOKEN, "preparing RSA-PSS");
	return CSG_OK;
}

void
csg_p11_engine_free(void *engine)
{
	if (engine == NULL)
		return;
	(void)ENGINE_finish(engine);
	(void)ENGINE_free(engine);
}

/*
 * When a session can't be opened libp11 waits for ever, so try one first.
 */
static enum csg_rc
session_possible(struct csg_token *t, struct csg_err *err)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;

	rv = t->f->C_OpenSession(
	    t->id, CKF_SERIAL_SESSION, NULL, NULL, &session);
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "opening a session");
	(void)t->f->C_CloseSession(session);
	return CSG_OK;
}

static bool
same_key(const PKCS11_KEY *a, const struct csg_p11_key *k)
{
	const char *label = a->label != NULL ? a->label : "";

	return a->id_len == k->id.len &&
	    memcmp(a->id, k->id.data, k->id.len) == 0 &&
	    strlen(label) == k->label.len &&
	    strcmp(label, csg_buf_str(&k->label)) == 0;
}

static enum csg_rc
libp11_key(struct csg_token *t, const struct csg_p11_key *k, EVP_PKEY **out,
    struct csg_err *err)
{
	PKCS11_KEY *keys = NULL, *match = NULL;
	unsigned n = 0, i, matches = 0;
	enum csg_rc rc;

	if ((rc = session_possible(t, err)) != CSG_OK)
		return rc;
	if (PKCS11_enumerate_keys(t->slot->token, &keys, &n) != 0)
		return csg_fail_ssl(err, CSG_R_TOKEN,
		    "token '%s': its private keys can't be read; one that is neither RSA nor EC (such "
		    "as Ed25519) may be the cause",
		    t->label);
	for (i = 0; i < n; i++)
		if (same_key(&keys[i], k)) {
			match = &keys[i];
			matches++;
		}
	if (matches != 1)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': private key '%s' can't be told from others",
		    t->label, csg_buf_str(&k->label));
	if ((*out = PKCS11_get_private_key(match)) == NULL)
		return csg_fail_ssl(err, CSG_R_TOKEN,
		    "token '%s': private key '%s' can't be used", t->label,
		    csg_buf_str(&k->label));
	return CSG_OK;
}

static bool
has_public_half(const EVP_PKEY *key)
{
	const EC_KEY *ec;

	if (EVP_PKEY_base_id(key) != EVP_PKEY_EC)
		return true;
	ec = EVP_PKEY_get0_EC_KEY(key);
	return ec != NULL && EC_KEY_get0_group(ec) != NULL &&
	    EC_KEY_get0_public_key(ec) != NULL;
}

/* From here on t frees the key, also when something fails later. */
static enum csg_rc
keep_key(struct csg_token *t, EVP_PKEY *key, struct csg_err *err)
{
	EVP_PKEY **keys;

	keys = reallocarray(t->keys, t->nkeys + 1, sizeof(*keys));
	if (keys == NULL) {
		EVP_PKEY_free(key);
		return csg_fail_mem(err);
	}
	t->keys = keys;
	t->keys[t->nkeys++] = key; /* transferred */
	return CSG_OK;
}

enum csg_rc
csg_p11_key_evp(struct csg_token *t, const struct csg_p11_key *k,
    EVP_PKEY **out, struct csg_err *err)
{
	EVP_PKEY *key = NULL;
	enum csg_rc rc;

	*out = NULL;
	if (k->type != CKK_RSA && k->type != CKK_EC)
		return csg_fail(err, CSG_R_ALG,
		    "token '%s': private key '%s' is neither RSA nor ECDSA (Ed25519 can't sign CMS with "
		    "OpenSSL 3.0)",
		    t->label, csg_buf_str(&k->label));
	if (csg_p11_flag(t, k->object, CKA_ALWAYS_AUTHENTICATE) == 1)
		return csg_fail(err, CSG_R_KEYATTR,
		    "key '%s': CKA_ALWAYS_AUTHENTICATE is true: it wants the PIN for "
		    "each signature, and no PIN is kept",
		    csg_buf_str(&k->label));
	if ((rc = id_is_unique(t, k, err)) != CSG_OK ||
	    (rc = libp11_key(t, k, &key, err)) != CSG_OK ||
	    (rc = keep_key(t, key, err)) != CSG_OK)
		return rc;
	if (!has_public_half(key))
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': the public half of key '%s' is missing",
		    t->label, csg_buf_str(&k->label));
	if (k->type == CKK_RSA && (rc = bind_engine(t, key, err)) != CSG_OK)
		return rc;
	*out = key;
	return CSG_OK;
}

enum csg_rc
csg_token_key(
    struct csg_token *t, const char *uri, EVP_PKEY **key, struct csg_err *err)
{
	struct csg_p11_key k = { 0 };
	enum csg_rc rc;

	*key = NULL;
	if ((rc = find_key(t, uri, &k, err)) == CSG_OK)
		rc = csg_p11_key_evp(t, &k, key, err);
	csg_p11_key_free(&k);
	return rc;
}

enum csg_rc
csg_token_signing_key(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool pss, struct csg_signer_key *out,
    struct csg_err *err)
{
	struct csg_p11_key k = { 0 };
	EVP_PKEY *key = NULL;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = find_key(t, uri, &k, err)) != CSG_OK ||
	    (rc = csg_p11_key_check(t, &k, pss, err)) != CSG_OK ||
	    (rc = csg_p11_key_evp(t, &k, &key, err)) != CSG_OK)
		goto out;
	if (!csg_cert_has_key(cert, key)) {
		rc = csg_fail(err, CSG_R_KEYMISMATCH,
		    "token '%s': key '%s' is not the certificate's key",
		    t->label, csg_buf_str(&k.label));
		goto out;
	}
	out->cert = cert;
	out->key = key;
	out->pss = pss;
out:
	csg_p11_key_free(&k);
	return rc;
}

/* ---- the end of a key ---- */

/* All objects of a class with the key's CKA_ID. */
static enum csg_rc
destroy_class(struct csg_token *t, CK_SESSION_HANDLE session,
    CK_OBJECT_CLASS class, const struct csg_buf *id, struct csg_err *err)
{
	struct csg_p11_search what = { class, NULL, id->data, id->len };
	CK_OBJECT_HANDLE *found = NULL;
	sigset_t old;
	size_t n = 0, i;
	CK_RV rv = CKR_OK;
	enum csg_rc rc;

	if ((rc = csg_p11_find(t, &what, &found, &n, err)) != CSG_OK)
		return rc;
	csg_p11_block(&old);
	for (i = 0; i < n && rv == CKR_OK; i++)
		rv = t->f->C_DestroyObject(session, found[i]);
	csg_p11_unblock(&old);
	free(found);
	return rv == CKR_OK ? CSG_OK :
			      csg_p11_fail(err, rv, "destroying a key");
}

/* The private half goes first: what may be left over is of no use. */
static enum csg_rc
destroy_objects(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err)
{
	static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
		CKO_PUBLIC_KEY, CKO_CERTIFICATE };
	CK_SESSION_HANDLE session;
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_p11_write_session(t, &session, err)) != CSG_OK)
		return rc;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]) && rc == CSG_OK;
	     i++)
		rc = destroy_class(t, session, classes[i], &k->id, err);
	(void)t->f->C_CloseSession(session);
	return rc;
}

enum csg_rc
csg_token_destroy(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool *found, struct csg_err *err)
{
	CK_OBJECT_HANDLE *keys = NULL;
	struct csg_p11_key k = { 0 };
	EVP_PKEY *key;
	size_t n = 0;
	enum csg_rc rc;

	*found = false;
	rc = find_keys(t, uri, &keys, &n, err);
	free(keys);
	if (rc != CSG_OK || n == 0)
		return rc;
	*found = true;
	if ((rc = find_key(t, uri, &k, err)) == CSG_OK &&
	    (rc = csg_p11_key_evp(t, &k, &key, err)) == CSG_OK) {
		if (csg_cert_has_key(cert, key))
			rc = destroy_objects(t, &k, err);
		else
			rc = csg_fail(err, CSG_R_KEYMISMATCH,
			    "token '%s': key '%s' is not the one to destroy",
			    t->label, csg_buf_str(&k.label));
	}
	csg_p11_key_free(&k);
	return rc;
}
