#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/explain/diff_profile.h"
#include "lib/explain/diff_rule.h"
#include "lib/explain/phrase.h"

/* ---- key, format, groups in lists ---- */

static void
diff_purpose(const struct csg_diff_pair *x)
{
	const struct csg_key *a = &x->d->old->keys[x->a->key],
			     *b = &x->d->new->keys[x->b->key];

	if (!csg_diff_same(a->name, b->name)) {
		csg_buf_printf(&x->d->s, "%s: signs with the ", x->name);
		csg_phrase_key(&x->d->s, b);
		csg_buf_puts(&x->d->s, " instead of the ");
		csg_phrase_key(&x->d->s, a);
		csg_diff_end(x->d, CSG_NEUTRAL);
	}
	if (x->a->format != x->b->format)
		csg_diff_say(x->d, CSG_NEUTRAL, "%s: makes %s instead of %s",
		    x->name, csg_phrase_format(x->b->format),
		    csg_phrase_format(x->a->format));
	if (x->a->inspect != x->b->inspect)
		csg_diff_say(x->d, csg_diff_side(x->a->inspect),
		    x->b->inspect ?
			"%s: approvals count only with all artifacts at hand" :
			"%s: blind approvals count too, without the artifacts at hand",
		    x->name);
}

/* Groups that are in one list but not in the other. */
static void
diff_list(const struct csg_diff_pair *x, const struct csg_groups *with,
    const struct csg_groups *without, bool added, const char *what,
    enum csg_severity severity)
{
	const struct csg_policy *p = added ? x->d->new : x->d->old,
				*other = added ? x->d->old : x->d->new;
	size_t i;

	for (i = 0; i < with->n; i++) {
		if (csg_diff_in_list(
			other, without, p->groups[with->g[i]].name))
			continue;
		csg_buf_printf(&x->d->s, "%s: any of ", x->name);
		csg_phrase_group(&x->d->s, p, with->g[i]);
		csg_buf_printf(&x->d->s,
		    added ? " may %s too" : " may no longer %s", what);
		csg_diff_end(x->d, severity);
	}
}

static void
diff_requesters(const struct csg_diff_pair *x)
{
	diff_list(x, &x->b->requesters, &x->a->requesters, true,
	    "make requests", CSG_WEAKER);
	diff_list(x, &x->a->requesters, &x->b->requesters, false,
	    "make requests", CSG_STRONGER);
}

static void
diff_operators(const struct csg_diff_pair *x)
{
	const struct csg_groups *a = &x->a->operators, *b = &x->b->operators;

	if (a->n > 0 && b->n > 0) {
		diff_list(x, b, a, true, "run csg-sign", CSG_WEAKER);
		diff_list(x, a, b, false, "run csg-sign", CSG_STRONGER);
	} else if (a->n != b->n) {
		csg_buf_printf(&x->d->s, "%s: %s may run csg-sign, %s only ",
		    x->name, b->n > 0 ? "not just anyone" : "anyone",
		    b->n > 0 ? "but" : "not");
		if (b->n > 0)
			csg_phrase_groups(&x->d->s, x->d->new, b, "and");
		else
			csg_phrase_groups(&x->d->s, x->d->old, a, "and");
		csg_diff_end(x->d, csg_diff_side(b->n == 0));
	}
}

/* ---- people ---- */

static bool
can_veto(const struct csg_policy *p, const struct csg_profile *pr, size_t route,
    size_t user)
{
	(void)p;
	(void)route;
	return csg_policy_may_reject(pr, user);
}

/* Could the user of the new policy approve under the old rule? */
static bool
old_rule_has(const struct csg_diff_pair *x, size_t user)
{
	const struct csg_group *group;
	size_t g;

	for (g = 0; g < x->d->new->ngroups; g++) {
		group = &x->d->new->groups[g];
		if (group->member[user] &&
		    csg_diff_in_rule(x->d->old, x->a, group->name))
			return true;
	}
	return false;
}

/* People who can approve because the rule changed, not because they joined a
 * group. */
static void
diff_approvers(const struct csg_diff_pair *x, enum csg_severity severity)
{
	const struct csg_policy *new = x->d->new;
	size_t u, v, n = 0;
	bool *set;

	if ((set = calloc(new->nusers + 1, sizeof(*set))) == NULL) {
		x->d->failed = true;
		return;
	}
	for (u = 0; u < new->nusers; u++) {
		v = csg_policy_user(x->d->old, new->users[u].name);
		set[u] = csg_policy_may_endorse(x->b, u) &&
		    !old_rule_has(x, u) &&
		    (v == CSG_NONE || !csg_policy_may_endorse(x->a, v));
		n += set[u];
	}
	if (n > 0) {
		csg_buf_printf(&x->d->s, "%s: ", x->name);
		csg_diff_people(x->d, new, set);
		csg_buf_puts(&x->d->s, " can approve");
		csg_diff_end(x->d, severity);
	}
	free(set);
}

