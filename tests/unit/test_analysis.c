/* What entries tell together: counts, lists, times, order, expiry. */
#include <stdint.h>

#include "lib/explain/expiry.h"
#include "lib/report/series.h"
#include "tests/unit/policies.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static const char yaml[] = "csg: policy/1\n"
			   "name: acme\n"
			   "version: 1\n"
			   "previous: none\n"
			   "issued: 2026-01-01T00:00:00Z\n"
			   "expires: 2026-12-01T00:00:00Z\n"
			   "users:\n"
			   "  dave:\n"
			   "    certificate: @dave\n"
			   "  alice:\n"
			   "    certificate: @alice @alice2\n"
			   "  erin:\n"
			   "    certificate: @erin\n"
			   "  frank:\n"
			   "    certificate: @frank\n"
			   "groups:\n"
			   "  developers: [dave]\n"
			   "  qa: [alice, erin, frank]\n"
			   "keys:\n"
			   "  policy:\n"
			   "    uri: \"pkcs11:token=csg;object=policy\"\n"
			   "    certificate: @policy\n"
			   "  ledger:\n"
			   "    uri: \"pkcs11:token=csg;object=ledger\"\n"
			   "    certificate: @ledger\n"
			   "  boot:\n"
			   "    uri: \"pkcs11:token=csg;object=boot\"\n"
			   "    certificate: @boot\n"
			   "profiles:\n"
			   "  policy:\n"
			   "    key: policy\n"
			   "    format: policy\n"
			   "    requesters: [developers]\n"
			   "    quorum:\n"
			   "      - {group: qa, need: 2}\n"
			   "  boot:\n"
			   "    key: boot\n"
			   "    format: raw\n"
			   "    requesters: [developers]\n"
			   "    inspect: optional\n"
			   "    quorum:\n"
			   "      - {group: qa, need: 2}\n"
			   "    routes:\n"
			   "      hotfix:\n"
			   "        emergency: true\n"
			   "        quorum:\n"
			   "          - {group: qa, need: 1}\n"
			   "      staged:\n"
			   "        quorum:\n"
			   "          - {group: qa, need: 1, stage: 1}\n"
			   "          - {group: qa, need: 1, stage: 2}\n"
			   "revoked:\n"
			   "  - {key: #mallory, since: 2026-02-01T00:00:00Z, "
			   "reason: compromised}\n";

/* ---- entries ---- */

/* A signed request, as the ledger would tell it. */
struct told {
	struct csg_entry entry;
	struct csg_claim claim;
	struct csg_request request;
	struct csg_artifact artifacts[3];
	struct csg_endorsement v[6], *votes[6];
	struct csg_act act;
	struct csg_seal seal;
	struct csg_endorsement rejection;
	struct csg_entry_view e;
};

static char dave[] = "dave", boot[] = "boot", app[] = "app.bin", why[] = "why";
static char normal[] = "normal", heidi[] = "heidi";
static struct csg_id request_id = { { 7 } };

/* A finish entry at time t of a request made a day before, of n artifacts. */
static void
tell(struct told *x, const struct csg_policy *p, int64_t t, size_t n)
{
	memset(x, 0, sizeof(*x));
	x->entry = (struct csg_entry){ .seq = 1,
		.time = t,
		.kind = CSG_E_FINISH,
		.request = &request_id };
	x->claim =
	    (struct csg_claim){ .time = t, .profile = boot, .route = normal };
	if (p != NULL)
		x->claim.policy = p->id;
	x->request =
	    (struct csg_request){ .head = { .author = dave, .time = t - DAY },
		    .why = why,
		    .artifacts = x->artifacts,
		    .n = n };
	x->artifacts[0].name = app;
	x->seal.head.author = boot;
	x->e = (struct csg_entry_view){ .entry = &x->entry,
		.claim = &x->claim,
		.request = &x->request,
		.votes = (const struct csg_endorsement *const *)x->votes,
		.seal = &x->seal };
}

/* after: seconds since the request. */
static void
vote(struct told *x, const char *who, enum csg_vote how, int64_t after,
    bool blind)
{
	static char names[4][8] = { "alice", "erin", "frank", "dave" };
	struct csg_endorsement *v = &x->v[x->e.nvotes];
	size_t i;

	for (i = 0; i < 3 && strcmp(names[i], who) != 0; i++)
		;
	*v = (struct csg_endorsement){ .head = { .author = names[i],
					   .time =
					       x->request.head.time + after },
		.vote = how,
		.blind = blind };
	x->votes[x->e.nvotes++] = v;
}

