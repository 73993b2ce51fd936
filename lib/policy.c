#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/policy.h"
#include "lib/text.h"
#include "lib/uri.h"
#include "lib/when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *const csg_format_words[] = { "policy", "cms", "raw", NULL };

static const struct csg_yaml_limits limits = { CSG_POLICY_MAX, 100000 };

size_t
csg_policy_user(const struct csg_policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nusers; i++)
		if (strcmp(p->users[i].name, name) == 0)
			return i;
	return CSG_NOBODY;
}

size_t
csg_policy_group(const struct csg_policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->ngroups; i++)
		if (strcmp(p->groups[i].name, name) == 0)
			return i;
	return CSG_NOBODY;
}

size_t
csg_policy_key(const struct csg_policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nkeys; i++)
		if (strcmp(p->keys[i].name, name) == 0)
			return i;
	return CSG_NOBODY;
}

const struct csg_profile *
csg_policy_profile(const struct csg_policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nprofiles; i++)
		if (strcmp(p->profiles[i].name, name) == 0)
			return &p->profiles[i];
	return NULL;
}

size_t
csg_policy_owner(const struct csg_policy *p, const struct csg_id *spki,
    const struct csg_cert **cert)
{
	size_t i, j;

	for (i = 0; i < p->nusers; i++)
		for (j = 0; j < p->users[i].ncerts; j++)
			if (csg_id_equal(&p->users[i].certs[j]->spki, spki)) {
				if (cert != NULL)
					*cert = p->users[i].certs[j];
				return i;
			}
	return CSG_NOBODY;
}

bool
csg_policy_may_request(
    const struct csg_policy *p, const struct csg_profile *pr, size_t user)
{
	size_t i;

	for (i = 0; i < pr->nrequesters; i++)
		if (p->groups[pr->requesters[i]].member[user])
			return true;
	return false;
}

bool
csg_policy_may_endorse(
    const struct csg_policy *p, const struct csg_profile *pr, size_t user)
{
	size_t r, c;

	(void)p;
	for (r = 0; r < pr->nroutes; r++)
		for (c = 0; c < pr->quorum[r].nclauses; c++)
			if (pr->quorum[r].clauses[c].member[user])
				return true;
	return false;
}

const struct csg_revocation *
csg_policy_revoked(const struct csg_policy *p, const struct csg_id *spki)
{
	size_t i;

	for (i = 0; i < p->nrevoked; i++)
		if (csg_id_equal(&p->revoked[i].spki, spki))
			return &p->revoked[i];
	return NULL;
}

enum csg_rc
csg_policy_in_force(const struct csg_policy *p, const struct csg_profile *pr,
    int64_t t, struct csg_err *err)
{
	char when[CSG_TIME_LEN];

	if (t < p->issued - CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_EXPIRED,
		    "policy %s version %llu is not valid before %s", p->name,
		    (unsigned long long)p->version,
		    csg_time_format(p->issued, when));
	if (t > p->expires && pr->format != CSG_FORMAT_POLICY)
		return csg_fail(err, CSG_R_EXPIRED,
		    "policy %s version %llu expired at %s; it serves only the "
		    "profile policy now",
		    p->name, (unsigned long long)p->version,
		    csg_time_format(p->expires, when));
	return CSG_OK;
}

/* Room for one element per child of a map or list, which must have some;
 * the caller checks for NULL and returns err->rc. */
static void *
new_array(const struct csg_node *n, size_t size, struct csg_err *err)
{
	void *a;

	if (n->n == 0) {
		(void)csg_node_fail(err, n, CSG_R_PARSE, "%s is empty",
		    n->key != NULL ? n->key : "list");
		return NULL;
	}
	if ((a = calloc(n->n, size)) == NULL)
		(void)csg_fail_mem(err);
	return a;
}

/* The key of a map's member as a name, copied. */
static enum csg_rc
member_name(
    const struct csg_node *n, const char *what, char **out, struct csg_err *err)
{
	if (!csg_name_valid(n->key))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "'%s' is no name for a %s: letters, digits, '.', '_', '-', "
		    "beginning with a letter or digit, at most 64",
		    n->key, what);
	if ((*out = strdup(n->key)) == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

static enum csg_rc
want_map(const struct csg_node *n, const char *what, struct csg_err *err)
{
	if (n->type != CSG_MAP)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "%s '%s' must be a mapping", what, n->key);
	return CSG_OK;
}

