#include <stdlib.h>
#include <string.h>

#include "lib/verify/chain.h"
#include "lib/base/io.h"

#define FOUNDING_LINE "csg-founding: "

enum csg_rc
csg_trust_read(
    const void *text, size_t len, struct csg_trust **out, struct csg_err *err)
{
	static const char head[] = FOUNDING_LINE;
	const char *s = text;
	const size_t id_len = CSG_ID_TEXT - 1;
	size_t line = sizeof(head) - 1 + id_len;
	struct csg_trust *t;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	*out = NULL;
	if (len < line + 1 || memcmp(s, head, sizeof(head) - 1) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "not a trust anchor: the first line is not '%ssha256:...'",
		    FOUNDING_LINE);
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return csg_fail_mem(err);
	memcpy(id, s + sizeof(head) - 1, id_len);
	id[id_len] = '\0';
	if (s[line] == '\r' && line + 1 < len)
		line++;
	if (s[line] != '\n') {
		rc = csg_fail(err, CSG_R_PARSE, "line 1 is too long");
		goto out;
	}
	if ((rc = csg_id_parse(id, &t->founding, err)) != CSG_OK ||
	    (rc = csg_cert_read(s + line + 1, len - line - 1, &t->cert, err)) !=
		CSG_OK)
		goto out;
	*out = t; /* transferred */
	t = NULL;
out:
	csg_trust_free(t);
	return rc;
}

