#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition_states.h"

#define WAYS_MAX ((size_t)1 << 20) /* most bits for a route */

/* The ways of one route. */
struct csg_ways {
	size_t route;
	size_t *step; /* [clauses]: difference made by one more place */
	/* the same for requester, operator; extra is 0 if none is needed */
	size_t asker, extra;
	size_t n, full; /* number of ways; the way that suffices */
	size_t at, words; /* first word and number of words in the state */
	bool *asks; /* [kinds]: requesters who leave enough others */
};

/* Where all must vote there are no ways (n is 0), only two bits. */
#define ALIVE 1u /* no member of the clauses was left out */
#define ASKED 2u /* a requester of "asks" was taken */

/* The first word is the number of people taken, shifted left, and this bit. */
#define RUN 1u /* an operator was taken */

static const struct csg_coalition_kind *
kind_at(const struct csg_states *s, size_t k)
{
	return &s->m->a->kinds[k];
}

/* ---- making ready ---- */

/* Number the ways and find their steps; false if there are too many. */
static bool
number_ways(const struct csg_coalition_model *m, struct csg_ways *w)
{
	const struct csg_coalition_rule *r = &m->routes[w->route];
	size_t i, need, n = 1;

	for (i = 0; i < r->rule->nclauses; i++) {
		need = r->rule->clauses[i].need;
		if (n * 4 > WAYS_MAX / (need + 1))
			return false;
		w->step[i] = n;
		w->full += need * n;
		n *= need + 1;
	}
	w->asker = n;
	w->full += n;
	n *= 2;
	if (m->a->size > r->places + 1) {
		w->extra = n;
		w->full += n;
		n *= 2;
	}
	w->n = n;
	w->words = (n + 63) / 64;
	return true;
}

/* Where all must vote, ways are not needed. */
static void
find_askers(struct csg_coalition_model *m, struct csg_ways *w)
{
	size_t k;

	for (k = 0; k < m->a->nkinds; k++)
		w->asks[k] = csg_coalition_size(m, w->route, m->all, k) != 0;
}

/* Only routes that have smallest sets are searched. */
static enum csg_rc
find_routes(struct csg_states *s, bool *fits, struct csg_err *err)
{
	const struct csg_coalitions *a = s->m->a;
	const struct csg_rule *rule;
	struct csg_ways *w;
	size_t r;

	*fits = true;
	s->words = 1;
	for (r = 0; r < a->nroutes; r++) {
		if (a->routes[r].size != a->size)
			continue;
		rule = s->m->routes[r].rule;
		w = &s->routes[s->nroutes++];
		w->route = r;
		w->at = s->words;
		w->words = 1;
		w->step = calloc(rule->nclauses, sizeof(*w->step));
		w->asks = calloc(a->nkinds, sizeof(*w->asks));
		if (w->step == NULL || w->asks == NULL)
			return csg_fail_mem(err);
		if (rule->all_vote)
			find_askers(s->m, w);
		else if (!number_ways(s->m, w))
			*fits = false;
		s->words += w->words;
	}
	return CSG_OK;
}

enum csg_rc
csg_states_init(struct csg_states *s, struct csg_coalition_model *m, bool *fits,
    struct csg_err *err)
{
	size_t n = m->a->nkinds, k;
	enum csg_rc rc;

	*s = (struct csg_states){ .m = m };
	s->routes = calloc(m->a->nroutes + 1, sizeof(*s->routes));
	if (s->routes == NULL)
		return csg_fail_mem(err);
	if ((rc = find_routes(s, fits, err)) != CSG_OK)
		return rc;
	*fits = *fits && (n + 1) * s->words < CSG_COALITION_WORK / 4;
	if (!*fits)
		return CSG_OK;
	s->rest = calloc(n + 1, sizeof(*s->rest));
	s->next = calloc(s->words, sizeof(*s->next));
	if (s->rest == NULL || s->next == NULL)
		return csg_fail_mem(err);
	for (k = n; k-- > 0;)
		s->rest[k] = s->rest[k + 1] + kind_at(s, k)->n;
	return CSG_OK;
}

