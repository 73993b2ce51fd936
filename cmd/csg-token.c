/* csg-token: the workstation's token and its keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "lib/io.h"
#include "lib/signer.h"
#include "lib/state.h"
#include "lib/text.h"

#define YEAR (INT64_C(365) * 86400)

enum { OPT_MODULE = CMD_FIRST_OWN, OPT_LABEL, OPT_NAME, OPT_SUBJECT, OPT_CSR };

static const struct cmd_opt opts[] = { { 'c', "config", "FILE",
					   "signer configuration", false },
	{ 'd', "dir", "DIR", "init: directory to make", false },
	{ OPT_MODULE, "module", "FILE",
	    "init: PKCS#11 module (SoftHSM "
	    "inside DIR)",
	    false },
	{ OPT_LABEL, "label", "LABEL", "init: label of the token (csg)",
	    false },
	{ OPT_NAME, "name", "NAME", "newkey, cert: name of the key", false },
	{ 'a', "algorithm", "ALG",
	    "newkey: p256, p384, rsa3072, rsa4096, "
	    "rsa3072-pss, rsa4096-pss",
	    false },
	{ OPT_SUBJECT, "subject", "DN", "newkey: like /CN=Name/O=Company",
	    false },
	{ OPT_CSR, "csr", "FILE", "newkey: write a certificate request too",
	    false },
	{ 'o', "output", "FILE", "newkey, cert: certificate file", false },
	{ 'f', "force", NULL, "replace existing outputs", false },
	{ 'j', "json", NULL, "list: as JSON", false }, CMD_COMMON,
	{ 0, NULL, NULL, NULL, false } };

static const struct cmd_tool tool = { "csg-token",
	"init -d DIR [--module FILE] [--label LABEL]\n"
	"newkey [-c FILE] --name NAME -a ALG --subject DN [-o FILE]\n\t"
	"       [--csr FILE] [-f]\n"
	"list [-c FILE] [-j]\n"
	"cert [-c FILE] --name NAME [-o FILE] [-f]",
	"Make a signing workstation's token and keys, and look at them.",
	opts };

struct args {
	const char *config, *dir, *module, *label, *name, *alg, *subject;
	const char *csr, *out;
	bool force, json;
};

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'c': a->config = cmd_arg; break;
		case 'd': a->dir = cmd_arg; break;
		case OPT_MODULE: a->module = cmd_arg; break;
		case OPT_LABEL: a->label = cmd_arg; break;
		case OPT_NAME: a->name = cmd_arg; break;
		case 'a': a->alg = cmd_arg; break;
		case OPT_SUBJECT: a->subject = cmd_arg; break;
		case OPT_CSR: a->csr = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		}
	if (argc != optind)
		cmd_usage("unexpected operand '%s'", argv[optind]);
	if (a->name != NULL && !csg_name_valid(a->name))
		cmd_usage(
		    "--name: '%s' is no name: letters, digits, '.', "
		    "'_', '-', beginning with a letter or digit, at most 64",
		    a->name);
}

/* ---- init ---- */

/* SoftHSM where Debian and others put it. */
static const char *
find_softhsm(void)
{
	static const char *const places[] = { "/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
		"/usr/local/lib/softhsm/libsofthsm2.so" };
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

/* 24 characters of 5 random bits each. */
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
		return csg_fail_ssl(err, CSG_R_IO, "no random PIN");
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

/* The embedded token: SoftHSM with its store and configuration inside dir. */
static enum csg_rc
embed_softhsm(const char *dir, struct csg_buf *env, struct csg_err *err)
{
	struct csg_buf tokens = { 0 }, conf = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&tokens, "%s/tokens", dir);
	csg_buf_printf(&conf,
	    "directories.tokendir = %s\n"
	    "objectstore.backend = file\nlog.level = ERROR\n"
	    "slots.removable = false\n",
	    csg_buf_str(&tokens));
	csg_buf_printf(env, "SOFTHSM2_CONF=%s/softhsm2.conf", dir);
	if ((rc = csg_buf_ok(&conf, err)) == CSG_OK &&
	    mkdir(csg_buf_str(&tokens), 0700) == -1)
		rc = csg_fail_errno(err, "%s", csg_buf_str(&tokens));
	if (rc == CSG_OK)
		rc = csg_io_write(dir, "softhsm2.conf", 0600, conf.data,
		    conf.len, CSG_EXISTING_REFUSE, err);
	csg_buf_free(&tokens);
	csg_buf_free(&conf);
	return rc;
}

