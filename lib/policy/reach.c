/*
 * A maximum matching of people and places, by shortest augmenting paths
 * (Hopcroft and Karp), where all places of a group are one node.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/policy/reach.h"

/* All places that a rule has for the members of one group. */
struct node {
	const bool *member; /* [users] */
	size_t n; /* members who are in the set of people */
	size_t need;
	size_t filled;
	size_t *holder; /* [need] the people who fill the places */
	size_t turn; /* the first holder not yet asked to move */
	size_t level; /* moves from somebody without a place; or CSG_NONE */
};

struct graph {
	struct node *nodes;
	size_t nnodes;
	size_t places; /* of all nodes */
	size_t users, edges;
	size_t *first; /* [users + 1] of a person's edges */
	size_t *edge; /* [edges] node */
	size_t *next; /* [users] the edge to try */
	size_t *place; /* [users] node, or CSG_NONE */
	size_t *holders; /* [places] */
	size_t *queue; /* [nodes] */
};

static void
graph_clear(struct graph *g)
{
	free(g->nodes);
	free(g->first);
	free(g->edge);
	free(g->next);
	free(g->place);
	free(g->holders);
	free(g->queue);
}

static int
member_cmp(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct node *)a)->member;
	uintptr_t y = (uintptr_t)((const struct node *)b)->member;

	return (x > y) - (x < y);
}

/* Merge the clauses of one group into one node. */
static enum csg_rc
add_nodes(struct graph *g, const struct csg_rule *rule, struct csg_err *err)
{
	size_t c, k = 0;

	if ((g->nodes = calloc(rule->nclauses, sizeof(*g->nodes))) == NULL)
		return csg_fail_mem(err);
	for (c = 0; c < rule->nclauses; c++) {
		g->nodes[c].member = rule->clauses[c].member;
		g->nodes[c].need = rule->clauses[c].need;
		g->places += rule->clauses[c].need;
	}
	qsort(g->nodes, rule->nclauses, sizeof(*g->nodes), member_cmp);
	for (c = 1; c < rule->nclauses; c++)
		if (g->nodes[c].member == g->nodes[k].member)
			g->nodes[k].need += g->nodes[c].need;
		else
			g->nodes[++k] = g->nodes[c];
	g->nnodes = k + 1;
	return CSG_OK;
}

/* Count the members, and each person's edges into first[u + 1]. */
static enum csg_rc
count_edges(struct graph *g, const bool *people, struct csg_err *err)
{
	struct node *n;
	size_t u;
	bool in;

	if ((g->first = calloc(g->users + 1, sizeof(*g->first))) == NULL)
		return csg_fail_mem(err);
	for (n = g->nodes; n < g->nodes + g->nnodes; n++) {
		for (u = 0; u < g->users; u++) {
			in = n->member[u] && (people == NULL || people[u]);
			n->n += in;
			g->first[u + 1] += in;
		}
		g->edges += n->n;
	}
	return CSG_OK;
}

/*
 * Do the numbers alone decide?  A group, or all together, has too few members
 * (*out false); or each group has at least one member more than there are
 * places in all (*out true).
 */
static bool
is_plain(const struct graph *g, bool *out)
{
	size_t u, i, there = 0;

	*out = true;
	for (i = 0; i < g->nnodes; i++)
		if (g->nodes[i].n <= g->places)
			*out = false;
	if (*out)
		return true;
	for (i = 0; i < g->nnodes; i++)
		if (g->nodes[i].need > g->nodes[i].n)
			return true;
	for (u = 0; u < g->users; u++)
		there += g->first[u + 1] > 0;
	return g->places > there;
}

/* Add the edges; nobody has a place yet. */
static enum csg_rc
add_edges(struct graph *g, const bool *people, struct csg_err *err)
{
	size_t u, i, *holder;

	g->edge = calloc(g->edges, sizeof(*g->edge));
	g->next = calloc(g->users, sizeof(*g->next));
	g->place = calloc(g->users, sizeof(*g->place));
	g->holders = calloc(g->places, sizeof(*g->holders));
	g->queue = calloc(g->nnodes, sizeof(*g->queue));
	if (g->edge == NULL || g->next == NULL || g->place == NULL ||
	    g->holders == NULL || g->queue == NULL)
		return csg_fail_mem(err);
	for (u = 0; u < g->users; u++) {
		g->place[u] = CSG_NONE;
		g->next[u] = g->first[u];
		g->first[u + 1] += g->first[u];
	}
	for (i = 0, holder = g->holders; i < g->nnodes; i++) {
		g->nodes[i].holder = holder;
		holder += g->nodes[i].need;
		for (u = 0; u < g->users; u++)
			if (g->nodes[i].member[u] &&
			    (people == NULL || people[u]))
				g->edge[g->next[u]++] = i;
	}
	return CSG_OK;
}

