#include <stdlib.h>
#include <string.h>

#include "lib/message/bundle.h"
#include "lib/message/vote.h"
#include "lib/base/time.h"

const char *const csg_vote_words[] = { "approve", "reject", "abstain", NULL };
static const char *const truths[] = { "false", "true", NULL };

static enum csg_rc
read_run(
    const struct csg_node *n, struct csg_endorsement *v, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "command", CSG_SCALAR, true }, { "status", CSG_SCALAR, true },
		{ "output", CSG_SCALAR, true }, { NULL, CSG_SCALAR, false }
	};
	uint64_t status;
	enum csg_rc rc;

	if (n == NULL)
		return CSG_OK;
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_text(
		 csg_node_get(n, "command"), &v->command, err)) != CSG_OK ||
	    (rc = csg_node_uint(
		 csg_node_get(n, "status"), 0, 0, &status, err)) != CSG_OK)
		return rc;
	return csg_node_id(csg_node_get(n, "output"), &v->output, err);
}

/* Read the statement of an approval, with its proof or command. */
static enum csg_rc
read_statement(
    const struct csg_node *root, struct csg_endorsement *v, struct csg_err *err)
{
	const struct csg_node *n;
	enum csg_rc rc;

	if ((n = csg_node_get(root, "proof")) != NULL) {
		if ((rc = csg_node_id(n, &v->proof, err)) != CSG_OK)
			return rc;
		v->has_proof = true;
	}
	if ((rc = read_run(csg_node_get(root, "run"), v, err)) != CSG_OK)
		return rc;
	if ((n = csg_node_get(root, "statement")) == NULL) {
		if (v->has_proof)
			return csg_node_fail(err, root, CSG_R_PARSE,
			    "a proof without a statement");
		return CSG_OK;
	}
	if ((rc = csg_node_name(n, &v->statement, err)) != CSG_OK)
		return rc;
	if (v->vote != CSG_APPROVE)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "only an approval can have a statement");
	if (!v->has_proof && v->command == NULL &&
	    strcmp(v->statement, CSG_REBUILT) != 0)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a statement without a proof or a command");
	return CSG_OK;
}

static enum csg_rc
read_cites(
    const struct csg_node *n, struct csg_endorsement *v, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;

	if (n == NULL)
		return CSG_OK;
	if (n->n == 0 || n->n > CSG_MAX_CITES)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a vote can cite 1 to %d others", CSG_MAX_CITES);
	if ((v->cites = calloc(n->n, sizeof(*v->cites))) == NULL)
		return csg_fail_mem(err);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR)
			return csg_node_fail(
			    err, c, CSG_R_PARSE, "cites must be a list of ids");
		if ((rc = csg_node_id(c, &v->cites[v->ncites], err)) != CSG_OK)
			return rc;
		if (v->ncites > 0 &&
		    csg_id_cmp(
			&v->cites[v->ncites - 1], &v->cites[v->ncites]) >= 0)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "cites are not in ascending order");
		v->ncites++;
	}
	return CSG_OK;
}

/* Read one armoured receipt. */
static enum csg_rc
read_witness(const struct csg_node *n, struct csg_verified *verified,
    struct csg_witness *to, struct csg_err *err)
{
	struct csg_bundle b = { .verified = verified };
	enum csg_rc rc;

	if (n->type != CSG_SCALAR)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "seen must be a list of receipts");
	if ((rc = csg_node_text(n, &to->text, err)) != CSG_OK)
		return rc;
	rc = csg_bundle_add(&b, "seen", n->s, n->len, err);
	if (rc == CSG_TROUBLE)
		(void)csg_node_prefix(err, n);
	else if (rc != CSG_OK || b.n != 1 || b.nbroken != 0 ||
	    b.m[0].env->kind != CSG_RECEIPT)
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "not exactly one receipt of the ledger");
	else if ((rc = csg_receipt_read(b.m[0].env, &to->receipt, err)) ==
	    CSG_OK) {
		to->env = b.m[0].env; /* transferred */
		b.m[0].env = NULL;
	}
	csg_bundle_clear(&b);
	return rc;
}