/* A key with its self-signed certificate, on the token and beside it. */
static enum csg_rc
make_key(struct csg_token *t, const char *name, enum csg_keyalg alg,
    const char *subject, struct csg_cert **cert, EVP_PKEY **key,
    struct csg_err *err)
{
	int64_t now = cmd_now();
	bool pss = alg == CSG_RSA3072_PSS || alg == CSG_RSA4096_PSS;
	enum csg_rc rc;

	if ((rc = csg_token_generate(t, name, alg, key, err)) == CSG_OK &&
	    (rc = csg_cert_make(*key, pss, subject, CSG_USE_CODE, now - 60,
		 now + 10 * YEAR, cert, err)) == CSG_OK)
		rc = csg_token_put_cert(t, name, *cert, err);
	return rc;
}

static enum csg_rc
make_own_key(
    struct csg_token *t, const char *dir, const char *name, struct csg_err *err)
{
	struct csg_buf subject = { 0 }, file = { 0 }, text = { 0 };
	struct csg_cert *cert = NULL;
	EVP_PKEY *key;
	enum csg_rc rc;

	csg_buf_printf(&subject, "/CN=%s", name);
	csg_buf_printf(&file, "%s.crt", name);
	if ((rc = make_key(t, name, CSG_P384, csg_buf_str(&subject), &cert,
		 &key, err)) == CSG_OK &&
	    (rc = csg_cert_write(cert, &text, err)) == CSG_OK)
		rc = csg_io_write(dir, csg_buf_str(&file), 0644, text.data,
		    text.len, CSG_EXISTING_REFUSE, err);
	csg_cert_free(cert);
	csg_buf_free(&subject);
	csg_buf_free(&file);
	csg_buf_free(&text);
	return rc;
}

/* Token, PINs and the two keys that csg itself needs. */
static enum csg_rc
make_token(const struct csg_signer *s, const char *dir, const char *label,
    struct csg_err *err)
{
	struct csg_secret pin = { 0 }, so_pin = { 0 };
	struct csg_token *t = NULL;
	enum csg_rc rc;

	if ((rc = random_pin(&pin, err)) == CSG_OK &&
	    (rc = random_pin(&so_pin, err)) == CSG_OK &&
	    (rc = write_pin(dir, "pin", &pin, err)) == CSG_OK &&
	    (rc = write_pin(dir, "so-pin", &so_pin, err)) == CSG_OK &&
	    (rc = csg_token_initialise(s->module, label, &so_pin, &pin, err)) ==
		CSG_OK &&
	    (rc = csg_token_open(s->module, s->token, &t, err)) == CSG_OK &&
	    (rc = csg_token_login(t, &pin, err)) == CSG_OK &&
	    (rc = make_own_key(t, dir, "policy", err)) == CSG_OK)
		rc = make_own_key(t, dir, "ledger", err);
	csg_token_close(t);
	csg_secret_free(&pin);
	csg_secret_free(&so_pin);
	return rc;
}

static enum csg_rc
write_signer(const struct csg_signer *s, const char *dir, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_state_create(s->state, err)) == CSG_OK &&
	    (rc = csg_signer_write(s, &text, err)) == CSG_OK)
		rc = csg_io_write(dir, "signer.yaml", 0600, text.data, text.len,
		    CSG_EXISTING_REFUSE, err);
	csg_buf_free(&text);
	if (rc == CSG_OK) {
		(void)printf("%s/signer.yaml\n", dir);
		cmd_say("the security officer's PIN is in %s/so-pin: move it "
			"to its custodians, off this machine",
		    dir);
	}
	return rc;
}

/* Everything below dir, which is new and absolute. */
static enum csg_rc
init_in(const char *dir, const struct args *a, const char *module,
    struct csg_err *err)
{
	const char *label = a->label != NULL ? a->label : "csg", *conf;
	struct csg_buf env = { 0 }, state = { 0 }, pin = { 0 }, token = { 0 };
	char *vars[2] = { NULL, NULL };
	struct csg_signer s = { .env = vars };
	enum csg_rc rc = CSG_OK;

