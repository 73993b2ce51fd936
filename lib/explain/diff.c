#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/phrase.h"
#include "lib/explain/diff_profile.h"
#include "lib/base/text.h"

const char *const csg_severity_words[] = { "weaker", "stronger", "neutral",
	NULL };

/* ---- the list ---- */

void
csg_diff_end(struct csg_diff *d, enum csg_severity severity)
{
	struct csg_changes *out = d->out;
	struct csg_change *v = NULL;
	char *text;

	text = d->s.failed ? NULL : strdup(csg_buf_str(&d->s));
	if (text != NULL)
		v = realloc(out->v, (out->n + 1) * sizeof(*v));
	if (v != NULL) {
		v[out->n++] = (struct csg_change){ severity, text };
		out->count[severity]++;
		out->v = v;
	} else {
		d->failed = true;
		free(text);
	}
	csg_buf_free(&d->s);
}

void
csg_diff_say(
    struct csg_diff *d, enum csg_severity severity, const char *fmt, ...)
{
	char *to;
	int n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	to = n < 0 ? NULL : csg_buf_reserve(&d->s, (size_t)n);
	if (to != NULL) {
		va_start(ap, fmt);
		(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
		va_end(ap);
		d->s.len += (size_t)n;
	}
	csg_diff_end(d, severity);
}

enum csg_severity
csg_diff_side(bool weaker)
{
	return weaker ? CSG_WEAKER : CSG_STRONGER;
}

void
csg_diff_people(struct csg_diff *d, const struct csg_policy *p, const bool *set)
{
	size_t u, i = 0, n = 0;

	for (u = 0; u < p->nusers; u++)
		n += set[u];
	for (u = 0; u < p->nusers; u++)
		if (set[u]) {
			csg_phrase_join(&d->s, i++, n, "and");
			csg_buf_puts(&d->s, p->users[u].name);
		}
}

/* Stable: within a severity as found. */
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

/* ---- the policy itself ---- */

static void
diff_identity(struct csg_diff *d)
{
	const struct csg_policy *a = d->old, *b = d->new;
	char from[CSG_TIME_LEN], to[CSG_TIME_LEN];

	if (strcmp(a->name, b->name) != 0)
		csg_diff_say(d, CSG_NEUTRAL,
		    "the policy is named %s instead of %s", b->name, a->name);
	/* every renewal has a later end: no news that should hide others */
	if (a->epoch != b->epoch)
		csg_diff_say(d, csg_diff_side(b->epoch > a->epoch),
		    "the ledger is in epoch %llu instead of %llu: what was "
		    "seen of it before is no longer compared",
		    (unsigned long long)b->epoch, (unsigned long long)a->epoch);
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
			csg_diff_say(d, CSG_NEUTRAL, "votes can state '%s' now",
			    d->new->statements[i]);
	for (i = 0; i < d->old->nstatements; i++)
		if (csg_policy_statement(d->new, d->old->statements[i]) == 0)
			csg_diff_say(d, CSG_NEUTRAL,
			    "votes can no longer state '%s'",
			    d->old->statements[i]);
}

/* ---- groups ---- */

/* Can the user do something under the profile, other than to veto? */
static bool
has_part(const struct csg_policy *p, const struct csg_profile *pr, size_t user)
{
	return csg_policy_may_request(p, pr, user) ||
	    csg_policy_may_endorse(pr, user) ||
	    csg_policy_in_groups(p, &pr->operators, user);
}

static bool
has_power(const struct csg_policy *p, size_t user)
{
	size_t i;

	for (i = 0; i < p->nprofiles; i++)
		if (has_part(p, &p->profiles[i], user))
			return true;
	return false;
}

/*
 * One way of the membership: with is the policy that has the user in the
 * group, without the other; user_without may be CSG_NONE.
 */
struct membership {
	const struct csg_policy *with, *without;
	const struct csg_group *group;
	size_t user, user_without;
	size_t said; /* powers that came or went */
};

static void
add_power(struct csg_diff *d, struct membership *m, const char *lead,
    const char *verb, const char *profile)
{
	csg_buf_printf(
	    &d->s, "%s%s %s", m->said++ == 0 ? lead : ", ", verb, profile);
}

/* What the membership alone brings under a profile, each said once. */
static void
add_powers(struct csg_diff *d, struct membership *m, const char *lead,
    const struct csg_profile *pr)
{
	const struct csg_profile *other =
	    csg_policy_profile(m->without, pr->name);
	bool known = other != NULL && m->user_without != CSG_NONE;

	if (csg_diff_asks(m->with, pr, m->group->name)) {
		add_power(d, m, lead, "approve", pr->name);
		if (known && csg_policy_may_endorse(other, m->user_without))
			csg_buf_printf(&d->s, " as one of %s", m->group->name);
	}
	if (csg_diff_lists(m->with, &pr->requesters, m->group->name) &&
	    !(known &&
		csg_policy_may_request(m->without, other, m->user_without)))
		add_power(d, m, lead, "ask under", pr->name);
	if (csg_diff_lists(m->with, &pr->operators, m->group->name) &&
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

/* Members of the group in with who aren't in without. */
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
		    &d->s, "the group %s is gone: ", d->old->groups[g].name);
		csg_diff_people(d, d->old, d->old->groups[g].member);
		csg_diff_end(d, CSG_NEUTRAL);
	}
}

