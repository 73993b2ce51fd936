/* Policy diff: every field of a policy is changed once, and mentioned. */
#include "lib/explain/diff.h"
#include "tests/unit/policies.h"

/* Policies are made of these lines; a row below replaces one text in them. */
static const char good[] =
    "csg: policy/1\nname: acme\nversion: 2\nprevious: #one\n"
    "issued: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
    "users:\n"
    "  alice:\n    email: alice at example.com\n    certificate: @alice\n"
    "  bob:\n    certificate: @bob @bob2\n"
    "  carol:\n    certificate: @carol\n"
    "  dave:\n    certificate: @dave\n"
    "  erin:\n    certificate: @erin\n"
    "  frank:\n    certificate: @frank\n"
    "  grace:\n    certificate: @grace\n"
    "  heidi:\n    certificate: @heidi\n"
    "  ivan:\n    certificate: @ivan\n"
    "  judy:\n    certificate: @judy\n"
    "groups:\n"
    "  developers: [carol, dave]\n"
    "  qa: [alice, bob]\n"
    "  security: [erin, frank, grace]\n"
    "  admins: [alice, erin, heidi]\n"
    "  ops: [ivan]\n"
    "  spare: [judy]\n"
    "keys:\n"
    "  policy:\n    uri: pkcs11:object=policy\n    certificate: @policy\n"
    "  ledger:\n    uri: pkcs11:object=ledger\n    certificate: @ledger\n"
    "  firmware:\n    uri: pkcs11:object=firmware\n"
    "    certificate: @rsa-firmware\n    padding: pkcs1\n"
    "  docs:\n    uri: pkcs11:object=docs\n    certificate: @docs\n"
    "  unused:\n    uri: pkcs11:object=unused\n    certificate: @unused\n"
    "statements: [tested, reviewed]\n"
    "revoked:\n"
    "  - {key: #gone, since: 2026-02-03T00:00:00Z, reason: left}\n"
    "profiles:\n"
    "  policy:\n    key: policy\n    format: policy\n"
    "    requesters: [admins]\n"
    "    quorum: [{group: admins, need: 2}]\n"
    "  firmware:\n    key: firmware\n    format: cms\n"
    "    requesters: [developers]\n"
    "    quorum:\n"
    "      - {group: qa, need: 1, stage: 1}\n"
    "      - {group: security, need: 2, stage: 2, statement: tested}\n"
    "    voters: quorum\n"
    "    cooling-off: 2h\n"
    "    window: {days: [mon, tue, wed], hours: '08:00-18:00'}\n"
    "    routes:\n"
    "      hotfix:\n"
    "        quorum: [{group: admins, need: 2}]\n"
    "        voters: all\n"
    "        emergency: true\n"
    "      third:\n"
    "        quorum: [{group: security, need: 3}]\n"
    "    reject: [qa, security]\n"
    "    operators: [ops]\n"
    "    inspect: required\n"
    "    lifetime: {request: 7d, endorsement: 3d}\n"
    "    limit: {artifacts: 20, bytes: 4096, signatures: 9, period: 7d}\n"
    "    names: ['*.bin', '*.img']\n"
    "  docs:\n    key: docs\n    format: raw\n"
    "    requesters: [developers]\n"
    "    quorum: [{group: qa, need: 1}]\n";

struct row {
	const char *what, *from, *to; /* the first "from" becomes "to" */
	const char *want[8]; /* "weaker: part of the text", in order */
};

