#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition_model.h"

/*
 * Counting the smallest sets.
 *
 * Kinds are taken one after the other, so many people of each.  What matters
 * of a set so far is its state: the ways in which its people can all be of
 * use, each of them as the requester, in a place, or as an operator who is
 * nothing else.  In a smallest set nobody is of no use, so a set with no way
 * left is given up.  Sets in the same state have the same continuations,
 * which are counted once.  A set is one path however many ways it has, so it
 * is counted once.
 *
 * A way is a number: the places filled in each clause, as digits, then
 * whether there is the requester, then whether there is the extra operator.
 * A state is one word for the people taken, and a bit for each way of each
 * route.
 */

#define WAYS_MAX ((size_t)1 << 20) /* bits of a route */

struct space {
	size_t route;
	size_t *step; /* [clauses] of one more place */
	size_t asker, extra; /* steps; extra 0: none is needed */
	size_t ways, full; /* the way that suffices */
	size_t at, words; /* of the state */
	bool *asks; /* [kinds]: requesters who leave enough others */
};

/* Ways, where all must vote: two bits. */
#define ALIVE 1u /* nobody of the clauses was left out */
#define ASKED 2u /* there is one of asks */

struct number {
	uint64_t sets, forms;
	bool inexact;
};

struct entry {
	size_t kind;
	uint64_t hash;
	bool known;
	struct number number;
};

struct counter {
	struct audit_model *m;
	struct space *spaces;
	size_t nspaces;
	size_t words; /* of a state */
	size_t *rest; /* [kinds + 1]: people of this kind and later ones */
	uint64_t *states; /* [(kinds + 1) * words]: on the path */
	uint64_t *paths; /* the same for listing */
	uint64_t *next; /* [words] */

	struct entry *entries;
	uint64_t *keys; /* [entries * words] */
	size_t nentries, cap;
	size_t *table; /* entry + 1, or 0 */
	size_t slots; /* a power of two */
	bool no_memory;

	size_t *form; /* [kinds] that is being listed */
};

static const struct csg_audit_kind *
kind_of(const struct counter *c, size_t k)
{
	return &c->m->a->kinds[k];
}