/* ---- certificates ---- */

/* The same key in another certificate: how long it serves is what counts. */
static void
diff_validity(struct csg_diff *d, const char *whose, const struct csg_cert *a,
    const struct csg_cert *b)
{
	char t[4][CSG_TIME_LEN], id[CSG_ID_TEXT];
	enum csg_severity s = CSG_NEUTRAL;

	if (csg_id_equal(&a->sha256, &b->sha256))
		return;
	if (a->not_after != b->not_after)
		s = csg_diff_side(b->not_after > a->not_after);
	else if (a->not_before != b->not_before)
		s = csg_diff_side(b->not_before < a->not_before);
	csg_diff_say(d, s,
	    "%s has another certificate %s for the same key: valid from %s to "
	    "%s instead of %s to %s",
	    whose, csg_id_format(&b->sha256, id),
	    csg_time_format(b->not_before, t[0]),
	    csg_time_format(b->not_after, t[1]),
	    csg_time_format(a->not_before, t[2]),
	    csg_time_format(a->not_after, t[3]));
}

static const struct csg_cert *
find_cert(const struct csg_user *u, const struct csg_id *spki)
{
	size_t i;

	for (i = 0; i < u->ncerts; i++)
		if (csg_id_equal(&u->certs[i]->spki, spki))
			return u->certs[i];
	return NULL;
}

/* Whose was it before? */
static void
add_owner(struct csg_diff *d, const struct csg_id *spki)
{
	size_t i = csg_policy_owner(d->old, spki, NULL);

	if (i != CSG_NONE)
		csg_buf_printf(
		    &d->s, ", which was %s's until now", d->old->users[i].name);
	for (i = 0; i < d->old->nkeys; i++)
		if (csg_id_equal(&d->old->keys[i].cert->spki, spki))
			csg_buf_printf(&d->s,
			    ", which was the key %s until now",
			    d->old->keys[i].name);
}

/* "key sha256:... (p256)" */
static void
add_cert(struct csg_diff *d, const struct csg_cert *c)
{
	char id[CSG_ID_TEXT];

	csg_buf_printf(&d->s, "key %s (%s)", csg_id_format(&c->spki, id),
	    csg_cert_keytype(c));
}

/* ---- users ---- */

static void
diff_certs(struct csg_diff *d, size_t old, size_t new)
{
	const struct csg_user *a = &d->old->users[old],
			      *b = &d->new->users[new];
	const struct csg_cert *same;
	size_t i;

	for (i = 0; i < b->ncerts; i++) {
		if ((same = find_cert(a, &b->certs[i]->spki)) != NULL) {
			diff_validity(d, b->name, same, b->certs[i]);
			continue;
		}
		csg_buf_printf(&d->s, "%s has a new ", b->name);
		add_cert(d, b->certs[i]);
		add_owner(d, &b->certs[i]->spki);
		csg_diff_end(
		    d, has_power(d->new, new) ? CSG_WEAKER : CSG_NEUTRAL);
	}
	for (i = 0; i < a->ncerts; i++) {
		if (find_cert(b, &a->certs[i]->spki) != NULL)
			continue;
		csg_buf_printf(&d->s, "%s no longer has the ", a->name);
		add_cert(d, a->certs[i]);
		csg_diff_end(
		    d, has_power(d->old, old) ? CSG_STRONGER : CSG_NEUTRAL);
	}
}