static const struct row rows[] = {
	{ "name", "name: acme", "name: zenith",
	    { "neutral: the policy is named zenith instead of acme" } },
	{ "expires, later", "expires: 2027", "expires: 2028",
	    { "neutral: the policy expires at 2028-01-01T00:00:00Z instead of "
	      "2027-01-01T00:00:00Z" } },
	{ "expires, sooner", "expires: 2027-01", "expires: 2026-07",
	    { "neutral: the policy expires at 2026-07-01T00:00:00Z instead of "
	      "2027-01-01T00:00:00Z" } },
	{ "a new e-mail address", "email: alice at", "email: al at",
	    { "neutral: alice's e-mail address is 'al at example.com' instead "
	      "of 'alice at example.com'" } },
	{ "no e-mail address", "    email: alice at example.com\n", "",
	    { "neutral: alice's e-mail address is removed: 'alice at "
	      "example.com'" } },
	{ "a new key", "certificate: @carol\n", "certificate: @carol2\n",
	    { "weaker: carol has a new key",
		"stronger: carol no longer has the key" } },
	{ "a key more", "certificate: @carol\n",
	    "certificate: @carol @carol2\n",
	    { "weaker: carol has a new key" } },
	{ "a key less", "@bob @bob2", "@bob2",
	    { "stronger: bob no longer has the key" } },
	{ "a certificate that lasts longer", "certificate: @dave\n",
	    "certificate: @dave.later\n",
	    { "weaker: for the same key: valid from 2026-01-01T00:00:00Z to "
	      "2028-01-01T00:00:00Z instead of 2026-01-01T00:00:00Z to "
	      "2027-01-01T00:00:00Z" } },
	{ "a certificate that ends sooner", "certificate: @dave\n",
	    "certificate: @dave.early\n",
	    { "stronger: for the same key: valid from 2026-01-01T00:00:00Z to "
	      "2026-07-02T12:00:00Z instead of 2026-01-01T00:00:00Z to "
	      "2027-01-01T00:00:00Z" } },
	{ "a new key without power", "certificate: @judy\n",
	    "certificate: @judy2\n",
	    { "neutral: judy has a new key",
		"neutral: judy no longer has the key" } },
	{ "a new user", "groups:\n",
	    "  mallory:\n    certificate: @mallory\ngroups:\n",
	    { "neutral: mallory is new: key" } },
	{ "a new member", "security: [erin,", "security: [dave, erin,",
	    { "weaker: dave becomes a member of security, and so can approve "
	      "firmware",
		"stronger: firmware: dave can veto" } },
	{ "a member who could approve already", "security: [erin,",
	    "security: [alice, erin,",
	    { "weaker: alice becomes a member of security, and so can approve "
	      "firmware as one of security" } },
	{ "a member leaves", "qa: [alice, bob]", "qa: [alice]",
	    { "weaker: firmware: bob can no longer veto",
		"weaker: docs: bob can no longer veto",
		"stronger: bob leaves qa, and so can no longer approve "
		"firmware, approve docs" } },
	{ "a member who may ask then", "  developers: [carol,",
	    "  developers: [alice, carol,",
	    { "weaker: alice becomes a member of developers, and so can "
	      "make requests under firmware, make requests under docs" } },
	{ "a member who only asks", "  developers: [carol,",
	    "  developers: [judy, carol,",
	    { "weaker: judy becomes a member of developers, and so can make "
	      "requests under firmware, make requests under docs" } },
	{ "a new operator", "ops: [ivan]", "ops: [ivan, judy]",
	    { "weaker: judy becomes a member of ops, and so can run csg-sign "
	      "for firmware" } },
	{ "a member of a group of no use", "spare: [judy]",
	    "spare: [judy, ivan]",
	    { "neutral: ivan becomes a member of spare" } },
	{ "a new group", "keys:\n", "  more: [judy]\nkeys:\n",
	    { "neutral: a new group more: judy" } },
	{ "a group is gone", "  spare: [judy]\n", "",
	    { "neutral: the group spare is removed: judy" } },
	{ "a key elsewhere", "object=docs", "object=docs2",
	    { "neutral: the signing key docs is at 'pkcs11:object=docs2' "
	      "instead of 'pkcs11:object=docs'" } },
	{ "another signing key", "certificate: @docs\n",
	    "certificate: @docs2\n",
	    { "neutral: the signing key docs is replaced: key" } },
	{ "its certificate", "certificate: @docs\n",
	    "certificate: @docs.later\n",
	    { "weaker: for the same key: valid from 2026-01-01T00:00:00Z to "
	      "2028-01-01T00:00:00Z instead of 2026-01-01T00:00:00Z to "
	      "2027-01-01T00:00:00Z" } },
	{ "the padding", "padding: pkcs1", "padding: pss",
	    { "neutral: the signing key firmware now signs with RSA-PSS" } },
	{ "no padding is the default", "    padding: pkcs1\n", "", { NULL } },
	{ "a new key of the policy", "  unused:\n",
	    "  more:\n    uri: pkcs11:object=more\n    certificate: @more\n  "
	    "unused:\n",
	    { "neutral: a new signing key more (p256," } },
	{ "a key of the policy is gone",
	    "  unused:\n    uri: pkcs11:object=unused\n    certificate: "
	    "@unused\n",
	    "", { "neutral: removed: signing key unused (p256," } },
	{ "a new statement", "[tested, reviewed]", "[tested, reviewed, built]",
	    { "neutral: votes can now state 'built'" } },
	{ "a statement is gone", "[tested, reviewed]", "[tested]",
	    { "neutral: votes can no longer state 'reviewed'" } },
	{ "statements in another order", "[tested, reviewed]",
	    "[reviewed, tested]", { NULL } },
	{ "a revoked key more", "revoked:\n",
	    "revoked:\n  - {key: #gone2, since: 2026-02-03T00:00:00Z, reason: "
	    "left}\n",
	    { "stronger: revoked since 2026-02-03T00:00:00Z (left): the "
	      "key" } },
	{ "another key revoked", "{key: #gone,", "{key: #gone2,",
	    { "weaker: no longer revoked since 2026-02-03T00:00:00Z (left): "
	      "the key",
		"stronger: revoked since 2026-02-03T00:00:00Z (left): the "
		"key" } },
	{ "revoked later", "since: 2026-02", "since: 2026-03",
	    { "weaker: counts as revoked since 2026-03-03T00:00:00Z instead of "
	      "2026-02-03T00:00:00Z" } },
	{ "revoked sooner", "since: 2026-02", "since: 2026-01",
	    { "stronger: counts as revoked since 2026-01-03T00:00:00Z instead "
	      "of 2026-02-03T00:00:00Z" } },
	{ "revoked for more", "reason: left", "reason: compromised",
	    { "stronger: counts as 'compromised' instead of 'left'" } },
	{ "another key for a profile", "key: docs\n    format",
	    "key: unused\n    format",
	    { "neutral: docs: signs with the key unused (p256," } },
	{ "another format", "format: raw", "format: cms",
	    { "neutral: docs: makes CMS signatures (ARTIFACT.p7s) instead of "
	      "bare signatures (ARTIFACT.sig)" } },
	{ "more requesters", "requesters: [developers]",
	    "requesters: [developers, qa]",
	    { "weaker: firmware: any of qa (alice and bob) may make requests "
	      "too" } },
	{ "other requesters", "requesters: [developers]", "requesters: [qa]",
	    { "weaker: firmware: any of qa (alice and bob) may make requests "
	      "too",
		"stronger: firmware: any of developers (carol and dave) may "
		"no longer make requests" } },
	{ "another need", "qa, need: 1, stage", "qa, need: 2, stage",
	    { "stronger: firmware, route normal: qa in stage 1 rises from 1 to "
	      "2" } },
	{ "a smaller need", "security, need: 2,", "security, need: 1,",
	    { "weaker: firmware, route normal: security stating 'tested' in "
	      "stage 2 falls from 2 to 1" } },
	{ "a statement for another", "statement: tested", "statement: reviewed",
	    { "weaker: firmware, route normal: approvals of security need no "
	      "longer state 'tested'",
		"stronger: firmware, route normal: approvals of security must "
		"state 'reviewed'" } },
	{ "a statement no more", ", statement: tested", "",
	    { "weaker: firmware, route normal: approvals of security need no "
	      "longer state 'tested'" } },
	{ "a statement more", "qa, need: 1, stage: 1",
	    "qa, need: 1, stage: 1, statement: tested",
	    { "stronger: firmware, route normal: approvals of qa must state "
	      "'tested'" } },
	{ "stages no more", "stage: 2", "stage: 1",
	    { "weaker: firmware, route normal: approvals of security need no "
	      "longer wait for and cite those of qa" } },
	{ "stages the other way round", "stage: 1", "stage: 3",
	    { "weaker: firmware, route normal: approvals of security need no "
	      "longer wait for and cite those of qa",
		"stronger: firmware, route normal: approvals of qa must wait "
		"for and cite those of security" } },
	{ "stages renumbered", "stage: 2", "stage: 4",
	    { "neutral: firmware, route normal: the stages are numbered "
	      "differently, in the same order" } },
	{ "a clause more", "statement: tested}\n",
	    "statement: tested}\n      - {group: spare, need: 1, stage: 2}\n",
	    { "stronger: firmware, route normal: 1 of spare (judy) must "
	      "approve too, in stage 2",
		"neutral: firmware: judy can approve" } },
	{ "a clause less", "      - {group: qa, need: 1, stage: 1}\n", "",
	    { "weaker: firmware, route normal: qa in stage 1 is no longer "
	      "required (was 1)" } },
	{ "a clause for another", "{group: qa, need: 1, stage: 1}",
	    "{group: spare, need: 1, stage: 1}",
	    { "weaker: firmware, route normal: qa in stage 1 is no longer "
	      "required (was 1)",
		"weaker: firmware: judy can approve",
		"stronger: firmware, route normal: 1 of spare (judy) must "
		"approve too, in stage 1" } },
	{ "a clause in two", "{group: admins, need: 2}]\n  firmware",
	    "{group: admins, need: 1}, {group: admins, need: 1}]\n  firmware",
	    { "neutral: policy: admins is required in 2 clauses instead of "
	      "1, for the same number of people" } },
	{ "all must vote", "voters: quorum", "voters: all",
	    { "stronger: firmware, route normal: every member of its groups "
	      "must vote, if only to abstain" } },
	{ "not all must vote", "voters: all", "voters: quorum",
	    { "weaker: firmware, route hotfix: the quorum is enough, not every "
	      "member must vote" } },
	{ "more members who must vote", "admins: [alice,",
	    "admins: [judy, alice,",
	    { "weaker: judy becomes a member of admins, and so can approve "
	      "policy, make requests under policy, approve firmware",
		"stronger: policy: judy can veto",
		"stronger: firmware, route hotfix: judy must vote too" } },
	{ "a longer cooling-off", "cooling-off: 2h", "cooling-off: 3h",
	    { "stronger: firmware, route normal: the cooling-off is 3 hours "
	      "instead of 2 hours" } },
	{ "a shorter cooling-off", "cooling-off: 2h", "cooling-off: 1h",
	    { "weaker: firmware, route normal: the cooling-off is 1 hour "
	      "instead of 2 hours" } },
	{ "no cooling-off", "    cooling-off: 2h\n", "",
	    { "weaker: firmware, route normal: signing no longer waits for the "
	      "cooling-off of 2 hours" } },
	{ "more days", "[mon, tue, wed]", "[mon, tue, wed, thu]",
	    { "weaker: firmware, route normal: signing is possible at times "
	      "when it was not: Monday to Thursday, 08:00 to 18:00 UTC instead "
	      "of Monday to Wednesday, 08:00 to 18:00 UTC" } },
	{ "other days", "[mon, tue, wed]", "[tue, wed, thu]",
	    { "weaker: firmware, route normal: signing is possible at times "
	      "when it was not: Tuesday to Thursday, 08:00 to 18:00 UTC "
	      "instead of Monday to Wednesday, 08:00 to 18:00 UTC",
		"stronger: firmware, route normal: signing is no longer "
		"possible at times when it was: Tuesday to Thursday, 08:00 to "
		"18:00 UTC instead of Monday to Wednesday, 08:00 to 18:00 "
		"UTC" } },
	{ "fewer hours", "08:00-18:00", "08:00-12:00",
	    { "stronger: firmware, route normal: signing is no longer possible "
	      "at times when it was: Monday to Wednesday, 08:00 to 12:00 UTC "
	      "instead of Monday to Wednesday, 08:00 to 18:00 UTC" } },
	{ "later hours", "08:00-18:00", "09:00-19:00",
	    { "weaker: firmware, route normal: signing is possible at times "
	      "when it was not: Monday to Wednesday, 09:00 to 19:00 UTC "
	      "instead of Monday to Wednesday, 08:00 to 18:00 UTC",
		"stronger: firmware, route normal: signing is no longer "
		"possible at times when it was: Monday to Wednesday, 09:00 to "
		"19:00 UTC instead of Monday to Wednesday, 08:00 to 18:00 "
		"UTC" } },
	{ "no hours", ", hours: '08:00-18:00'", "",
	    { "weaker: firmware, route normal: signing is possible at times "
	      "when it was not: Monday to Wednesday, all day in UTC instead of "
	      "Monday to Wednesday, 08:00 to 18:00 UTC" } },
	{ "no window",
	    "    window: {days: [mon, tue, wed], hours: '08:00-18:00'}\n", "",
	    { "weaker: firmware, route normal: signing is possible at times "
	      "when it was not: at any time instead of Monday to Wednesday, "
	      "08:00 to 18:00 UTC" } },
	{ "a new route", "      third:\n",
	    "      fourth:\n        quorum: [{group: qa, need: 2}]\n      "
	    "third:\n",
	    { "weaker: firmware: a new route fourth: 2 of qa (alice and "
	      "bob)" } },
	{ "a route is gone",
	    "      third:\n        quorum: [{group: security, need: 3}]\n", "",
	    { "stronger: firmware: the route third is removed: 3 of "
	      "security (erin, frank and grace)" } },
	{ "a route of another name", "      third:", "      other:",
	    { "weaker: firmware: a new route other: 3 of security (erin, frank "
	      "and grace)",
		"stronger: firmware: the route third is removed: 3 of "
		"security (erin, frank and grace)" } },
	{ "no emergency any more", "emergency: true", "emergency: false",
	    { "weaker: firmware, route hotfix: no longer marks what it signs "
	      "as an emergency, so that csg-verify accepts it like any "
	      "other" } },
	{ "an emergency", "need: 3}]\n", "need: 3}]\n        emergency: true\n",
	    { "stronger: firmware, route third: marks what it signs as an "
	      "emergency, which csg-verify refuses unless told to accept "
	      "it" } },
	{ "more who can veto", "reject: [qa, security]",
	    "reject: [qa, security, spare]",
	    { "stronger: firmware: judy can veto",
		"stronger: firmware: only qa (alice and bob), security (erin, "
		"frank and grace) and spare (judy) can veto, instead of qa "
		"(alice and bob) and security (erin, frank and grace)" } },
	{ "fewer who can veto", "reject: [qa, security]", "reject: [qa]",
	    { "weaker: firmware: erin, frank and grace can no longer veto",
		"weaker: firmware: only qa (alice and bob) can veto, instead "
		"of qa (alice and bob) and security (erin, frank and "
		"grace)" } },
	{ "others who can veto", "reject: [qa, security]",
	    "reject: [qa, developers]",
	    { "weaker: firmware: erin, frank and grace can no longer veto",
		"weaker: firmware: only qa (alice and bob) and developers "
		"(carol and dave) can veto, instead of qa (alice and bob) and "
		"security (erin, frank and grace)",
		"stronger: firmware: carol and dave can veto" } },
	{ "who can approve can veto", "    reject: [qa, security]\n", "",
	    { "stronger: firmware: heidi can veto",
		"stronger: firmware: anyone who could approve can veto, "
		"instead of qa (alice and bob) and security (erin, frank "
		"and grace)" } },
	{ "more operators", "operators: [ops]", "operators: [ops, spare]",
	    { "weaker: firmware: any of spare (judy) may run csg-sign too" } },
	{ "other operators", "operators: [ops]", "operators: [spare]",
	    { "weaker: firmware: any of spare (judy) may run csg-sign too",
		"stronger: firmware: any of ops (ivan) may no longer run "
		"csg-sign" } },
	{ "operators no more", "    operators: [ops]\n", "",
	    { "weaker: firmware: anyone may run csg-sign, not only ops "
	      "(ivan)" } },
	{ "blind votes", "inspect: required", "inspect: optional",
	    { "weaker: firmware: blind approvals count too, without the "
	      "artifacts at hand" } },
	{ "a longer life for requests", "request: 7d", "request: 8d",
	    { "weaker: firmware: the lifetime of a request is 8 days "
	      "instead of 7 days" } },
	{ "a shorter life for votes", "endorsement: 3d", "endorsement: 2d",
	    { "stronger: firmware: the lifetime of a vote is 2 days instead "
	      "of 3 days" } },
	{ "more artifacts", "artifacts: 20", "artifacts: 21",
	    { "weaker: firmware: the number of artifacts in a request is 21 "
	      "instead of 20" } },
	{ "no limit of artifacts", "artifacts: 20, ", "",
	    { "weaker: firmware: the number of artifacts in a request is "
	      "unlimited instead of 20" } },
	{ "smaller artifacts", "bytes: 4096", "bytes: 4095",
	    { "stronger: firmware: the size of an artifact is 4095 bytes "
	      "instead of 4 KiB" } },
	{ "more signatures", "signatures: 9", "signatures: 10",
	    { "weaker: firmware: more signatures: 10 in 7 days instead of 9 in "
	      "7 days" } },
	{ "a longer period", "period: 7d", "period: 8d",
	    { "stronger: firmware: fewer signatures: 9 in 8 days instead of 9 "
	      "in 7 days" } },
	{ "more signatures in more time", "signatures: 9, period: 7d",
	    "signatures: 10, period: 8d",
	    { "weaker: firmware: more signatures: 10 in 8 days instead of 9 in "
	      "7 days",
		"stronger: firmware: fewer signatures: 10 in 8 days instead of "
		"9 in 7 days" } },
	{ "any number of signatures", ", signatures: 9, period: 7d", "",
	    { "weaker: firmware: more signatures: any number instead of 9 in 7 "
	      "days" } },
	{ "a name more", "['*.bin'", "['*', '*.bin'",
	    { "weaker: firmware: names like '*' can be signed too" } },
	{ "a name less", "'*.bin', ", "",
	    { "stronger: firmware: names like '*.bin' are no longer signed, "
	      "unless another pattern matches" } },
	{ "any name", "    names: ['*.bin', '*.img']\n", "",
	    { "weaker: firmware: any name can be signed, not only '*.bin' or "
	      "'*.img'" } },
	{ "a profile less",
	    "  docs:\n    key: docs\n    format: raw\n    requesters: "
	    "[developers]\n    quorum: [{group: qa, need: 1}]\n",
	    "",
	    { "stronger: ); any of developers (carol and dave) may make "
	      "requests; route normal: 1 of qa (alice and bob)" } },
	{ "a profile of another name", "  docs:\n    key: docs\n    format",
	    "  papers:\n    key: docs\n    format",
	    { "weaker: ); any of developers (carol and dave) may make "
	      "requests; route normal: 1 of qa (alice and bob)",
		"stronger: ); any of developers (carol and dave) may make "
		"requests; route normal: 1 of qa (alice and bob)" } },
	{ "another version is no change", "version: 2", "version: 3",
	    { NULL } },
	{ "nor is another time of issue", "issued: 2026-01", "issued: 2026-02",
	    { NULL } },
	{ "nor another version before", "#one", "#two", { NULL } },
	{ "nor people in another order", "[erin, frank, grace]",
	    "[grace, erin, frank]", { NULL } },
	{ "routes in another order",
	    "hotfix:\n        quorum: [{group: admins, need: 2}]\n        "
	    "voters: all\n        emergency: true\n      third:\n        "
	    "quorum: [{group: security, need: 3}]\n",
	    "third:\n        quorum: [{group: security, need: 3}]\n      "
	    "hotfix:\n        quorum: [{group: admins, need: 2}]\n        "
	    "voters: all\n        emergency: true\n",
	    { "neutral: firmware: the routes are tried in a different order" } }
};

