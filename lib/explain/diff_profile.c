/* What changes in a profile: see policydiff.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/phrase.h"
#include "lib/explain/diff_profile.h"

#define WEEK (7 * 1440) /* minutes */

/* A profile, and perhaps a route of it, in both policies. */
struct pair {
	struct csg_diff *d;
	const struct csg_profile *a, *b; /* old, new */
	size_t ra, rb; /* routes */
	char name[160]; /* "firmware" or "firmware, route hotfix" */
};

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
csg_diff_lists(const struct csg_policy *p, const struct csg_groups *list,
    const char *group)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (same(p->groups[list->g[i]].name, group))
			return true;
	return false;
}

bool
csg_diff_asks(
    const struct csg_policy *p, const struct csg_profile *pr, const char *group)
{
	size_t r, c;

	for (r = 0; r < pr->nroutes; r++)
		for (c = 0; c < pr->rules[r].nclauses; c++)
			if (same(
				p->groups[pr->routes[r].groups[c]].name, group))
				return true;
	return false;
}

void
csg_diff_route(struct csg_diff *d, const struct csg_policy *p,
    const struct csg_profile *pr, size_t r)
{
	const struct csg_rule *q = &pr->rules[r];
	size_t c;

	for (c = 0; c < q->nclauses; c++) {
		csg_phrase_join(&d->s, c, q->nclauses, "and");
		csg_phrase_clause(
		    &d->s, p, &q->clauses[c], pr->routes[r].groups[c]);
		if (csg_phrase_staged(q))
			csg_buf_printf(
			    &d->s, " in stage %u", q->clauses[c].stage);
	}
	if (q->all_vote)
		csg_buf_puts(&d->s, ", all must vote");
	if (q->cooling_off > 0) {
		csg_buf_puts(&d->s, ", cooling-off ");
		csg_duration_phrase(&d->s, q->cooling_off);
	}
	if (q->window.set) {
		csg_buf_puts(&d->s, ", only ");
		csg_phrase_window(&d->s, &q->window);
	}
	if (pr->routes[r].emergency)
		csg_buf_puts(&d->s, " (emergency)");
}

/* ---- key, format, groups in lists ---- */

static void
diff_purpose(const struct pair *x)
{
	const struct csg_key *a = &x->d->old->keys[x->a->key],
			     *b = &x->d->new->keys[x->b->key];

	if (!same(a->name, b->name)) {
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
			"%s: blind approvals count too, without the artifacts "
			"at hand",
		    x->name);
}

/* Groups that stand in one list and not in the other. */
static void
diff_list(const struct pair *x, const struct csg_groups *with,
    const struct csg_groups *without, bool added, const char *what,
    enum csg_severity severity)
{
	const struct csg_policy *p = added ? x->d->new : x->d->old,
				*other = added ? x->d->old : x->d->new;
	size_t i;

	for (i = 0; i < with->n; i++) {
		if (csg_diff_lists(other, without, p->groups[with->g[i]].name))
			continue;
		csg_buf_printf(&x->d->s, "%s: any of ", x->name);
		csg_phrase_group(&x->d->s, p, with->g[i]);
		csg_buf_printf(&x->d->s,
		    added ? " may %s too" : " may no longer %s", what);
		csg_diff_end(x->d, severity);
	}
}

static void
diff_requesters(const struct pair *x)
{
	diff_list(
	    x, &x->b->requesters, &x->a->requesters, true, "ask", CSG_WEAKER);
	diff_list(x, &x->a->requesters, &x->b->requesters, false, "ask",
	    CSG_STRONGER);
}

static void
diff_operators(const struct pair *x)
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

/* Somebody's part in a profile, or in a route of it. */
typedef bool part_fn(const struct csg_policy *p, const struct csg_profile *pr,
    size_t route, size_t user);

static bool
can_veto(const struct csg_policy *p, const struct csg_profile *pr, size_t route,
    size_t user)
{
	(void)p;
	(void)route;
	return csg_policy_may_reject(pr, user);
}

static bool
must_vote(const struct csg_policy *p, const struct csg_profile *pr,
    size_t route, size_t user)
{
	const struct csg_rule *q = &pr->rules[route];
	size_t c;

	(void)p;
	for (c = 0; c < q->nclauses; c++)
		if (q->all_vote && q->clauses[c].member[user])
			return true;
	return false;
}

