/* Whose proof is this artifact's?  The score of claims, and their index. */
#include <string.h>

#include "lib/format/format.h"
#include "lib/verify/match.h"
#include "tests/unit/unit.h"

enum { HERE = '/', OTHER };

/* The subject: artifact A with signature S, CMS, and its place. */
static struct csg_hashes hashes = { .id = { { 'A' } } };
static struct csg_subject subject = { .hashes = &hashes,
	.output = { { 'S' } },
	.place = { { HERE } },
	.format = &csg_fmt_cms };

#define HOLDS(in, out, where, f) \
	{ .holds = true, \
		.input = { { in } }, \
		.output = { { out } }, \
		.place = { { where } }, \
		.format = f }
#define BROKEN(in, out, where) \
	{ \
		.input = { { in } }, .output = { { out } }, .place = { \
			{ where } \
		} \
	}

/* From the lowest score to the highest. */
static const struct csg_claim ranks[] = {
	BROKEN('X', 'X', HERE),
	BROKEN('X', 'S', OTHER),
	HOLDS('X', 'X', HERE, &csg_fmt_cms),
	HOLDS('A', 'X', OTHER, &csg_fmt_cms),
	HOLDS('A', 'X', HERE, &csg_fmt_cms),
	BROKEN('A', 'S', OTHER),
	HOLDS('X', 'S', OTHER, &csg_fmt_cms),
	HOLDS('X', 'S', HERE, &csg_fmt_cms),
	HOLDS('A', 'S', OTHER, &csg_fmt_cms),
};
#define NRANKS (sizeof(ranks) / sizeof(ranks[0]))

static struct csg_claim v[2 * NRANKS];
static struct csg_claims claims = { .v = v };

/* The one of the first n of v that comes nearest; n if none does. */
static size_t
nearest(size_t n)
{
	struct csg_err err = { 0 };
	const struct csg_claim *c;

	claims.n = n;
	if (!CHECK(csg_claims_index(&claims, &err) == CSG_OK))
		return n + 1;
	c = csg_match_nearest(&claims, &subject);
	free(claims.keys);
	return c != NULL ? (size_t)(c - v) : n;
}

static size_t
alone(struct csg_claim c)
{
	v[0] = c;
	return nearest(1);
}

static void
test_ranks(void)
{
	size_t i, k, shift;

	unit_case("a higher score counts, wherever it stands");
	for (i = 0; i < NRANKS; i++)
		for (shift = 0; shift <= i; shift++) {
			for (k = 0; k <= i; k++)
				v[(k + shift) % (i + 1)] = ranks[k];
			CHECK(nearest(i + 1) == (i + shift) % (i + 1));
		}
	unit_case("of equal scores the first counts");
	for (i = 0; i < NRANKS; i++) {
		v[0] = v[3] = ranks[0];
		v[1] = v[2] = ranks[i];
		CHECK(nearest(4) == (i == 0 ? 0 : 1));
	}
	unit_case("each hint of a proof that does not hold counts the same");
	v[0] = (struct csg_claim)BROKEN('A', 'X', OTHER);
	v[1] = v[2] = ranks[0];
	CHECK(nearest(3) == 0);
	v[1] = v[0];
	v[0] = ranks[0];
	CHECK(nearest(2) == 0);
}

static void
test_far(void)
{
	unit_case("what is about something else is not near");
	CHECK(nearest(0) == 0);
	CHECK(alone((struct csg_claim)BROKEN('X', 'X', OTHER)) == 1);
	CHECK(
	    alone((struct csg_claim)HOLDS('X', 'X', OTHER, &csg_fmt_cms)) == 1);
	CHECK(alone((struct csg_claim)BROKEN('S', 'A', OTHER)) == 1);
}

static void
test_formats(void)
{
	unit_case("a signature of another format: only itself tells");
	CHECK(
	    alone((struct csg_claim)HOLDS('A', 'X', HERE, &csg_fmt_raw)) == 1);
	CHECK(
	    alone((struct csg_claim)HOLDS('X', 'X', HERE, &csg_fmt_raw)) == 1);
	CHECK(
	    alone((struct csg_claim)HOLDS('X', 'S', HERE, &csg_fmt_raw)) == 0);
	CHECK(
	    alone((struct csg_claim)HOLDS('A', 'S', HERE, &csg_fmt_raw)) == 0);
	unit_case("its place does not count either");
	v[0] = (struct csg_claim)HOLDS('X', 'S', HERE, &csg_fmt_raw);
	v[1] = (struct csg_claim)HOLDS('X', 'S', HERE, &csg_fmt_cms);
	CHECK(nearest(2) == 1);
	unit_case("where the format is not known, all do");
	subject.format = NULL;
	CHECK(
	    alone((struct csg_claim)HOLDS('A', 'X', HERE, &csg_fmt_raw)) == 0);
	subject.format = &csg_fmt_cms;
	CHECK(alone((struct csg_claim)BROKEN('A', 'X', HERE)) == 0);
}

int
main(void)
{
	test_ranks();
	test_far();
	test_formats();
	return unit_done();
}
