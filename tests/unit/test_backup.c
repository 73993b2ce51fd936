/* Backups: who can open one together, and what is refused. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tests/unit/self.h"
#include "lib/codec/armor.h"
#include "lib/backup/backup_text.h"
#include "tests/unit/unit.h"

#define NOW INT64_C(1795500000)
#define DAY 86400

/* ---- custodians ---- */

#define PEOPLE 3

static const char *const names[] = { "alice", "bob", "carol" };
static EVP_PKEY *keys[PEOPLE];
static struct csg_cert *certs[PEOPLE];
static struct csg_files files;
static char *suspended[] = { (char[]){ "dave" }, (char[]){ "erin" }, NULL };
static const char secret[] = "the secret in the token";

static struct csg_cert *
cert_of(EVP_PKEY *key)
{
	struct csg_cert *c = NULL;

	CHECK(unit_cert_make(key, false, "/CN=custodian", CSG_USE_PERSON,
		  NOW - DAY, NOW + DAY, &c, NULL) == CSG_OK);
	return c;
}

static void
set_up(void)
{
	size_t i;

	unit_case("custodians: RSA, P-256 and P-384");
	keys[0] = EVP_RSA_gen(3072);
	keys[1] = EVP_EC_gen("P-256");
	keys[2] = EVP_EC_gen("P-384");
	for (i = 0; i < PEOPLE; i++)
		certs[i] = cert_of(keys[i]);
	CHECK(csg_files_add(&files, "tokens/a/token.object", secret,
		  sizeof(secret), NULL) == CSG_OK);
	CHECK(csg_files_add(&files, "tokens/a/empty", "", 0, NULL) == CSG_OK);
	CHECK(csg_files_add(&files, "pin", "12345678\n", 9, NULL) == CSG_OK);
}

static struct csg_backup_plan
plan(void)
{
	return (struct csg_backup_plan){ NOW, "pkcs11:token=csg", suspended,
		&files, 2, (const struct csg_cert *const *)certs, names,
		PEOPLE };
}

static enum csg_reason
make(const struct csg_backup_plan *p, struct csg_buf *text)
{
	struct csg_id id;
	struct csg_err err = { 0 };

	if (csg_backup_make(p, text, &id, &err) != CSG_OK)
		CHECK(text->len == 0);
	return err.reason;
}

static struct csg_backup *
read_text(const struct csg_buf *text)
{
	struct csg_backup *b = NULL;

	CHECK(csg_backup_read((const char *)text->data, text->len, &b, NULL) ==
	    CSG_OK);
	return b;
}

/* A backup of the plan, read. */
static struct csg_backup *
fresh(void)
{
	struct csg_backup_plan p = plan();
	struct csg_buf text = { 0 };
	struct csg_backup *b;

	CHECK(make(&p, &text) == CSG_R_NONE);
	b = read_text(&text);
	csg_buf_free(&text);
	return b;
}

static enum csg_reason
give(struct csg_backup *b, unsigned i, EVP_PKEY *key)
{
	const struct csg_decrypt_key with = csg_pkey_decrypter(key);
	struct csg_err err = { 0 };

	(void)csg_backup_share(b, i, &with, &err);
	return err.reason;
}

/* The people in set give their shares: CSG_R_NONE if that opens it, and all
 * is as it was. */
static enum csg_reason
open_by(struct csg_backup *b, unsigned set)
{
	struct csg_files got = { 0 };
	struct csg_err err = { 0 };
	const struct csg_file *f;
	unsigned i;

	for (i = 0; i < PEOPLE; i++)
		if ((set >> i & 1) != 0 &&
		    (err.reason = give(b, i, keys[i])) != CSG_R_NONE)
			return err.reason;
	if (csg_backup_open(b, &got, &err) == CSG_OK) {
		CHECK(got.n == files.n &&
		    strcmp(b->suspended[0], "dave") == 0 &&
		    strcmp(b->suspended[1], "erin") == 0 &&
		    b->suspended[2] == NULL);
		f = csg_files_find(&got, "tokens/a/token.object");
		CHECK(f != NULL && f->data.len == sizeof(secret) &&
		    memcmp(f->data.data, secret, sizeof(secret)) == 0);
	} else
		CHECK(got.n == 0);
	csg_files_free(&got);
	return err.reason;
}

