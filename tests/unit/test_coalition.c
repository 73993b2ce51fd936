/* Coalitions: small policies beside brute force, and some larger ones. */
#include <stdlib.h>
#include <string.h>

#include "lib/explain/coalition.h"
#include "tests/unit/unit.h"

#define U 60 /* people, at most */
#define G 16 /* groups */
#define R 4 /* routes */
#define C 16 /* clauses of a route */

/* A policy of one profile, by hand. */
struct sample {
	char names[U][24];
	struct csg_user users[U];
	bool member[G][U];
	struct csg_group groups[G];
	size_t requesters[G], operators[G];
	struct csg_clause clauses[R][C];
	struct csg_rule rules[R];
	struct csg_profile_route routes[R];
	struct csg_profile profile;
	struct csg_policy policy;
};

static char profile_name[] = "firmware";
static char normal[] = "normal", emergency[] = "emergency";

static void
sample_init(struct sample *x, size_t nusers, size_t ngroups)
{
	size_t i;

	memset(x, 0, sizeof(*x));
	for (i = 0; i < nusers; i++) {
		(void)snprintf(x->names[i], sizeof(x->names[i]), "p%02zu", i);
		x->users[i].name = x->names[i];
	}
	for (i = 0; i < ngroups; i++)
		x->groups[i].member = x->member[i];
	for (i = 0; i < R; i++) {
		x->rules[i].clauses = x->clauses[i];
		x->routes[i].name = i == 0 ? normal : emergency;
	}
	x->profile.name = profile_name;
	x->profile.requesters.g = x->requesters;
	x->profile.operators.g = x->operators;
	x->profile.routes = x->routes;
	x->profile.rules = x->rules;
	x->policy.users = x->users;
	x->policy.nusers = nusers;
	x->policy.groups = x->groups;
	x->policy.ngroups = ngroups;
	x->policy.profiles = &x->profile;
	x->policy.nprofiles = 1;
}

static void
add_members(struct sample *x, size_t group, size_t from, size_t n)
{
	for (; n > 0; n--)
		x->member[group][from++] = true;
}

static void
add_clause(struct sample *x, size_t route, size_t group, size_t need)
{
	struct csg_rule *q = &x->rules[route];

	x->clauses[route][q->nclauses++] =
	    (struct csg_clause){ .need = need, .member = x->member[group] };
	if (x->profile.nroutes <= route)
		x->profile.nroutes = route + 1;
}

static void
add_requesters(struct sample *x, size_t group)
{
	x->requesters[x->profile.requesters.n++] = group;
}

static void
add_operators(struct sample *x, size_t group)
{
	x->operators[x->profile.operators.n++] = group;
}

static struct csg_coalitions *
find(const struct sample *x)
{
	struct csg_coalitions *a;
	struct csg_err err = { 0 };

	if (csg_coalitions_find(&x->policy, &x->profile, &a, &err) != CSG_OK)
		abort();
	return a;
}

static const struct csg_coalition_kind *
kind_of(const struct csg_coalitions *a, size_t user)
{
	size_t k, i;

	for (k = 0; k < a->nkinds; k++)
		for (i = 0; i < a->kinds[k].n; i++)
			if (a->kinds[k].users[i] == user)
				return &a->kinds[k];
	return NULL;
}

static bool
is_exact(const struct csg_coalitions *a)
{
	return a->count_exact && a->kinds_exact && a->departures_exact;
}

static bool
says(const struct csg_coalitions *a, const struct sample *x, const char *want)
{
	struct csg_buf text = { 0 };
	bool equal;

	csg_coalitions_text(a, &x->policy, &x->profile, &text);
	equal = strcmp(csg_buf_str(&text), want) == 0;
	if (!equal)
		printf("# it says:\n%s", csg_buf_str(&text));
	csg_buf_free(&text);
	return equal;
}

/* ---- brute force ---- */

#define P 8 /* people, at most: sets are bits */

static uint64_t seed = 20261124;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

