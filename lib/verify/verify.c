#include <string.h>

#include "lib/verify/verify.h"

static void
target_of(const struct csg_proof *p, size_t i, const struct csg_hashes *hashes,
    const char *evidence, struct csg_target *w)
{
	*w = (struct csg_target){ .artifact =
				      &p->record->tally->request->artifacts[i],
		.hashes = hashes,
		.policy = csg_chain_policy(p->chain),
		.time = p->record->seal->head.time,
		.evidence = evidence,
		.epoch = p->record->receipt != NULL ?
		    p->record->receipt->tree.epoch :
		    0 };
}

/* Check that artifact i is the one that was sealed. */
static enum csg_rc
check_artifact(const struct csg_record *r, size_t i,
    const struct csg_hashes *hashes, struct csg_err *err)
{
	if (csg_id_equal(&hashes->id, &r->seal->artifacts[i].input) &&
	    hashes->size == r->tally->request->artifacts[i].size)
		return CSG_OK;
	return csg_fail(err, CSG_R_DIGEST,
	    "not what was endorsed: its content differs from '%s' of the request",
	    r->seal->artifacts[i].name);
}

/* Check that its output is the one that was sealed. */
static enum csg_rc
check_sealed(const struct csg_record *r, size_t i, const struct csg_target *w,
    const void *sig, size_t len, struct csg_err *err)
{
	const struct csg_format *f = csg_format(r->tally->profile->format);
	struct csg_id id;
	enum csg_rc rc;

	if ((rc = f->output_id(w, sig, len, &id, err)) != CSG_OK)
		return rc;
	if (csg_id_equal(&id, &r->seal->artifacts[i].output))
		return CSG_OK;
	return csg_fail(err, CSG_R_UNENDORSED,
	    "signed by key %s, but not endorsed: this is not the signature that was sealed",
	    r->key->name);
}

enum csg_rc
csg_verify_output(const struct csg_proof *p, size_t i,
    const struct csg_hashes *hashes, const void *sig, size_t len,
    struct csg_err *err)
{
	const struct csg_record *r = p->record;
	const struct csg_format *f = csg_format(r->tally->profile->format);
	struct csg_target w;
	char evidence[CSG_EVIDENCE_ATTR];
	enum csg_rc rc;

	target_of(p, i, hashes,
	    csg_evidence_attr(r->tally->request, &r->digest, evidence), &w);
	if ((rc = check_artifact(r, i, hashes, err)) != CSG_OK ||
	    (rc = f->verify(&w, r->key, sig, len, err)) != CSG_OK)
		return rc;
	return check_sealed(r, i, &w, sig, len, err);
}

enum csg_rc
csg_verify_sealed(const struct csg_proof *p, size_t i,
    const struct csg_hashes *hashes, const void *sig, size_t len,
    struct csg_err *err)
{
	struct csg_target w;
	enum csg_rc rc;

	target_of(p, i, hashes, NULL, &w);
	if ((rc = check_artifact(p->record, i, hashes, err)) != CSG_OK)
		return rc;
	return check_sealed(p->record, i, &w, sig, len, err);
}

enum csg_rc
csg_verify_expected(const struct csg_proof *p,
    const struct csg_expected *expected, struct csg_err *err)
{
	const struct csg_record *rec = p->record;

	if (p->falls.rc != CSG_OK) {
		if (err != NULL)
			*err = p->falls;
		return p->falls.rc;
	}
	if (expected->profile != NULL &&
	    strcmp(rec->tally->profile->name, expected->profile) != 0)
		return csg_fail(err, CSG_R_PROFILE,
		    "signed under profile %s, not %s",
		    rec->tally->profile->name, expected->profile);
	if (csg_proof_is_emergency(p) && !expected->emergency)
		return csg_fail(err, CSG_R_PROFILE,
		    "signed by the emergency route %s (--accept-emergency accepts it)",
		    rec->seal->route);
	if (expected->newest != NULL &&
	    csg_policy_compromised(csg_chain_policy(expected->newest),
		&rec->key->cert->spki, rec->tally->time))
		return csg_fail(err, CSG_R_REVOKED,
		    "signing key %s was compromised", rec->key->name);
	return CSG_OK;
}

const struct csg_key *
csg_verify_signer(const struct csg_policy *p, const struct csg_hashes *hashes,
    const void *sig, size_t len)
{
	static const struct csg_format *const formats[] = { &csg_fmt_cms,
		&csg_fmt_raw };
	struct csg_target w = { .hashes = hashes };
	struct csg_err ignored = { 0 };
	size_t i, f;

	for (i = 0; i < p->nkeys; i++)
		for (f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
			if (formats[f]->verify(
				&w, &p->keys[i], sig, len, &ignored) == CSG_OK)
				return &p->keys[i];
	return NULL;
}

bool
csg_proof_is_emergency(const struct csg_proof *p)
{
	const struct csg_profile *pr = p->record->tally->profile;
	size_t i;

	for (i = 0; i < pr->nroutes; i++)
		if (strcmp(pr->routes[i].name, p->record->seal->route) == 0 &&
		    pr->routes[i].emergency)
			return true;
	return pr->routes[p->record->tally->decision.route].emergency;
}