/* Who can veto: first by name, then in the words of the rule. */
static void
diff_reject(const struct csg_diff_pair *x)
{
	const struct csg_groups *a = &x->a->reject, *b = &x->b->reject;
	size_t lost, gained, i, k = 0;

	lost =
	    csg_diff_part(x, can_veto, false, "can no longer veto", CSG_WEAKER);
	gained = csg_diff_part(x, can_veto, true, "can veto", CSG_STRONGER);
	for (i = 0; i < b->n; i++)
		k += csg_diff_in_list(
		    x->d->old, a, x->d->new->groups[b->g[i]].name);
	for (i = 0; i < a->n; i++)
		k += csg_diff_in_list(
		    x->d->new, b, x->d->old->groups[a->g[i]].name);
	if (k == a->n + b->n && (a->n == 0) == (b->n == 0))
		return;
	csg_buf_printf(&x->d->s, "%s: ", x->name);
	if (b->n > 0) {
		csg_buf_puts(&x->d->s, "only ");
		csg_phrase_groups(&x->d->s, x->d->new, b, "and");
	} else
		csg_buf_puts(&x->d->s, "anyone who could approve");
	csg_buf_puts(&x->d->s, " can veto, instead of ");
	if (a->n > 0)
		csg_phrase_groups(&x->d->s, x->d->old, a, "and");
	else
		csg_buf_puts(&x->d->s, "anyone who could approve");
	csg_diff_end(x->d,
	    lost > 0	   ? CSG_WEAKER :
		gained > 0 ? CSG_STRONGER :
			     CSG_NEUTRAL);
}

/* ---- routes ---- */

static size_t
find_route(const struct csg_profile *pr, const char *name)
{
	size_t r;

	for (r = 0; r < pr->nroutes; r++)
		if (csg_diff_same(pr->routes[r].name, name))
			return r;
	return CSG_NONE;
}

static void
one_sided_route(const struct csg_diff_pair *x, size_t r, bool added)
{
	const struct csg_policy *p = added ? x->d->new : x->d->old;
	const struct csg_profile *pr = added ? x->b : x->a;

	csg_buf_printf(&x->d->s,
	    added ? "%s: a new route %s: " : "%s: the route %s is removed: ",
	    pr->name, pr->routes[r].name);
	csg_diff_add_route(x->d, p, pr, r);
	csg_diff_end(x->d, csg_diff_side(added));
}

/* The order matters because the evidence names the first route that is met. */
static void
diff_order(const struct csg_diff_pair *x)
{
	size_t r, at, last = 0;

	for (r = 0; r < x->b->nroutes; r++) {
		at = find_route(x->a, x->b->routes[r].name);
		if (at == CSG_NONE)
			continue;
		if (at < last) {
			csg_diff_say(x->d, CSG_NEUTRAL,
			    "%s: the routes are tried in a different order",
			    x->a->name);
			return;
		}
		last = at;
	}
}

static void
diff_routes(struct csg_diff_pair *x)
{
	size_t r, weaker = x->d->out->count[CSG_WEAKER];

	for (r = 0; r < x->b->nroutes; r++) {
		x->ra = find_route(x->a, x->b->routes[r].name);
		x->rb = r;
		if (x->ra == CSG_NONE) {
			one_sided_route(x, r, true);
			continue;
		}
		if (x->a->nroutes > 1 || x->b->nroutes > 1)
			(void)snprintf(x->name, sizeof(x->name), "%s, route %s",
			    x->b->name, x->b->routes[r].name);
		csg_diff_rule(x);
	}
	(void)snprintf(x->name, sizeof(x->name), "%s", x->b->name);
	for (r = 0; r < x->a->nroutes; r++)
		if (find_route(x->b, x->a->routes[r].name) == CSG_NONE)
			one_sided_route(x, r, false);
	diff_order(x);
	/* an additional place weakens nothing, whoever can fill it; but a place
	 * may also have moved to other people */
	weaker = x->d->out->count[CSG_WEAKER] - weaker;
	diff_approvers(x, weaker > 0 ? CSG_WEAKER : CSG_NEUTRAL);
}

/* ---- limits and names ---- */

static void
diff_limit(const struct csg_diff_pair *x, const char *what, uint64_t a,
    uint64_t b, void (*phrase)(struct csg_buf *, uint64_t))
{
	if (a == b)
		return;
	csg_buf_printf(&x->d->s, "%s: %s is ", x->name, what);
	if (b == 0)
		csg_buf_puts(&x->d->s, "unlimited");
	else
		phrase(&x->d->s, b);
	csg_buf_puts(&x->d->s, " instead of ");
	if (a == 0)
		csg_buf_puts(&x->d->s, "unlimited");
	else
		phrase(&x->d->s, a);
	csg_diff_end(x->d, csg_diff_side(a != 0 && (b == 0 || b > a)));
}

