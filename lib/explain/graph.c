#include <stdlib.h>
#include <string.h>

#include "lib/explain/graph.h"
#include "lib/explain/phrase.h"

#define NAMES_A_LINE 3 /* in the box of a group */
#define NAMES_A_GROUP 30 /* more are only counted */

/* Parts drawn in a color of their own, which the title explains. */
enum part { ASKS, VETOES, OPERATES, EMERGENCY, SEVERAL, NPARTS };

static const struct {
	const char *style, *color, *meaning;
} parts[] = {
	{ "dashed", "#2060c0", "dashed blue: may make requests" },
	{ "dotted", "#c06000", "dotted orange: can veto (nobody else can)" },
	{ "dotted", "#606060", "dotted grey: may run csg-sign" },
	{ "dashed", "#d00000", "dashed red: emergency" },
	{ "solid", "#806000", "yellow: people in several groups" },
};

struct graph {
	const struct csg_policy *p;
	const struct csg_profile *only; /* NULL: all profiles */
	struct csg_buf *out;
	bool *drawn; /* [ngroups] */
	bool used[NPARTS];
	struct csg_buf label; /* label of the node being written */
};

static bool
is_in_graph(const struct graph *g, const struct csg_profile *pr)
{
	return g->only == NULL || g->only == pr;
}

/* ---- DOT ---- */

/* Write a quoted string; a line feed becomes "\n", and "&" is escaped so that
 * nothing is an entity. */
static void
put_quoted(struct csg_buf *out, const char *s)
{
	csg_buf_puts(out, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			csg_buf_puts(out, "\\n");
		else if (*s == '"' || *s == '\\')
			csg_buf_printf(out, "\\%c", *s);
		else if (*s == '&')
			csg_buf_puts(out, "&amp;");
		else
			csg_buf_add(out, s, 1);
	}
	csg_buf_puts(out, "\"");
}

/* Write "KIND NAME", the name of a node. */
static void
put_node(struct csg_buf *out, const char *kind, const char *name)
{
	struct csg_buf id = { 0 };

	csg_buf_printf(&id, "%s %s", kind, name);
	put_quoted(out, csg_buf_str(&id));
	out->failed = out->failed || id.failed;
	csg_buf_free(&id);
}

static void
put_profile(struct graph *g, const struct csg_profile *pr)
{
	put_node(g->out, "profile", pr->name);
}

/* Write the label collected as an attribute, then rest. */
static void
put_label(struct graph *g, const char *rest)
{
	csg_buf_puts(g->out, " [label=");
	put_quoted(g->out, csg_buf_str(&g->label));
	csg_buf_printf(g->out, "%s];\n", rest);
	if (g->label.failed)
		g->out->failed = true;
	csg_buf_free(&g->label);
}

static void
put_group(struct graph *g, size_t group)
{
	put_node(g->out, "group", g->p->groups[group].name);
}

/* Is the profile drawn as one node with its only route, which has no
 * conditions? */
static bool
is_plain(const struct csg_profile *pr)
{
	const struct csg_rule *q = &pr->rules[0];

	return pr->nroutes == 1 && !q->all_vote && q->cooling_off == 0 &&
	    !q->window.set;
}

static void
put_route(struct graph *g, const struct csg_profile *pr, size_t r)
{
	struct csg_buf name = { 0 };

	if (is_plain(pr)) {
		put_profile(g, pr);
		return;
	}
	csg_buf_printf(&name, "%s %s", pr->name, pr->routes[r].name);
	put_node(g->out, "route", csg_buf_str(&name));
	g->out->failed = g->out->failed || name.failed;
	csg_buf_free(&name);
}

static void
put_clause(
    struct csg_buf *out, const struct csg_profile *pr, size_t r, size_t c)
{
	struct csg_buf name = { 0 };

	csg_buf_printf(&name, "%s %s %zu", pr->name, pr->routes[r].name, c + 1);
	put_node(out, "clause", csg_buf_str(&name));
	out->failed = out->failed || name.failed;
	csg_buf_free(&name);
}

/* ---- profiles, routes, clauses ---- */

static void
label_names(struct graph *g, const struct csg_profile *pr)
{
	size_t i;

	for (i = 0; i < pr->nnames; i++) {
		csg_buf_puts(&g->label, i == 0 ? "\nnames " : "\nor ");
		csg_phrase_quote(&g->label, pr->names[i]);
	}
	if (!pr->inspect)
		csg_buf_puts(&g->label, "\nblind votes count");
}

static void
draw_profile(struct graph *g, const struct csg_profile *pr)
{
	const struct csg_key *k = &g->p->keys[pr->key];

	csg_buf_printf(&g->label, "%s\nkey %s (%s%s)\nformat %s", pr->name,
	    k->name, csg_cert_keytype(k->cert), k->pss ? ", PSS" : "",
	    csg_format_words[pr->format]);
	label_names(g, pr);
	csg_buf_puts(g->out, "  ");
	put_profile(g, pr);
	put_label(
	    g, ", shape=box, style=\"filled,bold\", fillcolor=\"#dce9f7\"");
}