/* Mark the nodes that u could move to and that were not reached before. */
static void
reach_from(struct graph *g, size_t u, size_t level, size_t *end)
{
	struct node *n;
	size_t e;

	for (e = g->first[u]; e < g->first[u + 1]; e++) {
		n = &g->nodes[g->edge[e]];
		if (n->level == CSG_NONE) {
			n->level = level;
			g->queue[(*end)++] = g->edge[e];
		}
	}
}

/*
 * Find the levels of all nodes: how many people have to move before somebody
 * without a place gets one there.  Returns whether a free place is reachable.
 */
static bool
find_levels(struct graph *g)
{
	size_t u, i, begin, end = 0;
	const struct node *n;
	bool is_free = false;

	for (i = 0; i < g->nnodes; i++)
		g->nodes[i].level = CSG_NONE;
	for (u = 0; u < g->users; u++)
		if (g->place[u] == CSG_NONE)
			reach_from(g, u, 0, &end);
	for (begin = 0; begin < end; begin++) {
		n = &g->nodes[g->queue[begin]];
		is_free = is_free || n->filled < n->need;
		for (i = 0; i < n->filled; i++)
			reach_from(g, n->holder[i], n->level + 1, &end);
	}
	return is_free;
}

/* Find u a place on that level; its holder moves to the next level if
 * necessary.  Nobody is asked twice between two runs of find_levels(). */
static bool
seat(struct graph *g, size_t u, size_t level)
{
	struct node *n;
	size_t i;

	for (; g->next[u] < g->first[u + 1]; g->next[u]++) {
		n = &g->nodes[g->edge[g->next[u]]];
		if (n->level != level)
			continue;
		while (n->filled == n->need && n->turn < n->need) {
			i = n->turn++;
			if (seat(g, n->holder[i], level + 1)) {
				n->holder[i] = u;
				g->place[u] = g->edge[g->next[u]];
				return true;
			}
		}
		if (n->filled < n->need) {
			n->holder[n->filled++] = u;
			g->place[u] = g->edge[g->next[u]];
			return true;
		}
	}
	return false;
}

/* Fill as many places as possible.  Returns whether all are filled. */
static bool
fill(struct graph *g)
{
	size_t u, i, seated = 0;

	while (seated < g->places && find_levels(g)) {
		for (i = 0; i < g->nnodes; i++)
			g->nodes[i].turn = 0;
		for (u = 0; u < g->users; u++)
			g->next[u] = g->first[u];
		for (u = 0; u < g->users; u++)
			seated += g->place[u] == CSG_NONE && seat(g, u, 0);
	}
	return seated == g->places;
}

enum csg_rc
csg_reach_find(const struct csg_rule *rule, size_t users, const bool *people,
    bool *spare, struct csg_err *err)
{
	struct graph g = { .users = users };
	bool all = false;
	size_t u;
	enum csg_rc rc;

	memset(spare, 0, users * sizeof(*spare));
	if ((rc = add_nodes(&g, rule, err)) != CSG_OK ||
	    (rc = count_edges(&g, people, err)) != CSG_OK)
		goto out;
	if (is_plain(&g, &all)) {
		for (u = 0; u < users; u++)
			spare[u] = all;
		goto out;
	}
	if ((rc = add_edges(&g, people, err)) != CSG_OK || !fill(&g))
		goto out;
	/* spare: those in a place that somebody without one could take */
	(void)find_levels(&g);
	for (u = 0; u < users; u++)
		spare[u] = g.place[u] == CSG_NONE ||
		    g.nodes[g.place[u]].level != CSG_NONE;
out:
	graph_clear(&g);
	return rc;
}
