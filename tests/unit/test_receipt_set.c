/* Receipts of many proofs: which can be true together. */
#include <string.h>

#include "lib/message/receipt_set.h"
#include "tests/unit/unit.h"

#define MOST 4

static struct csg_receipt
receipt(uint64_t size, uint64_t index, int64_t time)
{
	static char entry[] = "entry";

	return (struct csg_receipt){ .head = { .time = time },
		.tree = { .epoch = 1, .size = size },
		.index = index,
		.entry = entry };
}

/* Do they agree, in whatever order they come? */
static bool
agree(const struct csg_receipt *r, size_t n)
{
	struct csg_receipt_ref t[MOST];
	struct csg_err err;
	size_t i, turn, good = 0;

	for (turn = 0; turn < n; turn++) {
		for (i = 0; i < n; i++)
			t[i] = (struct csg_receipt_ref){ &r[(i + turn) % n],
				i == 0 ? "a" : "b" };
		memset(&err, 0, sizeof(err));
		if (csg_receipts_agree(t, n, &err) == CSG_OK)
			good++;
		else
			CHECK(err.reason == CSG_R_LOG);
		for (i = 1; i < n; i++)
			CHECK(t[i - 1].receipt->tree.size <=
			    t[i].receipt->tree.size);
	}
	CHECK(good == 0 || good == n);
	return good == n;
}

static void
numbers(void)
{
	struct csg_receipt r[MOST] = { receipt(5, 2, 10), receipt(5, 1, 30),
		receipt(6, 3, 30), receipt(9, 0, 40) };
	char other[] = "another";

	unit_case("sizes, times, entries and logs");
	CHECK(agree(r, 0) && agree(r, 1) && agree(r, MOST));
	r[2].head.time = 20; /* between two of a smaller tree */
	CHECK(!agree(r, MOST));
	r[2] = receipt(6, 3, 30);
	r[1].tree.root.b[3] = 1;
	CHECK(!agree(r, MOST));
	r[1] = receipt(5, 1, 30);
	r[3].index = 1;
	CHECK(agree(r, MOST));
	r[3].entry = other;
	CHECK(!agree(r, MOST));
	r[3] = receipt(9, 0, 40);
	r[3].tree.log.b[0] = 1;
	CHECK(!agree(r, MOST));
}

static void
consistency(void)
{
	struct csg_receipt r[MOST] = { receipt(1, 0, 10), receipt(2, 1, 20),
		receipt(3, 2, 30), receipt(4, 3, 40) };
	struct csg_err err = { 0 };
	struct csg_id leaf[2];

	unit_case("what a consistency proof shows of another's head");
	CHECK(csg_merkle_leaf("a", 1, &leaf[0], &err) == CSG_OK &&
	    csg_merkle_leaf("b", 1, &leaf[1], &err) == CSG_OK);
	CHECK(csg_merkle_node(&leaf[0], &leaf[1], &r[1].tree.root, &err) ==
	    CSG_OK);
	r[0].tree.root = leaf[0];
	CHECK(csg_receipt_add_earlier(&r[1], 1, &leaf[1], 1, &err) == CSG_OK);
	CHECK(agree(r, MOST));
	r[0].tree.root = leaf[1];
	CHECK(!agree(r, MOST));
	r[0].tree.epoch = 2; /* not compared */
	CHECK(csg_receipts_agree(
		  (struct csg_receipt_ref[]){ { &r[0], "a" }, { &r[1], "b" } },
		  2, &err) == CSG_OK);
	r[1].entry = NULL;
	csg_receipt_clear(&r[1]);
}

int
main(void)
{
	numbers();
	consistency();
	return unit_done();
}
