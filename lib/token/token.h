/*
 * Keys on a PKCS#11 token.  No PKCS#11 or libp11 type, and no PIN, leaves
 * lib/token.
 *
 * Keys sign with plain C_Sign over a digest; libcrypto never sees them.  libp11
 * is used for the module, its slots, and decryption with custodians' keys.
 * Every call of a module has a deadline (deadline.h).
 *
 * Calling order: csg_token_open (loads the module and finds the token, without
 * opening a session), csg_token_login, then the functions for keys;
 * csg_token_close frees everything, including the keys.
 */
#ifndef CSG_TOKEN_TOKEN_H
#define CSG_TOKEN_TOKEN_H

#include "lib/base/secret.h"
#include "lib/crypto/cert.h"
#include "lib/crypto/enveloped.h"
#include "lib/crypto/keyalg.h"
#include "lib/crypto/sig.h"
#include "lib/token/deadline.h"

struct csg_token;

/* A private key on an open token, which owns it. */
struct csg_token_key;

/*
 * Load the module (an absolute path) and find the initialised token that the
 * URI matches.  TOKEN unless it matches exactly one, PARSE for a bad URI, IO.
 * Opens no session.  limit->expired is borrowed.  *out belongs to the caller
 * (csg_token_close()).
 */
enum csg_rc csg_token_open(const char *module, const char *uri,
    const struct csg_deadline *limit, struct csg_token **out,
    struct csg_err *err);

/*
 * The same among all modules registered with p11-kit, for people's smart cards.
 * TOKEN unless exactly one token matches; a module that can't be loaded is
 * skipped.  *out belongs to the caller.
 */
enum csg_rc csg_token_find(const char *uri, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err);

/*
 * Where a PIN comes from.  get() is called at most once, and only if the token
 * would try a PIN.  pad: the token has a PIN pad, at which the PIN is typed if
 * *out stays empty.  The caller frees *out (csg_secret_free).
 */
struct csg_pin_source {
	enum csg_rc (*get)(
	    void *arg, bool pad, struct csg_secret *out, struct csg_err *err);
	void *arg;
};

/* The source of a PIN that is known already; borrowed. */
struct csg_pin_source csg_pin_known(const struct csg_secret *pin);

/*
 * Log in, with a single try per open token.  PIN when it is wrong, and, before
 * the source is asked, when the token says that the PIN is locked or that the
 * next failure locks it; the source's reasons; TOKEN when a user is logged in
 * already.
 */
enum csg_rc csg_token_login(
    struct csg_token *t, const struct csg_pin_source *pin, struct csg_err *err);

/*
 * The private key that the URI names on this token.  Exactly one object must
 * match (TOKEN), it must be RSA or ECDSA (ALG), and its public half must be on
 * the token (TOKEN).  Its protection is not checked, but a key that requires
 * the PIN for each signature (CKA_ALWAYS_AUTHENTICATE) is refused (KEYATTR).
 * *out is borrowed from t.
 */
enum csg_rc csg_token_key(struct csg_token *t, const char *uri,
    struct csg_token_key **out, struct csg_err *err);

/* The key's public half as the token has it; borrowed. */
EVP_PKEY *csg_token_key_public(const struct csg_token_key *k);

/* Interfaces that sign, or decrypt, with the key; valid until
 * csg_token_close().  cert is borrowed and can be NULL, as csg_signer_key
 * says. */
struct csg_signer_key csg_token_signer(
    struct csg_token_key *k, const struct csg_cert *cert, bool pss);
struct csg_decrypt_key csg_token_decrypter(struct csg_token_key *k);

/*
 * The private key for signing under a policy.  It must have been generated on
 * the token, never have been extractable, and only be able to sign, with the
 * mechanism it needs (KEYATTR); it must be cert's key (KEYMISMATCH).  No
 * operation with the key is started.  pss: RSA uses PSS padding.  *out is
 * borrowed from t, which searches for and checks the key only once for each
 * URI.
 */
enum csg_rc csg_token_signing_key(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool pss, struct csg_signer_key *out,
    struct csg_err *err);

/*
 * Generate a key pair labelled name on the token, with a random CKA_ID and the
 * attributes of csg(7) "TOKEN KEYS".  CONFIG when the name is invalid or in
 * use, KEYATTR when the token did not set the attributes (the key is
 * destroyed).
 */
enum csg_rc csg_token_generate(struct csg_token *t, const char *name,
    enum csg_keyalg alg, struct csg_token_key **out, struct csg_err *err);

/* Destroy a key that csg_token_generate() has just made; k must not be used
 * after that. */
enum csg_rc csg_token_discard(struct csg_token_key *k, struct csg_err *err);

/*
 * Destroy the key that the URI names: its private and public half and its
 * certificate.  It must be cert's key (KEYMISMATCH); this is proved by a
 * signature unless the public half is part of the private key object.  If there
 * is no such key, returns CSG_OK with *found false.
 */
enum csg_rc csg_token_destroy(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool *found, struct csg_err *err);

/* Store the certificate of the key with this label, replacing older ones, or
 * read it.  KEYMISMATCH unless it is the key's certificate, which reading
 * proves as csg_token_destroy() does.  *cert belongs to the caller. */
enum csg_rc csg_token_put_cert(struct csg_token *t, const char *name,
    const struct csg_cert *cert, struct csg_err *err);
enum csg_rc csg_token_get_cert(struct csg_token *t, const char *name,
    struct csg_cert **cert, struct csg_err *err);

/* One private key, for csg-token list. */
struct csg_token_key_info {
	char label[128]; /* from the token, unchecked */
	char id[64]; /* hex */
	char type[16]; /* "rsa3072", "p256", "?" */
	bool local, sensitive, always_sensitive;
	bool extractable, never_extractable;
	bool sign, decrypt, unwrap, has_cert;
	char mechanisms[256]; /* "CKM_ECDSA ...", "any" */
	bool good; /* csg would sign with it */
};
/* All private keys; *out belongs to the caller (free()). */
enum csg_rc csg_token_list(struct csg_token *t, struct csg_token_key_info **out,
    size_t *n, struct csg_err *err);

/* Initialise the first uninitialised token of the module (SoftHSM always has
 * one) with this label and these PINs.  CONFIG when the label is invalid or a
 * token has it already, PIN when the token does not accept a PIN's length,
 * TOKEN when no token is uninitialised. */
/* *begun: the token may have these PINs, even after a failure. */
enum csg_rc csg_token_initialise(const char *module, const char *label,
    const struct csg_deadline *limit, const struct csg_secret *so_pin,
    const struct csg_secret *pin, bool *begun, struct csg_err *err);

void csg_token_close(struct csg_token *t);

#endif
