#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/policy/policy.h"
#include "lib/base/time.h"

const char *const csg_format_words[] = { "policy", "cms", "raw", NULL };

size_t
csg_policy_user(const struct csg_policy *p, const char *name)
{
	size_t i = csg_index_find(&p->by_user, &name);

	return i != CSG_NONE && strcmp(p->users[i].name, name) == 0 ? i :
								      CSG_NONE;
}

size_t
csg_policy_group(const struct csg_policy *p, const char *name)
{
	return csg_index_find(&p->by_group, &name);
}

size_t
csg_policy_key(const struct csg_policy *p, const char *name)
{
	return csg_index_find(&p->by_key, &name);
}

const struct csg_profile *
csg_policy_profile(const struct csg_policy *p, const char *name)
{
	size_t i = csg_index_find(&p->by_profile, &name);

	return i != CSG_NONE ? &p->profiles[i] : NULL;
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
	return CSG_NONE;
}

unsigned
csg_policy_statement(const struct csg_policy *p, const char *name)
{
	size_t i = csg_index_find(&p->by_statement, &name);

	return i != CSG_NONE ? (unsigned)i + 1 : 0;
}

bool
csg_policy_in_groups(
    const struct csg_policy *p, const struct csg_groups *groups, size_t user)
{
	size_t i;

	for (i = 0; i < groups->n; i++)
		if (p->groups[groups->g[i]].member[user])
			return true;
	return false;
}

bool
csg_policy_may_request(
    const struct csg_policy *p, const struct csg_profile *pr, size_t user)
{
	return csg_policy_in_groups(p, &pr->requesters, user);
}

bool
csg_policy_may_endorse(const struct csg_profile *pr, size_t user)
{
	size_t r, c;

	for (r = 0; r < pr->nroutes; r++)
		for (c = 0; c < pr->rules[r].nclauses; c++)
			if (pr->rules[r].clauses[c].member[user])
				return true;
	return false;
}

bool
csg_policy_may_reject(const struct csg_profile *pr, size_t user)
{
	return pr->may_veto != NULL ? pr->may_veto[user] :
				      csg_policy_may_endorse(pr, user);
}

bool
csg_policy_name_fits(const struct csg_profile *pr, const char *name)
{
	size_t i;

	for (i = 0; i < pr->nnames; i++)
		if (fnmatch(pr->names[i], name, FNM_PATHNAME) == 0)
			return true;
	return pr->nnames == 0;
}

const struct csg_revocation *
csg_policy_revoked(const struct csg_policy *p, const struct csg_id *spki)
{
	size_t i = csg_index_find(&p->by_revoked, spki);

	return i != CSG_NONE ? &p->revoked[i] : NULL;
}

bool
csg_policy_compromised(
    const struct csg_policy *newest, const struct csg_id *spki, int64_t t)
{
	const struct csg_revocation *r;

	return newest != NULL &&
	    (r = csg_policy_revoked(newest, spki)) != NULL && r->compromised &&
	    t >= r->since;
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
		    "policy %s version %llu expired at %s; it serves only the profile policy now",
		    p->name, (unsigned long long)p->version,
		    csg_time_format(p->expires, when));
	return CSG_OK;
}

static void
free_profile(struct csg_profile *pr)
{
	size_t r, i;

	for (r = 0; r < pr->nroutes; r++) {
		free(pr->routes[r].name);
		free(pr->routes[r].groups);
		free((void *)(uintptr_t)pr->rules[r].clauses);
	}
	for (i = 0; i < pr->nnames; i++)
		free(pr->names[i]);
	free(pr->names);
	free(pr->name);
	free(pr->requesters.g);
	free(pr->reject.g);
	free(pr->may_veto);
	free(pr->operators.g);
	free(pr->routes);
	free(pr->rules);
}

void
csg_policy_free(struct csg_policy *p)
{
	size_t i;

	if (p == NULL)
		return;
	csg_index_clear(&p->by_user);
	csg_index_clear(&p->by_group);
	csg_index_clear(&p->by_key);
	csg_index_clear(&p->by_statement);
	csg_index_clear(&p->by_profile);
	csg_index_clear(&p->by_revoked);
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
	for (i = 0; i < p->nstatements; i++)
		free(p->statements[i]);
	for (i = 0; i < p->nprofiles; i++)
		free_profile(&p->profiles[i]);
	free(p->name);
	free(p->users);
	free(p->groups);
	free(p->keys);
	free(p->statements);
	free(p->profiles);
	free(p->revoked);
	free(p);
}
