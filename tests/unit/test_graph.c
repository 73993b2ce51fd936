/* Graph: nodes and edges that must be there, and DOT that holds together. */
#include "lib/explain/graph.h"
#include "tests/unit/policies.h"

static const char base[] =
    "csg: policy/1\nname: acme\nversion: 1\nprevious: none\n"
    "issued: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
    "users:\n"
    "  alice:\n    certificate: @alice\n"
    "  bob:\n    certificate: @bob\n"
    "  carol:\n    certificate: @carol\n"
    "  dave:\n    certificate: @dave\n"
    "  erin:\n    certificate: @erin\n"
    "  frank:\n    certificate: @frank\n"
    "  heidi:\n    certificate: @heidi\n"
    "groups:\n"
    "  developers: [carol, dave]\n"
    "  qa: [alice, bob]\n"
    "  security: [erin, frank]\n"
    "  admins: [alice, erin, heidi]\n"
    "  spare: [alice, bob]\n"
    "keys:\n"
    "  policy:\n    uri: pkcs11:object=policy\n    certificate: @policy\n"
    "  ledger:\n    uri: pkcs11:object=ledger\n    certificate: @ledger\n"
    "  firmware:\n    uri: pkcs11:object=firmware\n"
    "    certificate: @firmware\n"
    "statements: [tested]\n"
    "profiles:\n"
    "  policy:\n    key: policy\n    format: policy\n"
    "    requesters: [admins]\n"
    "    quorum: [{group: admins, need: 2}]\n"
    "  firmware:\n    key: firmware\n    format: cms\n"
    "    requesters: [developers]\n"
    "    quorum:\n"
    "      - {group: qa, need: 1, statement: tested}\n"
    "      - {group: security, need: 2, stage: 2}\n";

#define HOTFIX \
	"    routes:\n      hotfix:\n" \
	"        quorum: [{group: security, need: 1}]\n" \
	"        emergency: true\n"

static struct csg_policy *
policy(const char *lines)
{
	struct csg_buf yaml = { 0 };
	struct csg_policy *p;

	csg_buf_printf(&yaml, "%s%s", base, lines);
	if ((p = unit_policy(csg_buf_str(&yaml))) == NULL)
		abort();
	csg_buf_free(&yaml);
	return p;
}

static void
draw(const char *lines, const char *profile, struct csg_buf *out)
{
	struct csg_policy *p = policy(lines);

	CHECK(csg_graph_dot(p,
		  profile != NULL ? csg_policy_profile(p, profile) : NULL, out,
		  NULL) == CSG_OK);
	csg_policy_free(p);
}

static bool
has(const struct csg_buf *dot, const char *what)
{
	return strstr(csg_buf_str(dot), what) != NULL;
}

static void
check_has(const struct csg_buf *dot, const char *what)
{
	if (!CHECK(has(dot, what)))
		printf("# no %s\n", what);
}

/* The quoted string at s, its quotes included; 0: it never ends. */
static size_t
quoted(const char *s)
{
	size_t n;

	for (n = 1; s[n] != '\0' && s[n] != '\n'; n++) {
		if (s[n] == '"')
			return n + 1;
		if (s[n] == '\\' && s[n + 1] != '\0')
			n++;
	}
	return 0;
}

/* Is there a line that makes the node of this name? */
static bool
is_node(const struct csg_buf *dot, const char *id, size_t n)
{
	struct csg_buf line = { 0 };
	bool ok;

	csg_buf_printf(&line, "\n  %.*s [label=", (int)n, id);
	ok = has(dot, csg_buf_str(&line));
	csg_buf_free(&line);
	return ok;
}

/* All strings end, every edge is between nodes; the number of edges. */
static size_t
check_sound(const struct csg_buf *dot)
{
	const char *s = csg_buf_str(dot), *last = NULL;
	size_t n, last_len = 0, edges = 0;
	bool arrow = false;

	for (; *s != '\0'; s++) {
		if (strncmp(s, "->", 2) == 0)
			arrow = true;
		if (*s != '"')
			continue;
		if (!CHECK((n = quoted(s)) > 0))
			return 0;
		if (arrow) {
			edges++;
			CHECK(is_node(dot, s, n));
			CHECK(is_node(dot, last, last_len));
		}
		arrow = false;
		last = s;
		last_len = n;
		s += n - 1;
	}
	return edges;
}

static void
test_parts(void)
{
	struct csg_buf dot = { 0 };

	unit_case("profiles, clauses, groups, people");
	draw("", NULL, &dot);
	/* 3 clauses with two edges each, 2 requesters, 4 memberships */
	CHECK(check_sound(&dot) == 12);
	check_has(&dot,
	    "\"profile firmware\" [label=\"firmware\\nkey firmware "
	    "(p256)\\nformat cms\"");
	check_has(&dot,
	    "\"clause firmware normal 1\" [label=\"1 of qa\\nstage "
	    "1\\nstating 'tested'\"");
	check_has(
	    &dot, "\"profile firmware\" -> \"clause firmware normal 1\";\n");
	check_has(&dot, "\"clause firmware normal 1\" -> \"group qa\";\n");
	check_has(&dot,
	    "\"clause firmware normal 2\" [label=\"2 of security\\nstage "
	    "2\"");
	check_has(&dot, "\"clause policy normal 1\" [label=\"2 of admins\",");
	check_has(&dot,
	    "\"profile firmware\" -> \"group developers\" [dir=back, "
	    "style=dashed, color=\"#2060c0\"];\n");
	check_has(&dot,
	    "\"group developers\" [label=\"developers: 2\\ncarol, "
	    "dave\"");
	CHECK(!has(&dot, "route") && !has(&dot, "spare"));
	unit_case("who is in several groups is a node in all of them");
	check_has(&dot, "\"group qa\" [label=\"qa: 2\\nbob\"");
	check_has(&dot, "\"group admins\" [label=\"admins: 3\\nheidi\"");
	check_has(&dot, "\"group qa\" -> \"user alice\"");
	check_has(&dot, "\"group admins\" -> \"user alice\"");
	CHECK(!has(&dot, "user bob"));
	csg_buf_free(&dot);
}