enum csg_rc
csg_trust_load(const char *path, struct csg_trust **out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_io_read(path, 2 * CSG_MAX_CERT, &text, err)) == CSG_OK &&
	    (rc = csg_trust_read(text.data, text.len, out, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_trust_write(
    const struct csg_trust *t, struct csg_buf *out, struct csg_err *err)
{
	char id[CSG_ID_TEXT];

	csg_buf_printf(
	    out, "%s%s\n", FOUNDING_LINE, csg_id_format(&t->founding, id));
	return csg_cert_write(t->cert, out, err);
}

void
csg_trust_free(struct csg_trust *t)
{
	if (t == NULL)
		return;
	csg_cert_free(t->cert);
	free(t);
}

/* Check that the first version is the pinned one: no other is even parsed. */
static enum csg_rc
check_pin(const struct csg_message *m, const struct csg_trust *trust,
    struct csg_err *err)
{
	if (csg_id_equal(&m->env->id, &trust->founding))
		return CSG_OK;
	return csg_fail(err, CSG_R_POLICYSIG,
	    "the chain does not begin with the founding policy of the trust anchor");
}

/* Check that the founding policy is version 1 and names the anchor's key. */
static enum csg_rc
check_founding(const struct csg_link *l, const struct csg_trust *trust,
    struct csg_err *err)
{
	const struct csg_key *k = &l->policy->keys[l->policy->policy_key];

	if (l->policy->version != 1)
		return csg_fail(err, CSG_R_POLICYSIG,
		    "the founding policy is not version 1");
	if (!csg_id_equal(&k->cert->spki, &trust->cert->spki))
		return csg_fail(err, CSG_R_POLICYSIG,
		    "the policy key of the founding policy is not that of the trust anchor");
	return CSG_OK;
}

/* Check that a later version follows the previous one. */
static enum csg_rc
check_succession(const struct csg_link *l, const struct csg_link *before,
    struct csg_err *err)
{
	const struct csg_policy *p = l->policy, *q = before->policy;

	if (p->version != q->version + 1 ||
	    !csg_id_equal(&p->previous, &q->id) ||
	    strcmp(p->name, q->name) != 0)
		return csg_fail(err, CSG_R_POLICYSIG,
		    "%s version %llu does not follow %s version %llu", p->name,
		    (unsigned long long)p->version, q->name,
		    (unsigned long long)q->version);
	return CSG_OK;
}

/* Check that the link's record approves exactly this policy, under judge. */
static enum csg_rc
check_approval(const struct csg_link *l, const struct csg_policy *judge,
    int64_t not_before, struct csg_err *err)
{
	const struct csg_record *r = l->record;
	struct csg_id der;

	if (r->tally->profile->format != CSG_FORMAT_POLICY || r->seal->n != 1 ||
	    !csg_id_equal(&r->seal->artifacts[0].input, &l->policy->id))
		return csg_fail(err, CSG_R_POLICYSIG,
		    "its request approved a different policy");
	if (csg_id_mem(l->msg->env->der.data, l->msg->env->der.len, &der,
		err) != CSG_OK)
		return CSG_TROUBLE;
	if (!csg_id_equal(&r->seal->artifacts[0].output, &der) ||
	    l->msg->env->time != r->seal->head.time)
		return csg_fail(err, CSG_R_POLICYSIG,
		    "the seal is for another signature of this policy");
	if (r->seal->head.time < not_before)
		return csg_fail(err, CSG_R_POLICYSIG,
		    "sealed before the previous version was");
	return csg_envelope_verify(
	    l->msg->env, judge->keys[judge->policy_key].cert, err);
}

/* Take the messages that approved the newest link, verified under the versions
 * before it or, for the founding, under the founding policy itself. */
static enum csg_rc
take_messages(const struct csg_chain *chain, const struct csg_bundle *b,
    size_t *pos, struct csg_link *l, struct csg_err *err)
{
	struct csg_case *c;
	enum csg_rc rc;

	if ((l->messages = c = calloc(1, sizeof(*c))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_case_take(b, pos, false, c, err)) != CSG_OK)
		return rc;
	if (c->receipt != NULL)
		return csg_fail(err, CSG_R_PARSE,
		    "%s: a receipt, which a policy chain must not contain",
		    c->receipt->origin);
	rc = csg_case_verify(
	    c, chain->policies, chain->n == 1 ? 1 : chain->n - 1, err);
	csg_case_drop_policies(c); /* the list moves when the chain grows */
	return rc;
}

static enum csg_rc
check_link(const struct csg_chain *chain, const struct csg_bundle *b,
    size_t *pos, struct csg_link *l, const struct csg_trust *trust,
    struct csg_err *err)
{
	const struct csg_link *before;
	const struct csg_policy *judge;
	enum csg_rc rc;

	before = chain->n > 1 ? &chain->links[chain->n - 2] : NULL;
	l->msg = &b->m[(*pos)++];
	if (before == NULL && (rc = check_pin(l->msg, trust, err)) != CSG_OK)
		return rc;
	if ((rc = csg_policy_parse(l->msg->env->content, l->msg->env->len,
		 &l->policy, err)) != CSG_OK)
		return rc;
	chain->policies[chain->n - 1] = l->policy;
	judge = before == NULL ? l->policy : before->policy;
	rc = before == NULL ? check_founding(l, trust, err) :
			      check_succession(l, before, err);
	if (rc != CSG_OK ||
	    (rc = take_messages(chain, b, pos, l, err)) != CSG_OK ||
	    (rc = csg_record_check(
		 l->messages, judge, NULL, &l->record, NULL, err)) != CSG_OK)
		return rc;
	return check_approval(l, judge,
	    before == NULL ? 0 : before->record->seal->head.time, err);
}

void
csg_link_clear(struct csg_link *l)
{
	csg_record_free(l->record);
	if (l->messages != NULL)
		csg_case_clear(l->messages);
	free(l->messages);
	csg_policy_free(l->policy);
	memset(l, 0, sizeof(*l));
}

/* An invalid link is POLICYSIG, unless it is malformed or there was trouble. */
static enum csg_rc
link_failed(const struct csg_link *l, size_t version, struct csg_err *err)
{
	struct csg_err why = *err;

	if (why.rc == CSG_TROUBLE || why.rc == CSG_MALFORMED ||
	    why.reason == CSG_R_POLICYSIG)
		return csg_err_prefix(
		    err, "%s: policy version %zu: ", l->msg->origin, version);
	return csg_fail(err, CSG_R_POLICYSIG, "%s: policy version %zu: %s: %s",
	    l->msg->origin, version, csg_reason_word(why.reason), why.text);
}

enum csg_rc
csg_chain_extend(struct csg_chain *c, const struct csg_bundle *b, size_t *pos,
    const struct csg_trust *trust, struct csg_err *err)
{
	const struct csg_policy **policies;
	struct csg_link *links, *l;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	links = realloc(c->links, (c->n + 1) * sizeof(*links));
	if (links == NULL)
		return csg_fail_mem(err);
	c->links = links;
	policies = realloc(c->policies, (c->n + 1) * sizeof(*policies));
	if (policies == NULL)
		return csg_fail_mem(err);
	c->policies = policies;
	l = &links[c->n++];
	memset(l, 0, sizeof(*l));
	if (check_link(c, b, pos, l, trust, &why) == CSG_OK)
		return CSG_OK;
	rc = link_failed(l, c->n, &why);
	if (err != NULL)
		*err = why;
	c->n--;
	csg_link_clear(l);
	return rc;
}

enum csg_rc
csg_chain_verify(const struct csg_bundle *b, const struct csg_trust *trust,
    struct csg_chain **out, size_t *used, struct csg_err *err)
{
	struct csg_chain *c;
	enum csg_rc rc = CSG_OK;

	*out = NULL;
	*used = 0;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return csg_fail_mem(err);
	while (
	    *used < b->n && b->m[*used].env->kind == CSG_POLICY && rc == CSG_OK)
		rc = csg_chain_extend(c, b, used, trust, err);
	if (rc == CSG_OK && c->n == 0)
		rc = csg_fail(err, CSG_R_TYPE, "no policy chain at the start");
	if (rc == CSG_OK) {
		*out = c; /* transferred */
		return CSG_OK;
	}
	csg_chain_free(c);
	return rc;
}

enum csg_rc
csg_chain_messages(const char *origin, const void *text, size_t len,
    struct csg_bundle *out, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_bundle_add(out, origin, text, len, err)) != CSG_OK)
		return rc;
	if ((rc = csg_bundle_whole(out, err)) != CSG_OK)
		return rc;
	if (out->n == 0 || out->m[0].env->kind != CSG_POLICY)
		return csg_fail(
		    err, CSG_R_TYPE, "%s: not a policy chain", origin);
	return CSG_OK;
}

