/* The ledger: a request's life, the policy's succession, damage. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/ledger/ledger_db.h"
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
	CHECK(csg_ledger_claim(l, &c, c.time, &err) == CSG_OK);
	CHECK(csg_ledger_claim(l, &c, c.time, &err) == CSG_TROUBLE);
	CHECK(csg_ledger_abandon(l, &request, 101, "why", &err) == CSG_OK);
	CHECK(csg_ledger_claim(l, &c, 101, &err) == CSG_OK);
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
	CHECK(
	    csg_ledger_remember(l, &request, &vote, 103, "no", &err) == CSG_OK);
	CHECK(
	    csg_ledger_remember(l, &request, &vote, 104, "no", &err) == CSG_OK);
	CHECK(csg_ledger_newest(l, &newest, &err) == CSG_OK && newest == 103);
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
	return csg_ledger_claim(l, &c, c.time, &err) == CSG_OK &&
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

	ok = csg_ledger_prove(l, id, 1, &r, &err) == CSG_OK &&
	    strstr(r.entry, "\nkind finish\n") != NULL &&
	    csg_merkle_leaf(r.entry, strlen(r.entry), &leaf, &err) == CSG_OK &&
	    csg_merkle_check_inclusion(
		&leaf, r.index, r.tree.size, r.path, r.npath, &r.tree.root);
	csg_receipt_clear(&r);
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
	CHECK(
	    csg_ledger_head(l, 1, &first, &err) == CSG_OK && first.epoch == 1);
	for (n = 0; n < 40; n++) {
		wrong += !finish_one(l, (unsigned char)(100 + n), &ids[n]);
		for (k = 0; k <= n; k++)
			wrong += !is_proven(l, &ids[k]);
	}
	CHECK(wrong == 0);
	CHECK(csg_ledger_head(l, 1, &head, &err) == CSG_OK &&
	    head.size == first.size + 80 &&
	    csg_id_equal(&head.log, &first.log) &&
	    !csg_id_equal(&head.root, &first.root));
	CHECK(csg_ledger_prove(l, &stranger, 1, &none, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG);
}

/* A receipt of the newest head, with proofs of the sizes up to most. */
static enum csg_rc
prove_earlier(struct csg_ledger *l, uint64_t most, struct csg_receipt *r)
{
	struct csg_err err = { 0 };
	uint64_t n;
	enum csg_rc rc;

	rc = csg_ledger_head(l, 1, &r->tree, &err);
	for (n = most; n > 0 && rc == CSG_OK; n--)
		rc = csg_ledger_prove_earlier(l, n, r, &err);
	return rc;
}