static void
test_sets(void)
{
	struct csg_backup *b;
	unsigned set;

	unit_case("any two of the three open it, and no one alone");
	for (set = 0; set < 8; set++) {
		b = fresh();
		CHECK(open_by(b, set) ==
		    ((set & (set - 1)) != 0 ? CSG_R_NONE : CSG_R_QUORUM));
		csg_backup_free(b);
	}
	unit_case("who comes twice counts once");
	b = fresh();
	CHECK(give(b, 1, keys[1]) == CSG_R_NONE &&
	    give(b, 1, keys[1]) == CSG_R_NONE && b->nshares == 1);
	CHECK(open_by(b, 2) == CSG_R_QUORUM);
	CHECK(open_by(b, 4) == CSG_R_NONE);
	csg_backup_free(b);
}

static void
test_strangers(void)
{
	EVP_PKEY *mallory = EVP_EC_gen("P-256");
	struct csg_backup *b = fresh();
	struct csg_id spki;

	unit_case("each custodian is known by the key, and opens one share");
	CHECK(csg_spki_id(keys[1], &spki, NULL) == CSG_OK &&
	    csg_backup_custodian(b, &spki) == 1);
	CHECK(csg_spki_id(mallory, &spki, NULL) == CSG_OK &&
	    csg_backup_custodian(b, &spki) == b->n);
	CHECK(give(b, 1, mallory) == CSG_R_TOKEN);
	CHECK(give(b, 1, keys[2]) == CSG_R_TOKEN);
	CHECK(give(b, 0, keys[1]) == CSG_R_TOKEN && b->nshares == 0);
	CHECK(give(b, 1, keys[1]) == CSG_R_NONE && b->nshares == 1);
	csg_backup_free(b);
	EVP_PKEY_free(mallory);
}

/* ---- what is not made ---- */

static enum csg_reason
unmade(const struct csg_backup_plan *p)
{
	struct csg_buf text = { 0 };
	enum csg_reason r = make(p, &text);

	csg_buf_free(&text);
	return r;
}

static void
test_plans(void)
{
	const struct csg_cert *twice[] = { certs[0], certs[1], NULL };
	struct csg_backup_plan p = plan();
	const char *odd[] = { "alice", "bob", "car\033ol" };
	struct csg_cert *again = cert_of(keys[1]);

	unit_case("plans that are refused, each beside one that is not");
	for (p.need = 1; p.need <= PEOPLE; p.need++)
		CHECK(unmade(&p) == CSG_R_NONE);
	CHECK(unmade(&p) == CSG_R_PARSE);
	p.need = 0;
	CHECK(unmade(&p) == CSG_R_PARSE);
	p = plan();
	p.time = NOW + DAY;
	CHECK(unmade(&p) == CSG_R_NONE);
	p.time++;
	CHECK(unmade(&p) == CSG_R_EXPIRED);
	p = plan();
	twice[2] = again;
	p.certs = twice;
	CHECK(unmade(&p) == CSG_R_DUPKEY);
	twice[2] = certs[2];
	CHECK(unmade(&p) == CSG_R_NONE);
	p.names = odd;
	CHECK(unmade(&p) == CSG_R_TEXT);
	p = plan();
	p.suspended = NULL;
	CHECK(unmade(&p) == CSG_R_NONE);
	csg_cert_free(again);
}

static void
test_many(void)
{
	static struct csg_cert *many[CSG_MAX_CUSTODIANS + 1];
	static const char *many_names[CSG_MAX_CUSTODIANS + 1];
	struct csg_backup_plan p = plan();
	EVP_PKEY *key;
	size_t i;

	unit_case("255 custodians, and not one more");
	for (i = 0; i <= CSG_MAX_CUSTODIANS; i++) {
		key = EVP_EC_gen("P-256");
		many[i] = cert_of(key);
		many_names[i] = "a person";
		EVP_PKEY_free(key);
	}
	p.certs = (const struct csg_cert *const *)many;
	p.names = many_names;
	p.n = p.need = CSG_MAX_CUSTODIANS;
	CHECK(unmade(&p) == CSG_R_NONE);
	p.n++;
	CHECK(unmade(&p) == CSG_R_PARSE);
	for (i = 0; i <= CSG_MAX_CUSTODIANS; i++)
		csg_cert_free(many[i]);
}