enum csg_rc
csg_chain_ends(const struct csg_bundle *b, size_t used, struct csg_err *err)
{
	if (used == b->n)
		return CSG_OK;
	return csg_fail(err, CSG_R_PARSE, "%s: %s after the policy chain",
	    b->m[used].origin, csg_kind_one(b->m[used].env->kind));
}

enum csg_rc
csg_chain_read(const char *origin, const void *text, size_t len,
    const struct csg_trust *trust, struct csg_chain **out, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	size_t used;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_chain_messages(origin, text, len, &b, err)) != CSG_OK ||
	    (rc = csg_chain_verify(&b, trust, out, &used, err)) != CSG_OK)
		goto out;
	if ((rc = csg_chain_ends(&b, used, err)) != CSG_OK) {
		csg_chain_free(*out);
		*out = NULL;
		goto out;
	}
	(*out)->bundle = b; /* transferred */
	memset(&b, 0, sizeof(b));
out:
	csg_bundle_clear(&b);
	return rc;
}

enum csg_rc
csg_chain_load(const char *path, const struct csg_trust *trust,
    struct csg_chain **out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK)
		rc = csg_chain_read(path, text.data, text.len, trust, out, err);
	csg_buf_free(&text);
	return rc;
}

void
csg_chain_free(struct csg_chain *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++)
		csg_link_clear(&c->links[i]);
	free(c->links);
	free(c->policies);
	csg_bundle_clear(&c->bundle);
	free(c);
}

const struct csg_policy *
csg_chain_policy(const struct csg_chain *c)
{
	return c->links[c->n - 1].policy;
}

const struct csg_policy *
csg_chain_policy_by_id(const struct csg_chain *c, const struct csg_id *id)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (csg_id_equal(&c->policies[i]->id, id))
			return c->policies[i];
	return NULL;
}

void
csg_chain_explain(const struct csg_chain *c, const struct csg_request *request,
    struct csg_err *err)
{
	size_t i;

	if (err->reason != CSG_R_POLICY)
		return;
	for (i = 0; i < c->n; i++)
		if (csg_id_equal(&c->policies[i]->id, &request->head.policy))
			break;
	if (i + 1 < c->n)
		(void)csg_fail(err, CSG_R_POLICY,
		    "made under version %zu of the policy, but version %zu is in force; csg-request --from asks again",
		    i + 1, c->n);
	else if (i == c->n)
		(void)csg_fail(err, CSG_R_POLICY,
		    "made under a policy that is not known here, perhaps newer than version %zu; csg-policy update installs a newer one",
		    c->n);
}

static bool
names_key(const struct csg_policy *p, const struct csg_id *spki)
{
	size_t i;

	for (i = 0; i < p->nkeys; i++)
		if (csg_id_equal(&p->keys[i].cert->spki, spki))
			return true;
	return csg_policy_owner(p, spki, NULL) != CSG_NONE;
}

/* A key whose URI is in use is in use, even with another certificate. */
static bool
names_uri(const struct csg_policy *p, const char *uri)
{
	size_t i;

	for (i = 0; i < p->nkeys; i++)
		if (strcmp(p->keys[i].uri, uri) == 0)
			return true;
	return false;
}

const struct csg_key *
csg_chain_retired(const struct csg_chain *c, const char *name,
    const struct csg_id *spki, struct csg_err *err)
{
	const struct csg_policy *now = csg_chain_policy(c), *p;
	const struct csg_key *key = NULL;
	size_t i, k;

	for (i = c->n; i > 0 && key == NULL; i--) {
		p = c->links[i - 1].policy;
		k = csg_policy_key(p, name);
		if (k != CSG_NONE &&
		    (spki == NULL ||
			csg_id_equal(&p->keys[k].cert->spki, spki)))
			key = &p->keys[k];
	}
	if (key == NULL)
		(void)csg_fail(err, CSG_R_POLICY,
		    "no version of policy %s names this key as %s", now->name,
		    name);
	else if (names_key(now, &key->cert->spki) || names_uri(now, key->uri)) {
		(void)csg_fail(err, CSG_R_POLICY,
		    "key %s is in use: policy %s version %llu names it; remove it there first",
		    name, now->name, (unsigned long long)now->version);
		key = NULL;
	}
	return key;
}

enum csg_rc
csg_chain_compatible(
    const struct csg_chain *a, const struct csg_chain *b, struct csg_err *err)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!csg_id_equal(
			&a->links[i].policy->id, &b->links[i].policy->id))
			return csg_fail(err, CSG_R_POLICYSIG,
			    "two different policies with version %zu", i + 1);
	return CSG_OK;
}

void
csg_chain_armor(const struct csg_chain *c, struct csg_buf *out)
{
	const struct csg_link *l;
	size_t i;

	for (i = 0; i < c->n; i++) {
		l = &c->links[i];
		csg_envelope_armor(l->msg->env, out);
		csg_tally_armor(l->record->tally, out);
		csg_envelope_armor(l->record->seal_env, out);
	}
}
