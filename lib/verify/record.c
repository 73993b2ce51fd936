#include <stdlib.h>
#include <string.h>

#include "lib/verify/record.h"
#include "lib/base/time.h"

/* Check that the profile's key made the seal, for this request. */
static enum csg_rc
check_seal(const struct csg_record *r, const struct csg_message *msg,
    struct csg_err *err)
{
	const struct csg_tally *t = r->tally;
	const struct csg_request *req = t->request;
	size_t i;
	enum csg_rc rc;

	if (strcmp(r->seal->head.author, r->key->name) != 0)
		return csg_fail(err, CSG_R_SIGNATURE,
		    "sealed by key %s, but profile %s has key %s",
		    r->seal->head.author, t->profile->name, r->key->name);
	if ((rc = csg_envelope_verify(msg->env, r->key->cert, err)) != CSG_OK)
		return csg_err_prefix(err, "seal: ");
	if (!csg_id_equal(&r->seal->request, &req->id) ||
	    !csg_id_equal(&r->seal->head.policy, &t->policy->id))
		return csg_fail(err, CSG_R_UNENDORSED,
		    "the seal belongs to another request or policy");
	if (r->seal->n != req->n)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "the seal lists %zu artifacts, the request %zu", r->seal->n,
		    req->n);
	for (i = 0; i < req->n; i++)
		if (strcmp(r->seal->artifacts[i].name,
			req->artifacts[i].name) != 0 ||
		    !csg_id_equal(&r->seal->artifacts[i].input,
			&req->artifacts[i].sha256))
			return csg_fail(err, CSG_R_UNENDORSED,
			    "artifact '%s' of the seal is not the one in the request",
			    r->seal->artifacts[i].name);
	return CSG_OK;
}

/* Translate the reason of a decision against a record: where csg-sign would
 * have waited, the approval is missing for good. */
static enum csg_rc
blame_votes(const struct csg_judgement *j, struct csg_err *err)
{
	const struct csg_err why = *err;
	const struct csg_tally *t = j->tally;
	size_t i;

	if (j->step == CSG_AT_STRICT)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "a vote does not count: %s: %s",
		    csg_reason_word(why.reason), why.text);
	if (j->step != CSG_AT_QUORUM || t->act != NULL)
		return why.rc;
	for (i = 0; i < t->n; i++)
		if (t->votes[i].eligible && !t->votes[i].counted)
			return csg_fail(err, CSG_R_REVOKED,
			    "%s; without that vote: %s", t->votes[i].why.text,
			    why.text);
	if (why.rc != CSG_NOTYET)
		return why.rc;
	return csg_fail(
	    err, CSG_R_UNENDORSED, "the quorum was not met: %s", why.text);
}

/* Decide on request and votes as csg-sign did; all votes are evidence. */
static enum csg_rc
decide_again(struct csg_record *r, const struct csg_case *c,
    const struct csg_policy *policy, const struct csg_policy *newest,
    struct csg_err *err)
{
	const struct csg_terms terms = { .policy = policy,
		.time = r->seal->head.time,
		.newest = newest,
		.exact = true };
	enum csg_rc rc;

	rc = csg_decide(c, &terms, NULL, &r->judged, err);
	r->tally = r->judged.tally;
	if (rc != CSG_OK)
		return rc == CSG_TROUBLE ? rc : blame_votes(&r->judged, err);
	r->key = &policy->keys[r->tally->profile->key];
	if (c->act == NULL && r->tally->profile->operators.n > 0)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "profile %s requires an operator's act, but there is none",
		    r->tally->profile->name);
	return CSG_OK;
}

/* Check that the seal names this evidence, and the route that was decided on,
 * unless a later policy's revocations may have left another route. */
static enum csg_rc
check_evidence(struct csg_record *r, struct csg_err *err)
{
	const struct csg_tally *t = r->tally;
	enum csg_rc rc;
	size_t i;

	for (i = 0; i < t->n && t->votes[i].counted; i++)
		;
	if (i == t->n && strcmp(csg_tally_route(t), r->seal->route) != 0)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "the seal names route %s, but the votes meet %s",
		    r->seal->route, csg_tally_route(t));
	if ((rc = csg_tally_evidence(
		 t, r->seal->route, &r->evidence, &r->digest, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&r->digest, &r->seal->evidence))
		return csg_fail(err, CSG_R_UNENDORSED,
		    "the request and votes at hand are not the evidence that the seal names");
	return CSG_OK;
}

