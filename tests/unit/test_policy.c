/*
 * Reading a policy: one that is sound, and beside it what differs by one
 * fact and is refused, at its line and column, for its reason.
 */
#include "tests/unit/policies.h"

static const char sound[] =
    "csg: policy/1\nname: acme\nversion: 1\nprevious: none\n"
    "issued: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
    "groups:\n"
    "  developers: [carol, dave]\n"
    "  qa: [alice, bob]\n"
    "  admins: [alice, bob, dave]\n"
    "statements: [tested, rebuilt]\n"
    "revoked:\n"
    "  - {key: #gone, since: 2026-02-03T00:00:00Z, reason: left}\n"
    "profiles:\n"
    "  policy: {key: policy, format: policy, requesters: [developers],\n"
    "    quorum: [{group: admins, need: 2}]}\n"
    "  app:\n"
    "    key: app\n"
    "    format: cms\n"
    "    requesters: [developers]\n"
    "    quorum: [{group: qa, need: 1, stage: 1, statement: tested}]\n"
    "    voters: all\n"
    "    cooling-off: 1h\n"
    "    window: {days: [mon, fri], hours: 08:00-18:00}\n"
    "    reject: [qa]\n"
    "    operators: [admins]\n"
    "    inspect: optional\n"
    "    lifetime: {request: 7d, endorsement: 3d}\n"
    "    limit: {artifacts: 2, bytes: 100, signatures: 5, period: 1d}\n"
    "    names: ['*.bin']\n"
    "    routes:\n"
    "      hotfix:\n"
    "        emergency: true\n"
    "        quorum: [{group: admins, need: 1}]\n"
    "users:\n"
    "  alice:\n    certificate: @alice\n"
    "  bob:\n    certificate: @bob\n"
    "  carol:\n    certificate: @carol\n"
    "  dave:\n    certificate: @dave\n"
    "keys:\n"
    "  policy:\n    uri: pkcs11:object=policy\n    certificate: @policy\n"
    "  ledger:\n    uri: pkcs11:object=ledger\n    certificate: @ledger\n"
    "  app:\n    uri: pkcs11:object=app\n    certificate: @app\n";

struct row {
	const char *what, *from, *to;
	enum csg_reason reason;
	const char *where; /* what the text begins with, or NULL */
};

