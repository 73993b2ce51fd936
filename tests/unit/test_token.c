/*
 * The token, against SoftHSM in a directory of its own.  SoftHSM is required:
 * without it these tests fail.
 *
 * The module's function list is one writable struct for the whole process, so
 * the tests put their own functions into it, to count calls and to play a
 * token that misbehaves.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <p11-kit/pkcs11.h>

#include "lib/crypto/cert_make.h"
#include "lib/crypto/cms.h"
#include "lib/token/token.h"
#include "tests/unit/unit.h"

#define MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define PIN "correct-horse-93"
#define SO_PIN "battery-staple-17"
#define FROM INT64_C(1795392000)
#define UNTIL INT64_C(1826928000)

/* ---- the module, wrapped ---- */

static CK_FUNCTION_LIST real, *f;
static int opened, logins, signs, finds, reads, refuse_sessions;
static CK_ATTRIBUTE_TYPE unreadable; /* says unreadable_rv */
static CK_RV unreadable_rv;
static CK_OBJECT_CLASS hidden; /* objects of this class seem to be of another */
static bool bare_point; /* CKA_EC_POINT without its OCTET STRING */
static CK_ULONG
    grows; /* a value is as long when it is read, once told shorter */
static CK_ULONG
    found_more; /* C_FindObjects says so, whatever it was asked for */
static bool spoil;
static CK_FLAGS extra_flags;
static CK_MECHANISM_TYPE last_mechanism;

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify,
    CK_SESSION_HANDLE *out)
{
	opened++;
	if (refuse_sessions)
		return CKR_SESSION_COUNT;
	return real.C_OpenSession(slot, flags, app, notify, out);
}

static CK_RV
login(CK_SESSION_HANDLE s, CK_USER_TYPE who, unsigned char *pin, CK_ULONG len)
{
	logins++;
	return real.C_Login(s, who, pin, len);
}

static CK_RV
token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = real.C_GetTokenInfo(slot, info);

	info->flags |= extra_flags;
	return rv;
}

static CK_RV
sign_init(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	signs++;
	last_mechanism = m->mechanism;
	return real.C_SignInit(s, m, key);
}

static CK_RV
sign(CK_SESSION_HANDLE s, unsigned char *data, CK_ULONG len, unsigned char *sig,
    CK_ULONG *sig_len)
{
	CK_RV rv = real.C_Sign(s, data, len, sig, sig_len);

	if (rv == CKR_OK && sig != NULL && spoil)
		sig[*sig_len / 2] ^= 1;
	return rv;
}

static CK_RV
find_init(CK_SESSION_HANDLE s, CK_ATTRIBUTE *at, CK_ULONG n)
{
	finds++;
	return real.C_FindObjectsInit(s, at, n);
}

static CK_RV
find_objects(
    CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *out, CK_ULONG max, CK_ULONG *n)
{
	CK_RV rv = real.C_FindObjects(s, out, max, n);

	if (rv == CKR_OK && found_more != 0)
		*n = found_more;
	return rv;
}

static CK_RV
attributes(
    CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *at, CK_ULONG n)
{
	static const CK_OBJECT_CLASS other = CKO_HW_FEATURE;
	unsigned char *p;
	CK_ULONG i;
	CK_RV rv;

	reads++;
	for (i = 0; i < n; i++)
		if (unreadable_rv != CKR_OK && at[i].type == unreadable) {
			at[i].ulValueLen = (CK_ULONG)-1;
			return unreadable_rv;
		}
	rv = real.C_GetAttributeValue(s, o, at, n);
	if (grows != 0 && n == 1 && at->pValue != NULL && rv == CKR_OK)
		at->ulValueLen = grows;
	for (i = 0; i < n && rv == CKR_OK; i++) {
		p = at[i].pValue;
		if (bare_point && at[i].type == CKA_EC_POINT && p != NULL) {
			at[i].ulValueLen -= 2;
			memmove(p, p + 2, at[i].ulValueLen);
		}
		if (at[i].type == CKA_CLASS && p != NULL && hidden != 0 &&
		    memcmp(p, &hidden, sizeof(hidden)) == 0)
			memcpy(p, &other, sizeof(other));
	}
	return rv;
}

static void *
wrap_module(void)
{
	CK_RV (*get_list)(CK_FUNCTION_LIST_PTR_PTR);
	void *module, *sym;

	if ((module = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL)) == NULL ||
	    (sym = dlsym(module, "C_GetFunctionList")) == NULL)
		return NULL;
	memcpy(&get_list, &sym, sizeof(get_list));
	if (get_list(&f) != CKR_OK)
		return NULL;
	real = *f;
	f->C_OpenSession = open_session;
	f->C_Login = login;
	f->C_GetTokenInfo = token_info;
	f->C_SignInit = sign_init;
	f->C_Sign = sign;
	f->C_FindObjectsInit = find_init;
	f->C_FindObjects = find_objects;
	f->C_GetAttributeValue = attributes;
	return module;
}

/* ---- helpers ---- */

static void
too_late(const char *what)
{
	printf("# %s\n", what);
	_exit(99);
}

static const struct csg_deadline patient = { CSG_DEADLINE_SECONDS, too_late };

static char dir[] = "/tmp/csg-token.XXXXXX";
static struct csg_cert *certs[4];

static const struct {
	enum csg_keyalg alg;
	const char *name, *type, *uri;
	bool pss;
	CK_MECHANISM_TYPE mechanism;
} keys[4] = { { CSG_P256, "k-p256", "p256", "pkcs11:token=csg;object=k-p256",
		  false, CKM_ECDSA },
	{ CSG_P384, "k-p384", "p384", "pkcs11:object=k-p384;type=private",
	    false, CKM_ECDSA },
	{ CSG_RSA3072, "k-rsa", "rsa3072", "pkcs11:token=csg;object=k-rsa",
	    false, CKM_RSA_PKCS },
	{ CSG_RSA3072_PSS, "k-pss", "rsa3072", "pkcs11:object=k-pss", true,
	    CKM_RSA_PKCS_PSS } };

