#include <stdio.h>
#include <stdlib.h>

#include "lib/message/evidence.h"
#include "lib/base/time.h"

enum csg_rc
csg_evidence_text(struct csg_evidence *e, struct csg_buf *out,
    struct csg_id *digest, struct csg_err *err)
{
	char text[CSG_ID_TEXT];
	size_t i, start = out->len;

	if (e->nvotes > 0)
		qsort(e->votes, e->nvotes, sizeof(*e->votes), csg_id_cmp);
	csg_buf_puts(out, "csg-evidence/1\n");
	csg_buf_printf(out, "policy %s\n", csg_id_format(&e->policy, text));
	csg_buf_printf(out, "request %s\n", csg_id_format(&e->request, text));
	csg_buf_printf(out, "time %s\n", csg_time_format(e->time, text));
	csg_buf_printf(out, "route %s\n", e->route);
	csg_buf_printf(out, "operator %s\n",
	    e->act != NULL ? csg_id_format(e->act, text) : "-");
	for (i = 0; i < e->nvotes; i++) {
		if (i > 0 && csg_id_equal(&e->votes[i - 1], &e->votes[i]))
			continue;
		csg_buf_printf(
		    out, "vote %s\n", csg_id_format(&e->votes[i], text));
	}
	if (csg_buf_ok(out, err) != CSG_OK)
		return CSG_TROUBLE;
	return csg_id_mem(out->data + start, out->len - start, digest, err);
}

const char *
csg_evidence_attr(const struct csg_request *r, const struct csg_id *digest,
    char out[CSG_EVIDENCE_ATTR])
{
	char id[CSG_ID_TEXT], words[CSG_SHORT_LEN];

	(void)snprintf(out, CSG_EVIDENCE_ATTR, "%s %s",
	    csg_request_short(r, words), csg_id_format(digest, id));
	return out;
}
