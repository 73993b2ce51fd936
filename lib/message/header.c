#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/message/header.h"
#include "lib/base/time.h"

/* A request may list 100,000 artifacts of three members each. */
#define MAX_NODES 500000

static enum csg_rc
check_nonce(const struct csg_node *n, struct csg_err *err)
{
	if (n->len != 32 || strspn(n->s, "0123456789abcdef") != 32)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "nonce must be 32 lower-case hex digits");
	return CSG_OK;
}

static enum csg_rc
read_head(const struct csg_node *root, const struct csg_envelope *e,
    enum csg_kind kind, struct csg_header *head, struct csg_err *err)
{
	const struct csg_node *n = csg_node_get(root, "csg");
	char word[32];
	enum csg_rc rc;

	(void)snprintf(word, sizeof(word), "%s/1", csg_kind_word(kind));
	if (strcmp(n->s, word) != 0)
		return csg_node_fail(err, n, CSG_R_TYPE,
		    "'%s' where '%s' was expected", n->s, word);
	if ((rc = csg_node_name(
		 csg_node_get(root, "author"), &head->author, err)) != CSG_OK ||
	    (rc = check_nonce(csg_node_get(root, "nonce"), err)) != CSG_OK ||
	    (rc = csg_node_id(
		 csg_node_get(root, "policy"), &head->policy, err)) != CSG_OK)
		return rc;
	n = csg_node_get(root, "time");
	if ((rc = csg_node_time(n, &head->time, err)) != CSG_OK)
		return rc;
	if (head->time != e->time)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "time differs from the signing time of the envelope");
	return CSG_OK;
}

enum csg_rc
csg_header_read(const struct csg_envelope *e, enum csg_kind kind,
    const struct csg_field *fields, struct csg_header *head,
    struct csg_node **root, struct csg_err *err)
{
	struct csg_yaml_limits limits = { csg_kind_max(kind), MAX_NODES };
	enum csg_rc rc;

	*root = NULL;
	memset(head, 0, sizeof(*head));
	if (e->kind != kind)
		return csg_fail(err, CSG_R_TYPE, "%s where %s was expected",
		    csg_kind_one(e->kind), csg_kind_one(kind));
	if ((rc = csg_yaml_parse(e->content, e->len, &limits, root, err)) !=
	    CSG_OK)
		return rc;
	if ((rc = csg_node_schema(*root, fields, err)) != CSG_OK ||
	    (rc = read_head(*root, e, kind, head, err)) != CSG_OK) {
		csg_yaml_free(*root);
		*root = NULL;
		csg_header_clear(head);
	}
	return rc;
}

void
csg_header_clear(struct csg_header *head)
{
	free(head->author);
	memset(head, 0, sizeof(*head));
}

enum csg_rc
csg_header_write(struct csg_yamlw *w, enum csg_kind kind,
    const struct csg_header *head, struct csg_err *err)
{
	unsigned char nonce[16];
	char hex[33], when[CSG_TIME_LEN], id[CSG_ID_TEXT];
	size_t i;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return csg_fail_ssl(
		    err, CSG_R_IO, "cannot make a random nonce");
	for (i = 0; i < sizeof(nonce); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", nonce[i]);
	csg_yamlw_printf(w, "csg", "%s/1", csg_kind_word(kind));
	csg_yamlw_str(w, "author", head->author);
	csg_yamlw_str(w, "time", csg_time_format(head->time, when));
	csg_yamlw_str(w, "nonce", hex);
	csg_yamlw_str(w, "policy", csg_id_format(&head->policy, id));
	return CSG_OK;
}

enum csg_rc
csg_message_verify(const struct csg_policy *p, const struct csg_header *head,
    const struct csg_envelope *e, struct csg_author *out, struct csg_err *err)
{
	const struct csg_user *u;
	struct csg_err e1 = { 0 };
	size_t i;

	out->cert = NULL;
	if ((out->user = csg_policy_user(p, head->author)) == CSG_NONE)
		return csg_fail(err, CSG_R_GROUP,
		    "author %s is not a user of policy %s version %llu",
		    head->author, p->name, (unsigned long long)p->version);
	u = &p->users[out->user];
	for (i = 0; i < u->ncerts; i++) {
		memset(&e1, 0, sizeof(e1));
		if (csg_envelope_verify(e, u->certs[i], &e1) == CSG_OK) {
			out->cert = u->certs[i];
			return CSG_OK;
		}
		if (e1.reason != CSG_R_SIGNATURE)
			break;
	}
	if (err != NULL)
		*err = e1;
	return csg_err_prefix(err, "not signed by %s: ", head->author);
}
