/*
 * Private to token*.c: the open token, and raw PKCS#11 beside libp11.
 *
 * token_p11.c uses none of the others; token_key.c uses token_p11.c; token.c
 * and the rest use both.
 *
 * libp11 turns private keys into EVP_PKEYs; everything else (login, search,
 * attributes, generation) calls the module itself, so that libp11 never sees
 * the PIN.  Both share one module and therefore one login.
 */
#ifndef CSG_TOKEN_TOKEN_P11_H
#define CSG_TOKEN_TOKEN_P11_H

#include <signal.h>

#include <p11-kit/pkcs11.h>

#include <openssl/ui.h>

#include "lib/token/token.h"
#include "lib/crypto/pkcs11_uri.h"

struct PKCS11_ctx_st;
struct PKCS11_slot_st;

struct csg_token {
	void *module; /* dlopen */
	CK_FUNCTION_LIST_PTR f;
	struct PKCS11_ctx_st *ctx; /* libp11 */
	struct PKCS11_slot_st *slots, *slot;
	unsigned nslots;
	UI_METHOD *no_ui;
	CK_SLOT_ID id;
	char label[33]; /* for messages */
	bool tried; /* C_Login was called */
	bool logged_in;
	CK_SESSION_HANDLE session; /* read-only, once logged in */
	EVP_PKEY **keys; /* all handed out */
	size_t nkeys;
	void *engine; /* pads PSS on the token */
};

/* ---- token_p11.c: the module itself ---- */

/* TOKEN: "what: what the module's return value means". */
enum csg_rc csg_p11_fail(struct csg_err *err, CK_RV rv, const char *what);

/* TOKEN when nothing may be searched with this URI; uri is its text. */
enum csg_rc csg_p11_uri_usable(
    const struct csg_uri *u, const char *uri, struct csg_err *err);
/*
 * Does the URI describe this slot, its initialised token, and the module?
 * label is the token's in any case, "" when there is none.
 */
enum csg_rc csg_p11_slot_matches(struct csg_token *t, CK_SLOT_ID id,
    struct csg_uri *u, bool *yes, char label[33], struct csg_err *err);

/* Space-padded field to string; to holds len + 1 bytes. */
void csg_p11_field(const unsigned char *field, size_t len, char *to);

/* Stop signals from tearing a token's file in the middle of a write. */
void csg_p11_block(sigset_t *old);
void csg_p11_unblock(const sigset_t *old);

/* TOKEN unless logged in. */
enum csg_rc csg_p11_ready(const struct csg_token *t, struct csg_err *err);
enum csg_rc csg_p11_write_session(
    struct csg_token *t, CK_SESSION_HANDLE *out, struct csg_err *err);

/*
 * All objects of a class with that label and id, either of which may be NULL.
 * *out is the caller's to free.
 */
struct csg_p11_search {
	CK_OBJECT_CLASS class;
	const char *label;
	const unsigned char *id;
	size_t id_len;
};
enum csg_rc csg_p11_find(struct csg_token *t, const struct csg_p11_search *what,
    CK_OBJECT_HANDLE **out, size_t *n, struct csg_err *err);

/* Append an attribute's value; CKR_OK or why it can't be read. */
CK_RV csg_p11_attr(struct csg_token *t, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, struct csg_buf *out);
/* 1, 0, or -1 when it can't be read. */
int csg_p11_flag(
    struct csg_token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

/* A private key found by csg_p11_find; free label and id. */
struct csg_p11_key {
	CK_OBJECT_HANDLE object;
	CK_KEY_TYPE type;
	struct csg_buf label, id;
};
enum csg_rc csg_p11_key_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    struct csg_p11_key *out, struct csg_err *err);
void csg_p11_key_free(struct csg_p11_key *k);

/* Find and read the private key with that label, which must be one. */
enum csg_rc csg_p11_key_named(struct csg_token *t, const char *label,
    struct csg_p11_key *out, struct csg_err *err);

/* KEYATTR unless the key is fit to sign under a policy, and do nothing else. */
enum csg_rc csg_p11_key_check(struct csg_token *t, const struct csg_p11_key *k,
    bool pss, struct csg_err *err);

/* ---- token_key.c: keys through libp11 ---- */

/* The key as EVP_PKEY, borrowed from t. */
enum csg_rc csg_p11_key_evp(struct csg_token *t, const struct csg_p11_key *k,
    EVP_PKEY **out, struct csg_err *err);

/* What t->engine is; NULL is fine. */
void csg_p11_engine_free(void *engine);

/* ---- token.c: the module ---- */

/* The module, initialised, with libp11's view of its slots; *out is
 * the caller's (csg_token_close).  TOKEN. */
enum csg_rc csg_p11_load(
    const char *module, struct csg_token **out, struct csg_err *err);

#endif
