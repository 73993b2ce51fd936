#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sign/rejections.h"
#include "lib/workstation/capacity.h"
#include "lib/sign/run.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

/* ---- artifacts ---- */

static enum csg_rc
open_base(const char *base, int *fd, struct csg_err *err)
{
	*fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return csg_fail_errno(err, "%s", base);
	return CSG_OK;
}

/* Open once, hash, compare; *fd stays open if the format wants it. */
static enum csg_rc
check_artifact(int base, const struct csg_artifact *a,
    const struct csg_tally *t, const struct csg_sign_in *in,
    struct csg_hashes *h, int *fd, struct csg_err *err)
{
	const struct csg_format *f = csg_format(t->profile->format);
	const struct csg_key *key = &t->policy->keys[t->profile->key];
	struct csg_target w = { .artifact = a,
		.hashes = h,
		.policy = t->policy,
		.time = t->time,
		.allow_lockout = in->allow_lockout };
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	*fd = -1;
	if ((rc = csg_filename_decode(a->name, &path, err)) != CSG_OK)
		return rc;
	*fd = csg_io_openat(base, csg_buf_str(&path), err);
	csg_buf_free(&path);
	if (*fd == -1)
		return err->rc;
	rc = csg_hash_fd(*fd, 1U << key->cert->alg, h, err);
	if (rc == CSG_OK &&
	    (h->size != a->size || !csg_id_equal(&h->id, &a->sha256)))
		rc = csg_fail(err, CSG_R_DIGEST,
		    "differs from the artifact that was requested");
	w.fd = *fd;
	if (rc == CSG_OK)
		rc = f->accept(&w, err);
	if (rc != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", a->name);
	if (rc != CSG_OK || !f->needs_fd) {
		(void)close(*fd);
		*fd = -1;
	}
	return rc;
}

/* All artifacts of a tally; a format that reads them itself has just one. */
static enum csg_rc
check_artifacts(const struct csg_tally *t, const struct csg_sign_in *in,
    struct csg_hashes **hashes, int *fd, struct csg_err *err)
{
	const struct csg_request *r = t->request;
	const struct csg_format *f = csg_format(t->profile->format);
	int dir;
	size_t i;
	enum csg_rc rc;

	*fd = -1;
	*hashes = NULL;
	if (f->needs_fd && r->n != 1)
		return csg_fail(err, CSG_R_POLICY,
		    "profile %s signs one "
		    "artifact a request, not %zu",
		    t->profile->name, r->n);
	if ((rc = csg_artifacts_distinct(r->artifacts, r->n, f->suffix, err)) !=
		CSG_OK ||
	    (rc = open_base(in->base, &dir, err)) != CSG_OK)
		return rc;
	if ((*hashes = calloc(r->n, sizeof(**hashes))) == NULL)
		rc = csg_fail_mem(err);
	for (i = 0; i < r->n && rc == CSG_OK; i++)
		rc = check_artifact(
		    dir, &r->artifacts[i], t, in, &(*hashes)[i], fd, err);
	(void)close(dir);
	return rc;
}

enum csg_rc
csg_run_check_subject(const struct csg_chain *chain, const struct csg_tally *t,
    const struct csg_sign_in *in, struct csg_hashes **hashes, int *fd,
    struct csg_err *err)
{
	const struct csg_request *r = t->request;

