#include <stdlib.h>
#include <string.h>

#include "lib/verify/proof.h"
#include "lib/base/time.h"

/* Check that the signature was made while its policy was in force. */
static enum csg_rc
check_current(const struct csg_proof *p, const struct csg_chain *newest,
    struct csg_err *err)
{
	const struct csg_link *last = &p->chain->links[p->chain->n - 1];
	int64_t t = p->record->seal->head.time;
	char when[CSG_TIME_LEN];
	enum csg_rc rc;

	if (t < last->record->seal->head.time)
		return csg_fail(err, CSG_R_UNENDORSED,
		    "sealed before its policy was in force");
	if (newest == NULL)
		return CSG_OK;
	if ((rc = csg_chain_compatible(p->chain, newest, err)) != CSG_OK)
		return rc;
	if (newest->n > p->chain->n &&
	    t > newest->links[p->chain->n].record->seal->head.time)
		return csg_fail(err, CSG_R_ROLLBACK,
		    "made under policy version %zu at %s, when a newer one was in force",
		    p->chain->n, csg_time_format(t, when));
	return CSG_OK;
}

/* Take the chain at the start of the bundle; *pos becomes its end. */
static enum csg_rc
take_chain(struct csg_proof *p, const struct csg_proof_in *in, size_t *pos,
    struct csg_err *err)
{
	enum csg_rc rc;

	if (in->known != NULL)
		return csg_chains_verify(
		    in->known, &p->bundle, &p->chain, pos, err);
	rc = csg_chain_verify(&p->bundle, in->trust, &p->own, pos, err);
	p->chain = p->own;
	return rc;
}

/* Take the record from pos on, which must end the proof. */
static enum csg_rc
take_record(struct csg_proof *p, const struct csg_proof_in *in, size_t pos,
    struct csg_err *err)
{
	const struct csg_policy *newest = NULL;
	struct csg_case *c = &p->messages;
	enum csg_rc rc;

	if (in->newest != NULL)
		newest = csg_chain_policy(in->newest);
	if ((rc = csg_case_take(&p->bundle, &pos, false, c, err)) != CSG_OK)
		return rc;
	if (pos != p->bundle.n)
		return csg_fail(err, CSG_R_PARSE,
		    "%s: %s after the end of the proof",
		    p->bundle.m[pos].origin,
		    csg_kind_one(p->bundle.m[pos].env->kind));
	if ((rc = csg_case_verify(c, p->chain->policies, p->chain->n, err)) !=
		CSG_OK ||
	    (rc = csg_record_check(c, csg_chain_policy(p->chain), newest,
		 &p->record, in->refused != NULL ? &p->refused : NULL, err)) !=
		CSG_OK ||
	    in->unfinished)
		return rc;
	return csg_record_receipt(p->record, c, err);
}

/* Recount without the people left out.  Failing that is kept in p->falls; only
 * trouble (out of memory) is returned. */
static enum csg_rc
recount(struct csg_proof *p, const struct csg_proof_in *in, struct csg_err *err)
{
	if (in->known == NULL ||
	    csg_chains_recount(in->known, p->chain, p->record->judged.tally,
		&p->falls) != CSG_TROUBLE)
		return CSG_OK;
	if (err != NULL)
		*err = p->falls;
	return CSG_TROUBLE;
}

static enum csg_rc
read_proof(struct csg_proof *p, const void *text, size_t len,
    const struct csg_proof_in *in, struct csg_err *err)
{
	size_t pos;
	enum csg_rc rc;

	if (in->known != NULL)
		p->bundle.verified = csg_chains_verified(in->known);
	if ((rc = csg_bundle_add(&p->bundle, p->origin, text, len, err)) !=
	    CSG_OK)
		return rc;
	if ((rc = csg_bundle_whole(&p->bundle, err)) != CSG_OK ||
	    (rc = take_chain(p, in, &pos, err)) != CSG_OK ||
	    (rc = take_record(p, in, pos, err)) != CSG_OK ||
	    (rc = check_current(p, in->newest, err)) != CSG_OK)
		return rc;
	return recount(p, in, err);
}

enum csg_rc
csg_proof_read(const char *origin, const void *text, size_t len,
    const struct csg_proof_in *in, struct csg_proof **out, struct csg_err *err)
{
	struct csg_proof *p;
	enum csg_rc rc;

	*out = NULL;
	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->origin = strdup(origin)) == NULL) {
		csg_proof_free(p);
		return csg_fail_mem(err);
	}
	if ((rc = read_proof(p, text, len, in, err)) != CSG_OK) {
		if (rc != CSG_TROUBLE && p->refused.tally != NULL)
			*in->refused = p; /* transferred */
		else
			csg_proof_free(p);
		return rc;
	}
	*out = p; /* transferred */
	return CSG_OK;
}

enum csg_rc
csg_proof_finish(struct csg_proof *p, const char *receipt, struct csg_err *err)
{
	enum csg_rc rc;

	p->late.verified = p->bundle.verified;
	if ((rc = csg_bundle_add_one(&p->late, "receipt", receipt, err)) !=
	    CSG_OK)
		return rc;
	p->messages.receipt = &p->late.m[0];
	return csg_record_receipt(p->record, &p->messages, err);
}

void
csg_proof_free(struct csg_proof *p)
{
	if (p == NULL)
		return;
	csg_judgement_clear(&p->refused);
	csg_record_free(p->record);
	csg_case_clear(&p->messages);
	csg_chain_free(p->own);
	csg_bundle_clear(&p->bundle);
	csg_bundle_clear(&p->late);
	free(p->origin);
	free(p);
}

struct csg_seal *
csg_proof_guess_seal(const char *origin, const void *text, size_t len)
{
	struct csg_bundle b = { 0 };
	struct csg_seal *seal = NULL;
	struct csg_err ignored = { 0 };
	size_t i;

	(void)csg_bundle_add(&b, origin, text, len, &ignored);
	for (i = b.n; i > 0 && b.m[i - 1].env->kind != CSG_SEAL; i--)
		;
	if (i > 0)
		(void)csg_seal_read(b.m[i - 1].env, &seal, &ignored);
	csg_bundle_clear(&b);
	return seal;
}
