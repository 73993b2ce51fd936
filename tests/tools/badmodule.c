/*
 * badmodule.so: SoftHSM, misbehaving as BADMODULE says, for the suites:
 *
 *	crash	C_Sign crashes
 *	removed	C_Sign says that the token is gone
 *	lie	C_Sign gives a wrong signature, and says CKR_OK
 *	locked	the token says that its PIN is locked
 *	final	the token says that the next wrong PIN locks it
 *
 * Each C_Login and C_Sign is a line in the file that BADMODULE_LOG names.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST list;
static CK_FUNCTION_LIST_PTR real;

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out);

static int
is_bad(const char *how)
{
	const char *s = getenv("BADMODULE");

	return s != NULL && strcmp(s, how) == 0;
}

static void
note(const char *call)
{
	const char *path = getenv("BADMODULE_LOG");
	FILE *f;

	if (path != NULL && (f = fopen(path, "a")) != NULL) {
		(void)fprintf(f, "%s\n", call);
		(void)fclose(f);
	}
}

static CK_RV
bad_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	CK_RV rv = real->C_GetTokenInfo(slot, info);

	if (rv == CKR_OK && is_bad("locked"))
		info->flags |= CKF_USER_PIN_LOCKED;
	if (rv == CKR_OK && is_bad("final"))
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	return rv;
}

static CK_RV
bad_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
    CK_ULONG len)
{
	note("C_Login");
	return real->C_Login(session, user, pin, len);
}

static CK_RV
bad_sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len,
    CK_BYTE_PTR sig, CK_ULONG_PTR sig_len)
{
	CK_RV rv;

	note("C_Sign");
	if (is_bad("crash"))
		abort();
	if (is_bad("removed"))
		return CKR_DEVICE_REMOVED;
	rv = real->C_Sign(session, data, len, sig, sig_len);
	if (rv == CKR_OK && sig != NULL && is_bad("lie"))
		sig[*sig_len / 2] ^= 1;
	return rv;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
	static const char path[] = "/usr/lib/softhsm/libsofthsm2.so";
	CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR);
	void *module, *sym;

	if (real == NULL) {
		if ((module = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL ||
		    (sym = dlsym(module, "C_GetFunctionList")) == NULL)
			return CKR_GENERAL_ERROR;
		memcpy(&get, &sym, sizeof(get));
		if (get(&real) != CKR_OK)
			return CKR_GENERAL_ERROR;
		list = *real;
		list.C_GetFunctionList = C_GetFunctionList;
		list.C_GetTokenInfo = bad_token_info;
		list.C_Login = bad_login;
		list.C_Sign = bad_sign;
	}
	*out = &list;
	return CKR_OK;
}