static const struct row rows[] = { { "a key that is not known", "name: acme",
				       "name: acme\nnote: x", CSG_R_PARSE,
				       "3:1: " },
	{ "a name missing", "name: acme\n", "", CSG_R_PARSE, NULL },
	{ "a key twice", "version: 1", "version: 1\nversion: 1", CSG_R_PARSE,
	    "4:1: " },
	{ "another kind", "policy/1", "policy/2", CSG_R_PARSE, "1:6: " },
	{ "version 0", "version: 1", "version: 0", CSG_R_PARSE, "3:10: " },
	{ "version in hex", "version: 1", "version: 0x1", CSG_R_PARSE,
	    "3:10: " },
	{ "a predecessor of version 1", "previous: none", "previous: #gone",
	    CSG_R_PARSE, "4:11: " },
	{ "no predecessor of version 2", "version: 1", "version: 2",
	    CSG_R_PARSE, "4:11: " },
	{ "expires before it is issued", "expires: 2027", "expires: 2025",
	    CSG_R_PARSE, "6:10: " },
	{ "a day that is none", "issued: 2026-01-01", "issued: 2026-02-30",
	    CSG_R_PARSE, "5:9: " },
	{ "an empty group", "qa: [alice, bob]", "qa: []", CSG_R_PARSE,
	    "9:7: " },
	{ "a member twice", "qa: [alice, bob]", "qa: [alice, alice]",
	    CSG_R_PARSE, "9:15: " },
	{ "a member who is no user", "qa: [alice, bob]", "qa: [alice, zoe]",
	    CSG_R_PARSE, "9:15: " },
	{ "users alike but for case", "  dave:\n    cert", "  Bob:\n    cert",
	    CSG_R_PARSE, NULL },
	{ "one key, two people", "certificate: @carol", "certificate: @bob",
	    CSG_R_DUPKEY, NULL },
	{ "one key, a person and a purpose", "certificate: @app",
	    "certificate: @bob", CSG_R_DUPKEY, NULL },
	{ "one person's key twice", "certificate: @bob",
	    "certificate: @bob @bob", CSG_R_DUPKEY, NULL },
	{ "a revoked key", "certificate: @carol", "certificate: @gone",
	    CSG_R_REVOKED, NULL },
	{ "no policy key", "  policy:\n    uri", "  other:\n    uri",
	    CSG_R_PARSE, NULL },
	{ "a URI without an object", "pkcs11:object=app", "pkcs11:token=app",
	    CSG_R_PARSE, NULL },
	{ "a PIN in a URI", "pkcs11:object=app",
	    "pkcs11:object=app?pin-value=1", CSG_R_PARSE, NULL },
	{ "a PIN source in a URI", "pkcs11:object=app",
	    "pkcs11:object=app?pin-source=file:/x", CSG_R_PARSE, NULL },
	{ "padding of an EC key", "pkcs11:object=app",
	    "pkcs11:object=app\n    padding: pss", CSG_R_PARSE, NULL },
	{ "a profile's key that is not there", "    key: app", "    key: none",
	    CSG_R_PARSE, "18:10: " },
	{ "the ledger's key", "    key: app", "    key: ledger", CSG_R_PARSE,
	    "18:5: " },
	{ "the policy's key in another profile", "    key: app",
	    "    key: policy", CSG_R_PARSE, NULL },
	{ "a format that is none", "format: cms", "format: pgp", CSG_R_PARSE,
	    "19:13: " },
	{ "the format policy elsewhere", "format: cms", "format: policy",
	    CSG_R_PARSE, NULL },
	{ "requesters that are no group", "    requesters: [developers]",
	    "    requesters: [all]", CSG_R_PARSE, "20:18: " },
	{ "need 0", "need: 1, stage", "need: 0, stage", CSG_R_PARSE,
	    "21:32: " },
	{ "need -1", "need: 1, stage", "need: -1, stage", CSG_R_PARSE,
	    "21:32: " },
	{ "need more than there are", "need: 1, stage", "need: 3, stage",
	    CSG_R_PARSE, "21:32: " },
	{ "need 2^64", "need: 1, stage", "need: 18446744073709551616, stage",
	    CSG_R_PARSE, "21:32: " },
	{ "a clause of no group", "group: qa, need: 1", "group: q, need: 1",
	    CSG_R_PARSE, "21:22: " },
	{ "no clauses", "[{group: admins, need: 1}]", "[]", CSG_R_PARSE, NULL },
	{ "stage 0", "stage: 1", "stage: 0", CSG_R_PARSE, "21:42: " },
	{ "a statement that is not declared", "statement: tested",
	    "statement: scanned", CSG_R_PARSE, "21:56: " },
	{ "a statement declared twice", "[tested, rebuilt]", "[tested, tested]",
	    CSG_R_PARSE, "11:22: " },
	{ "voters that are no word", "voters: all", "voters: most", CSG_R_PARSE,
	    "22:13: " },
	{ "a cooling-off without a unit", "cooling-off: 1h", "cooling-off: 1",
	    CSG_R_PARSE, "23:18: " },
	{ "a day that is none", "[mon, fri]", "[mon, Fri]", CSG_R_PARSE,
	    "24:26: " },
	{ "hours that are none", "08:00-18:00", "8-18", CSG_R_PARSE,
	    "24:39: " },
	{ "reject of no group", "reject: [qa]", "reject: [q]", CSG_R_PARSE,
	    "25:14: " },
	{ "operators of no group", "operators: [admins]", "operators: []",
	    CSG_R_PARSE, "26:16: " },
	{ "inspect that is no word", "inspect: optional", "inspect: no",
	    CSG_R_PARSE, "27:14: " },
	{ "a lifetime that is none", "request: 7d", "request: forever",
	    CSG_R_PARSE, "28:25: " },
	{ "a limit of 0", "bytes: 100", "bytes: 0", CSG_R_PARSE, "29:34: " },
	{ "signatures without a period", ", period: 1d", "", CSG_R_PARSE,
	    "29:12: " },
	{ "an empty pattern", "'*.bin'", "''", CSG_R_PARSE, "30:13: " },
	{ "a route called normal",
	    "      hotfix:", "      normal:", CSG_R_PARSE, NULL },
	{ "emergency that is no truth", "emergency: true", "emergency: yes",
	    CSG_R_PARSE, "33:20: " },
	{ "a word that a route hasn't", "emergency: true", "inspect: optional",
	    CSG_R_PARSE, "33:9: " },
	{ "no profile policy", "  policy: {key: policy, format: policy",
	    "  other: {key: app, format: raw", CSG_R_PARSE, NULL },
	{ "two profiles of one key", "  app:\n    key: app",
	    "  too:\n    key: app\n    format: raw\n"
	    "    requesters: [developers]\n"
	    "    quorum: [{group: qa, need: 1}]\n  app:\n    key: app",
	    CSG_R_PARSE, NULL },
	{ "a key revoked twice", "reason: left}\n",
	    "reason: left}\n"
	    "  - {key: #gone, since: 2026-02-04T00:00:00Z, reason: left}\n",
	    CSG_R_PARSE, "14:5: this key is revoked twice" },
	{ "a reason of revocation", "reason: left", "reason: gone", CSG_R_PARSE,
	    NULL },
	{ "an anchor", "name: acme", "name: &a acme", CSG_R_PARSE, NULL },
	{ "an escape in a name", "name: acme", "name: \"ac\\x1bme\"",
	    CSG_R_TEXT, NULL } };