static struct csg_secret
secret(const char *s)
{
	struct csg_secret r = { NULL, strlen(s) };

	if ((r.s = OPENSSL_secure_zalloc(r.len + 1)) == NULL)
		exit(99);
	memcpy(r.s, s, r.len);
	return r;
}

static bool
setup(void)
{
	char path[128];
	FILE *conf;

	if (mkdtemp(dir) == NULL)
		return false;
	(void)snprintf(path, sizeof(path), "%s/tokens", dir);
	if (mkdir(path, 0700) == -1)
		return false;
	(void)snprintf(path, sizeof(path), "%s/softhsm2.conf", dir);
	if ((conf = fopen(path, "w")) == NULL)
		return false;
	(void)fprintf(conf,
	    "directories.tokendir = %s/tokens\n"
	    "objectstore.backend = file\nlog.level = ERROR\n",
	    dir);
	return fclose(conf) == 0 && setenv("SOFTHSM2_CONF", path, 1) == 0;
}

static void
teardown(void)
{
	char cmd[128];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	CHECK(system(cmd) == 0);
}

static int asked; /* for a PIN */
static bool asked_at_pad;

static enum csg_rc
give_pin(void *arg, bool pad, struct csg_secret *out, struct csg_err *err)
{
	(void)err;
	asked++;
	asked_at_pad = pad;
	*out = secret(arg);
	return CSG_OK;
}

static enum csg_rc
log_in(struct csg_token *t, const char *pin, struct csg_err *err)
{
	const struct csg_pin_source source = { give_pin,
		(void *)(uintptr_t)pin };

	return csg_token_login(t, &source, err);
}

static struct csg_token *
open_in(void)
{
	struct csg_token *t = NULL;
	struct csg_err err = { 0 };

	if (!CHECK(csg_token_open(MODULE, "pkcs11:token=csg", &patient, &t,
		       &err) == CSG_OK) ||
	    !CHECK(log_in(t, PIN, &err) == CSG_OK))
		printf("# %s\n", err.text);
	return t;
}

static bool
fails(enum csg_rc rc, struct csg_err *err, enum csg_reason reason,
    const char *text)
{
	bool ok = rc == csg_reason_rc(reason) && err->reason == reason &&
	    strstr(err->text, text) != NULL;

	if (!ok)
		printf("# got %d %s: %s\n", rc, csg_reason_word(err->reason),
		    err->text);
	csg_err_clear(err);
	return ok;
}

static bool
works(enum csg_rc rc, const struct csg_err *err)
{
	if (rc != CSG_OK)
		printf("# %s: %s\n", csg_reason_word(err->reason), err->text);
	return rc == CSG_OK;
}

/* ---- initialising ---- */

static enum csg_rc
init(
    const char *label, const char *so_pin, const char *pin, struct csg_err *err)
{
	struct csg_secret so = secret(so_pin), user = secret(pin);
	bool begun;
	enum csg_rc rc;

	rc = csg_token_initialise(
	    MODULE, label, &patient, &so, &user, &begun, err);
	csg_secret_free(&so);
	csg_secret_free(&user);
	return rc;
}

static void
test_initialise(void)
{
	struct csg_err err = { 0 };

	unit_case("a token is initialised once");
	CHECK(fails(
	    init("csg", SO_PIN, "123", &err), &err, CSG_R_PIN, "user PIN"));
	CHECK(fails(init("csg", "123", PIN, &err), &err, CSG_R_PIN, "SO PIN"));
	CHECK(fails(init("", SO_PIN, PIN, &err), &err, CSG_R_CONFIG, "label"));
	CHECK(
	    fails(init("123456789012345678901234567890123", SO_PIN, PIN, &err),
		&err, CSG_R_CONFIG, "label"));
	CHECK(works(init("csg", SO_PIN, PIN, &err), &err));
	CHECK(fails(init("csg", SO_PIN, PIN, &err), &err, CSG_R_CONFIG,
	    "exists already"));
	CHECK(works(init("two", SO_PIN, PIN, &err), &err));
}

/* ---- opening ---- */

static enum csg_rc
opens(const char *module, const char *uri, struct csg_err *err)
{
	struct csg_token *t = NULL;
	enum csg_rc rc = csg_token_open(module, uri, &patient, &t, err);

	if ((rc == CSG_OK) != (t != NULL))
		rc = CSG_USAGE;
	csg_token_close(t);
	return rc;
}

static void
test_open(void)
{
	struct csg_err err = { 0 };

	unit_case("opening finds exactly one token and opens no session");
	opened = logins = 0;
	CHECK(works(opens(MODULE, "pkcs11:token=csg", &err), &err));
	CHECK(works(opens(MODULE, "pkcs11:token=csg;object=k?", &err), &err));
	CHECK(fails(opens(MODULE, "pkcs11:token=cs", &err), &err, CSG_R_TOKEN,
	    "0 initialised tokens match pkcs11:token=cs"));
	CHECK(fails(opens(MODULE, "pkcs11:model=SoftHSM%20v2", &err), &err,
	    CSG_R_TOKEN, "2 initialised tokens"));
	CHECK(fails(opens(MODULE, "pkcs11:token=csg;slot-id=7", &err), &err,
	    CSG_R_TOKEN, "0 initialised tokens"));
	CHECK(fails(
	    opens(MODULE, "pkcs11:token=csg;library-manufacturer=x", &err),
	    &err, CSG_R_TOKEN, "0 initialised tokens"));
	CHECK(fails(opens(MODULE, "pkcs11:token=csg?pin-source=file:/p", &err),
	    &err, CSG_R_TOKEN, "pin-source"));
	CHECK(fails(opens(MODULE, "pkcs11:token=csg;vendor-a=1", &err), &err,
	    CSG_R_TOKEN, "vendor"));
	CHECK(fails(opens(MODULE, "pkcs11:token=csg;a=1", &err), &err,
	    CSG_R_PARSE, "unknown attribute a"));
	CHECK(opened == 0 && logins == 0);

	unit_case("a module that can't be loaded is named");
	CHECK(fails(opens("/nonexistent/m.so", "pkcs11:token=csg", &err), &err,
	    CSG_R_TOKEN, "/nonexistent/m.so"));
	CHECK(fails(opens("libsofthsm2.so", "pkcs11:token=csg", &err), &err,
	    CSG_R_TOKEN, "absolute"));
	CHECK(fails(
	    opens("/lib/x86_64-linux-gnu/libc.so.6", "pkcs11:token=csg", &err),
	    &err, CSG_R_TOKEN, "PKCS#11 module"));
	csg_token_close(NULL);
}

