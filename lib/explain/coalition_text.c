/* Coalitions as text: csg_coalitions_text(). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/explain/coalition.h"

#define WIDTH 80
#define SHOWN 20 /* the most forms shown */

/* Text broken into lines; continuation lines are indented. */
struct lines {
	const struct csg_coalitions *a;
	const struct csg_policy *p;
	struct csg_buf *out;
	size_t start; /* start of the line, in out */
	size_t indent;
};

static void
begin_line(struct lines *l, size_t indent)
{
	l->start = l->out->len;
	l->indent = indent;
	csg_buf_printf(l->out, "%*s", (int)indent, "");
}

static void
end_line(struct lines *l)
{
	csg_buf_puts(l->out, "\n");
}

static void
add_wrapped(struct lines *l, const char *word, size_t len)
{
	size_t col = l->out->len - l->start;

	if (col > l->indent + 2 &&
	    col + 1 + len + 1 > WIDTH) { /* 1 more for a comma */
		end_line(l);
		l->start = l->out->len;
		csg_buf_printf(l->out, "%*s", (int)l->indent + 2, "");
	} else if (col > l->indent)
		csg_buf_puts(l->out, " ");
	csg_buf_add(l->out, word, len);
}

/* Add words, separated by single blanks. */
static void add_words(struct lines *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add_words(struct lines *l, const char *fmt, ...)
{
	char text[256];
	const char *s;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (s = text; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		add_wrapped(l, s, n);
	}
}

static const char *
user_name(const struct lines *l, size_t user)
{
	return l->p->users[user].name;
}

static void
say_users(struct lines *l, const size_t *users, size_t n, const char *before,
    const char *after)
{
	size_t i;

	for (i = 0; i < n; i++)
		add_words(l, "%s%s%s", i == 0 ? before : "",
		    user_name(l, users[i]), i + 1 == n ? after : ",");
}

static void
say_form(struct lines *l, const size_t *form)
{
	const struct csg_coalition_kind *kind;
	size_t k;
	bool first = true;

	for (k = 0; k < l->a->nkinds; k++) {
		kind = &l->a->kinds[k];
		if (form[k] == 0)
			continue;
		if (!first)
			add_words(l, "+");
		first = false;
		if (kind->n > 1) {
			add_words(l, "%zu of", form[k]);
			say_users(l, kind->users, kind->n, "{", "}");
		} else
			add_words(l, "%s", user_name(l, kind->users[0]));
	}
}

static void
say_sets(struct lines *l)
{
	const struct csg_coalitions *a = l->a;
	size_t i, shown = a->nforms < SHOWN ? a->nforms : SHOWN;

	begin_line(l, 0);
	add_words(l,
	    "The smallest sets have %zu people, the requester included;",
	    a->size);
	add_words(l, "there %s %s%llu of them:", a->count == 1 ? "is" : "are",
	    a->count_exact ? "" : "at least ", (unsigned long long)a->count);
	end_line(l);
	for (i = 0; i < shown; i++) {
		begin_line(l, 2);
		say_form(l, &a->forms[i * a->nkinds]);
		end_line(l);
	}
	if (shown < a->nforms || !a->forms_all)
		csg_buf_puts(l->out, "  and others\n");
	if (a->nsets == a->nforms)
		return;
	csg_buf_puts(l->out, a->nsets > 0 ? "By name:\n" : "");
	for (i = 0; i < a->nsets; i++) {
		begin_line(l, 2);
		say_users(l, &a->sets[i * a->size], a->size, "", "");
		end_line(l);
	}
}

static void
say_route_sizes(struct lines *l, const struct csg_profile *pr)
{
	const struct csg_coalition_route *r;
	size_t i;

	for (i = 0; l->a->nroutes > 1 && i < l->a->nroutes; i++) {
		r = &l->a->routes[i];
		begin_line(l, 0);
		if (r->size == 0)
			add_words(
			    l, "Route %s cannot be met.", pr->routes[i].name);
		else
			add_words(l, "Route %s takes %zu people.%s",
			    pr->routes[i].name, r->size,
			    r->lone ?
				" It is for emergencies, and one person other than the requester suffices." :
				"");
		end_line(l);
	}
}

/* Name everybody of the kinds for which is_so() is true, and end the line. */
static void
say_kinds_that(struct lines *l,
    bool (*is_so)(const struct csg_coalition_kind *, size_t), size_t arg)
{
	const struct csg_coalition_kind *kind;
	size_t k, i, left = 0;

	for (k = 0; k < l->a->nkinds; k++)
		if (is_so(&l->a->kinds[k], arg))
			left += l->a->kinds[k].n;
	for (k = 0; k < l->a->nkinds; k++) {
		kind = &l->a->kinds[k];
		for (i = 0; is_so(kind, arg) && i < kind->n; i++)
			add_words(l, "%s%s", user_name(l, kind->users[i]),
			    --left > 0 ? "," : "");
	}
	end_line(l);
}

static bool
is_in_every(const struct csg_coalition_kind *kind, size_t arg)
{
	(void)arg;
	return kind->every;
}

static bool
is_vital(const struct csg_coalition_kind *kind, size_t arg)
{
	(void)arg;
	return kind->vital;
}

static bool
needs_others(const struct csg_coalition_kind *kind, size_t others)
{
	return kind->others == others;
}

static void
say_every(struct lines *l)
{
	begin_line(l, 0);
	if (l->a->every) {
		add_words(l, "In every smallest set:");
		say_kinds_that(l, is_in_every, 0);
		return;
	}
	add_words(l, "Nobody is %sin every smallest set.",
	    l->a->kinds_exact ? "" : "known to be ");
	end_line(l);
}

static void
say_departures(struct lines *l)
{
	const struct csg_coalitions *a = l->a;

	begin_line(l, 0);
	if (a->departures == 1 && a->departures_exact && a->kinds_exact) {
		add_words(
		    l, "If any of these left, nobody could get a signature:");
		say_kinds_that(l, is_vital, 0);
		return;
	}
	add_words(l, "After %s%zu departure%s nobody could get a signature,",
	    a->departures_exact ? "" : "at least ", a->departures,
	    a->departures == 1 ? "" : "s");
	if (a->departures_exact)
		add_words(l, "for example of:");
	else
		add_words(l, "certainly after these %zu:", a->nleave);
	say_users(l, a->leave, a->nleave, "", "");
	end_line(l);
}

static void
say_thefts(struct lines *l)
{
	const struct csg_coalitions *a = l->a;
	size_t k, worst = a->size;
	bool same = true;

	for (k = 0; k < a->nkinds; k++)
		if (a->kinds[k].others < worst)
			worst = a->kinds[k].others;
	for (k = 0; k < a->nkinds; k++)
		same = same && a->kinds[k].others == worst;
	begin_line(l, 0);
	add_words(l,
	    "A thief of one key still needs the keys of at least %zu other %s%s",
	    worst, worst == 1 ? "person" : "people", same ? "." : ",");
	if (!same) {
		add_words(l, "if the stolen key belongs to one of:");
		say_kinds_that(l, needs_others, worst);
		begin_line(l, 0);
		add_words(l, "With any other key, the keys of %zu.", worst + 1);
	}
	end_line(l);
}

void
csg_coalitions_text(const struct csg_coalitions *a, const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_buf *out)
{
	struct lines l = { a, p, out, 0, 0 };

	begin_line(&l, 0);
	add_words(&l, "Profile %s", pr->name);
	end_line(&l);
	if (a->size == 0) {
		csg_buf_puts(out,
		    "Nobody could get a signature: no route can be met.\n");
		return;
	}
	say_sets(&l);
	say_route_sizes(&l, pr);
	say_every(&l);
	say_departures(&l);
	say_thefts(&l);
}