static void
diff_email(
    struct csg_diff *d, const struct csg_user *a, const struct csg_user *b)
{
	const char *was = a->email, *is = b->email;

	if (was == is || (was != NULL && is != NULL && strcmp(was, is) == 0))
		return;
	csg_buf_printf(&d->s, "%s's e-mail address is ", b->name);
	if (is == NULL)
		csg_buf_puts(&d->s, "gone");
	else
		csg_phrase_quote(&d->s, is);
	if (was != NULL) {
		csg_buf_puts(&d->s, is == NULL ? ": " : " instead of ");
		csg_phrase_quote(&d->s, was);
	}
	csg_diff_end(d, CSG_NEUTRAL);
}

static void
add_user_keys(struct csg_diff *d, const struct csg_user *u)
{
	size_t i;

	for (i = 0; i < u->ncerts; i++) {
		csg_buf_puts(&d->s, i == 0 ? ": " : ", ");
		add_cert(d, u->certs[i]);
	}
}

static void
diff_new_user(struct csg_diff *d, size_t new)
{
	const struct csg_user *u = &d->new->users[new];
	size_t i;

	csg_buf_printf(&d->s, "%s is new", u->name);
	if (u->email != NULL) {
		csg_buf_puts(&d->s, ", e-mail address ");
		csg_phrase_quote(&d->s, u->email);
	}
	for (i = 0; i < u->ncerts; i++) {
		csg_buf_puts(&d->s, i == 0 ? ": " : ", ");
		add_cert(d, u->certs[i]);
		add_owner(d, &u->certs[i]->spki);
	}
	csg_diff_end(d, has_power(d->new, new) ? CSG_WEAKER : CSG_NEUTRAL);
}

static void
diff_users(struct csg_diff *d)
{
	size_t u, other;

	for (u = 0; u < d->new->nusers; u++) {
		other = csg_policy_user(d->old, d->new->users[u].name);
		if (other == CSG_NONE) {
			diff_new_user(d, u);
			continue;
		}
		diff_certs(d, other, u);
		diff_email(d, &d->old->users[other], &d->new->users[u]);
	}
	for (u = 0; u < d->old->nusers; u++) {
		if (csg_policy_user(d->new, d->old->users[u].name) != CSG_NONE)
			continue;
		csg_buf_printf(&d->s, "%s is no longer in the policy",
		    d->old->users[u].name);
		add_user_keys(d, &d->old->users[u]);
		csg_diff_end(
		    d, has_power(d->old, u) ? CSG_STRONGER : CSG_NEUTRAL);
	}
}

/* ---- signing keys ---- */

static void
add_key(struct csg_diff *d, const struct csg_key *k)
{
	csg_phrase_key(&d->s, k);
	csg_buf_puts(&d->s, " at ");
	csg_phrase_quote(&d->s, k->uri);
}

static void
diff_key(struct csg_diff *d, const struct csg_key *a, const struct csg_key *b)
{
	char whose[128];

	if (!csg_id_equal(&a->cert->spki, &b->cert->spki)) {
		csg_buf_printf(
		    &d->s, "the signing key %s is another one: ", b->name);
		add_cert(d, b->cert);
		add_owner(d, &b->cert->spki);
		csg_buf_puts(&d->s, " instead of ");
		add_cert(d, a->cert);
		csg_diff_end(d, CSG_NEUTRAL);
	} else {
		(void)snprintf(
		    whose, sizeof(whose), "the signing key %s", b->name);
		diff_validity(d, whose, a->cert, b->cert);
	}
	if (a->pss != b->pss)
		csg_diff_say(d, CSG_NEUTRAL,
		    "the signing key %s signs with %s now", b->name,
		    b->pss ? "RSA-PSS" : "RSA PKCS#1 v1.5");
	if (strcmp(a->uri, b->uri) != 0) {
		csg_buf_printf(&d->s, "the signing key %s is at ", b->name);
		csg_phrase_quote(&d->s, b->uri);
		csg_buf_puts(&d->s, " instead of ");
		csg_phrase_quote(&d->s, a->uri);
		csg_diff_end(d, CSG_NEUTRAL);
	}
}