/* ---- login ---- */

static void
login_with_flags(CK_FLAGS flags, const char *pin, enum csg_reason reason,
    const char *text, int expected_logins)
{
	struct csg_token *t = NULL;
	struct csg_err err = { 0 };

	CHECK(works(
	    csg_token_open(MODULE, "pkcs11:token=csg", &patient, &t, &err),
	    &err));
	logins = asked = 0;
	extra_flags = flags;
	if (reason == CSG_R_NONE)
		CHECK(works(log_in(t, pin, &err), &err));
	else
		CHECK(fails(log_in(t, pin, &err), &err, reason, text));
	CHECK(logins == expected_logins);
	/* a PIN that would not be tried is not asked for */
	CHECK(asked == (expected_logins > 0 || pin[0] == '\0'));
	CHECK(asked_at_pad == (flags == CKF_PROTECTED_AUTHENTICATION_PATH));
	extra_flags = 0;
	asked_at_pad = false;
	csg_token_close(t);
}

static void
test_login(void)
{
	struct csg_token *t = NULL;
	struct csg_err err = { 0 };

	unit_case("a wrong PIN is tried once");
	CHECK(works(
	    csg_token_open(MODULE, "pkcs11:token=csg", &patient, &t, &err),
	    &err));
	logins = 0;
	CHECK(fails(log_in(t, "wrong-horse-93", &err), &err, CSG_R_PIN,
	    "wrong PIN; the token reports failed tries (PIN count low)"));
	CHECK(fails(log_in(t, PIN, &err), &err, CSG_R_PIN, "tried already"));
	CHECK(logins == 1);
	csg_token_close(t);

	unit_case("no PIN is tried that could lock the token");
	login_with_flags(0, PIN, CSG_R_NONE, "", 1);
	login_with_flags(CKF_USER_PIN_FINAL_TRY, PIN, CSG_R_PIN,
	    "one more wrong PIN locks it", 0);
	login_with_flags(CKF_USER_PIN_LOCKED, PIN, CSG_R_PIN, "is locked", 0);
	login_with_flags(
	    CKF_USER_PIN_TO_BE_CHANGED, PIN, CSG_R_PIN, "must be changed", 0);
	login_with_flags(CKF_USER_PIN_COUNT_LOW, PIN, CSG_R_NONE, "", 1);
	login_with_flags(0, "", CSG_R_PIN, "empty", 0);
	login_with_flags(
	    CKF_PROTECTED_AUTHENTICATION_PATH, PIN, CSG_R_NONE, "", 1);

	unit_case("a session that can't be had is an error, not a wait");
	CHECK(works(
	    csg_token_open(MODULE, "pkcs11:token=csg", &patient, &t, &err),
	    &err));
	refuse_sessions = 1;
	CHECK(fails(log_in(t, PIN, &err), &err, CSG_R_TOKEN, "session"));
	refuse_sessions = 0;
	CHECK(works(log_in(t, PIN, &err), &err));
	csg_token_close(t);
}

/* ---- generating and signing ---- */

static enum csg_rc
self_sign(struct csg_token_key *key, bool pss, const char *subject,
    struct csg_cert **out, struct csg_err *err)
{
	const struct csg_signer_key k = csg_token_signer(key, NULL, pss);

	return csg_cert_make(csg_token_key_public(key), &k, subject,
	    CSG_USE_CODE, FROM, UNTIL, out, err);
}

static void
generate_one(struct csg_token *t, size_t i)
{
	struct csg_token_key *key = NULL;
	struct csg_err err = { 0 };
	char subject[64];

	if (!CHECK(works(
		csg_token_generate(t, keys[i].name, keys[i].alg, &key, &err),
		&err)))
		return;
	(void)snprintf(subject, sizeof(subject), "/CN=%s", keys[i].name);
	signs = 0;
	CHECK(
	    works(self_sign(key, keys[i].pss, subject, &certs[i], &err), &err));
	if (certs[i] == NULL)
		return;
	CHECK(works(csg_token_put_cert(t, keys[i].name, certs[i], &err), &err));
	CHECK(signs == 1 && last_mechanism == keys[i].mechanism);
}

static void
test_generate(void)
{
	struct csg_token *t = open_in();
	struct csg_token_key *key = NULL, *second = NULL;
	struct csg_err err = { 0 };
	enum csg_keyalg alg;
	size_t i;

	unit_case("keys are generated and sign");
	for (i = 0; i < 4; i++)
		generate_one(t, i);

	unit_case("a name is given once");
	CHECK(fails(csg_token_generate(t, "k-p256", CSG_P256, &key, &err), &err,
	    CSG_R_CONFIG, "k-p256"));
	CHECK(key == NULL);
	CHECK(fails(csg_token_generate(t, "a/b", CSG_P256, &key, &err), &err,
	    CSG_R_CONFIG, "a/b"));
	csg_token_close(t);

	unit_case("a key that is discarded leaves its name");
	t = open_in();
	CHECK(works(csg_token_generate(t, "gone", CSG_P256, &key, &err), &err));
	CHECK(fails(csg_token_generate(t, "gone", CSG_P256, &second, &err),
	    &err, CSG_R_CONFIG, "gone"));
	CHECK(works(csg_token_discard(key, &err), &err));
	CHECK(fails(csg_token_key(t, "pkcs11:object=gone", &key, &err), &err,
	    CSG_R_TOKEN, "0 private keys"));
	CHECK(works(csg_token_generate(t, "gone", CSG_P256, &key, &err), &err));
	CHECK(works(csg_token_discard(key, &err), &err));
	csg_token_close(t);

	unit_case("nothing is generated, listed or found without login");
	CHECK(works(
	    csg_token_open(MODULE, "pkcs11:token=csg", &patient, &t, &err),
	    &err));
	CHECK(fails(csg_token_generate(t, "k2", CSG_P256, &key, &err), &err,
	    CSG_R_TOKEN, "not logged in"));
	CHECK(fails(csg_token_key(t, keys[0].uri, &key, &err), &err,
	    CSG_R_TOKEN, "not logged in"));
	csg_token_close(t);

	unit_case("key types have names");
	CHECK(csg_keyalg_parse("rsa4096-pss", &alg) && alg == CSG_RSA4096_PSS);
	CHECK(!csg_keyalg_parse("ed25519", &alg));
	CHECK(strcmp(csg_keyalg_name(CSG_P384), "p384") == 0);
}