static enum csg_rc
parse_user(const struct csg_node *n, struct csg_user *u, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "email", CSG_SCALAR, false },
		{ "certificate", CSG_SCALAR, true }, { NULL, CSG_SCALAR, false }
	};
	const struct csg_node *c;
	enum csg_rc rc;

	if ((rc = want_map(n, "user", err)) != CSG_OK ||
	    (rc = member_name(n, "user", &u->name, err)) != CSG_OK ||
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
	size_t i;

	if ((p->users = new_array(n, sizeof(*p->users), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next) {
		rc = parse_user(c, &p->users[p->nusers++], err);
		if (rc != CSG_OK)
			return rc;
		for (i = 0; i + 1 < p->nusers; i++)
			if (strcasecmp(p->users[i].name, c->key) == 0)
				return csg_node_fail(err, c, CSG_R_PARSE,
				    "user names '%s' and '%s' differ only in "
				    "case",
				    p->users[i].name, c->key);
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
	if ((rc = member_name(n, "group", &g->name, err)) != CSG_OK)
		return rc;
	if (n->n == 0)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "group '%s' is empty", n->key);
	if ((g->member = calloc(p->nusers, sizeof(bool))) == NULL)
		return csg_fail_mem(err);
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR ||
		    (u = csg_policy_user(p, c->s)) == CSG_NOBODY)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "group %s: no user '%s'", g->name,
			    c->type == CSG_SCALAR ? c->s : "?");
		if (g->member[u])
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "group %s: '%s' stands twice", g->name, c->s);
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

	if ((p->groups = new_array(n, sizeof(*p->groups), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next)
		if ((rc = parse_group(c, p, &p->groups[p->ngroups++], err)) !=
		    CSG_OK)
			return rc;
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
		    "key %s: the URI names no object", name);
	csg_uri_free(uri);
	return rc;
}

static enum csg_rc
parse_key(const struct csg_node *n, struct csg_key *k, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "uri", CSG_SCALAR, true },
		{ "certificate", CSG_SCALAR, true },
		{ "padding", CSG_SCALAR, false }, { NULL, CSG_SCALAR, false } };
	static const char *const paddings[] = { "pkcs1", "pss", NULL };
	const struct csg_node *c;
	enum csg_rc rc;
	size_t w;

	if ((rc = want_map(n, "key", err)) != CSG_OK ||
	    (rc = member_name(n, "key", &k->name, err)) != CSG_OK ||
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

	if ((p->keys = new_array(n, sizeof(*p->keys), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next)
		if ((rc = parse_key(c, &p->keys[p->nkeys++], err)) != CSG_OK)
			return rc;
	p->policy_key = csg_policy_key(p, "policy");
	p->ledger_key = csg_policy_key(p, "ledger");
	if (p->policy_key == CSG_NOBODY || p->ledger_key == CSG_NOBODY)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the keys 'policy' and 'ledger' must be there");
	return CSG_OK;
}

/* A public key and whose it is, for the search for duplicates. */
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

/* One public key, one owner, one purpose; and none that was revoked. */
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
			    "%s %s has a key that this policy revokes",
			    all[i].kind, all[i].name);
	}
	free(all);
	return rc;
}

/* The groups that a sequence of names lists. */
static enum csg_rc
parse_group_list(const struct csg_node *n, const struct csg_policy *p,
    size_t **out, size_t *count, struct csg_err *err)
{
	const struct csg_node *c;
	size_t g;

	if ((*out = new_array(n, sizeof(size_t), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR ||
		    (g = csg_policy_group(p, c->s)) == CSG_NOBODY)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "no group '%s'",
			    c->type == CSG_SCALAR ? c->s : "?");
		(*out)[(*count)++] = g;
	}
	return CSG_OK;
}

