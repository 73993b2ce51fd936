/*
 * badmodule.so: SoftHSM, misbehaving as BADMODULE says, for the suites:
 *
 *	crash	C_Sign crashes
 *	removed	C_Sign says that the token is gone
 *	lie	C_Sign gives a wrong signature, and says CKR_OK
 *	locked	the token says that its PIN is locked
 *	final	the token says that the next wrong PIN locks it
 *	slow	C_GenerateKeyPair takes two seconds
 *	nosession	no session can be opened after the first
 *	CALL	that call (C_Sign, dlopen ...) never returns; CALL+N: the one
 *		after N others of it
 *
 * Each C_Login and C_Sign is a line in the file that BADMODULE_LOG names.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Is it the call that hangs?  Not for ever: a test that fails must end. */
static void
maybe_hang(const char *call, int *before)
{
	const char *s = getenv("BADMODULE");
	size_t n = strlen(call);

	if (s == NULL || strncmp(s, call, n) != 0)
		return;
	if (s[n] == '\0' || (s[n] == '+' && atoi(s + n) == (*before)++))
		(void)sleep(120);
}

#define HANGS(call) \
	do { \
		static int before; \
		maybe_hang(call, &before); \
	} while (0)

static void __attribute__((constructor))
loaded(void)
{
	HANGS("dlopen");
}

static CK_RV
bad_initialize(void *args)
{
	HANGS("C_Initialize");
	return real->C_Initialize(args);
}

static CK_RV
bad_finalize(void *reserved)
{
	HANGS("C_Finalize");
	return real->C_Finalize(reserved);
}

static CK_RV
bad_slot_list(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR n)
{
	HANGS("C_GetSlotList");
	return real->C_GetSlotList(present, slots, n);
}

static CK_RV
bad_open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify,
    CK_SESSION_HANDLE_PTR session)
{
	static int opened;

	HANGS("C_OpenSession");
	if (is_bad("nosession") && opened++ > 0)
		return CKR_SESSION_COUNT;
	return real->C_OpenSession(slot, flags, app, notify, session);
}

static CK_RV
bad_close_session(CK_SESSION_HANDLE session)
{
	HANGS("C_CloseSession");
	return real->C_CloseSession(session);
}

static CK_RV
bad_find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR at, CK_ULONG n)
{
	HANGS("C_FindObjectsInit");
	return real->C_FindObjectsInit(session, at, n);
}

static CK_RV
bad_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_PTR at, CK_ULONG n)
{
	HANGS("C_GetAttributeValue");
	return real->C_GetAttributeValue(session, object, at, n);
}

static CK_RV
bad_sign_init(
    CK_SESSION_HANDLE session, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key)
{
	HANGS("C_SignInit");
	return real->C_SignInit(session, m, key);
}

static CK_RV
bad_generate(CK_SESSION_HANDLE session, CK_MECHANISM_PTR m,
    CK_ATTRIBUTE_PTR pub, CK_ULONG npub, CK_ATTRIBUTE_PTR priv, CK_ULONG npriv,
    CK_OBJECT_HANDLE_PTR p, CK_OBJECT_HANDLE_PTR q)
{
	if (is_bad("slow")) /* for a deadline of one second */
		(void)sleep(2);
	HANGS("C_GenerateKeyPair");
	return real->C_GenerateKeyPair(
	    session, m, pub, npub, priv, npriv, p, q);
}

static CK_RV
bad_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	CK_RV rv;

	HANGS("C_GetTokenInfo");
	rv = real->C_GetTokenInfo(slot, info);

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
	HANGS("C_Login");
	return real->C_Login(session, user, pin, len);
}

static CK_RV
bad_sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len,
    CK_BYTE_PTR sig, CK_ULONG_PTR sig_len)
{
	CK_RV rv;

	note("C_Sign");
	HANGS("C_Sign");
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

	HANGS("C_GetFunctionList");
	if (real == NULL) {
		if ((module = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL ||
		    (sym = dlsym(module, "C_GetFunctionList")) == NULL)
			return CKR_GENERAL_ERROR;
		memcpy(&get, &sym, sizeof(get));
		if (get(&real) != CKR_OK)
			return CKR_GENERAL_ERROR;
		list = *real;
		list.C_GetFunctionList = C_GetFunctionList;
		list.C_Initialize = bad_initialize;
		list.C_Finalize = bad_finalize;
		list.C_GetSlotList = bad_slot_list;
		list.C_OpenSession = bad_open_session;
		list.C_CloseSession = bad_close_session;
		list.C_FindObjectsInit = bad_find_init;
		list.C_GetAttributeValue = bad_attributes;
		list.C_SignInit = bad_sign_init;
		list.C_GenerateKeyPair = bad_generate;
		list.C_GetTokenInfo = bad_token_info;
		list.C_Login = bad_login;
		list.C_Sign = bad_sign;
	}
	*out = &list;
	return CKR_OK;
}
