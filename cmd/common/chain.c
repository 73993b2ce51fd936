#include "cmd/common/chain.h"
#include "cmd/common/places.h"
#include "lib/base/io.h"
#include "lib/policy/draft_read.h"
#include "lib/verify/seen.h"

#define TRUST "trust.pem"
#define POLICY "policy.csgpolicy"

static enum csg_rc
refuse_missing(
    const char *what, char option, const char *name, struct csg_err *err)
{
	return csg_fail(err, CSG_R_CONFIG,
	    "no %s: give -%c, or install it as ~/.config/csg/%s", what, option,
	    name);
}

static enum csg_rc
refuse_draft(const char *path, const struct csg_buf *text, struct csg_err *err)
{
	if (!csg_draft_is(text))
		return CSG_OK;
	return csg_fail(
	    err, CSG_R_TYPE, "%s: is a draft, not a policy chain", path);
}

/* Check the chain against what was seen before, and remember it if it is
 * newer. */
static enum csg_rc
see_chain(
    const struct csg_trust *t, const struct csg_chain *c, struct csg_err *err)
{
	const char *seen = cmd_seen_dir();
	enum csg_rc rc;

	if (seen == NULL)
		return CSG_OK;
	if ((rc = csg_seen_check(seen, t, c, err)) != CSG_OK)
		return rc;
	return csg_seen_update(seen, t, c, err);
}

enum csg_rc
cmd_read_policy(const char *path, const struct csg_buf *text, const char *trust,
    struct csg_trust **t, struct csg_chain **c, struct csg_err *err)
{
	enum csg_rc rc;

	*t = NULL;
	*c = NULL;
	trust = cmd_default_file(trust, "CSG_TRUST", TRUST);
	if (trust == NULL)
		return refuse_missing("trust anchor", 't', TRUST, err);
	if ((rc = csg_trust_load(trust, t, err)) != CSG_OK ||
	    (rc = refuse_draft(path, text, err)) != CSG_OK ||
	    (rc = csg_chain_read(path, text->data, text->len, *t, c, err)) !=
		CSG_OK)
		return rc;
	return see_chain(*t, *c, err);
}

enum csg_rc
cmd_load_chain(const char *path, const struct csg_trust *t,
    struct csg_chains *chains, const struct csg_chain **c, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*c = NULL;
	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK &&
	    (rc = refuse_draft(path, &text, err)) == CSG_OK)
		rc = csg_chains_read(chains, path, text.data, text.len, c, err);
	csg_buf_free(&text);
	return rc != CSG_OK ? rc : see_chain(t, *c, err);
}

enum csg_rc
cmd_load_policy(const char *policy, const char *trust, struct csg_trust **t,
    struct csg_chain **c, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*t = NULL;
	*c = NULL;
	trust = cmd_default_file(trust, "CSG_TRUST", TRUST);
	if (trust == NULL)
		return refuse_missing("trust anchor", 't', TRUST, err);
	policy = cmd_default_file(policy, "CSG_POLICY", POLICY);
	if (policy == NULL)
		return refuse_missing("policy chain", 'p', POLICY, err);
	if ((rc = csg_io_read(policy, CSG_MAX_FILE, &text, err)) == CSG_OK)
		rc = cmd_read_policy(policy, &text, trust, t, c, err);
	csg_buf_free(&text);
	return rc;
}
