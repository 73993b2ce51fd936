/* csg-log export: a copy for auditors. */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/log.h"
#include "lib/export.h"
#include "lib/io.h"

static enum csg_rc
export_one(void *arg, const struct csg_logged *e, struct csg_err *err)
{
	(void)err;
	log_entry_json(arg, e);
	return CSG_OK;
}

/* It appears whole, under its name, or not at all. */
static enum csg_rc
place_export(const struct log_args *a, const char *temp, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	struct csg_buf dir = { 0 }, base = { 0 };
	int fd;
	enum csg_rc rc;

	if ((fd = csg_io_open(temp, err)) == -1)
		return err->rc;
	if ((rc = csg_io_split(a->out, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_outputs_new(csg_buf_str(&dir), &set, err)) == CSG_OK &&
	    (rc = csg_outputs_add_fd(set, csg_buf_str(&base), 0600, fd, err)) ==
		CSG_OK &&
	    (rc = csg_outputs_commit(set,
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK)
		cmd_print("%s\n", a->out);
	(void)close(fd);
	csg_outputs_free(set);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

static enum csg_rc
sign_head(const struct log_source *s, struct csg_buf *head, struct csg_err *err)
{
	const struct csg_pin_source pin = { cmd_token_pin, s->signer };

	return csg_export_sign(s->state, s->signer, &pin, cmd_now(), head, err);
}

static enum csg_rc
export_file(
    const struct log_args *a, const struct log_source *s, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 }, temp = { 0 }, head = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(a->out, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_outputs_probe(csg_buf_str(&dir), csg_buf_str(&base),
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) ==
		CSG_OK &&
	    (!a->is_signed || (rc = sign_head(s, &head, err)) == CSG_OK)) {
		csg_buf_printf(&temp, "%s/.csg-export.%ld", csg_buf_str(&dir),
		    (long)getpid());
		if ((rc = csg_buf_ok(&temp, err)) == CSG_OK &&
		    (rc = csg_export_write(s->ledger, s->chain,
			 head.len > 0 ? csg_buf_str(&head) : NULL,
			 csg_buf_str(&temp), err)) == CSG_OK)
			rc = place_export(a, csg_buf_str(&temp), err);
		if (temp.len > 0)
			(void)unlink(csg_buf_str(&temp));
	}
	csg_buf_free(&dir);
	csg_buf_free(&base);
	csg_buf_free(&temp);
	csg_buf_free(&head);
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
		cmd_usage("export: -o FILE, or -j");
	if (a->is_signed && (a->json || a->from != NULL))
		cmd_usage("export --signed: the workstation signs a file: "
			  "-c and -o");
	rc = a->is_signed ? log_open_locked(a, &s, err) : log_open(a, &s, err);
	if (rc == CSG_OK &&
	    (rc = a->is_signed ? log_check(&s, err) :
				 csg_ledger_verify(s.ledger, err)) == CSG_OK)
		rc = a->json ?
		    csg_logbook_each(s.ledger, 1, 0, export_one, &s, err) :
		    export_file(a, &s, err);
	log_close(&s);
	return rc;
}
