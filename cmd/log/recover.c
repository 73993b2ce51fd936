/* csg-log recover: rebuild the workstation's ledger from copies and proofs. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "cmd/log/log.h"
#include "lib/base/io.h"
#include "lib/workstation/recover.h"
#include "lib/workstation/state.h"

struct recovery {
	const struct log_args *args;
	struct csg_signer *signer;
	struct csg_trust *trust;
	struct csg_sources sources;
	struct csg_buf report, old, new; /* paths of the two ledgers */
	bool whole; /* the ledger in the state directory is intact */
};

/* ---- sources ---- */

/* Add a source.  One that can't be used is left out with a warning; sources
 * that contradict each other end the recovery. */
static enum csg_rc
add_source(struct recovery *r, const char *path, struct csg_err *err)
{
	struct csg_err why = { 0 };

	if (csg_sources_add(&r->sources, path, &why) == CSG_OK)
		return CSG_OK;
	if (r->sources.conflict) {
		*err = why;
		return err->rc;
	}
	cmd_warn("not used: %s: %s", csg_reason_word(why.reason), why.text);
	return CSG_OK;
}

static int
is_source(const struct dirent *d)
{
	static const char *const ends[] = {
		".csglog",
		".csgproof",
		".csgpolicy",
	};
	size_t i, n = strlen(d->d_name), k;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		k = strlen(ends[i]);
		if (n > k && strcmp(d->d_name + n - k, ends[i]) == 0)
			return 1;
	}
	return 0;
}

static enum csg_rc
add_sources_in(struct recovery *r, const char *dir, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	struct dirent **names;
	int i, n;
	enum csg_rc rc = CSG_OK;

	if ((n = scandir(dir, &names, is_source, alphasort)) < 0)
		return csg_fail_errno(err, "%s", dir);
	for (i = 0; i < n; i++) {
		csg_buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		if (rc == CSG_OK && (rc = csg_buf_ok(&path, err)) == CSG_OK)
			rc = add_source(r, csg_buf_str(&path), err);
		csg_buf_free(&path);
		free(names[i]);
	}
	free(names);
	return rc;
}

/* The ledger in the state directory is a source too, unless it is damaged or
 * has only the mark of an adoption. */
static enum csg_rc
add_own_ledger(struct recovery *r, struct csg_err *err)
{
	const char *path = csg_buf_str(&r->old);
	struct csg_ledger *l = NULL;
	struct csg_err why = { 0 };
	uint64_t size = 0, ended = 0;

	if (access(path, F_OK) == -1)
		return CSG_OK;
	/* opened for writing: only a writer rolls back a killed run's changes */
	if (csg_ledger_open(path, false, &l, &why) == CSG_OK &&
	    csg_ledger_verify(l, &why) == CSG_OK &&
	    csg_ledger_size(l, &size, &why) == CSG_OK &&
	    csg_ledger_ended_epoch(l, &ended, &why) == CSG_OK)
		r->whole = size > 1 || ended == 0;
	csg_ledger_close(l);
	l = NULL;
	/* one that only can't be written must not be replaced by a shorter one */
	if (why.rc != CSG_OK && !r->whole &&
	    csg_ledger_open(path, true, &l, NULL) == CSG_OK &&
	    csg_ledger_verify(l, NULL) == CSG_OK) {
		csg_ledger_close(l);
		*err = why;
		return csg_err_prefix(err, "%s is whole, but: ", path);
	}
	csg_ledger_close(l);
	if (why.rc != CSG_OK)
		cmd_warn("not used: %s", why.text);
	return r->whole ? add_source(r, path, err) : CSG_OK;
}

static enum csg_rc
add_sources(struct recovery *r, struct csg_err *err)
{
	struct stat st;
	const char *path;
	int i;
	enum csg_rc rc;

	if ((rc = add_own_ledger(r, err)) != CSG_OK ||
	    (rc = add_sources_in(r, r->signer->state, err)) != CSG_OK)
		return rc;
	if (r->signer->mirror != NULL && access(r->signer->mirror, F_OK) == 0 &&
	    (rc = add_source(r, r->signer->mirror, err)) != CSG_OK)
		return rc;
	for (i = 0; i < r->args->n && rc == CSG_OK; i++) {
		path = r->args->operand[i];
		if (stat(path, &st) == -1)
			return csg_fail_errno(err, "%s", path);
		rc = S_ISDIR(st.st_mode) ? add_sources_in(r, path, err) :
					   add_source(r, path, err);
	}
	return rc;
}

/* ---- replacing the ledger ---- */

/* Refuse, without -f, a recovery that is not needed or that has no sources:
 * something would be lost. */