/* Say who has the part in one policy and not in the other; how many. */
static size_t
diff_part(const struct pair *x, part_fn *has, bool gained, const char *what,
    enum csg_severity severity)
{
	const struct csg_policy *p = gained ? x->d->new : x->d->old,
				*other = gained ? x->d->old : x->d->new;
	const struct csg_profile *pr = gained ? x->b : x->a,
				 *pr2 = gained ? x->a : x->b;
	size_t r = gained ? x->rb : x->ra, r2 = gained ? x->ra : x->rb;
	size_t u, v, n = 0;
	bool *set;

	if ((set = calloc(p->nusers + 1, sizeof(*set))) == NULL) {
		x->d->failed = true;
		return 0;
	}
	for (u = 0; u < p->nusers; u++) {
		if (!has(p, pr, r, u))
			continue;
		v = csg_policy_user(other, p->users[u].name);
		set[u] = v == CSG_NONE || !has(other, pr2, r2, v);
		n += set[u];
	}
	if (n > 0) {
		csg_buf_printf(&x->d->s, "%s: ", x->name);
		csg_diff_people(x->d, p, set);
		csg_buf_printf(&x->d->s, " %s", what);
		csg_diff_end(x->d, severity);
	}
	free(set);
	return n;
}

/* Would the old rule let the new policy's user approve? */
static bool
old_rule_has(const struct pair *x, size_t user)
{
	const struct csg_group *group;
	size_t g;

	for (g = 0; g < x->d->new->ngroups; g++) {
		group = &x->d->new->groups[g];
		if (group->member[user] &&
		    csg_diff_asks(x->d->old, x->a, group->name))
			return true;
	}
	return false;
}

/* Who can approve because the rule, not a group, is another one. */
static void
diff_approvers(const struct pair *x, enum csg_severity severity)
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

/* The rule itself; whom it concerns has been said by name. */
static void
diff_reject(const struct pair *x)
{
	const struct csg_groups *a = &x->a->reject, *b = &x->b->reject;
	size_t lost, gained, i, k = 0;

	lost = diff_part(x, can_veto, false, "can no longer veto", CSG_WEAKER);
	gained = diff_part(x, can_veto, true, "can veto", CSG_STRONGER);
	for (i = 0; i < b->n; i++)
		k += csg_diff_lists(
		    x->d->old, a, x->d->new->groups[b->g[i]].name);
	for (i = 0; i < a->n; i++)
		k += csg_diff_lists(
		    x->d->new, b, x->d->old->groups[a->g[i]].name);
	if (k == a->n + b->n && (a->n == 0) == (b->n == 0))
		return;
	csg_buf_printf(&x->d->s, "%s: ", x->name);
	if (b->n > 0) {
		csg_buf_puts(&x->d->s, "only ");
		csg_phrase_groups(&x->d->s, x->d->new, b, "and");
	} else
		csg_buf_puts(&x->d->s, "whoever could approve");
	csg_buf_puts(&x->d->s, " can veto, instead of ");
	if (a->n > 0)
		csg_phrase_groups(&x->d->s, x->d->old, a, "and");
	else
		csg_buf_puts(&x->d->s, "whoever could approve");
	csg_diff_end(x->d,
	    lost > 0	   ? CSG_WEAKER :
		gained > 0 ? CSG_STRONGER :
			     CSG_NEUTRAL);
}

/* ---- clauses ---- */

/* Clauses that ask the same of the same are one: their needs add up. */
struct ask {
	const char *group, *statement; /* statement: or NULL */
	size_t g; /* group's index */
	unsigned stage;
	size_t need, parts;
	struct ask *match; /* in the other policy */
};

static size_t
collect(const struct csg_policy *p, const struct csg_profile *pr, size_t r,
    struct ask *v)
{
	const struct csg_clause *c;
	const char *statement;
	size_t i, k, n = 0;

	for (i = 0; i < pr->rules[r].nclauses; i++) {
		c = &pr->rules[r].clauses[i];
		statement =
		    c->statement > 0 ? p->statements[c->statement - 1] : NULL;
		for (k = 0; k < n; k++)
			if (v[k].g == pr->routes[r].groups[i] &&
			    v[k].stage == c->stage &&
			    same(v[k].statement, statement))
				break;
		if (k == n) {
			n++;
			v[k] = (struct ask){ .g = pr->routes[r].groups[i],
				.statement = statement,
				.stage = c->stage };
			v[k].group = p->groups[v[k].g].name;
		}
		v[k].need += c->need;
		v[k].parts++;
	}
	return n;
}