static void
sign_one(struct csg_token *t, size_t i)
{
	static const unsigned char text[] = "some content";
	const struct csg_der content = { text, sizeof(text) };
	struct csg_signer_key k;
	struct csg_digest d;
	struct csg_cms cms;
	struct csg_buf raw = { 0 }, der = { 0 };
	struct csg_err err = { 0 };

	signs = 0;
	if (!CHECK(works(csg_token_signing_key(
			     t, keys[i].uri, certs[i], keys[i].pss, &k, &err),
		&err)) ||
	    !CHECK(signs == 0) ||
	    !CHECK(csg_digest_mem(
		       certs[i]->alg, text, sizeof(text), &d, &err) == CSG_OK))
		return;
	CHECK(k.cert == certs[i] && k.pss == keys[i].pss);
	CHECK(works(csg_sig_make(&k, &d, &raw, &err), &err));
	CHECK(works(
	    csg_sig_verify(certs[i], keys[i].pss, &d, raw.data, raw.len, &err),
	    &err));
	CHECK(works(csg_cms_make(&k, &csg_oid_data, NULL, &d, FROM + 60,
			"evidence", &der, &err),
	    &err));
	CHECK(der.len > 0 &&
	    works(csg_cms_parse(der.data, der.len, &cms, &err), &err) &&
	    works(csg_cms_verify(&cms, certs[i], &d, &err), &err));
	CHECK(signs >= 2 && last_mechanism == keys[i].mechanism);
	csg_buf_free(&der);
	spoil = true;
	CHECK(fails(csg_cms_make(&k, &csg_oid_data, &content, &d, FROM + 60,
			NULL, &der, &err),
	    &err, CSG_R_SELFTEST, ""));
	spoil = false;
	csg_buf_free(&der);
	csg_buf_free(&raw);
}

static void
test_sign(void)
{
	struct csg_token *t = open_in();
	size_t i;

	unit_case("token keys make what csg verifies, and lies are noticed");
	for (i = 0; i < 4; i++)
		if (CHECK(certs[i] != NULL))
			sign_one(t, i);
	csg_token_close(t);
}

/* ---- finding keys ---- */

static void
test_find(void)
{
	struct csg_token *t = open_in();
	struct csg_signer_key k;
	struct csg_token_key_info *list = NULL;
	struct csg_token_key *key = NULL;
	struct csg_err err = { 0 };
	char uri[256] = "pkcs11:id=", *p = uri + 10;
	size_t n = 0, i;

	unit_case("a URI names exactly one key of this token");
	CHECK(works(
	    csg_token_key(t, "pkcs11:token=csg;object=k-p256", &key, &err),
	    &err));
	CHECK(fails(
	    csg_token_key(t, "pkcs11:token=two;object=k-p256", &key, &err),
	    &err, CSG_R_TOKEN, "token other than"));
	CHECK(key == NULL);
	CHECK(
	    fails(csg_token_key(t, "pkcs11:token=csg;object=k-p25", &key, &err),
		&err, CSG_R_TOKEN, "0 private keys"));
	CHECK(
	    fails(csg_token_key(t, "pkcs11:token=csg;type=private", &key, &err),
		&err, CSG_R_TOKEN, "neither object nor id"));
	CHECK(fails(
	    csg_token_key(t, "pkcs11:object=k-p256;type=cert", &key, &err),
	    &err, CSG_R_TOKEN, "not name a private key"));
	CHECK(fails(csg_token_key(t, "pkcs11:object=k-p256?pin-source=file:/p",
			&key, &err),
	    &err, CSG_R_TOKEN, "pin-source"));

	unit_case("the key must be the certificate's");
	CHECK(works(
	    csg_token_signing_key(t, keys[0].uri, certs[0], false, &k, &err),
	    &err));
	CHECK(fails(
	    csg_token_signing_key(t, keys[0].uri, certs[1], false, &k, &err),
	    &err, CSG_R_KEYMISMATCH, "k-p256"));
	CHECK(k.sign == NULL);

	unit_case("padding is what the key is for");
	CHECK(fails(
	    csg_token_signing_key(t, keys[2].uri, certs[2], true, &k, &err),
	    &err, CSG_R_KEYATTR, "CKA_ALLOWED_MECHANISMS has 0x1"));
	CHECK(fails(
	    csg_token_signing_key(t, keys[3].uri, certs[3], false, &k, &err),
	    &err, CSG_R_KEYATTR, "CKA_ALLOWED_MECHANISMS has 0xd"));
	CHECK(fails(
	    csg_token_signing_key(t, keys[0].uri, certs[0], true, &k, &err),
	    &err, CSG_R_KEYATTR, "CKA_KEY_TYPE"));

	unit_case("keys are listed, and found by id");
	CHECK(works(csg_token_list(t, &list, &n, &err), &err) && n == 4);
	for (i = 0; i < n; i++)
		CHECK(list[i].good && list[i].has_cert && list[i].local &&
		    list[i].always_sensitive && list[i].never_extractable &&
		    !list[i].decrypt && !list[i].extractable);
	CHECK(n == 4 && strcmp(list[0].label, "k-p256") == 0 &&
	    strcmp(list[0].type, "p256") == 0 &&
	    strcmp(list[0].mechanisms, "CKM_ECDSA") == 0 &&
	    strcmp(list[2].type, "rsa3072") == 0 &&
	    strcmp(list[2].mechanisms, "CKM_RSA_PKCS_PSS") == 0);
	for (i = 0; n == 4 && list[0].id[i] != '\0'; i += 2)
		p += snprintf(p, 4, "%%%.2s", list[0].id + i);
	CHECK(works(
	    csg_token_signing_key(t, uri, certs[0], false, &k, &err), &err));
	free(list);
	csg_token_close(t);
}

