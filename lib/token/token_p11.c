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

	rv = CSG_P11(t, C_OpenSession, t->id,
	    CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, out);
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
		    "no token can match %s: it has a vendor attribute, or a label that is too long",
		    uri);
	if (u->pin_source)
		return csg_fail(err, CSG_R_TOKEN,
		    "%s: a pin-source in a URI is not supported", uri);
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
	rv = CSG_P11(t, C_GetTokenInfo, id, &token);
	if (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED)
		return CSG_OK;
	if (rv != CKR_OK ||
	    (rv = CSG_P11(t, C_GetSlotInfo, id, &slot)) != CKR_OK ||
	    (rv = CSG_P11(t, C_GetInfo, &info)) != CKR_OK)
		return csg_p11_fail(err, rv, "reading a token's information");
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
	if (what->class != CSG_P11_ANY)
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
	rv = CSG_P11(t, C_FindObjectsInit, t->session, at,
	    search_template(what, &class, at));
	if (rv == CKR_OK) {
		do {
			rv = CSG_P11(t, C_FindObjects, t->session,
			    found + total, MAX_OBJECTS - total, &got);
			if (rv == CKR_OK && got > MAX_OBJECTS - total)
				rv = CKR_GENERAL_ERROR; /* more than asked */
			if (rv == CKR_OK)
				total += got;
		} while (rv == CKR_OK && got > 0 && total < MAX_OBJECTS);
		(void)CSG_P11(t, C_FindObjectsFinal, t->session);
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

/* Some modules return CKR_OK with a length of "unavailable", or one that
 * exceeds the buffer. */
static CK_RV
read_one(struct csg_token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *at)
{
	CK_ULONG size = at->ulValueLen;
	CK_RV rv = CSG_P11(t, C_GetAttributeValue, t->session, object, at, 1);

	return rv == CKR_OK && at->ulValueLen > size ?
	    CKR_ATTRIBUTE_VALUE_INVALID :
	    rv;
}

CK_RV
csg_p11_attr(struct csg_token *t, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, struct csg_buf *out)
{
	CK_ATTRIBUTE at = { type, NULL, 0 };
	CK_RV rv;

	rv = CSG_P11(t, C_GetAttributeValue, t->session, object, &at, 1);
	if (rv != CKR_OK)
		return rv;
	if (at.ulValueLen > MAX_VALUE) /* or CK_UNAVAILABLE_INFORMATION */
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if ((at.pValue = csg_buf_reserve(out, at.ulValueLen)) == NULL)
		return CKR_HOST_MEMORY;
	if (at.ulValueLen == 0)
		return CKR_OK;
	if ((rv = read_one(t, object, &at)) == CKR_OK) {
		out->len += at.ulValueLen;
		csg_buf_add(out, "", 0);
	}
	return rv;
}

void
csg_p11_read(struct csg_token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *at,
    CK_RV *rv, size_t n)
{
	CK_ULONG size[CSG_P11_READ] = { 0 };
	CK_RV all;
	size_t i;

	for (i = 0; i < n; i++)
		size[i] = at[i].ulValueLen;
	all = CSG_P11(t, C_GetAttributeValue, t->session, object, at, n);
	for (i = 0; i < n; i++) {
		rv[i] = all;
		if (all == CKR_OK && at[i].ulValueLen <= size[i])
			continue;
		at[i].ulValueLen = size[i];
		rv[i] = read_one(t, object, &at[i]);
	}
}

/* ---- private keys ---- */

void
csg_p11_key_free(struct csg_p11_key *k)
{
	csg_buf_free(&k->label);
	csg_buf_free(&k->id);
}

/* Read label and id in one call, if they are short, as most are. */
static bool
read_short_names(struct csg_token *t, struct csg_p11_key *k)
{
	unsigned char label[256], id[256];
	CK_ATTRIBUTE at[] = {
		{ CKA_KEY_TYPE, &k->type, sizeof(k->type) },
		{ CKA_LABEL, label, sizeof(label) },
		{ CKA_ID, id, sizeof(id) },
	};
	CK_RV rv =
	    CSG_P11(t, C_GetAttributeValue, t->session, k->object, at, 3);

	if (rv != CKR_OK || at[0].ulValueLen != sizeof(k->type) ||
	    at[1].ulValueLen > sizeof(label) || at[2].ulValueLen > sizeof(id))
		return false;
	csg_buf_add(&k->label, label, at[1].ulValueLen);
	csg_buf_add(&k->id, id, at[2].ulValueLen);
	return !k->label.failed && !k->id.failed;
}

enum csg_rc
csg_p11_key_read(struct csg_token *t, CK_OBJECT_HANDLE object,
    struct csg_p11_key *out, struct csg_err *err)
{
	CK_ATTRIBUTE at = { CKA_KEY_TYPE, &out->type, sizeof(out->type) };
	CK_RV rv;

	memset(out, 0, sizeof(*out));
	out->object = object;
	if (read_short_names(t, out))
		return CSG_OK;
	csg_p11_key_free(out);
	if ((rv = csg_p11_attr(t, object, CKA_LABEL, &out->label)) == CKR_OK &&
	    (rv = csg_p11_attr(t, object, CKA_ID, &out->id)) == CKR_OK)
		rv = read_one(t, object, &at);
	if (rv == CKR_OK && at.ulValueLen != sizeof(out->type))
		rv = CKR_ATTRIBUTE_VALUE_INVALID;
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
			"token '%s': %zu private keys are named '%s'; exactly one is required",
			t->label, n, label);
	free(found);
	return rc;
}