/* The text with the first "from" replaced. */
static void
edit(struct csg_buf *out, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (at == NULL)
		abort();
	csg_buf_add(out, text, (size_t)(at - text));
	csg_buf_puts(out, to);
	csg_buf_puts(out, at + strlen(from));
}

static enum csg_rc
parse(const char *yaml, struct csg_policy **p, struct csg_err *err)
{
	struct csg_buf b = { 0 };
	enum csg_rc rc;

	memset(err, 0, sizeof(*err));
	unit_expand(&b, yaml);
	rc = csg_policy_parse(csg_buf_str(&b), b.len, p, err);
	csg_buf_free(&b);
	return rc;
}

static void
check_row(const struct row *r)
{
	struct csg_buf bad = { 0 };
	struct csg_policy *p;
	struct csg_err err;

	unit_case(r->what);
	edit(&bad, sound, r->from, r->to);
	if (!CHECK(parse(csg_buf_str(&bad), &p, &err) != CSG_OK) ||
	    !CHECK(p == NULL) || !CHECK(err.reason == r->reason) ||
	    (r->where != NULL &&
		!CHECK(strncmp(err.text, r->where, strlen(r->where)) == 0)))
		printf("# %s\n", err.text);
	CHECK(err.text[0] >= '1' && err.text[0] <= '9'); /* a position */
	csg_policy_free(p);
	csg_buf_free(&bad);
}

static void
check_sound(void)
{
	const struct csg_profile *pr;
	struct csg_policy *p;
	struct csg_err err;
	size_t u;

	unit_case("a policy with every word in it");
	if (!CHECK(parse(sound, &p, &err) == CSG_OK)) {
		printf("# %s\n", err.text);
		return;
	}
	pr = csg_policy_profile(p, "app");
	CHECK(p->nusers == 4 && p->ngroups == 3 && p->nkeys == 3 &&
	    p->nrevoked == 1 && p->nstatements == 2);
	CHECK(pr->nroutes == 2 && pr->routes[1].emergency && !pr->inspect);
	CHECK(pr->rules[0].all_vote && pr->rules[0].cooling_off == 3600 &&
	    !pr->rules[1].all_vote && pr->rules[1].cooling_off == 0);
	CHECK(pr->rules[0].window.set && pr->rules[0].window.day[4] &&
	    !pr->rules[0].window.day[1] && !pr->rules[1].window.set);
	CHECK(pr->limit.signatures == 5 && pr->limit.period == 86400);
	CHECK(csg_policy_name_fits(pr, "a.bin") &&
	    !csg_policy_name_fits(pr, "d/a.bin") &&
	    !csg_policy_name_fits(pr, "a.exe"));
	u = csg_policy_user(p, "alice");
	CHECK(csg_policy_may_endorse(pr, u) && csg_policy_may_reject(pr, u) &&
	    !csg_policy_may_request(p, pr, u));
	u = csg_policy_user(p, "dave"); /* by the hotfix, and no veto */
	CHECK(csg_policy_may_endorse(pr, u) && !csg_policy_may_reject(pr, u) &&
	    csg_policy_may_request(p, pr, u));
	CHECK(csg_policy_user(p, "Alice") == CSG_NONE &&
	    csg_policy_user(p, "alic") == CSG_NONE &&
	    csg_policy_group(p, "nobody") == CSG_NONE &&
	    csg_policy_key(p, "App") == CSG_NONE &&
	    csg_policy_profile(p, "hotfix") == NULL &&
	    csg_policy_statement(p, "seen") == 0);
	CHECK(csg_policy_key(p, "app") == 2 &&
	    csg_policy_statement(p, "tested") == 1 &&
	    csg_policy_statement(p, "rebuilt") == 2 &&
	    csg_policy_revoked(p, &p->revoked[0].spki) == &p->revoked[0] &&
	    csg_policy_revoked(p, &p->keys[2].cert->spki) == NULL);
	CHECK(csg_policy_in_force(p, pr, p->expires, NULL) == CSG_OK &&
	    csg_policy_in_force(p, pr, p->expires + 1, &err) == CSG_REFUSED &&
	    err.reason == CSG_R_EXPIRED);
	csg_policy_free(p);
}

int
main(void)
{
	size_t i;

	check_sound();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
	unit_people_free();
	return unit_done();
}