static void
test_certs(void)
{
	struct csg_token *t = open_in();
	struct csg_cert *c = NULL, *again = NULL;
	struct csg_err err = { 0 };
	struct csg_token_key *key = NULL;

	unit_case("a certificate is stored and read back");
	CHECK(works(csg_token_get_cert(t, "k-pss", &c, &err), &err));
	CHECK(c != NULL && csg_id_equal(&c->sha256, &certs[3]->sha256));
	csg_cert_free(c);
	CHECK(fails(csg_token_put_cert(t, "k-pss", certs[2], &err), &err,
	    CSG_R_KEYMISMATCH, "k-pss"));
	CHECK(fails(csg_token_put_cert(t, "none", certs[2], &err), &err,
	    CSG_R_TOKEN, "0 private keys"));

	unit_case("a new certificate replaces the old one");
	CHECK(works(csg_token_key(t, keys[0].uri, &key, &err), &err));
	CHECK(works(self_sign(key, false, "/CN=again", &again, &err), &err));
	CHECK(works(csg_token_put_cert(t, "k-p256", again, &err), &err));
	CHECK(works(csg_token_get_cert(t, "k-p256", &c, &err), &err));
	CHECK(c != NULL && csg_id_equal(&c->sha256, &again->sha256));
	csg_cert_free(c);
	csg_cert_free(again);
	csg_token_close(t);
}

/* ---- what a token says of its keys ---- */

static enum csg_rc
find_one(size_t i, struct csg_err *err)
{
	struct csg_token *t = open_in();
	struct csg_signer_key k;
	enum csg_rc rc;

	finds = reads = 0;
	rc = csg_token_signing_key(
	    t, keys[i].uri, certs[i], keys[i].pss, &k, err);
	csg_token_close(t);
	return rc;
}

static void
test_unreadable(void)
{
	static const CK_RV errors[] = { CKR_DEVICE_ERROR, CKR_FUNCTION_FAILED,
		CKR_ATTRIBUTE_SENSITIVE, CKR_SESSION_HANDLE_INVALID };
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		const char *text;
		bool optional;
	} rows[] = {
		{ CKA_ALLOWED_MECHANISMS,
		    "CKA_ALLOWED_MECHANISMS can't be read", true },
		{ CKA_ALWAYS_AUTHENTICATE,
		    "CKA_ALWAYS_AUTHENTICATE can't be read", true },
		{ CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE can't be read",
		    false },
		{ CKA_DECRYPT, "CKA_DECRYPT can't be read", false },
	};
	struct csg_err err = { 0 };
	size_t i, j;

	unit_case("an attribute that can't be read is refused");
	CHECK(works(find_one(0, &err), &err));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unreadable = rows[i].type;
		for (j = 0; j < sizeof(errors) / sizeof(errors[0]); j++) {
			unreadable_rv = errors[j];
			CHECK(fails(find_one(0, &err), &err, CSG_R_KEYATTR,
			    rows[i].text));
		}
		unreadable_rv = CKR_ATTRIBUTE_TYPE_INVALID;
		if (rows[i].optional)
			CHECK(works(find_one(0, &err), &err));
		else
			CHECK(fails(find_one(0, &err), &err, CSG_R_KEYATTR,
			    rows[i].text));
		unreadable_rv = CKR_OK;
	}
}

static void
test_lies(void)
{
	struct csg_token *t = open_in();
	struct csg_token_key_info *list = NULL;
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };
	size_t n;

	unit_case("a module that gives more than there is room for is refused");
	CHECK(works(csg_token_get_cert(t, "k-pss", &c, &err), &err));
	csg_cert_free(c);
	grows = 60000;
	CHECK(fails(csg_token_get_cert(t, "k-pss", &c, &err), &err, CSG_R_TOKEN,
	    "reading a certificate"));
	grows = (CK_ULONG)-1;
	CHECK(fails(csg_token_get_cert(t, "k-pss", &c, &err), &err, CSG_R_TOKEN,
	    "reading a certificate"));
	grows = 0;
	CHECK(works(csg_token_list(t, &list, &n, &err), &err));
	free(list);
	found_more = 5000;
	(void)alarm(60); /* it went on for ever */
	CHECK(fails(csg_token_list(t, &list, &n, &err), &err, CSG_R_TOKEN,
	    "searching the token"));
	(void)alarm(0);
	found_more = 0;
	csg_token_close(t);
}

static void
test_public(void)
{
	struct csg_err err = { 0 };
	size_t i;

	unit_case("the public half is where tokens keep it");
	for (i = 0; i < 4; i++) {
		CHECK(works(find_one(i, &err), &err));
		hidden = CKO_PUBLIC_KEY; /* the certificate is left */
		CHECK(works(find_one(i, &err), &err));
		hidden = 0;
	}
	unreadable = CKA_MODULUS; /* the certificate is left, again */
	unreadable_rv = CKR_ATTRIBUTE_SENSITIVE;
	CHECK(works(find_one(2, &err), &err));
	unreadable = CKA_EC_POINT;
	CHECK(works(find_one(0, &err), &err));
	hidden = CKO_CERTIFICATE;
	CHECK(fails(find_one(0, &err), &err, CSG_R_TOKEN, "public half"));
	unreadable_rv = CKR_OK;
	bare_point = true;
	CHECK(works(find_one(0, &err), &err));
	CHECK(works(find_one(1, &err), &err));
	bare_point = false;
	hidden = 0;

	unit_case("a key is found and judged in few calls");
	CHECK(works(find_one(2, &err), &err));
	CHECK(finds == 1 && reads <= 5);
	CHECK(works(find_one(0, &err), &err));
	CHECK(finds == 2 && reads <= 8);
	if (unit_failed)
		printf("# %d searches, %d reads\n", finds, reads);
}

/* ---- deadlines ---- */

static unsigned nap; /* seconds that C_SignInit takes */

static CK_RV
slow_sign_init(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	(void)sleep(nap);
	return real.C_SignInit(s, m, key);
}

