/* Explain: whole texts, since it is their sentences that people read. */
#include "lib/explain/explain.h"
#include "lib/explain/phrase.h"
#include "tests/unit/policies.h"

static const char people[] =
    "csg: policy/1\nname: acme\nversion: 1\nprevious: none\n"
    "issued: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
    "users:\n"
    "  alice:\n    certificate: @alice\n"
    "  bob:\n    certificate: @bob\n"
    "  carol:\n    certificate: @carol\n"
    "  dave:\n    certificate: @dave\n"
    "  erin:\n    certificate: @erin\n"
    "  frank:\n    certificate: @frank\n"
    "  grace:\n    certificate: @grace\n"
    "  heidi:\n    certificate: @heidi\n"
    "  ivan:\n    certificate: @ivan\n"
    "groups:\n"
    "  developers: [carol, dave]\n"
    "  qa: [alice, bob]\n"
    "  security: [erin, frank, grace]\n"
    "  admins: [alice, erin, heidi]\n"
    "  ops: [ivan]\n"
    "  all: [alice, bob, carol, dave, erin, frank, grace, heidi, ivan]\n"
    "keys:\n"
    "  policy:\n    uri: pkcs11:object=policy\n    certificate: @policy\n"
    "  ledger:\n    uri: pkcs11:object=ledger\n    certificate: @ledger\n"
    "  firmware:\n    uri: pkcs11:object=firmware\n"
    "    certificate: @firmware\n"
    "statements: [tested]\n"
    "revoked:\n"
    "  - {key: #gone, since: 2026-02-03T00:00:00Z, reason: compromised}\n"
    "profiles:\n"
    "  policy:\n    key: policy\n    format: policy\n"
    "    requesters: [all]\n"
    "    quorum: [{group: admins, need: 2}]\n"
    "  firmware:\n    key: firmware\n    format: cms\n"
    "    requesters: [developers]\n";

/* The explanation of the profile firmware with these further lines. */
static char *
explain(const char *lines, bool whole)
{
	struct csg_buf yaml = { 0 }, out = { 0 };
	struct csg_policy *p;
	char *text = NULL;

	csg_buf_printf(&yaml, "%s%s", people, lines);
	p = unit_policy(csg_buf_str(&yaml));
	csg_buf_free(&yaml);
	if (!CHECK(p != NULL))
		return strdup("");
	if (CHECK((whole ? csg_explain_policy(p, &out, NULL) :
			   csg_explain_profile(p,
			       csg_policy_profile(p, "firmware"), &out,
			       NULL)) == CSG_OK))
		text = strdup(csg_buf_str(&out));
	csg_buf_free(&out);
	csg_policy_free(p);
	return text;
}