static struct csg_analysis *
start(const struct csg_policy *const *p)
{
	struct csg_analysis *a;

	if (csg_analysis_new(p, p != NULL ? 1 : 0, &a, NULL) != CSG_OK)
		abort();
	return a;
}

static void
add(struct csg_analysis *a, const struct told *x)
{
	CHECK(csg_analysis_add(a, &x->e, NULL) == CSG_OK);
}

static const struct csg_person *
person(const struct csg_analysis *a, const char *name)
{
	static const struct csg_person nobody;
	size_t i;

	for (i = 0; i < a->npeople; i++)
		if (strcmp(a->people[i].name, name) == 0)
			return &a->people[i];
	return &nobody;
}

static size_t
number(const struct csg_analysis *a, const char *name)
{
	return (size_t)(person(a, name) - a->people);
}

/* ---- the cases ---- */

static void
test_people(const struct csg_policy *const *p)
{
	struct csg_analysis *a = start(p);
	struct told x;

	unit_case("who approved, with whom, for whom; once a request");
	tell(&x, *p, 10 * DAY, 3);
	vote(&x, "alice", CSG_APPROVE, 100, false);
	vote(&x, "erin", CSG_APPROVE, 200, false);
	vote(&x, "alice", CSG_APPROVE, 300, false);
	vote(&x, "frank", CSG_ABSTAIN, 300, false);
	x.act.head.author = heidi;
	x.e.act = &x.act;
	add(a, &x);
	tell(&x, *p, 11 * DAY, 1);
	vote(&x, "alice", CSG_APPROVE, 100, false);
	vote(&x, "frank", CSG_APPROVE, 200, false);
	add(a, &x);
	CHECK(a->signatures == 4 && a->ndone == 2 && a->entries == 2);
	CHECK(person(a, "alice")->approvals == 2);
	CHECK(person(a, "frank")->approvals == 1 &&
	    person(a, "frank")->abstentions == 1);
	CHECK(person(a, "dave")->requests == 2 &&
	    person(a, "dave")->approvals == 0);
	CHECK(person(a, "heidi")->operated == 1);
	CHECK(person(a, "erin")->last == 10 * DAY);
	CHECK(csg_analysis_together(a, number(a, "alice"), number(a, "erin")) ==
	    1);
	CHECK(csg_analysis_together(a, number(a, "frank"), number(a, "erin")) ==
	    0);
	CHECK(csg_analysis_together(
		  a, number(a, "alice"), number(a, "alice")) == 2);
	CHECK(csg_analysis_approved(a, number(a, "alice"), number(a, "dave")) ==
	    2);
	CHECK(csg_analysis_approved(a, number(a, "dave"), number(a, "alice")) ==
	    0);
	CHECK(a->profiles.n == 1 && a->profiles.v[0].signatures == 4 &&
	    a->keys.v[0].requests == 2 && a->keys.v[0].last == 11 * DAY);
	csg_analysis_free(a);
}

static void
test_many(void)
{
	struct csg_analysis *a = start(NULL);
	struct told x;
	char name[8], other[8];
	size_t i;

	unit_case("more people than there was room for");
	for (i = 0; i < 100; i++) {
		tell(&x, NULL, (int64_t)(i + 2) * DAY, 1);
		vote(&x, "alice", CSG_APPROVE, 1, false);
		vote(&x, "erin", CSG_APPROVE, 1, false);
		(void)snprintf(name, sizeof(name), "a%zu", i);
		(void)snprintf(other, sizeof(other), "b%zu", i % 10);
		x.v[0].head.author = name;
		x.v[1].head.author = other;
		add(a, &x);
	}
	CHECK(a->npeople == 111);
	CHECK(person(a, "b3")->approvals == 10);
	CHECK(csg_analysis_together(a, number(a, "a3"), number(a, "b3")) == 1);
	CHECK(csg_analysis_together(a, number(a, "b3"), number(a, "a93")) == 1);
	CHECK(csg_analysis_together(a, number(a, "b3"), number(a, "a4")) == 0);
	CHECK(
	    csg_analysis_approved(a, number(a, "b0"), number(a, "dave")) == 10);
	csg_analysis_free(a);
}