static void
phrase_number(struct csg_buf *b, uint64_t n)
{
	csg_buf_printf(b, "%llu", (unsigned long long)n);
}

static void
add_rate(struct csg_buf *b, const struct csg_limit *limit)
{
	if (limit->signatures == 0) {
		csg_buf_puts(b, "any number");
		return;
	}
	csg_buf_printf(b, "%llu in ", (unsigned long long)limit->signatures);
	csg_duration_phrase(b, limit->period);
}

static void
say_rate(
    const struct csg_diff_pair *x, const char *what, enum csg_severity severity)
{
	csg_buf_printf(&x->d->s, "%s: %s signatures: ", x->name, what);
	add_rate(&x->d->s, &x->b->limit);
	csg_buf_puts(&x->d->s, " instead of ");
	add_rate(&x->d->s, &x->a->limit);
	csg_diff_end(x->d, severity);
}

static void
diff_rate(const struct csg_diff_pair *x)
{
	const struct csg_limit *a = &x->a->limit, *b = &x->b->limit;
	bool more, less;

	if (a->signatures == 0 || b->signatures == 0) {
		more = a->signatures != 0;
		less = b->signatures != 0;
		if (more == less)
			return;
	} else {
		more = b->signatures > a->signatures || b->period < a->period;
		less = b->signatures < a->signatures || b->period > a->period;
	}
	if (more)
		say_rate(x, "more", CSG_WEAKER);
	if (less)
		say_rate(x, "fewer", CSG_STRONGER);
}

static bool
has_pattern(const struct csg_profile *pr, const char *pattern)
{
	size_t i;

	for (i = 0; i < pr->nnames; i++)
		if (csg_diff_same(pr->names[i], pattern))
			return true;
	return false;
}

static void
add_patterns(const struct csg_diff_pair *x, const struct csg_profile *pr)
{
	size_t i;

	for (i = 0; i < pr->nnames; i++) {
		csg_phrase_join(&x->d->s, i, pr->nnames, "or");
		csg_phrase_quote(&x->d->s, pr->names[i]);
	}
}

/* Patterns that one profile has but not the other. */
static void
diff_patterns(const struct csg_diff_pair *x, const struct csg_profile *with,
    const struct csg_profile *without, bool added)
{
	size_t i;

	for (i = 0; i < with->nnames; i++) {
		if (has_pattern(without, with->names[i]))
			continue;
		csg_buf_printf(&x->d->s, "%s: names like ", x->name);
		csg_phrase_quote(&x->d->s, with->names[i]);
		csg_buf_puts(&x->d->s,
		    added ?
			" can be signed too" :
			" are no longer signed, unless another pattern matches");
		csg_diff_end(x->d, csg_diff_side(added));
	}
}

static void
diff_names(const struct csg_diff_pair *x)
{
	if (x->a->nnames > 0 && x->b->nnames > 0) {
		diff_patterns(x, x->b, x->a, true);
		diff_patterns(x, x->a, x->b, false);
	} else if (x->a->nnames > 0) {
		csg_buf_printf(
		    &x->d->s, "%s: any name can be signed, not only ", x->name);
		add_patterns(x, x->a);
		csg_diff_end(x->d, CSG_WEAKER);
	} else if (x->b->nnames > 0) {
		csg_buf_printf(&x->d->s,
		    "%s: only these names can be signed, instead of any: ",
		    x->name);
		add_patterns(x, x->b);
		csg_diff_end(x->d, CSG_STRONGER);
	}
}

void
csg_diff_profile(struct csg_diff *d, const struct csg_profile *a,
    const struct csg_profile *b)
{
	struct csg_diff_pair x = { .d = d, .a = a, .b = b };

	(void)snprintf(x.name, sizeof(x.name), "%s", b->name);
	diff_routes(&x);
	diff_reject(&x);
	diff_requesters(&x);
	diff_operators(&x);
	diff_purpose(&x);
	diff_names(&x);
	diff_limit(&x, "the number of artifacts in a request",
	    a->limit.artifacts, b->limit.artifacts, phrase_number);
	diff_limit(&x, "the size of an artifact", a->limit.bytes,
	    b->limit.bytes, csg_phrase_bytes);
	diff_rate(&x);
	csg_diff_duration(&x, "the lifetime of a request", a->request_life,
	    b->request_life, true);
	csg_diff_duration(
	    &x, "the lifetime of a vote", a->vote_life, b->vote_life, true);
}