static const char *
line_style(bool emergency)
{
	return emergency ? " [style=dashed, color=\"#d00000\"]" : "";
}

static void
draw_route(struct graph *g, const struct csg_profile *pr, size_t r)
{
	const struct csg_rule *q = &pr->rules[r];
	bool emergency = pr->routes[r].emergency;

	if (is_plain(pr))
		return;
	csg_buf_printf(&g->label, "route %s", pr->routes[r].name);
	if (emergency) {
		csg_buf_puts(&g->label, "\nemergency");
		g->used[EMERGENCY] = true;
	}
	if (q->all_vote)
		csg_buf_puts(&g->label, "\nall must vote");
	if (q->cooling_off > 0) {
		csg_buf_puts(&g->label, "\ncooling-off ");
		csg_duration_phrase(&g->label, q->cooling_off);
	}
	if (q->window.set) {
		csg_buf_puts(&g->label, "\n");
		csg_phrase_window(&g->label, &q->window);
	}
	csg_buf_puts(g->out, "  ");
	put_route(g, pr, r);
	put_label(g,
	    emergency ? ", shape=box, style=\"rounded,dashed\", "
			"color=\"#d00000\", fontcolor=\"#d00000\"" :
			", shape=box, style=rounded");
	csg_buf_puts(g->out, "  ");
	put_profile(g, pr);
	csg_buf_puts(g->out, " -> ");
	put_route(g, pr, r);
	csg_buf_printf(g->out, "%s;\n", line_style(emergency));
}

static void
draw_clause(struct graph *g, const struct csg_profile *pr, size_t r, size_t c)
{
	const struct csg_clause *clause = &pr->rules[r].clauses[c];
	size_t group = pr->routes[r].groups[c];
	bool emergency = pr->routes[r].emergency;

	csg_buf_printf(
	    &g->label, "%zu of %s", clause->need, g->p->groups[group].name);
	if (csg_phrase_staged(&pr->rules[r]))
		csg_buf_printf(&g->label, "\nstage %u", clause->stage);
	if (clause->statement != 0) {
		csg_buf_puts(&g->label, "\nstating ");
		csg_phrase_quote(
		    &g->label, g->p->statements[clause->statement - 1]);
	}
	csg_buf_puts(g->out, "  ");
	put_clause(g->out, pr, r, c);
	put_label(g,
	    emergency ? ", shape=box, style=dashed, color=\"#d00000\"" :
			", shape=box");
	csg_buf_puts(g->out, "  ");
	put_route(g, pr, r);
	csg_buf_puts(g->out, " -> ");
	put_clause(g->out, pr, r, c);
	csg_buf_printf(g->out, "%s;\n  ", line_style(emergency));
	put_clause(g->out, pr, r, c);
	csg_buf_puts(g->out, " -> ");
	put_group(g, group);
	csg_buf_printf(g->out, "%s;\n", line_style(emergency));
	g->drawn[group] = true;
}

/* Draw lines from groups to a profile, for one part. */
static void
draw_part(struct graph *g, const struct csg_profile *pr,
    const struct csg_groups *groups, enum part part)
{
	size_t i;

	g->used[part] = g->used[part] || groups->n > 0;
	for (i = 0; i < groups->n; i++) {
		csg_buf_puts(g->out, "  ");
		put_profile(g, pr);
		csg_buf_puts(g->out, " -> ");
		put_group(g, groups->g[i]);
		csg_buf_printf(g->out, " [dir=back, style=%s, color=\"%s\"];\n",
		    parts[part].style, parts[part].color);
		g->drawn[groups->g[i]] = true;
	}
}

static void
draw_whole_profile(struct graph *g, const struct csg_profile *pr)
{
	size_t r, c;

	draw_profile(g, pr);
	for (r = 0; r < pr->nroutes; r++) {
		draw_route(g, pr, r);
		for (c = 0; c < pr->rules[r].nclauses; c++)
			draw_clause(g, pr, r, c);
	}
	draw_part(g, pr, &pr->requesters, ASKS);
	draw_part(g, pr, &pr->reject, VETOES);
	draw_part(g, pr, &pr->operators, OPERATES);
}

/* ---- groups and people ---- */

/* The number of groups drawn that the user is in. */
static size_t
memberships(const struct graph *g, size_t user)
{
	size_t i, n = 0;

	for (i = 0; i < g->p->ngroups; i++)
		n += g->drawn[i] && g->p->groups[i].member[user];
	return n;
}

static void
draw_group(struct graph *g, size_t group)
{
	const struct csg_group *gr = &g->p->groups[group];
	size_t u, n = 0;

	csg_buf_printf(&g->label, "%s: %zu", gr->name, gr->n);
	for (u = 0; u < g->p->nusers; u++) {
		if (!gr->member[u] || memberships(g, u) > 1)
			continue;
		if (n < NAMES_A_GROUP)
			csg_buf_printf(&g->label, "%s%s",
			    n == 0		      ? "\n" :
				n % NAMES_A_LINE == 0 ? ",\n" :
							", ",
			    g->p->users[u].name);
		n++;
	}
	if (n > NAMES_A_GROUP)
		csg_buf_printf(&g->label, ",\nand %zu more", n - NAMES_A_GROUP);
	csg_buf_puts(g->out, "  ");
	put_group(g, group);
	put_label(
	    g, ", shape=box, style=\"filled,rounded\", fillcolor=\"#eef4e4\"");
}