static void
test_one(void)
{
	struct csg_buf dot = { 0 };

	unit_case("one profile, and whom it concerns");
	draw("", "firmware", &dot);
	CHECK(check_sound(&dot) == 5);
	check_has(&dot, "version 1, profile firmware");
	CHECK(!has(&dot, "admins") && !has(&dot, "user"));
	check_has(&dot, "\"group qa\" [label=\"qa: 2\\nalice, bob\"");
	csg_buf_free(&dot);
}

static void
test_words(void)
{
	struct csg_buf dot = { 0 };

	unit_case("emergency routes are red and dashed");
	draw(HOTFIX, NULL, &dot);
	(void)check_sound(&dot);
	check_has(&dot,
	    "\"route firmware normal\" [label=\"route normal\", "
	    "shape=box, style=rounded];");
	check_has(&dot, "\"profile firmware\" -> \"route firmware normal\";\n");
	check_has(&dot,
	    "\"route firmware hotfix\" [label=\"route "
	    "hotfix\\nemergency\", shape=box, "
	    "style=\"rounded,dashed\", color=\"#d00000\"");
	check_has(&dot,
	    "\"route firmware hotfix\" -> \"clause firmware hotfix 1\" "
	    "[style=dashed, color=\"#d00000\"];\n");
	check_has(&dot, "dashed red: emergency");
	csg_buf_free(&dot);

	unit_case("conditions make a route of its own");
	draw("    voters: all\n    cooling-off: 2h\n"
	     "    window: {days: [mon, tue, wed]}\n"
	     "    reject: [qa]\n    operators: [spare]\n"
	     "    inspect: optional\n",
	    NULL, &dot);
	(void)check_sound(&dot);
	check_has(&dot,
	    "[label=\"route normal\\nall must vote\\ncooling-off 2 "
	    "hours\\nMonday to Wednesday, all day in UTC\"");
	check_has(&dot,
	    "\"profile firmware\" -> \"group qa\" [dir=back, style=dotted, "
	    "color=\"#c06000\"];\n");
	check_has(&dot,
	    "\"profile firmware\" -> \"group spare\" [dir=back, "
	    "style=dotted, color=\"#606060\"];\n");
	check_has(&dot, "format cms\\nblind votes count\"");
	CHECK(!has(&dot, "emergency"));
	csg_buf_free(&dot);
}

static void
test_escapes(void)
{
	struct csg_buf dot = { 0 };
	struct csg_policy *p = policy("    names: ['a\"b\\N&lt;']\n");

	unit_case("quotes, backslashes and entities are shown as they are");
	free(p->groups[0].name);
	p->groups[0].name = strdup("a\"];x\\");
	free(p->name);
	p->name = strdup("<&>");
	CHECK(csg_graph_dot(p, NULL, &dot, NULL) == CSG_OK);
	CHECK(check_sound(&dot) == 12);
	check_has(&dot, "\\nnames 'a\\\"b\\\\N&amp;lt;'\"");
	check_has(&dot, "\"group a\\\"];x\\\\\" [label=\"a\\\"];x\\\\: 2\\n");
	check_has(&dot, "label=<policy &#60;&#38;&#62;, version 1");
	csg_buf_free(&dot);
	csg_policy_free(p);
}

static void
test_many(void)
{
	struct csg_buf dot = { 0 };
	struct csg_policy *p = policy("");
	struct csg_group *g = &p->groups[0];
	struct csg_user *users;
	char name[16];
	size_t n, i;
	bool *member;

	unit_case("of a big group 30 are named");
	users = calloc(50, sizeof(*users));
	for (n = 0; n < p->nusers; n++)
		users[n] = p->users[n];
	for (; n < 50; n++) {
		(void)snprintf(name, sizeof(name), "user%zu", n);
		users[n].name = strdup(name);
	}
	free(p->users);
	p->users = users;
	p->nusers = n;
	for (i = 0; i < p->ngroups; i++) {
		member = calloc(n, sizeof(*member));
		memcpy(member, p->groups[i].member, 7 * sizeof(*member));
		/* clauses point at the old one, which graph doesn't read */
		free(p->groups[i].member);
		p->groups[i].member = member;
	}
	for (i = 7; i < n; i++, g->n++)
		g->member[i] = true;
	CHECK(csg_graph_dot(p, NULL, &dot, NULL) == CSG_OK);
	check_has(&dot, "developers: 45\\ncarol, dave, user7,\\nuser8");
	check_has(&dot, "user34,\\nand 15 more\"");
	csg_buf_free(&dot);
	csg_policy_free(p);
}

int
main(void)
{
	test_parts();
	test_one();
	test_words();
	test_escapes();
	test_many();
	unit_people_free();
	return unit_done();
}
