/* csg-token newkey, list, cert: make and list the keys of a token, and write
 * their certificates. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/json.h"
#include "cmd/common/table.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "cmd/token/token.h"
#include "lib/base/time.h"
#include "lib/crypto/cert_make.h"
#include "lib/ledger/ledger.h"

#define YEAR (365 * CSG_DAY_SECONDS)

enum csg_rc
token_make_key(struct csg_token *t, const char *name, enum csg_keyalg alg,
    const char *subject, struct csg_cert **cert, struct csg_token_key **key,
    struct csg_err *err)
{
	struct csg_signer_key k;
	int64_t now = cmd_now();
	bool pss = alg == CSG_RSA3072_PSS || alg == CSG_RSA4096_PSS;
	enum csg_rc rc;

	if ((rc = csg_subject_check(subject, err)) != CSG_OK ||
	    (rc = csg_token_generate(t, name, alg, key, err)) != CSG_OK)
		return rc;
	k = csg_token_signer(*key, NULL, pss);
	if ((rc = csg_cert_make(csg_token_key_public(*key), &k, subject,
		 CSG_USE_CODE, now - 60, now + 10 * YEAR, cert, err)) !=
		CSG_OK ||
	    (rc = csg_token_put_cert(t, name, *cert, err)) != CSG_OK)
		(void)csg_token_discard(
		    *key, NULL); /* so that its name is free again */
	return rc;
}

enum csg_rc
token_record_key(const struct csg_signer *s, const char *name,
    enum csg_keyalg alg, const struct csg_cert *cert, struct csg_err *err)
{
	struct csg_ledger *l = NULL;
	struct csg_buf path = { 0 }, what = { 0 };
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	csg_buf_printf(&path, "%s/ledger.db", s->state);
	csg_buf_printf(&what, "made %s %s %s", name, csg_keyalg_name(alg),
	    csg_id_format(&cert->spki, id));
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&what, err)) == CSG_OK &&
	    (rc = csg_ledger_open(csg_buf_str(&path), false, &l, err)) ==
		CSG_OK)
		rc = csg_ledger_key(l, cmd_now(), csg_buf_str(&what), err);
	csg_ledger_close(l);
	csg_buf_free(&path);
	csg_buf_free(&what);
	return rc;
}

/* Write the certificate of a new key, and with --csr a certificate request. */
static enum csg_rc
write_key_files(const struct token_args *a, const char *out,
    const struct csg_cert *cert, struct csg_token_key *key, bool pss,
    struct csg_err *err)
{
	const struct csg_signer_key k = csg_token_signer(key, cert, pss);
	struct csg_buf text = { 0 }, csr = { 0 };
	enum csg_rc rc;

	if ((rc = csg_cert_write(cert, &text, err)) == CSG_OK &&
	    (a->csr == NULL ||
		(rc = csg_csr_make(csg_token_key_public(key), &k, a->subject,
		     &csr, err)) == CSG_OK) &&
	    (rc = token_write(out, &text, 0644, a->force, err)) == CSG_OK &&
	    a->csr != NULL)
		rc = token_write(a->csr, &csr, 0644, a->force, err);
	csg_buf_free(&text);
	csg_buf_free(&csr);
	return rc;
}

/* Make and record a key, and write its files.  A key that could not be recorded
 * is destroyed. */
static enum csg_rc
make_recorded_key(const struct token_args *a, enum csg_keyalg alg,
    const char *out, struct csg_err *err)
{
	bool pss = alg == CSG_RSA3072_PSS || alg == CSG_RSA4096_PSS;
	struct csg_signer *s = NULL;
	struct csg_token *t = NULL;
	struct csg_cert *cert = NULL;
	struct csg_token_key *key;
	enum csg_rc rc;

	if ((rc = cmd_workstation(a->config, &s, err)) == CSG_OK &&
	    (rc = cmd_open_token(s, &t, err)) == CSG_OK &&
	    (rc = token_make_key(
		 t, a->name, alg, a->subject, &cert, &key, err)) == CSG_OK) {
		if ((rc = token_record_key(s, a->name, alg, cert, err)) ==
		    CSG_OK)
			rc = write_key_files(a, out, cert, key, pss, err);
		else
			(void)csg_token_discard(key, NULL);
	}
	csg_token_close(t);
	csg_signer_free(s);
	csg_cert_free(cert);
	return rc;
}

