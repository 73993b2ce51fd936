#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libp11.h>

#include "lib/token/token_p11.h"

/* ---- loading ---- */

/* A key that requires its PIN again is refused; libp11 must not prompt. */
static int
refuse_ui(UI *ui)
{
	(void)ui;
	return 0;
}

#ifdef CSG_SANITIZE
/* Modules keep memory and are unmapped before LeakSanitizer looks for leaks, so
 * it is turned off in a process that has loaded one. */
static int module_was_loaded;
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return module_was_loaded;
}
#endif

static enum csg_rc
open_library(struct csg_token *t, const char *path, struct csg_err *err)
{
#ifdef CSG_SANITIZE
	module_was_loaded = 1;
#endif
	csg_watchdog_begin(t->watchdog, "dlopen", false);
	t->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	csg_watchdog_end(t->watchdog);
	if (t->module == NULL)
		return csg_fail(err, CSG_R_TOKEN,
		    "PKCS#11 module %s can't be loaded: %s", path, dlerror());
	return CSG_OK;
}

/*
 * Load the module here first: libp11, which loads the same module again, would
 * print the reason for a failure itself.
 */
static enum csg_rc
load_module(struct csg_token *t, const char *path, struct csg_err *err)
{
	CK_RV (*get_list)(CK_FUNCTION_LIST_PTR_PTR);
	void *sym;
	CK_RV rv;
	enum csg_rc rc;

	if (path[0] != '/')
		return csg_fail(err, CSG_R_TOKEN,
		    "PKCS#11 module %s: not an absolute path", path);
	if ((rc = open_library(t, path, err)) != CSG_OK)
		return rc;
	if ((sym = dlsym(t->module, "C_GetFunctionList")) == NULL)
		return csg_fail(
		    err, CSG_R_TOKEN, "%s is not a PKCS#11 module", path);
	memcpy(&get_list, &sym, sizeof(get_list));
	csg_watchdog_begin(t->watchdog, "C_GetFunctionList", false);
	rv = get_list(&t->f);
	csg_watchdog_end(t->watchdog);
	if (rv != CKR_OK || t->f == NULL)
		return csg_fail(err, CSG_R_TOKEN,
		    "PKCS#11 module %s has no function list", path);
	return CSG_OK;
}

static enum csg_rc
load_libp11(struct csg_token *t, const char *path, struct csg_err *err)
{
	PKCS11_CTX *ctx;
	int failed;

	if ((ctx = PKCS11_CTX_new()) == NULL)
		return csg_fail_mem(err);
	csg_watchdog_begin(t->watchdog, "C_Initialize", false);
	failed = PKCS11_CTX_load(ctx, path);
	csg_watchdog_end(t->watchdog);
	if (failed != 0) {
		PKCS11_CTX_free(ctx);
		return csg_fail_ssl(err, CSG_R_TOKEN,
		    "PKCS#11 module %s can't be initialised", path);
	}
	t->ctx = ctx;
	if ((t->no_ui = UI_create_method("none")) == NULL ||
	    UI_method_set_opener(t->no_ui, refuse_ui) != 0)
		return csg_fail_mem(err);
	(void)PKCS11_set_ui_method(ctx, t->no_ui, NULL);
	csg_watchdog_begin(t->watchdog, "PKCS11_enumerate_slots", true);
	failed = PKCS11_enumerate_slots(ctx, &t->slots, &t->nslots);
	csg_watchdog_end(t->watchdog);
	if (failed != 0)
		return csg_fail_ssl(err, CSG_R_TOKEN,
		    "PKCS#11 module %s: its slots can't be listed", path);
	return CSG_OK;
}

static enum csg_rc
start_watchdog(struct csg_token *t, const char *module,
    const struct csg_deadline *limit, struct csg_err *err)
{
	char whose[256];

	(void)snprintf(whose, sizeof(whose), "PKCS#11 module %s", module);
	return csg_watchdog_start(limit, whose, &t->watchdog, err);
}

enum csg_rc
csg_p11_load(const char *module, const struct csg_deadline *limit,
    struct csg_token **out, struct csg_err *err)
{
	struct csg_token *t;
	enum csg_rc rc;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	if ((rc = start_watchdog(t, module, limit, err)) != CSG_OK ||
	    (rc = load_module(t, module, err)) != CSG_OK ||
	    (rc = load_libp11(t, module, err)) != CSG_OK) {
		csg_token_close(t);
		return rc;
	}
	*out = t; /* transferred */
	return CSG_OK;
}

/* Release the slots before the module, to which they point; libp11's keys,
 * which point to slots, are freed already. */
