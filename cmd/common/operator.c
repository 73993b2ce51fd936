#include <string.h>

#include "cmd/common/operator.h"
#include "cmd/common/person.h"

/* Make the act, with the time of the tally, and sign it with the person's key;
 * append it to *text as armour. */
static enum csg_rc
make_act(const struct cmd_person *person, const struct csg_tally *t,
    struct csg_buf *text, struct csg_err *err)
{
	const struct csg_signer_key k = cmd_person_signer(person);
	struct csg_act act = { .head = { .time = t->time,
				   .policy = t->policy->id,
				   .author =
				       t->policy->users[person->user].name, },
		.request = t->request->id, };
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 };
	enum csg_rc rc;

	if ((rc = csg_act_write(&act, &yaml, err)) == CSG_OK &&
	    (rc = csg_envelope_make(&k, CSG_ACT, &yaml, t->time, &env, err)) ==
		CSG_OK) {
		csg_envelope_armor(env, text);
		rc = csg_buf_ok(text, err);
	}
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	return rc;
}

enum csg_rc
cmd_operate(void *arg, const struct csg_tally *t, struct csg_bundle *out,
    struct csg_err *err)
{
	const struct cmd_operator *op = arg;
	struct cmd_person person;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = cmd_load_person(
		 op->key, op->pin_source, t->policy, &person, err)) != CSG_OK)
		return rc;
	if ((rc = make_act(&person, t, &text, err)) == CSG_OK)
		rc = csg_bundle_add(
		    out, "-k", csg_buf_str(&text), text.len, err);
	cmd_person_clear(&person);
	csg_buf_free(&text);
	return rc;
}
