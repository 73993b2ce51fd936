#include <stdlib.h>

#include "lib/message/act.h"

enum csg_rc
csg_act_read(
    const struct csg_envelope *e, struct csg_act **out, struct csg_err *err)
{
	static const struct csg_field fields[] = { CSG_HEADER_FIELDS,
		{ "request", CSG_SCALAR, true }, { NULL, CSG_SCALAR, false } };
	struct csg_node *root = NULL;
	struct csg_act *a;
	enum csg_rc rc;

	*out = NULL;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_read(e, CSG_ACT, fields, &a->head, &root, err)) !=
		CSG_OK ||
	    (rc = csg_node_id(
		 csg_node_get(root, "request"), &a->request, err)) != CSG_OK)
		goto out;
	a->id = e->id;
	*out = a; /* transferred */
	a = NULL;
out:
	csg_act_free(a);
	csg_yaml_free(root);
	return rc;
}

void
csg_act_free(struct csg_act *a)
{
	if (a == NULL)
		return;
	csg_header_clear(&a->head);
	free(a);
}

enum csg_rc
csg_act_write(const struct csg_act *a, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	enum csg_rc rc;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_write(w, CSG_ACT, &a->head, err)) != CSG_OK) {
		(void)csg_yamlw_finish(w, NULL);
		return rc;
	}
	csg_yamlw_str(w, "request", csg_id_format(&a->request, text));
	return csg_yamlw_finish(w, err);
}

enum csg_rc
csg_act_check(const struct csg_act *a, const struct csg_envelope *e,
    const struct csg_policy *p, const struct csg_profile *pr,
    const struct csg_id *request, int64_t t, struct csg_author *by,
    struct csg_err *err)
{
	enum csg_rc rc;

	*by = (struct csg_author){ CSG_NONE, NULL };
	if (!csg_id_equal(&a->request, request))
		return csg_fail(err, CSG_R_REQMISMATCH,
		    "the operator's act is for another request");
	if (!csg_id_equal(&a->head.policy, &p->id))
		return csg_fail(err, CSG_R_POLICY,
		    "the operator's act was made under another policy");
	if ((rc = csg_message_verify(p, &a->head, e, by, err)) != CSG_OK)
		return rc;
	if (!csg_policy_in_groups(p, &pr->operators, by->user))
		return csg_fail(err, CSG_R_OPERATOR,
		    "%s is not an operator of profile %s", a->head.author,
		    pr->name);
	if (a->head.time != t)
		return csg_fail(err, CSG_R_EXPIRED,
		    "the operator's act was not made at the time of the claim");
	return csg_cert_valid_at(by->cert, t, a->head.author, err);
}
