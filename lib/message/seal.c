#include <stdlib.h>

#include "lib/message/request.h"
#include "lib/message/seal.h"

static enum csg_rc
read_sealed(const struct csg_node *n, struct csg_sealed *s, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "name", CSG_SCALAR, true },
		{ "input", CSG_SCALAR, true }, { "output", CSG_SCALAR, true },
		{ NULL, CSG_SCALAR, false } };
	enum csg_rc rc;

	if (n->type != CSG_MAP)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "an artifact is {name: ..., input: ..., output: ...}");
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_text(csg_node_get(n, "name"), &s->name, err)) !=
		CSG_OK ||
	    (rc = csg_node_id(csg_node_get(n, "input"), &s->input, err)) !=
		CSG_OK)
		return rc;
	return csg_node_id(csg_node_get(n, "output"), &s->output, err);
}

static enum csg_rc
read_body(const struct csg_node *root, struct csg_seal *s, struct csg_err *err)
{
	const struct csg_node *n;
	enum csg_rc rc;

	if ((rc = csg_node_id(
		 csg_node_get(root, "request"), &s->request, err)) != CSG_OK ||
	    (rc = csg_node_id(csg_node_get(root, "evidence"), &s->evidence,
		 err)) != CSG_OK ||
	    (rc = csg_node_name(csg_node_get(root, "route"), &s->route, err)) !=
		CSG_OK)
		return rc;
	n = csg_node_get(root, "artifacts");
	if (n->n > CSG_MAX_ARTIFACTS)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a seal can have at most %d artifacts", CSG_MAX_ARTIFACTS);
	if ((s->artifacts = calloc(n->n + 1, sizeof(*s->artifacts))) == NULL)
		return csg_fail_mem(err);
	for (n = n->child; n != NULL; n = n->next)
		if ((rc = read_sealed(n, &s->artifacts[s->n++], err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

enum csg_rc
csg_seal_read(
    const struct csg_envelope *e, struct csg_seal **out, struct csg_err *err)
{
	static const struct csg_field fields[] = { CSG_HEADER_FIELDS,
		{ "request", CSG_SCALAR, true }, { "route", CSG_SCALAR, true },
		{ "evidence", CSG_SCALAR, true },
		{ "artifacts", CSG_SEQ, true }, { NULL, CSG_SCALAR, false } };
	struct csg_node *root = NULL;
	struct csg_seal *s;
	enum csg_rc rc;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_read(e, CSG_SEAL, fields, &s->head, &root, err)) !=
		CSG_OK ||
	    (rc = read_body(root, s, err)) != CSG_OK)
		goto out;
	s->id = e->id;
	*out = s; /* transferred */
	s = NULL;
out:
	csg_seal_free(s);
	csg_yaml_free(root);
	return rc;
}

void
csg_seal_free(struct csg_seal *s)
{
	size_t i;

	if (s == NULL)
		return;
	csg_header_clear(&s->head);
	for (i = 0; i < s->n; i++)
		free(s->artifacts[i].name);
	free(s->artifacts);
	free(s->route);
	free(s);
}

enum csg_rc
csg_seal_write(
    const struct csg_seal *s, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	enum csg_rc rc;
	size_t i;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_write(w, CSG_SEAL, &s->head, err)) != CSG_OK) {
		(void)csg_yamlw_finish(w, NULL);
		return rc;
	}
	csg_yamlw_str(w, "request", csg_id_format(&s->request, text));
	csg_yamlw_str(w, "route", s->route);
	csg_yamlw_str(w, "evidence", csg_id_format(&s->evidence, text));
	csg_yamlw_seq(w, "artifacts", false);
	for (i = 0; i < s->n; i++) {
		csg_yamlw_map(w, NULL, true);
		csg_yamlw_str(w, "name", s->artifacts[i].name);
		csg_yamlw_str(
		    w, "input", csg_id_format(&s->artifacts[i].input, text));
		csg_yamlw_str(
		    w, "output", csg_id_format(&s->artifacts[i].output, text));
		csg_yamlw_end(w);
	}
	csg_yamlw_end(w);
	return csg_yamlw_finish(w, err);
}
