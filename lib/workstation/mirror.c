#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/workstation/mirror.h"

static enum csg_rc
check_owner(const char *path, int flags, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	fd = open(path, flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return csg_fail_errno(err, "%s", path);
	rc = csg_io_trusted(fd, path, false, err);
	(void)close(fd);
	return rc;
}

/* The mirror is a source of recoveries, so nobody else may be able to write
 * it. */
enum csg_rc
csg_mirror_probe(const char *path, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &base, err)) == CSG_OK &&
	    (rc = check_owner(csg_buf_str(&dir), O_DIRECTORY, err)) == CSG_OK &&
	    (access(path, F_OK) == 0 || errno != ENOENT))
		rc = check_owner(path, O_NOFOLLOW, err);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc == CSG_OK ? rc : csg_err_prefix(err, "mirror: ");
}

static enum csg_rc
open_mirror(const char *path, struct csg_ledger **out, struct csg_err *err)
{
	enum csg_rc rc;

	if (access(path, F_OK) == -1 && errno == ENOENT &&
	    (rc = csg_ledger_create(path, err)) != CSG_OK)
		return rc;
	return csg_ledger_open(path, false, out, err);
}

/* Copy the receipt of the request, and all receipts if others are missing
 * too. */
static enum csg_rc
update_receipts(struct csg_ledger *copy, struct csg_ledger *l,
    const struct csg_id *request, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	uint64_t have, should;
	enum csg_rc rc = CSG_OK;

	if (request != NULL &&
	    (rc = csg_ledger_receipt(l, request, &text, err)) == CSG_OK &&
	    text.len > 0)
		rc = csg_ledger_keep_receipt(
		    copy, request, csg_buf_str(&text), err);
	csg_buf_free(&text);
	if (rc != CSG_OK ||
	    (rc = csg_ledger_receipts(copy, &have, err)) != CSG_OK ||
	    (rc = csg_ledger_receipts(l, &should, err)) != CSG_OK ||
	    have == should)
		return rc;
	return csg_ledger_copy_receipts(copy, l, err);
}

static enum csg_rc
update_chain(
    struct csg_ledger *copy, const struct csg_state *s, struct csg_err *err)
{
	struct csg_buf now = { 0 };
	char *old = NULL;
	enum csg_rc rc;

	if ((rc = csg_state_get_chain(s, &now, err)) == CSG_OK && now.len > 0 &&
	    (rc = csg_ledger_get_note(copy, "chain", &old, err)) == CSG_OK &&
	    (old == NULL || strcmp(old, csg_buf_str(&now)) != 0))
		rc = csg_ledger_put_note(copy, "chain", csg_buf_str(&now), err);
	free(old);
	csg_buf_free(&now);
	return rc;
}

enum csg_rc
csg_mirror_update(const struct csg_state *s, const char *path,
    const struct csg_id *request, struct csg_err *err)
{
	struct csg_ledger *copy = NULL;
	enum csg_rc rc;

	if ((rc = csg_mirror_probe(path, err)) != CSG_OK)
		return rc;
	if ((rc = open_mirror(path, &copy, err)) == CSG_OK &&
	    (rc = csg_ledger_extend(copy, s->ledger, 0, err)) == CSG_OK &&
	    (rc = update_receipts(copy, s->ledger, request, err)) == CSG_OK)
		rc = update_chain(copy, s, err);
	csg_ledger_close(copy);
	return rc == CSG_OK ? rc : csg_err_prefix(err, "mirror: ");
}