/* ---- damage ---- */

static enum csg_reason
read_reason(const void *text, size_t len)
{
	struct csg_backup *b;
	struct csg_err err = { 0 };

	CHECK((csg_backup_read(text, len, &b, &err) == CSG_OK) == (b != NULL));
	csg_backup_free(b);
	return err.reason;
}

static bool
is_damage(enum csg_reason r)
{
	return r == CSG_R_PARSE || r == CSG_R_TYPE || r == CSG_R_TEXT;
}

/* The rest of the header is for custodians to check: their shares and the
 * manifest say the same, or it is refused. */
static bool
is_refused(const struct csg_buf *text)
{
	struct csg_backup *b = NULL;
	struct csg_err err = { 0 };
	enum csg_reason r;

	if (csg_backup_read((const char *)text->data, text->len, &b, &err) !=
	    CSG_OK)
		return is_damage(err.reason);
	r = open_by(b, 6);
	csg_backup_free(b);
	return r == CSG_R_SIGNATURE || r == CSG_R_PARSE;
}

static void
test_bytes(void)
{
	struct csg_backup_plan p = plan();
	struct csg_buf text = { 0 };
	size_t i, passed = 0;

	unit_case("with any byte wrong it is refused");
	CHECK(make(&p, &text) == CSG_R_NONE);
	CHECK(!is_refused(&text));
	for (i = 0; i < text.len; i++) {
		text.data[i] ^= (unsigned char)(1 << (i % 7));
		passed += !is_refused(&text);
		text.data[i] ^= (unsigned char)(1 << (i % 7));
	}
	CHECK(passed == 0);
	csg_buf_free(&text);
}

/* Is this, from behind an END, too short to begin a block? */
static bool
is_between(const char *text, size_t len)
{
	static const char rest[] = "-----END CMS-----\n-----BEGI";
	size_t n;

	for (n = 17; n < sizeof(rest); n++)
		if (len >= n && memcmp(text + len - n, rest, n) == 0)
			return true;
	return false;
}

/* The shares at the end may be missing, whole: nothing else. */
static void
test_ends(void)
{
	struct csg_backup_plan p = plan();
	struct csg_buf text = { 0 };
	enum csg_reason r;
	size_t i, passed = 0;

	unit_case("with any end cut off it is refused, but for whole shares");
	CHECK(make(&p, &text) == CSG_R_NONE);
	for (i = 0; i < text.len; i++) {
		r = read_reason(text.data, i);
		passed += r == CSG_R_NONE;
		CHECK(is_damage(r) ||
		    (r == CSG_R_NONE &&
			is_between((const char *)text.data, i)));
	}
	CHECK(passed == PEOPLE * 11 + 1);
	csg_buf_free(&text);
}

/* The text of a backup with these parts, and a header that fits them. */
static void
assemble(const struct csg_backup *b, struct csg_buf *text)
{
	struct csg_buf header = { 0 }, der = { 0 };
	static const unsigned char oid[] = { 0x06, 9, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 1, 7, 1 };
	unsigned n;
	unsigned i;

	csg_backup_write_header(b, &header);
	n = (unsigned)header.len;
	CHECK(n >= 256 && n < 65000);
	csg_buf_add(&der,
	    (unsigned char[]){ 0x30, 0x82, (unsigned char)((n + 19) >> 8),
		(unsigned char)(n + 19) },
	    4);
	csg_buf_add(&der, oid, sizeof(oid));
	csg_buf_add(&der,
	    (unsigned char[]){ 0xa0, 0x82, (unsigned char)((n + 4) >> 8),
		(unsigned char)(n + 4), 0x04, 0x82, (unsigned char)(n >> 8),
		(unsigned char)n },
	    8);
	csg_buf_add(&der, header.data, header.len);
	csg_armor_write(text, der.data, der.len);
	if (b->content.len > 0)
		csg_armor_write(text, b->content.data, b->content.len);
	for (i = 0; i < b->n; i++)
		if (b->v[i].block.len > 0)
			csg_armor_write(
			    text, b->v[i].block.data, b->v[i].block.len);
	csg_buf_free(&header);
	csg_buf_free(&der);
}