	if (a->module == NULL)
		rc = embed_softhsm(dir, &env, err);
	else if ((conf = getenv("SOFTHSM2_CONF")) != NULL)
		csg_buf_printf(&env, "SOFTHSM2_CONF=%s", conf);
	if (env.len > 0) {
		vars[0] = (char *)env.data;
		(void)setenv("SOFTHSM2_CONF", strchr(vars[0], '=') + 1, 1);
	}
	csg_buf_printf(&state, "%s/state", dir);
	csg_buf_printf(&pin, "file:%s/pin", dir);
	csg_buf_printf(&token, "pkcs11:token=%s", label);
	if (rc == CSG_OK && (rc = csg_buf_ok(&token, err)) == CSG_OK) {
		s.module = (char *)(uintptr_t)module;
		s.token = (char *)token.data;
		s.pin_source = (char *)pin.data;
		s.state = (char *)state.data;
		if ((rc = make_token(&s, dir, label, err)) == CSG_OK)
			rc = write_signer(&s, dir, err);
	}
	csg_buf_free(&env);
	csg_buf_free(&state);
	csg_buf_free(&pin);
	csg_buf_free(&token);
	return rc;
}

static enum csg_rc
do_init(const struct args *a, struct csg_err *err)
{
	const char *module = a->module;
	char *dir, *real = NULL;
	enum csg_rc rc;

	if (a->dir == NULL)
		cmd_usage("init needs -d DIR");
	if (a->label != NULL &&
	    (!csg_name_valid(a->label) || strlen(a->label) > 32))
		cmd_usage("--label: a name of at most 32 characters");
	if (module == NULL && (module = find_softhsm()) == NULL)
		return csg_fail(err, CSG_R_TOKEN,
		    "SoftHSM is not installed "
		    "(Debian: softhsm2); or give --module");
	if (module[0] != '/' &&
	    (module = real = realpath(module, NULL)) == NULL)
		return csg_fail(
		    err, CSG_R_TOKEN, "%s: %s", a->module, strerror(errno));
	if (mkdir(a->dir, 0700) == -1 &&
	    (errno != EEXIST || rmdir(a->dir) == -1 ||
		mkdir(a->dir, 0700) == -1)) {
		free(real);
		return csg_fail_errno(err, "%s: must be new or empty", a->dir);
	}
	if ((dir = realpath(a->dir, NULL)) == NULL)
		rc = csg_fail_errno(err, "%s", a->dir);
	else
		rc = init_in(dir, a, module, err);
	free(dir);
	free(real);
	return rc;
}

/* ---- keys ---- */

static enum csg_rc
write_text(const char *path, const struct csg_buf *text, bool force,
    struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		 text->data, text->len,
		 force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK)
		(void)printf("%s\n", path);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

