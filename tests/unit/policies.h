/*
 * Policies for tests: YAML in which @NAME stands for the certificate of NAME,
 * made when first asked for and the same in one program ever after.
 */
#ifndef CSG_UNIT_POLICIES_H
#define CSG_UNIT_POLICIES_H

#include <stdlib.h>
#include <string.h>

#include "tests/unit/self.h"
#include "lib/policy/policy.h"
#include "tests/unit/unit.h"

#define UNIT_SINCE INT64_C(1767225600) /* 2026-01-01 */
#define UNIT_YEAR INT64_C(31536000)

struct unit_person {
	char name[32];
	EVP_PKEY *key;
	struct csg_cert *cert;
};

static struct unit_person unit_people[64];

static inline struct unit_person *
unit_find(const char *name)
{
	struct unit_person *who = unit_people;

	while (who->cert != NULL && strcmp(who->name, name) != 0)
		who++;
	return who;
}

/* A key for the name: "rsa..." is an RSA key. */
static inline EVP_PKEY *
unit_key(const char *name)
{
	return strncmp(name, "rsa", 3) == 0 ? EVP_RSA_gen(3072) :
					      EVP_EC_gen("P-256");
}

/* "alice"; "alice.later" is the same key in a certificate that lasts longer,
 * "alice.early" in one that ends sooner. */
static inline const struct csg_cert *
unit_cert(const char *name)
{
	const char *dot = strchr(name, '.');
	struct unit_person *who = unit_find(name);
	int64_t life = UNIT_YEAR;
	char first[32];

	if (who->cert != NULL)
		return who->cert;
	if (dot != NULL) {
		(void)snprintf(
		    first, sizeof(first), "%.*s", (int)(dot - name), name);
		(void)unit_cert(first);
		who = unit_find(name);
		who->key = EVP_PKEY_dup(unit_find(first)->key);
		life = strcmp(dot, ".later") == 0 ? 2 * life : life / 2;
	} else
		who->key = unit_key(name);
	(void)snprintf(who->name, sizeof(who->name), "%s", name);
	if (who->key == NULL ||
	    unit_cert_make(who->key, false, "/CN=person", CSG_USE_PERSON,
		UNIT_SINCE, UNIT_SINCE + life, &who->cert, NULL) != CSG_OK)
		abort();
	return who->cert;
}

/* Append the PEM as a block literal behind "certificate:". */
static inline void
unit_add_cert(struct csg_buf *out, const char *name)
{
	struct csg_buf pem = { 0 };
	const char *s, *end;

	if (csg_cert_write(unit_cert(name), &pem, NULL) != CSG_OK)
		abort();
	for (s = csg_buf_str(&pem); *s != '\0'; s = end + 1) {
		end = strchr(s, '\n');
		csg_buf_printf(out, "      %.*s\n", (int)(end - s), s);
	}
	csg_buf_free(&pem);
}

/* The name at s + 1; how long it is with its first character. */
static inline size_t
unit_name_at(const char *s, char out[32])
{
	size_t n = strcspn(s + 1, " ,}\n");

	(void)snprintf(out, 32, "%.*s", (int)n, s + 1);
	return n + 1;
}

/* Put certificates in.  "@alice @alice2" to the end of the line are two in
 * one block; "#alice" is the id of alice's key. */
static inline void
unit_expand(struct csg_buf *out, const char *yaml)
{
	char name[32], id[CSG_ID_TEXT];

	while (*yaml != '\0') {
		if (*yaml == '#') {
			yaml += unit_name_at(yaml, name);
			csg_buf_puts(
			    out, csg_id_format(&unit_cert(name)->spki, id));
		} else if (*yaml == '@') {
			csg_buf_puts(out, "|\n");
			for (; *yaml != '\n'; yaml += strspn(yaml, " ")) {
				yaml += unit_name_at(yaml, name);
				unit_add_cert(out, name);
			}
			yaml++;
		} else
			csg_buf_add(out, yaml++, 1);
	}
}

/* NULL, with the reason as a comment, when it is refused. */
static inline struct csg_policy *
unit_policy(const char *yaml)
{
	struct csg_buf b = { 0 };
	struct csg_policy *p = NULL;
	struct csg_err err = { 0 };

	unit_expand(&b, yaml);
	if (csg_policy_parse(csg_buf_str(&b), b.len, &p, &err) != CSG_OK)
		printf("# %s\n", err.text);
	csg_buf_free(&b);
	return p;
}

static inline void
unit_people_free(void)
{
	struct unit_person *who = unit_people;

	for (; who->cert != NULL; who++) {
		csg_cert_free(who->cert);
		EVP_PKEY_free(who->key);
	}
}

#endif
