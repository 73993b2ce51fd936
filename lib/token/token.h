/*
 * The token: PKCS#11.  No PKCS#11 or libp11 type, and no PIN, leaves lib/token.
 *
 * Keys sign by plain C_Sign over a digest, and libcrypto never sees them;
 * libp11 has the module, its slots, and custodians' keys that decrypt.  Every
 * call of a module has a deadline (deadline.h).
 *
 * Calling order: csg_token_open (loads the module, finds the one token; no
 * session), csg_token_login, then keys; csg_token_close frees all, keys
 * included.
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
 * Load the module and find the one initialised token that the URI matches
 * (TOKEN when there is none or more than one).  Opens no session.
 */
enum csg_rc csg_token_open(const char *module, const char *uri,
    const struct csg_deadline *limit, struct csg_token **out,
    struct csg_err *err);

/*
 * Find it among all modules that p11-kit has registered: for people's smart
 * cards.  TOKEN when none matches, or more than one; a module that can't be
 * loaded is passed over.  *out is the caller's.
 */
enum csg_rc csg_token_find(const char *uri, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err);

/*
 * Where a PIN comes from.  get() is called at most once, and only when the
 * token would try a PIN.  pad: the token has a pad of its own, where the PIN is
 * typed if *out stays empty.  *out is the caller's (csg_secret_free).
 */
struct csg_pin_source {
	enum csg_rc (*get)(
	    void *arg, bool pad, struct csg_secret *out, struct csg_err *err);
	void *arg;
};

/* A PIN that is known already; borrowed. */
struct csg_pin_source csg_pin_known(const struct csg_secret *pin);

/*
 * Log in with one try, the only one of an open token.  PIN, before the source is
 * asked, when the token says that the PIN is locked or that the next failure
 * locks it; PIN when it is wrong; the source's reasons; TOKEN when somebody is
 * logged in already.
 */
enum csg_rc csg_token_login(
    struct csg_token *t, const struct csg_pin_source *pin, struct csg_err *err);

/*
 * The private key that the URI names on this token: exactly one object may
 * match (TOKEN), it must be RSA or ECDSA (ALG), and its public half must be
 * there (TOKEN).  Its protection is not checked, but a key that wants the PIN
 * for each signature is refused (KEYATTR).
 */
enum csg_rc csg_token_key(struct csg_token *t, const char *uri,
    struct csg_token_key **out, struct csg_err *err);

/* Its public half, as the token has it; borrowed. */
EVP_PKEY *csg_token_key_public(const struct csg_token_key *k);

/* What signs with it, or decrypts: borrowed from the token.  cert may be NULL
 * as csg_signer_key says. */
struct csg_signer_key csg_token_signer(
    struct csg_token_key *k, const struct csg_cert *cert, bool pss);
struct csg_decrypt_key csg_token_decrypter(struct csg_token_key *k);

/*
 * The private key for signing under a policy: it must have been generated on
 * the token and never have been extractable, may only sign, with the
 * mechanisms it needs (KEYATTR), and must be cert's key (KEYMISMATCH).  No
 * operation with the key is started.  pss: padding for RSA.  *out is borrowed
 * from t, where the key is looked for, and judged, once for each URI.
 */
enum csg_rc csg_token_signing_key(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool pss, struct csg_signer_key *out,
    struct csg_err *err);

/*
 * Generate a key pair labelled name on the token, with a random CKA_ID and
 * the attributes of csg(7) "TOKEN KEYS".  CONFIG when the name is taken.
 */
enum csg_rc csg_token_generate(struct csg_token *t, const char *name,
    enum csg_keyalg alg, struct csg_token_key **out, struct csg_err *err);

/* Destroy a key that csg_token_generate() has just made; k must not be used
 * any more. */
enum csg_rc csg_token_discard(struct csg_token_key *k, struct csg_err *err);

/*
 * Destroy the key that the URI names: private and public half and
 * certificate.  It must be cert's key, as a signature proves where the public
 * half is not part of the private key object (KEYMISMATCH).  Where there is no
 * such key, *found is false and nothing else happens.
 */
enum csg_rc csg_token_destroy(struct csg_token *t, const char *uri,
    const struct csg_cert *cert, bool *found, struct csg_err *err);

/* Store the certificate of a key (KEYMISMATCH); read it back, when it is
 * the key's as for csg_token_destroy(). */
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
    const struct csg_deadline *limit, const struct csg_secret *so_pin,
    const struct csg_secret *pin, struct csg_err *err);

void csg_token_close(struct csg_token *t);

#endif