/* The same, read again. */
static struct csg_backup *
again(struct csg_backup *b)
{
	struct csg_buf text = { 0 };
	struct csg_backup *r;

	assemble(b, &text);
	r = read_text(&text);
	csg_buf_free(&text);
	csg_backup_free(b);
	return r;
}

static void
set_block(struct csg_custodian *c, const struct csg_buf *block)
{
	csg_buf_free(&c->block);
	csg_buf_add(&c->block, block->data, block->len);
	CHECK(
	    csg_id_mem(block->data, block->len, &c->block_id, NULL) == CSG_OK);
}

static void
test_blocks(void)
{
	struct csg_backup *b = again(fresh()), *other = fresh();
	struct csg_buf text = { 0 };

	unit_case("a share may be missing; a block of another backup may not "
		  "be there");
	CHECK(open_by(b, 7) == CSG_R_NONE);
	csg_buf_free(&b->v[0].block);
	b = again(b);
	CHECK(open_by(b, 6) == CSG_R_NONE);
	CHECK(give(b, 0, keys[0]) == CSG_R_PARSE);
	csg_buf_add(
	    &b->v[0].block, other->v[0].block.data, other->v[0].block.len);
	assemble(b, &text);
	CHECK(read_reason(text.data, text.len) == CSG_R_PARSE);
	csg_buf_free(&text);
	csg_buf_free(&b->v[0].block);
	csg_buf_add(&b->v[0].block, b->v[1].block.data, b->v[1].block.len);
	assemble(b, &text);
	CHECK(read_reason(text.data, text.len) == CSG_R_PARSE);
	csg_buf_free(&text);
	csg_backup_free(b);
	csg_backup_free(other);
}

static void
test_foreign_shares(void)
{
	struct csg_backup *b = fresh(), *other = fresh();

	unit_case("a share of another backup, under a header made for it");
	set_block(&b->v[0], &other->v[0].block);
	b = again(b);
	CHECK(give(b, 0, keys[0]) == CSG_R_SIGNATURE && b->nshares == 0);
	CHECK(open_by(b, 6) == CSG_R_NONE);
	csg_backup_free(b);
	csg_backup_free(other);
}

static void
test_forged_share(void)
{
	struct csg_backup *b = fresh();
	struct csg_buf block = { 0 };
	struct csg_share s = { 2, { 0x66 } };
	char text[CSG_SHARE_TEXT];
	size_t len;

	unit_case("a share that anybody can make of the header");
	len = csg_backup_write_share(b, &s, text);
	CHECK(csg_encrypt_to(certs[1], text, len, &block, NULL) == CSG_OK);
	set_block(&b->v[1], &block);
	b = again(b);
	CHECK(open_by(b, 1) == CSG_R_QUORUM);
	CHECK(open_by(b, 3) == CSG_R_SIGNATURE);
	CHECK(open_by(b, 7) == CSG_R_SIGNATURE);
	b = again(b);
	CHECK(open_by(b, 5) == CSG_R_NONE);
	csg_backup_free(b);
	csg_buf_free(&block);
}

/* Somebody who can write the file changes its header. */
static void
test_header(void)
{
	struct csg_backup *b = fresh();

	unit_case("a header that was changed is refused, by whoever gives "
		  "first or once it is open");
	b->need = 1;
	b = again(b);
	CHECK(open_by(b, 2) == CSG_R_SIGNATURE);
	csg_backup_free(b);
	b = fresh();
	b->token[14] = 'h';
	b = again(b);
	CHECK(open_by(b, 3) == CSG_R_SIGNATURE);
	csg_backup_free(b);
	b = fresh();
	b->v[2].name[0] = 'C';
	b = again(b);
	CHECK(open_by(b, 3) == CSG_R_SIGNATURE);
	csg_backup_free(b);
	b = fresh();
	b->v[2].spki.b[0] ^= 1;
	b = again(b);
	CHECK(open_by(b, 3) == CSG_R_SIGNATURE);
	csg_backup_free(b);
	b = fresh();
	b->time++;
	b = again(b);
	CHECK(open_by(b, 3) == CSG_R_PARSE);
	csg_backup_free(b);
}

