/* Keys of a token: finding them by their URIs, and destroying them. */
#include <stdlib.h>
#include <string.h>

#include "lib/token/token_p11.h"

/* Refuse a URI that names another token, or an object that is not a private
 * key. */
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
			    "%s does not name a private key", uri);
	}
	if ((rc = csg_p11_slot_matches(t, t->id, u, &yes, label, err)) !=
	    CSG_OK)
		return rc;
	if (!yes)
		return csg_fail(err, CSG_R_TOKEN,
		    "%s names a token other than '%s'", uri, t->label);
	return CSG_OK;
}

/* All private keys that match the URI; *out belongs to the caller. */
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
		    "token '%s': %zu private keys match %s; exactly one is required",
		    t->label, n, uri);
	if (rc == CSG_OK)
		rc = csg_p11_key_read(t, found[0], k, err);
	free(found);
	return rc;
}

/* ---- the token's list of keys ---- */

static void
free_key(struct csg_token_key *k)
{
	EVP_PKEY_free(k->public);
	EVP_PKEY_free(k->libp11);
	csg_p11_key_free(&k->p11);
	free(k->uri);
	free(k);
}

void
csg_p11_keys_free(struct csg_token *t)
{
	struct csg_token_key *k;

	csg_watchdog_begin(t->watchdog, "closing keys", true);
	while ((k = t->keys) != NULL) {
		t->keys = k->next;
		free_key(k);
	}
	csg_watchdog_end(t->watchdog);
}

void
csg_p11_keys_changed(struct csg_token *t)
{
	struct csg_token_key *k;

	for (k = t->keys; k != NULL; k = k->next) {
		free(k->uri);
		k->uri = NULL;
	}
}

enum csg_rc
csg_p11_key_keep(struct csg_token *t, const char *uri, struct csg_p11_key *p11,
    struct csg_token_key **out, struct csg_err *err)
{
	struct csg_token_key *k;
	enum csg_rc rc;

	*out = NULL;
	if (p11->type != CKK_RSA && p11->type != CKK_EC)
		return csg_fail(err, CSG_R_ALG,
		    "token '%s': private key '%s' is neither RSA nor ECDSA (Ed25519 can't sign CMS with OpenSSL 3.0)",
		    t->label, csg_buf_str(&p11->label));
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return csg_fail_mem(err);
	k->token = t;
	k->p11 = *p11;
	memset(p11, 0, sizeof(*p11)); /* transferred */
	if (uri != NULL && (k->uri = strdup(uri)) == NULL) {
		free_key(k);
		return csg_fail_mem(err);
	}
	if ((rc = csg_p11_key_check_login(t, &k->p11, err)) != CSG_OK ||
	    (rc = csg_p11_public(
		 t, &k->p11, &k->public, &k->public_is_own, err)) != CSG_OK) {
		free_key(k);
		return rc;
	}
	k->next = t->keys;
	t->keys = k;
	*out = k;
	return CSG_OK;
}

/* ---- finding keys by URI ---- */

/* The key for this URI, if an earlier search found it. */
static struct csg_token_key *
known_key(const struct csg_token *t, const char *uri)
{
	struct csg_token_key *k;

	for (k = t->keys; k != NULL; k = k->next)
		if (k->uri != NULL && strcmp(k->uri, uri) == 0)
			break;
	return k;
}

/* Find a key.  One that can't sign under a policy is refused before its public
 * half is searched for. */
static enum csg_rc
find_and_keep(struct csg_token *t, const char *uri, bool signing, bool pss,
    struct csg_token_key **out, struct csg_err *err)
{
	struct csg_p11_key p11 = { 0 };
	struct csg_token_key *k = NULL;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = find_key(t, uri, &p11, err)) != CSG_OK ||
	    (signing &&
		(rc = csg_p11_key_check(t, &p11, pss, err)) != CSG_OK) ||
	    (rc = csg_p11_key_keep(t, uri, &p11, &k, err)) != CSG_OK)
		goto out;
	k->checked[pss] = signing;
	*out = k;
