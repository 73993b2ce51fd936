#include <stdlib.h>
#include <string.h>

#include "lib/explain/diff.h"
#include "lib/explain/diff_keys.h"
#include "lib/explain/diff_profile.h"
#include "lib/explain/phrase.h"

const char *const csg_severity_words[] = {
	"weaker",
	"stronger",
	"neutral",
	NULL,
};

/* ---- the policy itself ---- */

static void
diff_identity(struct csg_diff *d)
{
	const struct csg_policy *a = d->old, *b = d->new;
	char from[CSG_TIME_LEN], to[CSG_TIME_LEN];

	if (strcmp(a->name, b->name) != 0)
		csg_diff_say(d, CSG_NEUTRAL,
		    "the policy is named %s instead of %s", b->name, a->name);
	if (a->epoch != b->epoch)
		csg_diff_say(d, csg_diff_side(b->epoch > a->epoch),
		    "the ledger is in epoch %llu instead of %llu: heads seen before are no longer compared",
		    (unsigned long long)b->epoch, (unsigned long long)a->epoch);
	/* every renewal expires later, so this is neutral: it must not be
	 * listed before the changes that matter */
	if (a->expires != b->expires)
		csg_diff_say(d, CSG_NEUTRAL,
		    "the policy expires at %s instead of %s",
		    csg_time_format(b->expires, to),
		    csg_time_format(a->expires, from));
}

static void
diff_statements(struct csg_diff *d)
{
	size_t i;

	for (i = 0; i < d->new->nstatements; i++)
		if (csg_policy_statement(d->old, d->new->statements[i]) == 0)
			csg_diff_say(d, CSG_NEUTRAL, "votes can now state '%s'",
			    d->new->statements[i]);
	for (i = 0; i < d->old->nstatements; i++)
		if (csg_policy_statement(d->new, d->old->statements[i]) == 0)
			csg_diff_say(d, CSG_NEUTRAL,
			    "votes can no longer state '%s'",
			    d->old->statements[i]);
}

/* ---- groups ---- */

/* A membership that one policy has (with) and the other lacks (without);
 * user_without may be CSG_NONE. */
struct membership {
	const struct csg_policy *with, *without;
	const struct csg_group *group;
	size_t user, user_without;
	size_t said; /* powers gained or lost */
};

static void
add_power(struct csg_diff *d, struct membership *m, const char *lead,
    const char *verb, const char *profile)
{
	csg_buf_printf(
	    &d->s, "%s%s %s", m->said++ == 0 ? lead : ", ", verb, profile);
}

/* Add what only the membership allows under a profile. */
static void
add_powers(struct csg_diff *d, struct membership *m, const char *lead,
    const struct csg_profile *pr)
{
	const struct csg_profile *other =
	    csg_policy_profile(m->without, pr->name);
	bool known = other != NULL && m->user_without != CSG_NONE;

	if (csg_diff_in_rule(m->with, pr, m->group->name)) {
		add_power(d, m, lead, "approve", pr->name);
		if (known && csg_policy_may_endorse(other, m->user_without))
			csg_buf_printf(&d->s, " as one of %s", m->group->name);
	}
	if (csg_diff_in_list(m->with, &pr->requesters, m->group->name) &&
	    !(known &&
		csg_policy_may_request(m->without, other, m->user_without)))
		add_power(d, m, lead, "make requests under", pr->name);
	if (csg_diff_in_list(m->with, &pr->operators, m->group->name) &&
	    !(known &&
		csg_policy_in_groups(
		    m->without, &other->operators, m->user_without)))
		add_power(d, m, lead, "run csg-sign for", pr->name);
}

static void
diff_membership(struct csg_diff *d, struct membership *m, bool joins)
{
	const char *lead = joins ? ", and so can " : ", and so can no longer ";
	size_t i;

	csg_buf_printf(&d->s, "%s %s %s", m->with->users[m->user].name,
	    joins ? "becomes a member of" : "leaves", m->group->name);
	for (i = 0; i < m->with->nprofiles; i++)
		add_powers(d, m, lead, &m->with->profiles[i]);
	csg_diff_end(d, m->said > 0 ? csg_diff_side(joins) : CSG_NEUTRAL);
}

