/*
 * Rejections: heard or the run fails, whatever allocation does.  The linker
 * sends csg's allocations here (see the Makefile).
 */
#include <openssl/cmserr.h>
#include <openssl/err.h>

#include "lib/message/vote.h"
#include "lib/sign/rejections.h"
#include "lib/message/request.h"
#include "tests/unit/policies.h"

#define NOW (UNIT_SINCE + 86400)

/* ---- memory that runs short ---- */

static long left = -1; /* allocations until one fails; -1: none does */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* ---- a request and a vote ---- */

static const char yaml[] =
    "csg: policy/1\nname: acme\nversion: 1\nprevious: none\n"
    "issued: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
    "users:\n"
    "  alice:\n    certificate: @alice\n"
    "  bob:\n    certificate: @bob\n"
    "groups:\n  admins: [alice, bob]\n"
    "keys:\n"
    "  policy:\n    uri: pkcs11:object=policy\n    certificate: @policy\n"
    "  ledger:\n    uri: pkcs11:object=ledger\n    certificate: @ledger\n"
    "profiles:\n"
    "  policy:\n    key: policy\n    format: policy\n"
    "    requesters: [admins]\n"
    "    quorum: [{group: admins, need: 1}]\n";

static struct csg_policy *policy;

/* A message of that person's. */
static struct csg_message
message(const char *who, enum csg_kind kind, struct csg_buf *text)
{
	struct csg_signer_key k =
	    csg_pkey_signer(unit_cert(who), unit_find(who)->key, false);
	struct csg_message m = { .origin = NULL };

	if (csg_envelope_make(&k, kind, text, NOW, &m.env, NULL) != CSG_OK)
		abort();
	csg_buf_free(text);
	return m;
}

static struct csg_message
request_of(char *who)
{
	static char name[] = "a", word[] = "policy";
	struct csg_artifact a = { .name = name, .size = 1 };
	struct csg_request r = { .head = { who, NOW, policy->id },
		.profile = word,
		.why = word,
		.expires = NOW + 3600,
		.artifacts = &a,
		.n = 1 };
	struct csg_buf text = { 0 };

	if (csg_request_write(&r, &text, NULL) != CSG_OK)
		abort();
	return message(who, CSG_REQUEST, &text);
}

/* A head of the ledger, armoured, as votes bring it. */
static void
head(struct csg_buf *out)
{
	static char key[] = "ledger", entry[] = "csg-entry\n";
	struct csg_receipt r = { .head = { key, NOW, policy->id },
		.tree = { .epoch = 1, .size = 1 },
		.entry = entry };
	struct csg_buf text = { 0 };
	struct csg_message m;

	if (csg_receipt_write(&r, &text, NULL) != CSG_OK)
		abort();
	m = message(key, CSG_RECEIPT, &text);
	csg_envelope_armor(m.env, out);
	csg_envelope_free(m.env);
}

static struct csg_message
vote_of(char *who, const struct csg_id *request, enum csg_vote vote)
{
	static char no[] = "no";
	struct csg_buf text = { 0 }, seen = { 0 };
	struct csg_endorsement v = { .head = { who, NOW, policy->id },
		.request = *request,
		.vote = vote,
		.expires = NOW + 3600,
		.comment = no,
		.nseen = 1 };

	head(&seen);
	v.seen[0].text = (char *)(uintptr_t)csg_buf_str(&seen);
	if (csg_endorsement_write(&v, &text, NULL) != CSG_OK)
		abort();
	csg_buf_free(&seen);
	return message(who, CSG_ENDORSEMENT, &text);
}

/* ---- the tests ---- */

/* Hear one vote on a request, so long after it. */
static enum csg_rc
hear(const struct csg_message *request, const struct csg_message *vote,
    int64_t after, struct csg_ledger *l, struct csg_err *veto,
    struct csg_err *err)
{
	const struct csg_policy *const policies[] = { policy };
	struct csg_message both[] = { *request, *vote };
	const struct csg_bundle b = { .m = both, .n = 2 };
	struct csg_case c = { 0 };
	struct csg_veto found = { 0 };
	enum csg_rc rc;

	memset(err, 0, sizeof(*err));
	if ((rc = csg_case_open(&b, policies, 1, &c, err)) == CSG_OK &&
	    (rc = csg_veto_find(&c, NOW + after, NULL, &found, err)) ==
		CSG_OK &&
	    l != NULL)
		rc = csg_rejections_keep(l, &c, &found, NOW + after, err);
	*veto = found.why;
	csg_veto_clear(&found);
	csg_case_clear(&c);
	return rc;
}

