#include <stdlib.h>
#include <string.h>

#include "lib/sign/sealing.h"

enum csg_rc
csg_seal_make(const struct csg_tally *t, const struct csg_signer_key *k,
    const char *key_name, const struct csg_id *evidence,
    struct csg_sealed *artifacts, size_t n, struct csg_chains *chains,
    struct csg_buf *armoured, struct csg_err *err)
{
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 };
	struct csg_seal seal = { .head = { .time = t->time,
				     .policy = t->policy->id },
		.request = t->request->id,
		.evidence = *evidence,
		.artifacts = artifacts,
		.n = n };
	enum csg_rc rc = CSG_TROUBLE;

	seal.head.author = strdup(key_name);
	seal.route = strdup(csg_tally_route(t));
	if (seal.head.author == NULL || seal.route == NULL)
		(void)csg_fail_mem(err);
	else if ((rc = csg_seal_write(&seal, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(k, CSG_SEAL, &yaml, t->time, &env, err)) ==
		CSG_OK &&
	    (chains == NULL ||
		(rc = csg_envelope_remember(env, k->cert,
		     csg_chains_verified(chains), err)) == CSG_OK))
		csg_envelope_armor(env, armoured);
	free(seal.head.author);
	free(seal.route);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc != CSG_OK ? rc : csg_buf_ok(armoured, err);
}