/* Members of the group in "with" who are not in "without". */
static void
diff_members(struct csg_diff *d, const struct csg_policy *with,
    const struct csg_policy *without, size_t group, size_t group_without,
    bool joins)
{
	struct membership m = { with, without, &with->groups[group], 0, 0, 0 };

	for (m.user = 0; m.user < with->nusers; m.user++) {
		if (!m.group->member[m.user])
			continue;
		m.said = 0;
		m.user_without =
		    csg_policy_user(without, with->users[m.user].name);
		if (m.user_without == CSG_NONE ||
		    !without->groups[group_without].member[m.user_without])
			diff_membership(d, &m, joins);
	}
}

static void
diff_groups(struct csg_diff *d)
{
	size_t g, other;

	for (g = 0; g < d->new->ngroups; g++) {
		other = csg_policy_group(d->old, d->new->groups[g].name);
		if (other != CSG_NONE) {
			diff_members(d, d->new, d->old, g, other, true);
			diff_members(d, d->old, d->new, other, g, false);
			continue;
		}
		csg_buf_printf(
		    &d->s, "a new group %s: ", d->new->groups[g].name);
		csg_diff_people(d, d->new, d->new->groups[g].member);
		csg_diff_end(d, CSG_NEUTRAL);
	}
	for (g = 0; g < d->old->ngroups; g++) {
		if (csg_policy_group(d->new, d->old->groups[g].name) !=
		    CSG_NONE)
			continue;
		csg_buf_printf(
		    &d->s, "the group %s is removed: ", d->old->groups[g].name);
		csg_diff_people(d, d->old, d->old->groups[g].member);
		csg_diff_end(d, CSG_NEUTRAL);
	}
}

/* ---- profiles ---- */

static void
describe_profile(struct csg_diff *d, const struct csg_policy *p,
    const struct csg_profile *pr)
{
	size_t r;

	csg_buf_printf(&d->s, "%s with the ", csg_phrase_format(pr->format));
	csg_phrase_key(&d->s, &p->keys[pr->key]);
	csg_buf_puts(&d->s, "; any of ");
	csg_phrase_groups(&d->s, p, &pr->requesters, "or");
	csg_buf_puts(&d->s, " may make requests");
	for (r = 0; r < pr->nroutes; r++) {
		csg_buf_printf(&d->s, "; route %s: ", pr->routes[r].name);
		csg_diff_add_route(d, p, pr, r);
	}
}

static void
diff_profiles(struct csg_diff *d)
{
	const struct csg_profile *pr, *other;
	size_t i;

	for (i = 0; i < d->new->nprofiles; i++) {
		pr = &d->new->profiles[i];
		other = csg_policy_profile(d->old, pr->name);
		if (other != NULL) {
			csg_diff_profile(d, other, pr);
			continue;
		}
		csg_buf_printf(&d->s, "a new profile %s: ", pr->name);
		describe_profile(d, d->new, pr);
		csg_diff_end(d, CSG_WEAKER);
	}
	for (i = 0; i < d->old->nprofiles; i++) {
		pr = &d->old->profiles[i];
		if (csg_policy_profile(d->new, pr->name) != NULL)
			continue;
		csg_buf_printf(&d->s, "the profile %s is removed: ", pr->name);
		describe_profile(d, d->old, pr);
		csg_diff_end(d, CSG_STRONGER);
	}
}
/* ---- all together ---- */

/* Sort by severity; within one severity the order stays. */
static enum csg_rc
sort_changes(struct csg_changes *c, struct csg_err *err)
{
	struct csg_change *v = calloc(c->n + 1, sizeof(*v));
	size_t i, k = 0;
	unsigned s;

	if (v == NULL)
		return csg_fail_mem(err);
	for (s = CSG_WEAKER; s <= CSG_NEUTRAL; s++)
		for (i = 0; i < c->n; i++)
			if (c->v[i].severity == s)
				v[k++] = c->v[i];
	free(c->v);
	c->v = v;
	return CSG_OK;
}

void
csg_changes_clear(struct csg_changes *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->v[i].text);
	free(c->v);
	memset(c, 0, sizeof(*c));
}

enum csg_rc
csg_policy_diff(const struct csg_policy *old, const struct csg_policy *new,
    struct csg_changes *out, struct csg_err *err)
{
	struct csg_diff d = { .old = old, .new = new, .out = out };
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	diff_identity(&d);
	diff_profiles(&d);
	diff_groups(&d);
	csg_diff_users(&d);
	csg_diff_keys(&d);
	csg_diff_revoked(&d);
	diff_statements(&d);
	csg_buf_free(&d.s);
	rc = d.failed ? csg_fail_mem(err) : sort_changes(out, err);
	if (rc != CSG_OK)
		csg_changes_clear(out);
	return rc;
}
