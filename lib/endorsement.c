#include <stdlib.h>

#include "lib/endorsement.h"
#include "lib/when.h"

const char *const csg_vote_words[] = { "approve", "reject", "abstain", NULL };
static const char *const truths[] = { "false", "true", NULL };

static enum csg_rc
read_body(
    const struct csg_node *root, struct csg_endorsement *v, struct csg_err *err)
{
	const struct csg_node *n;
	enum csg_rc rc;
	size_t w;

	if ((rc = csg_node_id(
		 csg_node_get(root, "request"), &v->request, err)) != CSG_OK ||
	    (rc = csg_node_word(csg_node_get(root, "decision"), csg_vote_words,
		 &w, err)) != CSG_OK)
		return rc;
	v->vote = (enum csg_vote)w;
	if ((rc = csg_node_word(
		 csg_node_get(root, "blind"), truths, &w, err)) != CSG_OK)
		return rc;
	v->blind = w == 1;
	n = csg_node_get(root, "expires");
	if ((rc = csg_node_time(n, &v->expires, err)) != CSG_OK)
		return rc;
	if (v->expires <= v->head.time)
		return csg_node_fail(
		    err, n, CSG_R_EXPIRED, "expires is not after time");
	if ((n = csg_node_get(root, "comment")) != NULL)
		return csg_node_text(n, &v->comment, err);
	if (v->vote == CSG_REJECT)
		return csg_node_fail(
		    err, root, CSG_R_PARSE, "a rejection without a comment");
	return CSG_OK;
}

enum csg_rc
csg_endorsement_read(const struct csg_envelope *e, struct csg_endorsement **out,
    struct csg_err *err)
{
	static const struct csg_field fields[] = { CSG_HEAD_FIELDS,
		{ "request", CSG_SCALAR, true },
		{ "decision", CSG_SCALAR, true }, { "blind", CSG_SCALAR, true },
		{ "expires", CSG_SCALAR, true },
		{ "comment", CSG_SCALAR, false }, { NULL, CSG_SCALAR, false } };
	struct csg_node *root = NULL;
	struct csg_endorsement *v;
	enum csg_rc rc;

	*out = NULL;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_head_read(
		 e, CSG_ENDORSEMENT, fields, &v->head, &root, err)) != CSG_OK ||
	    (rc = read_body(root, v, err)) != CSG_OK)
		goto out;
	v->id = e->id;
	*out = v; /* transferred */
	v = NULL;
out:
	csg_endorsement_free(v);
	csg_yaml_free(root);
	return rc;
}

void
csg_endorsement_free(struct csg_endorsement *v)
{
	if (v == NULL)
		return;
	csg_head_clear(&v->head);
	free(v->comment);
	free(v);
}

enum csg_rc
csg_endorsement_write(
    const struct csg_endorsement *v, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	enum csg_rc rc;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_head_write(w, CSG_ENDORSEMENT, &v->head, err)) !=
	    CSG_OK) {
		(void)csg_yamlw_finish(w, NULL);
		return rc;
	}
	csg_yamlw_str(w, "request", csg_id_format(&v->request, text));
	csg_yamlw_str(w, "decision", csg_vote_words[v->vote]);
	csg_yamlw_str(w, "blind", truths[v->blind]);
	csg_yamlw_str(w, "expires", csg_time_format(v->expires, text));
	if (v->comment != NULL)
		csg_yamlw_str(w, "comment", v->comment);
	return csg_yamlw_finish(w, err);
}
