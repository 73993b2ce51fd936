/* csg-log export: copy the ledger for auditors, to a file or as JSON. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/files.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "cmd/log/log.h"
#include "lib/workstation/copy.h"
#include "lib/report/history.h"
#include "lib/base/io.h"
#include "lib/workstation/mirror.h"

struct exporting {
	const struct log_args *args;
	const struct log_source *source;
};

static enum csg_rc
export_one(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	const struct exporting *x = arg;

	(void)err;
	if (log_is_wanted(x->args, e))
		log_entry_json(x->source, e);
	return CSG_OK;
}

/* Move the finished temporary file to its name, so that the export appears
 * whole or not at all. */
static enum csg_rc
place_export(const struct log_args *a, const char *dir, const char *base,
    const char *temp, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	int fd;
	enum csg_rc rc;

	if ((fd = csg_io_open(temp, err)) == -1)
		return err->rc;
	if ((rc = csg_outputs_new(dir, &set, err)) == CSG_OK &&
	    (rc = csg_outputs_add_fd(set, base, 0600, fd, err)) == CSG_OK &&
	    (rc = csg_outputs_commit(set,
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK)
		cmd_print("%s\n", a->out);
	(void)close(fd);
	csg_outputs_free(set);
	return rc;
}

/* Sign the export.  Before the token is used, the whole ledger must verify and
 * the mirror must agree with it. */
static enum csg_rc
sign_export(
    const struct log_source *s, struct csg_buf *word, struct csg_err *err)
{
	const struct csg_pin_source pin = { cmd_token_pin, s->signer };
	struct csg_ledger_audit h = { 0 };
	enum csg_rc rc;

	rc = csg_ledger_audit_check(s->ledger, s->chain, &h, err);
	csg_ledger_audit_clear(&h);
	if (rc != CSG_OK ||
	    (s->signer->mirror != NULL &&
		(rc = csg_mirror_update(
		     s->state, s->signer->mirror, NULL, err)) != CSG_OK))
		return rc;
	return csg_export_sign(s->state, s->signer, &pin, cmd_now(), word, err);
}

/* Refuse to overwrite the ledger that is being exported. */
static enum csg_rc
check_not_ledger(
    const struct log_args *a, const struct log_source *s, struct csg_err *err)
{
	struct csg_buf ledger = { 0 };
	struct stat from, to;
	bool same;
	enum csg_rc rc;

	if (a->from != NULL)
		csg_buf_puts(&ledger, a->from);
	else
		csg_buf_printf(&ledger, "%s/ledger.db", s->signer->state);
	if ((rc = csg_buf_ok(&ledger, err)) == CSG_OK) {
		same = stat(csg_buf_str(&ledger), &from) == 0 &&
		    stat(a->out, &to) == 0 && from.st_dev == to.st_dev &&
		    from.st_ino == to.st_ino;
		if (same)
			rc = csg_fail(
			    err, CSG_R_IO, "%s: is the ledger itself", a->out);
	}
	csg_buf_free(&ledger);
	return rc;
}

static enum csg_rc
export_file(
    const struct log_args *a, const struct log_source *s, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 }, temp = { 0 }, word = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(a->out, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_outputs_probe(csg_buf_str(&dir), csg_buf_str(&base),
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK &&
	    (rc = check_not_ledger(a, s, err)) == CSG_OK &&
	    (rc = a->is_signed ? sign_export(s, &word, err) :
				 csg_ledger_verify(s->ledger, err)) == CSG_OK) {
		csg_buf_printf(&temp, "%s/.csg-export.%ld", csg_buf_str(&dir),
		    (long)getpid());
		/* a killed run with this process number may have left one */
		if ((rc = csg_buf_ok(&temp, err)) == CSG_OK)
			(void)unlink(csg_buf_str(&temp));
		if (rc == CSG_OK &&
		    (rc = csg_copy_write(s->ledger, s->chain,
			 word.len > 0 ? csg_buf_str(&word) : NULL,
			 csg_buf_str(&temp), err)) == CSG_OK)
			rc = place_export(a, csg_buf_str(&dir),
			    csg_buf_str(&base), csg_buf_str(&temp), err);
		if (temp.len > 0)
			(void)unlink(csg_buf_str(&temp));
	}
	csg_buf_free(&dir);
	csg_buf_free(&base);
	csg_buf_free(&temp);
	csg_buf_free(&word);
	return rc;
}

static enum csg_rc
export_lines(
    const struct log_args *a, struct log_source *s, struct csg_err *err)
{
	struct exporting x = { a, s };
	enum csg_rc rc;

	if ((rc = csg_ledger_verify(s->ledger, err)) == CSG_OK)
		rc = csg_reader_each(s->ledger, 1, 0, export_one, &x, err);
	return rc;
}

enum csg_rc
log_export(const struct log_args *a, struct csg_err *err)
{
	struct log_source s;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("export takes no operands");
	if (a->json == (a->out != NULL))
		cmd_usage("export requires either -o FILE or -j");
	if (cmd_is_stdout(a->out))
		cmd_usage("export: -o names a file");
	if (!a->json && log_is_filtered(a))
		cmd_usage("export: filters require -j; a file has all entries");
	if (a->is_signed && (a->json || a->from != NULL))
		cmd_usage(
		    "export --signed requires -o, and takes neither -j nor --from");
	rc = a->is_signed ? log_open_locked(a, &s, err) : log_open(a, &s, err);
	if (rc == CSG_OK)
		rc = a->json ? export_lines(a, &s, err) :
			       export_file(a, &s, err);
	log_close(&s);
	return rc;
}