static enum csg_rc
check_needed(const struct recovery *r, struct csg_err *err)
{
	uint64_t own = 0, seen;
	enum csg_rc rc;

	if (r->args->force)
		return CSG_OK;
	if (r->sources.ledger == NULL && r->sources.n == 0)
		return csg_fail(err, CSG_R_CONFIG,
		    "no copy of the ledger and no proof was found: the new ledger would record nothing of what was signed (-f makes it anyway)");
	if (!r->whole || r->sources.ledger == NULL)
		return CSG_OK;
	if ((rc = csg_sources_size(&r->sources, &seen, err)) != CSG_OK ||
	    (rc = csg_ledger_size(r->sources.ledger, &own, err)) != CSG_OK)
		return rc;
	if (seen > own ||
	    strcmp(r->sources.ledger_name, csg_buf_str(&r->old)) != 0)
		return CSG_OK;
	return csg_fail(err, CSG_R_CONFIG,
	    "%s is intact, and no source has more: there is nothing to recover (-f does it anyway)",
	    csg_buf_str(&r->old));
}

/* Put the chain and the new ledger in place; the old ledger is kept as
 * ledger.db.before-TIME. */
static enum csg_rc
replace_ledger(const struct recovery *r, int64_t now, struct csg_err *err)
{
	struct csg_buf aside = { 0 }, text = { 0 };
	enum csg_rc rc;

	csg_buf_printf(
	    &aside, "%s.before-%lld", csg_buf_str(&r->old), (long long)now);
	csg_chain_armor(r->sources.chain, &text);
	if ((rc = csg_buf_ok(&aside, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (rc = csg_state_put_chain_in(r->signer->state,
		 csg_chain_policy(r->sources.chain)->version, &text, err)) ==
		CSG_OK)
		rc = csg_ledger_replace(csg_buf_str(&r->old),
		    csg_buf_str(&r->new), csg_buf_str(&aside), err);
	csg_buf_free(&aside);
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
rebuild_ledger(struct recovery *r, struct csg_err *err)
{
	int64_t now = cmd_now();
	const struct csg_policy *p;
	enum csg_rc rc;

	(void)unlink(csg_buf_str(&r->new));
	if ((rc = check_needed(r, err)) != CSG_OK ||
	    (rc = csg_recover(&r->sources, csg_buf_str(&r->new), now,
		 &r->report, err)) != CSG_OK ||
	    (rc = replace_ledger(r, now, err)) != CSG_OK)
		return rc;
	p = csg_chain_policy(r->sources.chain);
	cmd_print_lines(csg_buf_str(&r->report));
	cmd_say(
	    "nothing can be signed until a policy with 'epoch: %llu' is approved and in force",
	    (unsigned long long)p->epoch + 1);
	return CSG_OK;
}

static enum csg_rc
open_recovery(struct recovery *r, int *lock, struct csg_err *err)
{
	struct csg_buf anchor = { 0 };
	enum csg_rc rc;

	if ((rc = csg_signer_load(
		 r->args->config != NULL ? r->args->config : CMD_SIGNER,
		 &r->signer, err)) != CSG_OK ||
	    (rc = csg_state_lock(r->signer->state, lock, err)) != CSG_OK)
		return rc;
	csg_buf_printf(&r->old, "%s/ledger.db", r->signer->state);
	csg_buf_printf(&r->new, "%s/ledger.new", r->signer->state);
	csg_buf_printf(&anchor, "%s/trust.pem", r->signer->state);
	if ((rc = csg_buf_ok(&r->old, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&r->new, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&anchor, err)) == CSG_OK)
		rc = csg_trust_load(csg_buf_str(&anchor), &r->trust, err);
	r->sources.trust = r->trust;
	csg_buf_free(&anchor);
	return rc;
}

enum csg_rc
log_recover(const struct log_args *a, struct csg_err *err)
{
	struct recovery r = { .args = a };
	int lock = -1;
	enum csg_rc rc;

	if (a->from != NULL)
		cmd_usage(
		    "recover takes its sources as operands, not from --from");
	if ((rc = open_recovery(&r, &lock, err)) == CSG_OK &&
	    (rc = add_sources(&r, err)) == CSG_OK)
		rc = rebuild_ledger(&r, err);
	if (r.new.len > 0)
		(void)unlink(csg_buf_str(&r.new));
	csg_sources_clear(&r.sources);
	csg_trust_free(r.trust);
	csg_signer_free(r.signer);
	csg_buf_free(&r.report);
	csg_buf_free(&r.old);
	csg_buf_free(&r.new);
	if (lock != -1)
		(void)close(lock);
	return rc;
}
