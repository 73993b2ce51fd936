#include "cmd/common/draft.h"
#include "lib/base/io.h"
#include "lib/message/bundle.h"
#include "lib/policy/draft_read.h"

/* TYPE when the text contains one of csg's messages. */
static enum csg_rc
refuse_message(
    const char *path, const struct csg_buf *text, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	struct csg_err ignored = { 0 };
	enum csg_kind kind;
	enum csg_rc rc = CSG_OK;

	if (csg_bundle_add(&b, path, text->data, text->len, &ignored) ==
		CSG_OK &&
	    b.n > 0) {
		kind = b.m[0].env->kind;
		rc = csg_fail(err, CSG_R_TYPE, "%s: is a %s, not a draft", path,
		    kind == CSG_POLICY ? "policy chain" : csg_kind_word(kind));
	}
	csg_bundle_clear(&b);
	return rc;
}

enum csg_rc
cmd_read_draft(const char *path, struct csg_buf *text, struct csg_policy **p,
    struct csg_err *err)
{
	enum csg_rc rc;

	if (p != NULL)
		*p = NULL;
	if ((rc = csg_io_read(path, CSG_POLICY_MAX, text, err)) != CSG_OK)
		return rc;
	if (!csg_draft_is(text) &&
	    (rc = refuse_message(path, text, err)) != CSG_OK)
		return rc;
	if (p == NULL)
		return CSG_OK;
	if ((rc = csg_draft_parse(text, NULL, p, err)) != CSG_OK)
		(void)csg_err_prefix_file(err, path);
	return rc;
}