static void
test_memory(void)
{
	char alice[] = "alice", bob[] = "bob";
	struct csg_message r = request_of(alice), no, yes;
	struct csg_err veto, err;
	long n;
	size_t lost = 0;
	enum csg_rc rc;

	no = vote_of(bob, &r.env->id, CSG_REJECT);
	yes = vote_of(bob, &r.env->id, CSG_APPROVE);
	unit_case("a rejection is heard, an approval is none");
	CHECK(hear(&r, &no, 0, NULL, &veto, &err) == CSG_OK &&
	    veto.reason == CSG_R_VETO);
	CHECK(hear(&r, &yes, 0, NULL, &veto, &err) == CSG_OK &&
	    veto.reason == CSG_R_NONE);
	unit_case("whatever allocation fails, no rejection is lost");
	for (n = 0; left < 0; n++) { /* until there are not so many */
		left = n;
		rc = hear(&r, &no, 0, NULL, &veto, &err);
		lost += rc == CSG_OK ? veto.reason != CSG_R_VETO :
				       err.reason != CSG_R_IO;
	}
	left = -1;
	CHECK(n > 20);
	CHECK(lost == 0);
	csg_envelope_free(r.env);
	csg_envelope_free(no.env);
	csg_envelope_free(yes.env);
}

/* A request of alice's that this person rejects: is it stopped, and by how much
 * does the ledger grow? */
static bool
rejects(char *who, int64_t after, struct csg_ledger *l, uint64_t grows)
{
	char alice[] = "alice";
	struct csg_message r = request_of(alice), no;
	struct csg_err veto, err;
	uint64_t before = 0, now = 0;
	bool ok;

	no = vote_of(who, &r.env->id, CSG_REJECT);
	ok = csg_ledger_size(l, &before, &err) == CSG_OK &&
	    hear(&r, &no, after, l, &veto, &err) == CSG_OK &&
	    hear(&r, &no, after, l, &veto, &err) == CSG_OK &&
	    veto.reason == CSG_R_VETO &&
	    csg_ledger_size(l, &now, &err) == CSG_OK && now - before == grows;
	csg_envelope_free(r.env);
	csg_envelope_free(no.env);
	return ok;
}

/* The ledger remembers n rejections by that person, of other requests. */
static bool
remembers(struct csg_ledger *l, char *who, size_t n)
{
	struct csg_id request = { { 1 } }, vote = { { 1 } };
	struct csg_message no = vote_of(who, &request, CSG_REJECT);
	struct csg_buf text = { 0 };
	bool ok = true;

	csg_envelope_armor(no.env, &text);
	for (; n > 0 && ok; n--) {
		vote.b[1] = (unsigned char)n;
		vote.b[2] = (unsigned char)(n >> 8);
		ok = csg_ledger_remember(l, &request, &vote, NOW,
			 csg_buf_str(&text), NULL) == CSG_OK;
	}
	csg_buf_free(&text);
	csg_envelope_free(no.env);
	return ok;
}

static void
test_many(void)
{
	char alice[] = "alice", bob[] = "bob";
	struct csg_ledger *l = NULL;
	struct csg_err err = { 0 };

	unit_case(
	    "so many of one person are remembered in a day, all are heard");
	if (!CHECK(csg_ledger_create("many.db", &err) == CSG_OK) ||
	    !CHECK(csg_ledger_open("many.db", false, &l, &err) == CSG_OK))
		return;
	CHECK(remembers(l, bob, CSG_REJECTIONS - 1));
	CHECK(rejects(bob, 0, l, 1));
	CHECK(rejects(bob, 0, l, 0));
	CHECK(rejects(bob, 86399, l, 0));
	unit_case("one person's leave room for another's");
	CHECK(rejects(alice, 86399, l, 1));
	unit_case("the next day there is room again");
	CHECK(rejects(bob, 86400, l, 1));
	csg_ledger_close(l);
}

static void
test_openssl(void)
{
	struct csg_err err = { 0 };

	unit_case("what OpenSSL had no memory for is no verdict");
	ERR_raise(ERR_LIB_CMS, CMS_R_VERIFICATION_FAILURE);
	CHECK(csg_fail_ssl(&err, CSG_R_SIGNATURE, "wrong") == CSG_REFUSED &&
	    err.reason == CSG_R_SIGNATURE);
	ERR_raise(ERR_LIB_BN, ERR_R_MALLOC_FAILURE);
	ERR_raise(ERR_LIB_CMS, CMS_R_VERIFICATION_FAILURE);
	CHECK(csg_fail_ssl(&err, CSG_R_SIGNATURE, "wrong") == CSG_TROUBLE &&
	    err.reason == CSG_R_IO);
	CHECK(ERR_peek_error() == 0);
}

int
main(void)
{
	if (!unit_enter_dir() || (policy = unit_policy(yaml)) == NULL)
		return 1;
	test_memory();
	test_many();
	test_openssl();
	csg_policy_free(policy);
	unit_people_free();
	return unit_done();
}
