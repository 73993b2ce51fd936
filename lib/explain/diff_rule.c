#include <stdlib.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/explain/diff_rule.h"
#include "lib/explain/phrase.h"

#define WEEK (7 * 1440) /* minutes */

/* ---- clauses ---- */

/* Clauses with the same group, statement and stage count as one; their needs
 * are added. */
struct ask {
	const char *group, *statement; /* statement can be NULL */
	size_t g; /* index of the group */
	unsigned stage;
	size_t need, parts;
	struct ask *match; /* the clause in the other policy */
};

static size_t
collect_asks(const struct csg_policy *p, const struct csg_profile *pr, size_t r,
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
			    csg_diff_same(v[k].statement, statement))
				break;
		if (k == n) {
			n++;
			v[k] = (struct ask){
				.g = pr->routes[r].groups[i],
				.statement = statement,
				.stage = c->stage,
			};
			v[k].group = p->groups[v[k].g].name;
		}
		v[k].need += c->need;
		v[k].parts++;
	}
	return n;
}

/* Match clauses that agree in everything, then those that differ only in the
 * stage, then only in the statement, then those that have only the group in
 * common. */
static void
match_asks(struct ask *a, size_t na, struct ask *b, size_t nb)
{
	size_t i, j;
	int pass;

	for (pass = 0; pass < 4; pass++)
		for (i = 0; i < na; i++)
			for (j = 0; j < nb && a[i].match == NULL; j++)
				if (b[j].match == NULL &&
				    csg_diff_same(a[i].group, b[j].group) &&
				    ((pass & 1) != 0 ||
					a[i].stage == b[j].stage) &&
				    ((pass & 2) != 0 ||
					csg_diff_same(
					    a[i].statement, b[j].statement))) {
					a[i].match = &b[j];
					b[j].match = &a[i];
				}
}

/* "security", with its statement and stage, if any */
static void
add_ask(const struct csg_diff_pair *x, const struct ask *v,
    const struct csg_rule *q)
{
	csg_buf_printf(&x->d->s, "%s", v->group);
	if (v->statement != NULL)
		csg_buf_printf(&x->d->s, " stating '%s'", v->statement);
	if (csg_phrase_staged(q))
		csg_buf_printf(&x->d->s, " in stage %u", v->stage);
}

static void
diff_statement(
    const struct csg_diff_pair *x, const struct ask *a, const struct ask *b)
{
	if (csg_diff_same(a->statement, b->statement))
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

/* Compare clause a with b, which is NULL if a was removed. */
static void
diff_ask(
    const struct csg_diff_pair *x, const struct ask *a, const struct ask *b)
{
	csg_buf_printf(&x->d->s, "%s: ", x->name);
	add_ask(x, a, &x->a->rules[x->ra]);
	if (b == NULL) {
		csg_buf_printf(
		    &x->d->s, " is no longer required (was %zu)", a->need);
		csg_diff_end(x->d, CSG_WEAKER);
		return;
	}
	if (a->need != b->need) {
		csg_buf_printf(&x->d->s, " %s from %zu to %zu",
		    b->need > a->need ? "rises" : "falls", a->need, b->need);
		csg_diff_end(x->d, csg_diff_side(b->need < a->need));
	} else if (a->parts != b->parts) {
		csg_buf_printf(&x->d->s,
		    " is required in %zu clauses instead of %zu, for the same number of people",
		    b->parts, a->parts);
		csg_diff_end(x->d, CSG_NEUTRAL);
	} else
		csg_buf_free(&x->d->s);
	diff_statement(x, a, b);
}

static void
diff_new_ask(const struct csg_diff_pair *x, const struct ask *b)
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

/* Compare which clauses wait for which; the numbers of stages have no meaning
 * of their own. */
static void
diff_stages(const struct csg_diff_pair *x, const struct ask *a, size_t na)
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
		    "%s: the stages are numbered differently, in the same order",
		    x->name);
}

static void
diff_clauses(const struct csg_diff_pair *x)
{
	struct ask *a, *b;
	size_t na, nb, i;

	a = calloc(x->a->rules[x->ra].nclauses + 1, sizeof(*a));
	b = calloc(x->b->rules[x->rb].nclauses + 1, sizeof(*b));
	if (a == NULL || b == NULL) {
		x->d->failed = true;
		goto out;
	}
	na = collect_asks(x->d->old, x->a, x->ra, a);
	nb = collect_asks(x->d->new, x->b, x->rb, b);
	match_asks(a, na, b, nb);
	for (i = 0; i < na; i++)
		diff_ask(x, &a[i], a[i].match);
	for (i = 0; i < nb; i++)
		if (b[i].match == NULL)
			diff_new_ask(x, &b[i]);
	diff_stages(x, a, na);
out:
	free(a);
	free(b);
}

/* ---- the other parts of a rule ---- */

static void
diff_cooling(const struct csg_diff_pair *x)
{
	int64_t a = x->a->rules[x->ra].cooling_off,
		b = x->b->rules[x->rb].cooling_off;

	if (a > 0 && b > 0) {
		csg_diff_duration(x, "the cooling-off", a, b, false);
		return;
	}
	if (a == b)
		return;
	csg_buf_printf(&x->d->s, "%s: %s cooling-off of ", x->name,
	    b > 0 ? "signing waits for a" : "signing no longer waits for the");
	csg_duration_phrase(&x->d->s, b > 0 ? b : a);
	csg_diff_end(x->d, csg_diff_side(b == 0));
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

static void
diff_voters(const struct csg_diff_pair *x)
{
	bool a = x->a->rules[x->ra].all_vote, b = x->b->rules[x->rb].all_vote;

	if (a != b)
		csg_diff_say(x->d, csg_diff_side(a),
		    b ? "%s: every member of its groups must vote, if only to abstain" :
			"%s: the quorum is enough, not every member must vote",
		    x->name);
	else {
		(void)csg_diff_part(
		    x, must_vote, false, "need no longer vote", CSG_WEAKER);
		(void)csg_diff_part(
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
say_window(
    const struct csg_diff_pair *x, const char *what, enum csg_severity severity)
{
	csg_buf_printf(&x->d->s, "%s: signing is %s: ", x->name, what);
	csg_phrase_window(&x->d->s, &x->b->rules[x->rb].window);
	csg_buf_puts(&x->d->s, " instead of ");
	csg_phrase_window(&x->d->s, &x->a->rules[x->ra].window);
	csg_diff_end(x->d, severity);
}

/* Windows repeat every week: compare each minute of one week. */
static void
diff_window(const struct csg_diff_pair *x)
{
	const struct csg_window *a = &x->a->rules[x->ra].window,
				*b = &x->b->rules[x->rb].window;
	bool more = false, less = false, was, is;
	int64_t m;

	if (same_window(a, b))
		return;
	for (m = 0; m < WEEK; m++) {
		/* in the next week, since a window can begin the day before */
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
		say_window(x, "possible at the same times, written differently",
		    CSG_NEUTRAL);
}

void
csg_diff_rule(const struct csg_diff_pair *x)
{
	bool emergency = x->b->routes[x->rb].emergency;

	diff_clauses(x);
	diff_voters(x);
	diff_cooling(x);
	diff_window(x);
	if (x->a->routes[x->ra].emergency != emergency)
		csg_diff_say(x->d, csg_diff_side(!emergency),
		    emergency ?
			"%s: marks what it signs as an emergency, which csg-verify refuses unless told to accept it" :
			"%s: no longer marks what it signs as an emergency, so that csg-verify accepts it like any other",
		    x->name);
}
