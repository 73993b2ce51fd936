/* PKCS#11 URIs: what parses, what is refused, and what comes out. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/pkcs11_uri.h"
#include "tests/unit/unit.h"

static bool
parses(const char *s)
{
	struct csg_uri *u = NULL;
	struct csg_err err = { 0 };
	enum csg_rc rc;

	rc = csg_uri_parse(s, &u, &err);
	if ((rc == CSG_OK) != (u != NULL))
		return false;
	csg_uri_free(u);
	return rc == CSG_OK;
}

static bool
refused(const char *s)
{
	struct csg_uri *u = NULL;
	struct csg_err err = { 0 };

	return csg_uri_parse(s, &u, &err) == CSG_MALFORMED && u == NULL &&
	    err.reason == CSG_R_PARSE && err.text[0] != '\0';
}

static void
test_values(void)
{
	static const unsigned char id[] = { 'T', 'E', 0, 0xff };
	struct csg_uri *u = NULL;
	struct csg_err err = { 0 };

	unit_case("values come out decoded");
	CHECK(csg_uri_parse("PKCS11:token=csg;object=a%3Bb%25;id=%54E%00%fF",
		  &u, &err) == CSG_OK);
	CHECK(u != NULL && strcmp(u->object, "a;b%") == 0);
	CHECK(u != NULL && u->id_len == sizeof(id) &&
	    memcmp(u->id, id, sizeof(id)) == 0);
	CHECK(u != NULL && !u->pin_source && !u->no_match);
	csg_uri_free(u);
	CHECK(csg_uri_parse("pkcs11:token=csg", &u, &err) == CSG_OK);
	CHECK(u != NULL && u->object == NULL && u->id == NULL);
	csg_uri_free(u);
	CHECK(csg_uri_parse("pkcs11:object=k;vendor-a=1?pin-source=file:/p", &u,
		  &err) == CSG_OK);
	CHECK(u != NULL && u->pin_source && u->no_match);
	csg_uri_free(u);
	csg_uri_free(NULL);
}

static void
test_pairs(void)
{
	unit_case("each refusal differs from an acceptance by one fact");
	CHECK(parses("pkcs11:token=csg;object=k"));
	CHECK(refused("pkcs11:token=csg;object=k;object=k"));
	CHECK(refused("pkcs11:token=csg;object=k;Object=k"));
	CHECK(refused("pkcs11:token=csg;object=k;"));
	CHECK(refused("pkcs11:token=csg;object="));
	CHECK(refused("pkcs11:token=csg;object=k%7"));
	CHECK(refused("pkcs11:token=csg;object=k%e2%80%ae"));
	CHECK(refused("pkcs11:token=csg;object=k/l"));
	CHECK(refused("pkcs11:token=csg;object=k\xc3\xa1"));
	CHECK(refused(" pkcs11:token=csg;object=k"));
	CHECK(refused("pkcs11:token=csg;object=k?pin-value=1234"));
	CHECK(refused("pkcs11:token=csg;object=k?module-path=/m.so"));
	CHECK(refused("pkcs11:token=csg;object=k?module-name=m"));
	CHECK(refused("pkcs11:token=csg;object=k;pin-source=file:/p"));
	CHECK(refused("pkcs11:token=csg;object=k?object=k"));
	CHECK(refused("pkcs11:token=csg;object=k?pin-source=|id"));
	CHECK(parses("pkcs11:token=csg;object=k;vendor-a=1"));
	CHECK(refused("pkcs11:token=csg;object=k;vendor-a=1;vendor-a=2"));
	CHECK(parses("pkcs11:slot-id=2147483647;library-version=254.254"));
	CHECK(refused("pkcs11:slot-id=2147483647;library-version=254.256"));
	CHECK(refused("pkcs11:slot-id=%31;library-version=254.254"));
	CHECK(parses("pkcs11:model=1234567890123456"));
	CHECK(refused("pkcs11:model=12345678901234567"));
	CHECK(parses("pkcs11:token=1234567890123456789012345678901234567890"));
	CHECK(
	    refused("pkcs11:token=12345678901234567890123456789012345678901"));
	CHECK(parses("pkcs11:type=private"));
	CHECK(refused("pkcs11:type=Private"));
	CHECK(parses("pkcs11:id=%00"));
	CHECK(refused("pkcs11:id="));
	CHECK(refused("pkcs11:"));
}

static void
test_long(void)
{
	char s[4096];

	unit_case("a URI has a limit");
	memset(s, 'a', sizeof(s));
	memcpy(s, "pkcs11:vendor-a=", 16);
	s[2048] = '\0';
	CHECK(parses(s));
	s[2048] = 'a';
	s[2049] = '\0';
	CHECK(refused(s));
}

static void
test_secret(void)
{
	struct csg_uri *u = NULL;
	struct csg_err err = { 0 };

	unit_case("attack 64: a PIN in a URI is not repeated in the error");
	(void)csg_uri_parse("pkcs11:object=k?pin-value=864213", &u, &err);
	CHECK(err.reason == CSG_R_PARSE);
	CHECK(strstr(err.text, "pin-value") != NULL);
	CHECK(strstr(err.text, "864213") == NULL);
	(void)csg_uri_parse("pkcs11:object=k?pin-source=864213%", &u, &err);
	CHECK(strstr(err.text, "864213") == NULL);
}

/* Replace {TAB} and {NL}; false when there is a {NUL}, which no C string has. */
static bool
expand(char *s)
{
	char *p;

	if (strstr(s, "{NUL}") != NULL)
		return false;
	while ((p = strstr(s, "{TAB}")) != NULL) {
		*p = '\t';
		memmove(p + 1, p + 5, strlen(p + 5) + 1);
	}
	while ((p = strstr(s, "{NL}")) != NULL) {
		*p = '\n';
		memmove(p + 1, p + 4, strlen(p + 4) + 1);
	}
	return true;
}

/* Refused at once, or later: names no object, or has what none can honour. */
static bool
refused_by_policy(const char *s)
{
	struct csg_uri *u = NULL;
	struct csg_err err = { 0 };
	bool no;

	if (csg_uri_parse(s, &u, &err) != CSG_OK)
		return err.reason == CSG_R_PARSE;
	no = (u->object == NULL && u->id == NULL) || u->pin_source;
	csg_uri_free(u);
	return no;
}

static void
test_vector(char *line)
{
	char *uri, *why;

	if (line[0] == '#' || (uri = strchr(line, '\t')) == NULL)
		return;
	*uri++ = '\0';
	if ((why = strchr(uri, '\t')) != NULL)
		*why = '\0';
	if (!expand(uri))
		return;
	if (!CHECK(strcmp(line, "ok") == 0   ? parses(uri) :
		    strcmp(line, "bad") == 0 ? refused(uri) :
					       refused_by_policy(uri)))
		printf("# %s %s\n", line, uri);
}

static void
test_vectors(void)
{
	const char *path;
	char line[4096];
	FILE *f;
	unsigned n = 0;

	unit_case("attack 64: public vectors");
	if ((path = unit_vectors("pkcs11-uri-vectors.tsv")) == NULL ||
	    !CHECK((f = fopen(path, "r")) != NULL))
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		test_vector(line);
		n++;
	}
	CHECK(n > 60);
	(void)fclose(f);
}

int
main(void)
{
	test_values();
	test_pairs();
	test_long();
	test_secret();
	test_vectors();
	return unit_done();
}
