#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "cmd/common/crash.h"
#include "cmd/common/person.h"
#include "cmd/common/places.h"
#include "cmd/common/secret.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

#define MAX_KEY_FILE 65536

/* The path of the only *.key in ~/.config/csg, or NULL; kept until the process
 * ends. */
static const char *
only_key(void)
{
	const char *dir = cmd_config_dir();
	struct csg_buf path = { 0 };
	struct dirent *d;
	DIR *dp;
	size_t n = 0;

	if (dir == NULL || (dp = opendir(dir)) == NULL)
		return NULL;
	while ((d = readdir(dp)) != NULL)
		if (csg_text_ends(d->d_name, ".key") && n++ == 0)
			csg_buf_printf(&path, "%s/%s", dir, d->d_name);
	(void)closedir(dp);
	if (n == 1)
		return cmd_keep((char *)path.data); /* transferred */
	csg_buf_free(&path);
	return NULL;
}

struct passphrase {
	const char *source, *path;
	struct csg_err *err;
	bool asked;
};

/* OpenSSL calls this if the key is encrypted.  After a failure each of its
 * decoders calls it again, but people are asked once. */
static int
give_passphrase(char *buf, int size, int rwflag, void *arg)
{
	struct passphrase *p = arg;
	struct csg_secret s = { 0 };
	struct csg_buf what = { 0 };
	int n = -1;

	(void)rwflag;
	if (p->asked)
		return -1;
	p->asked = true;
	csg_buf_printf(&what, "passphrase for %s", p->path);
	if (cmd_secret(p->source, csg_buf_str(&what), &s, p->err) == CSG_OK &&
	    s.len <= (size_t)size) {
		memcpy(buf, s.s, s.len);
		n = (int)s.len;
	}
	csg_secret_free(&s);
	csg_buf_free(&what);
	return n;
}

/* Refuse a certificate: people easily give the wrong one of their two files. */
static enum csg_rc
check_private(const char *path, const struct csg_buf *text, struct csg_err *err)
{
	if (strstr(csg_buf_str(text), "PRIVATE KEY-----") == NULL &&
	    strstr(csg_buf_str(text), "-----BEGIN CERTIFICATE-----") != NULL)
		return csg_fail(err, CSG_R_TYPE,
		    "%s: is a certificate, not a private key", path);
	return CSG_OK;
}

static enum csg_rc
load_pem(const char *path, const char *pin_source, EVP_PKEY **key,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct passphrase p = { pin_source, path, err, false };
	BIO *bio = NULL;
	enum csg_rc rc;
	int fd;

	if ((fd = csg_io_open(path, err)) == -1)
		return err->rc;
	if ((rc = csg_io_read_fd(fd, path, MAX_KEY_FILE, &text, err)) ==
		CSG_OK &&
	    (rc = check_private(path, &text, err)) == CSG_OK)
		rc = csg_io_trusted(fd, path, true, err);
	(void)close(fd);
	if (rc != CSG_OK)
		goto out;
	if ((bio = BIO_new_mem_buf(text.data, (int)text.len)) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	*key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &p);
	if (*key == NULL && err->rc == CSG_OK)
		(void)csg_fail_ssl(err, p.asked ? CSG_R_PIN : CSG_R_PARSE,
		    p.asked ? "%s: wrong passphrase, or the file is damaged" :
			      "%s: no private key in PEM format found",
		    path);
	rc = *key != NULL ? CSG_OK : err->rc;
out:
	BIO_free(bio);
	csg_buf_free(&text);
	return rc;
}

/* The PIN of a card, as csg_pin_source wants it. */
struct card_pin {
	const char *source, *uri;
};

static enum csg_rc
card_pin(void *arg, bool pad, struct csg_secret *out, struct csg_err *err)
{
	const struct card_pin *c = arg;
	struct csg_buf what = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&what, "PIN for %s", c->uri);
	if ((rc = csg_buf_ok(&what, err)) == CSG_OK)
		rc = cmd_pin(c->source, csg_buf_str(&what), pad, out, err);
	csg_buf_free(&what);
	return rc;
}