/* Like with like: the same in all, then all but the stage, and so on. */
static void
match_asks(struct ask *a, size_t na, struct ask *b, size_t nb)
{
	size_t i, j;
	int pass;

	for (pass = 0; pass < 4; pass++)
		for (i = 0; i < na; i++)
			for (j = 0; j < nb && a[i].match == NULL; j++)
				if (b[j].match == NULL &&
				    same(a[i].group, b[j].group) &&
				    ((pass & 1) != 0 ||
					a[i].stage == b[j].stage) &&
				    ((pass & 2) != 0 ||
					same(a[i].statement, b[j].statement))) {
					a[i].match = &b[j];
					b[j].match = &a[i];
				}
}

/* "security", or with what tells it from other clauses of the group */
static void
add_ask(const struct pair *x, const struct ask *v, const struct csg_rule *q)
{
	csg_buf_printf(&x->d->s, "%s", v->group);
	if (v->statement != NULL)
		csg_buf_printf(&x->d->s, " stating '%s'", v->statement);
	if (csg_phrase_staged(q))
		csg_buf_printf(&x->d->s, " in stage %u", v->stage);
}

static void
diff_statement(const struct pair *x, const struct ask *a, const struct ask *b)
{
	if (same(a->statement, b->statement))
		return;
	if (a->statement != NULL)
		csg_diff_say(x->d, CSG_WEAKER,
		    "%s: approvals of %s need no longer state '%s'", x->name,
		    a->group, a->statement);
	if (b->statement != NULL)
		csg_diff_say(x->d, CSG_STRONGER,
		    "%s: approvals of %s must state '%s'", x->name, b->group,
		    b->statement);
}

/* What became of one clause; b NULL: it is gone. */
static void
diff_ask(const struct pair *x, const struct ask *a, const struct ask *b)
{
	csg_buf_printf(&x->d->s, "%s: ", x->name);
	add_ask(x, a, &x->a->rules[x->ra]);
	if (b == NULL) {
		csg_buf_printf(
		    &x->d->s, " is asked no more (was %zu)", a->need);
		csg_diff_end(x->d, CSG_WEAKER);
		return;
	}
	if (a->need != b->need) {
		csg_buf_printf(&x->d->s, " %s from %zu to %zu",
		    b->need > a->need ? "rises" : "falls", a->need, b->need);
		csg_diff_end(x->d, csg_diff_side(b->need < a->need));
	} else if (a->parts != b->parts) {
		csg_buf_printf(&x->d->s,
		    " is asked in %zu clauses instead of %zu, for as many "
		    "people",
		    b->parts, a->parts);
		csg_diff_end(x->d, CSG_NEUTRAL);
	} else
		csg_buf_free(&x->d->s);
	diff_statement(x, a, b);
}

static void
new_ask(const struct pair *x, const struct ask *b)
{
	csg_buf_printf(&x->d->s, "%s: %zu of ", x->name, b->need);
	csg_phrase_group(&x->d->s, x->d->new, b->g);
	csg_buf_puts(&x->d->s, " must approve too");
	if (b->statement != NULL)
		csg_buf_printf(&x->d->s, ", stating '%s'", b->statement);
	if (csg_phrase_staged(&x->b->rules[x->rb]))
		csg_buf_printf(&x->d->s, ", in stage %u", b->stage);
	csg_diff_end(x->d, CSG_STRONGER);
}

/* Who waits for whom is what stages mean; their numbers are not. */
static void
diff_stages(const struct pair *x, const struct ask *a, size_t na)
{
	bool moved = false, said = false, was, is;
	size_t i, j;

	for (i = 0; i < na; i++) {
		if (a[i].match == NULL)
			continue;
		moved = moved || a[i].stage != a[i].match->stage;
		for (j = 0; j < na; j++) {
			if (a[j].match == NULL)
				continue;
			was = a[i].stage > a[j].stage;
			is = a[i].match->stage > a[j].match->stage;
			if (was == is)
				continue;
			said = true;
			csg_diff_say(x->d, csg_diff_side(was),
			    "%s: approvals of %s %s those of %s", x->name,
			    a[i].group,
			    was ? "need no longer wait for and cite" :
				  "must wait for and cite",
			    a[j].group);
		}
	}
	if (moved && !said)
		csg_diff_say(x->d, CSG_NEUTRAL,
		    "%s: the stages have other numbers, in the same order",
		    x->name);
}

static void
diff_clauses(const struct pair *x)
{
	struct ask *a, *b;
	size_t na, nb, i;

	a = calloc(x->a->rules[x->ra].nclauses + 1, sizeof(*a));
	b = calloc(x->b->rules[x->rb].nclauses + 1, sizeof(*b));
	if (a == NULL || b == NULL) {
		x->d->failed = true;
		goto out;
	}
	na = collect(x->d->old, x->a, x->ra, a);
	nb = collect(x->d->new, x->b, x->rb, b);
	match_asks(a, na, b, nb);
	for (i = 0; i < na; i++)
		diff_ask(x, &a[i], a[i].match);
	for (i = 0; i < nb; i++)
		if (b[i].match == NULL)
			new_ask(x, &b[i]);
	diff_stages(x, a, na);
out:
	free(a);
	free(b);
}

