#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message/request.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

static enum csg_rc
read_artifact(
    const struct csg_node *n, struct csg_artifact *a, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "name", CSG_SCALAR, true },
		{ "size", CSG_SCALAR, true }, { "sha256", CSG_SCALAR, true },
		{ NULL, CSG_SCALAR, false } };
	struct csg_buf path = { 0 };
	char text[CSG_ID_TEXT];
	enum csg_rc rc;

	if (n->type != CSG_MAP)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "an artifact is {name: ..., size: ..., sha256: ...}");
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_text(csg_node_get(n, "name"), &a->name, err)) !=
		CSG_OK ||
	    (rc = csg_node_uint(csg_node_get(n, "size"), 0, INT64_MAX, &a->size,
		 err)) != CSG_OK)
		return rc;
	rc = csg_filename_decode(a->name, &path, err);
	csg_buf_free(&path);
	if (rc != CSG_OK)
		return csg_node_prefix(err, csg_node_get(n, "name"));
	n = csg_node_get(n, "sha256");
	if (n->len != 64)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "sha256 is not 64 hex digits");
	(void)snprintf(text, sizeof(text), "sha256:%s", n->s);
	if (csg_id_parse(text, &a->sha256, err) != CSG_OK)
		return csg_node_prefix(err, n);
	return CSG_OK;
}

static enum csg_rc
read_artifacts(
    const struct csg_node *n, struct csg_request *r, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;

	if ((n->n == 0) != (r->destroy != NULL) || n->n > CSG_MAX_ARTIFACTS)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a request must have 1 to %d artifacts, or a key to destroy",
		    CSG_MAX_ARTIFACTS);
	if ((r->artifacts = calloc(n->n + 1, sizeof(*r->artifacts))) == NULL)
		return csg_fail_mem(err);
	for (c = n->child; c != NULL; c = c->next)
		if ((rc = read_artifact(c, &r->artifacts[r->n++], err)) !=
		    CSG_OK)
			return rc;
	if (csg_artifacts_distinct(r->artifacts, r->n, NULL, err) != CSG_OK)
		return csg_node_prefix(err, n);
	return CSG_OK;
}

static enum csg_rc
read_destroy(
    const struct csg_node *n, struct csg_request *r, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "key", CSG_SCALAR, true },
		{ "public", CSG_SCALAR, true }, { NULL, CSG_SCALAR, false } };
	enum csg_rc rc;

	if (n == NULL)
		return CSG_OK;
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_name(csg_node_get(n, "key"), &r->destroy, err)) !=
		CSG_OK)
		return rc;
	return csg_node_id(csg_node_get(n, "public"), &r->destroy_key, err);
}

static enum csg_rc
read_body(
    const struct csg_node *root, struct csg_request *r, struct csg_err *err)
{
	const struct csg_node *n = csg_node_get(root, "expires");
	enum csg_rc rc;

	if ((rc = csg_node_name(
		 csg_node_get(root, "profile"), &r->profile, err)) != CSG_OK ||
	    (rc = csg_node_text(csg_node_get(root, "why"), &r->why, err)) !=
		CSG_OK ||
	    (rc = csg_node_time(n, &r->expires, err)) != CSG_OK)
		return rc;
	if (r->expires <= r->head.time)
		return csg_node_fail(
		    err, n, CSG_R_EXPIRED, "expires is not after time");
	if ((rc = read_destroy(csg_node_get(root, "destroy"), r, err)) !=
	    CSG_OK)
		return rc;
	return read_artifacts(csg_node_get(root, "artifacts"), r, err);
}

enum csg_rc
csg_request_read(
    const struct csg_envelope *e, struct csg_request **out, struct csg_err *err)
{
	static const struct csg_field fields[] = { CSG_HEADER_FIELDS,
		{ "profile", CSG_SCALAR, true }, { "why", CSG_SCALAR, true },
		{ "expires", CSG_SCALAR, true }, { "artifacts", CSG_SEQ, true },
		{ "destroy", CSG_MAP, false }, { NULL, CSG_SCALAR, false } };
	struct csg_node *root = NULL;
	struct csg_request *r;
	enum csg_rc rc;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_read(
		 e, CSG_REQUEST, fields, &r->head, &root, err)) != CSG_OK ||
	    (rc = read_body(root, r, err)) != CSG_OK)
		goto out;
	r->id = e->id;
	*out = r; /* transferred */
	r = NULL;
out:
	csg_request_free(r);
	csg_yaml_free(root);
	return rc;
}

void
csg_request_free(struct csg_request *r)
{
	size_t i;

	if (r == NULL)
		return;
	csg_header_clear(&r->head);
	for (i = 0; i < r->n; i++)
		free(r->artifacts[i].name);
	free(r->artifacts);
	free(r->destroy);
	free(r->profile);
	free(r->why);
	free(r);
}

enum csg_rc
csg_request_write(
    const struct csg_request *r, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	enum csg_rc rc;
	size_t i;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_write(w, CSG_REQUEST, &r->head, err)) != CSG_OK) {
		(void)csg_yamlw_finish(w, NULL);
		return rc;
	}
	csg_yamlw_str(w, "profile", r->profile);
	csg_yamlw_str(w, "why", r->why);
	csg_yamlw_str(w, "expires", csg_time_format(r->expires, text));
	if (r->destroy != NULL) {
		csg_yamlw_map(w, "destroy", false);
		csg_yamlw_str(w, "key", r->destroy);
		csg_yamlw_str(
		    w, "public", csg_id_format(&r->destroy_key, text));
		csg_yamlw_end(w);
	}
	csg_yamlw_seq(w, "artifacts", false);
	for (i = 0; i < r->n; i++) {
		csg_yamlw_map(w, NULL, true);
		csg_yamlw_str(w, "name", r->artifacts[i].name);
		csg_yamlw_printf(w, "size", "%llu",
		    (unsigned long long)r->artifacts[i].size);
		csg_yamlw_str(w, "sha256",
		    csg_id_format(&r->artifacts[i].sha256, text) + 7);
		csg_yamlw_end(w);
	}
	csg_yamlw_end(w);
	return csg_yamlw_finish(w, err);
}