static enum csg_rc
probe(const char *path, bool force, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &base, err)) == CSG_OK)
		rc = csg_outputs_probe(csg_buf_str(&dir), csg_buf_str(&base),
		    force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

static enum csg_rc
do_newkey(const struct args *a, struct csg_err *err)
{
	struct csg_signer *s = NULL;
	struct csg_token *t = NULL;
	struct csg_cert *cert = NULL;
	struct csg_buf text = { 0 }, csr = { 0 }, out = { 0 };
	enum csg_keyalg alg;
	EVP_PKEY *key;
	bool pss;
	enum csg_rc rc;

	if (a->name == NULL || a->alg == NULL || a->subject == NULL)
		cmd_usage("newkey needs --name, -a and --subject");
	if (!csg_keyalg_parse(a->alg, &alg))
		cmd_usage("-a: '%s' is none of p256, p384, rsa3072, rsa4096, "
			  "rsa3072-pss, rsa4096-pss",
		    a->alg);
	pss = alg == CSG_RSA3072_PSS || alg == CSG_RSA4096_PSS;
	csg_buf_printf(&out, a->out != NULL ? "%s" : "%s.crt",
	    a->out != NULL ? a->out : a->name);
	if ((rc = probe(csg_buf_str(&out), a->force, err)) == CSG_OK &&
	    (a->csr == NULL || (rc = probe(a->csr, a->force, err)) == CSG_OK) &&
	    (rc = cmd_workstation(a->config, &s, err)) == CSG_OK &&
	    (rc = cmd_open_token(s, &t, err)) == CSG_OK &&
	    (rc = make_key(t, a->name, alg, a->subject, &cert, &key, err)) ==
		CSG_OK &&
	    (rc = csg_cert_write(cert, &text, err)) == CSG_OK &&
	    (a->csr == NULL ||
		(rc = csg_csr_make(key, pss, a->subject, &csr, err)) ==
		    CSG_OK) &&
	    (rc = write_text(csg_buf_str(&out), &text, a->force, err)) ==
		CSG_OK &&
	    a->csr != NULL)
		rc = write_text(a->csr, &csr, a->force, err);
	csg_token_close(t);
	csg_signer_free(s);
	csg_cert_free(cert);
	csg_buf_free(&text);
	csg_buf_free(&csr);
	csg_buf_free(&out);
	return rc;
}

static void
list_json(const struct csg_token_key_info *k, size_t n)
{
	struct json j = { 0 };
	size_t i;

	json_array(&j, NULL);
	for (i = 0; i < n; i++) {
		json_object(&j, NULL);
		json_string(&j, "name", k[i].label);
		json_string(&j, "id", k[i].id);
		json_string(&j, "type", k[i].type);
		json_bool(&j, "local", k[i].local);
		json_bool(&j, "sensitive", k[i].sensitive);
		json_bool(&j, "always_sensitive", k[i].always_sensitive);
		json_bool(&j, "extractable", k[i].extractable);
		json_bool(&j, "never_extractable", k[i].never_extractable);
		json_bool(&j, "sign", k[i].sign);
		json_bool(&j, "decrypt", k[i].decrypt);
		json_bool(&j, "unwrap", k[i].unwrap);
		json_string(&j, "mechanisms", k[i].mechanisms);
		json_bool(&j, "certificate", k[i].has_cert);
		json_bool(&j, "good", k[i].good);
		json_end_object(&j);
	}
	json_end_array(&j);
}

static void
list_text(const struct csg_token_key_info *k, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		cmd_print("%-20s %-8s %s%s%s%s %s%s\n", k[i].label, k[i].type,
		    k[i].good ? "good:" : "NOT FIT TO SIGN:",
		    k[i].local ? " made-here" : " imported",
		    k[i].never_extractable ? " never-extractable" :
			k[i].extractable   ? " EXTRACTABLE" :
					     " was-extractable",
		    k[i].always_sensitive ? " always-sensitive" : "",
		    k[i].mechanisms, k[i].has_cert ? "" : " no-certificate");
}

static enum csg_rc
do_list(const struct args *a, struct csg_err *err)
{
	struct csg_signer *s = NULL;
	struct csg_token *t = NULL;
	struct csg_token_key_info *k = NULL;
	size_t n = 0;
	enum csg_rc rc;

	if ((rc = cmd_workstation(a->config, &s, err)) == CSG_OK &&
	    (rc = cmd_open_token(s, &t, err)) == CSG_OK &&
	    (rc = csg_token_list(t, &k, &n, err)) == CSG_OK) {
		if (a->json)
			list_json(k, n);
		else
			list_text(k, n);
	}
	free(k);
	csg_token_close(t);
	csg_signer_free(s);
	return rc;
}

static enum csg_rc
do_cert(const struct args *a, struct csg_err *err)
{
	struct csg_signer *s = NULL;
	struct csg_token *t = NULL;
	struct csg_cert *cert = NULL;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if (a->name == NULL)
		cmd_usage("cert needs --name");
	if ((rc = cmd_workstation(a->config, &s, err)) == CSG_OK &&
	    (rc = cmd_open_token(s, &t, err)) == CSG_OK &&
	    (rc = csg_token_get_cert(t, a->name, &cert, err)) == CSG_OK &&
	    (rc = csg_cert_write(cert, &text, err)) == CSG_OK) {
		if (a->out != NULL)
			rc = write_text(a->out, &text, a->force, err);
		else
			(void)fputs(csg_buf_str(&text), stdout);
	}
	csg_cert_free(cert);
	csg_token_close(t);
	csg_signer_free(s);
	csg_buf_free(&text);
	return rc;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *verb;
		enum csg_rc (*run)(const struct args *, struct csg_err *);
	} verbs[] = { { "init", do_init }, { "newkey", do_newkey },
		{ "list", do_list }, { "cert", do_cert } };
	struct args a = { 0 };
	struct csg_err err = { 0 };
	const char *verb;
	size_t i;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verb != NULL && strcmp(verb, verbs[i].verb) == 0) {
			(void)verbs[i].run(&a, &err);
			return cmd_exit(&err);
		}
	cmd_usage(verb != NULL ? "no such command: %s" : "no command%s",
	    verb != NULL ? verb : "");
}
