/*
 * Decrypting with a key on a token, through libp11's EVP_PKEY: libcrypto's
 * public CMS interface does not accept a content-encryption key that was
 * unwrapped elsewhere.
 */
#include <string.h>

#include <libp11.h>

#include "lib/token/token_p11.h"

/* Try to open a session first: if none can be opened, libp11 waits for ever. */
static enum csg_rc
session_possible(struct csg_token *t, struct csg_err *err)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;

	rv = CSG_P11(
	    t, C_OpenSession, t->id, CKF_SERIAL_SESSION, NULL, NULL, &session);
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "opening a session");
	(void)CSG_P11(t, C_CloseSession, session);
	return CSG_OK;
}

static bool
same_key(const PKCS11_KEY *a, const struct csg_p11_key *k)
{
	const char *label = a->label != NULL ? a->label : "";

	return k->id.len > 0 && a->id_len == k->id.len &&
	    memcmp(a->id, k->id.data, k->id.len) == 0 &&
	    strlen(label) == k->label.len &&
	    strcmp(label, csg_buf_str(&k->label)) == 0;
}

/* Find the key in libp11, which identifies keys by label and CKA_ID. */
static enum csg_rc
libp11_key(struct csg_token *t, const struct csg_p11_key *k, EVP_PKEY **out,
    struct csg_err *err)
{
	PKCS11_KEY *keys = NULL, *match = NULL;
	unsigned n = 0, i, matches = 0;
	int failed;
	enum csg_rc rc;

	if ((rc = session_possible(t, err)) != CSG_OK)
		return rc;
	csg_watchdog_begin(t->watchdog, "PKCS11_enumerate_keys", true);
	failed = PKCS11_enumerate_keys(t->slot->token, &keys, &n);
	csg_watchdog_end(t->watchdog);
	if (failed != 0)
		return csg_fail_ssl(err, CSG_R_TOKEN,
		    "token '%s': its private keys can't be read for decryption; a key that is neither RSA nor EC (such as Ed25519) may be the cause",
		    t->label);
	for (i = 0; i < n; i++)
		if (same_key(&keys[i], k)) {
			match = &keys[i];
			matches++;
		}
	if (matches != 1)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': private key '%s' can't be told apart from others",
		    t->label, csg_buf_str(&k->label));
	csg_watchdog_begin(t->watchdog, "PKCS11_get_private_key", false);
	*out = PKCS11_get_private_key(match);
	csg_watchdog_end(t->watchdog);
	return *out != NULL ?
	    CSG_OK :
	    csg_fail_ssl(err, CSG_R_TOKEN,
		"token '%s': private key '%s' can't be used for decryption",
		t->label, csg_buf_str(&k->label));
}

static enum csg_rc
decrypt_with_token(void *arg, const void *der, size_t len, unsigned char *out,
    size_t max, size_t *got, struct csg_err *err)
{
	struct csg_token_key *k = arg;
	struct csg_decrypt_key with;
	enum csg_rc rc;

	*got = 0;
	if (k->libp11 == NULL &&
	    (rc = libp11_key(k->token, &k->p11, &k->libp11, err)) != CSG_OK)
		return rc;
	with = csg_pkey_decrypter(k->libp11);
	csg_watchdog_begin(k->token->watchdog, "C_Decrypt", true);
	rc = with.decrypt(with.arg, der, len, out, max, got, err);
	csg_watchdog_end(k->token->watchdog);
	return rc;
}

struct csg_decrypt_key
csg_token_decrypter(struct csg_token_key *k)
{
	return (struct csg_decrypt_key){ decrypt_with_token, k };
}
