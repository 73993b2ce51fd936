/* csg-verify: load policy and anchor, remember what proofs show, and collect
 * the worst error. */
#include "cmd/common/chain.h"
#include "cmd/common/places.h"
#include "cmd/common/talk.h"
#include "cmd/verify/verify.h"
#include "lib/verify/seen.h"

/* Load the anchor, which is required, and the policy chain, which is not. */
static enum csg_rc
load_policy(struct verify *v, struct csg_err *err)
{
	const char *trust, *policy, *seen = cmd_seen_dir();
	enum csg_rc rc;

	trust = cmd_default_file(v->args->trust, "CSG_TRUST", "trust.pem");
	policy =
	    cmd_default_file(v->args->policy, "CSG_POLICY", "policy.csgpolicy");
	if (trust == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no trust anchor: give -t, or install it as ~/.config/csg/trust.pem");
	if ((rc = csg_trust_load(trust, &v->trust, err)) != CSG_OK ||
	    (rc = csg_chains_new(
		 v->trust, v->args->without, &v->chains, err)) != CSG_OK)
		return rc;
	if (policy != NULL &&
	    (rc = cmd_load_chain(
		 policy, v->trust, v->chains, &v->newest, err)) != CSG_OK)
		return rc;
	if (seen != NULL &&
	    (rc = csg_seen_version(seen, v->trust, &v->seen, err)) != CSG_OK)
		return rc;
	if (policy == NULL && v->seen > 0)
		cmd_note(
		    "policy version %llu was seen before; without -p its revocations are not applied",
		    (unsigned long long)v->seen);
	return CSG_OK;
}

/* An older policy is refused from now on, and this person's votes carry the
 * head of the ledger. */
void
verify_remember(const struct verify *v, const struct csg_proof *p)
{
	const char *seen = cmd_seen_dir();
	struct csg_err e = { 0 };

	if (seen == NULL)
		return;
	if (csg_seen_update(seen, v->trust, p->chain, &e) != CSG_OK)
		cmd_note("can't remember policy version %zu: %s", p->chain->n,
		    e.text);
	csg_err_clear(&e);
	/* that a policy began the next epoch, only proofs under it confirm */
	if (p->record->receipt->tree.epoch != csg_chain_policy(p->chain)->epoch)
		return;
	if (csg_seen_keep_head(seen, v->trust, p->record->receipt,
		p->record->receipt_env, &e) == CSG_OK)
		return;
	if (e.reason == CSG_R_LOG)
		cmd_warn(
		    "%s contradicts what was seen before: %s (tell the auditors)",
		    p->origin, e.text);
	else
		cmd_note("can't remember the head of the ledger: %s", e.text);
}

struct csg_archive_in
verify_input(const struct verify *v, struct csg_parallel *jobs)
{
	return (struct csg_archive_in){ .trust = v->trust,
		.chains = v->chains,
		.expected = v->expected,
		.jobs = jobs };
}

void
verify_error_of(const struct csg_line *l, struct csg_err *err)
{
	*err = (struct csg_err){ 0 };
	if (l->reason == CSG_R_NONE)
		return;
	(void)csg_fail(err, l->reason, "%s", l->text);
	(void)csg_err_prefix_file(err, l->path);
}

void
verify_worse(struct csg_err *worst, const struct csg_err *err)
{
	if (err->rc == CSG_OK)
		return;
	if (worst->rc != CSG_OK &&
	    csg_rc_worst(worst->rc, err->rc) == worst->rc) {
		cmd_complain(err);
		return;
	}
	cmd_complain(worst);
	*worst = *err;
}

enum csg_rc
verify_open(struct verify *v, const struct verify_args *a, struct csg_err *err)
{
	enum csg_rc rc;

	*v = (struct verify){ .args = a };
	if ((rc = load_policy(v, err)) != CSG_OK)
		return rc;
	v->expected = (struct csg_expected){ .profile = a->profile,
		.emergency = a->emergency,
		.newest = v->newest };
	return CSG_OK;
}

void
verify_close(struct verify *v)
{
	csg_chains_free(v->chains);
	csg_trust_free(v->trust);
}

void
verify_chains(const struct verify *v, struct csg_err *worst)
{
	struct csg_err err = { 0 };
	const char *name;

	if (csg_chains_agree(v->chains, &err) != CSG_OK)
		verify_worse(worst, &err);
	/* the name may be misspelt, and then no signature would ever fall */
	if ((name = csg_chains_stranger(v->chains)) == NULL)
		return;
	(void)csg_fail(&err, CSG_R_GROUP,
	    "--if-revoked %s: no policy read here has such a user", name);
	verify_worse(worst, &err);
}
