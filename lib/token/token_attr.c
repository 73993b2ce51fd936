/* The attributes that a key must have to sign under a policy: csg(7) "TOKEN
 * KEYS". */
#include <string.h>

#include <p11-kit/p11-kit.h>

#include "lib/token/token_p11.h"

#define MAX_MECHANISMS 64

/* In the order in which they are checked. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	bool want;
} demanded[] = {
	{ CKA_TOKEN, "CKA_TOKEN", true },
	{ CKA_PRIVATE, "CKA_PRIVATE", true },
	{ CKA_SENSITIVE, "CKA_SENSITIVE", true },
	{ CKA_EXTRACTABLE, "CKA_EXTRACTABLE", false },
	{ CKA_LOCAL, "CKA_LOCAL", true },
	{ CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", true },
	{ CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE", true },
	{ CKA_SIGN, "CKA_SIGN", true },
	{ CKA_DECRYPT, "CKA_DECRYPT", false },
	{ CKA_UNWRAP, "CKA_UNWRAP", false },
	{ CKA_SIGN_RECOVER, "CKA_SIGN_RECOVER", false },
	{ CKA_DERIVE, "CKA_DERIVE", false },
};
#define NDEMANDED (sizeof(demanded) / sizeof(demanded[0]))

/* The value of a flag: 1, 0, or -1 if it can't be read. */
static int
flag_value(const CK_ATTRIBUTE *at, CK_RV rv, CK_BBOOL value)
{
	if (rv != CKR_OK || at->ulValueLen != sizeof(value) || value > 1)
		return -1;
	return value;
}

static enum csg_rc
check_flags(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err)
{
	CK_BBOOL value[NDEMANDED];
	CK_ATTRIBUTE at[NDEMANDED];
	CK_RV rv[NDEMANDED];
	size_t i;
	int is;

	for (i = 0; i < NDEMANDED; i++)
		at[i] = (CK_ATTRIBUTE){ demanded[i].type, &value[i], 1 };
	csg_p11_read(t, k->object, at, rv, NDEMANDED);
	for (i = 0; i < NDEMANDED; i++)
		if ((is = flag_value(&at[i], rv[i], value[i])) !=
		    demanded[i].want)
			return csg_fail(err, CSG_R_KEYATTR,
			    "key '%s': %s %s, but must be %s",
			    csg_buf_str(&k->label), demanded[i].name,
			    is == -1 ? "can't be read" :
				is   ? "is true" :
				       "is false",
			    demanded[i].want ? "true" : "false");
	return CSG_OK;
}

/* An optional attribute: the token can lack it, but if it exists it must be
 * readable. */
static enum csg_rc
unreadable(const struct csg_p11_key *k, const char *name, CK_RV rv,
    struct csg_err *err)
{
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
		return CSG_OK;
	return csg_fail(err, CSG_R_KEYATTR,
	    "key '%s': %s can't be read: %s (0x%lx)", csg_buf_str(&k->label),
	    name, p11_kit_strerror(rv), rv);
}

enum csg_rc
csg_p11_key_check_login(
    struct csg_token *t, const struct csg_p11_key *k, struct csg_err *err)
{
	CK_BBOOL value;
	CK_ATTRIBUTE at = { CKA_ALWAYS_AUTHENTICATE, &value, sizeof(value) };
	CK_RV rv;
	int is;

	csg_p11_read(t, k->object, &at, &rv, 1);
	if (rv != CKR_OK)
		return unreadable(k, "CKA_ALWAYS_AUTHENTICATE", rv, err);
	if ((is = flag_value(&at, rv, value)) != 0)
		return csg_fail(err, CSG_R_KEYATTR,
		    "key '%s': CKA_ALWAYS_AUTHENTICATE %s, but must be false: csg does not keep the PIN for each signature",
		    csg_buf_str(&k->label),
		    is == 1 ? "is true" : "can't be read");
	return CSG_OK;
}

/* A token that does not support CKA_ALLOWED_MECHANISMS can't restrict a key,
 * and is accepted. */
static enum csg_rc
check_mechanisms(struct csg_token *t, const struct csg_p11_key *k, bool pss,
    struct csg_err *err)
{
	CK_MECHANISM_TYPE m[MAX_MECHANISMS], want;
	CK_ATTRIBUTE at = { CKA_ALLOWED_MECHANISMS, m, sizeof(m) };
	CK_RV rv;
	size_t i;

	want = k->type == CKK_EC ? CKM_ECDSA :
	    pss			 ? CKM_RSA_PKCS_PSS :
				   CKM_RSA_PKCS;
	csg_p11_read(t, k->object, &at, &rv, 1);
	if (rv != CKR_OK)
		return unreadable(k, "CKA_ALLOWED_MECHANISMS", rv, err);
	if (at.ulValueLen == 0 || at.ulValueLen % sizeof(m[0]) != 0)
		return csg_fail(err, CSG_R_KEYATTR,
		    "key '%s': CKA_ALLOWED_MECHANISMS is empty, but must be 0x%lx alone",
		    csg_buf_str(&k->label), want);
	for (i = 0; i < at.ulValueLen / sizeof(m[0]); i++)
		if (m[i] != want)
			return csg_fail(err, CSG_R_KEYATTR,
			    "key '%s': CKA_ALLOWED_MECHANISMS has 0x%lx, but must be 0x%lx alone",
			    csg_buf_str(&k->label), m[i], want);
	return CSG_OK;
}

enum csg_rc
csg_p11_key_check(struct csg_token *t, const struct csg_p11_key *k, bool pss,
    struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = check_flags(t, k, err)) != CSG_OK)
		return rc;
	if (pss && k->type != CKK_RSA)
		return csg_fail(err, CSG_R_KEYATTR,
		    "key '%s': CKA_KEY_TYPE is not CKK_RSA, which PSS requires",
		    csg_buf_str(&k->label));
	return check_mechanisms(t, k, pss, err);
}