	if (r->destroy == NULL)
		return check_artifacts(t, in, hashes, fd, err);
	*hashes = NULL;
	*fd = -1;
	return csg_chain_retired(chain, r->destroy, &r->destroy_key, err) ==
		NULL ?
	    err->rc :
	    CSG_OK;
}

/* ---- the decision ---- */

/* Broken blocks and odd messages are listed; strict refuses them. */
static enum csg_rc
check_strict(const struct csg_sign_in *in, const struct csg_tally *t,
    struct csg_err *err)
{
	if (!in->strict)
		return CSG_OK;
	if (in->messages->nbroken > 0) {
		*err = in->messages->broken[0].err;
		return csg_err_prefix(
		    err, "%s: ", in->messages->broken[0].origin);
	}
	return csg_tally_strict(t, err);
}

enum csg_rc
csg_sign_decide(const struct csg_chain *chain, const struct csg_sign_in *in,
    struct csg_tally **tally, struct csg_err *err)
{
	struct csg_case c;
	struct csg_tally_in judge = { .policy = csg_chain_policy(chain),
		.past = chain->policies,
		.npast = chain->n - 1,
		.messages = &c,
		.time = in->now,
		.suspended = in->suspended };
	struct csg_veto_in h = { .messages = &c,
		.policies = &judge.policy,
		.n = 1,
		.now = in->now };
	struct csg_err veto = { 0 };
	struct csg_hashes *hashes = NULL;
	int fd = -1;
	enum csg_rc rc;

	*tally = NULL;
	if ((rc = csg_case_sort(in->messages, &c, err)) == CSG_OK &&
	    (rc = csg_veto_find(&h, &veto, err)) == CSG_OK &&
	    (rc = csg_tally_make(&judge, tally, err)) == CSG_OK &&
	    (rc = check_strict(in, *tally, err)) == CSG_OK &&
	    (rc = csg_veto_apply(&veto, csg_tally_verdict(*tally, err), err)) ==
		CSG_OK &&
	    (rc = csg_capacity_check(chain, *tally, err)) == CSG_OK)
		rc =
		    csg_run_check_subject(chain, *tally, in, &hashes, &fd, err);
	if (*tally == NULL && c.request != NULL)
		csg_chain_explain(chain, c.request->env, err);
	if (fd != -1)
		(void)close(fd);
	free(hashes);
	csg_case_clear(&c);
	return rc;
}

/* Judge a case at time t; what was judged before is forgotten. */
static enum csg_rc
judge(struct csg_run *r, const struct csg_case *c, int64_t t,
    char *const *suspended, struct csg_err *err)
{
	struct csg_tally_in in = { .policy = r->policy,
		.past = r->state->chain->policies,
		.npast = (size_t)r->policy->version - 1,
		.messages = c,
		.time = t,
		.suspended = suspended };
	enum csg_rc rc;

	csg_tally_free(r->out->tally);
	rc = csg_tally_make(&in, &r->out->tally, err);
	r->tally = r->out->tally;
	if (rc == CSG_OK)
		r->format = csg_format(r->tally->profile->format);
	return rc;
}

/* The messages given, and the rejections of earlier runs; all rejections are
 * heard before anything is judged. */
static enum csg_rc
gather(struct csg_run *r, const struct csg_id *request, struct csg_case *c,
    struct csg_err *err)
{
	struct csg_veto_in h = { .messages = c,
		.policies = &r->policy, /* no other's requests are signed */
		.n = 1,
		.now = r->in->now,
		.ledger = r->dry ? NULL : r->state->ledger };
	enum csg_rc rc;

	if ((rc = csg_case_sort(r->in->messages, c, err)) == CSG_OK &&
	    (rc = csg_veto_load(
		 r->state->ledger, request, &r->out->known, err)) == CSG_OK &&
	    (rc = csg_case_add(c, &r->out->known, err)) == CSG_OK)
		rc = csg_veto_find(&h, &r->veto, err);
	return rc;
}

enum csg_rc
csg_run_decide(
    struct csg_run *r, const struct csg_id *request, struct csg_err *err)
{
	struct csg_case c = { 0 };
	struct csg_err verdict = { 0 };
	enum csg_rc rc;

