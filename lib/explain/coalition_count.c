#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition_count.h"
#include "lib/explain/coalition_states.h"

/*
 * Sets in the same state have the same continuations, which are counted once. A
 * set leads to one path of states, even if its people can be used in several
 * ways, so it is counted once.
 */

struct number {
	uint64_t sets, forms;
	bool inexact;
};

/* A state that was seen, and the number counted from it. */
struct entry {
	size_t kind;
	uint64_t hash;
	bool known;
	struct number number;
};

struct counter {
	struct csg_coalition_model *m;
	struct csg_states s;
	uint64_t *states; /* [(kinds + 1) * words]: on the path */
	uint64_t *paths; /* the same, while listing */

	struct entry *entries;
	uint64_t *keys; /* [entries * words] */
	size_t nentries, cap;
	size_t *table; /* entry + 1, or 0 */
	size_t slots; /* a power of two */
	bool no_memory;

	size_t *form; /* [kinds]: the form that is being listed */
};

/* ---- numbers: UINT64_MAX means "or more" ---- */

static uint64_t
add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t
multiply_capped(uint64_t a, uint64_t b)
{
	return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t
common_divisor(uint64_t a, uint64_t b)
{
	uint64_t t;

	for (; b != 0; a = t) {
		t = b;
		b = a % b;
	}
	return a;
}

/* The binomial coefficient of n and j, from that of n and j - 1. */
static uint64_t
binomial_next(uint64_t b, size_t n, size_t j)
{
	uint64_t d;

	if (b == UINT64_MAX)
		return b;
	d = common_divisor(b, j);
	return multiply_capped(b / d, (n - j + 1) / (j / d));
}

/* ---- the table of states seen ---- */

static uint64_t
hash_state(const struct counter *c, size_t k, const uint64_t *state)
{
	uint64_t h = k + UINT64_C(0x9e3779b97f4a7c15);
	size_t i;

	for (i = 0; i < c->s.words; i++) {
		h = (h ^ state[i]) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return h;
}

/* The slot of the state, or the free slot where it belongs. */
static size_t
find_slot(const struct counter *c, size_t k, uint64_t h, const uint64_t *state)
{
	size_t i, e;

	for (i = (size_t)h;; i++) {
		e = c->table[i & (c->slots - 1)];
		if (e == 0 ||
		    (c->entries[e - 1].hash == h &&
			c->entries[e - 1].kind == k &&
			memcmp(&c->keys[(e - 1) * c->s.words], state,
			    c->s.words * sizeof(*state)) == 0))
			return i & (c->slots - 1);
	}
}

/* Make room for more entries.  Entries move, so they are found by number. */
static bool
grow_states(struct counter *c)
{
	size_t cap = c->cap == 0 ? 256 : 2 * c->cap, i;
	struct entry *entries = calloc(cap, sizeof(*entries));
	uint64_t *keys = calloc(cap, c->s.words * sizeof(*keys));
	size_t *table = calloc(2 * cap, sizeof(*table));

	if (entries == NULL || keys == NULL || table == NULL) {
		free(entries);
		free(keys);
		free(table);
		return false;
	}
	if (c->nentries > 0) {
		memcpy(entries, c->entries, c->nentries * sizeof(*entries));
		memcpy(keys, c->keys, c->nentries * c->s.words * sizeof(*keys));
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
		    &keys[i * c->s.words])] = i + 1;
	return true;
}

/* The entry of the state, new if needed; NULL if that is too much work or
 * memory is short. */
static struct entry *
entry_of(struct counter *c, size_t k, const uint64_t *state)
{
	uint64_t h = hash_state(c, k, state);
	struct entry *e;
	size_t slot;

	if (c->no_memory)
		return NULL;
	if (c->nentries == c->cap && !grow_states(c)) {
		c->no_memory = true;
		return NULL;
	}
	slot = find_slot(c, k, h, state);
	if (c->table[slot] != 0)
		return &c->entries[c->table[slot] - 1];
	if (c->m->work > CSG_COALITION_WORK)
		return NULL;
	e = &c->entries[c->nentries];
	*e = (struct entry){ .kind = k, .hash = h };
	memcpy(&c->keys[c->nentries * c->s.words], state,
	    c->s.words * sizeof(*state));
	c->table[slot] = ++c->nentries;
	c->m->work += 8 + 4 * c->s.words; /* this limits the memory, too */
	return e;
}

/* ---- counting ---- */

static uint64_t *
state_at(const struct counter *c, uint64_t *states, size_t k)
{
	return &states[k * c->s.words];
}

static size_t
most_of(const struct counter *c, size_t k, const uint64_t *state)
{
	size_t left = c->m->a->size - csg_states_taken(state);

	return c->m->a->kinds[k].n < left ? c->m->a->kinds[k].n : left;
}

/* Count the smallest sets that continue from the state at kind k. */
static struct number
count_from(struct counter *c, size_t k)
{
	uint64_t *state = state_at(c, c->states, k), b = 1;
	struct number n = { 0 }, more;
	struct entry *e;
	size_t j, most, at;

	if (csg_states_is_hopeless(&c->s, k, state))
		return n;
	if (k == c->m->a->nkinds) {
		n.sets = n.forms = csg_states_suffices(&c->s, state);
		return n;
	}
	n.inexact = true;
	if ((e = entry_of(c, k, state)) == NULL)
		return n;
	if (e->known)
		return e->number;
	n.inexact = false;
	at = (size_t)(e - c->entries);
	most = most_of(c, k, state);
	for (j = 0; j <= most; j++) {
		if (j > 0) {
			csg_states_join(&c->s, k, state);
			b = binomial_next(b, c->m->a->kinds[k].n, j);
		}
		memcpy(state_at(c, c->states, k + 1), state,
		    c->s.words * sizeof(*state));
		csg_states_close(&c->s, k, j, state_at(c, c->states, k + 1));
		more = count_from(c, k + 1);
		n.sets = add_capped(n.sets, multiply_capped(b, more.sets));
		n.forms = add_capped(n.forms, more.forms);
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
	struct csg_coalitions *a = c->m->a;

	memcpy(&a->forms[a->nforms++ * a->nkinds], c->form,
	    a->nkinds * sizeof(*c->form));
}

/* List the forms that continue from the path at kind k, with most people of the
 * first kinds first, following only branches that the count says have forms. */
static void
list_from(struct counter *c, size_t k)
{
	uint64_t *from = state_at(c, c->paths, k);
	uint64_t *to = state_at(c, c->paths, k + 1);
	size_t j, i;

	if (k == c->m->a->nkinds) {
		add_form(c);
		return;
	}
	for (j = most_of(c, k, from) + 1; j-- > 0;) {
		if (c->m->a->nforms == CSG_COALITION_FORMS ||
		    c->m->work > 2 * CSG_COALITION_WORK)
			return;
		memcpy(to, from, c->s.words * sizeof(*to));
		for (i = 0; i < j; i++)
			csg_states_join(&c->s, k, to);
		csg_states_close(&c->s, k, j, to);
		memcpy(state_at(c, c->states, k + 1), to,
		    c->s.words * sizeof(*to));
		if (count_from(c, k + 1).forms == 0)
			continue;
		c->form[k] = j;
		list_from(c, k + 1);
	}
}

/* If listing is too much work: find one form, with as few people of each kind
 * as possible. */
static void
list_one_form(struct counter *c)
{
	struct csg_coalitions *a = c->m->a;
	uint64_t sets = 1, b;
	size_t k, j, lo, hi;

	memcpy(c->form, c->m->all, a->nkinds * sizeof(*c->form));
	for (k = a->nkinds; k-- > 0;) {
		lo = 0;
		hi = c->form[k];
		while (lo < hi) {
			c->form[k] = lo + (hi - lo) / 2;
			if (csg_coalition_has_smallest(c->m, c->form))
				hi = c->form[k];
			else
				lo = c->form[k] + 1;
		}
		c->form[k] = lo;
		for (j = 1, b = 1; j <= lo; j++)
			b = binomial_next(b, a->kinds[k].n, j);
		sets = multiply_capped(sets, b);
	}
	add_form(c);
	if (sets > a->count)
		a->count = sets;
}

/* ---- sets by name ---- */

/* Add the sets of a form that begin with the n people in set; "left" people of
 * kind k, from its i-th on, are to be added next. */
static void
name_sets(struct csg_coalitions *a, const size_t *form, size_t k, size_t i,
    size_t left, size_t *set, size_t n)
{
	const struct csg_coalition_kind *kind = &a->kinds[k];

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
find_sets(struct csg_coalitions *a, struct csg_err *err)
{
	size_t i, *set;

	if (!a->count_exact || !a->forms_all || a->count > CSG_COALITION_SETS)
		return CSG_OK;
	set = calloc(a->size + 1, sizeof(*set));
	a->sets = calloc((size_t)a->count * a->size + 1, sizeof(*a->sets));
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

/* ---- all together ---- */

/* What is needed to list one form is always allocated, the rest only if the
 * states fit. */
static enum csg_rc
counter_init(struct counter *c, bool *fits, struct csg_err *err)
{
	size_t n = c->m->a->nkinds;
	enum csg_rc rc;

	if ((rc = csg_states_init(&c->s, c->m, fits, err)) != CSG_OK)
		return rc;
	c->form = calloc(n + 1, sizeof(*c->form));
	c->m->a->forms = calloc(CSG_COALITION_FORMS, n * sizeof(*c->form));
	if (c->form == NULL || c->m->a->forms == NULL)
		return csg_fail_mem(err);
	if (!*fits)
		return CSG_OK;
	c->states = calloc(n + 1, c->s.words * sizeof(*c->states));
	c->paths = calloc(n + 1, c->s.words * sizeof(*c->paths));
	if (c->states == NULL || c->paths == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

static void
counter_clear(struct counter *c)
{
	csg_states_clear(&c->s);
	free(c->states);
	free(c->paths);
	free(c->entries);
	free(c->keys);
	free(c->table);
	free(c->form);
}

enum csg_rc
csg_coalition_count(struct csg_coalition_model *m, struct csg_err *err)
{
	struct counter c = { .m = m };
	struct csg_coalitions *a = m->a;
	struct number n = { 0, 0, true };
	bool fits = false;
	enum csg_rc rc;

	m->work = 0;
	if ((rc = counter_init(&c, &fits, err)) != CSG_OK)
		goto out;
	if (fits) {
		csg_states_start(&c.s, c.states);
		n = count_from(&c, 0);
	}
	a->count = n.sets;
	a->count_exact = !n.inexact && n.sets != UINT64_MAX;
	if (!n.inexact) {
		csg_states_start(&c.s, c.paths);
		list_from(&c, 0);
	}
	if (a->nforms == 0)
		list_one_form(&c);
	a->forms_all = !n.inexact && n.forms == a->nforms;
	rc = c.no_memory ? csg_fail_mem(err) : find_sets(a, err);
out:
	counter_clear(&c);
	return rc;
}
