/* csg-policy audit: which people together could get a signature. */
#include "cmd/common/json.h"
#include "cmd/common/talk.h"
#include "cmd/policy/source.h"
#include "lib/explain/coalition.h"

static void
user_names_json(struct json *j, const char *key, const struct csg_policy *p,
    const size_t *users, size_t n)
{
	size_t i;

	json_array(j, key);
	for (i = 0; i < n; i++)
		json_string(j, NULL, p->users[users[i]].name);
	json_end_array(j);
}

/* Write one form of the smallest sets: kinds of people, and how many of
 * each. */
static void
form_json(struct json *j, const struct csg_policy *p,
    const struct csg_coalitions *a, const size_t *form)
{
	size_t k;

	json_array(j, NULL);
	for (k = 0; k < a->nkinds; k++) {
		if (form[k] == 0)
			continue;
		json_object(j, NULL);
		json_int(j, "need", (int64_t)form[k]);
		user_names_json(j, "of", p, a->kinds[k].users, a->kinds[k].n);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
kind_json(struct json *j, const struct csg_policy *p,
    const struct csg_coalition_kind *k)
{
	json_object(j, NULL);
	user_names_json(j, "people", p, k->users, k->n);
	json_bool(j, "in_some", k->some);
	json_bool(j, "in_every", k->every);
	json_bool(j, "vital", k->vital);
	json_int(j, "thief_needs", (int64_t)k->others);
	json_end_object(j);
}

static void
coalitions_json(struct json *j, const struct csg_policy *p,
    const struct csg_profile *pr, const struct csg_coalitions *a)
{
	size_t i;

	json_object(j, NULL);
	json_string(j, "profile", pr->name);
	json_bool(j, "exact",
	    a->count_exact && a->departures_exact && a->kinds_exact);
	json_int(j, "size", (int64_t)a->size);
	json_int(
	    j, "count", a->count > INT64_MAX ? INT64_MAX : (int64_t)a->count);
	json_array(j, "forms");
	for (i = 0; i < a->nforms; i++)
		form_json(j, p, a, &a->forms[i * a->nkinds]);
	json_end_array(j);
	json_array(j, "sets");
	for (i = 0; i < a->nsets; i++)
		user_names_json(j, NULL, p, &a->sets[i * a->size], a->size);
	json_end_array(j);
	json_array(j, "kinds");
	for (i = 0; i < a->nkinds; i++)
		kind_json(j, p, &a->kinds[i]);
	json_end_array(j);
	json_int(j, "departures", (int64_t)a->departures);
	user_names_json(j, "leaving", p, a->leave, a->nleave);
	json_end_object(j);
}

static enum csg_rc
audit_profile(struct json *j, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_err *err)
{
	struct csg_coalitions *a;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_coalitions_find(p, pr, &a, err)) != CSG_OK)
		return rc;
	if (j != NULL)
		coalitions_json(j, p, pr, a);
	else {
		csg_coalitions_text(a, p, pr, &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
			cmd_print_lines(csg_buf_str(&text));
	}
	csg_buf_free(&text);
	csg_coalitions_free(a);
	return rc;
}

enum csg_rc
policy_audit(const struct policy_args *a, struct csg_err *err)
{
	const struct csg_profile *only;
	struct policy_source s;
	struct json j = { 0 };
	size_t i;
	enum csg_rc rc;

	if ((rc = policy_source_open(a->policy, a->trust, &s, err)) != CSG_OK ||
	    (rc = policy_find_profile(a, s.policy, &only, err)) != CSG_OK)
		goto out;
	if (a->json)
		json_array(&j, NULL);
	for (i = 0; i < s.policy->nprofiles && rc == CSG_OK; i++)
		if (only == NULL || only == &s.policy->profiles[i])
			rc = audit_profile(a->json ? &j : NULL, s.policy,
			    &s.policy->profiles[i], err);
	if (a->json)
		json_end_array(&j);
out:
	policy_source_close(&s);
	return rc;
}
