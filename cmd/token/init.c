/* csg-token init: make a new workstation and token. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "cmd/common/cmd.h"
#include "cmd/common/talk.h"
#include "cmd/token/token.h"
#include "lib/base/io.h"
#include "lib/workstation/config.h"
#include "lib/workstation/state.h"
#include "lib/base/text.h"

/* Make a PIN: 24 characters of 5 random bits each. */
static enum csg_rc
random_pin(struct csg_secret *out, struct csg_err *err)
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char r[24];
	size_t i;

	out->len = sizeof(r);
	if ((out->s = OPENSSL_secure_zalloc(sizeof(r) + 1)) == NULL)
		return csg_fail_mem(err);
	if (RAND_priv_bytes(r, sizeof(r)) != 1)
		return csg_fail_ssl(err, CSG_R_IO, "can't make a random PIN");
	for (i = 0; i < sizeof(r); i++)
		out->s[i] = alphabet[r[i] & 31];
	OPENSSL_cleanse(r, sizeof(r));
	return CSG_OK;
}

static enum csg_rc
write_pin(const char *dir, const char *name, const struct csg_secret *pin,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_buf_add(&text, pin->s, pin->len);
	csg_buf_puts(&text, "\n");
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_io_write(dir, name, 0600, text.data, text.len,
		    CSG_EXISTING_REFUSE, err);
	csg_buf_free(&text);
	return rc;
}

/* Make one of the two keys that csg itself needs, record it, and write its
 * certificate into dir. */
static enum csg_rc
make_own_key(const struct csg_signer *s, struct csg_token *t, const char *dir,
    const char *name, struct csg_err *err)
{
	struct csg_buf subject = { 0 }, file = { 0 }, text = { 0 };
	struct csg_cert *cert = NULL;
	struct csg_token_key *key;
	enum csg_rc rc;

	csg_buf_printf(&subject, "/CN=%s", name);
	csg_buf_printf(&file, "%s.crt", name);
	if ((rc = token_make_key(t, name, CSG_P384, csg_buf_str(&subject),
		 &cert, &key, err)) == CSG_OK &&
	    (rc = token_record_key(s, name, CSG_P384, cert, err)) == CSG_OK &&
	    (rc = csg_cert_write(cert, &text, err)) == CSG_OK)
		rc = csg_io_write(dir, csg_buf_str(&file), 0644, text.data,
		    text.len, CSG_EXISTING_REFUSE, err);
	csg_cert_free(cert);
	csg_buf_free(&subject);
	csg_buf_free(&file);
	csg_buf_free(&text);
	return rc;
}

/* Make the PINs, the token, and the two keys that csg itself needs.  *made: the
 * token may be initialised, with these PINs. */
static enum csg_rc
make_token(const struct csg_signer *s, const char *dir, const char *label,
    bool *made, struct csg_err *err)
{
	struct csg_secret pin = { 0 }, so_pin = { 0 };
	const struct csg_pin_source known = csg_pin_known(&pin);
	struct csg_token *t = NULL;
	enum csg_rc rc;

	if ((rc = random_pin(&pin, err)) == CSG_OK &&
	    (rc = random_pin(&so_pin, err)) == CSG_OK &&
	    (rc = write_pin(dir, "pin", &pin, err)) == CSG_OK &&
	    (rc = write_pin(dir, "so-pin", &so_pin, err)) == CSG_OK &&
	    (rc = csg_token_initialise(s->module, label, &s->deadline, &so_pin,
		 &pin, made, err)) == CSG_OK &&
	    (rc = csg_token_open(s->module, s->token, &s->deadline, &t, err)) ==
		CSG_OK &&
	    (rc = csg_token_login(t, &known, err)) == CSG_OK &&
	    (rc = make_own_key(s, t, dir, "policy", err)) == CSG_OK)
		rc = make_own_key(s, t, dir, "ledger", err);
	csg_token_close(t);
	csg_secret_free(&pin);
	csg_secret_free(&so_pin);
	return rc;
}