static void
throw_sample(struct sample *x)
{
	size_t g, u, r, c, n;

	sample_init(x, 2 + dice(P - 1), 5);
	for (g = 0; g < 5; g++)
		for (u = 0; u < x->policy.nusers; u++)
			x->member[g][u] = dice(g < 3 ? 2 : 4) == 0;
	for (n = 1 + dice(2); n > 0; n--)
		add_requesters(x, dice(5));
	if (dice(2) == 0)
		add_operators(x, 3 + dice(2));
	for (r = 0; r < 1 + dice(2); r++) {
		for (c = 1 + dice(3); c > 0; c--)
			add_clause(x, r, dice(5), 1 + dice(dice(2) + 2));
		x->rules[r].all_vote = dice(4) == 0;
		x->routes[r].emergency = r == 1 && dice(2) == 0;
	}
}

/* Try every way to put person u and all after into places. */
static bool
fill(const struct csg_rule *q, uint64_t set, size_t u, size_t left[C])
{
	size_t c;

	for (c = 0; c < q->nclauses && left[c] == 0; c++)
		;
	if (c == q->nclauses)
		return true;
	if (set >> u == 0)
		return false;
	if (fill(q, set, u + 1, left))
		return true;
	for (c = 0; (set >> u & 1) != 0 && c < q->nclauses; c++) {
		if (left[c] == 0 || !q->clauses[c].member[u])
			continue;
		left[c]--;
		if (fill(q, set, u + 1, left)) {
			left[c]++;
			return true;
		}
		left[c]++;
	}
	return false;
}

static bool
all_vote(const struct csg_rule *q, uint64_t set)
{
	size_t c, u;

	for (c = 0; q->all_vote && c < q->nclauses; c++)
		for (u = 0; u < U; u++)
			if (q->clauses[c].member[u] && (set >> u & 1) == 0)
				return false;
	return true;
}

/* Does the set suffice, by this route?  (The requester is in the set.) */
static bool
suffices_by(const struct sample *x, uint64_t set, size_t route)
{
	const struct csg_rule *q = &x->rules[route];
	size_t left[C], u, c;
	bool runs = x->profile.operators.n == 0;

	for (u = 0; u < x->policy.nusers; u++)
		if ((set >> u & 1) != 0 &&
		    csg_policy_in_groups(&x->policy, &x->profile.operators, u))
			runs = true;
	if (!runs || !all_vote(q, set))
		return false;
	for (c = 0; c < q->nclauses; c++)
		left[c] = q->clauses[c].need;
	for (u = 0; u < x->policy.nusers; u++)
		if ((set >> u & 1) != 0 &&
		    csg_policy_may_request(&x->policy, &x->profile, u) &&
		    fill(q, set & ~(UINT64_C(1) << u), 0, left))
			return true;
	return false;
}

struct answer {
	size_t size, count, departures;
	size_t route_size[R];
	size_t others[P];
	unsigned some, every, vital; /* people, as bits */
	bool suffices[1u << P];
};