/* The same with all white space as one blank, which is easier to pin. */
static char *
flat(char *s)
{
	char *from, *to = s;

	for (from = s; *from != '\0'; from++)
		if (*from != ' ' && *from != '\n')
			*to++ = *from;
		else if (to > s && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
	return s;
}

static void
says(const char *lines, bool whole, const char *what)
{
	char *text = flat(explain(lines, whole));

	if (!CHECK(strstr(text, what) != NULL))
		printf("# no '%s' in: %s\n", what, text);
	free(text);
}

static void
says_not(const char *lines, const char *what)
{
	char *text = flat(explain(lines, false));

	if (!CHECK(strstr(text, what) == NULL))
		printf("# '%s' in: %s\n", what, text);
	free(text);
}

#define PLAIN \
	"    quorum:\n      - {group: qa, need: 1}\n" \
	"      - {group: security, need: 2}\n"
#define HOTFIX \
	"    routes:\n      hotfix:\n" \
	"        quorum: [{group: security, need: 1}]\n"

static void
test_plain(void)
{
	static const char want[] =
	    "\n"
	    "Any of developers (carol and dave) may make requests. A request "
	    "is valid for\n"
	    "at most 7 days, a vote for at most 7 days.\n"
	    "\n"
	    "Three people must approve:\n"
	    "  - 1 of qa (alice and bob)\n"
	    "  - 2 of security (erin, frank and grace)\n"
	    "\n"
	    "Nobody can approve their own request, and a person counts once, "
	    "regardless of\n"
	    "the number of groups, keys or votes. An approval counts only if "
	    "its author had\n"
	    "all artifacts at hand.\n"
	    "\n"
	    "Anyone who could approve (alice, bob, erin, frank and grace) can "
	    "stop a\n"
	    "request for good by rejecting it; the requester can withdraw it. "
	    "Anyone who\n"
	    "can use the signing workstation may run csg-sign.\n";
	char *text = explain(PLAIN, false);
	const char *body = strstr(text, "\n\n");

	unit_case("a plain profile, word for word");
	if (!CHECK(body != NULL && strcmp(body + 1, want) == 0))
		printf("# %s\n", text);
	free(text);
	says(PLAIN, false,
	    "Profile firmware: CMS signatures (ARTIFACT.p7s), made with the "
	    "p256 key firmware: sha256:");
}

static void
test_words(void)
{
	unit_case("statements and stages");
	says("    quorum:\n"
	     "      - {group: security, need: 2, stage: 2}\n"
	     "      - {group: qa, need: 1, statement: tested}\n",
	    false,
	    "Three people must approve: - stage 1: 1 of qa (alice and bob), "
	    "stating 'tested' - stage 2: 2 of security (erin, frank and "
	    "grace) An approval of a later stage counts only if it cites "
	    "approvals that complete the earlier ones.");
	says_not(PLAIN, "stage");
	unit_case("voters, cooling-off and window");
	says(PLAIN "    voters: all\n", false,
	    "Every member of these groups but the requester must vote, if "
	    "only to abstain.");
	says_not(PLAIN, "abstain");
	says(PLAIN "    cooling-off: 90m\n", false,
	    "Nothing is signed until 1 hour 30 minutes after the vote that "
	    "completes this.");
	says_not(PLAIN, "until");
	says(PLAIN "    window: {days: [mon, tue, wed, thu, fri], hours: "
		   "08:00-18:00}\n",
	    false,
	    "Signing is possible Monday to Friday, 08:00 to 18:00 UTC, and at "
	    "no other time.");
	says_not(PLAIN, "UTC");
	unit_case("routes");
	says(PLAIN HOTFIX "        emergency: true\n", false,
	    "There are 2 routes; one of them is enough. Route normal: three "
	    "people must approve:");
	says(PLAIN HOTFIX "        emergency: true\n", false,
	    "Route hotfix, for emergencies: one person must approve: - 1 of "
	    "security (erin, frank and grace) Anything signed by this route "
	    "is marked as an emergency in its evidence, and csg-verify "
	    "refuses it unless told to accept that (--accept-emergency).");
	says_not(PLAIN HOTFIX, "emergency");
	unit_case("who can veto");
	says(PLAIN "    reject: [admins, qa]\n", false,
	    "Any of admins (alice, erin and heidi) or qa (alice and bob), and "
	    "nobody else, can stop a request for good by rejecting it;");
	unit_case("blind votes");
	says(PLAIN "    inspect: optional\n", false, "Blind approvals count");
	says_not(PLAIN "    inspect: required\n", "Blind");
	unit_case("operators");
	says(PLAIN "    operators: [ops]\n", false,
	    "Only ops (ivan) may run csg-sign, and must sign the act with "
	    "their own keys.");
	unit_case("lifetimes, limits and names");
	says(PLAIN "    lifetime: {request: 1d, endorsement: 36h}\n", false,
	    "A request is valid for at most 1 day, a vote for at most 1 day "
	    "12 hours.");
	says(PLAIN "    limit: {artifacts: 20, bytes: 67108864, signatures: "
		   "100, period: 7d}\n",
	    false,
	    "A request names at most 20 artifacts. An artifact has at most 64 "
	    "MiB. At most 100 signatures are made in any 7 days.");
	says(PLAIN "    names: ['*.bin', 'images/*.img']\n", false,
	    "Only artifacts whose names match '*.bin' or 'images/*.img' are "
	    "signed.");
	says_not(PLAIN, "at most 20");
}

static void
test_whole(void)
{
	char *text = explain(PLAIN, true);

	unit_case("the whole policy");
	CHECK(strncmp(text, "Policy acme, version 1:\n  sha256:", 33) == 0);
	CHECK(strstr(text, "\n\nProfile policy: ") != NULL);
	CHECK(strstr(text, "\n\nProfile firmware: ") <
	    strstr(text, "\n\nKeys that no longer count:\n  - sha256:"));
	free(text);
	says(PLAIN, true,
	    "It is valid from 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z, "
	    "and has 9 people, 6 groups and 2 profiles. The ledger is signed "
	    "with the p256 key ledger: sha256:");
	says(PLAIN, true, "since 2026-02-03T00:00:00Z: compromised");
	unit_case("a group of more than 8 is counted");
	says(PLAIN, true, "Any of the 9 of all may make requests.");
}

static void
test_width(void)
{
	char *text = explain(PLAIN HOTFIX
		 "        emergency: true\n"
		 "        window: {days: [mon, sat, sun]}\n"
		 "    cooling-off: 1h\n",
		 true),
	     *line, *next;

	unit_case("no line has more than 78 columns, nor a blank at its end");
	for (line = text; *line != '\0'; line = next) {
		next = strchr(line, '\n') + 1;
		CHECK(next - line - 1 <= 78);
		CHECK(next - line == 1 || next[-2] != ' ');
	}
	free(text);
}

static void
window(const char *days, int start, int end, const char *want)
{
	struct csg_window w = { .set = true, .start = start, .end = end };
	struct csg_buf b = { 0 };
	size_t d;

	for (d = 0; d < 7; d++)
		w.day[d] = days[d] == 'x';
	csg_phrase_window(&b, &w);
	if (!CHECK(strcmp(csg_buf_str(&b), want) == 0))
		printf("# %s\n", csg_buf_str(&b));
	csg_buf_free(&b);
}

static void
bytes(uint64_t n, const char *want)
{
	struct csg_buf b = { 0 };

	csg_phrase_bytes(&b, n);
	CHECK(strcmp(csg_buf_str(&b), want) == 0);
	csg_buf_free(&b);
}

static void
test_phrases(void)
{
	unit_case("windows");
	window("xxxxx..", 480, 1080, "Monday to Friday, 08:00 to 18:00 UTC");
	window("xxxxxxx", 0, 0, "every day, all day in UTC");
	window("xxxxxxx", 0, 1440, "every day, all day in UTC");
	window("x....xx", 0, 60,
	    "Monday, Saturday and Sunday, 00:00 to 01:00 UTC");
	window("..x....", 1320, 360,
	    "Wednesday, 22:00 to 06:00 of the next day, UTC");
	window("xx.xxx.", 600, 600,
	    "Monday, Tuesday and Thursday to Saturday, 10:00 to 10:00 of the "
	    "next day, UTC");
	unit_case("sizes");
	bytes(1, "1 byte");
	bytes(1023, "1023 bytes");
	bytes(1024, "1 KiB");
	bytes(1025, "1025 bytes");
	bytes(UINT64_C(3) << 30, "3 GiB");
	bytes(UINT64_C(2048) << 40, "2048 TiB");
}

int
main(void)
{
	test_plain();
	test_words();
	test_whole();
	test_width();
	test_phrases();
	unit_people_free();
	return unit_done();
}
