#include <stdlib.h>
#include <string.h>

#include "lib/workstation/copy.h"

static enum csg_rc
put_chain(
    struct csg_ledger *copy, const struct csg_chain *c, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_chain_armor(c, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc =
		    csg_ledger_put_note(copy, "chain", csg_buf_str(&text), err);
	csg_buf_free(&text);
	return rc;
}

/* Copy the note of that name, if the source (itself a copy) has one. */
static enum csg_rc
copy_note(struct csg_ledger *copy, struct csg_ledger *l, const char *name,
    struct csg_err *err)
{
	char *text = NULL;
	enum csg_rc rc;

	if ((rc = csg_ledger_get_note(l, name, &text, err)) == CSG_OK &&
	    text != NULL)
		rc = csg_ledger_put_note(copy, name, text, err);
	free(text);
	return rc;
}

static enum csg_rc
fill(struct csg_ledger *copy, struct csg_ledger *l,
    const struct csg_chain *chain, const char *word, struct csg_err *err)
{
	struct csg_copy_word w = { 0 };
	enum csg_rc rc;

	/* receipts first, so that their entries are copied too even if csg-sign
	 * adds to both meanwhile */
	if ((rc = csg_ledger_copy_receipts(copy, l, err)) == CSG_OK &&
	    (rc = csg_ledger_extend(copy, l, 0, err)) == CSG_OK &&
	    (rc = chain != NULL ? put_chain(copy, chain, err) :
				  copy_note(copy, l, "chain", err)) == CSG_OK &&
	    (rc = word != NULL ?
		    csg_ledger_put_note(copy, "export", word, err) :
		    copy_note(copy, l, "export", err)) == CSG_OK)
		rc = csg_copy_read_word(copy, chain, &w, err);
	csg_copy_word_clear(&w);
	return rc;
}

enum csg_rc
csg_copy_write(struct csg_ledger *l, const struct csg_chain *chain,
    const char *word, const char *path, struct csg_err *err)
{
	struct csg_ledger *copy = NULL;
	enum csg_rc rc;

	if ((rc = csg_ledger_create(path, err)) == CSG_OK &&
	    (rc = csg_ledger_open(path, false, &copy, err)) == CSG_OK)
		rc = fill(copy, l, chain, word, err);
	csg_ledger_close(copy);
	return rc;
}

static enum csg_rc
check_word(struct csg_ledger *copy, const char *text,
    const struct csg_chain *chain, struct csg_copy_word *out,
    struct csg_err *err)
{
	const struct csg_envelope *e;
	enum csg_rc rc;

	if ((rc = csg_bundle_add_bare(&out->messages, "export", text, err)) !=
	    CSG_OK)
		return rc;
	e = out->messages.m[0].env;
	if ((rc = csg_export_read(e, &out->export, err)) != CSG_OK)
		return rc;
	return csg_export_check(
	    out->export, e, copy, chain, &out->is_signed, err);
}

enum csg_rc
csg_copy_read_word(struct csg_ledger *copy, const struct csg_chain *chain,
    struct csg_copy_word *out, struct csg_err *err)
{
	char *text = NULL;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = csg_ledger_get_note(copy, "export", &text, err)) == CSG_OK &&
	    text != NULL)
		rc = check_word(copy, text, chain, out, err);
	free(text);
	if (rc == CSG_OK || err->reason == CSG_R_IO)
		return rc;
	return csg_fail(
	    err, CSG_R_LOG, "the copy's signature: %.300s", err->text);
}

void
csg_copy_word_clear(struct csg_copy_word *w)
{
	csg_export_free(w->export);
	csg_bundle_clear(&w->messages);
	memset(w, 0, sizeof(*w));
}
