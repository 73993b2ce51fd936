#include <string.h>

#include "cmd/common/chain.h"
#include "cmd/common/cmd.h"
#include "cmd/policy/source.h"
#include "lib/base/io.h"
#include "lib/policy/draft_read.h"

static enum csg_rc
use_text(const char *path, const struct csg_buf *text, const char *trust,
    struct policy_source *out, struct csg_err *err)
{
	enum csg_rc rc;

	/* a file without any PEM block is meant to be a draft */
	if (csg_draft_is(text) ||
	    strstr(csg_buf_str(text), "-----BEGIN") == NULL) {
		if ((rc = csg_draft_parse(text, NULL, &out->draft, err)) !=
		    CSG_OK)
			(void)csg_err_prefix_file(err, path);
		out->policy = out->draft;
		return rc;
	}
	if ((rc = cmd_read_policy(
		 path, text, trust, &out->trust, &out->chain, err)) == CSG_OK)
		out->policy = csg_chain_policy(out->chain);
	return rc;
}

enum csg_rc
policy_source_open(const char *path, const char *trust,
    struct policy_source *out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if (path == NULL) {
		if ((rc = cmd_load_policy(
			 NULL, trust, &out->trust, &out->chain, err)) == CSG_OK)
			out->policy = csg_chain_policy(out->chain);
		return rc;
	}
	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK)
		rc = use_text(path, &text, trust, out, err);
	csg_buf_free(&text);
	return rc;
}

void
policy_source_close(struct policy_source *s)
{
	csg_policy_free(s->draft);
	csg_chain_free(s->chain);
	csg_trust_free(s->trust);
	memset(s, 0, sizeof(*s));
}

enum csg_rc
policy_find_profile(const struct policy_args *a, const struct csg_policy *p,
    const struct csg_profile **out, struct csg_err *err)
{
	*out = NULL;
	if (a->n > 1)
		cmd_usage("at most one PROFILE");
	if (a->n == 1 && (*out = csg_policy_profile(p, a->operand[0])) == NULL)
		return csg_fail(err, CSG_R_PROFILE,
		    "no profile '%s' in policy %s", a->operand[0], p->name);
	return CSG_OK;
}