static void
say_and_end(const char *what)
{
	_exit(strstr(what, MODULE ": C_SignInit did not return within 1 s") !=
		    NULL ?
		4 :
		5);
}

/* Stop a process for a while that is longer than a deadline. */
static void
stop(pid_t pid)
{
	(void)usleep(500000);
	(void)kill(pid, SIGSTOP);
	(void)usleep(2700000);
	(void)kill(pid, SIGCONT);
}

/* In a process of its own: what csg_sig_make() says, or how that ended. */
static int
sign_with_nap(unsigned seconds, bool stopped)
{
	static const struct csg_deadline limit = { 1, say_and_end };
	const struct csg_digest d = { CSG_SHA256, { 1 } };
	struct csg_token *t = NULL;
	struct csg_signer_key k;
	struct csg_buf sig = { 0 };
	struct csg_err err = { 0 };
	int status;
	pid_t pid;

	(void)fflush(stdout);
	if ((pid = fork()) != 0) {
		if (stopped)
			stop(pid);
		return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		    WEXITSTATUS(status) :
		    -1;
	}
	nap = seconds;
	f->C_SignInit = slow_sign_init;
	if (csg_token_open(MODULE, "pkcs11:token=csg", &limit, &t, &err) !=
		CSG_OK ||
	    log_in(t, PIN, &err) != CSG_OK ||
	    csg_token_signing_key(t, keys[0].uri, certs[0], false, &k, &err) !=
		CSG_OK)
		_exit(6);
	/* many calls, longer in all than one may take */
	for (; seconds == 0 && signs < 3; signs++) {
		(void)usleep(400000);
		if (csg_sig_make(&k, &d, &sig, &err) != CSG_OK)
			_exit(7);
	}
	_exit(csg_sig_make(&k, &d, &sig, &err) == CSG_OK ? 0 : 7);
}

static void
test_deadline(void)
{
	unit_case("a call that does not return ends the process");
	signs = 0;
	CHECK(sign_with_nap(0, false) == 0);
	CHECK(sign_with_nap(60, false) == 4);

	unit_case("a process that was stopped has its time again");
	CHECK(sign_with_nap(1, true) == 0);
}

/* ---- keys that must not sign: made past lib/token ---- */

static CK_BBOOL on = CK_TRUE, off = CK_FALSE;
static CK_MECHANISM_TYPE mechs[] = { CKM_ECDSA, 0x1042UL };
static unsigned char curve[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
	0x01, 0x07 };
static unsigned char ed25519[] = { 0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd',
	's', '2', '5', '5', '1', '9' };

/* One attribute that differs from a good key's, and how it is named. */
static const struct {
	CK_ATTRIBUTE at;
	const char *text;
} bad[] = { { { CKA_PRIVATE, &off, 1 }, "CKA_PRIVATE is false" },
	{ { CKA_SENSITIVE, &off, 1 }, "CKA_SENSITIVE is false" },
	{ { CKA_EXTRACTABLE, &on, 1 }, "CKA_EXTRACTABLE is true" },
	{ { CKA_SIGN, &off, 1 }, "CKA_SIGN is false" },
	{ { CKA_DECRYPT, &on, 1 }, "CKA_DECRYPT is true" },
	{ { CKA_UNWRAP, &on, 1 }, "CKA_UNWRAP is true" },
	{ { CKA_SIGN_RECOVER, &on, 1 }, "CKA_SIGN_RECOVER is true" },
	{ { CKA_DERIVE, &on, 1 }, "CKA_DERIVE is true" },
	{ { CKA_ALLOWED_MECHANISMS, mechs, sizeof(mechs) },
	    "CKA_ALLOWED_MECHANISMS has 0x1042" },
	{ { CKA_ALLOWED_MECHANISMS, NULL, 0 },
	    "CKA_ALLOWED_MECHANISMS is empty" },
	{ { CKA_TOKEN, &off, 1 }, "CKA_TOKEN is false" },
	{ { CKA_ALWAYS_AUTHENTICATE, &on, 1 }, "CKA_ALWAYS_AUTHENTICATE" } };
#define NBAD (sizeof(bad) / sizeof(bad[0]))

static CK_SLOT_ID
slot_of(const char *label)
{
	CK_SLOT_ID slots[8];
	CK_ULONG n = 8, i;
	CK_TOKEN_INFO info;

	if (f->C_GetSlotList(CK_TRUE, slots, &n) == CKR_OK)
		for (i = 0; i < n; i++)
			if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			    strncmp((char *)info.label, label, strlen(label)) ==
				0)
				return slots[i];
	return 0;
}

static CK_RV
make_key(CK_SESSION_HANDLE s, const char *label, const char *id,
    const CK_ATTRIBUTE *differs, CK_MECHANISM_TYPE how, CK_OBJECT_HANDLE *out)
{
	union {
		const char *c;
		void *v;
	} l = { label }, i = { id };
	CK_ATTRIBUTE priv[16] = { { CKA_LABEL, l.v, strlen(label) },
		{ CKA_ID, i.v, strlen(id) }, { CKA_TOKEN, &on, 1 },
		{ CKA_PRIVATE, &on, 1 }, { CKA_SENSITIVE, &on, 1 },
		{ CKA_EXTRACTABLE, &off, 1 }, { CKA_SIGN, &on, 1 },
		{ CKA_DECRYPT, &off, 1 }, { CKA_UNWRAP, &off, 1 },
		{ CKA_SIGN_RECOVER, &off, 1 }, { CKA_DERIVE, &off, 1 },
		{ CKA_ALLOWED_MECHANISMS, mechs, sizeof(mechs[0]) } };
	CK_ATTRIBUTE pub[4] = { { CKA_LABEL, l.v, strlen(label) },
		{ CKA_ID, i.v, strlen(id) }, { CKA_TOKEN, &on, 1 },
		{ CKA_EC_PARAMS, curve, sizeof(curve) } };
	CK_MECHANISM m = { how, NULL, 0 };
	CK_OBJECT_HANDLE p;
	CK_ULONG n = 12, k;

	if (how == 0x1055UL) {
		pub[3].pValue = ed25519;
		pub[3].ulValueLen = sizeof(ed25519);
	}
	for (k = 0; differs != NULL && k < 12; k++)
		if (priv[k].type == differs->type)
			break;
	if (differs != NULL && differs->pValue == NULL)
		n = 11; /* leave the last one out */
	else if (differs != NULL) {
		priv[k] = *differs;
		n = k == 12 ? 13 : 12;
	}
	return f->C_GenerateKeyPair(s, &m, pub, 4, priv, n, &p, out);
}

