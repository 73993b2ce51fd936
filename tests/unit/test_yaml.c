/* The YAML profile: attacks 29 to 38, the public suite, writing. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/io.h"
#include "lib/codec/yaml.h"
#include "tests/unit/unit.h"

static const struct csg_yaml_limits limits = { 32 << 20, 500000 };

static enum csg_reason
parse(const char *text, size_t len, struct csg_err *err)
{
	struct csg_node *root = NULL;

	memset(err, 0, sizeof(*err));
	(void)csg_yaml_parse(text, len, &limits, &root, err);
	csg_yaml_free(root);
	return err->reason;
}

static const struct {
	const char *what, *text;
	enum csg_reason want;
	const char *where;
} rows[] = { { "a mapping", "a: b\nc: [d, e]\nf: {g: h}\n", CSG_R_NONE, "" },
	{ "CRLF", "a: b\r\nc: d\r\n", CSG_R_NONE, "" },
	{ "a block literal", "a: |\n  x\n  y\n", CSG_R_NONE, "" },
	{ "no is a string", "a: no\nb: ~\nc: 0x1\n", CSG_R_NONE, "" },
	{ "29 duplicate key", "a: b\na: c\n", CSG_R_PARSE, "2:1: " },
	{ "29 duplicate, quoted", "a: b\n\"a\": c\n", CSG_R_PARSE, "2:1: " },
	{ "29 duplicate, escaped", "a: b\n\"\\x61\": c\n", CSG_R_PARSE,
	    "2:1: " },
	{ "29 duplicate, explicit", "a: b\n? a\n: c\n", CSG_R_PARSE, "2:" },
	{ "29 complex key", "[a]: b\n", CSG_R_PARSE, "1:1: " },
	{ "30 a value left out", "a:\nb: c\n", CSG_R_PARSE, "1:" },
	{ "an empty string is a value", "a: \"\"\n", CSG_R_NONE, "" },
	{ "31 second document", "a: b\n---\nc: d\n", CSG_R_PARSE, "2:" },
	{ "31 end marker", "a: b\n...\n", CSG_R_PARSE, "" },
	{ "31 directive", "%YAML 1.1\n---\na: b\n", CSG_R_PARSE, "" },
	{ "31 anchor", "a: &x b\n", CSG_R_PARSE, "1:4: " },
	{ "31 alias", "a: &x b\nc: *x\n", CSG_R_PARSE, "1:4: " },
	{ "31 lone alias", "a: *x\n", CSG_R_PARSE, "1:4: " },
	{ "31 merge", "a: {b: c}\n<<: {d: e}\n", CSG_R_PARSE, "2:1: " },
	{ "31 tag", "a: !!str b\n", CSG_R_PARSE, "1:4: " },
	{ "31 tag on a map", "a: !!map {b: c}\n", CSG_R_PARSE, "1:4: " },
	{ "32 depth 8", "a: [[[[[[x]]]]]]\n", CSG_R_NONE, "" },
	{ "32 depth 9", "a: [[[[[[[[x]]]]]]]]\n", CSG_R_PARSE, "1:" },
	{ "33 escaped NUL", "a: \"\\0\"\n", CSG_R_TEXT, "1:4: " },
	{ "33 bad UTF-8", "a: \xff\n", CSG_R_TEXT, "1:1: " },
	{ "33 overlong", "a: \xc0\xaf\n", CSG_R_TEXT, "1:1: " },
	{ "33 surrogate", "a: \xed\xa0\x80\n", CSG_R_TEXT, "1:1: " },
	{ "33 BOM",
	    "\xef\xbb\xbf"
	    "a: b\n",
	    CSG_R_TEXT, "1:1: " },
	{ "33 NEL", "a: b\xc2\x85\n", CSG_R_TEXT, "1:1: " },
	{ "33 U+2028", "a: b\xe2\x80\xa8\n", CSG_R_TEXT, "1:1: " },
	{ "34 ESC", "a: \"\\e[31m\"\n", CSG_R_TEXT, "1:4: " },
	{ "34 bidi", "a: \"\\u202e\"\n", CSG_R_TEXT, "1:4: " },
	{ "34 zero width", "a: x\xe2\x80\x8by\n", CSG_R_TEXT, "1:1: " },
	{ "34 tag character", "a: \"\\U000E0041\"\n", CSG_R_TEXT, "1:4: " },
	{ "34 line break in quotes", "a: \"x\\ny\"\n", CSG_R_TEXT, "1:4: " },
	{ "letters of the world", "a: \xc3\xa4\xe6\x97\xa5\n", CSG_R_NONE, "" },
	{ "a list at the top", "- a\n", CSG_R_PARSE, "1:1: " },
	{ "nothing", "", CSG_R_PARSE, "" },
	{ "tab indent", "a:\n\tb: c\n", CSG_R_PARSE, "" } };

static void
sizes(void)
{
	struct csg_buf b = { 0 };
	struct csg_err err;
	int i;

	unit_case("attack 32: sizes: keys of 128 bytes, values of 4096");
	for (i = 0; i < 128; i++)
		csg_buf_puts(&b, "k");
	csg_buf_puts(&b, ": v\n");
	CHECK(parse(csg_buf_str(&b), b.len, &err) == CSG_R_NONE);
	CHECK(csg_buf_reserve(&b, 1) != NULL);
	memmove(b.data + 1, b.data, b.len++);
	CHECK(parse((char *)b.data, b.len, &err) == CSG_R_PARSE);
	csg_buf_free(&b);
	csg_buf_puts(&b, "a: ");
	for (i = 0; i < 4096; i++)
		csg_buf_puts(&b, "v");
	CHECK(parse(csg_buf_str(&b), b.len, &err) == CSG_R_NONE);
	csg_buf_puts(&b, "v");
	CHECK(parse(csg_buf_str(&b), b.len, &err) == CSG_R_PARSE);
	csg_buf_free(&b);
	for (i = 0; i < 100000; i++)
		csg_buf_puts(&b, i == 0 ? "a: [" : "[");
	CHECK(parse(csg_buf_str(&b), b.len, &err) == CSG_R_PARSE);
	csg_buf_free(&b);
}

/* before, n times more, after: taken; refused for that with one more. */
static void
one_more(const char *what, const char *before, int n, const char *more,
    const char *after, const char *why)
{
	struct csg_buf b = { 0 };
	struct csg_err err = { 0 };
	int i, over;

	unit_case(what);
	for (over = 0; over < 2; over++) {
		csg_buf_puts(&b, before);
		for (i = 0; i < n + over; i++)
			csg_buf_puts(&b, more);
		csg_buf_puts(&b, after);
		CHECK(parse(csg_buf_str(&b), b.len, &err) ==
		    (over ? CSG_R_PARSE : CSG_R_NONE));
		csg_buf_free(&b);
	}
	if (!CHECK(strstr(err.text, why) != NULL))
		printf("# %s\n", err.text);
}

