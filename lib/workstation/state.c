#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/workstation/state.h"

/* Append "DIR/name" to a buffer that the caller frees. */
static const char *
path_in(const char *dir, const char *name, struct csg_buf *out)
{
	csg_buf_printf(out, "%s/%s", dir, name);
	return csg_buf_str(out);
}

static enum csg_rc
make_dir(const char *dir, struct csg_err *err)
{
	if (mkdir(dir, 0700) == -1)
		return csg_fail_errno(err, "%s", dir);
	return CSG_OK;
}

enum csg_rc
csg_state_create(const char *dir, struct csg_err *err)
{
	struct csg_buf ledger = { 0 }, done = { 0 };
	enum csg_rc rc;

	(void)path_in(dir, "ledger.db", &ledger);
	(void)path_in(dir, "signed", &done);
	if ((rc = csg_buf_ok(&done, err)) == CSG_OK &&
	    (rc = make_dir(dir, err)) == CSG_OK &&
	    (rc = make_dir(csg_buf_str(&done), err)) == CSG_OK &&
	    (rc = csg_io_write(
		 dir, "lock", 0600, "", 0, CSG_EXISTING_REFUSE, err)) == CSG_OK)
		rc = csg_ledger_create(csg_buf_str(&ledger), err);
	if (rc == CSG_OK)
		rc = csg_io_sync_parent(dir, err);
	csg_buf_free(&ledger);
	csg_buf_free(&done);
	return rc;
}