/* Make the empty store of an embedded token, and SoftHSM's configuration that
 * names it. */
static enum csg_rc
make_store(const char *dir, struct csg_err *err)
{
	struct csg_buf store = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&store, "%s/tokens", dir);
	if ((rc = csg_buf_ok(&store, err)) == CSG_OK &&
	    mkdir(csg_buf_str(&store), 0700) == -1)
		rc = csg_fail_errno(err, "%s", csg_buf_str(&store));
	if (rc == CSG_OK)
		rc = token_write_conf(dir, dir, CSG_EXISTING_REFUSE, err);
	csg_buf_free(&store);
	return rc;
}

/* Make everything below dir, which is new and an absolute path. */
static enum csg_rc
init_in(const char *dir, const struct token_args *a, const char *module,
    bool *made, struct csg_err *err)
{
	const char *label = a->label != NULL ? a->label : "csg";
	struct csg_buf token = { 0 }, conf = { 0 };
	struct csg_signer *s = NULL;
	enum csg_rc rc = CSG_OK;

	csg_buf_printf(&token, "pkcs11:token=%s", label);
	if (a->module == NULL) {
		csg_buf_printf(&conf, "%s/softhsm2.conf", dir);
		rc = make_store(dir, err);
	} else if (getenv("SOFTHSM2_CONF") != NULL)
		csg_buf_puts(&conf, getenv("SOFTHSM2_CONF"));
	if (rc == CSG_OK && (rc = csg_buf_ok(&token, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&conf, err)) == CSG_OK &&
	    (rc = token_signer(dir, module, csg_buf_str(&token),
		 conf.len > 0 ? csg_buf_str(&conf) : NULL, true, &s, err)) ==
		CSG_OK &&
	    (rc = token_use_conf(s, err)) == CSG_OK &&
	    (rc = csg_state_create(s->state, err)) == CSG_OK &&
	    (rc = make_token(s, dir, label, made, err)) == CSG_OK &&
	    (rc = token_write_signer(s, dir, err)) == CSG_OK) {
		(void)printf("%s/signer.yaml\n", dir);
		cmd_say(
		    "the security officer's PIN is in %s/so-pin: give it to its custodians and remove it from this machine",
		    dir);
	}
	csg_signer_free(s);
	csg_buf_free(&token);
	csg_buf_free(&conf);
	return rc;
}

/* Nothing stays of what failed, but the PINs of a token that lies elsewhere. */
static void
undo(const char *dir, const struct token_args *a, bool made)
{
	if (made && a->module != NULL)
		cmd_warn(
		    "the token '%s' may be initialised, and its PINs are in "
		    "%s/pin and %s/so-pin: to try again, reinitialise it "
		    "with the security officer's PIN, and remove %s",
		    a->label != NULL ? a->label : "csg", dir, dir, dir);
	else
		token_remove(AT_FDCWD, dir);
}

enum csg_rc
token_init(const struct token_args *a, struct csg_err *err)
{
	char *dir, *module = NULL;
	bool made = false;
	enum csg_rc rc;

	if (a->dir == NULL)
		cmd_usage("init requires -d DIR");
	if (a->label != NULL &&
	    (!csg_name_valid(a->label) || strlen(a->label) > 32))
		cmd_usage("--label: must be a name of at most 32 characters");
	if ((rc = token_module(a->module, &module, err)) != CSG_OK)
		return rc;
	if (mkdir(a->dir, 0700) == -1 &&
	    (errno != EEXIST || rmdir(a->dir) == -1 ||
		mkdir(a->dir, 0700) == -1)) {
		free(module);
		return csg_fail_errno(err, "%s: must be new or empty", a->dir);
	}
	if ((dir = realpath(a->dir, NULL)) == NULL)
		rc = csg_fail_errno(err, "%s", a->dir);
	else if ((rc = init_in(dir, a, module, &made, err)) != CSG_OK)
		undo(dir, a, made);
	free(dir);
	free(module);
	return rc;
}