/* Never NULL: a row that can't be read says so. */
static struct csg_policy *
changed(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	struct csg_buf b = { 0 };
	struct csg_policy *p;

	if (at == NULL) {
		printf("# no '%s'\n", from);
		abort();
	}
	csg_buf_printf(
	    &b, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	if ((p = unit_policy(csg_buf_str(&b))) == NULL)
		abort();
	csg_buf_free(&b);
	return p;
}

/* Is the entry of the severity, with the words? */
static bool
is_as_wanted(const struct csg_change *c, const char *want)
{
	const char *word = csg_severity_words[c->severity];
	size_t n = strlen(word);

	return strncmp(want, word, n) == 0 && strncmp(want + n, ": ", 2) == 0 &&
	    strstr(c->text, want + n + 2) != NULL;
}

static void
print(const struct csg_changes *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		printf("# %s: %s\n", csg_severity_words[c->v[i].severity],
		    c->v[i].text);
}

static void
check_wants(const struct csg_changes *c, const char *const want[8])
{
	size_t i, n = 0;
	bool ok;

	while (n < 8 && want[n] != NULL)
		n++;
	ok = CHECK(c->n == n);
	for (i = 0; i < c->n && i < n; i++)
		ok = CHECK(is_as_wanted(&c->v[i], want[i])) && ok;
	if (!ok)
		print(c);
}

/* Back again, what was weaker is stronger. */
static void
check_reverse(const struct csg_changes *there, const struct csg_policy *old,
    const struct csg_policy *new)
{
	struct csg_changes back;

	if (!CHECK(csg_policy_diff(new, old, &back, NULL) == CSG_OK))
		return;
	if (!CHECK((back.n > 0) == (there->n > 0) &&
		(back.count[CSG_WEAKER] > 0) ==
		    (there->count[CSG_STRONGER] > 0) &&
		(back.count[CSG_STRONGER] > 0) ==
		    (there->count[CSG_WEAKER] > 0))) {
		print(there);
		print(&back);
	}
	csg_changes_clear(&back);
}

static void
check_row(const struct csg_policy *old, const struct row *r)
{
	struct csg_policy *new = changed(good, r->from, r->to);
	struct csg_changes c;

	unit_case(r->what);
	if (CHECK(csg_policy_diff(old, new, &c, NULL) == CSG_OK)) {
		check_wants(&c, r->want);
		check_reverse(&c, old, new);
		csg_changes_clear(&c);
	}
	csg_policy_free(new);
}

/* Apply changes one after the other, each to the first place it fits. */
static struct csg_policy *
changed_twice(
    const char *from, const char *to, const char *from2, const char *to2)
{
	struct csg_buf b = { 0 };
	const char *at = strstr(good, from);
	struct csg_policy *p;

	if (at == NULL)
		abort();
	csg_buf_printf(
	    &b, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	p = changed(csg_buf_str(&b), from2, to2);
	csg_buf_free(&b);
	return p;
}

/* Two changes that make one; frees new. */
static void
check_both(const char *what, const struct csg_policy *old,
    struct csg_policy *new, const char *const want[8])
{
	struct csg_changes c;

	unit_case(what);
	if (CHECK(csg_policy_diff(old, new, &c, NULL) == CSG_OK)) {
		check_wants(&c, want);
		csg_changes_clear(&c);
	}
	csg_policy_free(new);
}

static void
test_both(const struct csg_policy *old)
{
	check_both("a user is gone, and with that the veto", old,
	    changed_twice("  bob:\n    certificate: @bob @bob2\n", "",
		"qa: [alice, bob]", "qa: [alice]"),
	    (const char *const[8]){ "weaker: firmware: bob can no longer veto",
		"weaker: docs: bob can no longer veto",
		"stronger: bob leaves qa, and so can no longer approve "
		"firmware, approve docs",
		"stronger: bob is no longer in the policy: key sha256:" });
	check_both("a new user with power", old,
	    changed_twice("groups:\n",
		"  mallory:\n    email: m\n    certificate: @mallory\n"
		"groups:\n",
		"developers: [carol,", "developers: [mallory, carol,"),
	    (const char *const[8]){
		"weaker: mallory becomes a member of developers, and so can "
		"make requests under firmware, make requests under docs",
		"weaker: mallory is new, e-mail address 'm': key sha256:" });
	check_both("a key that was another's", old,
	    changed_twice("@bob @bob2", "@bob", "certificate: @judy\n",
		"certificate: @bob2\n"),
	    (const char *const[8]){ "stronger: bob no longer has the key",
		"neutral: (p256), which was bob's until now",
		"neutral: judy no longer has the key" });
	check_both("a key of somebody who is in the policy is revoked", old,
	    changed_twice("@bob @bob2", "@bob", "revoked:\n",
		"revoked:\n  - {key: #bob2, since: 2026-02-03T00:00:00Z, "
		"reason: compromised}\n"),
	    (const char *const[8]){ "stronger: bob no longer has the key",
		"stronger: , which was bob's until now" });
	check_both("a group of another name, and somebody more in it", old,
	    changed_twice("qa: [alice, bob]\n",
		"qa: [alice, bob]\n  test: [alice, bob, judy]\n",
		"{group: qa, need: 1, stage: 1}",
		"{group: test, need: 1, stage: 1}"),
	    (const char *const[8]){
		"weaker: firmware, route normal: qa in stage 1 is no longer "
		"required (was 1)",
		"weaker: firmware: judy can approve",
		"stronger: firmware, route normal: 1 of test (alice, bob and "
		"judy) must approve too, in stage 1",
		"neutral: a new group test: alice, bob and judy" });
}

/* ---- what the entries say, held against the quorum itself ---- */

#define U 5

static uint64_t seed = 20261124;

static size_t
dice(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (size_t)(seed >> 33) % n;
}

/* A policy is read off a tape, so that one number more or less is a change. */
#define TAPE 100

static size_t tape[TAPE], tape_at;

static size_t
read_tape(size_t n)
{
	return tape[tape_at++ % TAPE] % n;
}

static void
tape_groups(struct csg_buf *b)
{
	size_t g, u, n, must;

	for (g = 0; g < 3; g++) {
		csg_buf_printf(b, "  g%zu: [", g);
		must = read_tape(U);
		for (u = 0, n = 0; u < U; u++)
			if (u == must || read_tape(2) == 0)
				csg_buf_printf(
				    b, "%su%zu", n++ > 0 ? ", " : "", u);
		csg_buf_puts(b, "]\n");
	}
}

/* A quorum and what goes with it, indented. */
static void
tape_route(struct csg_buf *b, const char *indent)
{
	size_t c, n = 1 + read_tape(3);

	csg_buf_printf(b, "%squorum:\n", indent);
	for (c = 0; c < n; c++)
		csg_buf_printf(b,
		    "%s  - {group: g%zu, need: %zu, stage: %zu%s}\n", indent,
		    read_tape(3), 1 + read_tape(2), 1 + read_tape(2),
		    read_tape(4) == 0 ? ", statement: tested" : "");
	if (read_tape(3) == 0)
		csg_buf_printf(b, "%svoters: all\n", indent);
	if (read_tape(3) == 0)
		csg_buf_printf(
		    b, "%scooling-off: %zuh\n", indent, 1 + read_tape(3));
	if (read_tape(3) == 0)
		csg_buf_printf(b, "%swindow: {hours: '%02zu:00-%02zu:00'}\n",
		    indent, read_tape(4), 4 + read_tape(4));
}

/* NULL when it can't be fulfilled. */
static struct csg_policy *
tape_policy(void)
{
	struct csg_buf b = { 0 }, yaml = { 0 };
	struct csg_policy *p;
	size_t u;

	tape_at = 0;
	csg_buf_puts(&b,
	    "csg: policy/1\nname: acme\nversion: 1\nprevious: none\n"
	    "issued: 1970-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
	    "users:\n");
	for (u = 0; u < U; u++)
		csg_buf_printf(&b, "  u%zu:\n    certificate: @u%zu\n", u, u);
	csg_buf_puts(&b, "groups:\n");
	tape_groups(&b);
	csg_buf_puts(&b,
	    "  all: [u0, u1, u2, u3, u4]\nkeys:\n"
	    "  policy:\n    uri: pkcs11:object=a\n    certificate: @policy\n"
	    "  ledger:\n    uri: pkcs11:object=b\n    certificate: @ledger\n"
	    "  x:\n    uri: pkcs11:object=c\n    certificate: @docs\n"
	    "statements: [tested]\n"
	    "profiles:\n  policy:\n    key: policy\n    format: policy\n"
	    "    requesters: [all]\n    quorum: [{group: all, need: 1}]\n"
	    "  x:\n    key: x\n    format: cms\n");
	csg_buf_printf(
	    &b, "    requesters: [g%zu, g%zu]\n", read_tape(3), read_tape(3));
	tape_route(&b, "    ");
	if (read_tape(2) == 0) {
		csg_buf_puts(&b, "    routes:\n      other:\n");
		tape_route(&b, "        ");
	}
	if (read_tape(3) == 0)
		csg_buf_printf(&b, "    reject: [g%zu]\n", read_tape(3));
	unit_expand(&yaml, csg_buf_str(&b));
	(void)csg_policy_parse(csg_buf_str(&yaml), yaml.len, &p, NULL);
	csg_buf_free(&b);
	csg_buf_free(&yaml);
	return p;
}

struct election {
	size_t requester;
	struct csg_ballot ballots[8];
	size_t nballots, cites[8][8];
	int64_t time;
};

/* Votes one after the other, each citing most of those before. */
static void
throw_election(struct election *e)
{
	struct csg_ballot *b;
	size_t i, j;

	memset(e, 0, sizeof(*e));
	e->requester = dice(U);
	e->nballots = 1 + dice(8);
	for (i = 0; i < e->nballots; i++) {
		b = &e->ballots[i];
		b->user = dice(U);
		b->vote = dice(12) == 0 ? CSG_REJECT :
		    dice(6) == 0	? CSG_ABSTAIN :
					  CSG_APPROVE;
		b->statement = (unsigned)dice(2);
		b->time = 3600 * (int64_t)dice(3);
		b->cites = e->cites[i];
		for (j = 0; j < i; j++)
			if (dice(5) > 0)
				e->cites[i][b->ncites++] = j;
	}
	e->time = 3600 * (int64_t)(2 + dice(6));
}

static bool
is_met(const struct csg_policy *p, const struct election *e)
{
	const struct csg_profile *pr = csg_policy_profile(p, "x");
	struct csg_quorum q = { .users = U,
		.requester = e->requester,
		.may_veto = pr->may_veto,
		.rules = pr->rules,
		.nrules = pr->nroutes,
		.ballots = e->ballots,
		.nballots = e->nballots,
		.time = e->time };
	struct csg_decision d;
	bool met;

	if (csg_quorum_decide(&q, &d, NULL) != CSG_OK)
		abort();
	met =
	    d.verdict == CSG_MET && csg_policy_may_request(p, pr, e->requester);
	csg_decision_clear(&d);
	return met;
}

/* What can be signed now and could not before needs an entry "weaker". */
static bool
is_honest(const struct csg_policy *old, const struct csg_policy *new,
    const struct csg_changes *c, size_t seen[2])
{
	struct election e;
	bool was, is;
	size_t i;

	for (i = 0; i < 200; i++) {
		throw_election(&e);
		was = is_met(old, &e);
		is = is_met(new, &e);
		seen[CSG_WEAKER] += is && !was;
		seen[CSG_STRONGER] += was && !is;
		if ((is && !was && c->count[CSG_WEAKER] == 0) ||
		    (was && !is && c->count[CSG_STRONGER] == 0))
			return false;
	}
	return true;
}

/* Change a number of a policy: NULL when either can't be fulfilled. */
static struct csg_policy *
next_policy(struct csg_policy **old)
{
	size_t i;

	for (i = 0; i < TAPE; i++)
		tape[i] = dice(1000);
	if ((*old = tape_policy()) == NULL)
		return NULL;
	tape[dice(tape_at) % TAPE] = dice(1000);
	return tape_policy();
}

static void
test_honest(void)
{
	struct csg_policy *old, *new;
	struct csg_changes c;
	size_t seen[2] = { 0 }, n, wrong = 0, one_sided = 0;

	unit_case("400 random changes are as weak and strong as they are "
		  "said to be");
	for (n = 0; n < 400;) {
		new = next_policy(&old);
		if (new != NULL &&
		    CHECK(csg_policy_diff(old, new, &c, NULL) == CSG_OK)) {
			n++;
			one_sided += (c.count[CSG_WEAKER] == 0) !=
			    (c.count[CSG_STRONGER] == 0);
			if (!is_honest(old, new, &c, seen)) {
				wrong++;
				print(&c);
			}
			csg_changes_clear(&c);
		}
		csg_policy_free(old);
		csg_policy_free(new);
	}
	CHECK(wrong == 0);
	CHECK(one_sided > 50);
	CHECK(seen[CSG_WEAKER] > 100 && seen[CSG_STRONGER] > 100);
}

int
main(void)
{
	struct csg_policy *old = unit_policy(good);
	size_t i;

	if (old == NULL)
		return 1;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(old, &rows[i]);
	test_both(old);
	test_honest();
	csg_policy_free(old);
	unit_people_free();
	return unit_done();
}