static void
test_blind(const struct csg_policy *const *p)
{
	struct csg_analysis *a = start(p);
	struct told x;
	size_t i;

	unit_case("blind votes, and who approved, too");
	tell(&x, *p, 10 * DAY, 2);
	vote(&x, "alice", CSG_APPROVE, 100, true);
	vote(&x, "erin", CSG_APPROVE, 100, false);
	vote(&x, "frank", CSG_APPROVE, 100, true);
	vote(&x, "frank", CSG_APPROVE, 200, false); /* has seen it now */
	add(a, &x);
	CHECK(a->blind == 1 && person(a, "alice")->blind == 1 &&
	    person(a, "frank")->blind == 0);
	CHECK(a->blinds.n == 1 && a->blinds.v[0].person == number(a, "alice"));
	CHECK(a->blinds.v[0].napprovers == 2 &&
	    a->blinds.v[0].requester == number(a, "dave") &&
	    strcmp(a->blinds.v[0].artifact, "app.bin") == 0 &&
	    a->blinds.v[0].artifacts == 2);
	unit_case("lists hold the newest, and know how many there were");
	for (i = 0; i < CSG_ANALYSIS_LISTED + 9; i++) {
		x.entry.seq = i + 2;
		add(a, &x);
	}
	CHECK(a->blinds.n == CSG_ANALYSIS_LISTED &&
	    a->blinds.total == CSG_ANALYSIS_LISTED + 10);
	CHECK(a->blinds.v[0].seq == 11 &&
	    a->blinds.v[a->blinds.n - 1].seq == CSG_ANALYSIS_LISTED + 10);
	csg_analysis_free(a);
}

static void
test_emergency(const struct csg_policy *const *p)
{
	struct csg_analysis *a = start(p);
	char hotfix[] = "hotfix", other[] = "other";
	struct told x;

	unit_case("emergencies are what the policy calls so");
	tell(&x, *p, 10 * DAY, 1);
	vote(&x, "alice", CSG_APPROVE, 100, false);
	add(a, &x);
	x.claim.route = other;
	add(a, &x);
	CHECK(a->emergencies.total == 0 && a->policy_unknown == 0);
	x.claim.route = hotfix;
	add(a, &x);
	CHECK(a->emergencies.total == 1 &&
	    !a->emergencies.v[0].policy_unknown &&
	    strcmp(a->emergencies.v[0].text, "why") == 0);
	csg_analysis_free(a);
	unit_case("without the policy, every route that is not normal");
	a = start(NULL);
	add(a, &x);
	CHECK(a->emergencies.total == 1 && a->emergencies.v[0].policy_unknown &&
	    a->policy_unknown == 1);
	x.claim.route = normal;
	add(a, &x);
	CHECK(a->emergencies.total == 1 && a->policy_unknown == 2);
	csg_analysis_free(a);
}

static void
test_wait(const struct csg_policy *p)
{
	char hotfix[] = "hotfix", staged[] = "staged", strange[] = "strange";
	struct told x;
	int64_t t;

	unit_case("to the vote that completed the quorum");
	tell(&x, p, 10 * DAY, 1);
	vote(&x, "frank", CSG_APPROVE, 3 * HOUR, false); /* one too many */
	vote(&x, "alice", CSG_APPROVE, HOUR, false);
	vote(&x, "erin", CSG_APPROVE, 2 * HOUR, false);
	CHECK(csg_analysis_wait(p, &x.e, &t, NULL) == CSG_OK && t == 2 * HOUR);
	x.claim.route = hotfix; /* needs one */
	CHECK(csg_analysis_wait(p, &x.e, &t, NULL) == CSG_OK && t == HOUR);
	unit_case("to the one that cites the stage before it");
	x.claim.route = staged;
	x.v[1].id.b[0] = 1;
	x.v[2].cites = &x.v[1].id;
	CHECK(csg_analysis_wait(p, &x.e, &t, NULL) == CSG_OK && t == 3 * HOUR);
	x.v[2].ncites = 1;
	CHECK(csg_analysis_wait(p, &x.e, &t, NULL) == CSG_OK && t == 2 * HOUR);
	unit_case("else to the last approval");
	x.claim.route = strange;
	CHECK(csg_analysis_wait(p, &x.e, &t, NULL) == CSG_OK && t == 3 * HOUR);
	CHECK(
	    csg_analysis_wait(NULL, &x.e, &t, NULL) == CSG_OK && t == 3 * HOUR);
	x.v[0].vote = CSG_ABSTAIN;
	CHECK(
	    csg_analysis_wait(NULL, &x.e, &t, NULL) == CSG_OK && t == 2 * HOUR);
	x.e.nvotes = 0;
	CHECK(csg_analysis_wait(p, &x.e, &t, NULL) == CSG_OK && t == CSG_NEVER);
	unit_case("never less than nothing");
	x.e.nvotes = 3;
	x.v[1].head.time = x.v[2].head.time = x.request.head.time - 5;
	CHECK(csg_analysis_wait(NULL, &x.e, &t, NULL) == CSG_OK && t == 0);
}