enum csg_rc
csg_record_check(const struct csg_case *c, const struct csg_policy *policy,
    const struct csg_policy *newest, struct csg_record **out,
    struct csg_judgement *refused, struct csg_err *err)
{
	struct csg_record *r;
	enum csg_rc rc;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return csg_fail_mem(err);
	r->seal_env = c->seal->env;
	if ((rc = csg_seal_read(c->seal->env, &r->seal, err)) != CSG_OK) {
		(void)csg_err_prefix(err, "%s: seal: ", c->seal->origin);
		goto out;
	}
	if ((rc = decide_again(r, c, policy, newest, err)) != CSG_OK ||
	    (rc = check_seal(r, c->seal, err)) != CSG_OK ||
	    (rc = check_evidence(r, err)) != CSG_OK)
		goto out;
	*out = r; /* transferred */
	return CSG_OK;
out:
	if (refused != NULL && r->tally != NULL) {
		*refused = r->judged; /* transferred */
		memset(&r->judged, 0, sizeof(r->judged));
	}
	csg_record_free(r);
	return rc;
}

void
csg_record_free(struct csg_record *r)
{
	if (r == NULL)
		return;
	csg_judgement_clear(&r->judged);
	csg_seal_free(r->seal);
	csg_receipt_free(r->receipt);
	csg_buf_free(&r->evidence);
	free(r);
}

/* Make the finish entry that the ledger must have for this record. */
static enum csg_rc
expect_entry(const struct csg_record *r, struct csg_entry *e,
    struct csg_buf *seal, struct csg_err *err)
{
	const struct csg_tally *t = r->tally;

	csg_envelope_armor(r->seal_env, seal);
	*e = (struct csg_entry){ .kind = CSG_E_FINISH,
		.request = &t->request->id,
		.body = csg_buf_str(seal) };
	if (csg_tally_makes_policy(t)) {
		e->policy = &r->seal->artifacts[0].input;
		e->version = t->policy->version + 1;
	}
	return csg_buf_ok(seal, err);
}

/* Check the ledger's epoch at this entry: that of the policy or, for a new
 * policy, perhaps the next, which format policy checks. */
static enum csg_rc
check_epoch(const struct csg_record *r, struct csg_err *err)
{
	const struct csg_tally *t = r->tally;
	uint64_t epoch = r->receipt->tree.epoch;

	if (epoch == t->policy->epoch ||
	    (t->profile->format == CSG_FORMAT_POLICY && r->seal->n == 1 &&
		epoch == t->policy->epoch + 1))
		return CSG_OK;
	return csg_fail(err, CSG_R_LOG,
	    "receipt: from epoch %llu, but policy version %llu has epoch %llu",
	    (unsigned long long)epoch, (unsigned long long)t->policy->version,
	    (unsigned long long)t->policy->epoch);
}

/* Check a head that a voter saw before the ledger had this entry: its tree must
 * be the beginning of the receipt's. */
static enum csg_rc
check_head(void *arg, const struct csg_endorsement *v,
    const struct csg_receipt *seen, struct csg_err *err)
{
	const struct csg_receipt *r = arg;

	if (seen->tree.epoch < r->tree.epoch)
		return CSG_OK;
	if (seen->tree.epoch > r->tree.epoch || seen->tree.size > r->index)
		return csg_fail(err, CSG_R_LOG,
		    "%s saw a ledger of %llu entries before it had entry %llu: it was rolled back or forked",
		    v->head.author, (unsigned long long)seen->tree.size,
		    (unsigned long long)r->index + 1);
	if (csg_receipt_agree(seen, r, err) != CSG_OK)
		return csg_err_prefix(
		    err, "the ledger that %s saw: ", v->head.author);
	if (!csg_receipt_extends(r, &seen->tree))
		return csg_fail(err, CSG_R_LOG,
		    "it does not prove that the %llu entries that %s saw are its first",
		    (unsigned long long)seen->tree.size, v->head.author);
	return CSG_OK;
}

enum csg_rc
csg_record_receipt(
    struct csg_record *r, const struct csg_case *c, struct csg_err *err)
{
	struct csg_buf seal = { 0 };
	struct csg_entry e;
	enum csg_rc rc;

	if (c->receipt == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "no receipt: nothing proves that the signature is in the ledger");
	r->receipt_env = c->receipt->env;
	if ((rc = csg_receipt_read(c->receipt->env, &r->receipt, err)) ==
		CSG_OK &&
	    (rc = expect_entry(r, &e, &seal, err)) == CSG_OK &&
	    (rc = csg_receipt_check(r->receipt, c->receipt->env,
		 r->tally->policy, &e, err)) == CSG_OK &&
	    (rc = check_epoch(r, err)) == CSG_OK)
		rc = csg_tally_each_head(r->tally, check_head, r->receipt, err);
	csg_buf_free(&seal);
	return rc == CSG_OK ? rc :
			      csg_err_prefix(err, "%s: ", c->receipt->origin);
}