static void
depth(const char *what, const char *fits, const char *over)
{
	struct csg_err err = { 0 };

	unit_case(what);
	CHECK(parse(fits, strlen(fits), &err) == CSG_R_NONE);
	CHECK(parse(over, strlen(over), &err) == CSG_R_PARSE &&
	    strstr(err.text, "nested too deeply") != NULL);
}

static void
limits_reached(void)
{
	depth("attack 32: depth 8 in flow", "a: [[[[[[x]]]]]]\n",
	    "a: [[[[[[[x]]]]]]]\n");
	depth("attack 32: depth 8 in blocks",
	    "a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g: x\n",
	    "a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h: x\n");
	one_more("attack 32: a block of 256 KiB", "a: |\n  ", 262143, "v", "\n",
	    "1:4: too long");
	one_more("attack 32: 500,000 values", "a: [", 499999, "x,", "]\n",
	    "too many values");
}

static void
values(void)
{
	static const char text[] = "n: 18\nz: 0\no: 012\nx: 0x1\nm: -1\n"
				   "big: 18446744073709551616\n"
				   "t: 2026-11-23T10:00:00Z\n"
				   "f: 2026-02-30T00:00:00Z\n";
	struct csg_node *root = NULL;
	struct csg_err err = { 0 };
	uint64_t n;
	int64_t t;

	unit_case("attacks 35, 36: numbers and times have one spelling");
	if (!CHECK(csg_yaml_parse(
		       text, sizeof(text) - 1, &limits, &root, &err) == CSG_OK))
		return;
	CHECK(
	    csg_node_uint(csg_node_get(root, "n"), 0, 99, &n, &err) == CSG_OK &&
	    n == 18);
	CHECK(csg_node_uint(csg_node_get(root, "n"), 0, 17, &n, &err) ==
		CSG_MALFORMED &&
	    strncmp(err.text, "1:4: ", 5) == 0);
	CHECK(csg_node_uint(csg_node_get(root, "z"), 0, 9, &n, &err) == CSG_OK);
	CHECK(csg_node_uint(csg_node_get(root, "o"), 0, 99, &n, &err) ==
	    CSG_MALFORMED);
	CHECK(csg_node_uint(csg_node_get(root, "x"), 0, 99, &n, &err) ==
	    CSG_MALFORMED);
	CHECK(csg_node_uint(csg_node_get(root, "m"), 0, 99, &n, &err) ==
	    CSG_MALFORMED);
	CHECK(csg_node_uint(csg_node_get(root, "big"), 0, UINT64_MAX, &n,
		  &err) == CSG_MALFORMED);
	CHECK(csg_node_time(csg_node_get(root, "t"), &t, &err) == CSG_OK &&
	    t == 1795428000);
	CHECK(
	    csg_node_time(csg_node_get(root, "f"), &t, &err) == CSG_MALFORMED);
	csg_yaml_free(root);
}

