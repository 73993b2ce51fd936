#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition.h"
#include "lib/explain/lint.h"
#include "lib/explain/phrase.h"

/* If memory is short, out->v is NULL with n > 0. */
static void __attribute__((format(printf, 3, 4)))
add_warning(struct csg_warnings *out, struct csg_at at, const char *fmt, ...)
{
	struct csg_warning *v;
	char text[512];
	va_list ap;

	if (out->v == NULL && out->n > 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v = realloc(out->v, (out->n + 1) * sizeof(*v));
	if (v != NULL) {
		out->v = v;
		v[out->n].at = at;
		if ((v[out->n].text = strdup(text)) != NULL) {
			out->n++;
			return;
		}
	}
	csg_warnings_clear(out);
	out->n = 1;
}

/* ---- certificates ---- */

static void
lint_cert(struct csg_warnings *out, const struct csg_policy *p,
    const struct csg_cert *c, const char *what, const char *name,
    struct csg_at at, int64_t now)
{
	char when[CSG_TIME_LEN];

	(void)csg_time_format(c->not_after, when);
	if (c->not_after < now)
		add_warning(out, at, "the certificate of %s %s expired at %s",
		    what, name, when);
	else if (c->not_after < now + CSG_SOON)
		add_warning(out, at,
		    "the certificate of %s %s expires soon, at %s", what, name,
		    when);
	else if (c->not_after < p->expires)
		add_warning(out, at,
		    "the certificate of %s %s expires at %s, before the policy",
		    what, name, when);
}

static void
lint_certs(const struct csg_policy *p, int64_t now, struct csg_warnings *out)
{
	size_t i, j;

	for (i = 0; i < p->nusers; i++)
		for (j = 0; j < p->users[i].ncerts; j++)
			lint_cert(out, p, p->users[i].certs[j], "user",
			    p->users[i].name, p->users[i].at, now);
	for (i = 0; i < p->nkeys; i++)
		lint_cert(out, p, p->keys[i].cert, "key", p->keys[i].name,
		    p->keys[i].at, now);
}

/* ---- quorums ---- */

/* A route other than the normal one inherits none of its conditions. */
static void
lint_route(const struct csg_profile *pr, size_t r, struct csg_warnings *out)
{
	const struct csg_rule *normal = &pr->rules[0], *q = &pr->rules[r];
	const struct csg_profile_route *route = &pr->routes[r];
	size_t people = csg_phrase_places(q);

	if (route->emergency)
		return;
	if (normal->all_vote && !q->all_vote &&
	    people <= csg_phrase_places(normal))
		add_warning(out, route->at,
		    "profile %s: on route %s not everybody must vote, on the normal route they must",
		    pr->name, route->name);
	if (normal->cooling_off > q->cooling_off)
		add_warning(out, route->at,
		    "profile %s: route %s has a shorter cooling-off than the normal route",
		    pr->name, route->name);
	if (normal->window.set && !q->window.set)
		add_warning(out, route->at,
		    "profile %s: route %s has no window, but the normal route has one",
		    pr->name, route->name);
}

static void
lint_coalitions(const struct csg_policy *p, const struct csg_profile *pr,
    const struct csg_coalitions *a, struct csg_warnings *out)
{
	const struct csg_coalition_kind *k;
	size_t i, j;

	for (i = 0; i < a->nkinds; i++) {
		k = &a->kinds[i];
		for (j = 0; j < k->n && k->vital; j++)
			add_warning(out, pr->at,
			    "profile %s: if %s left, nobody could get a signature any more",
			    pr->name, p->users[k->users[j]].name);
		for (j = 0; j < k->n && k->every && !k->vital; j++)
			add_warning(out, pr->at,
			    "profile %s: %s is in every smallest set that gets a signature",
			    pr->name, p->users[k->users[j]].name);
	}
	for (i = 0; i < a->nroutes; i++)
		if (a->routes[i].lone)
			add_warning(out, pr->routes[i].at,
			    "profile %s: one person other than the requester can complete the emergency route %s",
			    pr->name, pr->routes[i].name);
}

static enum csg_rc
lint_profile(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_warnings *out, struct csg_err *err)
{
	struct csg_coalitions *a;
	size_t r;
	enum csg_rc rc;

	if ((rc = csg_coalitions_find(p, pr, &a, err)) != CSG_OK)
		return rc;
	lint_coalitions(p, pr, a, out);
	csg_coalitions_free(a);
	for (r = 1; r < pr->nroutes; r++)
		lint_route(pr, r, out);
	return CSG_OK;
}

static int
warning_cmp(const void *a, const void *b)
{
	const struct csg_at *x = &((const struct csg_warning *)a)->at;
	const struct csg_at *y = &((const struct csg_warning *)b)->at;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->col > y->col) - (x->col < y->col);
}

enum csg_rc
csg_lint(const struct csg_policy *p, int64_t now, struct csg_warnings *out,
    struct csg_err *err)
{
	size_t i;
	enum csg_rc rc = CSG_OK;

	memset(out, 0, sizeof(*out));
	lint_certs(p, now, out);
	for (i = 0; i < p->nprofiles && rc == CSG_OK; i++)
		rc = lint_profile(p, &p->profiles[i], out, err);
	if (rc == CSG_OK && out->v == NULL && out->n > 0)
		rc = csg_fail_mem(err);
	if (rc != CSG_OK) {
		if (out->v == NULL)
			out->n = 0;
		csg_warnings_clear(out);
		return rc;
	}
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), warning_cmp);
	return CSG_OK;
}

void
csg_warnings_clear(struct csg_warnings *w)
{
	size_t i;

	for (i = 0; w->v != NULL && i < w->n; i++)
		free(w->v[i].text);
	free(w->v);
	memset(w, 0, sizeof(*w));
}
