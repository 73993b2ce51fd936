/* csg-keygen: make a person's key and certificate. */
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/secret.h"
#include "lib/crypto/cert_make.h"
#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/crypto/keyalg.h"

#define MIN_PASSPHRASE 8

enum { OPT_NO_PASSPHRASE = CMD_FIRST_OWN, OPT_DAYS };

static const struct cmd_opt opts[] = {
	{ 'a', "algorithm", "ALG", "p256 (default), p384, rsa3072, rsa4096",
	    NULL, false },
	{ 'o', "output", "DIR", "directory to write to", NULL, false },
	{ OPT_DAYS, "days", "N", "validity of the certificate (default: 730)",
	    NULL, false },
	{ OPT_NO_PASSPHRASE, "no-passphrase", NULL,
	    "leave the private key unencrypted", NULL, false },
	{ CMD_PIN_SOURCE, "pin-source", "SOURCE",
	    "passphrase: prompt, fd:N or file:PATH", NULL, false },
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, NULL, false },
};

static const struct cmd_verb verbs[] = {
	{ "",
	    "[-a ALG] [-o DIR] [--days N] [--no-passphrase] [--pin-source SOURCE] [-qv] NAME" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-keygen", verbs,
	"Make a person's private key NAME.key and certificate NAME.crt.",
	opts };

struct args {
	const char *dir, *pin_source, *name;
	char key_file[72], crt_file[72]; /* NAME.key, NAME.crt */
	enum csg_keyalg alg;
	int64_t days;
	bool plain;
};

static void
parse_args(int argc, char *argv[], struct args *a)
{
	struct csg_err err = { 0 };
	struct csg_buf days = { 0 };
	int ch;

	a->dir = ".";
	a->alg = CSG_P256;
	a->days = INT64_C(730) * 86400;
	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'a':
			if (!csg_keyalg_parse(cmd_arg, &a->alg) ||
			    a->alg > CSG_RSA4096)
				cmd_usage(
				    "-a: '%s' is none of p256, p384, rsa3072, rsa4096",
				    cmd_arg);
			break;
		case 'o': a->dir = cmd_arg; break;
		case OPT_DAYS:
			csg_buf_printf(&days, "%sd", cmd_arg);
			if (csg_duration_parse(
				csg_buf_str(&days), &a->days, &err) != CSG_OK)
				cmd_usage(
				    "--days: '%s' is not a number from 1 to 3660",
				    cmd_arg);
			csg_buf_free(&days);
			break;
		case OPT_NO_PASSPHRASE: a->plain = true; break;
		case CMD_PIN_SOURCE: a->pin_source = cmd_arg; break;
		}
	if (argc - optind != 1)
		cmd_usage("give exactly one NAME");
	a->name = argv[optind];
	if (!csg_name_valid(a->name))
		cmd_usage(
		    "'%s' is not a valid name (letters, digits, '.', '_', '-', beginning with a letter or digit, at most 64)",
		    a->name);
	(void)snprintf(a->key_file, sizeof(a->key_file), "%s.key", a->name);
	(void)snprintf(a->crt_file, sizeof(a->crt_file), "%s.crt", a->name);
	if (a->plain && a->pin_source != NULL)
		cmd_usage("--no-passphrase or --pin-source, not both");
}

static EVP_PKEY *
generate(enum csg_keyalg alg)
{
	switch (alg) {
	case CSG_P256: return EVP_EC_gen("P-256");
	case CSG_P384: return EVP_EC_gen("P-384");
	case CSG_RSA3072: return EVP_RSA_gen(3072);
	default: return EVP_RSA_gen(4096);
	}
}

/* Append the key as PKCS#8 (RFC 5958) in PEM, encrypted with AES-256-CBC if
 * there is a passphrase. */
static enum csg_rc
write_key(EVP_PKEY *key, const struct csg_secret *pass, struct csg_buf *out,
    struct csg_err *err)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *data;
	long len;
	bool ok;

	ok = bio != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key,
		pass->s != NULL ? EVP_aes_256_cbc() : NULL, pass->s,
		(int)pass->len, NULL, NULL) == 1 &&
	    (len = BIO_get_mem_data(bio, &data)) > 0;
	if (ok)
		csg_buf_add(out, data, (size_t)len);
	BIO_free(bio);
	return ok ? csg_buf_ok(out, err) :
		    csg_fail_ssl(err, CSG_R_IO, "can't encode the private key");
}

/* Check that both files can be written, before anybody is asked for a
 * passphrase. */
static enum csg_rc
probe(const struct args *a, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_outputs_probe(a->dir, NULL, CSG_EXISTING_KEEP, err)) !=
		CSG_OK ||
	    (rc = csg_outputs_probe(
		 a->dir, a->key_file, CSG_EXISTING_KEEP, err)) != CSG_OK)
		return rc;
	return csg_outputs_probe(a->dir, a->crt_file, CSG_EXISTING_KEEP, err);
}

static enum csg_rc
write_files(const struct args *a, const struct csg_buf *key,
    const struct csg_buf *cert, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	enum csg_rc rc;

	if ((rc = csg_outputs_new(a->dir, &set, err)) == CSG_OK &&
	    (rc = csg_outputs_add(
		 set, a->key_file, 0600, key->data, key->len, err)) == CSG_OK &&
	    (rc = csg_outputs_add(
		 set, a->crt_file, 0644, cert->data, cert->len, err)) == CSG_OK)
		rc = csg_outputs_commit(set, CSG_EXISTING_KEEP, err);
	csg_outputs_free(set);
	if (rc == CSG_OK)
		(void)printf(
		    "%s/%s\n%s/%s\n", a->dir, a->key_file, a->dir, a->crt_file);
	return rc;
}

static enum csg_rc
run(const struct args *a, struct csg_err *err)
{
	struct csg_buf key_text = { 0 }, cert_text = { 0 };
	struct csg_buf subject = { 0 };
	struct csg_secret pass = { 0 };
	struct csg_cert *cert = NULL;
	struct csg_signer_key k;
	EVP_PKEY *key = NULL;
	int64_t now = cmd_now();
	enum csg_rc rc;

	csg_buf_printf(&subject, "/CN=%s", a->name);
	if ((rc = probe(a, err)) == CSG_OK && !a->plain)
		rc = cmd_new_secret(a->pin_source, "new passphrase",
		    MIN_PASSPHRASE, &pass, err);
	if (rc == CSG_OK && (key = generate(a->alg)) == NULL)
		rc = csg_fail_ssl(err, CSG_R_IO, "can't generate a key");
	k = csg_pkey_signer(NULL, key, false);
	if (rc == CSG_OK &&
	    (rc = csg_cert_make(key, &k, csg_buf_str(&subject), CSG_USE_PERSON,
		 now - 60, now + a->days, &cert, err)) == CSG_OK &&
	    (rc = write_key(key, &pass, &key_text, err)) == CSG_OK &&
	    (rc = csg_cert_write(cert, &cert_text, err)) == CSG_OK)
		rc = write_files(a, &key_text, &cert_text, err);
	csg_secret_free(&pass);
	csg_cert_free(cert);
	EVP_PKEY_free(key);
	csg_buf_free(&key_text);
	csg_buf_free(&cert_text);
	csg_buf_free(&subject);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct args a = { 0 };
	struct csg_err err = { 0 };

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	(void)run(&a, &err);
	return cmd_exit(&err);
}