/* Draw a person who is in several groups. */
static void
draw_user(struct graph *g, size_t user)
{
	const char *name = g->p->users[user].name;
	size_t i;

	if (memberships(g, user) < 2)
		return;
	g->used[SEVERAL] = true;
	csg_buf_puts(&g->label, name);
	csg_buf_puts(g->out, "  ");
	put_node(g->out, "user", name);
	put_label(g, ", shape=ellipse, style=filled, fillcolor=\"#fff3c4\"");
	for (i = 0; i < g->p->ngroups; i++) {
		if (!g->drawn[i] || !g->p->groups[i].member[user])
			continue;
		csg_buf_puts(g->out, "  ");
		put_group(g, i);
		csg_buf_puts(g->out, " -> ");
		put_node(g->out, "user", name);
		csg_buf_puts(g->out, " [dir=none];\n");
	}
}

/* ---- all together ---- */

static void
escape_html(struct csg_buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '&' || *s == '<' || *s == '>' || *s == '"')
			csg_buf_printf(out, "&#%d;", *s);
		else
			csg_buf_add(out, s, 1);
}

/* The title, with the meaning of the lines drawn. */
static void
draw_title(struct graph *g)
{
	int i;

	csg_buf_puts(g->out,
	    "  graph [labelloc=t, fontname=\"Helvetica\", label=<policy ");
	escape_html(g->out, g->p->name);
	csg_buf_printf(
	    g->out, ", version %llu", (unsigned long long)g->p->version);
	if (g->only != NULL) {
		csg_buf_puts(g->out, ", profile ");
		escape_html(g->out, g->only->name);
	}
	for (i = 0; i < NPARTS; i++)
		if (g->used[i])
			csg_buf_printf(g->out,
			    "<br/><font point-size=\"10\" color=\"%s\">%s"
			    "</font>",
			    parts[i].color, parts[i].meaning);
	csg_buf_puts(g->out, ">];\n");
}

/* All nodes of one kind form a column. */
static void
draw_column(struct graph *g, void (*each)(struct graph *))
{
	csg_buf_puts(g->out, "  { rank=same;");
	each(g);
	csg_buf_puts(g->out, " }\n");
}

static void
list_profiles(struct graph *g)
{
	size_t i;

	for (i = 0; i < g->p->nprofiles; i++)
		if (is_in_graph(g, &g->p->profiles[i])) {
			csg_buf_puts(g->out, " ");
			put_profile(g, &g->p->profiles[i]);
			csg_buf_puts(g->out, ";");
		}
}

static void
list_groups(struct graph *g)
{
	size_t i;

	for (i = 0; i < g->p->ngroups; i++)
		if (g->drawn[i]) {
			csg_buf_puts(g->out, " ");
			put_group(g, i);
			csg_buf_puts(g->out, ";");
		}
}

static void
list_clauses(struct graph *g)
{
	const struct csg_profile *pr;
	size_t i, r, c;

	for (i = 0; i < g->p->nprofiles; i++) {
		pr = &g->p->profiles[i];
		for (r = 0; is_in_graph(g, pr) && r < pr->nroutes; r++)
			for (c = 0; c < pr->rules[r].nclauses; c++) {
				csg_buf_puts(g->out, " ");
				put_clause(g->out, pr, r, c);
				csg_buf_puts(g->out, ";");
			}
	}
}

enum csg_rc
csg_graph_dot(const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_buf *out, struct csg_err *err)
{
	struct graph g = { .p = p, .only = pr, .out = out };
	size_t i;

	if ((g.drawn = calloc(p->ngroups + 1, sizeof(*g.drawn))) == NULL)
		return csg_fail_mem(err);
	csg_buf_puts(out,
	    "digraph policy {\n"
	    "  rankdir=LR; ranksep=0.9; nodesep=0.2;\n"
	    "  node [fontname=\"Helvetica\", fontsize=11, height=0.3];\n"
	    "  edge [arrowsize=0.7];\n");
	for (i = 0; i < p->nprofiles; i++)
		if (is_in_graph(&g, &p->profiles[i]))
			draw_whole_profile(&g, &p->profiles[i]);
	for (i = 0; i < p->ngroups; i++)
		if (g.drawn[i])
			draw_group(&g, i);
	for (i = 0; i < p->nusers; i++)
		draw_user(&g, i);
	draw_column(&g, list_profiles);
	draw_column(&g, list_clauses);
	draw_column(&g, list_groups);
	draw_title(&g);
	csg_buf_puts(out, "}\n");
	free(g.drawn);
	return csg_buf_ok(out, err);
}
