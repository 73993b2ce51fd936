/* csg-token backup: encrypt the embedded token to its custodians. */
#include <string.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "cmd/token/token.h"
#include "lib/backup/backup.h"
#include "lib/workstation/embedded.h"
#include "lib/base/io.h"

#define MAX_PIN 1024

/* The custodians that the operands name. */
struct custodians {
	struct csg_cert *certs[CSG_MAX_CUSTODIANS];
	const char *names[CSG_MAX_CUSTODIANS];
	struct csg_buf texts[CSG_MAX_CUSTODIANS]; /* the names */
	unsigned n;
};

/* ---- custodians ---- */

/* Append the CN, or else the file's name.  It is only for people. */
static enum csg_rc
custodian_name(const char *path, const struct csg_cert *c, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_buf dir = { 0 };
	enum csg_rc rc;

	if ((rc = csg_cert_cn(c, out, err)) == CSG_OK && out->len == 0)
		rc = csg_io_split(path, &dir, out, err);
	csg_buf_free(&dir);
	return rc;
}

static enum csg_rc
read_custodian_cert(const char *path, struct custodians *c, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	unsigned i = c->n;
	enum csg_rc rc;

	if ((rc = csg_io_read(path, CSG_MAX_CERT, &text, err)) == CSG_OK &&
	    ((rc = csg_recipient_read(
		  csg_buf_str(&text), text.len, &c->certs[i], err)) != CSG_OK ||
		(rc = custodian_name(path, c->certs[i], &c->texts[i], err)) !=
		    CSG_OK))
		(void)csg_err_prefix_file(err, path);
	if (rc == CSG_OK) {
		c->names[i] = csg_buf_str(&c->texts[i]);
		c->n++;
	}
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
read_custodians(
    const struct token_args *a, struct custodians *c, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;
	int i;

	for (i = 0; i < a->n && rc == CSG_OK; i++)
		rc = read_custodian_cert(a->operand[i], c, err);
	return rc;
}

static void
free_custodians(struct custodians *c)
{
	size_t i;

	for (i = 0; i < CSG_MAX_CUSTODIANS; i++) {
		csg_cert_free(c->certs[i]);
		csg_buf_free(&c->texts[i]);
	}
}

/* ---- the token ---- */

/* Log in and close the token again, to check that token and PIN are good. */
static enum csg_rc
check_login(const struct csg_signer *s, struct csg_err *err)
{
	struct csg_token *t = NULL;
	enum csg_rc rc = cmd_open_token(s, &t, err);

	csg_token_close(t);
	return rc;
}

/* The path of the PIN's file if it is in the workstation's directory, otherwise
 * NULL. */
static const char *
own_pin_file(const struct csg_signer *s)
{
	size_t n = (size_t)(strrchr(s->state, '/') - s->state) + 1;
	const char *path;

	if (strncmp(s->pin_source, "file:", 5) != 0)
		return NULL;
	path = s->pin_source + 5;
	return strncmp(path, s->state, n) == 0 && strstr(path, "/..") == NULL ?
	    path :
	    NULL;
}

static enum csg_rc
collect_pin(
    const struct csg_signer *s, struct csg_files *files, struct csg_err *err)
{
	const char *path = own_pin_file(s);
	struct csg_buf pin = { 0 };
	enum csg_rc rc;

	if (path == NULL) {
		cmd_warn(
		    "this backup does not have the PIN, which is in no file of the workstation's directory: keep the PIN as safe as the backup");
		return CSG_OK;
	}
	if ((rc = csg_io_read(path, MAX_PIN, &pin, err)) == CSG_OK)
		rc = csg_files_add(files, TOKEN_PIN, pin.data, pin.len, err);
	csg_buf_free(&pin);
	return rc;
}

/* Collect the files to back up: the token store and the PIN.  Takes the state's
 * lock, which is held until the process ends. */
static enum csg_rc
collect_files(
    const struct csg_signer *s, struct csg_files *files, struct csg_err *err)
{
	struct csg_buf store = { 0 };
	bool embedded = csg_embedded_store(s, &store);
	enum csg_rc rc;

	csg_buf_free(&store);
	if (!embedded)
		return csg_fail(err, CSG_R_CONFIG,
		    "there is no embedded token beside %s, and an HSM does not export its keys (see csg-token(1) BACKUP)",
		    s->state);
	if ((rc = check_login(s, err)) == CSG_OK &&
	    (rc = csg_embedded_collect(s, files, err)) == CSG_OK)
		rc = collect_pin(s, files, err);
	return rc;
}

/* ---- the backup ---- */

static void
say_custodians(const struct csg_backup_plan *p, const struct csg_id *id)
{
	char words[24];
	unsigned i;

	cmd_say("%s: any %u of %u custodians can restore it", p->token, p->need,
	    p->n);
	for (i = 0; i < p->n; i++)
		cmd_say("custodian %s has the key %s", p->names[i],
		    csg_id_proquints(&p->certs[i]->spki, 4, words));
	cmd_say(
	    "the backup is %s: write these words down; csg-token restore shows them again",
	    csg_id_proquints(id, 4, words));
}

static enum csg_rc
make_backup(const struct token_args *a, const struct custodians *c,
    const struct csg_signer *s, struct csg_buf *text, struct csg_err *err)
{
	struct csg_files files = { 0 };
	struct csg_backup_plan plan = { cmd_now(), s->token, s->suspended,
		&files, a->need, (const struct csg_cert *const *)c->certs,
		c->names, c->n };
	struct csg_id id;
	enum csg_rc rc;

	if ((rc = collect_files(s, &files, err)) == CSG_OK &&
	    (rc = csg_backup_make(&plan, text, &id, err)) == CSG_OK)
		say_custodians(&plan, &id);
	csg_files_free(&files);
	return rc;
}

static void
check_backup_args(const struct token_args *a)
{
	if (a->need == 0 || a->out == NULL || a->n < 1)
		cmd_usage(
		    "backup requires --need, -o and the custodians' CERTs");
	if (a->n > CSG_MAX_CUSTODIANS)
		cmd_usage("at most %d custodians", CSG_MAX_CUSTODIANS);
	if (a->need > (unsigned)a->n)
		cmd_usage("--need: %u is more than the %d custodians given",
		    a->need, a->n);
}

enum csg_rc
token_backup(const struct token_args *a, struct csg_err *err)
{
	struct custodians c = { 0 };
	struct csg_signer *s = NULL;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	check_backup_args(a);
	if ((rc = read_custodians(a, &c, err)) == CSG_OK &&
	    (rc = token_probe(a->out, a->force, err)) == CSG_OK &&
	    (rc = cmd_workstation(a->config, &s, err)) == CSG_OK &&
	    (rc = make_backup(a, &c, s, &text, err)) == CSG_OK)
		rc = token_write(a->out, &text, 0600, a->force, err);
	csg_buf_free(&text);
	csg_signer_free(s);
	free_custodians(&c);
	return rc;
}