/* ---- the other words of a route ---- */

static void
diff_duration(const struct pair *x, const char *what, int64_t a, int64_t b,
    bool longer_is_weaker)
{
	if (a == b)
		return;
	csg_buf_printf(&x->d->s, "%s: %s is ", x->name, what);
	csg_duration_phrase(&x->d->s, b);
	csg_buf_puts(&x->d->s, " instead of ");
	csg_duration_phrase(&x->d->s, a);
	csg_diff_end(x->d, csg_diff_side((b > a) == longer_is_weaker));
}

static void
diff_cooling(const struct pair *x)
{
	int64_t a = x->a->rules[x->ra].cooling_off,
		b = x->b->rules[x->rb].cooling_off;

	if (a > 0 && b > 0) {
		diff_duration(x, "the cooling-off", a, b, false);
		return;
	}
	if (a == b)
		return;
	csg_buf_printf(&x->d->s, "%s: %s cooling-off of ", x->name,
	    b > 0 ? "signing waits for a" : "signing no longer waits for the");
	csg_duration_phrase(&x->d->s, b > 0 ? b : a);
	csg_diff_end(x->d, csg_diff_side(b == 0));
}

static void
diff_voters(const struct pair *x)
{
	bool a = x->a->rules[x->ra].all_vote, b = x->b->rules[x->rb].all_vote;

	if (a != b)
		csg_diff_say(x->d, csg_diff_side(a),
		    b ? "%s: every member of its groups must vote, if only to "
			"abstain" :
			"%s: the quorum is enough, not every member must vote",
		    x->name);
	else {
		(void)diff_part(
		    x, must_vote, false, "need no longer vote", CSG_WEAKER);
		(void)diff_part(
		    x, must_vote, true, "must vote too", CSG_STRONGER);
	}
}

static bool
same_window(const struct csg_window *a, const struct csg_window *b)
{
	return a->set == b->set &&
	    (!a->set ||
		(memcmp(a->day, b->day, sizeof(a->day)) == 0 &&
		    a->start == b->start && a->end == b->end));
}

static void
say_window(const struct pair *x, const char *what, enum csg_severity severity)
{
	csg_buf_printf(&x->d->s, "%s: signing is %s: ", x->name, what);
	csg_phrase_window(&x->d->s, &x->b->rules[x->rb].window);
	csg_buf_puts(&x->d->s, " instead of ");
	csg_phrase_window(&x->d->s, &x->a->rules[x->ra].window);
	csg_diff_end(x->d, severity);
}

/* Windows repeat by the week: try each minute of one. */
static void
diff_window(const struct pair *x)
{
	const struct csg_window *a = &x->a->rules[x->ra].window,
				*b = &x->b->rules[x->rb].window;
	bool more = false, less = false, was, is;
	int64_t m;

	if (same_window(a, b))
		return;
	for (m = 0; m < WEEK; m++) {
		/* a week later, since a window may begin the day before */
		was = csg_window_open(a, (m + WEEK) * 60);
		is = csg_window_open(b, (m + WEEK) * 60);
		more = more || (is && !was);
		less = less || (was && !is);
	}
	if (more)
		say_window(x, "possible at times when it was not", CSG_WEAKER);
	if (less)
		say_window(
		    x, "no longer possible at times when it was", CSG_STRONGER);
	if (!more && !less)
		say_window(x, "possible at the same times, in other words",
		    CSG_NEUTRAL);
}

static void
diff_route(const struct pair *x)
{
	bool emergency = x->b->routes[x->rb].emergency;

	diff_clauses(x);
	diff_voters(x);
	diff_cooling(x);
	diff_window(x);
	if (x->a->routes[x->ra].emergency != emergency)
		csg_diff_say(x->d, csg_diff_side(!emergency),
		    emergency ?
			"%s: marks what it signs as an emergency, which "
			"csg-verify refuses unless told to accept it" :
			"%s: no longer marks what it signs as an emergency, "
			"so that csg-verify accepts it like any other",
		    x->name);
}

/* ---- routes ---- */

static size_t
find_route(const struct csg_profile *pr, const char *name)
{
	size_t r;

	for (r = 0; r < pr->nroutes; r++)
		if (same(pr->routes[r].name, name))
			return r;
	return CSG_NONE;
}

