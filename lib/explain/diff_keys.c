#include <stdio.h>
#include <string.h>

#include "lib/explain/diff_keys.h"
#include "lib/explain/phrase.h"

/* ---- certificates ---- */

/* A different certificate for the same key: its validity is compared. */
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
	    "%s has a different certificate %s for the same key: valid from %s to %s instead of %s to %s",
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

/* Append who had the key in the old policy. */
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

/* Does the user have a part in the profile, other than a veto? */
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
		csg_buf_puts(&d->s, "removed");
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

void
csg_diff_users(struct csg_diff *d)
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
add_signing_key(struct csg_diff *d, const struct csg_key *k)
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
		    &d->s, "the signing key %s is replaced: ", b->name);
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
		    "the signing key %s now signs with %s", b->name,
		    b->pss ? "RSA-PSS" : "RSA PKCS#1 v1.5");
	if (strcmp(a->uri, b->uri) != 0) {
		csg_buf_printf(&d->s, "the signing key %s is at ", b->name);
		csg_phrase_quote(&d->s, b->uri);
		csg_buf_puts(&d->s, " instead of ");
		csg_phrase_quote(&d->s, a->uri);
		csg_diff_end(d, CSG_NEUTRAL);
	}
}

void
csg_diff_keys(struct csg_diff *d)
{
	size_t k, other;

	for (k = 0; k < d->new->nkeys; k++) {
		other = csg_policy_key(d->old, d->new->keys[k].name);
		if (other != CSG_NONE) {
			diff_key(d, &d->old->keys[other], &d->new->keys[k]);
			continue;
		}
		csg_buf_puts(&d->s, "a new signing ");
		add_signing_key(d, &d->new->keys[k]);
		add_owner(d, &d->new->keys[k].cert->spki);
		csg_diff_end(d, CSG_NEUTRAL);
	}
	for (k = 0; k < d->old->nkeys; k++) {
		if (csg_policy_key(d->new, d->old->keys[k].name) != CSG_NONE)
			continue;
		csg_buf_puts(&d->s, "removed: signing ");
		add_signing_key(d, &d->old->keys[k]);
		csg_diff_end(d, CSG_NEUTRAL);
	}
}

/* ---- revoked keys ---- */

static const char *
revocation_cause(const struct csg_revocation *r)
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
		    "the revoked key %s counts as revoked since %s instead of %s",
		    csg_id_format(&b->spki, id), csg_time_format(b->since, to),
		    csg_time_format(a->since, from));
	if (a->compromised != b->compromised)
		csg_diff_say(d, csg_diff_side(a->compromised),
		    "the revoked key %s counts as '%s' instead of '%s'",
		    csg_id_format(&b->spki, id), revocation_cause(b),
		    revocation_cause(a));
}

void
csg_diff_revoked(struct csg_diff *d)
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
		    csg_time_format(r->since, when), revocation_cause(r),
		    csg_id_format(&r->spki, id));
		add_owner(d, &r->spki);
		csg_diff_end(d, CSG_STRONGER);
	}
	for (i = 0; i < d->old->nrevoked; i++) {
		r = &d->old->revoked[i];
		if (csg_policy_revoked(d->new, &r->spki) == NULL)
			csg_diff_say(d, CSG_WEAKER,
			    "no longer revoked since %s (%s): the key %s",
			    csg_time_format(r->since, when),
			    revocation_cause(r), csg_id_format(&r->spki, id));
	}
}
