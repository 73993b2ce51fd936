/* Reading a policy: see csg_policy_parse(). */
#include <stdlib.h>
#include <string.h>

#include "lib/policy/profile_read.h"
#include "lib/base/text.h"
#include "lib/crypto/pkcs11_uri.h"
#include "lib/base/time.h"

static const struct csg_yaml_limits limits = { CSG_POLICY_MAX, 100000 };

static enum csg_rc
parse_user(const struct csg_node *n, struct csg_user *u, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "email", CSG_SCALAR, false },
		{ "certificate", CSG_SCALAR, true },
		{ NULL, CSG_SCALAR, false },
	};
	const struct csg_node *c;
	enum csg_rc rc;

	if ((rc = csg_node_map(n, "user", err)) != CSG_OK ||
	    (rc = csg_node_key(n, "user", &u->name, &u->at, err)) != CSG_OK ||
	    (rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	if ((c = csg_node_get(n, "email")) != NULL &&
	    (rc = csg_node_text(c, &u->email, err)) != CSG_OK)
		return rc;
	c = csg_node_get(n, "certificate");
	if (csg_certs_read(c->s, c->len, CSG_USER_CERTS, &u->certs, &u->ncerts,
		err) != CSG_OK) {
		(void)csg_err_prefix(err, "user %s: ", u->name);
		return csg_node_prefix(err, c);
	}
	return CSG_OK;
}

/* Names that differ only in case would fool people. */
static enum csg_rc
parse_users(const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t i, old;

	if ((p->users = csg_node_array(n, sizeof(*p->users), err)) == NULL)
		return err->rc;
	csg_index_init(&p->by_user, &p->users[0].name, sizeof(*p->users),
	    csg_index_name_casecmp);
	for (c = n->child; c != NULL; c = c->next) {
		i = p->nusers++;
		if ((rc = parse_user(c, &p->users[i], err)) != CSG_OK ||
		    (rc = csg_index_add(&p->by_user, i, &old, err)) != CSG_OK)
			return rc;
		if (old != i)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "user names '%s' and '%s' differ only in case",
			    p->users[old].name, c->key);
	}
	return CSG_OK;
}

static enum csg_rc
parse_group(const struct csg_node *n, struct csg_policy *p, struct csg_group *g,
    struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t u;

	if (n->type != CSG_SEQ)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "group '%s' must be a list of users", n->key);
	if ((rc = csg_node_key(n, "group", &g->name, NULL, err)) != CSG_OK)
		return rc;
	if (n->n == 0)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "group '%s' is empty", n->key);
	if ((g->member = calloc(p->nusers, sizeof(bool))) == NULL)
		return csg_fail_mem(err);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR ||
		    (u = csg_policy_user(p, c->s)) == CSG_NONE)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "group %s: '%s' is not a user", g->name,
			    c->type == CSG_SCALAR ? c->s : "?");
		if (g->member[u])
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "group %s: '%s' is given twice", g->name, c->s);
		g->member[u] = true;
		g->n++;
	}
	return CSG_OK;
}

static enum csg_rc
parse_groups(
    const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t i;

	if ((p->groups = csg_node_array(n, sizeof(*p->groups), err)) == NULL)
		return err->rc;
	csg_index_init(&p->by_group, &p->groups[0].name, sizeof(*p->groups),
	    csg_index_name_cmp);
	for (c = n->child; c != NULL; c = c->next) {
		i = p->ngroups++;
		if ((rc = parse_group(c, p, &p->groups[i], err)) != CSG_OK ||
		    (rc = csg_index_add(&p->by_group, i, &i, err)) != CSG_OK)
			return rc;
	}
	return CSG_OK;
}

static enum csg_rc
check_key_uri(const struct csg_node *n, const char *name, struct csg_err *err)
{
	struct csg_uri *uri = NULL;
	enum csg_rc rc = CSG_OK;

	if (csg_uri_parse(n->s, &uri, err) != CSG_OK) {
		(void)csg_err_prefix(err, "key %s: ", name);
		return csg_node_prefix(err, n);
	}
	if (uri->object == NULL && uri->id == NULL)
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "key %s: the URI does not name an object", name);
	else if (uri->pin_source) /* PINs are for the workstation */
		rc = csg_node_fail(err, n, CSG_R_PARSE,
		    "key %s: the URI must not have a pin-source", name);
	csg_uri_free(uri);
	return rc;
}