static void
test_others(void)
{
	struct csg_analysis *a = start(NULL);
	char comment[] = "no";
	struct told x = { .entry = { .time = 5, .kind = CSG_E_REFUSE } };

	unit_case("refusals by reason, rejections, history");
	x.e.entry = &x.entry;
	x.entry.reason = "VETO";
	add(a, &x);
	x.entry.time = 6;
	add(a, &x);
	x.entry.reason = "DIGEST";
	add(a, &x);
	CHECK(a->reasons.n == 2 && a->reasons.v[0].requests == 2 &&
	    a->reasons.v[0].last == 6 && a->kinds[CSG_E_REFUSE] == 3);
	x.entry = (struct csg_entry){ .time = 7, .kind = CSG_E_REJECT };
	x.rejection.head.author = heidi;
	x.rejection.comment = comment;
	x.e.rejection = &x.rejection;
	add(a, &x);
	CHECK(person(a, "heidi")->rejections == 1 && a->rejections.n == 1 &&
	    strcmp(a->rejections.v[0].text, "no") == 0);
	x.e.rejection = NULL;
	x.entry = (struct csg_entry){
		.time = 8, .kind = CSG_E_KEY, .body = "made boot"
	};
	add(a, &x);
	x.entry =
	    (struct csg_entry){ .time = 9, .kind = CSG_E_FOUND, .version = 1 };
	add(a, &x);
	CHECK(a->history.n == 2 && a->history.v[1].version == 1 &&
	    strcmp(a->history.v[0].text, "made boot") == 0);
	CHECK(a->from == 5 && a->to == 9 && a->entries == 6);
	csg_analysis_free(a);
}

/* ---- series ---- */

static int64_t
at(const char *s)
{
	int64_t t = -1;

	CHECK(csg_time_parse(s, &t, NULL) == CSG_OK);
	return t;
}

static void
test_periods(void)
{
	static const struct {
		enum csg_period p;
		const char *t, *start, *next;
	} rows[] = { { CSG_DAY, "2026-02-28T23:59:59Z", "2026-02-28T00:00:00Z",
			 "2026-03-01T00:00:00Z" },
		{ CSG_WEEK, "2026-11-29T12:00:00Z", "2026-11-23T00:00:00Z",
		    "2026-11-30T00:00:00Z" },
		{ CSG_MONTH, "2024-02-29T00:00:00Z", "2024-02-01T00:00:00Z",
		    "2024-03-01T00:00:00Z" },
		{ CSG_MONTH, "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z",
		    "2027-01-01T00:00:00Z" },
		{ CSG_QUARTER, "2026-03-31T00:00:00Z", "2026-01-01T00:00:00Z",
		    "2026-04-01T00:00:00Z" },
		{ CSG_QUARTER, "2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z",
		    "2027-01-01T00:00:00Z" },
		{ CSG_YEAR, "2024-12-31T00:00:00Z", "2024-01-01T00:00:00Z",
		    "2025-01-01T00:00:00Z" } };
	size_t i;

	unit_case("periods begin where the calendar says");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(csg_period_start(rows[i].p, at(rows[i].t)) ==
		    at(rows[i].start));
		CHECK(csg_period_next(rows[i].p, at(rows[i].start)) ==
		    at(rows[i].next));
	}
	unit_case("the longer the span, the longer the period");
	CHECK(csg_period_for(0, 0) == CSG_DAY);
	CHECK(csg_period_for(0, 45 * DAY) == CSG_DAY);
	CHECK(csg_period_for(0, 45 * DAY + 1) == CSG_WEEK);
	CHECK(csg_period_for(0, 3 * 365 * DAY) == CSG_MONTH);
	CHECK(csg_period_for(0, 10 * 365 * DAY) == CSG_QUARTER);
	CHECK(csg_period_for(0, 100 * 365 * DAY) == CSG_YEAR);
}