static const char *
format_short(int64_t time, const struct csg_id *id, char out[CSG_SHORT_LEN])
{
	char when[CSG_TIME_LEN], words[12];

	(void)csg_time_format(time, when);
	(void)csg_id_proquints(id, 2, words);
	(void)snprintf(out, CSG_SHORT_LEN, "%.4s%.2s%.2s-%.11s", when, when + 5,
	    when + 8, words);
	return out;
}

const char *
csg_request_short(const struct csg_request *r, char out[CSG_SHORT_LEN])
{
	return format_short(r->head.time, &r->id, out);
}

const char *
csg_envelope_short(const struct csg_envelope *request, char out[CSG_SHORT_LEN])
{
	return format_short(request->time, &request->id, out);
}

bool
csg_request_is_founding(const struct csg_request *r)
{
	return r->n == 1 &&
	    csg_id_equal(&r->artifacts[0].sha256, &r->head.policy);
}

/* Check the times of a request at time t. */
static enum csg_rc
check_times(const struct csg_request *r, const struct csg_profile *pr,
    int64_t t, struct csg_err *err)
{
	char when[CSG_TIME_LEN];

	if (r->head.time > t + CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_EXPIRED,
		    "request is from the future (%s)",
		    csg_time_format(r->head.time, when));
	if (r->expires > r->head.time + pr->request_life)
		return csg_fail(err, CSG_R_EXPIRED,
		    "request would be valid until %s, longer than profile %s allows",
		    csg_time_format(r->expires, when), pr->name);
	if (t > r->expires)
		return csg_fail(err, CSG_R_EXPIRED, "request expired at %s",
		    csg_time_format(r->expires, when));
	return CSG_OK;
}

/* Limit the size of a request that will stay in the policy chain. */
static enum csg_rc
check_size(const struct csg_envelope *e, const struct csg_profile *pr,
    struct csg_err *err)
{
	if (pr->format != CSG_FORMAT_POLICY ||
	    e->der.len <= CSG_MAX_POLICY_REQUEST)
		return CSG_OK;
	return csg_fail(err, CSG_R_LIMIT,
	    "the request has %zu bytes; under profile %s the limit is %d",
	    e->der.len, pr->name, CSG_MAX_POLICY_REQUEST);
}

/* Check the profile's limits and name patterns. */
static enum csg_rc
check_limits(const struct csg_request *r, const struct csg_profile *pr,
    struct csg_err *err)
{
	const struct csg_limit *l = &pr->limit;
	size_t i;

	if (l->artifacts != 0 && r->n > l->artifacts)
		return csg_fail(err, CSG_R_LIMIT,
		    "%zu artifacts; profile %s allows %llu per request", r->n,
		    pr->name, (unsigned long long)l->artifacts);
	if (l->signatures != 0 && r->n > l->signatures)
		return csg_fail(err, CSG_R_LIMIT,
		    "%zu artifacts; profile %s allows %llu signatures per period",
		    r->n, pr->name, (unsigned long long)l->signatures);
	for (i = 0; i < r->n; i++) {
		if (l->bytes != 0 && r->artifacts[i].size > l->bytes)
			return csg_fail(err, CSG_R_LIMIT,
			    "%s has %llu bytes; profile %s allows %llu per artifact",
			    r->artifacts[i].name,
			    (unsigned long long)r->artifacts[i].size, pr->name,
			    (unsigned long long)l->bytes);
		if (!csg_policy_name_fits(pr, r->artifacts[i].name))
			return csg_fail(err, CSG_R_NAME,
			    "'%s' matches none of the names that profile %s signs",
			    r->artifacts[i].name, pr->name);
	}
	return CSG_OK;
}

enum csg_rc
csg_request_check(const struct csg_request *r, const struct csg_envelope *e,
    const struct csg_policy *p, const struct csg_author *by, int64_t t,
    const struct csg_profile **profile, struct csg_err *err)
{
	enum csg_rc rc;

	if ((*profile = csg_policy_profile(p, r->profile)) == NULL)
		return csg_fail(err, CSG_R_PROFILE,
		    "no profile '%s' in policy %s version %llu", r->profile,
		    p->name, (unsigned long long)p->version);
	if (r->destroy != NULL && (*profile)->format != CSG_FORMAT_POLICY)
		return csg_fail(err, CSG_R_PROFILE,
		    "keys are destroyed under the profile policy, not %s",
		    r->profile);
	if (!csg_policy_may_request(p, *profile, by->user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group that may request signatures under profile %s",
		    r->head.author, r->profile);
	if ((rc = check_size(e, *profile, err)) != CSG_OK ||
	    (rc = check_limits(r, *profile, err)) != CSG_OK ||
	    (rc = check_times(r, *profile, t, err)) != CSG_OK ||
	    (rc = csg_cert_valid_at(by->cert, t, r->head.author, err)) !=
		CSG_OK)
		return rc;
	return csg_policy_in_force(p, *profile, t, err);
}

bool
csg_request_long_expired(
    const struct csg_request *r, const struct csg_policy *p, int64_t t)
{
	const struct csg_profile *pr = csg_policy_profile(p, r->profile);
	int64_t end = r->head.time;

	if (pr != NULL)
		end += pr->request_life;
	if (r->expires < end)
		end = r->expires;
	return t > end + CSG_DAY_SECONDS;
}
