#include <stdlib.h>
#include <string.h>

#include "lib/policy/profile_read.h"
#include "lib/policy/reach.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

/* Read a list of groups; n NULL: no groups. */
static enum csg_rc
parse_groups(const struct csg_node *n, const struct csg_policy *p,
    struct csg_groups *out, struct csg_err *err)
{
	const struct csg_node *c;
	size_t g;

	if (n == NULL)
		return CSG_OK;
	if ((out->g = csg_node_array(n, sizeof(*out->g), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR ||
		    (g = csg_policy_group(p, c->s)) == CSG_NONE)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "no group '%s'",
			    c->type == CSG_SCALAR ? c->s : "?");
		out->g[out->n++] = g;
	}
	return CSG_OK;
}

/* Read the optional keys of a clause. */
static enum csg_rc
parse_clause_words(const struct csg_node *n, const struct csg_policy *p,
    struct csg_clause *clause, struct csg_err *err)
{
	const struct csg_node *c;
	uint64_t stage = 1;
	enum csg_rc rc;

	if ((c = csg_node_get(n, "stage")) != NULL &&
	    (rc = csg_node_uint(c, 1, 100, &stage, err)) != CSG_OK)
		return rc;
	clause->stage = (unsigned)stage;
	if ((c = csg_node_get(n, "statement")) != NULL &&
	    (clause->statement = csg_policy_statement(p, c->s)) == 0)
		return csg_node_fail(err, c, CSG_R_PARSE,
		    "'%s' is not one of the policy's statements", c->s);
	return CSG_OK;
}

static enum csg_rc
parse_clause(const struct csg_node *n, const struct csg_policy *p,
    struct csg_clause *clause, size_t *group, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "group", CSG_SCALAR, true },
		{ "need", CSG_SCALAR, true },
		{ "stage", CSG_SCALAR, false },
		{ "statement", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false },
	};
	const struct csg_node *c;
	uint64_t need;
	enum csg_rc rc;

	if (n->type != CSG_MAP)
		return csg_node_fail(
		    err, n, CSG_R_PARSE, "a clause is {group: NAME, need: N}");
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	c = csg_node_get(n, "group");
	if ((*group = csg_policy_group(p, c->s)) == CSG_NONE)
		return csg_node_fail(
		    err, c, CSG_R_PARSE, "no group '%s'", c->s);
	c = csg_node_get(n, "need");
	if ((rc = csg_node_uint(c, 1, 1000000, &need, err)) != CSG_OK)
		return rc;
	if (need > p->groups[*group].n)
		return csg_node_fail(err, c, CSG_R_PARSE,
		    "need is %llu, but group %s has only %zu",
		    (unsigned long long)need, p->groups[*group].name,
		    p->groups[*group].n);
	clause->need = (size_t)need;
	clause->member = p->groups[*group].member;
	return parse_clause_words(n, p, clause, err);
}

static enum csg_rc
parse_quorum(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, const char *name, struct csg_err *err)
{
	struct csg_profile_route *route = &pr->routes[pr->nroutes];
	struct csg_rule *q = &pr->rules[pr->nroutes];
	struct csg_clause *clauses = NULL;
	const struct csg_node *c;
	enum csg_rc rc;

	pr->nroutes++;
	if ((route->name = strdup(name)) == NULL)
		return csg_fail_mem(err);
	if ((clauses = csg_node_array(n, sizeof(*clauses), err)) == NULL)
		return err->rc;
	q->clauses = clauses; /* transferred */
	if ((route->groups = csg_node_array(n, sizeof(size_t), err)) == NULL)
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
parse_days(const struct csg_node *n, bool day[7], struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;
	size_t d;

	if (n == NULL) {
		for (d = 0; d < 7; d++)
			day[d] = true;
		return CSG_OK;
	}
	if (n->n == 0)
		return csg_node_fail(err, n, CSG_R_PARSE, "days is empty");
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "days must be a list of mon ... sun");
		if ((rc = csg_node_word(c, csg_day_words, &d, err)) != CSG_OK)
			return rc;
		day[d] = true;
	}
	return CSG_OK;
}

static enum csg_rc
parse_window(
    const struct csg_node *n, struct csg_window *w, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "days", CSG_SEQ, false },
		{ "hours", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false },
	};
	const struct csg_node *c;
	enum csg_rc rc;

	if (n == NULL)
		return CSG_OK;
	w->set = true;
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = parse_days(csg_node_get(n, "days"), w->day, err)) != CSG_OK)
		return rc;
	if ((c = csg_node_get(n, "hours")) != NULL &&
	    csg_hours_parse(c->s, &w->start, &w->end, err) != CSG_OK)
		return csg_node_prefix(err, c);
	return CSG_OK;
}

/* The keys of a route: in the profile itself, and in each of its routes. */
#define ROUTE_FIELDS \
	{ "quorum", CSG_SEQ, true }, { "voters", CSG_SCALAR, false }, \
	    { "cooling-off", CSG_SCALAR, false }, \
	{ \
		"window", CSG_MAP, false \
	}

