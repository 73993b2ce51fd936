/* The ledger: a request's life, the policy's succession, damage. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/ledger.h"
#include "tests/unit/unit.h"

static const struct csg_id request = { { 1 } }, policy = { { 2 } };
static const struct csg_id next_policy = { { 3 } }, vote = { { 4 } };

static struct csg_claim
a_claim(void)
{
	static char profile[] = "firmware", route[] = "normal";
	static char messages[] = "the messages";

	return (struct csg_claim){ .request = request,
		.policy = policy,
		.evidence = { { 9 } },
		.time = 100,
		.profile = profile,
		.route = route,
		.count = 3,
		.messages = messages };
}

static void
life(struct csg_ledger *l)
{
	struct csg_claim c = a_claim(), found = { 0 };
	struct csg_ledger_policy force = { 1, policy };
	struct csg_ledger_policy later = { 2, next_policy };
	struct csg_ledger_policy skip = { 3, next_policy };
	struct csg_buf text = { 0 };
	enum csg_progress p;
	struct csg_err err = { 0 };
	int64_t newest;

	unit_case("a policy is founded once");
	CHECK(csg_ledger_found(l, 90, &force, &err) == CSG_OK);
	CHECK(csg_ledger_found(l, 91, &force, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG);
	unit_case("claim, then finish; nothing out of turn");
	CHECK(csg_ledger_finish(l, &request, 101, "seal", NULL, &err) ==
	    CSG_TROUBLE);
	CHECK(csg_ledger_find(l, &request, &p, NULL, &err) == CSG_OK &&
	    p == CSG_UNKNOWN);
	CHECK(csg_ledger_claim(l, &c, &err) == CSG_OK);
	CHECK(csg_ledger_claim(l, &c, &err) == CSG_TROUBLE);
	CHECK(csg_ledger_abandon(l, &request, 101, "why", &err) == CSG_OK);
	CHECK(csg_ledger_claim(l, &c, &err) == CSG_OK);
	CHECK(csg_ledger_find(l, &request, &p, &found, &err) == CSG_OK &&
	    p == CSG_CLAIMED && found.time == 100 &&
	    strcmp(found.messages, "the messages") == 0 &&
	    csg_id_equal(&found.evidence, &c.evidence));
	csg_claim_clear(&found);
	unit_case("a policy is followed by the next version only");
	CHECK(csg_ledger_finish(l, &request, 102, "seal", &skip, &err) ==
	    CSG_TROUBLE);
	CHECK(csg_ledger_finish(l, &request, 102, "seal", &later, &err) ==
	    CSG_OK);
	CHECK(csg_ledger_policy(l, &force, &err) == CSG_OK &&
	    force.version == 2 && csg_id_equal(&force.id, &next_policy));
	CHECK(csg_ledger_find(l, &request, &p, NULL, &err) == CSG_OK &&
	    p == CSG_FINISHED);
	CHECK(csg_ledger_newest(l, &newest, &err) == CSG_OK && newest == 102);
	unit_case("a rejection is remembered once, and for good");
	CHECK(csg_ledger_remember(l, &request, &vote, 5, "no", &err) == CSG_OK);
	CHECK(csg_ledger_remember(l, &request, &vote, 6, "no", &err) == CSG_OK);
	CHECK(csg_ledger_recall(l, &request, &text, &err) == CSG_OK &&
	    strcmp(csg_buf_str(&text), "no") == 0);
	csg_buf_free(&text);
	CHECK(csg_ledger_recall(l, &policy, &text, &err) == CSG_OK &&
	    text.len == 0);
	csg_buf_free(&text);
}

/* Damage a copy at pos and try to open it: LOG, and the file as it was. */
static bool
is_noticed(const struct csg_buf *good, size_t pos, size_t len)
{
	struct csg_buf bad = { 0 }, after = { 0 };
	struct csg_ledger *l = NULL;
	struct csg_err err = { 0 };
	bool ok;

	csg_buf_add(&bad, good->data, len);
	if (pos < len)
		bad.data[pos] ^= 0xff;
	ok = csg_io_write(".", "bad.db", 0600, bad.data, bad.len,
		 CSG_EXISTING_REPLACE, &err) == CSG_OK &&
	    csg_ledger_open("bad.db", false, &l, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG &&
	    csg_io_read("bad.db", 1 << 20, &after, &err) == CSG_OK &&
	    after.len == bad.len &&
	    (bad.len == 0 || memcmp(after.data, bad.data, bad.len) == 0);
	csg_ledger_close(l);
	csg_buf_free(&bad);
	csg_buf_free(&after);
	return ok;
}

/* Claim and finish a request of that number. */
static bool
finish_one(struct csg_ledger *l, unsigned char n, struct csg_id *id)
{
	struct csg_claim c = a_claim();
	struct csg_err err = { 0 };

	memset(id->b, n, sizeof(id->b));
	c.request = *id;
	c.time = 1000 + n;
	return csg_ledger_claim(l, &c, &err) == CSG_OK &&
	    csg_ledger_finish(l, id, c.time, "seal", NULL, &err) == CSG_OK;
}

/* Does the ledger prove the request, to the head that it has now? */
static bool
is_proven(struct csg_ledger *l, const struct csg_id *id)
{
	struct csg_receipt r = { 0 };
	struct csg_id leaf;
	struct csg_err err = { 0 };
	bool ok;

	ok = csg_ledger_prove(l, id, &r, &err) == CSG_OK &&
	    strstr(r.entry, "\nkind finish\n") != NULL &&
	    csg_merkle_leaf(r.entry, strlen(r.entry), &leaf, &err) == CSG_OK &&
	    csg_merkle_check_inclusion(
		&leaf, r.index, r.tree.size, r.path, r.npath, &r.tree.root);
	free(r.entry);
	return ok;
}

static void
tree(struct csg_ledger *l)
{
	struct csg_tree_head first, head;
	struct csg_receipt none = { 0 };
	struct csg_id ids[40], stranger = { { 99 } };
	struct csg_err err = { 0 };
	unsigned char n, k;
	size_t wrong = 0;

	unit_case("every finish is proven to every later head");
	CHECK(csg_ledger_head(l, &first, &err) == CSG_OK && first.epoch == 1);
	for (n = 0; n < 40; n++) {
		wrong += !finish_one(l, (unsigned char)(100 + n), &ids[n]);
		for (k = 0; k <= n; k++)
			wrong += !is_proven(l, &ids[k]);
	}
	CHECK(wrong == 0);
	CHECK(csg_ledger_head(l, &head, &err) == CSG_OK &&
	    head.size == first.size + 80 &&
	    csg_id_equal(&head.log, &first.log) &&
	    !csg_id_equal(&head.root, &first.root));
	CHECK(csg_ledger_prove(l, &stranger, &none, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG);
}

int
main(void)
{
	struct csg_ledger *l = NULL;
	struct csg_buf good = { 0 };
	struct csg_err err = { 0 };
	int64_t newest;

	if (!unit_enter_dir())
		return 1;
	unit_case("made new, and never over a file");
	CHECK(csg_ledger_create("l.db", &err) == CSG_OK);
	CHECK(csg_ledger_create("l.db", &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG);
	CHECK(csg_ledger_open("l.db", false, &l, &err) == CSG_OK);
	CHECK(csg_ledger_newest(l, &newest, &err) == CSG_OK && newest == 0);
	life(l);
	tree(l);
	csg_ledger_close(l);
	unit_case("reading only");
	CHECK(csg_ledger_open("l.db", true, &l, &err) == CSG_OK);
	CHECK(csg_ledger_abandon(l, &request, 200, "x", &err) == CSG_TROUBLE);
	csg_ledger_close(l);
	unit_case("missing, linked, empty, cut, foreign, another version");
	CHECK(csg_ledger_open("gone.db", false, &l, &err) == CSG_TROUBLE);
	CHECK(symlink("l.db", "link.db") == 0 &&
	    csg_ledger_open("link.db", false, &l, &err) == CSG_TROUBLE);
	CHECK(csg_io_read("l.db", 1 << 20, &good, &err) == CSG_OK);
	CHECK(is_noticed(&good, good.len, 0));
	CHECK(is_noticed(&good, good.len, good.len / 2));
	CHECK(is_noticed(&good, 0, good.len));
	CHECK(is_noticed(&good, 63, good.len)); /* user version */
	CHECK(is_noticed(&good, 71, good.len)); /* application id */
	CHECK(csg_ledger_open("l.db", false, &l, &err) == CSG_OK);
	csg_ledger_close(l);
	csg_buf_free(&good);
	return unit_done();
}
