/* csg-policy new, user, key: making and editing drafts. */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "cmd/policy.h"
#include "lib/draft.h"
#include "lib/io.h"
#include "lib/text.h"
#include "lib/when.h"

#define YEAR (INT64_C(365) * 86400)

/* ---- new ---- */

/* "acme" of "dir/acme-1.yaml", or NULL. */
static char *
name_of_draft(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name;
	size_t n;

	base = base != NULL ? base + 1 : path;
	n = strcspn(base, ".");
	while (n > 0 && strchr("0123456789", base[n - 1]) != NULL)
		n--;
	if (n < 2 || base[n - 1] != '-' ||
	    (name = strndup(base, n - 1)) == NULL)
		return NULL;
	if (csg_name_valid(name))
		return name;
	free(name);
	return NULL;
}

/* An example policy's text, by name or path. */
static enum csg_rc
read_template(const char *name, struct csg_buf *text, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	if (strchr(name, '/') != NULL || strchr(name, '.') != NULL)
		return csg_io_read(name, CSG_POLICY_MAX, text, err);
	csg_buf_printf(&path, "%s/%s.yaml", CSG_DATADIR, name);
	if ((rc = csg_io_read(csg_buf_str(&path), CSG_POLICY_MAX, text, err)) !=
	    CSG_OK)
		rc = csg_fail(
		    err, CSG_R_IO, "no template '%s' in %s", name, CSG_DATADIR);
	csg_buf_free(&path);
	return rc;
}

/* version, previous, issued, expires. */
static enum csg_rc
set_dates(struct csg_buf *text, uint64_t version, const char *previous,
    struct csg_err *err)
{
	char number[24], when[CSG_TIME_LEN];
	int64_t now = cmd_now();
	enum csg_rc rc;

	(void)snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)version);
	if ((rc = csg_draft_set(text, "version", number, err)) != CSG_OK ||
	    (rc = csg_draft_set(text, "previous", previous, err)) != CSG_OK ||
	    (rc = csg_draft_set(
		 text, "issued", csg_time_format(now, when), err)) != CSG_OK)
		return rc;
	return csg_draft_set(
	    text, "expires", csg_time_format(now + YEAR, when), err);
}

/* The version after the one in force. */
static enum csg_rc
next_version(
    const struct policy_args *a, struct csg_buf *text, struct csg_err *err)
{
	const struct csg_envelope *env;
	const struct csg_policy *p;
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = cmd_load_policy(a->policy, a->trust, &trust, &chain, err)) ==
	    CSG_OK) {
		p = csg_chain_policy(chain);
		env = chain->links[chain->n - 1].msg->env;
		csg_buf_add(text, env->content, env->len);
		rc = set_dates(
		    text, p->version + 1, csg_id_format(&p->id, id), err);
	}
	csg_chain_free(chain);
	csg_trust_free(trust);
	return rc;
}

enum csg_rc
policy_new(const struct policy_args *a, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	char *name;
	enum csg_rc rc;

	if (a->out == NULL || a->n > 1)
		cmd_usage("new takes one TEMPLATE at most, and -o DRAFT");
	if (a->n == 0)
		rc = next_version(a, &text, err);
	else if ((rc = read_template(a->operand[0], &text, err)) == CSG_OK &&
	    (rc = set_dates(&text, 1, "none", err)) == CSG_OK &&
	    (name = name_of_draft(a->out)) != NULL) {
		rc = csg_draft_set(&text, "name", name, err);
		free(name);
	}
	if (rc == CSG_OK)
		rc = cmd_write(
		    a->out, "policy.yaml", &text, a->force, false, err);
	csg_buf_free(&text);
	return rc;
}

/* ---- edits ---- */

