/*
 * The token: PKCS#11 over libp11.  No PKCS#11 or libp11 type, and no PIN,
 * leaves lib/token.
 *
 * Calling order: csg_token_open (loads the module, finds the one token; no
 * session), csg_token_login, then keys; csg_token_close frees all, keys
 * included: no EVP_PKEY of the token may be used or freed after it.
 */
#ifndef CSG_TOKEN_TOKEN_H
#define CSG_TOKEN_TOKEN_H

#include "lib/base/secret.h"
#include "lib/crypto/cert.h"
#include "lib/crypto/cms.h"
#include "lib/crypto/keyalg.h"

struct csg_token;

/*
 * Load the module and find the one initialised token that the URI matches
 * (TOKEN when there is none or more than one).  Opens no session.
 */
enum csg_rc csg_token_open(const char *module, const char *uri,
    struct csg_token **out, struct csg_err *err);

/* Find it among all modules that p11-kit has registered: for people's smart
 * cards. */
enum csg_rc csg_token_find(
    const char *uri, struct csg_token **out, struct csg_err *err);

/*
 * Log in with one try.  PIN when it is wrong, locked, or when the token says
 * that the next failure locks it (then nothing is tried).
 */
enum csg_rc csg_token_login(
    struct csg_token *t, const struct csg_secret *pin, struct csg_err *err);

/*
 * The private key that the URI names on this token: exactly one object may
 * match (TOKEN).  key->key is borrowed from t.  Checks nothing else.
 */
enum csg_rc csg_token_key(
    struct csg_token *t, const char *uri, EVP_PKEY **key, struct csg_err *err);

/*
 * The private key for signing under a policy: it must have been generated on
 * the token and never have been extractable, may only sign, with the
 * mechanisms it needs (KEYATTR), and must be cert's key (KEYMISMATCH).  No
 * operation with the key is started.  pss: padding for RSA.
 * out->key is borrowed from t.
 */
enum csg_rc csg_token_signing_key(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool pss, struct csg_signer_key *out,
    struct csg_err *err);

/*
 * Generate a key pair labelled name on the token, with a random CKA_ID and
 * the attributes of csg(7) "TOKEN KEYS".  CONFIG when the name is taken.
 */
enum csg_rc csg_token_generate(struct csg_token *t, const char *name,
    enum csg_keyalg alg, EVP_PKEY **key, struct csg_err *err);

/*
 * Destroy the key that the URI names: private and public half and
 * certificate.  It must be cert's key (KEYMISMATCH).  *found tells whether it
 * was there at all.
 */
enum csg_rc csg_token_destroy(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool *found, struct csg_err *err);

/* Store, or read back and compare with the key, the certificate of a key. */
enum csg_rc csg_token_put_cert(struct csg_token *t, const char *name,
    const struct csg_cert *cert, struct csg_err *err);
enum csg_rc csg_token_get_cert(struct csg_token *t, const char *name,
    struct csg_cert **cert, struct csg_err *err);

/* One private key, for csg-token list. */
struct csg_token_key_info {
	char label[128]; /* as the token says: foreign text */
	char id[64]; /* hex */
	char type[16]; /* "rsa3072", "p256", "?" */
	bool local, sensitive, always_sensitive;
	bool extractable, never_extractable;
	bool sign, decrypt, unwrap, has_cert;
	char mechanisms[256]; /* "CKM_ECDSA ...", "any" */
	bool good; /* csg would sign with it */
};
enum csg_rc csg_token_list(struct csg_token *t, struct csg_token_key_info **out,
    size_t *n, struct csg_err *err);

/* Initialise an empty slot (or SoftHSM's free one) as a token with this
 * label and PINs.  CONFIG when a token of that label exists already. */
enum csg_rc csg_token_initialise(const char *module, const char *label,
    const struct csg_secret *so_pin, const struct csg_secret *pin,
    struct csg_err *err);

void csg_token_close(struct csg_token *t);

#endif