/* Load the key of a smart card or other token, through the modules that are
 * registered with p11-kit. */
static enum csg_rc
load_card(const char *uri, const char *pin_source, struct cmd_person *out,
    struct csg_err *err)
{
	static const struct csg_deadline deadline = { CSG_DEADLINE_SECONDS,
		cmd_timed_out };
	struct card_pin of = { pin_source, uri };
	const struct csg_pin_source pin = { card_pin, &of };
	enum csg_rc rc;

	cmd_expect_crash();
	if ((rc = csg_token_find(uri, &deadline, &out->token, err)) == CSG_OK &&
	    (rc = csg_token_login(out->token, &pin, err)) == CSG_OK)
		rc = csg_token_key(out->token, uri, &out->card, err);
	return rc;
}

enum csg_rc
cmd_load_key(const char *key, const char *pin_source, struct cmd_person *out,
    struct csg_err *err)
{
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	rc = strncmp(key, "pkcs11:", 7) == 0 ?
	    load_card(key, pin_source, out, err) :
	    load_pem(key, pin_source, &out->pem, err);
	if (rc != CSG_OK)
		cmd_person_clear(out);
	return rc;
}

EVP_PKEY *
cmd_person_public(const struct cmd_person *person)
{
	return person->pem != NULL ? person->pem :
				     csg_token_key_public(person->card);
}

struct csg_signer_key
cmd_person_signer(const struct cmd_person *person)
{
	return person->pem != NULL ?
	    csg_pkey_signer(person->cert, person->pem, false) :
	    csg_token_signer(person->card, person->cert, false);
}

struct csg_decrypt_key
cmd_person_decrypter(const struct cmd_person *person)
{
	return person->pem != NULL ? csg_pkey_decrypter(person->pem) :
				     csg_token_decrypter(person->card);
}

/* Find the key's owner in the policy. */
static enum csg_rc
identify(const char *key, const struct csg_policy *p, struct cmd_person *out,
    struct csg_err *err)
{
	const struct csg_revocation *r;
	struct csg_id spki;
	enum csg_rc rc;

	if (EVP_PKEY_get_base_id(cmd_person_public(out)) == EVP_PKEY_ED25519)
		return csg_fail(err, CSG_R_ALG,
		    "%s: OpenSSL 3.0 can't make CMS signatures with an Ed25519 key; use ECDSA or RSA",
		    key);
	if ((rc = csg_spki_id(cmd_person_public(out), &spki, err)) != CSG_OK)
		return rc;
	out->user = csg_policy_owner(p, &spki, &out->cert);
	if (out->user != CSG_NONE)
		return CSG_OK;
	if ((r = csg_policy_revoked(p, &spki)) != NULL)
		return csg_fail(err, CSG_R_REVOKED,
		    "%s: the policy revokes this key (%s)", key,
		    r->compromised ? "compromised" : "left");
	return csg_fail(err, CSG_R_GROUP,
	    "%s: nobody in policy %s version %llu owns this key", key, p->name,
	    (unsigned long long)p->version);
}

enum csg_rc
cmd_load_person(const char *key, const char *pin_source,
    const struct csg_policy *p, struct cmd_person *out, struct csg_err *err)
{
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if (key == NULL)
		key = cmd_variable("CSG_KEY");
	if (key == NULL && (key = only_key()) == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no private key: give -k, or keep exactly one *.key in ~/.config/csg");
	if ((rc = cmd_load_key(key, pin_source, out, err)) == CSG_OK &&
	    (rc = identify(key, p, out, err)) != CSG_OK)
		cmd_person_clear(out);
	return rc;
}

void
cmd_person_clear(struct cmd_person *person)
{
	EVP_PKEY_free(person->pem);
	csg_token_close(person->token);
	memset(person, 0, sizeof(*person));
}
