/*
 * Lock-out: whoever leaves, or whose certificate has run out, is missing; how
 * many departures it takes until the policy can't be changed any more.
 */
#include "lib/policy/lockout.h"
#include "tests/unit/straight.h"
#include "tests/unit/policies.h"

#define SPRING (UNIT_SINCE + UNIT_YEAR / 4)
#define AUTUMN (UNIT_SINCE + UNIT_YEAR * 3 / 4)
#define NEXT_SPRING (UNIT_SINCE + UNIT_YEAR * 5 / 4)

/* %1: people, %2: groups, %3: the profile policy's lines behind its format. */
static const char frame[] =
    "csg: policy/1\nname: acme\nversion: 1\nprevious: none\n"
    "issued: 2026-01-01T00:00:00Z\nexpires: 2029-01-01T00:00:00Z\n"
    "users:\n%s"
    "groups:\n%s"
    "keys:\n"
    "  policy:\n    uri: pkcs11:object=policy\n    certificate: @policy\n"
    "  ledger:\n    uri: pkcs11:object=ledger\n    certificate: @ledger\n"
    "profiles:\n"
    "  policy:\n    key: policy\n    format: policy\n%s";

static const struct row {
	const char *what, *users, *groups, *profile;
	int64_t t;
	unsigned margin;
} rows[] = {
	{ "three beside the requester, two needed: two may leave",
	    "alice bob carol dave", "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    SPRING, 2 },
	{ "two beside the requester, two needed: one departure ends it",
	    "alice bob carol", "  admins: [alice, bob, carol]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    SPRING, 1 },
	{ "so it does when everybody but one may approve, and one may ask",
	    "alice bob carol dave heidi",
	    "  admins: [alice, bob, carol, dave]\n  askers: [heidi]\n",
	    "    requesters: [askers]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    SPRING, 1 },
	{ "who neither asks nor approves may leave", "alice bob carol dave zoe",
	    "  admins: [alice, bob, carol, dave]\n  others: [zoe]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    SPRING, 2 },
	{ "where all must vote, each is needed", "alice bob carol dave",
	    "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n    voters: all\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    SPRING, 1 },
	{ "another route is another way", "alice bob carol heidi ida",
	    "  admins: [alice, bob, carol]\n  board: [heidi, ida]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n"
	    "    routes:\n"
	    "      board: {quorum: [{group: board, need: 1}]}\n",
	    SPRING, 2 },
	{ "who is in both groups fills one place", "alice bob carol dave",
	    "  a: [alice, bob]\n  b: [alice]\n  askers: [carol, dave]\n",
	    "    requesters: [askers]\n"
	    "    quorum: [{group: a, need: 1}, {group: b, need: 1}]\n",
	    SPRING, 1 },
	{ "certificates that last: as if nothing were",
	    "alice bob carol dave.early",
	    "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    SPRING, 2 },
	{ "whose certificate has expired is gone already",
	    "alice bob carol dave.early",
	    "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    AUTUMN, 1 },
	{ "but not if there is another certificate",
	    "alice bob carol dave.early @dora",
	    "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    AUTUMN, 2 },
	{ "two that have expired: nobody is left to change it",
	    "alice bob carol.early dave.early",
	    "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    AUTUMN, 0 },
	{ "all of them: nobody at all", "alice bob carol dave",
	    "  admins: [alice, bob, carol, dave]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    NEXT_SPRING, 0 },
	{ "all but one that may not: nobody at all",
	    "alice bob carol dave zoe.later",
	    "  admins: [alice, bob, carol, dave]\n  others: [zoe]\n",
	    "    requesters: [admins]\n"
	    "    quorum: [{group: admins, need: 2}]\n",
	    NEXT_SPRING, 0 },
};

/* "alice dave.early @dora": each with a certificate, dave with two. */
static void
add_users(const char *names, struct csg_buf *out)
{
	const char *s = names;
	size_t n;

	for (; *s != '\0'; s += n + strspn(s + n, " ")) {
		n = strcspn(s, " ");
		if (*s == '@') {
			out->len--; /* on the line before */
			csg_buf_printf(out, " %.*s\n", (int)n, s);
		} else
			csg_buf_printf(out, "  %.*s:\n    certificate: @%.*s\n",
			    (int)strcspn(s, " ."), s, (int)n, s);
	}
}

static void
test_row(const struct row *row)
{
	struct csg_buf users = { 0 }, yaml = { 0 };
	struct csg_policy *p;
	struct csg_err err = { 0 };
	unsigned margin = 9;
	enum csg_rc rc;

	unit_case(row->what);
	add_users(row->users, &users);
	csg_buf_printf(
	    &yaml, frame, csg_buf_str(&users), row->groups, row->profile);
	if (!CHECK((p = unit_policy(csg_buf_str(&yaml))) != NULL))
		goto out;
	if (!CHECK(csg_lockout_margin(p, row->t, &margin, &err) == CSG_OK &&
		margin == row->margin))
		printf("# %u, not %u\n", margin, row->margin);
	rc = csg_lockout_check(p, row->t, &err);
	CHECK(row->margin == 2 ?
		rc == CSG_OK :
		rc == CSG_REFUSED && err.reason == CSG_R_LOCKOUT);
	CHECK(row->margin != 1 ||
	    strncmp(err.text, "if one person left, nobody could change policy",
		46) == 0);
	CHECK(row->margin != 0 ||
	    strncmp(err.text,
		"nobody could change policy acme version 1 any more: "
		"certificates of those who could are not valid",
		95) == 0);
out:
	csg_policy_free(p);
	csg_buf_free(&users);
	csg_buf_free(&yaml);
}

/* ---- by definition ---- */

#define U 7
#define G 4
#define C 3
#define R 2

/* A policy of its profile "policy" alone. */
struct sample {
	struct csg_cert valid, past;
	struct csg_cert *certs[U];
	struct csg_user users[U];
	bool member[G][U];
	struct csg_group groups[G];
	size_t requesters[1];
	struct csg_clause clauses[R][C];
	struct csg_rule rules[R];
	struct csg_profile profile;
	struct csg_policy policy;
};

static uint64_t seed = 20261202;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

static void
throw_rule(struct sample *x, size_t r)
{
	size_t c;

	x->rules[r].clauses = x->clauses[r];
	x->rules[r].nclauses = 1 + dice(C);
	x->rules[r].all_vote = dice(6) == 0;
	for (c = 0; c < x->rules[r].nclauses; c++)
		x->clauses[r][c] = (struct csg_clause){
			.need = 1 + dice(2),
			.member = x->member[dice(G)],
		};
}

static void
throw_sample(struct sample *x)
{
	static char name[] = "policy";
	size_t i, g;

	memset(x, 0, sizeof(*x));
	x->valid.not_after = 2;
	for (i = 0; i < U; i++) {
		x->certs[i] = dice(8) > 0 ? &x->valid : &x->past;
		x->users[i].certs = &x->certs[i];
		x->users[i].ncerts = 1;
		for (g = 0; g < G; g++)
			x->member[g][i] = dice(3) > 0;
	}
	for (g = 0; g < G; g++)
		x->groups[g].member = x->member[g];
	x->requesters[0] = dice(G);
	x->profile.name = name;
	x->profile.requesters = (struct csg_groups){ x->requesters, 1 };
	x->profile.rules = x->rules;
	x->profile.nroutes = 1 + dice(R);
	for (i = 0; i < x->profile.nroutes; i++)
		throw_rule(x, i);
	x->policy.users = x->users;
	x->policy.nusers = 1 + dice(U);
	x->policy.groups = x->groups;
	x->policy.profiles = &x->profile;
	csg_index_init(&x->policy.by_profile, &x->profile.name,
	    sizeof(x->profile), csg_index_name_cmp);
	if (csg_index_add(&x->policy.by_profile, 0, &i, NULL) != CSG_OK)
		abort();
}

/* Has everybody who must vote a chance to? */
static bool
brute_all_there(const struct sample *x, const struct csg_rule *q,
    const bool *people, size_t requester)
{
	size_t u, c;

	for (u = 0; u < x->policy.nusers && q->all_vote; u++)
		for (c = 0; c < q->nclauses; c++)
			if (q->clauses[c].member[u] && !people[u] &&
			    u != requester)
				return false;
	return true;
}

static bool
brute_reachable(const struct sample *x, const bool *people)
{
	const struct csg_rule *q;
	size_t r, u;

	for (r = 0; r < x->profile.nroutes; r++)
		for (u = 0; u < x->policy.nusers; u++) {
			q = &x->rules[r];
			if (people[u] && x->member[x->requesters[0]][u] &&
			    brute_all_there(x, q, people, u) &&
			    straight_reachable(q, x->policy.nusers, u, people))
				return true;
		}
	return false;
}

/* Nobody has left; then each of them in turn. */
static unsigned
brute(const struct sample *x)
{
	bool people[U];
	size_t u;

	for (u = 0; u < x->policy.nusers; u++)
		people[u] = x->certs[u] == &x->valid;
	if (!brute_reachable(x, people))
		return 0;
	for (u = 0; u < x->policy.nusers; u++) {
		if (!people[u])
			continue;
		people[u] = false;
		if (!brute_reachable(x, people))
			return 1;
		people[u] = true;
	}
	return 2;
}

static void
test_random(void)
{
	struct sample x;
	unsigned margin;
	size_t i, bad = 0, seen[3] = { 0 };

	unit_case("20000 random policies, by definition");
	for (i = 0; i < 20000; i++) {
		throw_sample(&x);
		if (csg_lockout_margin(&x.policy, 1, &margin, NULL) != CSG_OK)
			abort();
		seen[margin]++;
		bad += margin != brute(&x);
		csg_index_clear(&x.policy.by_profile);
	}
	CHECK(bad == 0);
	if (!CHECK(seen[0] > 2000 && seen[1] > 2000 && seen[2] > 2000))
		printf("# %zu %zu %zu\n", seen[0], seen[1], seen[2]);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(&rows[i]);
	test_random();
	unit_people_free();
	return unit_done();
}