static enum csg_rc
parse_route_words(
    const struct csg_node *n, struct csg_rule *q, struct csg_err *err)
{
	static const char *const voters[] = { "quorum", "all", NULL };
	const struct csg_node *c;
	enum csg_rc rc;
	size_t w = 0;

	if ((c = csg_node_get(n, "voters")) != NULL &&
	    (rc = csg_node_word(c, voters, &w, err)) != CSG_OK)
		return rc;
	q->all_vote = w == 1;
	if ((c = csg_node_get(n, "cooling-off")) != NULL &&
	    (rc = csg_node_duration(c, &q->cooling_off, err)) != CSG_OK)
		return rc;
	return parse_window(csg_node_get(n, "window"), &q->window, err);
}

static enum csg_rc
parse_route(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		ROUTE_FIELDS,
		{ "emergency", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false },
	};
	static const char *const truths[] = { "false", "true", NULL };
	const struct csg_node *c;
	enum csg_rc rc;
	size_t w = 0;

	if ((rc = csg_node_map(n, "route", err)) != CSG_OK ||
	    (rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	if (!csg_name_valid(n->key) || strcmp(n->key, "normal") == 0)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "'%s' cannot be the name of an additional route", n->key);
	if ((rc = parse_quorum(
		 csg_node_get(n, "quorum"), p, pr, n->key, err)) != CSG_OK ||
	    (rc = parse_route_words(n, &pr->rules[pr->nroutes - 1], err)) !=
		CSG_OK)
		return rc;
	if ((c = csg_node_get(n, "emergency")) != NULL &&
	    (rc = csg_node_word(c, truths, &w, err)) != CSG_OK)
		return rc;
	pr->routes[pr->nroutes - 1].emergency = w == 1;
	pr->rules[pr->nroutes - 1].last_resort = w == 1;
	pr->routes[pr->nroutes - 1].at =
	    (struct csg_at){ n->key_line, n->key_col };
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
	pr->rules = calloc(max, sizeof(*pr->rules));
	if (pr->routes == NULL || pr->rules == NULL)
		return csg_fail_mem(err);
	if ((rc = parse_quorum(
		 csg_node_get(n, "quorum"), p, pr, "normal", err)) != CSG_OK ||
	    (rc = parse_route_words(n, &pr->rules[0], err)) != CSG_OK ||
	    more == NULL)
		return rc;
	for (c = more->child; c != NULL; c = c->next)
		if ((rc = parse_route(c, p, pr, err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

/* The members of the groups; *out is the caller's. */
static enum csg_rc
find_members(const struct csg_policy *p, const struct csg_groups *groups,
    bool **out, struct csg_err *err)
{
	const bool *member;
	size_t i, u;

	if ((*out = calloc(p->nusers, sizeof(**out))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < groups->n; i++) {
		member = p->groups[groups->g[i]].member;
		for (u = 0; u < p->nusers; u++)
			(*out)[u] = (*out)[u] || member[u];
	}
	return CSG_OK;
}

/* Read who can veto, if not every member of a clause. */
static enum csg_rc
parse_reject(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	enum csg_rc rc;

	if (n == NULL || (rc = parse_groups(n, p, &pr->reject, err)) != CSG_OK)
		return n == NULL ? CSG_OK : rc;
	return find_members(p, &pr->reject, &pr->may_veto, err);
}

static enum csg_rc
parse_limit(
    const struct csg_node *n, struct csg_limit *limit, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "artifacts", CSG_SCALAR, false },
		{ "bytes", CSG_SCALAR, false },
		{ "signatures", CSG_SCALAR, false },
		{ "period", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false },
	};
	uint64_t *values[] = { &limit->artifacts, &limit->bytes,
		&limit->signatures };
	const struct csg_node *c, *period;
	enum csg_rc rc;
	size_t i;

	if (n == NULL)
		return CSG_OK;
	if ((rc = csg_node_schema(n, fields, err)) != CSG_OK)
		return rc;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if ((c = csg_node_get(n, fields[i].name)) != NULL &&
		    (rc = csg_node_uint(c, 1, INT64_MAX, values[i], err)) !=
			CSG_OK)
			return rc;
	period = csg_node_get(n, "period");
	if ((period != NULL) != (limit->signatures != 0))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "signatures and period must be given together");
	return period == NULL ? CSG_OK :
				csg_node_duration(period, &limit->period, err);
}

static enum csg_rc
parse_names(
    const struct csg_node *n, struct csg_profile *pr, struct csg_err *err)
{
	const struct csg_node *c;
	enum csg_rc rc;

	if (n == NULL)
		return CSG_OK;
	if ((pr->names = csg_node_array(n, sizeof(*pr->names), err)) == NULL)
		return err->rc;
	for (c = n->child; c != NULL; c = c->next) {
		if (c->type != CSG_SCALAR || c->len == 0)
			return csg_node_fail(err, c, CSG_R_PARSE,
			    "names must be a list of patterns such as '*.bin'");
		if ((rc = csg_node_text(c, &pr->names[pr->nnames], err)) !=
		    CSG_OK)
			return rc;
		pr->nnames++;
	}
	return CSG_OK;
}

/* Can people other than one of these requesters fill the rule? */
static enum csg_rc
is_reachable(const struct csg_rule *rule, size_t users, const bool *requesters,
    bool *out, struct csg_err *err)
{
	bool *spare = calloc(users, sizeof(*spare));
	size_t u;
	enum csg_rc rc;

	*out = false;
	if (spare == NULL)
		return csg_fail_mem(err);
	rc = csg_reach_find(rule, users, NULL, spare, err);
	for (u = 0; u < users && rc == CSG_OK && !*out; u++)
		*out = requesters[u] && spare[u];
	free(spare);
	return rc;
}

/*
 * For every route there must be a requester without whom all its clauses
 * together can be filled.
 */
static enum csg_rc
check_reach(const struct csg_node *n, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_err *err)
{
	bool *requesters, reach = true;
	size_t r;
	enum csg_rc rc;

	if ((rc = find_members(p, &pr->requesters, &requesters, err)) != CSG_OK)
		return rc;
	for (r = 0; r < pr->nroutes && rc == CSG_OK; r++) {
		rc = is_reachable(
		    &pr->rules[r], p->nusers, requesters, &reach, err);
		if (rc == CSG_OK && !reach)
			rc = csg_node_fail(err, n, CSG_R_PARSE,
			    "profile %s: no requester could ever reach the quorum of route %s",
			    pr->name, pr->routes[r].name);
	}
	free(requesters);
	return rc;
}

static enum csg_rc
parse_lifetime(
    const struct csg_node *n, struct csg_profile *pr, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		{ "request", CSG_SCALAR, false },
		{ "endorsement", CSG_SCALAR, false },
		{ NULL, CSG_SCALAR, false },
	};
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

/* Check that the profile's name, key and format go together. */
static enum csg_rc
check_purpose(const struct csg_node *n, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_err *err)
{
	bool is_policy = strcmp(pr->name, "policy") == 0;
	size_t i;

	if (is_policy != (pr->format == CSG_FORMAT_POLICY) ||
	    is_policy != (pr->key == p->policy_key))
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the profile 'policy', the key 'policy' and the format 'policy' can only be used together");
	if (pr->key == p->ledger_key)
		return csg_node_fail(err, n, CSG_R_PARSE,
		    "the key 'ledger' cannot serve a profile");
	for (i = 0; &p->profiles[i] != pr; i++)
		if (p->profiles[i].key == pr->key)
			return csg_node_fail(err, n, CSG_R_PARSE,
			    "profiles %s and %s share the key %s; a key can serve only one profile",
			    p->profiles[i].name, pr->name,
			    p->keys[pr->key].name);
	return CSG_OK;
}

/* Read the profile's key and format, and whether blind votes count. */
static enum csg_rc
parse_purpose(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	static const char *const inspects[] = { "required", "optional", NULL };
	const struct csg_node *c = csg_node_get(n, "key");
	enum csg_rc rc;
	size_t w;

	if ((pr->key = csg_policy_key(p, c->s)) == CSG_NONE)
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
	return check_purpose(n, p, pr, err);
}

enum csg_rc
csg_profile_read(const struct csg_node *n, const struct csg_policy *p,
    struct csg_profile *pr, struct csg_err *err)
{
	static const struct csg_field fields[] = {
		ROUTE_FIELDS,
		{ "key", CSG_SCALAR, true },
		{ "format", CSG_SCALAR, true },
		{ "requesters", CSG_SEQ, true },
		{ "routes", CSG_MAP, false },
		{ "reject", CSG_SEQ, false },
		{ "operators", CSG_SEQ, false },
		{ "inspect", CSG_SCALAR, false },
		{ "lifetime", CSG_MAP, false },
		{ "limit", CSG_MAP, false },
		{ "names", CSG_SEQ, false },
		{ NULL, CSG_SCALAR, false },
	};
	enum csg_rc rc;

	if ((rc = csg_node_map(n, "profile", err)) != CSG_OK ||
	    (rc = csg_node_key(n, "profile", &pr->name, &pr->at, err)) !=
		CSG_OK ||
	    (rc = csg_node_schema(n, fields, err)) != CSG_OK ||
	    (rc = parse_purpose(n, p, pr, err)) != CSG_OK ||
	    (rc = parse_groups(csg_node_get(n, "requesters"), p,
		 &pr->requesters, err)) != CSG_OK ||
	    (rc = parse_routes(n, p, pr, err)) != CSG_OK ||
	    (rc = parse_reject(csg_node_get(n, "reject"), p, pr, err)) !=
		CSG_OK ||
	    (rc = parse_groups(csg_node_get(n, "operators"), p, &pr->operators,
		 err)) != CSG_OK ||
	    (rc = parse_lifetime(csg_node_get(n, "lifetime"), pr, err)) !=
		CSG_OK ||
	    (rc = parse_limit(csg_node_get(n, "limit"), &pr->limit, err)) !=
		CSG_OK ||
	    (rc = parse_names(csg_node_get(n, "names"), pr, err)) != CSG_OK)
		return rc;
	return check_reach(n, p, pr, err);
}