static enum csg_rc
parse_key(const struct csg_node *n, struct csg_key *k, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "uri", CSG_SCALAR, true },
		{ "certificate", CSG_SCALAR, true },
		{ "padding", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false },
	};
	static const char *const paddings[] = { "pkcs1", "pss", NULL };
	const struct csg_node *c;
	enum csg_rc rc;
	size_t w;

	if ((rc = csg_node_map(n, "key", err)) != CSG_OK ||
	    (rc = csg_node_key(n, "key", &k->name, &k->at, err)) != CSG_OK ||
	    (rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_text(csg_node_get(n, "uri"), &k->uri, err)) !=
		CSG_OK ||
	    (rc = check_key_uri(csg_node_get(n, "uri"), k->name, err)) !=
		CSG_OK)
		return rc;
	c = csg_node_get(n, "certificate");
	if (csg_cert_read(c->s, c->len, &k->cert, err) != CSG_OK) {
		(void)csg_err_prefix(err, "key %s: ", k->name);
		return csg_node_prefix(err, c);
	}
	if ((c = csg_node_get(n, "padding")) == NULL)
		return CSG_OK;
	if ((rc = csg_node_word(c, paddings, &w, err)) != CSG_OK)
		return rc;
	if (EVP_PKEY_get_base_id(k->cert->pkey) != EVP_PKEY_RSA)
		return csg_node_fail(err, c, CSG_R_PARSE,
		    "key %s: padding is for RSA keys only", k->name);
	k->pss = w == 1;
	return CSG_OK;
}

static enum csg_rc
parse_keys(const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t i;

	if ((p->keys = csg_node_array(n, sizeof(*p->keys), err)) == NULL)
		return err->rc;
	csg_index_init(
	    &p->by_key, &p->keys[0].name, sizeof(*p->keys), csg_index_name_cmp);
	for (c = n->child; c != NULL; c = c->next) {
		i = p->nkeys++;
		if ((rc = parse_key(c, &p->keys[i], err)) != CSG_OK ||
		    (rc = csg_index_add(&p->by_key, i, &i, err)) != CSG_OK)
			return rc;
	}
	p->policy_key = csg_policy_key(p, "policy");
	p->ledger_key = csg_policy_key(p, "ledger");
	if (p->policy_key == CSG_NONE || p->ledger_key == CSG_NONE)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the keys 'policy' and 'ledger' are required");
	return CSG_OK;
}

/* A public key and its owner, for the search for duplicates. */
struct owned_key {
	const struct csg_id *spki;
	const char *kind, *name;
	const struct csg_node *where;
};

static int
owned_key_cmp(const void *a, const void *b)
{
	return csg_id_cmp(((const struct owned_key *)a)->spki,
	    ((const struct owned_key *)b)->spki);
}

/* No public key may have two owners or purposes, or be revoked. */
static enum csg_rc
check_owners(const struct csg_node *root, const struct csg_policy *p,
    struct csg_err *err)
{
	const struct csg_node *n;
	struct owned_key *all;
	size_t i, j, k = 0;
	enum csg_rc rc = CSG_OK;

