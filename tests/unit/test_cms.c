/* Envelopes: what we make is accepted, every variation of it is not. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/unit/self.h"
#include "lib/message/envelope.h"
#include "tests/unit/unit.h"

#define NOW 1795500000 /* 2026-11-24 */

static const char yaml[] = "csg: request/1\nwhy: because\n";

struct maker {
	EVP_PKEY *key;
	struct csg_cert *cert;
	struct csg_signer_key k;
};

static bool
make(struct maker *m, EVP_PKEY *key, bool pss)
{
	struct csg_err err = { 0 };

	m->key = key;
	if (unit_cert_make(key, pss, "/CN=maker", CSG_USE_PERSON, NOW - 86400,
		NOW + 864000, &m->cert, &err) != CSG_OK) {
		printf("# %s\n", err.text);
		return false;
	}
	m->k = csg_pkey_signer(m->cert, key, pss);
	return true;
}

static void
unmake(struct maker *m)
{
	csg_cert_free(m->cert);
	EVP_PKEY_free(m->key);
}

/* Does anything accept these bytes as a message of the maker? */
static bool
accepts(const struct maker *m, const unsigned char *der, size_t len,
    struct csg_err *err)
{
	struct csg_envelope *e = NULL;
	bool ok;

	memset(err, 0, sizeof(*err));
	ok = csg_envelope_parse(der, len, &e, err) == CSG_OK &&
	    csg_envelope_verify(e, m->cert, err) == CSG_OK;
	csg_envelope_free(e);
	return ok;
}

static struct csg_envelope *
message(const struct maker *m)
{
	struct csg_buf content = { 0 };
	struct csg_envelope *e = NULL;
	struct csg_err err = { 0 };

	csg_buf_puts(&content, yaml);
	if (csg_envelope_make(&m->k, CSG_REQUEST, &content, NOW, &e, &err) !=
	    CSG_OK)
		printf("# %s\n", err.text);
	csg_buf_free(&content);
	return e;
}

/* Attack 23 (and with it most of 10 to 22): every byte counts, whichever two
 * of its bits are turned. */
static void
flips(const struct maker *m, const char *name, size_t step)
{
	struct csg_envelope *e = message(m);
	struct csg_err err;
	unsigned char *der;
	size_t i, bad = 0, policy_unknown = 0;
	int bit;

	unit_case(name);
	if (!CHECK(e != NULL))
		return;
	CHECK(accepts(m, e->der.data, e->der.len, &err));
	CHECK(e->time == NOW && e->len == sizeof(yaml) - 1);
	der = malloc(e->der.len + 1);
	memcpy(der, e->der.data, e->der.len);
	for (i = 0; i < e->der.len; i += step)
		for (bit = (int)(i % 4); bit < 8; bit += 4) {
			der[i] ^= (unsigned char)(1 << bit);
			if (accepts(m, der, e->der.len, &err))
				bad++;
			else if (err.text[0] == '\0')
				policy_unknown++;
			der[i] ^= (unsigned char)(1 << bit);
		}
	CHECK(bad == 0 && policy_unknown == 0);
	for (i = 0; i < e->der.len; i += step)
		bad += accepts(m, der, i, &err);
	der[e->der.len] = 0;
	bad += accepts(m, der, e->der.len + 1, &err);
	CHECK(bad == 0 && err.reason == CSG_R_PARSE);
	free(der);
	csg_envelope_free(e);
}

/* Another key's message, and another certificate of the same name. */
static void
strangers(const struct maker *m)
{
	struct maker other;
	struct csg_envelope *e;
	struct csg_err err = { 0 };

	unit_case("attack 24: a stranger of the same name is no signer");
	if (!CHECK(make(&other, EVP_EC_gen("P-256"), false)))
		return;
	e = message(&other);
	if (CHECK(e != NULL)) {
		CHECK(csg_envelope_verify(e, other.cert, &err) == CSG_OK);
		CHECK(csg_envelope_verify(e, m->cert, &err) == CSG_REFUSED &&
		    err.reason == CSG_R_SIGNATURE);
	}
	csg_envelope_free(e);
	unmake(&other);
}