/* What is written is read back as the same strings. */
static void
round_trip(void)
{
	static const char *const awkward[] = { "plain", "", "no", "- x", "a: b",
		"#c", "'", "\"", "\\", "{a}", "[b]", " lead", "trail ", "*x",
		"&y", "!z", "%p", "@q", "`r", "null", "0", "line\nbreak\n",
		"\xc3\xa4", "a#b", "a #b", "?", ": :", "---", "..." };
	struct csg_buf b = { 0 };
	struct csg_yamlw *w = csg_yamlw_new(&b);
	struct csg_node *root = NULL;
	struct csg_err err = { 0 };
	char key[8];
	size_t i;

	unit_case("what is written is read back as the same");
	for (i = 0; i < sizeof(awkward) / sizeof(awkward[0]); i++) {
		(void)snprintf(key, sizeof(key), "k%zu", i);
		csg_yamlw_str(w, key, awkward[i]);
	}
	CHECK(csg_yamlw_finish(w, &err) == CSG_OK);
	CHECK(csg_yaml_parse(b.data, b.len, &limits, &root, &err) == CSG_OK);
	for (i = 0; root != NULL && i < sizeof(awkward) / sizeof(awkward[0]);
	    i++) {
		(void)snprintf(key, sizeof(key), "k%zu", i);
		if (!CHECK(strcmp(csg_node_get(root, key)->s, awkward[i]) == 0))
			printf("# %s\n", key);
	}
	csg_yaml_free(root);
	csg_buf_free(&b);
}

/* The public suite: what must be refused is. */
static void
suite(void)
{
	const char *dir;
	struct csg_buf path = { 0 }, list = { 0 }, text = { 0 };
	struct csg_err err = { 0 };
	char *line, *save = NULL, *verdict;
	size_t n = 0, wrong = 0;

	unit_case("attacks 29 to 34: the public YAML suite");
	if ((dir = unit_vectors("yaml-verdicts.tsv")) == NULL ||
	    !CHECK(csg_io_read(dir, 1 << 20, &list, &err) == CSG_OK) ||
	    (dir = unit_vectors("yaml-test-suite")) == NULL)
		return;
	for (line = strtok_r((char *)list.data, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if ((verdict = strchr(line, '\t')) == NULL)
			continue;
		*verdict++ = '\0';
		csg_buf_free(&path);
		csg_buf_free(&text);
		csg_buf_printf(&path, "%s/%s/in.yaml", dir, line);
		if (csg_io_read(csg_buf_str(&path), 1 << 20, &text, &err) !=
		    CSG_OK)
			continue;
		n++;
		if (strncmp(verdict, "refuse", 6) == 0 &&
		    parse(csg_buf_str(&text), text.len, &err) == CSG_R_NONE) {
			printf("# accepted: %s\n", line);
			wrong++;
		}
	}
	CHECK(n > 100 && wrong == 0);
	csg_buf_free(&path);
	csg_buf_free(&list);
	csg_buf_free(&text);
}

int
main(void)
{
	struct csg_err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unit_case(rows[i].what);
		if (!CHECK(parse(rows[i].text, strlen(rows[i].text), &err) ==
			rows[i].want) ||
		    !CHECK(strncmp(err.text, rows[i].where,
			       strlen(rows[i].where)) == 0))
			printf("# %s: %s\n", csg_reason_word(err.reason),
			    err.text);
	}
	sizes();
	limits_reached();
	values();
	round_trip();
	suite();
	return unit_done();
}