static enum csg_rc
put_policy(const char *dir, const struct csg_trust *trust,
    const struct csg_chain *chain, struct csg_err *err)
{
	struct csg_buf anchor = { 0 }, text = { 0 };
	enum csg_rc rc;

	csg_chain_armor(chain, &text);
	if ((rc = csg_trust_write(trust, &anchor, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (rc = csg_io_write(dir, "trust.pem", 0644, anchor.data, anchor.len,
		 CSG_EXISTING_REFUSE, err)) == CSG_OK)
		rc = csg_state_put_chain_in(
		    dir, csg_chain_policy(chain)->version, &text, err);
	csg_buf_free(&anchor);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_state_adopt(const char *dir, const struct csg_trust *trust,
    const struct csg_chain *chain, int64_t now, struct csg_err *err)
{
	const struct csg_policy *p = csg_chain_policy(chain);
	const struct csg_ledger_policy force = { p->version, p->id };
	struct csg_buf path = { 0 };
	struct csg_ledger *l = NULL;
	enum csg_rc rc;

	if ((rc = csg_state_create(dir, err)) == CSG_OK &&
	    (rc = put_policy(dir, trust, chain, err)) == CSG_OK &&
	    (rc = csg_ledger_open(
		 path_in(dir, "ledger.db", &path), false, &l, err)) == CSG_OK)
		rc = csg_ledger_recover(l, now, &force, p->epoch,
		    "a new workstation: all that the ledger before it said is lost, unless csg-log recover finds it\n",
		    err);
	csg_ledger_close(l);
	csg_buf_free(&path);
	return rc;
}

static enum csg_rc
check_dir(const char *dir, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return csg_fail(err, CSG_R_CONFIG, "state directory %s: %s",
		    dir, strerror(errno));
	rc = csg_io_trusted(fd, dir, false, err);
	(void)close(fd);
	return rc;
}

enum csg_rc
csg_state_lock(const char *dir, int *fd, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	enum csg_rc rc = CSG_OK;

	*fd =
	    open(path_in(dir, "lock", &path), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1)
		rc = csg_fail_errno(err, "%s", csg_buf_str(&path));
	while (rc == CSG_OK && flock(*fd, LOCK_EX) == -1)
		if (errno != EINTR)
			rc = csg_fail_errno(err, "lock %s", csg_buf_str(&path));
	csg_buf_free(&path);
	return rc;
}

static void
chain_path(const char *dir, uint64_t version, struct csg_buf *out)
{
	csg_buf_printf(
	    out, "%s/policy-%llu.csgpolicy", dir, (unsigned long long)version);
}

/* Load the chain of the policy that the ledger says is in force, and no
 * other. */
static enum csg_rc
load_policy(struct csg_state *s, struct csg_err *err)
{
	struct csg_ledger_policy force;
	struct csg_buf path = { 0 };
	const struct csg_policy *p;
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(s->ledger, &force, err)) != CSG_OK ||
	    force.version == 0)
		return rc;
	(void)path_in(s->dir, "trust.pem", &path);
	rc = csg_trust_load(csg_buf_str(&path), &s->trust, err);
	csg_buf_free(&path);
	if (rc != CSG_OK)
		return rc;
	chain_path(s->dir, force.version, &path);
	if ((rc = csg_chains_new(s->trust, NULL, &s->chains, err)) == CSG_OK)
		rc = csg_chains_load(
		    s->chains, csg_buf_str(&path), &s->chain, err);
	if (rc == CSG_OK) {
		p = csg_chain_policy(s->chain);
		if (p->version != force.version ||
		    !csg_id_equal(&p->id, &force.id))
			rc = csg_fail(err, CSG_R_ROLLBACK,
			    "%s: not the policy that the ledger says is in force (version %llu)",
			    csg_buf_str(&path),
			    (unsigned long long)force.version);
	}
	csg_buf_free(&path);
	return rc;
}

static enum csg_rc
open_ledger(struct csg_state *s, bool readonly, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	rc = csg_ledger_open(
	    path_in(s->dir, "ledger.db", &path), readonly, &s->ledger, err);
	if (rc == CSG_OK && !readonly)
		rc = csg_ledger_check_policy(s->ledger, err);
	if (rc != CSG_OK && err != NULL && err->reason == CSG_R_LOG)
		(void)csg_fail(
		    err, CSG_R_LOG, "%s (csg-log(1) RECOVERY)", err->text);
	csg_buf_free(&path);
	return rc;
}

enum csg_rc
csg_state_open(
    const char *dir, bool readonly, struct csg_state **out, struct csg_err *err)
{
	struct csg_state *s;
	enum csg_rc rc = CSG_TROUBLE;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return csg_fail_mem(err);
	s->lock = -1;
	if ((s->dir = strdup(dir)) == NULL) {
		(void)csg_fail_mem(err);
		goto out;
	}
	if ((rc = check_dir(dir, err)) != CSG_OK ||
	    (!readonly &&
		(rc = csg_state_lock(dir, &s->lock, err)) != CSG_OK) ||
	    (rc = open_ledger(s, readonly, err)) != CSG_OK ||
	    (rc = load_policy(s, err)) != CSG_OK)
		goto out;
	*out = s; /* transferred */
	s = NULL;
out:
	csg_state_close(s);
	return rc;
}

void
csg_state_close(struct csg_state *s)
{
	if (s == NULL)
		return;
	csg_ledger_close(s->ledger);
	csg_chains_free(s->chains);
	csg_trust_free(s->trust);
	if (s->lock != -1)
		(void)close(s->lock);
	free(s->dir);
	free(s);
}

enum csg_rc
csg_state_put_chain_in(const char *dir, uint64_t version,
    const struct csg_buf *text, struct csg_err *err)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "policy-%llu.csgpolicy",
	    (unsigned long long)version);
	return csg_io_write(
	    dir, name, 0644, text->data, text->len, CSG_EXISTING_REPLACE, err);
}

enum csg_rc
csg_state_put_chain(const struct csg_state *s, uint64_t version,
    const struct csg_buf *text, struct csg_err *err)
{
	return csg_state_put_chain_in(s->dir, version, text, err);
}

enum csg_rc
csg_state_get_chain(
    const struct csg_state *s, struct csg_buf *out, struct csg_err *err)
{
	struct csg_ledger_policy force;
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(s->ledger, &force, err)) != CSG_OK ||
	    force.version == 0)
		return rc;
	chain_path(s->dir, force.version, &path);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
		rc = csg_io_read(csg_buf_str(&path), CSG_MAX_FILE, out, err);
	csg_buf_free(&path);
	return rc;
}

enum csg_rc
csg_state_put_trust(
    const struct csg_state *s, const struct csg_buf *text, struct csg_err *err)
{
	return csg_io_write(s->dir, "trust.pem", 0644, text->data, text->len,
	    CSG_EXISTING_REPLACE, err);
}

void
csg_state_signed(const struct csg_state *s, const struct csg_id *request,
    struct csg_buf *out)
{
	char id[CSG_ID_TEXT];

	csg_buf_printf(out, "%s/signed/%s", s->dir,
	    csg_id_format(request, id) + sizeof("sha256:") - 1);
}
