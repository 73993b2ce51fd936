#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit/p11-kit.h>

#include "lib/token/token_p11.h"

#define MAX_OBJECTS 4096
#define MAX_VALUE 65536

enum csg_rc
csg_p11_fail(struct csg_err *err, CK_RV rv, const char *what)
{
	return csg_fail(
	    err, CSG_R_TOKEN, "%s: %s (0x%lx)", what, p11_kit_strerror(rv), rv);
}

void
csg_p11_field(const unsigned char *field, size_t len, char *to)
{
	while (len > 0 && (field[len - 1] == ' ' || field[len - 1] == '\0'))
		len--;
	memcpy(to, field, len);
	to[len] = '\0';
}

void
csg_p11_block(sigset_t *old)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGTSTP, SIGALRM };
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(&set, signals[i]);
	(void)pthread_sigmask(SIG_BLOCK, &set, old);
}

void
csg_p11_unblock(const sigset_t *old)
{
	(void)pthread_sigmask(SIG_SETMASK, old, NULL);
}

enum csg_rc
csg_p11_ready(const struct csg_token *t, struct csg_err *err)
{
	if (!t->logged_in)
		return csg_fail(
		    err, CSG_R_TOKEN, "token '%s': not logged in", t->label);
	return CSG_OK;
}

enum csg_rc
csg_p11_write_session(
    struct csg_token *t, CK_SESSION_HANDLE *out, struct csg_err *err)
{
	CK_RV rv;

	rv = t->f->C_OpenSession(
	    t->id, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, out);
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "opening a session for writing");
	return CSG_OK;
}

/* ---- tokens ---- */

enum csg_rc
csg_p11_uri_usable(
    const struct csg_uri *u, const char *uri, struct csg_err *err)
{
	if (u->no_match)
		return csg_fail(err, CSG_R_TOKEN,
		    "no token can match %s: vendor attribute or label too long",
		    uri);
	if (u->pin_source)
		return csg_fail(err, CSG_R_TOKEN,
		    "%s: a pin-source in a URI is not used", uri);
	return CSG_OK;
}

enum csg_rc
csg_p11_slot_matches(struct csg_token *t, CK_SLOT_ID id, struct csg_uri *u,
    bool *yes, char label[33], struct csg_err *err)
{
	CK_TOKEN_INFO token;
	CK_SLOT_INFO slot;
	CK_INFO info;
	CK_SLOT_ID want;
	CK_RV rv;

	*yes = false;
	label[0] = '\0';
	rv = t->f->C_GetTokenInfo(id, &token);
	if (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED)
		return CSG_OK;
	if (rv != CKR_OK || (rv = t->f->C_GetSlotInfo(id, &slot)) != CKR_OK ||
	    (rv = t->f->C_GetInfo(&info)) != CKR_OK)
		return csg_p11_fail(err, rv, "reading what the token is");
	want = p11_kit_uri_get_slot_id(u->uri);
	*yes = (token.flags & CKF_TOKEN_INITIALIZED) != 0 &&
	    (want == (CK_SLOT_ID)-1 || want == id) &&
	    p11_kit_uri_match_token_info(u->uri, &token) &&
	    p11_kit_uri_match_slot_info(u->uri, &slot) &&
	    p11_kit_uri_match_module_info(u->uri, &info);
	csg_p11_field(token.label, sizeof(token.label), label);
	return CSG_OK;
}

/* ---- objects ---- */

static size_t
search_template(const struct csg_p11_search *what, CK_OBJECT_CLASS *class,
    CK_ATTRIBUTE at[3])
{
	size_t n = 0;

	*class = what->class;
	at[n++] = (CK_ATTRIBUTE){ CKA_CLASS, class, sizeof(*class) };
	if (what->label != NULL)
		at[n++] = (CK_ATTRIBUTE){ CKA_LABEL,
			(void *)(uintptr_t)what->label, strlen(what->label) };
	if (what->id != NULL)
		at[n++] = (CK_ATTRIBUTE){ CKA_ID, (void *)(uintptr_t)what->id,
			what->id_len };
	return n;
}