static void
diff_keys(struct csg_diff *d)
{
	size_t k, other;

	for (k = 0; k < d->new->nkeys; k++) {
		other = csg_policy_key(d->old, d->new->keys[k].name);
		if (other != CSG_NONE) {
			diff_key(d, &d->old->keys[other], &d->new->keys[k]);
			continue;
		}
		csg_buf_puts(&d->s, "a new signing ");
		add_key(d, &d->new->keys[k]);
		add_owner(d, &d->new->keys[k].cert->spki);
		csg_diff_end(d, CSG_NEUTRAL);
	}
	for (k = 0; k < d->old->nkeys; k++) {
		if (csg_policy_key(d->new, d->old->keys[k].name) != CSG_NONE)
			continue;
		csg_buf_puts(&d->s, "no more signing ");
		add_key(d, &d->old->keys[k]);
		csg_diff_end(d, CSG_NEUTRAL);
	}
}

/* ---- revoked keys ---- */

static const char *
cause(const struct csg_revocation *r)
{
	return r->compromised ? "compromised" : "left";
}

static void
diff_revocation(struct csg_diff *d, const struct csg_revocation *a,
    const struct csg_revocation *b)
{
	char id[CSG_ID_TEXT], from[CSG_TIME_LEN], to[CSG_TIME_LEN];

	if (a->since != b->since)
		csg_diff_say(d, csg_diff_side(b->since > a->since),
		    "the revoked key %s counts as revoked since %s instead of "
		    "%s",
		    csg_id_format(&b->spki, id), csg_time_format(b->since, to),
		    csg_time_format(a->since, from));
	if (a->compromised != b->compromised)
		csg_diff_say(d, csg_diff_side(a->compromised),
		    "the revoked key %s counts as '%s' instead of '%s'",
		    csg_id_format(&b->spki, id), cause(b), cause(a));
}

static void
diff_revoked(struct csg_diff *d)
{
	const struct csg_revocation *r, *other;
	char id[CSG_ID_TEXT], when[CSG_TIME_LEN];
	size_t i;

	for (i = 0; i < d->new->nrevoked; i++) {
		r = &d->new->revoked[i];
		other = csg_policy_revoked(d->old, &r->spki);
		if (other != NULL) {
			diff_revocation(d, other, r);
			continue;
		}
		csg_buf_printf(&d->s, "revoked since %s (%s): the key %s",
		    csg_time_format(r->since, when), cause(r),
		    csg_id_format(&r->spki, id));
		add_owner(d, &r->spki);
		csg_diff_end(d, CSG_STRONGER);
	}
	for (i = 0; i < d->old->nrevoked; i++) {
		r = &d->old->revoked[i];
		if (csg_policy_revoked(d->new, &r->spki) == NULL)
			csg_diff_say(d, CSG_WEAKER,
			    "no longer revoked since %s (%s): the key %s",
			    csg_time_format(r->since, when), cause(r),
			    csg_id_format(&r->spki, id));
	}
}

/* ---- profiles ---- */

static void
add_profile(struct csg_diff *d, const struct csg_policy *p,
    const struct csg_profile *pr)
{
	size_t r;

	csg_buf_printf(&d->s, "%s with the ", csg_phrase_format(pr->format));
	csg_phrase_key(&d->s, &p->keys[pr->key]);
	csg_buf_puts(&d->s, "; any of ");
	csg_phrase_groups(&d->s, p, &pr->requesters, "or");
	csg_buf_puts(&d->s, " may ask");
	for (r = 0; r < pr->nroutes; r++) {
		csg_buf_printf(&d->s, "; route %s: ", pr->routes[r].name);
		csg_diff_route(d, p, pr, r);
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
		add_profile(d, d->new, pr);
		csg_diff_end(d, CSG_WEAKER);
	}
	for (i = 0; i < d->old->nprofiles; i++) {
		pr = &d->old->profiles[i];
		if (csg_policy_profile(d->new, pr->name) != NULL)
			continue;
		csg_buf_printf(&d->s, "the profile %s is gone: ", pr->name);
		add_profile(d, d->old, pr);
		csg_diff_end(d, CSG_STRONGER);
	}
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
	diff_users(&d);
	diff_keys(&d);
	diff_revoked(&d);
	diff_statements(&d);
	csg_buf_free(&d.s);
	rc = d.failed ? csg_fail_mem(err) : sort_changes(out, err);
	if (rc != CSG_OK)
		csg_changes_clear(out);
	return rc;
}
