#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/explain/diff_entry.h"
#include "lib/explain/phrase.h"

/* ---- entries ---- */

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

void
csg_diff_add_route(struct csg_diff *d, const struct csg_policy *p,
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

/* ---- what is compared ---- */

bool
csg_diff_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
csg_diff_in_list(const struct csg_policy *p, const struct csg_groups *list,
    const char *group)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (csg_diff_same(p->groups[list->g[i]].name, group))
			return true;
	return false;
}

bool
csg_diff_in_rule(
    const struct csg_policy *p, const struct csg_profile *pr, const char *group)
{
	size_t r, c;

	for (r = 0; r < pr->nroutes; r++)
		for (c = 0; c < pr->rules[r].nclauses; c++)
			if (csg_diff_same(
				p->groups[pr->routes[r].groups[c]].name, group))
				return true;
	return false;
}

/* ---- a profile, or a rule, of both policies ---- */

size_t
csg_diff_part(const struct csg_diff_pair *x, csg_diff_has_part *has,
    bool gained, const char *what, enum csg_severity severity)
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

void
csg_diff_duration(const struct csg_diff_pair *x, const char *what, int64_t a,
    int64_t b, bool longer_is_weaker)
{
	if (a == b)
		return;
	csg_buf_printf(&x->d->s, "%s: %s is ", x->name, what);
	csg_duration_phrase(&x->d->s, b);
	csg_buf_puts(&x->d->s, " instead of ");
	csg_duration_phrase(&x->d->s, a);
	csg_diff_end(x->d, csg_diff_side((b > a) == longer_is_weaker));
}
