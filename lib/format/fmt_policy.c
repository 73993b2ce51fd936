/*
 * Format policy: the next version of the policy itself, as an attached CMS
 * message by the policy key.  The output file is the whole chain.
 */
#include <string.h>
#include <unistd.h>

#include "lib/message/bundle.h"
#include "lib/format/format.h"
#include "lib/policy/draft_read.h"
#include "lib/policy/lockout.h"
#include "lib/base/time.h"

/* Read the draft's bytes, as many as were hashed. */
static enum csg_rc
read_bytes(int fd, const struct csg_hashes *hashes, struct csg_buf *yaml,
    struct csg_err *err)
{
	unsigned char *to;
	ssize_t n;

	if (hashes->size > CSG_POLICY_MAX)
		return csg_fail(err, CSG_R_TYPE, "larger than a policy can be");
	if ((to = csg_buf_reserve(yaml, (size_t)hashes->size)) == NULL)
		return csg_fail_mem(err);
	if ((n = pread(fd, to, (size_t)hashes->size, 0)) < 0)
		return csg_fail_errno(err, "cannot read");
	yaml->len = (size_t)n;
	return CSG_OK;
}

enum csg_rc
csg_draft_read(int fd, const struct csg_hashes *hashes, struct csg_draft *out,
    struct csg_err *err)
{
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = read_bytes(fd, hashes, &out->yaml, err)) != CSG_OK)
		return rc;
	return csg_draft_parse(&out->yaml, &hashes->id, &out->policy, err);
}

void
csg_draft_clear(struct csg_draft *d)
{
	csg_policy_free(d->policy);
	csg_buf_free(&d->yaml);
	memset(d, 0, sizeof(*d));
}

/* Check that the draft keeps all revocations. */
static enum csg_rc
check_revoked(const struct csg_policy *draft, const struct csg_policy *now,
    struct csg_err *err)
{
	const struct csg_revocation *old, *new;
	char id[CSG_ID_TEXT];
	size_t i;

	for (i = 0; i < now->nrevoked; i++) {
		old = &now->revoked[i];
		new = csg_policy_revoked(draft, &old->spki);
		if (new == NULL || new->since > old->since ||
		    (old->compromised && !new->compromised))
			return csg_fail(err, CSG_R_POLICY,
			    "the revocation of key %s is missing or weaker than before",
			    csg_id_format(&old->spki, id));
	}
	return CSG_OK;
}

/* Check that the draft keeps the ledger's epoch or begins the next. */
static enum csg_rc
check_epoch(const struct csg_policy *draft, const struct csg_policy *now,
    struct csg_err *err)
{
	if (draft->epoch == now->epoch || draft->epoch == now->epoch + 1)
		return CSG_OK;
	return csg_fail(err, CSG_R_POLICY,
	    "epoch is %llu, but must be the ledger's epoch, %llu, or the next one",
	    (unsigned long long)draft->epoch, (unsigned long long)now->epoch);
}

static enum csg_rc
check_successor(const struct csg_policy *draft, const struct csg_policy *now,
    struct csg_err *err)
{
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if (now == NULL)
		return draft->version == 1 && draft->epoch == 1 ?
		    CSG_OK :
		    csg_fail(err, CSG_R_POLICY,
			"a founding policy must have version 1 and epoch 1");
	if (strcmp(draft->name, now->name) != 0)
		return csg_fail(err, CSG_R_POLICY,
		    "the policy is named %s, not %s", now->name, draft->name);
	if (draft->version != now->version + 1)
		return csg_fail(err, CSG_R_POLICY,
		    "version is %llu, but the next one is %llu",
		    (unsigned long long)draft->version,
		    (unsigned long long)now->version + 1);
	if (!csg_id_equal(&draft->previous, &now->id))
		return csg_fail(err, CSG_R_POLICY,
		    "previous is not the id of the policy in force, %s",
		    csg_id_format(&now->id, id));
	if ((rc = check_epoch(draft, now, err)) != CSG_OK)
		return rc;
	return check_revoked(draft, now, err);
}