static enum csg_rc
parse_clause(const struct csg_node *n, const struct csg_policy *p,
    struct csg_clause *clause, size_t *group, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "group", CSG_SCALAR,
						       true },
		{ "need", CSG_SCALAR, true }, { NULL, CSG_SCALAR, false } };
	const struct csg_node *c;
	uint64_t need;
	enum csg_rc rc;

	if (n->type != CSG_MAP)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "a clause is {group: NAME, need: N}");
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	c = csg_node_get(n, "group");
	if ((*group = csg_policy_group(p, c->s)) == CSG_NOBODY)
		return csg_node_fail(
		    err, c, CSG_R_PARSE, "no group '%s'", c->s);
	c = csg_node_get(n, "need");
	if ((rc = csg_node_uint(c, 1, 1000000, &need, err)) != CSG_OK)
		return rc;
	if (need > p->groups[*group].n)
		return csg_node_fail(err, c, CSG_R_PARSE,
		    "need %llu, but group %s has %zu", (unsigned long long)need,
		    p->groups[*group].name, p->groups[*group].n);
	clause->need = (size_t)need;
	clause->member = p->groups[*group].member;
	return CSG_OK;
}

static enum csg_rc
parse_quorum(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, const char *name, struct csg_err *err)
{
	struct csg_profile_route *route = &pr->routes[pr->nroutes];
	struct csg_route *q = &pr->quorum[pr->nroutes];
	struct csg_clause *clauses = NULL;
	const struct csg_node *c;
	enum csg_rc rc;

	pr->nroutes++;
	if ((route->name = strdup(name)) == NULL)
		return csg_fail_mem(err);
	if ((clauses = new_array(n, sizeof(*clauses), err)) == NULL)
		return err->rc;
	q->clauses = clauses; /* transferred */
	if ((route->groups = new_array(n, sizeof(size_t), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next) {
		rc = parse_clause(c, p, &clauses[q->nclauses],
		    &route->groups[q->nclauses], err);
		if (rc != CSG_OK)
			return rc;
		q->nclauses++;
	}
	return CSG_OK;
}

static enum csg_rc
parse_route(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "quorum", CSG_SEQ, true },
		{ "emergency", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false } };
	static const char *const truths[] = { "false", "true", NULL };
	const struct csg_node *c;
	enum csg_rc rc;
	size_t w = 0;

	if ((rc = want_map(n, "route", err)) != CSG_OK ||
	    (rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	if (!csg_name_valid(n->key) || strcmp(n->key, "normal") == 0)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "'%s' is no name for a further route", n->key);
	if ((rc = parse_quorum(
		 csg_node_get(n, "quorum"), p, pr, n->key, err)) != CSG_OK)
		return rc;
	if ((c = csg_node_get(n, "emergency")) != NULL &&
	    (rc = csg_node_word(c, truths, &w, err)) != CSG_OK)
		return rc;
	pr->routes[pr->nroutes - 1].emergency = w == 1;
	return CSG_OK;
}

static enum csg_rc
parse_routes(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	const struct csg_node *more = csg_node_get(n, "routes"), *c;
	size_t max = 1 + (more != NULL ? more->n : 0);
	enum csg_rc rc;

	pr->routes = calloc(max, sizeof(*pr->routes));
	pr->quorum = calloc(max, sizeof(*pr->quorum));
	if (pr->routes == NULL || pr->quorum == NULL)
		return csg_fail_mem(err);
	if ((rc = parse_quorum(
		 csg_node_get(n, "quorum"), p, pr, "normal", err)) != CSG_OK ||
	    more == NULL)
		return rc;
	for (c = more->child; c != NULL; c = c->next)
		if ((rc = parse_route(c, p, pr, err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

/* Do a and b stand in the same clauses of the route? */
static bool
same_clauses(const struct csg_route *q, size_t a, size_t b)
{
	size_t c;

	for (c = 0; c < q->nclauses; c++)
		if (q->clauses[c].member[a] != q->clauses[c].member[b])
			return false;
	return true;
}

/*
 * Every route must be within reach of some requester: all clauses together,
 * without the requester.  Requesters who stand in the same clauses are alike.
 */
static enum csg_rc
check_reach(const struct csg_node *n, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_err *err)
{
	size_t r, u, v;
	bool reach;
	enum csg_rc rc;

	for (r = 0; r < pr->nroutes; r++) {
		reach = false;
		for (u = 0; u < p->nusers && !reach; u++) {
			if (!csg_policy_may_request(p, pr, u))
				continue;
			for (v = 0; v < u; v++)
				if (csg_policy_may_request(p, pr, v) &&
				    same_clauses(&pr->quorum[r], u, v))
					break;
			if (v < u)
				continue;
			if ((rc = csg_quorum_reachable(p->nusers, u,
				 &pr->quorum[r], &reach, err)) != CSG_OK)
				return rc;
		}
		if (!reach)
			return csg_node_fail(err, n, CSG_R_PARSE,
			    "profile %s: no requester can ever reach the "
			    "quorum of route %s",
			    pr->name, pr->routes[r].name);
	}
	return CSG_OK;
}

static enum csg_rc
parse_lifetime(
    const struct csg_node *n, struct csg_profile *pr, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "request", CSG_SCALAR,
						       false },
		{ "endorsement", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false } };
	const struct csg_node *c;
	enum csg_rc rc;

	pr->request_life = pr->vote_life = CSG_LIFETIME;
	if (n == NULL)
		return CSG_OK;
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	if ((c = csg_node_get(n, "request")) != NULL &&
	    (rc = csg_node_duration(c, &pr->request_life, err)) != CSG_OK)
		return rc;
	if ((c = csg_node_get(n, "endorsement")) != NULL)
		return csg_node_duration(c, &pr->vote_life, err);
	return CSG_OK;
}

/* Key, format and name must fit each other. */
static enum csg_rc
check_purpose(const struct csg_node *n, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_err *err)
{
	bool is_policy = strcmp(pr->name, "policy") == 0;
	size_t i;

	if (is_policy != (pr->format == CSG_FORMAT_POLICY) ||
	    is_policy != (pr->key == p->policy_key))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the profile 'policy', the key 'policy' and the format "
		    "'policy' belong together, and to nothing else");
	if (pr->key == p->ledger_key)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "the key 'ledger' serves no profile");
	for (i = 0; &p->profiles[i] != pr; i++)
		if (p->profiles[i].key == pr->key)
			return csg_node_fail(err, n, CSG_R_PARSE,
			    "profiles %s and %s share the key %s: a key "
			    "serves one profile",
			    p->profiles[i].name, pr->name,
			    p->keys[pr->key].name);
	return CSG_OK;
}

static enum csg_rc
parse_profile(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "key", CSG_SCALAR, true },
		{ "format", CSG_SCALAR, true }, { "requesters", CSG_SEQ, true },
		{ "quorum", CSG_SEQ, true }, { "routes", CSG_MAP, false },
		{ "inspect", CSG_SCALAR, false },
		{ "lifetime", CSG_MAP, false }, { NULL, CSG_SCALAR, false } };
	static const char *const inspects[] = { "required", "optional", NULL };
	const struct csg_node *c;
	enum csg_rc rc;
	size_t w;

	if ((rc = want_map(n, "profile", err)) != CSG_OK ||
	    (rc = member_name(n, "profile", &pr->name, err)) != CSG_OK ||
	    (rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	c = csg_node_get(n, "key");
	if ((pr->key = csg_policy_key(p, c->s)) == CSG_NOBODY)
		return csg_node_fail(err, c, CSG_R_PARSE, "no key '%s'", c->s);
	if ((rc = csg_node_word(csg_node_get(n, "format"), csg_format_words, &w,
		 err)) != CSG_OK)
		return rc;
	pr->format = (enum csg_format_id)w;
	w = 0;
	if ((c = csg_node_get(n, "inspect")) != NULL &&
	    (rc = csg_node_word(c, inspects, &w, err)) != CSG_OK)
		return rc;
	pr->inspect = w == 0;
	if ((rc = check_purpose(n, p, pr, err)) != CSG_OK ||
	    (rc = parse_group_list(csg_node_get(n, "requesters"), p,
		 &pr->requesters, &pr->nrequesters, err)) != CSG_OK ||
	    (rc = parse_routes(n, p, pr, err)) != CSG_OK ||
	    (rc = parse_lifetime(csg_node_get(n, "lifetime"), pr, err)) !=
		CSG_OK)
		return rc;
	return check_reach(n, p, pr, err);
}

static enum csg_rc
parse_profiles(
    const struct csg_node *n, struct csg_policy *p, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;

	if ((p->profiles = new_array(n, sizeof(*p->profiles), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next)
		if ((rc = parse_profile(
			 c, p, &p->profiles[p->nprofiles++], err)) != CSG_OK)
			return rc;
	if (csg_policy_profile(p, "policy") == NULL)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the profile 'policy' must be there: it says how the "
		    "policy itself changes");
	return CSG_OK;
}

static enum csg_rc
parse_revocation(
    const struct csg_node *n, struct csg_revocation *r, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "key", CSG_SCALAR, true },
		{ "since", CSG_SCALAR, true }, { "reason", CSG_SCALAR, true },
		{ NULL, CSG_SCALAR, false } };
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
	struct csg_revocation *r;
	enum csg_rc rc;

	if (n == NULL || n->n == 0)
		return CSG_OK;
	if ((p->revoked = new_array(n, sizeof(*p->revoked), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next) {
		r = &p->revoked[p->nrevoked];
		if ((rc = parse_revocation(c, r, err)) != CSG_OK)
			return rc;
		if (csg_policy_revoked(p, &r->spki) != NULL)
			return csg_node_fail(
			    err, c, CSG_R_PARSE, "this key is revoked twice");
		p->nrevoked++;
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
		    "previous is 'none' "
		    "in version 1 and the id of the version before in others");
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
	return CSG_OK;
}

static enum csg_rc
parse_root(
    const struct csg_node *root, struct csg_policy *p, struct csg_err *err)
{
	static const struct csg_field fields[] = { { "csg", CSG_SCALAR, true },
		{ "name", CSG_SCALAR, true }, { "version", CSG_SCALAR, true },
		{ "previous", CSG_SCALAR, true },
		{ "issued", CSG_SCALAR, true }, { "expires", CSG_SCALAR, true },
		{ "users", CSG_MAP, true }, { "groups", CSG_MAP, true },
		{ "keys", CSG_MAP, true }, { "profiles", CSG_MAP, true },
		{ "revoked", CSG_SEQ, false }, { NULL, CSG_SCALAR, false } };
	enum csg_rc rc;

	if ((rc = csg_node_schema(root, fields, err)) != CSG_OK ||
	    (rc = parse_identity(root, p, err)) != CSG_OK ||
	    (rc = parse_users(csg_node_get(root, "users"), p, err)) != CSG_OK ||
	    (rc = parse_groups(csg_node_get(root, "groups"), p, err)) !=
		CSG_OK ||
	    (rc = parse_keys(csg_node_get(root, "keys"), p, err)) != CSG_OK ||
	    (rc = parse_revoked(csg_node_get(root, "revoked"), p, err)) !=
		CSG_OK ||
	    (rc = check_owners(root, p, err)) != CSG_OK)
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

static void
free_profile(struct csg_profile *pr)
{
	size_t r;

	for (r = 0; r < pr->nroutes; r++) {
		free(pr->routes[r].name);
		free(pr->routes[r].groups);
		free((void *)(uintptr_t)pr->quorum[r].clauses);
	}
	free(pr->name);
	free(pr->requesters);
	free(pr->routes);
	free(pr->quorum);
}

void
csg_policy_free(struct csg_policy *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nusers; i++) {
		free(p->users[i].name);
		free(p->users[i].email);
		csg_certs_free(p->users[i].certs, p->users[i].ncerts);
	}
	for (i = 0; i < p->ngroups; i++) {
		free(p->groups[i].name);
		free(p->groups[i].member);
	}
	for (i = 0; i < p->nkeys; i++) {
		free(p->keys[i].name);
		free(p->keys[i].uri);
		csg_cert_free(p->keys[i].cert);
	}
	for (i = 0; i < p->nprofiles; i++)
		free_profile(&p->profiles[i]);
	free(p->name);
	free(p->users);
	free(p->groups);
	free(p->keys);
	free(p->profiles);
	free(p->revoked);
	free(p);
}
