#include <stdlib.h>
#include <string.h>

#include "lib/sign/run.h"

void
csg_sign_out_clear(struct csg_sign_out *o)
{
	size_t i;

	csg_judgement_clear(&o->judged);
	csg_case_clear(&o->given);
	csg_case_clear(&o->claimed);
	csg_bundle_clear(&o->remembered);
	csg_bundle_clear(&o->claim);
	csg_bundle_clear(&o->act);
	csg_draft_clear(&o->draft);
	for (i = 0; i < o->npaths; i++)
		free(o->paths[i]);
	free(o->paths);
	memset(o, 0, sizeof(*o));
}

enum csg_rc
csg_sign_out_add(struct csg_sign_out *o, const char *dir, const char *name,
    struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char **more;
	enum csg_rc rc;

	if (strcmp(dir, ".") == 0)
		csg_buf_puts(&path, name);
	else
		csg_buf_printf(&path, "%s/%s", dir, name);
	if ((rc = csg_buf_ok(&path, err)) != CSG_OK)
		return rc;
	more = realloc(o->paths, (o->npaths + 1) * sizeof(*more));
	if (more != NULL) {
		o->paths = more;
		if ((more[o->npaths] = strdup(csg_buf_str(&path))) != NULL)
			o->npaths++;
		else
			more = NULL;
	}
	csg_buf_free(&path);
	return more != NULL ? CSG_OK : csg_fail_mem(err);
}

void
csg_run_clear(struct csg_run *r)
{
	csg_opened_clear(&r->artifacts);
	csg_draft_clear(&r->draft);
	free(r->sealed);
	csg_proof_free(r->proof);
	csg_buf_free(&r->staging);
	csg_staging_free(r->staged);
	csg_buf_free(&r->seal);
	csg_buf_free(&r->receipt);
}

void
csg_run_target(const struct csg_run *r, size_t i, const char *evidence,
    struct csg_target *w)
{
	*w = (struct csg_target){
		.artifact = &r->tally->request->artifacts[i],
		.hashes = &r->artifacts.hashes[i],
		.draft = r->draft.policy != NULL ? &r->draft : NULL,
		.policy = r->founding ? NULL : r->policy,
		.time = r->tally->time,
		.evidence = evidence,
		.allow_lockout = r->in->allow_lockout,
	};
}

enum csg_rc
csg_run_remember(struct csg_chains *chains, const struct csg_signer_key *k,
    const struct csg_buf *der, struct csg_err *err)
{
	struct csg_envelope *env;
	enum csg_rc rc;

	if ((rc = csg_envelope_parse(der->data, der->len, &env, err)) == CSG_OK)
		rc = csg_envelope_remember(
		    env, k->cert, csg_chains_verified(chains), err);
	csg_envelope_free(env);
	return rc;
}

enum csg_rc
csg_run_operate(struct csg_run *r, struct csg_err *err)
{
	const struct csg_operator *op = r->in->op;
	struct csg_tally *t = r->out->judged.tally;
	enum csg_rc rc;

	if (op == NULL && t->profile->operators.n == 0)
		return CSG_OK;
	if (op == NULL)
		return csg_fail(err, CSG_R_OPERATOR,
		    "profile %s is signed by its operators: give your key with -k",
		    t->profile->name);
	if (t->profile->operators.n == 0)
		return csg_fail(err, CSG_R_OPERATOR,
		    "profile %s names no operators: do not give a key (-k)",
		    t->profile->name);
	r->out->act.verified = r->in->messages->verified;
	if ((rc = op->act(op->arg, t, &r->out->act, err)) != CSG_OK)
		return rc;
	return csg_tally_operate(t, &r->out->act.m[0], NULL, err);
}
