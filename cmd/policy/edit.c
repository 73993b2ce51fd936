/* csg-policy user, key: edit drafts. */
#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/draft.h"
#include "cmd/common/talk.h"
#include "cmd/policy/policy.h"
#include "lib/policy/draft.h"
#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

#define MAX_CERT_FILE (1024 * 1024) /* including text around it */

/* ---- certificates ---- */

/* Copy only the certificates of a file, which may have other text around them,
 * as openssl(1) and bundles of CAs write it. */
static void
copy_cert_blocks(const char *s, struct csg_buf *out)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	bool inside = false;
	size_t n;

	for (; *s != '\0'; s += n) {
		n = strcspn(s, "\n");
		n += s[n] == '\n';
		inside = inside || strncmp(s, begin, sizeof(begin) - 1) == 0;
		if (inside)
			csg_buf_add(out, s, n);
		if (strncmp(s, end, sizeof(end) - 1) == 0)
			inside = false;
	}
}

static enum csg_rc
read_one_cert(const char *path, struct csg_cert **cert, struct csg_err *err)
{
	struct csg_buf file = { 0 }, text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_read(path, MAX_CERT_FILE, &file, err)) == CSG_OK) {
		copy_cert_blocks(csg_buf_str(&file), &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK &&
		    (rc = csg_cert_read(
			 csg_buf_str(&text), text.len, cert, err)) != CSG_OK)
			(void)csg_err_prefix(err, "%s: ", path);
	}
	csg_buf_free(&file);
	csg_buf_free(&text);
	return rc;
}

/* Read the certificate of "NAME=FILE", or of FILE, whose CN then is the
 * name. */
static enum csg_rc
read_named_cert(const char *operand, struct csg_buf *name,
    struct csg_cert **cert, struct csg_err *err)
{
	const char *eq = strchr(operand, '='), *path = operand;
	enum csg_rc rc;

	*cert = NULL;
	if (eq != NULL && strchr(operand, '/') != NULL &&
	    strchr(operand, '/') < eq)
		eq = NULL;
	if (eq != NULL)
		path = eq + 1;
	if ((rc = read_one_cert(path, cert, err)) != CSG_OK)
		return rc;
	if (eq != NULL)
		csg_buf_add(name, operand, (size_t)(eq - operand));
	else if ((rc = csg_cert_cn(*cert, name, err)) != CSG_OK)
		return rc;
	if (!csg_name_valid(csg_buf_str(name)))
		return csg_fail(err, CSG_R_PARSE,
		    "%s: its CN '%s' is not a valid name in a policy: give NAME=%s",
		    path, csg_buf_str(name), path);
	return csg_buf_ok(name, err);
}

/* Is it a self-signed certificate made with RSA-PSS? */
static bool
is_self_signed_pss(const struct csg_cert *c)
{
	return X509_get_signature_nid(c->x509) == NID_rsassaPss &&
	    X509_verify(c->x509, c->pkey) == 1;
}

/* ---- edits ---- */

enum edit { USER_ADD, USER_REMOVE, KEY_ADD, KEY_REMOVE };

/* A draft, and the edit to make. */
struct job {
	const struct policy_args *a;
	enum edit what;
	const char *path;
	struct csg_buf text;
	struct csg_buf notes; /* for people, one a line */
};

/* Add a user: the operand is a file with a certificate, or else the name of a
 * person who is in the draft already. */
static enum csg_rc
add_user_operand(struct job *j, const char *operand, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct csg_cert *cert = NULL;
	bool known = false;
	enum csg_rc rc;

	if (access(operand, F_OK) == -1 &&
	    (rc = csg_draft_has_user(&j->text, operand, &known, err)) != CSG_OK)
		return csg_err_prefix_file(err, j->path);
	if (known && j->a->ngroups == 0)
		cmd_usage("%s is in %s already: give -g, or a certificate",
		    operand, j->path);
	if (known)
		csg_buf_puts(&name, operand);
	else if ((rc = read_named_cert(operand, &name, &cert, err)) != CSG_OK)
		goto out;
	if ((rc = csg_draft_add_user(&j->text, csg_buf_str(&name), cert,
		 j->a->groups, j->a->ngroups, &j->notes, err)) != CSG_OK)
		(void)csg_err_prefix_file(err, j->path);
out:
	csg_cert_free(cert);
	csg_buf_free(&name);
	return rc;
}

static enum csg_rc
add_key_operand(struct job *j, const char *operand, struct csg_err *err)
{
	struct csg_buf name = { 0 };
	struct csg_cert *cert;
	enum csg_rc rc;

	if ((rc = read_named_cert(operand, &name, &cert, err)) == CSG_OK &&
	    (rc = csg_draft_add_key(&j->text, csg_buf_str(&name), cert,
		 is_self_signed_pss(cert), err)) != CSG_OK)
		(void)csg_err_prefix_file(err, j->path);
	csg_cert_free(cert);
	csg_buf_free(&name);
	return rc;
}

static enum csg_rc
edit_operand(struct job *j, const char *operand, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;

	switch (j->what) {
	case USER_ADD: return add_user_operand(j, operand, err);
	case KEY_ADD: return add_key_operand(j, operand, err);
	case USER_REMOVE:
		rc = csg_draft_remove_user(&j->text, operand, j->a->groups,
		    j->a->ngroups, &j->notes, err);
		break;
	case KEY_REMOVE:
		rc = csg_draft_remove_key(&j->text, operand, err);
		break;
	}
	return rc != CSG_OK ? csg_err_prefix_file(err, j->path) : rc;
}

static void
say_notes(const struct job *j)
{
	const char *s, *end;

	for (s = csg_buf_str(&j->notes); (end = strchr(s, '\n')) != NULL;
	    s = end + 1)
		cmd_say("%s: %.*s", j->path, (int)(end - s), s);
}

/* Make all edits or none: the draft is written once, after the last one. */
static enum csg_rc
edit_draft(const struct policy_args *a, enum edit what, struct csg_err *err)
{
	struct job j = { .a = a, .what = what };
	struct csg_buf dir = { 0 }, base = { 0 };
	char when[CSG_TIME_LEN];
	enum csg_rc rc;
	int i;

	if (a->n < 2)
		cmd_usage("give a DRAFT, and what to add or remove");
	j.path = a->operand[0];
	if ((rc = cmd_read_draft(j.path, &j.text, NULL, err)) == CSG_OK)
		rc = csg_io_split(j.path, &dir, &base, err);
	for (i = 1; i < a->n && rc == CSG_OK; i++)
		rc = edit_operand(&j, a->operand[i], err);
	if (rc == CSG_OK &&
	    (rc = csg_draft_set(&j.text, "issued",
		 csg_time_format(cmd_now(), when), err)) != CSG_OK)
		(void)csg_err_prefix_file(err, j.path);
	if (rc == CSG_OK &&
	    (rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		 j.text.data, j.text.len, CSG_EXISTING_REPLACE, err)) == CSG_OK)
		say_notes(&j);
	csg_buf_free(&j.text);
	csg_buf_free(&j.notes);
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
		return edit_draft(&a, user ? USER_ADD : KEY_ADD, err);
	if (strcmp(verb, "remove") == 0)
		return edit_draft(&a, user ? USER_REMOVE : KEY_REMOVE, err);
	cmd_usage("give '%s add' or '%s remove'", user ? "user" : "key",
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