/* ---- numbers: UINT64_MAX is "more" ---- */

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t
product(uint64_t a, uint64_t b)
{
	return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t
divisor(uint64_t a, uint64_t b)
{
	uint64_t t;

	for (; b != 0; a = t) {
		t = b;
		b = a % b;
	}
	return a;
}

/* From "n over j - 1" to "n over j". */
static uint64_t
binomial_next(uint64_t b, size_t n, size_t j)
{
	uint64_t d;

	if (b == UINT64_MAX)
		return b;
	d = divisor(b, j);
	return product(b / d, (n - j + 1) / (j / d));
}

/* ---- states ---- */

#define TAKEN(s) ((s)[0] >> 1)
#define RUN 1u /* there is an operator */

static bool
bit(const uint64_t *words, size_t i)
{
	return (words[i / 64] >> (i % 64) & 1) != 0;
}

static void
set_bit(uint64_t *words, size_t i)
{
	words[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool
is_empty(const uint64_t *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (words[i] != 0)
			return false;
	return true;
}

/* All ways that a way leads to if one of kind k joins. */
static void
step_way(struct counter *c, const struct space *sp, size_t k, size_t way,
    uint64_t *out)
{
	const struct audit_route *r = &c->m->routes[sp->route];
	size_t n = r->rule->nclauses, i, need;

	for (i = 0; i < n; i++) {
		need = r->rule->clauses[i].need;
		if (r->in[k * n + i] && way / sp->step[i] % (need + 1) < need)
			set_bit(out, way + sp->step[i]);
	}
	if (kind_of(c, k)->may_ask && way / sp->asker % 2 == 0)
		set_bit(out, way + sp->asker);
	if (sp->extra != 0 && kind_of(c, k)->may_run &&
	    way / sp->extra % 2 == 0)
		set_bit(out, way + sp->extra);
	c->m->work += n;
}

/* One of kind k joins where all must vote. */
static void
step_all(struct counter *c, const struct space *sp, size_t k, uint64_t *state)
{
	if ((state[sp->at] & ALIVE) == 0)
		return;
	if (sp->asks[k])
		state[sp->at] |= ASKED;
	else if (!c->m->routes[sp->route].any[k] && !kind_of(c, k)->may_run)
		state[sp->at] = 0;
}

/* One of kind k joins. */
static void
step(struct counter *c, size_t k, uint64_t *state)
{
	const struct space *sp;
	size_t s, i;

	state[0] += 2;
	if (kind_of(c, k)->may_run)
		state[0] |= RUN;
	for (s = 0; s < c->nspaces; s++) {
		sp = &c->spaces[s];
		if (sp->ways == 0) {
			step_all(c, sp, k, state);
			continue;
		}
		memset(c->next, 0, sp->words * sizeof(*c->next));
		for (i = 0; i < sp->ways; i++)
			if (state[sp->at + i / 64] == 0)
				i |= 63;
			else if (bit(&state[sp->at], i))
				step_way(c, sp, k, i, c->next);
		memcpy(&state[sp->at], c->next, sp->words * sizeof(*c->next));
		c->m->work += sp->words;
	}
}

/* No more of kind k join than these. */
static void
close_kind(struct counter *c, size_t k, size_t taken, uint64_t *state)
{
	const struct space *sp;
	size_t s;

	for (s = 0; s < c->nspaces; s++) {
		sp = &c->spaces[s];
		if (sp->ways == 0 && taken < kind_of(c, k)->n &&
		    c->m->routes[sp->route].any[k])
			state[sp->at] = 0;
	}
}

/* Is it one of the smallest sets? */
static bool
suffices(const struct counter *c, const uint64_t *state)
{
	const struct space *sp;
	size_t s;

	if (TAKEN(state) != c->m->a->size ||
	    (c->m->operators && (state[0] & RUN) == 0))
		return false;
	for (s = 0; s < c->nspaces; s++) {
		sp = &c->spaces[s];
		if (sp->ways == 0 ? state[sp->at] == (ALIVE | ASKED) :
				    bit(&state[sp->at], sp->full))
			return true;
	}
	return false;
}

/* Can none of kind k or later make it one? */
static bool
is_hopeless(const struct counter *c, size_t k, const uint64_t *state)
{
	return TAKEN(state) + c->rest[k] < c->m->a->size ||
	    is_empty(state + 1, c->words - 1);
}

/* ---- the table of states seen ---- */

static uint64_t
hash(const struct counter *c, size_t k, const uint64_t *state)
{
	uint64_t h = k + UINT64_C(0x9e3779b97f4a7c15);
	size_t i;

	for (i = 0; i < c->words; i++) {
		h = (h ^ state[i]) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return h;
}

/* The slot of the state, or the free one where it belongs. */
static size_t
find_slot(const struct counter *c, size_t k, uint64_t h, const uint64_t *state)
{
	size_t i, e;

	for (i = (size_t)h;; i++) {
		e = c->table[i & (c->slots - 1)];
		if (e == 0 ||
		    (c->entries[e - 1].hash == h &&
			c->entries[e - 1].kind == k &&
			memcmp(&c->keys[(e - 1) * c->words], state,
			    c->words * sizeof(*state)) == 0))
			return i & (c->slots - 1);
	}
}

/* Room for more entries; each is found by its number, not its address. */
static bool
grow(struct counter *c)
{
	size_t cap = c->cap == 0 ? 256 : 2 * c->cap, i;
	struct entry *entries = calloc(cap, sizeof(*entries));
	uint64_t *keys = calloc(cap, c->words * sizeof(*keys));
	size_t *table = calloc(2 * cap, sizeof(*table));

	if (entries == NULL || keys == NULL || table == NULL) {
		free(entries);
		free(keys);
		free(table);
		return false;
	}
	if (c->nentries > 0) {
		memcpy(entries, c->entries, c->nentries * sizeof(*entries));
		memcpy(keys, c->keys, c->nentries * c->words * sizeof(*keys));
	}
	free(c->entries);
	free(c->keys);
	free(c->table);
	c->entries = entries; /* transferred */
	c->keys = keys; /* transferred */
	c->table = table; /* transferred */
	c->cap = cap;
	c->slots = 2 * cap;
	for (i = 0; i < c->nentries; i++)
		table[find_slot(c, entries[i].kind, entries[i].hash,
		    &keys[i * c->words])] = i + 1;
	return true;
}

/* The entry of the state, perhaps a new one; NULL: that is too much. */
static struct entry *
find_entry(struct counter *c, size_t k, const uint64_t *state)
{
	uint64_t h = hash(c, k, state);
	struct entry *e;
	size_t slot;

	if (c->no_memory)
		return NULL;
	if (c->nentries == c->cap && !grow(c)) {
		c->no_memory = true;
		return NULL;
	}
	slot = find_slot(c, k, h, state);
	if (c->table[slot] != 0)
		return &c->entries[c->table[slot] - 1];
	if (c->m->work > CSG_AUDIT_WORK)
		return NULL;
	e = &c->entries[c->nentries];
	*e = (struct entry){ .kind = k, .hash = h };
	memcpy(
	    &c->keys[c->nentries * c->words], state, c->words * sizeof(*state));
	c->table[slot] = ++c->nentries;
	c->m->work += 8 + 4 * c->words; /* bounds the memory, too */
	return e;
}

/* ---- counting ---- */

static uint64_t *
state_at(const struct counter *c, uint64_t *states, size_t k)
{
	return &states[k * c->words];
}

static size_t
most_of(const struct counter *c, size_t k, const uint64_t *state)
{
	size_t left = c->m->a->size - TAKEN(state);

	return kind_of(c, k)->n < left ? kind_of(c, k)->n : left;
}

/* How many of the smallest sets go on from the state at kind k? */
static struct number
count(struct counter *c, size_t k)
{
	uint64_t *state = state_at(c, c->states, k), b = 1;
	struct number n = { 0 }, more;
	struct entry *e;
	size_t j, most, at;

	if (is_hopeless(c, k, state))
		return n;
	if (k == c->m->a->nkinds) {
		n.sets = n.forms = suffices(c, state);
		return n;
	}
	n.inexact = true;
	if ((e = find_entry(c, k, state)) == NULL)
		return n;
	if (e->known)
		return e->number;
	n.inexact = false;
	at = (size_t)(e - c->entries);
	most = most_of(c, k, state);
	for (j = 0; j <= most; j++) {
		if (j > 0) {
			step(c, k, state);
			b = binomial_next(b, kind_of(c, k)->n, j);
		}
		memcpy(state_at(c, c->states, k + 1), state,
		    c->words * sizeof(*state));
		close_kind(c, k, j, state_at(c, c->states, k + 1));
		more = count(c, k + 1);
		n.sets = sum(n.sets, product(b, more.sets));
		n.forms = sum(n.forms, more.forms);
		n.inexact = n.inexact || more.inexact;
	}
	c->entries[at].number = n;
	c->entries[at].known = true;
	return n;
}

/* ---- listing ---- */

static void
add_form(struct counter *c)
{
	struct csg_audit *a = c->m->a;

	memcpy(&a->forms[a->nforms++ * a->nkinds], c->form,
	    a->nkinds * sizeof(*c->form));
}

/* Go where the count says that there are forms, most of the first kinds
 * first. */
static void
list(struct counter *c, size_t k)
{
	uint64_t *from = state_at(c, c->paths, k);
	uint64_t *to = state_at(c, c->paths, k + 1);
	size_t j, i;

	if (k == c->m->a->nkinds) {
		add_form(c);
		return;
	}
	for (j = most_of(c, k, from) + 1; j-- > 0;) {
		if (c->m->a->nforms == CSG_AUDIT_FORMS ||
		    c->m->work > 2 * CSG_AUDIT_WORK)
			return;
		memcpy(to, from, c->words * sizeof(*to));
		for (i = 0; i < j; i++)
			step(c, k, to);
		close_kind(c, k, j, to);
		memcpy(
		    state_at(c, c->states, k + 1), to, c->words * sizeof(*to));
		if (count(c, k + 1).forms == 0)
			continue;
		c->form[k] = j;
		list(c, k + 1);
	}
}

/* When that is too much work: one form, of each kind as few as can be. */
static void
list_one(struct counter *c)
{
	struct csg_audit *a = c->m->a;
	uint64_t sets = 1, b;
	size_t k, j, lo, hi;

	memcpy(c->form, c->m->all, a->nkinds * sizeof(*c->form));
	for (k = a->nkinds; k-- > 0;) {
		lo = 0;
		hi = c->form[k];
		while (lo < hi) {
			c->form[k] = lo + (hi - lo) / 2;
			if (audit_has_smallest(c->m, c->form))
				hi = c->form[k];
			else
				lo = c->form[k] + 1;
		}
		c->form[k] = lo;
		for (j = 1, b = 1; j <= lo; j++)
			b = binomial_next(b, a->kinds[k].n, j);
		sets = product(sets, b);
	}
	add_form(c);
	if (sets > a->count)
		a->count = sets;
}

/* ---- sets by name ---- */

/* The form's sets with these people of the kinds before k, from the i-th of
 * kind k on of whom "left" are to be taken. */
static void
name_sets(struct csg_audit *a, const size_t *form, size_t k, size_t i,
    size_t left, size_t *set, size_t n)
{
	const struct csg_audit_kind *kind = &a->kinds[k];

	if (k == a->nkinds) {
		memcpy(&a->sets[a->nsets++ * a->size], set,
		    a->size * sizeof(*set));
		return;
	}
	if (left == 0) {
		name_sets(a, form, k + 1, 0,
		    k + 1 < a->nkinds ? form[k + 1] : 0, set, n);
		return;
	}
	for (; i + left <= kind->n; i++) {
		set[n] = kind->users[i];
		name_sets(a, form, k, i + 1, left - 1, set, n + 1);
	}
}

static enum csg_rc
find_sets(struct csg_audit *a, struct csg_err *err)
{
	size_t i, *set;

	if (!a->count_exact || !a->forms_all || a->count > CSG_AUDIT_SETS)
		return CSG_OK;
	set = calloc(a->size, sizeof(*set));
	a->sets = calloc((size_t)a->count * a->size, sizeof(*a->sets));
	if (set == NULL || a->sets == NULL) {
		free(set);
		return csg_fail_mem(err);
	}
	for (i = 0; i < a->nforms; i++)
		name_sets(a, &a->forms[i * a->nkinds], 0, 0,
		    a->forms[i * a->nkinds], set, 0);
	free(set);
	return CSG_OK;
}

/* ---- making ready ---- */

/* The numbers of ways, and their steps; false: too many. */
static bool
lay_out(struct counter *c, struct space *sp)
{
	const struct audit_route *r = &c->m->routes[sp->route];
	size_t i, need, n = 1;

	for (i = 0; i < r->rule->nclauses; i++) {
		need = r->rule->clauses[i].need;
		if (n * 4 > WAYS_MAX / (need + 1))
			return false;
		sp->step[i] = n;
		sp->full += need * n;
		n *= need + 1;
	}
	sp->asker = n;
	sp->full += n;
	n *= 2;
	if (c->m->a->size > r->places + 1) {
		sp->extra = n;
		sp->full += n;
		n *= 2;
	}
	sp->ways = n;
	sp->words = (n + 63) / 64;
	return true;
}

/* Where all must vote, no ways are searched. */
static void
find_asks(struct counter *c, struct space *sp)
{
	size_t k;

	for (k = 0; k < c->m->a->nkinds; k++)
		sp->asks[k] = audit_size(c->m, sp->route, c->m->all, k) != 0;
}

/* Only routes that have smallest sets take part. */
static enum csg_rc
find_spaces(struct counter *c, bool *fit, struct csg_err *err)
{
	const struct csg_audit *a = c->m->a;
	struct space *sp;
	size_t r;

	*fit = true;
	c->words = 1;
	for (r = 0; r < a->nroutes; r++) {
		if (a->routes[r].size != a->size)
			continue;
		sp = &c->spaces[c->nspaces++];
		sp->route = r;
		sp->at = c->words;
		sp->words = 1;
		sp->step =
		    calloc(c->m->routes[r].rule->nclauses, sizeof(*sp->step));
		sp->asks = calloc(a->nkinds, sizeof(*sp->asks));
		if (sp->step == NULL || sp->asks == NULL)
			return csg_fail_mem(err);
		if (c->m->routes[r].rule->all_vote)
			find_asks(c, sp);
		else if (!lay_out(c, sp))
			*fit = false;
		c->words += sp->words;
	}
	return CSG_OK;
}

static enum csg_rc
counter_init(struct counter *c, bool *fit, struct csg_err *err)
{
	size_t n = c->m->a->nkinds, k;
	enum csg_rc rc;

	c->spaces = calloc(c->m->a->nroutes + 1, sizeof(*c->spaces));
	if (c->spaces == NULL)
		return csg_fail_mem(err);
	if ((rc = find_spaces(c, fit, err)) != CSG_OK)
		return rc;
	*fit = *fit && (n + 1) * c->words < CSG_AUDIT_WORK / 4;
	c->form = calloc(n + 1, sizeof(*c->form));
	c->rest = calloc(n + 1, sizeof(*c->rest));
	c->m->a->forms = calloc(CSG_AUDIT_FORMS, n * sizeof(*c->form));
	if (c->form == NULL || c->rest == NULL || c->m->a->forms == NULL)
		return csg_fail_mem(err);
	if (!*fit)
		return CSG_OK;
	c->states = calloc(n + 1, c->words * sizeof(*c->states));
	c->paths = calloc(n + 1, c->words * sizeof(*c->paths));
	c->next = calloc(c->words, sizeof(*c->next));
	if (c->states == NULL || c->paths == NULL || c->next == NULL)
		return csg_fail_mem(err);
	for (k = n; k-- > 0;)
		c->rest[k] = c->rest[k + 1] + kind_of(c, k)->n;
	return CSG_OK;
}

static void
counter_clear(struct counter *c)
{
	size_t s;

	for (s = 0; s < c->nspaces; s++) {
		free(c->spaces[s].step);
		free(c->spaces[s].asks);
	}
	free(c->spaces);
	free(c->rest);
	free(c->states);
	free(c->paths);
	free(c->next);
	free(c->entries);
	free(c->keys);
	free(c->table);
	free(c->form);
}

/* Nobody yet: one way, and no rule broken. */
static void
start(struct counter *c, uint64_t *states)
{
	size_t s;

	memset(states, 0, c->words * sizeof(*states));
	for (s = 0; s < c->nspaces; s++)
		states[c->spaces[s].at] = 1; /* way 0; or ALIVE */
}

enum csg_rc
audit_count(struct audit_model *m, struct csg_err *err)
{
	struct counter c = { .m = m };
	struct csg_audit *a = m->a;
	struct number n = { 0, 0, true };
	bool fit = false;
	enum csg_rc rc;

	m->work = 0;
	if ((rc = counter_init(&c, &fit, err)) != CSG_OK)
		goto out;
	if (fit) {
		start(&c, c.states);
		n = count(&c, 0);
	}
	a->count = n.sets;
	a->count_exact = !n.inexact && n.sets != UINT64_MAX;
	if (!n.inexact) {
		start(&c, c.paths);
		list(&c, 0);
	}
	if (a->nforms == 0)
		list_one(&c);
	a->forms_all = !n.inexact && n.forms == a->nforms;
	rc = c.no_memory ? csg_fail_mem(err) : find_sets(a, err);
out:
	counter_clear(&c);
	return rc;
}