static void
unload(struct csg_token *t)
{
	if (t->slots != NULL) {
		csg_watchdog_begin(
		    t->watchdog, "PKCS11_release_all_slots", false);
		PKCS11_release_all_slots(t->ctx, t->slots, t->nslots);
		csg_watchdog_end(t->watchdog);
	}
	if (t->ctx != NULL) {
		csg_watchdog_begin(t->watchdog, "C_Finalize", false);
		PKCS11_CTX_unload(t->ctx);
		csg_watchdog_end(t->watchdog);
		PKCS11_CTX_free(t->ctx);
	}
	UI_destroy_method(t->no_ui);
	if (t->module != NULL) {
		csg_watchdog_begin(t->watchdog, "dlclose", false);
		(void)dlclose(t->module);
		csg_watchdog_end(t->watchdog);
	}
}

void
csg_token_close(struct csg_token *t)
{
	if (t == NULL)
		return;
	csg_p11_keys_free(t);
	if (t->logged_in) {
		(void)CSG_P11(t, C_Logout, t->session);
		(void)CSG_P11(t, C_CloseSession, t->session);
	}
	unload(t);
	csg_watchdog_stop(t->watchdog);
	free(t);
}

/* ---- finding the token ---- */

static enum csg_rc
choose(struct csg_token *t, struct csg_uri *u, const char *uri,
    unsigned *matches, struct csg_err *err)
{
	CK_SLOT_ID id;
	char label[33];
	unsigned i;
	bool yes;
	enum csg_rc rc;

	for (i = 0; i < t->nslots; i++) {
		if (t->slots[i].token == NULL)
			continue;
		id = PKCS11_get_slotid_from_slot(&t->slots[i]);
		if ((rc = csg_p11_slot_matches(t, id, u, &yes, label, err)) !=
		    CSG_OK)
			return rc;
		if (!yes)
			continue;
		++*matches;
		t->slot = &t->slots[i];
		t->id = id;
		memcpy(t->label, label, sizeof(t->label));
	}
	if (*matches != 1)
		return csg_fail(err, CSG_R_TOKEN,
		    "%u initialised tokens match %s; exactly one is required",
		    *matches, uri);
	return CSG_OK;
}

enum csg_rc
csg_p11_open(const char *module, const char *uri,
    const struct csg_deadline *limit, unsigned *matches, struct csg_token **out,
    struct csg_err *err)
{
	struct csg_token *t = NULL;
	struct csg_uri *u = NULL;
	enum csg_rc rc;

	*out = NULL;
	*matches = 0;
	if ((rc = csg_uri_parse(uri, &u, err)) != CSG_OK ||
	    (rc = csg_p11_uri_usable(u, uri, err)) != CSG_OK ||
	    (rc = csg_p11_load(module, limit, &t, err)) != CSG_OK ||
	    (rc = choose(t, u, uri, matches, err)) != CSG_OK)
		goto out;
	*out = t;
	t = NULL; /* transferred */
out:
	csg_token_close(t);
	csg_uri_free(u);
	return rc;
}

enum csg_rc
csg_token_open(const char *module, const char *uri,
    const struct csg_deadline *limit, struct csg_token **out,
    struct csg_err *err)
{
	unsigned unused;

	return csg_p11_open(module, uri, limit, &unused, out, err);
}

/* ---- login ---- */

/* Refuse a login that can't succeed, or whose failure would lock the PIN. */
static enum csg_rc
may_login(struct csg_token *t, const CK_TOKEN_INFO *info, struct csg_err *err)
{
	const char *why = NULL;

	if ((info->flags & CKF_TOKEN_INITIALIZED) == 0)
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s' is not initialised", t->label);
	if (t->tried)
		why = "a login was tried already";
	else if ((info->flags & CKF_USER_PIN_INITIALIZED) == 0)
		why = "it has no user PIN";
	else if (info->flags & CKF_USER_PIN_LOCKED)
		why = "the PIN is locked";
	else if (info->flags & CKF_USER_PIN_FINAL_TRY)
		why = "one more wrong PIN locks it, so none was tried";
	else if (info->flags & CKF_USER_PIN_TO_BE_CHANGED)
		why = "the PIN must be changed first";
	if (why != NULL)
		return csg_fail(
		    err, CSG_R_PIN, "token '%s': %s", t->label, why);
	return CSG_OK;
}

