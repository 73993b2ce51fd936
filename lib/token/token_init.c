/* Initialising a token: see csg_token_initialise(). */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/token/token_p11.h"

#define LABEL_LEN 32
#define MAX_SLOTS 1024

static enum csg_rc
check_pin(const struct csg_secret *pin, const char *which,
    const CK_TOKEN_INFO *info, struct csg_err *err)
{
	if (pin->len == 0 || pin->len < info->ulMinPinLen ||
	    (info->ulMaxPinLen > 0 && pin->len > info->ulMaxPinLen))
		return csg_fail(err, CSG_R_PIN,
		    "the token requires a %s of %lu to %lu bytes", which,
		    info->ulMinPinLen, info->ulMaxPinLen);
	return CSG_OK;
}

/* The first slot whose token is not initialised.  No token must have the label
 * already. */
static enum csg_rc
free_slot(struct csg_token *t, const char *label, CK_SLOT_ID *out,
    CK_TOKEN_INFO *free_info, struct csg_err *err)
{
	CK_SLOT_ID slots[MAX_SLOTS];
	CK_TOKEN_INFO info;
	CK_ULONG n = MAX_SLOTS, i;
	char name[LABEL_LEN + 1];
	bool found = false;
	CK_RV rv;

	if ((rv = CSG_P11(t, C_GetSlotList, CK_TRUE, slots, &n)) != CKR_OK)
		return csg_p11_fail(err, rv, "listing slots");
	for (i = 0; i < n && i < MAX_SLOTS; i++) {
		if ((rv = CSG_P11(t, C_GetTokenInfo, slots[i], &info)) !=
		    CKR_OK)
			return csg_p11_fail(
			    err, rv, "reading a token's information");
		if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) {
			if (!found) {
				*out = slots[i];
				*free_info = info;
			}
			found = true;
			continue;
		}
		csg_p11_field(info.label, sizeof(info.label), name);
		if (strcmp(name, label) == 0)
			return csg_fail(err, CSG_R_CONFIG,
			    "a token labelled '%s' exists already", label);
	}
	if (!found)
		return csg_fail(
		    err, CSG_R_TOKEN, "no slot has an uninitialised token");
	return CSG_OK;
}

/* Log in as security officer, only to set the user PIN. */
static CK_RV
set_user_pin(struct csg_token *t, CK_SLOT_ID slot,
    const struct csg_secret *so_pin, const struct csg_secret *pin)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;

	rv = CSG_P11(t, C_OpenSession, slot,
	    CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
	if (rv != CKR_OK)
		return rv;
	rv = CSG_P11(t, C_Login, session, CKU_SO, (unsigned char *)so_pin->s,
	    so_pin->len);
	if (rv == CKR_OK) {
		rv = CSG_P11_SLOW(
		    t, C_InitPIN, session, (unsigned char *)pin->s, pin->len);
		(void)CSG_P11(t, C_Logout, session);
	}
	(void)CSG_P11(t, C_CloseSession, session);
	return rv;
}

static enum csg_rc
initialise(struct csg_token *t, const char *label,
    const struct csg_secret *so_pin, const struct csg_secret *pin, bool *begun,
    struct csg_err *err)
{
	unsigned char field[LABEL_LEN];
	CK_TOKEN_INFO info;
	CK_SLOT_ID slot = 0;
	sigset_t old;
	CK_RV rv;
	enum csg_rc rc;

	if ((rc = free_slot(t, label, &slot, &info, err)) != CSG_OK ||
	    (rc = check_pin(so_pin, "SO PIN", &info, err)) != CSG_OK ||
	    (rc = check_pin(pin, "user PIN", &info, err)) != CSG_OK)
		return rc;
	memset(field, ' ', sizeof(field));
	memcpy(field, label, strlen(label));
	*begun = true;
	csg_p11_block(&old);
	rv = CSG_P11_SLOW(t, C_InitToken, slot, (unsigned char *)so_pin->s,
	    so_pin->len, field);
	if (rv == CKR_OK)
		rv = set_user_pin(t, slot, so_pin, pin);
	csg_p11_unblock(&old);
	if (rv != CKR_OK)
		return csg_p11_fail(err, rv, "initialising the token");
	return CSG_OK;
}

enum csg_rc
csg_token_initialise(const char *module, const char *label,
    const struct csg_deadline *limit, const struct csg_secret *so_pin,
    const struct csg_secret *pin, bool *begun, struct csg_err *err)
{
	struct csg_token *t = NULL;
	size_t len = strlen(label);
	enum csg_rc rc;

	*begun = false;
	if (len == 0 || len > LABEL_LEN || label[len - 1] == ' ' ||
	    !csg_text_valid(label, len, false))
		return csg_fail(err, CSG_R_CONFIG,
		    "a token label must be 1 to %d bytes of text without a blank at the end",
		    LABEL_LEN);
	if ((rc = csg_p11_load(module, limit, &t, err)) == CSG_OK)
		rc = initialise(t, label, so_pin, pin, begun, err);
	csg_token_close(t);
	return rc;
}