	all = calloc(p->nusers * CSG_USER_CERTS + p->nkeys, sizeof(*all));
	if (all == NULL)
		return csg_fail_mem(err);
	n = csg_node_get(root, "users")->child;
	for (i = 0; i < p->nusers; i++, n = n->next)
		for (j = 0; j < p->users[i].ncerts; j++)
			all[k++] =
			    (struct owned_key){ &p->users[i].certs[j]->spki,
				    "user", p->users[i].name, n };
	n = csg_node_get(root, "keys")->child;
	for (i = 0; i < p->nkeys; i++, n = n->next)
		all[k++] = (struct owned_key){ &p->keys[i].cert->spki, "key",
			p->keys[i].name, n };
	qsort(all, k, sizeof(*all), owned_key_cmp);
	for (i = 0; i < k && rc == CSG_OK; i++) {
		if (i > 0 && csg_id_equal(all[i - 1].spki, all[i].spki))
			rc = csg_node_fail(err, all[i].where, CSG_R_DUPKEY,
			    "%s %s and %s %s have the same public key",
			    all[i - 1].kind, all[i - 1].name, all[i].kind,
			    all[i].name);
		else if (csg_policy_revoked(p, all[i].spki) != NULL)
			rc = csg_node_fail(err, all[i].where, CSG_R_REVOKED,
			    "the key of %s %s is revoked by this policy",
			    all[i].kind, all[i].name);
	}
	free(all);
	return rc;
}

/* The statements that votes may make and clauses may ask for. */
static enum csg_rc
parse_statements(
    const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t i, old;

	if (n == NULL)
		return CSG_OK;
	if ((p->statements = csg_node_array(n, sizeof(*p->statements), err)) ==
	    NULL)
		return err->rc;
	csg_index_init(&p->by_statement, p->statements, sizeof(*p->statements),
	    csg_index_name_cmp);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "statements is a list of names");
		i = p->nstatements++;
		if ((rc = csg_node_name(c, &p->statements[i], err)) != CSG_OK ||
		    (rc = csg_index_add(&p->by_statement, i, &old, err)) !=
			CSG_OK)
			return rc;
		if (old != i)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "statement '%s' is given twice", c->s);
	}
	return CSG_OK;
}

static enum csg_rc
parse_profiles(
    const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t i;

	if ((p->profiles = csg_node_array(n, sizeof(*p->profiles), err)) ==
	    NULL)
		return err->rc;
	csg_index_init(&p->by_profile, &p->profiles[0].name,
	    sizeof(*p->profiles), csg_index_name_cmp);
	for (c = n->child; c != NULL; c = c->next) {
		i = p->nprofiles++;
		if ((rc = csg_profile_read(c, p, &p->profiles[i], err)) !=
			CSG_OK ||
		    (rc = csg_index_add(&p->by_profile, i, &i, err)) != CSG_OK)
			return rc;
	}
	if (csg_policy_profile(p, "policy") == NULL)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the profile 'policy' is required: it says how the policy itself changes");
	return CSG_OK;
}

static enum csg_rc
parse_revocation(
    const struct csg_node *n, struct csg_revocation *r, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "key", CSG_SCALAR, true },
		{ "since", CSG_SCALAR, true },
		{ "reason", CSG_SCALAR, true },
		{ NULL, CSG_SCALAR, false },
	};
	static const char *const causes[] = { "left", "compromised", NULL };
	enum csg_rc rc;
	size_t w;

	if (n->type != CSG_MAP)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "a revocation is {key: ..., since: ..., reason: ...}");
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = csg_node_id(csg_node_get(n, "key"), &r->spki, err)) !=
		CSG_OK ||
	    (rc = csg_node_time(csg_node_get(n, "since"), &r->since, err)) !=
		CSG_OK ||
	    (rc = csg_node_word(csg_node_get(n, "reason"), causes, &w, err)) !=
		CSG_OK)
		return rc;
	r->compromised = w == 1;
	return CSG_OK;
}

static enum csg_rc
parse_revoked(
    const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t i, old;

	if (n == NULL || n->n == 0)
		return CSG_OK;
	if ((p->revoked = csg_node_array(n, sizeof(*p->revoked), err)) == NULL)
		return err->rc;
	csg_index_init(&p->by_revoked, &p->revoked[0].spki, sizeof(*p->revoked),
	    csg_id_cmp);
	for (c = n->child; c != NULL; c = c->next) {
		i = p->nrevoked++;
		if ((rc = parse_revocation(c, &p->revoked[i], err)) != CSG_OK ||
		    (rc = csg_index_add(&p->by_revoked, i, &old, err)) !=
			CSG_OK)
			return rc;
		if (old != i)
			return csg_node_fail(
			    err, c, CSG_R_PARSE, "this key is revoked twice");
	}
	return CSG_OK;
}