static void
check_bad(struct csg_token *t, CK_SESSION_HANDLE s, size_t i)
{
	struct csg_signer_key k;
	struct csg_token_key *key = NULL;
	struct csg_err err = { 0 };
	CK_OBJECT_HANDLE object;
	char name[16], uri[64];

	(void)snprintf(name, sizeof(name), "bad-%zu", i);
	(void)snprintf(uri, sizeof(uri), "pkcs11:token=csg;object=%s", name);
	CHECK(make_key(s, name, name, &bad[i].at, 0x1040UL, &object) == CKR_OK);
	signs = 0;
	CHECK(fails(csg_token_signing_key(t, uri, certs[0], false, &k, &err),
	    &err, CSG_R_KEYATTR, bad[i].text));
	CHECK(signs == 0);
	if (bad[i].at.type != CKA_ALWAYS_AUTHENTICATE)
		CHECK(works(csg_token_key(t, uri, &key, &err), &err));
}

/* Without any difference the same key gets as far as the certificate. */
static void
check_control(struct csg_token *t, CK_SESSION_HANDLE s)
{
	struct csg_signer_key k;
	struct csg_err err = { 0 };
	CK_OBJECT_HANDLE object;

	CHECK(make_key(s, "good", "good", NULL, 0x1040UL, &object) == CKR_OK);
	CHECK(fails(csg_token_signing_key(
			t, "pkcs11:object=good", certs[0], false, &k, &err),
	    &err, CSG_R_KEYMISMATCH, "good"));
}

static void
check_imported(struct csg_token *t, CK_SESSION_HANDLE s)
{
	static unsigned char value[32] = { 1, 2, 3 };
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = CKK_EC;
	static char name[] = "imported";
	CK_ATTRIBUTE at[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_LABEL, name, 8 },
		{ CKA_ID, name, 8 }, { CKA_TOKEN, &on, 1 },
		{ CKA_PRIVATE, &on, 1 }, { CKA_SENSITIVE, &on, 1 },
		{ CKA_EXTRACTABLE, &off, 1 }, { CKA_SIGN, &on, 1 },
		{ CKA_DERIVE, &off, 1 },
		{ CKA_ALLOWED_MECHANISMS, mechs, sizeof(mechs[0]) },
		{ CKA_EC_PARAMS, curve, sizeof(curve) },
		{ CKA_VALUE, value, sizeof(value) } };
	struct csg_signer_key k;
	struct csg_token_key *key = NULL;
	struct csg_err err = { 0 };
	CK_OBJECT_HANDLE object;

	CHECK(f->C_CreateObject(s, at, sizeof(at) / sizeof(at[0]), &object) ==
	    CKR_OK);
	CHECK(fails(csg_token_signing_key(
			t, "pkcs11:object=imported", certs[0], false, &k, &err),
	    &err, CSG_R_KEYATTR, "CKA_LOCAL is false"));
	CHECK(fails(csg_token_key(t, "pkcs11:object=imported", &key, &err),
	    &err, CSG_R_TOKEN, "public half"));
}

static void
check_twins(struct csg_token *t, CK_SESSION_HANDLE s)
{
	struct csg_token_key *key = NULL;
	struct csg_err err = { 0 };
	CK_OBJECT_HANDLE object, twin;

	CHECK(make_key(s, "twin", "t1", NULL, 0x1040UL, &object) == CKR_OK);
	CHECK(works(csg_token_key(t, "pkcs11:object=twin", &key, &err), &err));
	CHECK(make_key(s, "twin", "t2", NULL, 0x1040UL, &twin) == CKR_OK);
	CHECK(
	    fails(csg_token_key(t, "pkcs11:token=csg;object=twin", &key, &err),
		&err, CSG_R_TOKEN, "2 private keys match"));
	CHECK(works(
	    csg_token_key(t, "pkcs11:object=twin;id=t2", &key, &err), &err));
	CHECK(make_key(s, "third", "t2", NULL, 0x1040UL, &twin) == CKR_OK);
	CHECK(fails(csg_token_key(t, "pkcs11:object=third", &key, &err), &err,
	    CSG_R_TOKEN, "have the CKA_ID"));
}

static void
check_ed25519(struct csg_token *t, CK_SESSION_HANDLE s)
{
	struct csg_token_key *key = NULL;
	struct csg_err err = { 0 };
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE any = { CKA_ALLOWED_MECHANISMS, NULL, 0 };

	CHECK(works(csg_token_key(t, keys[0].uri, &key, &err), &err));
	CHECK(make_key(s, "ed", "ed", &any, 0x1055UL, &object) == CKR_OK);
	CHECK(fails(csg_token_key(t, "pkcs11:object=ed", &key, &err), &err,
	    CSG_R_ALG, "Ed25519"));
	CHECK(works(csg_token_key(t, keys[1].uri, &key, &err), &err));
}

/* The object of that class and label, not the private key: it can be changed
 * without the PIN. */
static CK_OBJECT_HANDLE
object_of(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, const char *label)
{
	CK_ATTRIBUTE at[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
	};
	CK_OBJECT_HANDLE object = 0;
	CK_ULONG n = 0;

	CHECK(real.C_FindObjectsInit(s, at, 2) == CKR_OK &&
	    real.C_FindObjects(s, &object, 1, &n) == CKR_OK && n == 1 &&
	    real.C_FindObjectsFinal(s) == CKR_OK);
	return object;
}

static void
set_id(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object, const void *id, size_t len)
{
	CK_ATTRIBUTE at = { CKA_ID, (void *)(uintptr_t)id, len };

	CHECK(f->C_SetAttributeValue(s, object, &at, 1) == CKR_OK);
}