static void
test_series(void)
{
	struct csg_analysis *a = start(NULL);
	struct csg_series s;
	char rom[] = "rom";
	struct told x;

	unit_case("nothing signed, no columns");
	CHECK(csg_series_make(a, &s, NULL) == CSG_OK && s.n == 0);
	unit_case("a column a day, empty ones too");
	tell(&x, NULL, 10 * DAY, 3);
	add(a, &x);
	tell(&x, NULL, 12 * DAY - 1, 1);
	x.claim.profile = rom;
	add(a, &x);
	tell(&x, NULL, 13 * DAY, 2);
	add(a, &x);
	CHECK(csg_series_make(a, &s, NULL) == CSG_OK && s.period == CSG_DAY &&
	    s.n == 4 && s.nprofiles == 2 && s.nkeys == 1);
	CHECK(s.start[0] == 10 * DAY && s.start[3] == 13 * DAY);
	CHECK(s.profile[0] == 3 && s.profile[1] == 0);
	CHECK(s.profile[2] == 0 && s.profile[3] == 1);
	CHECK(s.key[0] == 3 && s.key[1] == 1 && s.key[2] == 0 && s.key[3] == 2);
	csg_series_clear(&s);
	unit_case("times that no calendar has come to an end");
	tell(&x, NULL, INT64_MAX, 1);
	x.request.head.time = 0;
	add(a, &x);
	CHECK(csg_series_make(a, &s, NULL) == CSG_OK && s.period == CSG_YEAR &&
	    s.key[s.n - 1] == 1);
	csg_series_clear(&s);
	csg_analysis_free(a);
}

static void
test_waits(void)
{
	struct csg_analysis *a = start(NULL);
	struct csg_waits w;
	struct told x;
	int64_t i;

	unit_case("quantiles");
	CHECK(csg_waits_make(a, CSG_NONE, &w, NULL) == CSG_OK && w.n == 0);
	for (i = 10; i >= 1; i--) {
		tell(&x, NULL, 100 * DAY, 1);
		vote(&x, "alice", CSG_APPROVE, i * 10, false);
		add(a, &x);
	}
	tell(&x, NULL, 100 * DAY, 1); /* by nobody: not counted */
	add(a, &x);
	CHECK(csg_waits_make(a, 0, &w, NULL) == CSG_OK && w.n == 10);
	CHECK(w.least == 10 && w.quarter == 30 && w.median == 50 &&
	    w.three_quarters == 80 && w.ninth == 90 && w.most == 100);
	CHECK(csg_waits_make(a, 1, &w, NULL) == CSG_OK && w.n == 0);
	csg_analysis_free(a);
}

static void
test_rank(void)
{
	struct csg_rank r[] = { { 1, "b", 0 }, { 2, "c", 1 }, { 1, "a", 2 } };

	unit_case("the largest first, then by name");
	csg_rank_sort(r, 3);
	CHECK(r[0].i == 1 && r[1].i == 2 && r[2].i == 0);
}

/* ---- expiry ---- */

static void
test_expiry(const struct csg_policy *const *p)
{
	struct csg_expiry *e = NULL;
	const char *name, *what;
	size_t n, i;

	unit_case("what expires, the first first");
	CHECK(csg_expiry_list(*p, &e, &n, NULL) == CSG_OK && n == 9);
	CHECK(strcmp(e[0].what, "policy") == 0 && e[0].time == (*p)->expires &&
	    e[0].cert == NULL);
	for (i = 1; i < n; i++) {
		CHECK(e[i].time >= e[i - 1].time && e[i].cert != NULL);
		CHECK((e[i].other != 0) == (strcmp(e[i].name, "alice") == 0));
	}
	free(e);
	unit_case("whose key it was");
	name = csg_expiry_owner(p, 1, &unit_cert("erin")->spki, &what);
	CHECK(name != NULL && strcmp(name, "erin") == 0 &&
	    strcmp(what, "person") == 0);
	name = csg_expiry_owner(p, 1, &unit_cert("boot")->spki, &what);
	CHECK(name != NULL && strcmp(name, "boot") == 0 &&
	    strcmp(what, "key") == 0);
	CHECK(csg_expiry_owner(p, 1, &unit_cert("mallory")->spki, &what) ==
		NULL &&
	    what == NULL);
}

int
main(void)
{
	struct csg_policy *policy = unit_policy(yaml);
	const struct csg_policy *const p = policy;

	if (p == NULL)
		return 1;
	test_people(&p);
	test_many();
	test_blind(&p);
	test_emergency(&p);
	test_wait(p);
	test_others();
	test_periods();
	test_series();
	test_waits();
	test_rank();
	test_expiry(&p);
	csg_policy_free(policy);
	unit_people_free();
	return unit_done();
}