static size_t
size_of(unsigned set)
{
	size_t n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

static void
least(size_t *out, size_t n)
{
	if (*out == 0 || n < *out)
		*out = n;
}

static void
brute(const struct sample *x, struct answer *w)
{
	unsigned set, n = 1u << x->policy.nusers;
	size_t r, u;

	memset(w, 0, sizeof(*w));
	w->departures = w->every = n - 1;
	for (set = 0; set < n; set++)
		for (r = 0; r < x->profile.nroutes; r++)
			if (suffices_by(x, set, r)) {
				w->suffices[set] = true;
				least(&w->route_size[r], size_of(set));
				least(&w->size, size_of(set));
			}
	for (u = 0; u < x->policy.nusers; u++) {
		w->others[u] = P;
		if (!w->suffices[(n - 1) & ~(1u << u)])
			w->vital |= 1u << u;
	}
	for (set = 0; set < n; set++) {
		if (!w->suffices[set]) {
			if (size_of(n - 1 - set) < w->departures)
				w->departures = size_of(n - 1 - set);
			continue;
		}
		if (size_of(set) == w->size) {
			w->count++;
			w->some |= set;
			w->every &= set;
		}
		for (u = 0; u < x->policy.nusers; u++)
			if (size_of(set & ~(1u << u)) < w->others[u])
				w->others[u] = size_of(set & ~(1u << u));
	}
}

static unsigned
as_bits(const size_t *users, size_t n)
{
	unsigned set = 0;

	for (; n > 0; n--)
		set |= 1u << users[n - 1];
	return set;
}

/* The sets by name are those of the brute force, each once. */
static bool
sets_agree(const struct csg_coalitions *a, const struct answer *w)
{
	bool seen[1u << P] = { false };
	unsigned set;
	size_t i;

	if (a->nsets != (w->count <= CSG_COALITION_SETS ? w->count : 0))
		return false;
	for (i = 0; i < a->nsets; i++) {
		set = as_bits(&a->sets[i * a->size], a->size);
		if (size_of(set) != w->size || !w->suffices[set] || seen[set])
			return false;
		seen[set] = true;
	}
	return true;
}

/* The forms have as many sets as there are, and each is one that suffices. */
static bool
forms_agree(const struct csg_coalitions *a, const struct answer *w)
{
	size_t i, k, j, f, n, sum = 0;
	unsigned set;

	for (i = 0; i < a->nforms; i++) {
		set = 0;
		n = 1;
		for (k = 0; k < a->nkinds; k++) {
			f = a->forms[i * a->nkinds + k];
			set |= as_bits(a->kinds[k].users, f);
			for (j = 1; j <= f; j++)
				n = n * (a->kinds[k].n - j + 1) / j;
		}
		if (size_of(set) != w->size || !w->suffices[set])
			return false;
		sum += n;
	}
	return a->forms_all && sum == w->count;
}

static bool
people_agree(const struct sample *x, const struct csg_coalitions *a,
    const struct answer *w)
{
	const struct csg_coalition_kind *kind;
	size_t u;
	bool ok = a->every == (w->every != 0);

	for (u = 0; u < x->policy.nusers; u++) {
		if ((kind = kind_of(a, u)) == NULL)
			ok = ok && (w->some >> u & 1) == 0;
		else
			ok = ok && kind->others == w->others[u] &&
			    kind->some == ((w->some >> u & 1) != 0) &&
			    kind->every == ((w->every >> u & 1) != 0) &&
			    kind->vital == ((w->vital >> u & 1) != 0);
	}
	return ok;
}

static bool
agree(const struct sample *x, const struct csg_coalitions *a,
    const struct answer *w)
{
	unsigned all = (1u << x->policy.nusers) - 1;
	size_t r;

	for (r = 0; r < x->profile.nroutes; r++)
		if (a->routes[r].size != w->route_size[r] ||
		    a->routes[r].lone !=
			(x->routes[r].emergency && w->route_size[r] == 2))
			return false;
	if (a->size != w->size || a->count != w->count || !is_exact(a) ||
	    a->departures != w->departures || a->nleave != w->departures)
		return false;
	if (a->size == 0)
		return a->nforms == 0 && a->nsets == 0 && !a->every;
	return sets_agree(a, w) && forms_agree(a, w) && people_agree(x, a, w) &&
	    !w->suffices[all & ~as_bits(a->leave, a->nleave)];
}

static void
test_brute(void)
{
	static struct sample x;
	static struct answer w;
	struct csg_coalitions *a;
	size_t i, wrong = 0, met = 0, every = 0, far = 0, many = 0, lone = 0;

	for (i = 0; i < 8000; i++) {
		throw_sample(&x);
		brute(&x, &w);
		a = find(&x);
		wrong += !agree(&x, a, &w);
		met += w.size != 0;
		every += w.size != 0 && w.every != 0;
		far += w.departures > 2;
		many += w.count > CSG_COALITION_SETS;
		lone += a->nroutes > 1 && a->routes[1].lone;
		csg_coalitions_free(a);
	}
	unit_case(
	    "8000 random policies have the coalitions that brute force finds");
	CHECK(wrong == 0);
	CHECK(met > 2000 && met < 7000 && every > 500 && far > 200);
	CHECK(many > 50 && lone > 50);
}

/* ---- by hand ---- */

enum { DAVE, CAROL, ALICE, BOB, ERIN, FRANK, GRACE, HEIDI };

/* policy/firmware.yaml with the people that it names: developers ask. */
static void
firmware(struct sample *x)
{
	static const char *const names[] = { "dave", "carol", "alice", "bob",
		"erin", "frank", "grace", "heidi" };
	size_t i;

	sample_init(x, 8, 5);
	for (i = 0; i < 8; i++)
		(void)snprintf(
		    x->names[i], sizeof(x->names[i]), "%s", names[i]);
	add_members(x, 0, DAVE, 2);
	add_members(x, 1, ALICE, 2);
	add_members(x, 2, ERIN, 3);
	add_members(x, 3, ALICE, 1);
	add_members(x, 3, ERIN, 1);
	add_members(x, 3, HEIDI, 1);
	add_requesters(x, 0);
	add_clause(x, 0, 1, 1);
	add_clause(x, 0, 2, 2);
}

static void
test_firmware(void)
{
	static struct sample x;
	struct csg_coalitions *a;

	firmware(&x);
	a = find(&x);
	unit_case("developers, QA and security");
	CHECK(a->size == 4 && a->count == 12 && a->nforms == 1);
	CHECK(is_exact(a) && a->forms_all && a->nsets == 12 && !a->every);
	CHECK(a->departures == 2 && a->nkinds == 3);
	CHECK(says(a, &x,
	    "Profile firmware\n"
	    "The smallest sets have 4 people, the requester included; there "
	    "are 12 of them:\n"
	    "  1 of {dave, carol} + 1 of {alice, bob} + 2 of {erin, frank, "
	    "grace}\n"
	    "By name:\n"
	    "  dave, alice, erin, frank\n"
	    "  dave, alice, erin, grace\n"
	    "  dave, alice, frank, grace\n"
	    "  dave, bob, erin, frank\n"
	    "  dave, bob, erin, grace\n"
	    "  dave, bob, frank, grace\n"
	    "  carol, alice, erin, frank\n"
	    "  carol, alice, erin, grace\n"
	    "  carol, alice, frank, grace\n"
	    "  carol, bob, erin, frank\n"
	    "  carol, bob, erin, grace\n"
	    "  carol, bob, frank, grace\n"
	    "Nobody is in every smallest set.\n"
	    "After 2 departures nobody could get a signature, for example "
	    "of: alice, bob\n"
	    "A thief of one key still needs the keys of at least 3 other "
	    "people.\n"));
	csg_coalitions_free(a);
}

static void
test_routes(void)
{
	static struct sample x;
	struct csg_coalitions *a;

	firmware(&x);
	add_clause(&x, 1, 3, 1);
	x.routes[1].emergency = true;
	a = find(&x);
	unit_case("an emergency route that one person completes");
	CHECK(a->size == 2 && a->count == 6 && a->routes[0].size == 4);
	CHECK(a->routes[1].size == 2 && a->routes[1].lone);
	CHECK(!a->routes[0].lone);
	CHECK(kind_of(a, HEIDI)->others == 1 && kind_of(a, BOB)->others == 2);
	CHECK(says(a, &x,
	    "Profile firmware\n"
	    "The smallest sets have 2 people, the requester included; there "
	    "are 6 of them:\n"
	    "  1 of {dave, carol} + alice\n"
	    "  1 of {dave, carol} + erin\n"
	    "  1 of {dave, carol} + heidi\n"
	    "By name:\n"
	    "  dave, alice\n"
	    "  carol, alice\n"
	    "  dave, erin\n"
	    "  carol, erin\n"
	    "  dave, heidi\n"
	    "  carol, heidi\n"
	    "Route normal takes 4 people.\n"
	    "Route emergency takes 2 people. It is for emergencies, and one "
	    "person other\n"
	    "  than the requester suffices.\n"
	    "Nobody is in every smallest set.\n"
	    "After 2 departures nobody could get a signature, for example "
	    "of: dave, carol\n"
	    "A thief of one key still needs the keys of at least 1 other "
	    "person, if the\n"
	    "  stolen key belongs to one of: dave, carol, alice, erin, heidi\n"
	    "With any other key, the keys of 2.\n"));
	csg_coalitions_free(a);

	x.routes[1].emergency = false;
	a = find(&x);
	unit_case("another route may be so");
	CHECK(a->routes[1].size == 2 && !a->routes[1].lone);
	csg_coalitions_free(a);

	x.routes[1].emergency = true;
	x.clauses[1][0].need = 2;
	a = find(&x);
	unit_case("an emergency route that takes two");
	CHECK(a->size == 3 && a->routes[1].size == 3 && !a->routes[1].lone);
	csg_coalitions_free(a);
}

static void
test_vital(void)
{
	static struct sample x;
	struct csg_coalitions *a;

	firmware(&x);
	add_members(&x, 4, HEIDI, 1);
	add_operators(&x, 4);
	a = find(&x);
	unit_case("one operator is in every set, and nothing goes without");
	CHECK(a->size == 5 && a->count == 12 && a->every);
	CHECK(kind_of(a, HEIDI)->every && kind_of(a, HEIDI)->vital);
	CHECK(!kind_of(a, DAVE)->every && !kind_of(a, DAVE)->vital);
	CHECK(a->departures == 1 && a->nleave == 1 && a->leave[0] == HEIDI);
	CHECK(says(a, &x,
	    "Profile firmware\n"
	    "The smallest sets have 5 people, the requester included; there "
	    "are 12 of them:\n"
	    "  1 of {dave, carol} + 1 of {alice, bob} + 2 of {erin, frank, "
	    "grace} + heidi\n"
	    "By name:\n"
	    "  dave, alice, erin, frank, heidi\n"
	    "  dave, alice, erin, grace, heidi\n"
	    "  dave, alice, frank, grace, heidi\n"
	    "  dave, bob, erin, frank, heidi\n"
	    "  dave, bob, erin, grace, heidi\n"
	    "  dave, bob, frank, grace, heidi\n"
	    "  carol, alice, erin, frank, heidi\n"
	    "  carol, alice, erin, grace, heidi\n"
	    "  carol, alice, frank, grace, heidi\n"
	    "  carol, bob, erin, frank, heidi\n"
	    "  carol, bob, erin, grace, heidi\n"
	    "  carol, bob, frank, grace, heidi\n"
	    "In every smallest set: heidi\n"
	    "If any of these left, nobody could get a signature: heidi\n"
	    "A thief of one key still needs the keys of at least 4 other "
	    "people.\n"));
	csg_coalitions_free(a);

	add_members(&x, 4, GRACE, 1);
	a = find(&x);
	unit_case("one operator is a member too: no more people, but one day");
	CHECK(a->size == 4 && a->count == 8 && kind_of(a, GRACE)->every);
	CHECK(!kind_of(a, GRACE)->vital && !kind_of(a, HEIDI)->some);
	CHECK(kind_of(a, HEIDI)->others == 4 && a->departures == 2);
	csg_coalitions_free(a);

	firmware(&x);
	x.rules[0].all_vote = true;
	a = find(&x);
	unit_case("where all must vote, all are needed");
	CHECK(a->size == 6 && a->count == 2 && a->departures == 1);
	CHECK(kind_of(a, BOB)->vital && !kind_of(a, DAVE)->vital);
	csg_coalitions_free(a);

	firmware(&x);
	x.profile.requesters.n = 0;
	add_requesters(&x, 1);
	x.clauses[0][0].need = 2;
	a = find(&x);
	unit_case("nobody, where the requester would have to approve");
	CHECK(a->size == 0 && a->count == 0 && a->departures == 0);
	CHECK(says(a, &x,
	    "Profile firmware\n"
	    "Nobody could get a signature: no route can be met.\n"));
	csg_coalitions_free(a);
}

/* Four routes, each of two people; the one whom the first two share is not
 * the one to begin with. */
static void
test_departures(void)
{
	enum { A, B, X, Y, Z, REQUESTER };
	static const size_t pairs[4][2] = { { X, Y }, { X, Z }, { Y, A },
		{ Z, B } };
	static struct sample x;
	struct csg_coalitions *a;
	size_t r;

	sample_init(&x, 9, 5);
	add_members(&x, 4, REQUESTER, 4);
	add_requesters(&x, 4);
	for (r = 0; r < 4; r++) {
		add_members(&x, r, pairs[r][0], 1);
		add_members(&x, r, pairs[r][1], 1);
		add_clause(&x, r, r, 2);
	}
	a = find(&x);
	unit_case("the fewest departures over several routes");
	CHECK(a->departures == 2 && a->departures_exact && a->nleave == 2);
	CHECK(a->leave[0] == Y && a->leave[1] == Z);
	csg_coalitions_free(a);
}

/* ---- larger ones ---- */

/* How many sets of n people suffice, with those of "set" from user u on? */
static size_t
count_sets(const struct sample *x, uint64_t set, size_t u, size_t n)
{
	size_t r, sum = 0;

	if (n == 0) {
		for (r = 0; r < x->profile.nroutes; r++)
			if (suffices_by(x, set, r))
				return 1;
		return 0;
	}
	for (; u < x->policy.nusers; u++)
		sum += count_sets(x, set | UINT64_C(1) << u, u + 1, n - 1);
	return sum;
}

/* 50 people in 10 groups, most in one, many in more. */
static void
fifty(struct sample *x)
{
	size_t u, g;

	sample_init(x, 50, 10);
	for (u = 0; u < 50; u++)
		for (g = 0; g < 10; g++)
			x->member[g][u] = u % 10 == g || dice(8) == 0;
}

static void
test_fifty(void)
{
	static struct sample x;
	struct csg_coalitions *a;
	size_t c;

	fifty(&x);
	add_requesters(&x, 0);
	add_requesters(&x, 1);
	add_operators(&x, 2);
	add_clause(&x, 0, 3, 1);
	add_clause(&x, 0, 4, 1);
	add_clause(&x, 0, 5, 1);
	add_clause(&x, 1, 6, 2);
	add_clause(&x, 1, 7, 1);
	add_clause(&x, 2, 8, 1);
	add_clause(&x, 2, 9, 3);
	a = find(&x);
	unit_case("50 people in 10 groups: counted as by brute force");
	CHECK(a->size == 4 && is_exact(a) && a->nkinds > 30);
	CHECK(a->count > 100 && a->count == count_sets(&x, 0, 0, 4));
	CHECK(count_sets(&x, 0, 0, 3) == 0);
	csg_coalitions_free(a);

	fifty(&x);
	add_requesters(&x, 0);
	add_operators(&x, 1);
	for (c = 2; c < 10; c++)
		add_clause(&x, (c - 2) / 3, c, 1 + c % 3);
	a = find(&x);
	unit_case("50 people in 10 groups: exact");
	CHECK(a->size == 5 && is_exact(a));
	csg_coalitions_free(a);

	sample_init(&x, 50, 10);
	for (c = 0; c < 10; c++)
		add_members(&x, c, 5 * c, 5);
	add_requesters(&x, 0);
	add_operators(&x, 1);
	for (c = 2; c < 10; c++)
		add_clause(&x, 0, c, 2);
	a = find(&x);
	unit_case("50 people in 10 groups: 5 * 5 * 10^8");
	CHECK(a->size == 18 && a->count == UINT64_C(2500000000));
	CHECK(is_exact(a) && a->nforms == 1 && a->departures == 4);
	CHECK(a->nsets == 0);
	csg_coalitions_free(a);
}

/* Everybody is in half of all groups, and there are many places. */
static void
crowd(struct sample *x, size_t nclauses)
{
	size_t g, u;

	seed = 4; /* one for which it is much work */
	sample_init(x, 60, 16);
	for (g = 0; g < 16; g++)
		for (u = 0; u < 60; u++)
			x->member[g][u] = dice(2) == 0;
	add_requesters(x, 0);
	for (g = 1; g <= nclauses; g++)
		add_clause(x, 0, g, 2);
}

static void
check_crowd(size_t nclauses)
{
	static struct sample x;
	struct csg_coalitions *a;
	size_t k, n = 0;

	crowd(&x, nclauses);
	a = find(&x);
	CHECK(a->size == 2 * nclauses + 1);
	CHECK(!a->count_exact && a->count > 0);
	CHECK(a->nforms == 1 && !a->forms_all && a->nsets == 0);
	for (k = 0; k < a->nkinds; k++)
		n += a->forms[k];
	CHECK(n == a->size);
	csg_coalitions_free(a);
}

static void
test_bound(void)
{
	static struct sample x;
	struct csg_coalitions *a;
	size_t g;

	unit_case("beyond the bound the count is \"at least\"");
	check_crowd(7);
	unit_case("and with too many clauses to begin");
	check_crowd(14);

	crowd(&x, 9);
	for (g = 1; g < 16; g++)
		add_clause(&x, 1 + g % 2, g, 1);
	a = find(&x);
	unit_case("and so are the departures");
	CHECK(!a->departures_exact);
	CHECK(a->departures > 1 && a->departures < 60);
	CHECK(a->nleave >= a->departures && a->nleave < 40);
	csg_coalitions_free(a);
}

int
main(void)
{
	test_brute();
	test_firmware();
	test_routes();
	test_vital();
	test_departures();
	test_fifty();
	test_bound();
	return unit_done();
}