static void
earlier(struct csg_ledger *l)
{
	struct csg_receipt r = { 0 }, full = { 0 };
	struct csg_tree_head h;
	struct csg_err err = { 0 };
	size_t wrong = 0, hashes;

	unit_case("a receipt shows what earlier heads its tree had");
	CHECK(prove_earlier(l, 60, &r) == CSG_OK && r.nearlier == 60);
	for (h = r.tree, h.size = 1; h.size <= 61; h.size++) {
		CHECK(csg_ledger_root(l, h.size, &h.root, &err) == CSG_OK);
		wrong += csg_receipt_extends(&r, &h) != (h.size <= 60);
		h.root.b[7] ^= 1;
		wrong += csg_receipt_extends(&r, &h);
	}
	CHECK(wrong == 0);
	CHECK(csg_receipt_extends(&r, &r.tree));
	CHECK(csg_ledger_holds_earlier(l, &r, &err) == CSG_OK);
	r.hashes[r.earlier[40].path[0]].b[0] ^= 1;
	CHECK(csg_ledger_holds_earlier(l, &r, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG);
	r.hashes[r.earlier[40].path[0]].b[0] ^= 1;
	hashes = r.nhashes;
	CHECK(csg_ledger_prove_earlier(l, 17, &r, &err) == CSG_OK &&
	    csg_ledger_prove_earlier(l, r.tree.size, &r, &err) == CSG_OK &&
	    r.nearlier == 60 && r.nhashes == hashes);
	CHECK(csg_ledger_prove_earlier(l, r.tree.size + 1, &r, &err) ==
	    CSG_TROUBLE);
	h = r.tree;
	h.epoch++;
	CHECK(!csg_receipt_extends(&r, &h));
	h = r.tree;
	h.log.b[0] ^= 1;
	CHECK(!csg_receipt_extends(&r, &h));
	csg_receipt_clear(&r);
	for (h.size = 1; h.size <= CSG_MAX_EARLIER; h.size++)
		CHECK(csg_receipt_add_earlier(&full, h.size, NULL, 0, &err) ==
		    CSG_OK);
	CHECK(csg_receipt_add_earlier(&full, h.size, NULL, 0, &err) ==
	    CSG_TROUBLE);
	CHECK(csg_receipt_add_earlier(&full, 1, NULL, 0, &err) == CSG_OK);
	csg_receipt_clear(&full);
}

/* What somebody has seen: the head after n entries. */
static struct csg_tree_head
seen_at(struct csg_ledger *l, uint64_t n)
{
	struct csg_tree_head h;
	struct csg_err err = { 0 };

	CHECK(csg_ledger_head(l, 1, &h, &err) == CSG_OK);
	CHECK(csg_ledger_root(l, n, &h.root, &err) == CSG_OK);
	h.size = n;
	return h;
}

/* Is the head refused, with these words? */
static bool
is_not_held(struct csg_ledger *l, uint64_t epoch, const struct csg_tree_head *h,
    const char *words)
{
	struct csg_err err = { 0 };

	return csg_ledger_includes_head(l, epoch, h, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG && strstr(err.text, words) != NULL;
}

static void
witnesses(struct csg_ledger *l)
{
	struct csg_tree_head h;
	struct csg_err err = { 0 };
	uint64_t size, n;
	size_t wrong = 0;

	unit_case("every head that ever was is held, and no other");
	CHECK(csg_ledger_size(l, &size, &err) == CSG_OK && size > 80);
	for (n = 1; n <= size; n++) {
		h = seen_at(l, n);
		wrong += csg_ledger_includes_head(l, 1, &h, &err) != CSG_OK;
		h.root.b[31] ^= 1;
		wrong += !is_not_held(l, 1, &h, "forked or changed");
	}
	CHECK(wrong == 0);
	h = seen_at(l, size);
	h.size++;
	CHECK(is_not_held(l, 1, &h, "rolled back"));
	h = seen_at(l, size);
	h.log.b[0] ^= 1;
	CHECK(is_not_held(l, 1, &h, "another log"));
	h = seen_at(l, size);
	h.epoch = 2;
	CHECK(is_not_held(l, 1, &h, "epoch 2 was seen"));
	unit_case("what was seen of an earlier epoch is not compared");
	h.epoch = 1;
	h.root.b[0] ^= 1;
	CHECK(csg_ledger_includes_head(l, 2, &h, &err) == CSG_OK);
}

static uint64_t
size_of(struct csg_ledger *l)
{
	struct csg_err err = { 0 };
	uint64_t n = 0;

	CHECK(csg_ledger_size(l, &n, &err) == CSG_OK);
	return n;
}

static void
refusals(struct csg_ledger *l)
{
	struct csg_err veto = { 0 }, expired = { 0 }, err = { 0 };
	struct csg_id id = { { 200 } };
	uint64_t before = size_of(l);
	unsigned n;

	(void)csg_fail(&veto, CSG_R_VETO, "bob rejected");
	(void)csg_fail(&expired, CSG_R_EXPIRED, "too late");
	unit_case("a refusal is recorded once for a request and a reason");
	CHECK(csg_ledger_refuse(l, &id, "boot", 5000, &veto, &err) == CSG_OK);
	CHECK(csg_ledger_refuse(l, &id, "boot", 5001, &veto, &err) == CSG_OK);
	CHECK(size_of(l) == before + 1);
	CHECK(csg_ledger_refuse(l, &id, NULL, 5001, &expired, &err) == CSG_OK);
	CHECK(size_of(l) == before + 2);
	unit_case("and so many times a day at the most");
	for (n = 0; n < CSG_REFUSALS; n++) {
		id.b[1] = (unsigned char)(n / 250 + 1);
		id.b[2] = (unsigned char)n;
		(void)csg_ledger_refuse(l, &id, "boot", 5002, &veto, &err);
	}
	CHECK(size_of(l) == before + CSG_REFUSALS);
	id.b[3] = 1;
	CHECK(csg_ledger_refuse(l, &id, "boot", 5002 + 86400, &veto, &err) ==
	    CSG_OK);
	CHECK(size_of(l) == before + CSG_REFUSALS + 1);
	unit_case("a refusal is no step in a request's life");
	CHECK(csg_ledger_key(l, 100000, "made boot p256 x", &err) == CSG_OK);
	unit_case("times never go back");
	CHECK(csg_ledger_key(l, 99999, "made rom", &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_CLOCK);
}

static void
copies(struct csg_ledger *l)
{
	struct csg_ledger *copy = NULL, *other = NULL;
	struct csg_ledger_policy p = { 7, policy };
	struct csg_buf text = { 0 };
	struct csg_err err = { 0 };
	uint64_t same = 0, epoch = 9, n = 0, have = 9;
	char *note = NULL;

	unit_case("a receipt is kept, and the first one stays");
	CHECK(csg_ledger_keep_receipt(l, &request, "one", &err) == CSG_OK);
	CHECK(csg_ledger_keep_receipt(l, &request, "two", &err) == CSG_OK);
	CHECK(csg_ledger_receipt(l, &request, &text, &err) == CSG_OK &&
	    strcmp(csg_buf_str(&text), "one") == 0);
	csg_buf_free(&text);
	unit_case("a copy is made, and brought up to date");
	CHECK(csg_ledger_create("copy.db", &err) == CSG_OK &&
	    csg_ledger_open("copy.db", false, &copy, &err) == CSG_OK);
	CHECK(csg_ledger_extend(copy, l, 0, &err) == CSG_OK);
	CHECK(csg_ledger_key(l, 100001, "made rom", &err) == CSG_OK);
	CHECK(csg_ledger_extend(copy, l, 0, &err) == CSG_OK &&
	    csg_ledger_verify(copy, &err) == CSG_OK &&
	    size_of(copy) == size_of(l));
	CHECK(csg_ledger_receipts(l, &n, &err) == CSG_OK && n > 0);
	CHECK(csg_ledger_receipts(copy, &have, &err) == CSG_OK && have == 0);
	CHECK(csg_ledger_copy_receipts(copy, l, &err) == CSG_OK &&
	    csg_ledger_receipts(copy, &have, &err) == CSG_OK && have == n);
	CHECK(csg_ledger_receipt(copy, &request, &text, &err) == CSG_OK &&
	    strcmp(csg_buf_str(&text), "one") == 0);
	csg_buf_free(&text);
	CHECK(csg_ledger_compare(l, copy, &same, &err) == CSG_OK &&
	    same == size_of(l));
	unit_case("but not with another history");
	CHECK(csg_ledger_key(l, 100002, "made one", &err) == CSG_OK);
	CHECK(csg_ledger_key(copy, 100002, "made two", &err) == CSG_OK);
	CHECK(csg_ledger_compare(l, copy, &same, &err) == CSG_OK &&
	    same == size_of(l) - 1);
	CHECK(csg_ledger_extend(copy, l, 0, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_LOG &&
	    strstr(err.text, "another history") != NULL);
	CHECK(csg_ledger_key(copy, 100003, "made three", &err) == CSG_OK);
	CHECK(csg_ledger_extend(copy, l, 0, &err) == CSG_TROUBLE &&
	    strstr(err.text, "rolled back") != NULL);
	unit_case("a beginning, a note, a recovery");
	CHECK(csg_ledger_create("other.db", &err) == CSG_OK &&
	    csg_ledger_open("other.db", false, &other, &err) == CSG_OK);
	CHECK(csg_ledger_extend(other, l, 5, &err) == CSG_OK &&
	    size_of(other) == 5);
	CHECK(csg_ledger_get_note(other, "chain", &note, &err) == CSG_OK &&
	    note == NULL);
	CHECK(csg_ledger_put_note(other, "chain", "x", &err) == CSG_OK &&
	    csg_ledger_put_note(other, "chain", "y", &err) == CSG_OK &&
	    csg_ledger_get_note(other, "chain", &note, &err) == CSG_OK &&
	    note != NULL && strcmp(note, "y") == 0);
	free(note);
	CHECK(csg_ledger_ended_epoch(other, &epoch, &err) == CSG_OK &&
	    epoch == 0);
	CHECK(
	    csg_ledger_recover(other, 100003, &p, 3, "from x", &err) == CSG_OK);
	CHECK(csg_ledger_ended_epoch(other, &epoch, &err) == CSG_OK &&
	    epoch == 3);
	CHECK(csg_ledger_policy(other, &p, &err) == CSG_OK && p.version == 7);
	csg_ledger_close(copy);
	csg_ledger_close(other);
}

/* A byte of each page and many others: what is opened all the same is what it
 * was, for the check goes over all of it. */
static void
flips(const struct csg_buf *good)
{
	struct csg_ledger *l = NULL, *first = NULL;
	struct csg_buf bad = { 0 };
	struct csg_err err = { 0 };
	size_t pos, opened = 0, noticed = 0, wrong = 0;
	uint64_t same;

	unit_case("a changed byte is noticed, or changes nothing");
	if (!CHECK(csg_ledger_open("small.db", true, &first, &err) == CSG_OK))
		return;
	for (pos = 100; pos < good->len; pos += 61) {
		csg_buf_free(&bad);
		csg_buf_add(&bad, good->data, good->len);
		bad.data[pos] ^= 0x41;
		memset(&err, 0, sizeof(err));
		if (csg_io_write(".", "bad.db", 0600, bad.data, bad.len,
			CSG_EXISTING_REPLACE, &err) != CSG_OK)
			wrong++;
		if (csg_ledger_open("bad.db", false, &l, &err) != CSG_OK) {
			wrong += err.reason != CSG_R_LOG;
			noticed++;
			continue;
		}
		wrong += csg_ledger_compare(first, l, &same, &err) != CSG_OK ||
		    same != size_of(first);
		opened++;
		csg_ledger_close(l);
	}
	CHECK(wrong == 0 && noticed > 50 && opened > 0);
	csg_ledger_close(first);
	csg_buf_free(&bad);
}

/* Somebody else's trigger could make entries vanish. */
static void
schemas(void)
{
	struct csg_ledger *l = NULL;
	struct csg_err err = { 0 };

	unit_case("tables and triggers that are not the ledger's");
	CHECK(csg_ledger_create("s.db", &err) == CSG_OK);
	CHECK(system("sqlite3 s.db 'CREATE VIEW v AS SELECT 1'") == 0);
	CHECK(csg_ledger_open("s.db", false, &l, &err) == CSG_TROUBLE &&
	    strstr(err.text, "are not those of a ledger") != NULL);
	CHECK(system("sqlite3 s.db 'DROP VIEW v'") == 0);
	CHECK(csg_ledger_open("s.db", false, &l, &err) == CSG_OK);
	csg_ledger_close(l);
	CHECK(system("sqlite3 s.db 'DROP TRIGGER entry_stays'") == 0);
	CHECK(csg_ledger_open("s.db", false, &l, &err) == CSG_TROUBLE);
}

/* A ledger of so many small entries. */
static void
make_large(const char *path, uint64_t n)
{
	struct csg_entry e = { .kind = CSG_E_KEY, .time = 1, .body = "made" };
	struct csg_ledger *l = NULL;
	struct csg_err err = { 0 };
	enum csg_rc rc = CSG_OK;

	(void)unlink(path);
	if (!CHECK(csg_ledger_make(path, &l, &err) == CSG_OK))
		return;
	CHECK(csg_store_begin_write(l->store, &err) == CSG_OK);
	for (e.seq = 1; e.seq <= n && rc == CSG_OK; e.seq++)
		rc = csg_ledger_insert(l, &e, &err);
	CHECK(csg_store_end(l->store, rc, &err) == CSG_OK);
	csg_ledger_close(l);
}

/* How often this process has read from a file, of whatever kind. */
static unsigned long
count_reads(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	unsigned long n = 0;

	if (!CHECK(f != NULL))
		return 0;
	CHECK(fscanf(f, "rchar: %*u wchar: %*u syscr: %lu", &n) == 1);
	(void)fclose(f);
	return n;
}

/* How many reads does the opening take? */
static unsigned long
opening_reads(const char *path)
{
	struct csg_ledger *l = NULL;
	struct csg_err err = { 0 };
	unsigned long before = count_reads(), after;

	CHECK(csg_ledger_open(path, false, &l, &err) == CSG_OK);
	after = count_reads();
	csg_ledger_close(l);
	return after - before;
}

/* Change a ledger in spite of its triggers: is the opening refused so? */
static bool
is_refused(const char *path, const char *sql, const char *words)
{
	struct csg_ledger *l = NULL;
	struct csg_err err = { 0 };
	char command[1024];

	(void)snprintf(command, sizeof(command),
	    "sqlite3 %s \"DROP TRIGGER entry_stays; DROP TRIGGER entry_remains; "
	    "%s; CREATE TRIGGER entry_stays BEFORE UPDATE ON entry  BEGIN "
	    "SELECT RAISE(ABORT, 'entries are not changed'); END; CREATE "
	    "TRIGGER entry_remains BEFORE DELETE ON entry  BEGIN SELECT "
	    "RAISE(ABORT, 'entries are not deleted'); END\"",
	    path, sql);
	if (!CHECK(system(command) == 0))
		return false;
	if (csg_ledger_open(path, false, &l, &err) == CSG_OK) {
		csg_ledger_close(l);
		return false;
	}
	return err.reason == CSG_R_LOG && strstr(err.text, words) != NULL;
}

static void
large(void)
{
	unsigned long small;

	unit_case("an opening reads no more of a ledger ten times as large");
	make_large("3000.db", 3000);
	make_large("30000.db", 30000);
	small = opening_reads("3000.db");
	/* trees of tables are a page higher, and there are four that are
	 * asked; to count the entries would take hundreds */
	CHECK(small > 30 && opening_reads("30000.db") <= small + 16);
	unit_case("the newest thousand entries are checked all the same");
	CHECK(is_refused("3000.db",
	    "UPDATE entry SET body = 'made up' WHERE seq = 1977",
	    "entry 1977 does not match the tree"));
	make_large("3000.db", 3000);
	CHECK(is_refused("3000.db", "DELETE FROM entry WHERE seq = 2500",
	    "found entry 2501 where 2500 was expected"));
	unit_case("and that none is missing at the end");
	make_large("3000.db", 3000);
	CHECK(is_refused("3000.db", "DELETE FROM entry WHERE seq > 2990",
	    "the last entry is 2990, the last leaf of the tree 3000"));
	unit_case("of less than two thousand, all are checked");
	make_large("2047.db", 2047);
	CHECK(is_refused("2047.db",
	    "UPDATE entry SET body = 'made up' WHERE seq = 1",
	    "entry 1 does not match the tree"));
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
	earlier(l);
	witnesses(l);
	csg_ledger_close(l);
	CHECK(csg_io_read("l.db", 1 << 20, &good, &err) == CSG_OK &&
	    csg_io_write(".", "small.db", 0600, good.data, good.len,
		CSG_EXISTING_REFUSE, &err) == CSG_OK);
	flips(&good);
	csg_buf_free(&good);
	if (!CHECK(csg_ledger_open("l.db", false, &l, &err) == CSG_OK))
		return unit_done();
	refusals(l);
	copies(l);
	csg_ledger_close(l);
	schemas();
	large();
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