	if ((rc = gather(r, request, &c, err)) == CSG_OK &&
	    (rc = judge(r, &c, r->in->now, r->in->suspended, err)) != CSG_OK)
		csg_chain_explain(r->state->chain, c.request->env, err);
	csg_case_clear(&c);
	if (rc != CSG_OK)
		return rc;
	rc = csg_veto_apply(
	    &r->veto, csg_tally_verdict(r->tally, &verdict), &verdict);
	if (verdict.reason != CSG_R_VETO &&
	    check_strict(r->in, r->tally, err) != CSG_OK)
		return err->rc;
	if (rc != CSG_OK)
		*err = verdict;
	return rc;
}

enum csg_rc
csg_run_judge_claimed(struct csg_run *r, const struct csg_claim *claim,
    char *const *suspended, struct csg_err *err)
{
	struct csg_case c = { 0 };
	size_t pos = 0;
	enum csg_rc rc;

	csg_tally_free(r->out->tally); /* it refers to what is known */
	r->tally = r->out->tally = NULL;
	csg_bundle_clear(&r->out->known);
	if ((rc = csg_bundle_add(&r->out->known, "ledger", claim->messages,
		 strlen(claim->messages), err)) == CSG_OK &&
	    (rc = csg_case_take(&r->out->known, &pos, true, &c, err)) ==
		CSG_OK &&
	    (rc = judge(r, &c, claim->time, suspended, err)) == CSG_OK &&
	    c.act != NULL &&
	    (rc = csg_tally_operate(r->tally, c.act, NULL, err)) == CSG_OK)
		rc = csg_tally_suspended(
		    suspended, r->tally->act->head.author, err);
	csg_case_clear(&c);
	return rc;
}

/* Why a claim is not completed: CSG_OK if nothing stands against it. */
static enum csg_rc
judge_again(struct csg_run *r, const struct csg_claim *c, struct csg_err *err)
{
	char when[CSG_TIME_LEN];
	enum csg_rc rc;

	if (!csg_id_equal(&c->policy, &r->policy->id))
		return csg_fail(err, CSG_R_POLICY,
		    "the policy changed after this request was claimed");
	if (r->veto.reason != CSG_R_NONE) {
		*err = r->veto;
		return err->rc;
	}
	if ((rc = csg_run_judge_claimed(r, c, r->in->suspended, err)) != CSG_OK)
		return rc;
	if (r->in->now > r->tally->request->expires)
		return csg_fail(err, CSG_R_EXPIRED,
		    "request expired at %s, before what was claimed was signed",
		    csg_time_format(r->tally->request->expires, when));
	return csg_tally_verdict(r->tally, err);
}

/* A run that was to destroy a key may have got as far as that; only the token
 * knows, and it is not asked for what is refused. */
static void
say_destroyed(const struct csg_request *r, struct csg_err *why)
{
	/* in front: a long comment may cut what stands behind it */
	if (r->destroy != NULL)
		(void)csg_err_prefix(why,
		    "key %s may be destroyed already (csg-token list shows "
		    "it): ",
		    r->destroy);
}

/* Does the ledger keep what is said against the request?  csg_request_long_expired()
 * tells why not. */
static bool
is_recorded(const struct csg_run *r, const struct csg_request *req)
{
	const struct csg_policy *p;

	p = csg_chain_policy_by_id(r->state->chain, &req->head.policy);
	return p != NULL && !csg_request_long_expired(req, p, r->in->now);
}

/* The end of a claim that is not completed, on record. */
static enum csg_rc
abandon(struct csg_run *r, const struct csg_claim *c,
    const struct csg_message *request, struct csg_err *err)
{
	struct csg_err why = *err;
	struct csg_request *req;
	enum csg_rc rc;

	if ((rc = csg_request_read(request->env, &req, err)) != CSG_OK)
		return rc;
	say_destroyed(req, &why);
	if (is_recorded(r, req) && (rc = csg_run_discard(r, err)) == CSG_OK)
		rc = csg_ledger_abandon(
		    r->state->ledger, &c->request, r->in->now, why.text, err);
	csg_request_free(req);
	if (rc != CSG_OK)
		return rc;
	*err = why;
	return why.rc;
}

enum csg_rc
csg_run_decide_again(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err)
{
	struct csg_case given = { 0 };
	enum csg_rc rc;

	if ((rc = gather(r, &c->request, &given, err)) == CSG_OK &&
	    (rc = judge_again(r, c, err)) != CSG_OK && !r->dry &&
	    (rc == CSG_REFUSED || rc == CSG_NOTYET))
		rc = abandon(r, c, given.request, err);
	csg_case_clear(&given);
	return rc;
}

/* ---- the ledger's say ---- */

/* The epoch that the entry will stand in: that of a new policy is its own. */
static enum csg_rc
find_epoch(struct csg_run *r, struct csg_err *err)
{
	struct csg_policy *draft;
	struct csg_target w = { .artifact = r->tally->request->artifacts,
		.hashes = r->hashes,
		.fd = r->fd };
	enum csg_rc rc;

	r->epoch = r->policy->epoch;
	if (!csg_tally_makes_policy(r->tally))
		return CSG_OK;
	if ((rc = csg_policy_draft(&w, &draft, err)) == CSG_OK)
		r->epoch = draft->epoch;
	csg_policy_free(draft);
	return rc;
}

/* Has the ledger a head that a voter has seen, and is that of before now?  The
 * receipt, which is to prove it, must not be older. */
static enum csg_rc
check_head(void *arg, const struct csg_endorsement *v,
    const struct csg_receipt *seen, struct csg_err *err)
{
	struct csg_run *r = arg;
	char now[CSG_TIME_LEN], when[CSG_TIME_LEN];

	if (csg_ledger_includes_head(
		r->state->ledger, r->epoch, &seen->tree, err) != CSG_OK)
		return csg_err_prefix(err, "by %s: ", v->head.author);
	if (seen->tree.epoch == r->epoch && seen->head.time > r->in->now)
		return csg_fail(err, CSG_R_CLOCK,
		    "the clock says %s, but %s saw a head of the ledger of %s",
		    csg_time_format(r->in->now, now), v->head.author,
		    csg_time_format(seen->head.time, when));
	return CSG_OK;
}

enum csg_rc
csg_run_check_ledger(struct csg_run *r, struct csg_err *err)
{
	struct csg_receipt trial = { 0 };
	enum csg_rc rc;

	if ((rc = find_epoch(r, err)) != CSG_OK ||
	    (rc = csg_ledger_check_epoch(r->state->ledger, r->epoch, err)) !=
		CSG_OK)
		return rc;
	if ((rc = csg_tally_each_head(r->tally, check_head, r, err)) ==
		CSG_OK &&
	    (rc = csg_ledger_head(
		 r->state->ledger, r->epoch, &trial.tree, err)) == CSG_OK)
		rc = csg_run_prove_heads(r, &trial, err);
	/* until the receipt is made the tree grows: today's head may need one
	 * more proof by then, and the right edge of the tree other hashes */
	if (rc == CSG_OK &&
	    (trial.nearlier == CSG_MAX_EARLIER ||
		trial.nhashes > CSG_MAX_EARLIER_HASHES - 2 * CSG_MERKLE_PATH))
		rc = csg_fail(err, CSG_R_LOG,
		    "the votes bring more heads of the ledger than a receipt "
		    "can prove");
	csg_receipt_clear(&trial);
	return rc;
}

enum csg_rc
csg_run_record_refusal(
    struct csg_run *r, const struct csg_err *why, struct csg_err *err)
{
	struct csg_request *req = NULL;
	struct csg_case c;
	struct csg_err ignored = { 0 };
	const struct csg_policy *p;
	const struct csg_cert *cert;
	size_t user;
	enum csg_rc rc = CSG_OK;

	if (csg_case_sort(r->in->messages, &c, &ignored) == CSG_OK &&
	    csg_request_read(c.request->env, &req, &ignored) == CSG_OK &&
	    is_recorded(r, req) &&
	    (p = csg_chain_policy_by_id(r->state->chain, &req->head.policy)) !=
		NULL &&
	    csg_message_verify(p, &req->head, c.request->env, &user, &cert,
		&ignored) == CSG_OK &&
	    csg_policy_owner(r->policy, &cert->spki, &cert) != CSG_NONE)
		rc = csg_ledger_refuse(r->state->ledger, &req->id, req->profile,
		    r->in->now, why, err);
	csg_request_free(req);
	csg_case_clear(&c);
	return rc;
}