enum csg_rc
csg_p11_find(struct csg_token *t, const struct csg_p11_search *what,
    CK_OBJECT_HANDLE **out, size_t *n, struct csg_err *err)
{
	CK_OBJECT_HANDLE *found;
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE at[3];
	CK_ULONG got = 0, total = 0;
	CK_RV rv;

	*out = NULL;
	*n = 0;
	if ((found = calloc(MAX_OBJECTS, sizeof(*found))) == NULL)
		return csg_fail_mem(err);
	rv = t->f->C_FindObjectsInit(
	    t->session, at, search_template(what, &class, at));
	if (rv == CKR_OK) {
		do {
			rv = t->f->C_FindObjects(t->session, found + total,
			    MAX_OBJECTS - total, &got);
			if (rv == CKR_OK && got <= MAX_OBJECTS - total)
				total += got;
		} while (rv == CKR_OK && got > 0 && total < MAX_OBJECTS);
		(void)t->f->C_FindObjectsFinal(t->session);
	}
	if (rv != CKR_OK || total == MAX_OBJECTS) {
		free(found);
		return rv != CKR_OK ?
		    csg_p11_fail(err, rv, "searching the token") :
		    csg_fail(err, CSG_R_TOKEN,
			"token '%s': more than %d objects", t->label,
			MAX_OBJECTS - 1);
	}
	*out = found; /* transferred */
	*n = total;
	return CSG_OK;
}

CK_RV
csg_p11_attr(struct csg_token *t, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, struct csg_buf *out)
{
	CK_ATTRIBUTE at = { type, NULL, 0 };
	CK_RV rv;

	rv = t->f->C_GetAttributeValue(t->session, object, &at, 1);
	if (rv != CKR_OK)
		return rv;
	if (at.ulValueLen > MAX_VALUE) /* CK_UNAVAILABLE_INFORMATION too */
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if ((at.pValue = csg_buf_reserve(out, at.ulValueLen)) == NULL)
		return CKR_HOST_MEMORY;
	if (at.ulValueLen == 0)
		return CKR_OK;
	rv = t->f->C_GetAttributeValue(t->session, object, &at, 1);
	if (rv == CKR_OK) {
		out->len += at.ulValueLen;
		csg_buf_add(out, "", 0);
	}
	return rv;
}

int
csg_p11_flag(
    struct csg_token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL b = CK_FALSE;
	CK_ATTRIBUTE at = { type, &b, sizeof(b) };

	if (t->f->C_GetAttributeValue(t->session, object, &at, 1) != CKR_OK ||
	    at.ulValueLen != sizeof(b))
		return -1;
	return b != CK_FALSE;
}

/* ---- private keys ---- */

void
csg_p11_key_free(struct csg_p11_key *k)
{
	csg_buf_free(&k->label);
	csg_buf_free(&k->id);
}

enum csg_rc
csg_p11_key_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    struct csg_p11_key *out, struct csg_err *err)
{
	CK_ATTRIBUTE at = { CKA_KEY_TYPE, &out->type, sizeof(out->type) };
	CK_RV rv;

	memset(out, 0, sizeof(*out));
	out->object = object;
	if ((rv = csg_p11_attr(t, object, CKA_LABEL, &out->label)) == CKR_OK &&
	    (rv = csg_p11_attr(t, object, CKA_ID, &out->id)) == CKR_OK)
		rv = t->f->C_GetAttributeValue(t->session, object, &at, 1);
	if (rv != CKR_OK) {
		csg_p11_key_free(out);
		return csg_p11_fail(
		    err, rv, "reading a private key's attributes");
	}
	return CSG_OK;
}