/* Read the heads of the ledger that the author had seen. */
static enum csg_rc
read_seen(const struct csg_node *n, struct csg_verified *verified,
    struct csg_endorsement *v, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc = CSG_OK;

	if (n == NULL)
		return CSG_OK;
	if (n->n == 0 || n->n > CSG_MAX_SEEN)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a vote can have 1 to %d receipts", CSG_MAX_SEEN);
	for (c = n->child; c != NULL && rc == CSG_OK; c = c->next)
		rc = read_witness(c, verified, &v->seen[v->nseen++], err);
	return rc;
}

static enum csg_rc
read_body(const struct csg_node *root, struct csg_verified *verified,
    struct csg_endorsement *v, struct csg_err *err)
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
	if ((rc = read_statement(root, v, err)) != CSG_OK ||
	    (rc = read_cites(csg_node_get(root, "cites"), v, err)) != CSG_OK ||
	    (rc = read_seen(csg_node_get(root, "seen"), verified, v, err)) !=
		CSG_OK)
		return rc;
	if ((n = csg_node_get(root, "comment")) != NULL)
		return csg_node_text(n, &v->comment, err);
	if (v->vote == CSG_REJECT)
		return csg_node_fail(
		    err, root, CSG_R_PARSE, "a rejection requires a comment");
	return CSG_OK;
}

enum csg_rc
csg_endorsement_read(const struct csg_envelope *e, struct csg_endorsement **out,
    struct csg_err *err)
{
	static const struct csg_field fields[] = { CSG_HEADER_FIELDS,
		{ "request", CSG_SCALAR, true },
		{ "decision", CSG_SCALAR, true }, { "blind", CSG_SCALAR, true },
		{ "expires", CSG_SCALAR, true },
		{ "comment", CSG_SCALAR, false },
		{ "statement", CSG_SCALAR, false },
		{ "proof", CSG_SCALAR, false }, { "run", CSG_MAP, false },
		{ "cites", CSG_SEQ, false }, { "seen", CSG_SEQ, false },
		{ NULL, CSG_SCALAR, false } };
	struct csg_node *root = NULL;
	struct csg_endorsement *v;
	enum csg_rc rc;

	*out = NULL;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_read(
		 e, CSG_ENDORSEMENT, fields, &v->head, &root, err)) != CSG_OK ||
	    (rc = read_body(root, e->verified, v, err)) != CSG_OK)
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
	size_t i;

	if (v == NULL)
		return;
	csg_header_clear(&v->head);
	free(v->comment);
	free(v->statement);
	free(v->command);
	free(v->cites);
	for (i = 0; i < v->nseen; i++) {
		free(v->seen[i].text);
		csg_receipt_free(v->seen[i].receipt);
		csg_envelope_free(v->seen[i].env);
	}
	free(v);
}

enum csg_rc
csg_endorsement_write(
    const struct csg_endorsement *v, struct csg_buf *out, struct csg_err *err)
{
	struct csg_yamlw *w = csg_yamlw_new(out);
	char text[CSG_ID_TEXT];
	size_t i;
	enum csg_rc rc;

	if (w == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_header_write(w, CSG_ENDORSEMENT, &v->head, err)) !=
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
	if (v->statement != NULL)
		csg_yamlw_str(w, "statement", v->statement);
	if (v->has_proof)
		csg_yamlw_str(w, "proof", csg_id_format(&v->proof, text));
	if (v->command != NULL) {
		csg_yamlw_map(w, "run", false);
		csg_yamlw_str(w, "command", v->command);
		csg_yamlw_str(w, "status", "0");
		csg_yamlw_str(w, "output", csg_id_format(&v->output, text));
		csg_yamlw_end(w);
	}
	if (v->ncites > 0) {
		csg_yamlw_seq(w, "cites", false);
		for (i = 0; i < v->ncites; i++)
			csg_yamlw_str(
			    w, NULL, csg_id_format(&v->cites[i], text));
		csg_yamlw_end(w);
	}
	if (v->nseen > 0) {
		csg_yamlw_seq(w, "seen", false);
		for (i = 0; i < v->nseen; i++)
			csg_yamlw_str(w, NULL, v->seen[i].text);
		csg_yamlw_end(w);
	}
	return csg_yamlw_finish(w, err);
}