/* A policy that is not yet valid would stop all signing until it is. */
static enum csg_rc
check_issued(const struct csg_policy *draft, int64_t t, struct csg_err *err)
{
	char when[CSG_TIME_LEN];

	if (draft->issued <= t + CSG_FUTURE_SLACK)
		return CSG_OK;
	return csg_fail(err, CSG_R_LOCKOUT,
	    "issued %s, in the future: nothing could be signed until then",
	    csg_time_format(draft->issued, when));
}

static enum csg_rc
accept_draft(const struct csg_target *w, struct csg_err *err)
{
	const struct csg_policy *draft = w->draft->policy;
	enum csg_rc rc;

	if ((rc = check_successor(draft, w->policy, err)) != CSG_OK ||
	    (rc = check_issued(draft, w->time, err)) != CSG_OK)
		return rc;
	if (w->policy == NULL || w->allow_lockout)
		return CSG_OK;
	return csg_lockout_check(draft, w->time, err);
}

static enum csg_rc
sign(const struct csg_target *w, const struct csg_signer_key *k,
    struct csg_buf *out, struct csg_err *err)
{
	struct csg_envelope *env = NULL;
	enum csg_rc rc;

	if ((rc = csg_envelope_make(k, CSG_POLICY, &w->draft->yaml, w->time,
		 &env, err)) == CSG_OK) {
		csg_buf_add(out, env->der.data, env->der.len);
		rc = csg_buf_ok(out, err);
	}
	csg_envelope_free(env);
	return rc;
}

/* Find the message in a chain file whose content is the artifact. */
static enum csg_rc
find_message(const struct csg_target *w, const void *sig, size_t len,
    struct csg_bundle *b, const struct csg_envelope **out, struct csg_err *err)
{
	enum csg_rc rc;
	size_t i;

	*out = NULL;
	if ((rc = csg_bundle_add(b, "policy chain", sig, len, err)) != CSG_OK)
		return rc;
	for (i = 0; i < b->n; i++)
		if (b->m[i].env->kind == CSG_POLICY &&
		    csg_id_equal(&b->m[i].env->id, &w->hashes->id)) {
			*out = b->m[i].env;
			return CSG_OK;
		}
	return csg_fail(err, CSG_R_DIGEST,
	    "the policy chain has no version with the content of this file");
}

/* Check that the receipt of a policy is from the policy's epoch. */
static enum csg_rc
check_receipt(const struct csg_target *w, const struct csg_envelope *env,
    struct csg_err *err)
{
	struct csg_policy *p = NULL;
	enum csg_rc rc;

	if (w->epoch == 0)
		return CSG_OK;
	if ((rc = csg_policy_parse(env->content, env->len, &p, err)) ==
		CSG_OK &&
	    p->epoch != w->epoch)
		rc = csg_fail(err, CSG_R_LOG,
		    "its receipt is from epoch %llu, but the policy has epoch %llu",
		    (unsigned long long)w->epoch, (unsigned long long)p->epoch);
	csg_policy_free(p);
	return rc;
}

static enum csg_rc
verify(const struct csg_target *w, const struct csg_key *key, const void *sig,
    size_t len, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	const struct csg_envelope *env;
	enum csg_rc rc;

	if ((rc = find_message(w, sig, len, &b, &env, err)) == CSG_OK &&
	    (rc = csg_envelope_verify(env, key->cert, err)) == CSG_OK &&
	    w->evidence != NULL && env->time != w->time)
		rc = csg_fail(err, CSG_R_UNENDORSED,
		    "signed by key %s, but not at the time of the seal",
		    key->name);
	if (rc == CSG_OK)
		rc = check_receipt(w, env, err);
	csg_bundle_clear(&b);
	return rc;
}

static enum csg_rc
output_id(const struct csg_target *w, const void *sig, size_t len,
    struct csg_id *id, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	const struct csg_envelope *env;
	enum csg_rc rc;

	if ((rc = find_message(w, sig, len, &b, &env, err)) == CSG_OK)
		rc = csg_id_mem(env->der.data, env->der.len, id, err);
	csg_bundle_clear(&b);
	return rc;
}

const struct csg_format csg_fmt_policy = { .suffix = ".csgpolicy",
	.replaces = ".yaml",
	.reads_draft = true,
	.accept = accept_draft,
	.sign = sign,
	.verify = verify,
	.output_id = output_id };