static enum csg_rc
parse_identity(
    const struct csg_node *root, struct csg_policy *p, struct csg_err *err)
{
	static const char *const kinds[] = { "policy/1", NULL };
	const struct csg_node *n = csg_node_get(root, "previous");
	enum csg_rc rc;
	size_t w;

	if ((rc = csg_node_word(csg_node_get(root, "csg"), kinds, &w, err)) !=
		CSG_OK ||
	    (rc = csg_node_name(csg_node_get(root, "name"), &p->name, err)) !=
		CSG_OK ||
	    (rc = csg_node_uint(csg_node_get(root, "version"), 1, 1000000,
		 &p->version, err)) != CSG_OK)
		return rc;
	if ((strcmp(n->s, "none") == 0) != (p->version == 1))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "previous must be 'none' in version 1 and the id of the previous version in any other");
	if (p->version > 1 &&
	    (rc = csg_node_id(n, &p->previous, err)) != CSG_OK)
		return rc;
	n = csg_node_get(root, "expires");
	if ((rc = csg_node_time(
		 csg_node_get(root, "issued"), &p->issued, err)) != CSG_OK ||
	    (rc = csg_node_time(n, &p->expires, err)) != CSG_OK)
		return rc;
	if (p->expires <= p->issued)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "expires is not after issued");
	p->epoch = 1;
	if ((n = csg_node_get(root, "epoch")) != NULL)
		return csg_node_uint(n, 1, 1000000, &p->epoch, err);
	return CSG_OK;
}

static enum csg_rc
parse_root(
    const struct csg_node *root, struct csg_policy *p, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "csg", CSG_SCALAR, true },
		{ "name", CSG_SCALAR, true },
		{ "version", CSG_SCALAR, true },
		{ "previous", CSG_SCALAR, true },
		{ "issued", CSG_SCALAR, true },
		{ "expires", CSG_SCALAR, true },
		{ "users", CSG_MAP, true },
		{ "groups", CSG_MAP, true },
		{ "keys", CSG_MAP, true },
		{ "profiles", CSG_MAP, true },
		{ "epoch", CSG_SCALAR, false },
		{ "statements", CSG_SEQ, false },
		{ "revoked", CSG_SEQ, false },
		{ NULL, CSG_SCALAR, false },
	};
	enum csg_rc rc;

	if ((rc = csg_node_schema(root, fields, err)) != CSG_OK ||
	    (rc = parse_identity(root, p, err)) != CSG_OK ||
	    (rc = parse_users(csg_node_get(root, "users"), p, err)) != CSG_OK ||
	    (rc = parse_groups(csg_node_get(root, "groups"), p, err)) !=
		CSG_OK ||
	    (rc = parse_keys(csg_node_get(root, "keys"), p, err)) != CSG_OK ||
	    (rc = parse_revoked(csg_node_get(root, "revoked"), p, err)) !=
		CSG_OK ||
	    (rc = check_owners(root, p, err)) != CSG_OK ||
	    (rc = parse_statements(csg_node_get(root, "statements"), p, err)) !=
		CSG_OK)
		return rc;
	return parse_profiles(csg_node_get(root, "profiles"), p, err);
}

enum csg_rc
csg_policy_parse(
    const void *yaml, size_t len, struct csg_policy **out, struct csg_err *err)
{
	struct csg_node *root = NULL;
	struct csg_policy *p = NULL;
	struct csg_err ignored;
	enum csg_rc rc;

	*out = NULL;
	if (err == NULL)
		err = &ignored;
	if ((rc = csg_yaml_parse(yaml, len, &limits, &root, err)) != CSG_OK)
		return rc;
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	if ((rc = csg_id_mem(yaml, len, &p->id, err)) != CSG_OK ||
	    (rc = parse_root(root, p, err)) != CSG_OK)
		goto out;
	*out = p; /* transferred */
	p = NULL;
out:
	csg_policy_free(p);
	csg_yaml_free(root);
	return rc;
}