void
csg_states_clear(struct csg_states *s)
{
	size_t i;

	for (i = 0; i < s->nroutes; i++) {
		free(s->routes[i].step);
		free(s->routes[i].asks);
	}
	free(s->routes);
	free(s->rest);
	free(s->next);
}

/* The start: way 0 of each route, nobody left out. */
void
csg_states_start(const struct csg_states *s, uint64_t *state)
{
	size_t i;

	memset(state, 0, s->words * sizeof(*state));
	for (i = 0; i < s->nroutes; i++)
		state[s->routes[i].at] = 1; /* way 0; or ALIVE */
}

/* ---- from one state to the next ---- */

static bool
has_bit(const uint64_t *words, size_t i)
{
	return (words[i / 64] >> (i % 64) & 1) != 0;
}

static void
set_bit(uint64_t *words, size_t i)
{
	words[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool
are_zero(const uint64_t *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (words[i] != 0)
			return false;
	return true;
}

/* Add the ways that a way leads to when a person of kind k joins. */
static void
extend_way(const struct csg_states *s, const struct csg_ways *w, size_t k,
    size_t way, uint64_t *out)
{
	const struct csg_coalition_rule *r = &s->m->routes[w->route];
	size_t n = r->rule->nclauses, i, need;

	for (i = 0; i < n; i++) {
		need = r->rule->clauses[i].need;
		if (r->in[k * n + i] && way / w->step[i] % (need + 1) < need)
			set_bit(out, way + w->step[i]);
	}
	if (kind_at(s, k)->may_ask && way / w->asker % 2 == 0)
		set_bit(out, way + w->asker);
	if (w->extra != 0 && kind_at(s, k)->may_run && way / w->extra % 2 == 0)
		set_bit(out, way + w->extra);
	s->m->work += n;
}

/* A person of kind k joins on a route where all must vote. */
static void
join_voters(const struct csg_states *s, const struct csg_ways *w, size_t k,
    uint64_t *state)
{
	if ((state[w->at] & ALIVE) == 0)
		return;
	if (w->asks[k])
		state[w->at] |= ASKED;
	else if (!s->m->routes[w->route].any[k] && !kind_at(s, k)->may_run)
		state[w->at] = 0;
}

void
csg_states_join(struct csg_states *s, size_t k, uint64_t *state)
{
	const struct csg_ways *w;
	size_t r, i;

	state[0] += 2;
	if (kind_at(s, k)->may_run)
		state[0] |= RUN;
	for (r = 0; r < s->nroutes; r++) {
		w = &s->routes[r];
		if (w->n == 0) {
			join_voters(s, w, k, state);
			continue;
		}
		memset(s->next, 0, w->words * sizeof(*s->next));
		for (i = 0; i < w->n; i++)
			if (state[w->at + i / 64] == 0)
				i |= 63;
			else if (has_bit(&state[w->at], i))
				extend_way(s, w, k, i, s->next);
		memcpy(&state[w->at], s->next, w->words * sizeof(*s->next));
		s->m->work += w->words;
	}
}

void
csg_states_close(
    const struct csg_states *s, size_t k, size_t taken, uint64_t *state)
{
	const struct csg_ways *w;
	size_t r;

	for (r = 0; r < s->nroutes; r++) {
		w = &s->routes[r];
		if (w->n == 0 && taken < kind_at(s, k)->n &&
		    s->m->routes[w->route].any[k])
			state[w->at] = 0;
	}
}

/* ---- what a state means ---- */

size_t
csg_states_taken(const uint64_t *state)
{
	return (size_t)(state[0] >> 1);
}

bool
csg_states_suffices(const struct csg_states *s, const uint64_t *state)
{
	const struct csg_ways *w;
	size_t r;

	if (csg_states_taken(state) != s->m->a->size ||
	    (s->m->operators && (state[0] & RUN) == 0))
		return false;
	for (r = 0; r < s->nroutes; r++) {
		w = &s->routes[r];
		if (w->n == 0 ? state[w->at] == (ALIVE | ASKED) :
				has_bit(&state[w->at], w->full))
			return true;
	}
	return false;
}

bool
csg_states_is_hopeless(
    const struct csg_states *s, size_t k, const uint64_t *state)
{
	return csg_states_taken(state) + s->rest[k] < s->m->a->size ||
	    are_zero(state + 1, s->words - 1);
}