static void
detached(const struct maker *m)
{
	struct csg_digest d, other;
	struct csg_buf out = { 0 };
	struct csg_cms cms;
	struct csg_err err = { 0 };

	unit_case("a detached signature carries evidence");
	CHECK(csg_digest_mem(m->cert->alg, "abc", 3, &d, &err) == CSG_OK);
	CHECK(csg_digest_mem(m->cert->alg, "abd", 3, &other, &err) == CSG_OK);
	CHECK(csg_cms_make(&m->k, &csg_oid_data, NULL, &d, NOW, "evidence",
		  &out, &err) == CSG_OK);
	CHECK(csg_cms_parse(out.data, out.len, &cms, &err) == CSG_OK);
	CHECK(!cms.attached && csg_der_is(cms.evidence, "evidence", 8));
	CHECK(csg_cms_verify(&cms, m->cert, &d, &err) == CSG_OK);
	CHECK(csg_cms_verify(&cms, m->cert, &other, &err) == CSG_REFUSED &&
	    err.reason == CSG_R_DIGEST);
	csg_buf_free(&out);
}

/* Text in a file, a command run on it: its exit status is 0? */
static bool
shell(const char *command)
{
	return system(command) == 0;
}

static bool
save(const char *path, const struct csg_buf *b)
{
	FILE *f = fopen(path, "w");

	return f != NULL && fwrite(b->data, 1, b->len, f) == b->len &&
	    fclose(f) == 0;
}

static void
peers(const struct maker *m)
{
	struct csg_envelope *e = message(m), *theirs = NULL;
	struct csg_buf text = { 0 }, cert = { 0 }, key = { 0 };
	struct csg_buf der = { 0 };
	struct csg_armor r;
	struct csg_err err = { 0 };
	unsigned line;
	bool more;
	FILE *f;

	unit_case("openssl takes ours, and we take openssl's");
	if (!CHECK(e != NULL && unit_enter_dir()))
		return;
	csg_envelope_armor(e, &text);
	CHECK(csg_cert_write(m->cert, &cert, &err) == CSG_OK);
	CHECK(save("m.pem", &text) && save("c.pem", &cert));
	CHECK((f = fopen("k.pem", "w")) != NULL &&
	    PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    fclose(f) == 0);
	CHECK(shell("openssl cms -verify -binary -inform PEM -in m.pem "
		    "-nointern -certfile c.pem -CAfile c.pem -purpose any "
		    "-attime 1795500000 -out y 2>/dev/null && "
		    "printf 'csg: request/1\\nwhy: because\\n' | cmp - y"));
	CHECK(shell("openssl cms -sign -nodetach -binary -cades -nosmimecap "
		    "-econtent_type "
		    "2.25.166232608046196655147578156565149816019.2 -md "
		    "sha256 -outform PEM -signer c.pem -inkey k.pem -in y "
		    "-out theirs"));
	csg_buf_free(&text);
	f = fopen("theirs", "r");
	if (CHECK(f != NULL) && CHECK(csg_buf_reserve(&text, 8192) != NULL)) {
		text.len = fread(text.data, 1, 8192, f);
		(void)fclose(f);
		csg_armor_init(&r, text.data, text.len);
		CHECK(csg_armor_next(&r, &der, &line, &more, &err) == CSG_OK);
		CHECK(csg_envelope_parse(der.data, der.len, &theirs, &err) ==
		    CSG_OK);
		CHECK(theirs != NULL && csg_id_equal(&theirs->id, &e->id));
	}
	csg_buf_free(&text);
	csg_buf_free(&cert);
	csg_buf_free(&key);
	csg_buf_free(&der);
	csg_envelope_free(theirs);
	csg_envelope_free(e);
}

int
main(void)
{
	struct maker ec, ec384, rsa, pss;

	if (!make(&ec, EVP_EC_gen("P-256"), false) ||
	    !make(&ec384, EVP_EC_gen("P-384"), false) ||
	    !make(&rsa, EVP_RSA_gen(3072), false) ||
	    !make(&pss, EVP_RSA_gen(3072), true))
		return 1;
	flips(&ec, "attack 23: P-256, every byte of a message counts", 1);
	flips(&ec384, "attack 23: P-384", 5);
	flips(&rsa, "attack 23: RSA", 3);
	flips(&pss, "attack 23: RSA-PSS", 3);
	strangers(&ec);
	detached(&ec);
	detached(&pss);
	peers(&ec);
	unmake(&ec);
	unmake(&ec384);
	unmake(&rsa);
	unmake(&pss);
	return unit_done();
}
