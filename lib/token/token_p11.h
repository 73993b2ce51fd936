/*
 * Private to lib/token: the open token, and calls of its module.
 *
 * token_p11.c (the module's functions, URIs, searches, attributes) uses none of
 * the other files; token_attr.c (requirements of a signing key) and
 * token_public.c (public halves) use it; token_sign.c and token_decrypt.c use a
 * key; token_key.c finds keys, token_gen.c generates them, token_cert.c stores
 * their certificates, token_list.c lists them; token.c opens and closes tokens.
 *
 * Login, search, attributes, generation and signing call the module directly,
 * so libp11 never sees the PIN.  libp11 uses the same module and therefore
 * shares the login.
 */
#ifndef CSG_TOKEN_TOKEN_P11_H
#define CSG_TOKEN_TOKEN_P11_H

#include <signal.h>

#include <p11-kit/pkcs11.h>

#include <openssl/ui.h>

#include "lib/token/token.h"
#include "lib/token/watchdog.h"
#include "lib/crypto/pkcs11_uri.h"

struct PKCS11_ctx_st;
struct PKCS11_slot_st;

struct csg_token {
	void *module; /* dlopen */
	CK_FUNCTION_LIST_PTR f;
	struct csg_watchdog *watchdog;
	struct PKCS11_ctx_st *ctx; /* libp11 */
	struct PKCS11_slot_st *slots, *slot;
	unsigned nslots;
	UI_METHOD *no_ui;
	CK_SLOT_ID id;
	char label[33]; /* for messages */
	bool tried; /* C_Login has been called */
	bool logged_in;
	CK_SESSION_HANDLE session; /* read-only, once logged in */
	struct csg_token_key *keys; /* all keys that callers have */
};

/* A private key as found by a search; csg_p11_key_free() frees label and id. */
struct csg_p11_key {
	CK_OBJECT_HANDLE object;
	CK_KEY_TYPE type;
	struct csg_buf label, id;
};

struct csg_token_key {
	struct csg_token *token;
	struct csg_token_key *next;
	char *uri; /* the URI that found it, or NULL */
	struct csg_p11_key p11;
	EVP_PKEY *public;
	bool public_is_own; /* public is from the private key object itself */
	EVP_PKEY *libp11; /* for decryption, or NULL */
	bool checked[2]; /* passed csg_p11_key_check(), without and with PSS */
};

/* ---- token_p11.c: the module itself ---- */

/* Call a function of the module under the watchdog; CSG_P11(t, C_Login,
 * session, ...) is its return value.  CSG_P11_SLOW is for slow operations. */