/* "good" lends its public half to k-p256. */
static void
check_planted(struct csg_token *t, CK_SESSION_HANDLE s)
{
	struct csg_token_key *good = NULL;
	struct csg_signer_key k;
	struct csg_digest d = { CSG_SHA256, { 1 } };
	struct csg_buf sig = { 0 };
	struct csg_cert *false_cert = NULL, *c = NULL;
	struct csg_err err = { 0 };
	unsigned char id[64];
	CK_ATTRIBUTE at = { CKA_ID, id, sizeof(id) };
	CK_OBJECT_HANDLE own = object_of(s, CKO_PUBLIC_KEY, "k-p256");
	bool found;

	CHECK(
	    works(csg_token_key(t, "pkcs11:object=good", &good, &err), &err) &&
	    works(self_sign(good, false, "/CN=g", &false_cert, &err), &err));
	CHECK(f->C_GetAttributeValue(s, own, &at, 1) == CKR_OK);
	set_id(s, own, "away", 4);
	set_id(s, object_of(s, CKO_PUBLIC_KEY, "good"), id, at.ulValueLen);
	CHECK(works(
	    csg_token_signing_key(t, keys[0].uri, false_cert, false, &k, &err),
	    &err));
	CHECK(
	    fails(csg_sig_make(&k, &d, &sig, &err), &err, CSG_R_SELFTEST, ""));
	CHECK(fails(csg_token_destroy(t, keys[0].uri, false_cert, &found, &err),
	    &err, CSG_R_KEYMISMATCH, "stored with it"));
	CHECK(works(csg_token_put_cert(t, "k-p256", false_cert, &err), &err));
	CHECK(fails(csg_token_get_cert(t, "k-p256", &c, &err), &err,
	    CSG_R_KEYMISMATCH, "stored with it"));
	set_id(s, object_of(s, CKO_PUBLIC_KEY, "good"), "good", 4);
	set_id(s, own, id, at.ulValueLen);
	CHECK(works(csg_token_put_cert(t, "k-p256", certs[0], &err), &err));
	CHECK(works(csg_token_get_cert(t, "k-p256", &c, &err), &err));
	csg_cert_free(c);
	/* and without the plant a key can be destroyed */
	CHECK(works(csg_token_destroy(
			t, "pkcs11:object=good", false_cert, &found, &err),
	    &err));
	CHECK(found);
	csg_cert_free(false_cert);
	csg_buf_free(&sig);
}

/* k-pss lends its certificate to k-rsa, whose private key does not say what its
 * modulus is. */
static void
check_planted_rsa(struct csg_token *t, CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE own = object_of(s, CKO_CERTIFICATE, "k-rsa"),
			 lent = object_of(s, CKO_CERTIFICATE, "k-pss");
	unsigned char id[64], lent_id[64];
	CK_ATTRIBUTE at = { CKA_ID, id, sizeof(id) },
		     lent_at = { CKA_ID, lent_id, sizeof(lent_id) };
	struct csg_cert *c = NULL;
	struct csg_err err = { 0 };
	bool found;

	unreadable = CKA_MODULUS;
	unreadable_rv = CKR_ATTRIBUTE_SENSITIVE;
	signs = 0;
	CHECK(works(csg_token_get_cert(t, "k-rsa", &c, &err), &err));
	csg_cert_free(c);
	CHECK(signs == 1 && last_mechanism == CKM_RSA_PKCS);
	CHECK(works(csg_token_get_cert(t, "k-pss", &c, &err), &err));
	csg_cert_free(c);
	CHECK(last_mechanism == CKM_RSA_PKCS_PSS);

	CHECK(f->C_GetAttributeValue(s, own, &at, 1) == CKR_OK &&
	    f->C_GetAttributeValue(s, lent, &lent_at, 1) == CKR_OK);
	set_id(s, own, "away", 4);
	set_id(s, lent, id, at.ulValueLen);
	CHECK(fails(csg_token_destroy(t, keys[2].uri, certs[3], &found, &err),
	    &err, CSG_R_KEYMISMATCH, "stored with it"));
	set_id(s, lent, lent_id, lent_at.ulValueLen);
	set_id(s, own, id, at.ulValueLen);
	unreadable_rv = CKR_OK;
	CHECK(works(csg_token_get_cert(t, "k-rsa", &c, &err), &err));
	csg_cert_free(c);
}

static void
test_bad_keys(void)
{
	struct csg_token *t = open_in();
	CK_SESSION_HANDLE s = 0;
	size_t i;

	unit_case("each attribute that protects a key is demanded");
	CHECK(
	    f->C_OpenSession(slot_of("csg"),
		CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s) == CKR_OK);
	check_control(t, s);
	for (i = 0; i < NBAD; i++)
		check_bad(t, s, i);
	check_imported(t, s);

	unit_case("two keys alike are refused");
	check_twins(t, s);

	unit_case(
	    "an Ed25519 key is named as such, and keeps no other from use");
	check_ed25519(t, s);
	csg_token_close(t);
}

static void
test_planted(void)
{
	struct csg_token *t;
	CK_SESSION_HANDLE s = 0;

	unit_case(
	    "a public half that somebody put beside a key proves nothing");
	t = open_in();
	CHECK(
	    f->C_OpenSession(slot_of("csg"),
		CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s) == CKR_OK);
	check_planted(t, s);
	check_planted_rsa(t, s);
	csg_token_close(t);
}

int
main(void)
{
	void *module;
	size_t i;

	unit_case("SoftHSM is there");
	if (!CHECK(setup()) || !CHECK((module = wrap_module()) != NULL))
		return unit_done();
	test_initialise();
	test_open();
	test_login();
	test_generate();
	test_sign();
	if (certs[0] != NULL && certs[1] != NULL && certs[2] != NULL &&
	    certs[3] != NULL) {
		test_find();
		test_unreadable();
		test_lies();
		test_public();
		test_certs();
		test_bad_keys();
		test_planted();
		test_deadline();
	}
	for (i = 0; i < 4; i++)
		csg_cert_free(certs[i]);
	teardown();
	*f = real;
	(void)dlclose(module);
	return unit_done();
}