out:
	csg_p11_key_free(&p11);
	return rc;
}

enum csg_rc
csg_token_key(struct csg_token *t, const char *uri, struct csg_token_key **out,
    struct csg_err *err)
{
	if ((*out = known_key(t, uri)) != NULL)
		return CSG_OK;
	return find_and_keep(t, uri, false, false, out, err);
}

EVP_PKEY *
csg_token_key_public(const struct csg_token_key *k)
{
	return k->public;
}

static enum csg_rc
find_signing_key(struct csg_token *t, const char *uri, bool pss,
    struct csg_token_key **out, struct csg_err *err)
{
	struct csg_token_key *k = known_key(t, uri);
	enum csg_rc rc;

	*out = NULL;
	if (k == NULL)
		return find_and_keep(t, uri, true, pss, out, err);
	if (!k->checked[pss] &&
	    (rc = csg_p11_key_check(t, &k->p11, pss, err)) != CSG_OK)
		return rc;
	k->checked[pss] = true;
	*out = k;
	return CSG_OK;
}

enum csg_rc
csg_token_signing_key(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool pss, struct csg_signer_key *out,
    struct csg_err *err)
{
	struct csg_token_key *k;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = find_signing_key(t, uri, pss, &k, err)) != CSG_OK)
		return rc;
	if (!csg_cert_has_key(cert, k->public))
		return csg_fail(err, CSG_R_KEYMISMATCH,
		    "token '%s': key '%s' is not the certificate's key",
		    t->label, csg_buf_str(&k->p11.label));
	*out = csg_token_signer(k, cert, pss);
	return CSG_OK;
}

/* ---- destroying keys ---- */

/* Destroy all objects of a class with the key's CKA_ID. */
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
		rv = CSG_P11(t, C_DestroyObject, session, found[i]);
	csg_p11_unblock(&old);
	free(found);
	return rv == CKR_OK ? CSG_OK :
			      csg_p11_fail(err, rv, "destroying a key");
}

/* Destroy the private half first; objects left over after a failure are
 * useless without it. */
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
	(void)CSG_P11(t, C_CloseSession, session);
	return rc;
}

/* Destruction is irreversible, so the public key and certificate objects on the
 * token are not trusted. */
static enum csg_rc
destroy_key(
    struct csg_token_key *k, const struct csg_cert *cert, struct csg_err *err)
{
	struct csg_token *t = k->token;
	enum csg_rc rc;

	if ((rc = csg_p11_id_is_unique(t, &k->p11, err)) != CSG_OK)
		return rc;
	if (!csg_cert_has_key(cert, k->public))
		return csg_fail(err, CSG_R_KEYMISMATCH,
		    "token '%s': key '%s' is not the one to destroy", t->label,
		    csg_buf_str(&k->p11.label));
	if ((rc = csg_p11_check_possession(k, cert, err)) != CSG_OK)
		return rc;
	return destroy_objects(t, &k->p11, err);
}

enum csg_rc
csg_token_destroy(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool *found, struct csg_err *err)
{
	CK_OBJECT_HANDLE *keys = NULL;
	struct csg_p11_key p11 = { 0 };
	struct csg_token_key *k;
	size_t n = 0;
	enum csg_rc rc;

	*found = false;
	csg_p11_keys_changed(t);
	rc = find_keys(t, uri, &keys, &n, err);
	free(keys);
	if (rc != CSG_OK || n == 0)
		return rc;
	*found = true;
	if ((rc = find_key(t, uri, &p11, err)) == CSG_OK &&
	    (rc = csg_p11_key_keep(t, NULL, &p11, &k, err)) == CSG_OK)
		rc = destroy_key(k, cert, err);
	csg_p11_key_free(&p11);
	return rc;
}

enum csg_rc
csg_token_discard(struct csg_token_key *k, struct csg_err *err)
{
	csg_p11_keys_changed(k->token);
	return destroy_objects(k->token, &k->p11, err);
}