/* "NAME=FILE" or FILE; the name is the certificate's CN then. */
static enum csg_rc
read_named_cert(const char *operand, struct csg_buf *name,
    struct csg_cert **cert, struct csg_err *err)
{
	const char *eq = strchr(operand, '='), *path = operand;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*cert = NULL;
	if (eq != NULL && strchr(operand, '/') != NULL &&
	    strchr(operand, '/') < eq)
		eq = NULL;
	if (eq != NULL)
		path = eq + 1;
	if ((rc = csg_io_read(path, CSG_MAX_CERT, &text, err)) == CSG_OK &&
	    (rc = csg_cert_read(csg_buf_str(&text), text.len, cert, err)) !=
		CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	csg_buf_free(&text);
	if (rc != CSG_OK)
		return rc;
	if (eq != NULL)
		csg_buf_add(name, operand, (size_t)(eq - operand));
	else if ((rc = csg_cert_cn(*cert, name, err)) != CSG_OK)
		return rc;
	if (!csg_name_valid(csg_buf_str(name)))
		return csg_fail(err, CSG_R_PARSE,
		    "%s: its CN '%s' is no name "
		    "for a policy: give NAME=%s",
		    path, csg_buf_str(name), path);
	return csg_buf_ok(name, err);
}

/* Is it a self-signed certificate made with RSA-PSS? */
static bool
is_pss(const struct csg_cert *c)
{
	return X509_get_signature_nid(c->x509) == NID_rsassaPss &&
	    X509_verify(c->x509, c->pkey) == 1;
}

enum edit { USER_ADD, USER_REMOVE, KEY_ADD, KEY_REMOVE };

static enum csg_rc
edit_one(const struct policy_args *a, enum edit what, const char *operand,
    struct csg_buf *text, struct csg_err *err)
{
	struct csg_cert *cert = NULL;
	struct csg_buf name = { 0 };
	enum csg_rc rc = CSG_OK;

	if (what == USER_ADD || what == KEY_ADD)
		rc = read_named_cert(operand, &name, &cert, err);
	if (rc == CSG_OK && what == USER_ADD)
		rc = csg_draft_add_user(
		    text, csg_buf_str(&name), cert, a->groups, a->ngroups, err);
	else if (rc == CSG_OK && what == KEY_ADD)
		rc = csg_draft_add_key(
		    text, csg_buf_str(&name), cert, is_pss(cert), err);
	else if (what == USER_REMOVE)
		rc = csg_draft_remove_user(
		    text, operand, a->groups, a->ngroups, err);
	else if (what == KEY_REMOVE)
		rc = csg_draft_remove_key(text, operand, err);
	csg_cert_free(cert);
	csg_buf_free(&name);
	return rc;
}

static enum csg_rc
edit(const struct policy_args *a, enum edit what, struct csg_err *err)
{
	const char *draft;
	struct csg_buf text = { 0 }, dir = { 0 }, base = { 0 };
	char when[CSG_TIME_LEN];
	enum csg_rc rc;
	int i;

	if (a->n < 2)
		cmd_usage("a DRAFT and what to add or remove");
	draft = a->operand[0];
	if ((rc = csg_io_read(draft, CSG_POLICY_MAX, &text, err)) != CSG_OK ||
	    (rc = csg_io_split(draft, &dir, &base, err)) != CSG_OK)
		goto out;
	for (i = 1; i < a->n && rc == CSG_OK; i++)
		rc = edit_one(a, what, a->operand[i], &text, err);
	if (rc == CSG_OK)
		rc = csg_draft_set(
		    &text, "issued", csg_time_format(cmd_now(), when), err);
	if (rc == CSG_MALFORMED && what != USER_ADD && what != KEY_ADD)
		(void)csg_err_prefix(err, "%s:", draft);
	if (rc == CSG_OK)
		rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		    text.data, text.len, CSG_EXISTING_REPLACE, err);
out:
	csg_buf_free(&text);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

static enum csg_rc
edit_verb(const struct policy_args *given, bool user, struct csg_err *err)
{
	struct policy_args a = *given;
	const char *verb = a.n > 0 ? a.operand[0] : "";

	a.operand++;
	a.n--;
	if (strcmp(verb, "add") == 0)
		return edit(&a, user ? USER_ADD : KEY_ADD, err);
	if (strcmp(verb, "remove") == 0)
		return edit(&a, user ? USER_REMOVE : KEY_REMOVE, err);
	cmd_usage("%s add or %s remove", user ? "user" : "key",
	    user ? "user" : "key");
}

enum csg_rc
policy_user(const struct policy_args *a, struct csg_err *err)
{
	return edit_verb(a, true, err);
}

enum csg_rc
policy_key(const struct policy_args *a, struct csg_err *err)
{
	return edit_verb(a, false, err);
}
