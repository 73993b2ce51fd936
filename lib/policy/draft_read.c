#include <string.h>

#include "lib/policy/draft_read.h"

/* A mail that carries a chain can quote the policy's YAML above it. */
bool
csg_draft_is(const struct csg_buf *text)
{
	const char *s = csg_buf_str(text);

	return strstr(s, "-----BEGIN CMS-----") == NULL &&
	    (strncmp(s, "csg: policy/", 12) == 0 ||
		strstr(s, "\ncsg: policy/") != NULL);
}

enum csg_rc
csg_draft_parse(const struct csg_buf *text, const struct csg_id *id,
    struct csg_policy **out, struct csg_err *err)
{
	struct csg_id is;
	enum csg_rc rc;

	*out = NULL;
	if (id != NULL) {
		if ((rc = csg_id_mem(text->data, text->len, &is, err)) !=
		    CSG_OK)
			return rc;
		if (!csg_id_equal(&is, id))
			return csg_fail(err, CSG_R_DIGEST,
			    "changed while it was being read");
	}
	return csg_policy_parse(csg_buf_str(text), text->len, out, err);
}