#define CSG_P11(t, call, ...) \
	csg_p11_end((t), csg_p11_begin((t), #call, false)->call(__VA_ARGS__))
#define CSG_P11_SLOW(t, call, ...) \
	csg_p11_end((t), csg_p11_begin((t), #call, true)->call(__VA_ARGS__))

static inline CK_FUNCTION_LIST_PTR
csg_p11_begin(struct csg_token *t, const char *call, bool slow)
{
	csg_watchdog_begin(t->watchdog, call, slow);
	return t->f;
}

static inline CK_RV
csg_p11_end(struct csg_token *t, CK_RV rv)
{
	csg_watchdog_end(t->watchdog);
	return rv;
}

/* TOKEN: "WHAT: meaning of the module's return value (0xRV)". */
enum csg_rc csg_p11_fail(struct csg_err *err, CK_RV rv, const char *what);

/* TOKEN if csg can't search with this URI, whose text is uri. */
enum csg_rc csg_p11_uri_usable(
    const struct csg_uri *u, const char *uri, struct csg_err *err);
/*
 * Does the URI describe this slot, its initialised token, and the module?
 * label is set to the token's label in any case, "" if there is no token.
 */
enum csg_rc csg_p11_slot_matches(struct csg_token *t, CK_SLOT_ID id,
    struct csg_uri *u, bool *yes, char label[33], struct csg_err *err);

/* Convert a space-padded field to a string; to must hold len + 1 bytes. */
void csg_p11_field(const unsigned char *field, size_t len, char *to);

/* Block signals while the module may write: a process killed then could leave
 * SoftHSM's files half written. */
void csg_p11_block(sigset_t *old);
void csg_p11_unblock(const sigset_t *old);

/* TOKEN unless logged in. */
enum csg_rc csg_p11_ready(const struct csg_token *t, struct csg_err *err);
/* Open a read-write session, which the caller closes. */
enum csg_rc csg_p11_write_session(
    struct csg_token *t, CK_SESSION_HANDLE *out, struct csg_err *err);

/*
 * All objects of a class (or of any, CSG_P11_ANY) with this label and id,
 * either of which can be NULL.  *out belongs to the caller (free()).
 */
#define CSG_P11_ANY ((CK_OBJECT_CLASS) - 1)
struct csg_p11_search {
	CK_OBJECT_CLASS class;
	const char *label;
	const unsigned char *id;
	size_t id_len;
};
enum csg_rc csg_p11_find(struct csg_token *t, const struct csg_p11_search *what,
    CK_OBJECT_HANDLE **out, size_t *n, struct csg_err *err);

/* Append an attribute's value; CKR_OK, or the reason it can't be read. */
CK_RV csg_p11_attr(struct csg_token *t, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, struct csg_buf *out);
/*
 * Read n attributes, at most CSG_P11_READ, into the buffers of at[]; in one
 * call where that works, because reading each alone is slow.  rv[i] is CKR_OK
 * or the reason at[i] can't be read.
 */
#define CSG_P11_READ 16 /* at most */
void csg_p11_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE *at, CK_RV *rv, size_t n);

/* Read type, label and id of a private key. */
enum csg_rc csg_p11_key_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    struct csg_p11_key *out, struct csg_err *err);
void csg_p11_key_free(struct csg_p11_key *k);

/* Find and read the private key with this label.  TOKEN unless there is exactly
 * one. */
enum csg_rc csg_p11_key_named(struct csg_token *t, const char *label,
    struct csg_p11_key *out, struct csg_err *err);

/* ---- token_attr.c: requirements of a signing key ---- */

/* KEYATTR unless the key has the attributes required to sign under a policy. */
enum csg_rc csg_p11_key_check(struct csg_token *t, const struct csg_p11_key *k,
    bool pss, struct csg_err *err);

/* KEYATTR if the key requires the PIN for each use. */
enum csg_rc csg_p11_key_check_login(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err);

/* ---- token_public.c: public halves ---- */

/* Read a certificate object; *out belongs to the caller. */
enum csg_rc csg_p11_cert_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    struct csg_cert **out, struct csg_err *err);

/* The public half of a private key, from the key itself (*is_own) or from the
 * public key or certificate with its CKA_ID; *out belongs to the caller.  TOKEN
 * if there is none. */
enum csg_rc csg_p11_public(struct csg_token *t, const struct csg_p11_key *k,
    EVP_PKEY **out, bool *is_own, struct csg_err *err);

/* TOKEN unless the key has a CKA_ID that no other private key has. */
enum csg_rc csg_p11_id_is_unique(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err);

/* ---- token_sign.c: signing ---- */

/*
 * KEYMISMATCH unless a signature over random bytes verifies with the
 * certificate.  No signature is made if the public half is from the private key
 * object itself.  Other objects are not trusted: people without the PIN could
 * have stored them.
 */
enum csg_rc csg_p11_check_possession(
    struct csg_token_key *k, const struct csg_cert *cert, struct csg_err *err);

/* ---- token_key.c: keys ---- */

/* Make a csg_token_key from a search's result, whose contents are moved into
 * it.  uri is the URI that found it, or NULL; *out is borrowed from t. */
enum csg_rc csg_p11_key_keep(struct csg_token *t, const char *uri,
    struct csg_p11_key *k, struct csg_token_key **out, struct csg_err *err);

/* Forget which URI found which key, after objects were made or destroyed. */
void csg_p11_keys_changed(struct csg_token *t);

void csg_p11_keys_free(struct csg_token *t);

/* ---- token.c: the module ---- */

/* csg_token_open(); *matches is the number of the module's tokens known to
 * match the URI. */
enum csg_rc csg_p11_open(const char *module, const char *uri,
    const struct csg_deadline *limit, unsigned *matches, struct csg_token **out,
    struct csg_err *err);

/* Load and initialise the module and list its slots with libp11.  TOKEN.  *out
 * belongs to the caller (csg_token_close()). */
enum csg_rc csg_p11_load(const char *module, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err);

#endif