static void
one_sided_route(const struct pair *x, size_t r, bool added)
{
	const struct csg_policy *p = added ? x->d->new : x->d->old;
	const struct csg_profile *pr = added ? x->b : x->a;

	csg_buf_printf(&x->d->s,
	    added ? "%s: a new route %s: " : "%s: the route %s is gone: ",
	    pr->name, pr->routes[r].name);
	csg_diff_route(x->d, p, pr, r);
	csg_diff_end(x->d, csg_diff_side(added));
}

/* The first route that is met is the one that evidence names. */
static void
diff_order(const struct pair *x)
{
	size_t r, at, last = 0;

	for (r = 0; r < x->b->nroutes; r++) {
		at = find_route(x->a, x->b->routes[r].name);
		if (at == CSG_NONE)
			continue;
		if (at < last) {
			csg_diff_say(x->d, CSG_NEUTRAL,
			    "%s: the routes are tried in another order",
			    x->a->name);
			return;
		}
		last = at;
	}
}

static void
diff_routes(struct pair *x)
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
		diff_route(x);
	}
	(void)snprintf(x->name, sizeof(x->name), "%s", x->b->name);
	for (r = 0; r < x->a->nroutes; r++)
		if (find_route(x->b, x->a->routes[r].name) == CSG_NONE)
			one_sided_route(x, r, false);
	diff_order(x);
	/* a place more to fill weakens nothing, whoever may fill it; but a
	 * place may also have moved to other people */
	weaker = x->d->out->count[CSG_WEAKER] - weaker;
	diff_approvers(x, weaker > 0 ? CSG_WEAKER : CSG_NEUTRAL);
}

/* ---- limits and names ---- */

static void
diff_limit(const struct pair *x, const char *what, uint64_t a, uint64_t b,
    void (*phrase)(struct csg_buf *, uint64_t))
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
say_rate(const struct pair *x, const char *what, enum csg_severity severity)
{
	csg_buf_printf(&x->d->s, "%s: %s signatures: ", x->name, what);
	add_rate(&x->d->s, &x->b->limit);
	csg_buf_puts(&x->d->s, " instead of ");
	add_rate(&x->d->s, &x->a->limit);
	csg_diff_end(x->d, severity);
}

static void
diff_rate(const struct pair *x)
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
		if (same(pr->names[i], pattern))
			return true;
	return false;
}

static void
add_patterns(const struct pair *x, const struct csg_profile *pr)
{
	size_t i;

	for (i = 0; i < pr->nnames; i++) {
		csg_phrase_join(&x->d->s, i, pr->nnames, "or");
		csg_phrase_quote(&x->d->s, pr->names[i]);
	}
}

/* Patterns that one profile has and the other has not. */
static void
diff_patterns(const struct pair *x, const struct csg_profile *with,
    const struct csg_profile *without, bool added)
{
	size_t i;

	for (i = 0; i < with->nnames; i++) {
		if (has_pattern(without, with->names[i]))
			continue;
		csg_buf_printf(&x->d->s, "%s: names like ", x->name);
		csg_phrase_quote(&x->d->s, with->names[i]);
		csg_buf_puts(&x->d->s,
		    added ? " can be signed too" :
			    " are signed no more, unless another pattern fits");
		csg_diff_end(x->d, csg_diff_side(added));
	}
}

static void
diff_names(const struct pair *x)
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
		csg_buf_printf(
		    &x->d->s, "%s: not any name can be signed, only ", x->name);
		add_patterns(x, x->b);
		csg_diff_end(x->d, CSG_STRONGER);
	}
}

void
csg_diff_profile(struct csg_diff *d, const struct csg_profile *a,
    const struct csg_profile *b)
{
	struct pair x = { .d = d, .a = a, .b = b };

	(void)snprintf(x.name, sizeof(x.name), "%s", b->name);
	diff_routes(&x);
	diff_reject(&x);
	diff_requesters(&x);
	diff_operators(&x);
	diff_purpose(&x);
	diff_names(&x);
	diff_limit(&x, "the number of artifacts of a request",
	    a->limit.artifacts, b->limit.artifacts, phrase_number);
	diff_limit(&x, "the size of an artifact", a->limit.bytes,
	    b->limit.bytes, csg_phrase_bytes);
	diff_rate(&x);
	diff_duration(&x, "the life of a request", a->request_life,
	    b->request_life, true);
	diff_duration(
	    &x, "the life of a vote", a->vote_life, b->vote_life, true);
}
