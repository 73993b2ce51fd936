#include <string.h>

#include "lib/decide/decide.h"
#include "lib/decide/verdict.h"

static enum csg_rc
check_veto(const struct csg_veto *veto, struct csg_err *err)
{
	if (veto->why.rc != CSG_OK && err != NULL)
		*err = veto->why;
	return veto->why.rc;
}

/* With strict or exact: unreadable blocks and votes that do not count. */
static enum csg_rc
check_strict(const struct csg_case *c, const struct csg_terms *terms,
    const struct csg_tally *t, struct csg_err *err)
{
	enum csg_rc rc;

	if (terms->strict && (rc = csg_bundle_whole(c->bundle, err)) != CSG_OK)
		return rc;
	if (!terms->strict && !terms->exact)
		return CSG_OK;
	return csg_tally_strict(t, terms->exact, err);
}

static enum csg_rc
check_quorum(const struct csg_case *c, const struct csg_terms *terms,
    struct csg_tally *t, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_tally_verdict(t, err)) != CSG_OK || c->act == NULL)
		return rc;
	return csg_tally_operate(t, c->act, terms->newest, err);
}

static enum csg_rc
pass_gate(enum csg_step step, csg_gate gate, void *arg,
    struct csg_judgement *out, struct csg_err *err)
{
	out->step = step;
	return gate != NULL ? gate(arg, out->tally, err) : CSG_OK;
}

/* Check the gates in their order. */
static enum csg_rc
pass_gates(
    const struct csg_gates *g, struct csg_judgement *out, struct csg_err *err)
{
	void *arg = g->arg;
	enum csg_rc rc;

	if ((rc = pass_gate(CSG_AT_CAPACITY, g->capacity, arg, out, err)) !=
		CSG_OK ||
	    (rc = pass_gate(CSG_AT_ARTIFACTS, g->artifacts, arg, out, err)) !=
		CSG_OK ||
	    (rc = pass_gate(CSG_AT_LEDGER, g->ledger, arg, out, err)) != CSG_OK)
		return rc;
	return pass_gate(CSG_AT_RATE, g->rate, arg, out, err);
}

enum csg_rc
csg_decide(const struct csg_case *c, const struct csg_terms *terms,
    const struct csg_gates *gates, struct csg_judgement *out,
    struct csg_err *err)
{
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	/* a rejection is found even if something else is wrong */
	if ((rc = csg_veto_find(
		 c, terms->time, terms->newest, &out->veto, err)) != CSG_OK)
		return rc;
	out->step = CSG_AT_REQUEST;
	if ((rc = csg_tally_make(c, terms, &out->tally, err)) != CSG_OK)
		return rc;
	out->step = CSG_AT_VETO;
	if ((rc = check_veto(&out->veto, err)) != CSG_OK)
		return rc;
	out->step = CSG_AT_STRICT;
	if ((rc = check_strict(c, terms, out->tally, err)) != CSG_OK)
		return rc;
	out->step = CSG_AT_QUORUM;
	if ((rc = check_quorum(c, terms, out->tally, err)) != CSG_OK)
		return rc;
	if (gates != NULL && (rc = pass_gates(gates, out, err)) != CSG_OK)
		return rc;
	out->step = CSG_AT_END;
	return CSG_OK;
}

void
csg_judgement_clear(struct csg_judgement *j)
{
	csg_tally_free(j->tally);
	csg_veto_clear(&j->veto);
	memset(j, 0, sizeof(*j));
}