enum csg_rc
csg_p11_key_named(struct csg_token *t, const char *label,
    struct csg_p11_key *out, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_PRIVATE_KEY, label, NULL, 0 };
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = csg_p11_find(t, &what, &found, &n, err)) == CSG_OK)
		rc = n == 1 ?
		    csg_p11_key_read(t, found[0], out, err) :
		    csg_fail(err, CSG_R_TOKEN,
			"token '%s': %zu private keys are named '%s', must be one",
			t->label, n, label);
	free(found);
	return rc;
}

/*
 * What a signing key must be, in this order.  ALWAYS_AUTHENTICATE would need
 * the PIN for each signature, and no PIN is kept.
 */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	int want;
} demanded[] = {
	{ CKA_TOKEN, "CKA_TOKEN", 1 },
	{ CKA_PRIVATE, "CKA_PRIVATE", 1 },
	{ CKA_SENSITIVE, "CKA_SENSITIVE", 1 },
	{ CKA_EXTRACTABLE, "CKA_EXTRACTABLE", 0 },
	{ CKA_LOCAL, "CKA_LOCAL", 1 },
	{ CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", 1 },
	{ CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE", 1 },
	{ CKA_SIGN, "CKA_SIGN", 1 },
	{ CKA_DECRYPT, "CKA_DECRYPT", 0 },
	{ CKA_UNWRAP, "CKA_UNWRAP", 0 },
	{ CKA_SIGN_RECOVER, "CKA_SIGN_RECOVER", 0 },
	{ CKA_DERIVE, "CKA_DERIVE", 0 },
};

/* A token that does not know CKA_ALLOWED_MECHANISMS can't restrict a key. */
static enum csg_rc
check_mechanisms(struct csg_token *t, const struct csg_p11_key *k, bool pss,
    struct csg_err *err)
{
	struct csg_buf list = { 0 };
	CK_MECHANISM_TYPE m, want;
	size_t i;
	enum csg_rc rc = CSG_OK;

	want = k->type == CKK_EC ? CKM_ECDSA :
	    pss			 ? CKM_RSA_PKCS_PSS :
				   CKM_RSA_PKCS;
	if (csg_p11_attr(t, k->object, CKA_ALLOWED_MECHANISMS, &list) != CKR_OK)
		goto out;
	if (list.len == 0 || list.len % sizeof(m) != 0)
		rc = csg_fail(err, CSG_R_KEYATTR,
		    "key '%s': CKA_ALLOWED_MECHANISMS is empty, must be 0x%lx alone",
		    csg_buf_str(&k->label), want);
	for (i = 0; rc == CSG_OK && i < list.len; i += sizeof(m)) {
		memcpy(&m, list.data + i, sizeof(m));
		if (m != want)
			rc = csg_fail(err, CSG_R_KEYATTR,
			    "key '%s': CKA_ALLOWED_MECHANISMS has 0x%lx, must be 0x%lx alone",
			    csg_buf_str(&k->label), m, want);
	}
out:
	csg_buf_free(&list);
	return rc;
}

enum csg_rc
csg_p11_key_check(struct csg_token *t, const struct csg_p11_key *k, bool pss,
    struct csg_err *err)
{
	const char *name = csg_buf_str(&k->label);
	size_t i;
	int is;

	for (i = 0; i < sizeof(demanded) / sizeof(demanded[0]); i++) {
		is = csg_p11_flag(t, k->object, demanded[i].type);
		if (is != demanded[i].want)
			return csg_fail(err, CSG_R_KEYATTR,
			    "key '%s': %s %s, must be %s", name,
			    demanded[i].name,
			    is == -1 ? "can't be read" :
				is   ? "is true" :
				       "is false",
			    demanded[i].want ? "true" : "false");
	}
	if (pss && k->type != CKK_RSA)
		return csg_fail(err, CSG_R_KEYATTR,
		    "key '%s': CKA_KEY_TYPE is not CKK_RSA, as PSS needs",
		    name);
	return check_mechanisms(t, k, pss, err);
}