static enum csg_reason
header_reason(const char *from, const char *to)
{
	struct csg_backup *b = fresh(), empty = { 0 };
	struct csg_buf header = { 0 }, changed = { 0 };
	struct csg_err err = { 0 };
	const char *text, *at;
	unsigned i;

	csg_backup_write_header(b, &header);
	text = csg_buf_str(&header);
	at = strstr(text, from);
	CHECK(at != NULL);
	csg_buf_printf(&changed, "%.*s%s%s", (int)(at - text), text, to,
	    at + strlen(from));
	(void)csg_backup_read_header(&empty, changed.data, changed.len, &err);
	for (i = 0; i < empty.n; i++)
		free(empty.v[i].name);
	free(empty.v);
	free(empty.token);
	csg_buf_free(&header);
	csg_buf_free(&changed);
	csg_backup_free(b);
	return err.reason;
}

static void
test_header_text(void)
{
	unit_case("a header has one spelling");
	CHECK(header_reason("need 2", "need 2") == CSG_R_NONE);
	CHECK(header_reason("need 2", "need 3") == CSG_R_NONE);
	CHECK(header_reason("need 2", "need 02") == CSG_R_PARSE);
	CHECK(header_reason("need 2", "need 4") == CSG_R_PARSE);
	CHECK(header_reason("need 2", "need 0") == CSG_R_PARSE);
	CHECK(header_reason("need 2", "need -1") == CSG_R_PARSE);
	CHECK(header_reason("need 2", "need 4294967298") == CSG_R_PARSE);
	CHECK(header_reason("need 2\n", "") == CSG_R_PARSE);
	CHECK(header_reason("need 2\n", "need 2\nneed 2\n") == CSG_R_PARSE);
	CHECK(header_reason("csg-backup/1", "csg-backup/2") == CSG_R_TYPE);
	CHECK(header_reason("Z\n", "z\n") == CSG_R_PARSE);
	CHECK(header_reason("token pkcs11:token=csg", "token ") == CSG_R_TEXT);
	CHECK(header_reason("alice", "al\xe2\x80\xae") == CSG_R_TYPE);
	CHECK(header_reason("bob\n", "bob\nshare x\n") == CSG_R_PARSE);
	CHECK(header_reason("content sha256:", "content sha256:0") ==
	    CSG_R_PARSE);
}

/* ---- secrets ---- */

static bool
holds(const struct csg_buf *b, const void *what, size_t len)
{
	size_t i;

	for (i = 0; i + len <= b->len; i++)
		if (memcmp(b->data + i, what, len) == 0)
			return true;
	return false;
}

static void
test_secrets(void)
{
	struct csg_backup *b = fresh();
	unsigned i;

	unit_case("nothing of the files stands in any block in the clear");
	CHECK(holds(&b->content, b->key_id, sizeof(b->key_id)));
	CHECK(!holds(&b->content, secret, 8) &&
	    !holds(&b->content, "12345678", 8) &&
	    !holds(&b->content, "tokens/", 7));
	for (i = 0; i < b->n; i++)
		CHECK(!holds(&b->v[i].block, "csg-share", 9));
	csg_backup_free(b);
}

static void
test_memory(void)
{
	const size_t before = CRYPTO_secure_used();
	struct csg_backup *b = fresh();

	unit_case("no secret memory stays in use");
	CHECK(open_by(b, 7) == CSG_R_NONE);
	csg_backup_free(b);
	CHECK(CRYPTO_secure_used() == before);
}

int
main(void)
{
	size_t i;

	(void)CRYPTO_secure_malloc_init(65536, 16); /* as the tools do */
	set_up();
	test_sets();
	test_strangers();
	test_plans();
	test_many();
	test_bytes();
	test_ends();
	test_blocks();
	test_foreign_shares();
	test_forged_share();
	test_header();
	test_header_text();
	test_secrets();
	test_memory();
	for (i = 0; i < PEOPLE; i++) {
		csg_cert_free(certs[i]);
		EVP_PKEY_free(keys[i]);
	}
	csg_files_free(&files);
	return unit_done();
}