static const char *
tries_left(struct csg_token *t)
{
	CK_TOKEN_INFO info;

	if (CSG_P11(t, C_GetTokenInfo, t->id, &info) != CKR_OK)
		return "the token does not say how many tries are left";
	if (info.flags & CKF_USER_PIN_LOCKED)
		return "the PIN is now locked";
	if (info.flags & CKF_USER_PIN_FINAL_TRY)
		return "one try is left";
	if (info.flags & CKF_USER_PIN_COUNT_LOW)
		return "the token reports failed tries (PIN count low)";
	return "the token does not report failed tries";
}

static enum csg_rc
login_failed(struct csg_token *t, CK_RV rv, struct csg_err *err)
{
	switch (rv) {
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return csg_fail(err, CSG_R_PIN, "token '%s': wrong PIN; %s",
		    t->label, tries_left(t));
	case CKR_PIN_LOCKED:
		return csg_fail(
		    err, CSG_R_PIN, "token '%s': the PIN is locked", t->label);
	case CKR_PIN_EXPIRED:
	case CKR_USER_PIN_NOT_INITIALIZED:
		return csg_fail(err, CSG_R_PIN, "token '%s': %s", t->label,
		    rv == CKR_PIN_EXPIRED ? "the PIN has expired" :
					    "it has no user PIN");
	case CKR_USER_ALREADY_LOGGED_IN:
		return csg_fail(err, CSG_R_TOKEN,
		    "token '%s': a user is logged in already, so the PIN was not checked",
		    t->label);
	default: return csg_p11_fail(err, rv, "login");
	}
}

static enum csg_rc
copy_known(void *arg, bool pad, struct csg_secret *out, struct csg_err *err)
{
	const struct csg_secret *pin = arg;

	(void)pad;
	if ((out->s = OPENSSL_secure_zalloc(pin->len + 1)) == NULL)
		return csg_fail_mem(err);
	memcpy(out->s, pin->s, pin->len);
	out->len = pin->len;
	return CSG_OK;
}

struct csg_pin_source
csg_pin_known(const struct csg_secret *pin)
{
	return (struct csg_pin_source){ copy_known, (void *)(uintptr_t)pin };
}

/* Log in with the PIN; an empty one is typed at the token's pad. */
static enum csg_rc
try_pin(struct csg_token *t, const struct csg_secret *pin, struct csg_err *err)
{
	sigset_t old;
	CK_RV rv;

	if ((rv = CSG_P11(t, C_OpenSession, t->id, CKF_SERIAL_SESSION, NULL,
		 NULL, &t->session)) != CKR_OK)
		return csg_p11_fail(err, rv, "opening a session");
	t->tried = true;
	csg_p11_block(&old);
	rv = pin->len > 0 ?
	    CSG_P11(t, C_Login, t->session, CKU_USER, (unsigned char *)pin->s,
		pin->len) :
	    CSG_P11_SLOW(t, C_Login, t->session, CKU_USER, NULL, 0);
	csg_p11_unblock(&old);
	if (rv != CKR_OK) {
		(void)CSG_P11(t, C_CloseSession, t->session);
		return login_failed(t, rv, err);
	}
	t->logged_in = true;
	return CSG_OK;
}

enum csg_rc
csg_token_login(
    struct csg_token *t, const struct csg_pin_source *pin, struct csg_err *err)
{
	CK_TOKEN_INFO info;
	struct csg_secret secret = { 0 };
	bool pad;
	CK_RV rv;
	enum csg_rc rc;

	if ((rv = CSG_P11(t, C_GetTokenInfo, t->id, &info)) != CKR_OK)
		return csg_p11_fail(err, rv, "reading the token's information");
	pad = (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
	if ((rc = may_login(t, &info, err)) != CSG_OK ||
	    (rc = pin->get(pin->arg, pad, &secret, err)) != CSG_OK)
		return rc;
	if (secret.len == 0 && !pad)
		rc = csg_fail(
		    err, CSG_R_PIN, "token '%s': the PIN is empty", t->label);
	/* while a person typed, others may have used up tries */
	else if ((rv = CSG_P11(t, C_GetTokenInfo, t->id, &info)) != CKR_OK)
		rc = csg_p11_fail(err, rv, "reading the token's information");
	else if ((rc = may_login(t, &info, err)) == CSG_OK)
		rc = try_pin(t, &secret, err);
	csg_secret_free(&secret);
	if (rc != CSG_OK)
		return rc;
	/* SoftHSM writes at login and does not report a failure to do so */
	if ((rv = CSG_P11(t, C_GetTokenInfo, t->id, &info)) != CKR_OK)
		return csg_p11_fail(
		    err, rv, "reading the token's information after login");
	return CSG_OK;
}