enum csg_rc
token_newkey(const struct token_args *a, struct csg_err *err)
{
	struct csg_buf out = { 0 };
	enum csg_keyalg alg;
	enum csg_rc rc;

	if (a->name == NULL || a->alg == NULL || a->subject == NULL)
		cmd_usage("newkey requires --name, -a and --subject");
	if (!csg_keyalg_parse(a->alg, &alg))
		cmd_usage(
		    "-a: '%s' is none of p256, p384, rsa3072, rsa4096, rsa3072-pss, rsa4096-pss",
		    a->alg);
	csg_buf_printf(&out, a->out != NULL ? "%s" : "%s.crt",
	    a->out != NULL ? a->out : a->name);
	if ((rc = csg_buf_ok(&out, err)) == CSG_OK &&
	    (rc = token_probe(csg_buf_str(&out), a->force, err)) == CSG_OK &&
	    (a->csr == NULL ||
		(rc = token_probe(a->csr, a->force, err)) == CSG_OK))
		rc = make_recorded_key(a, alg, csg_buf_str(&out), err);
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

/* Where a key comes from, and what its token says of its secrecy. */
static const char *
origin_of(const struct csg_token_key_info *k)
{
	if (k->local && k->never_extractable && k->always_sensitive)
		return "generated, never extractable";
	return k->extractable		     ? "EXTRACTABLE" :
	    k->local && k->never_extractable ? "generated, once not sensitive" :
	    k->local			     ? "generated, once extractable" :
					       "imported";
}

static enum csg_rc
list_text(const struct csg_token_key_info *k, size_t n, struct csg_err *err)
{
	static const char *const columns[] = { "KEY", "TYPE", "FIT TO SIGN",
		"ORIGIN", "MECHANISMS", "CERTIFICATE", NULL };
	struct cmd_table *t;
	size_t i;
	enum csg_rc rc;

	rc = cmd_table_new(columns, &t, err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		const char *const cells[] = {
			k[i].label,
			k[i].type,
			k[i].good ? "yes" : "NOT FIT TO SIGN",
			origin_of(&k[i]),
			k[i].mechanisms,
			k[i].has_cert ? "yes" : "no certificate",
		};

		rc = cmd_table_add(t, cells, err);
	}
	if (rc == CSG_OK)
		rc = cmd_table_print(t, err);
	cmd_table_free(t);
	return rc;
}

enum csg_rc
token_list(const struct token_args *a, struct csg_err *err)
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
			rc = list_text(k, n, err);
	}
	free(k);
	csg_token_close(t);
	csg_signer_free(s);
	return rc;
}

enum csg_rc
token_cert(const struct token_args *a, struct csg_err *err)
{
	struct csg_signer *s = NULL;
	struct csg_token *t = NULL;
	struct csg_cert *cert = NULL;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if (a->name == NULL)
		cmd_usage("cert requires --name");
	if ((rc = cmd_workstation(a->config, &s, err)) == CSG_OK &&
	    (rc = cmd_open_token(s, &t, err)) == CSG_OK &&
	    (rc = csg_token_get_cert(t, a->name, &cert, err)) == CSG_OK &&
	    (rc = csg_cert_write(cert, &text, err)) == CSG_OK) {
		if (a->out != NULL)
			rc = token_write(a->out, &text, 0644, a->force, err);
		else
			(void)fputs(csg_buf_str(&text), stdout);
	}
	csg_cert_free(cert);
	csg_token_close(t);
	csg_signer_free(s);
	csg_buf_free(&text);
	return rc;
}
