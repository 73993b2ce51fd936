/* Room: how large a policy chain, a proof and a seal may become. */
#include <string.h>

#include "lib/workstation/capacity.h"
#include "tests/unit/unit.h"

#define VERSIONS 1365
#define MIB ((size_t)1 << 20)
#define LITTLE ((size_t)65536)

/* A chain of versions without votes, and a request without votes; their
 * messages are zeros, of any size. */
static struct csg_envelope small, chain_env, request_env;
static struct csg_message small_msg = { &small, NULL };
static struct csg_message chain_msg = { &chain_env, NULL };
static struct csg_message request_msg = { &request_env, NULL };
static char word[] = "normal", name[541];
static struct csg_artifact artifacts[CSG_MAX_ARTIFACTS];
static struct csg_request request = { .artifacts = artifacts, .n = 1 };
static struct csg_key key = { .name = word };
static struct csg_policy policy = { .keys = &key, .nkeys = 1 };
static struct csg_profile_route route = { .name = word };
static struct csg_profile profile = {
	.name = word, .routes = &route, .nroutes = 1
};
static struct csg_tally tally = { .policy = &policy,
	.msg = &request_msg,
	.request = &request,
	.profile = &profile };
static struct csg_tally old = { .msg = &small_msg };
static struct csg_record record = { .tally = &old, .seal_env = &small };
static struct csg_link links[VERSIONS];
static struct csg_chain chain = { .links = links, .n = 1 };

/* DER that is so many bytes when armoured, or a few less. */
static void
resize(struct csg_envelope *e, size_t armoured)
{
	csg_buf_free(&e->der);
	e->der.len = armoured / 65 * 48;
	e->der.data = calloc(1, e->der.len + 1);
}

/* Does it fit?  what is in the text of a refusal. */
static bool
fits(enum csg_format_id format, const char *what)
{
	struct csg_err err = { 0 };

	profile.format = format;
	if (csg_capacity_check(&chain, &tally, &err) == CSG_OK)
		return true;
	CHECK(err.reason == CSG_R_LIMIT);
	CHECK(strstr(err.text, what) != NULL);
	return false;
}

static void
start(const char *what)
{
	unit_case(what);
	resize(&chain_env, 1000);
	resize(&request_env, 1000);
	request.n = 1;
	request.destroy = NULL;
	artifacts[0].size = 4 * MIB;
	chain.n = 1;
}

static void
test_proof(void)
{
	start("a proof fits into a file, with what comes later");
	resize(&request_env, CSG_MAX_FILE - MIB - LITTLE);
	CHECK(fits(CSG_FORMAT_RAW, ""));
	resize(&request_env, CSG_MAX_FILE - MIB);
	CHECK(!fits(CSG_FORMAT_RAW, "the proof would have"));
}

static void
test_chain(void)
{
	start("a chain takes half of a file, with the new version");
	resize(&chain_env, CSG_MAX_CHAIN - 7 * MIB - 2 * LITTLE);
	CHECK(fits(CSG_FORMAT_POLICY, ""));
	resize(&chain_env, CSG_MAX_CHAIN - 7 * MIB);
	CHECK(!fits(CSG_FORMAT_POLICY, "the policy chain would have"));
	CHECK(fits(CSG_FORMAT_RAW, ""));
	request.destroy = word;
	request.n = 0;
	CHECK(fits(CSG_FORMAT_POLICY, ""));
	start("whatever size the request says that its policy has");
	CHECK(fits(CSG_FORMAT_POLICY, ""));
	artifacts[0].size = UINT64_MAX / 2;
	CHECK(!fits(CSG_FORMAT_POLICY, "the policy chain would have"));
}

static void
test_messages(void)
{
	start("messages are counted, too");
	chain.n = VERSIONS - 1; /* of three, and four of the proof */
	CHECK(fits(CSG_FORMAT_RAW, ""));
	chain.n = VERSIONS;
	CHECK(!fits(CSG_FORMAT_RAW, "4099 messages"));
	chain.n = 1022;
	CHECK(fits(CSG_FORMAT_POLICY, ""));
	chain.n = 1023;
	CHECK(!fits(CSG_FORMAT_POLICY, "3073 messages"));
	CHECK(fits(CSG_FORMAT_RAW, ""));
}

static void
test_seal(void)
{
	start("a seal is no larger than it may be, and counts in the proof");
	request.n = CSG_MAX_ARTIFACTS;
	name[450] = '\0';
	CHECK(fits(CSG_FORMAT_RAW, ""));
	resize(&request_env, 64 * MIB);
	CHECK(!fits(CSG_FORMAT_RAW, "the proof would have"));
	name[450] = 'a';
	CHECK(!fits(CSG_FORMAT_RAW, "the seal would be larger"));
}

int
main(void)
{
	size_t i;

	resize(&small, 100);
	memset(name, 'a', sizeof(name) - 1);
	for (i = 0; i < CSG_MAX_ARTIFACTS; i++)
		artifacts[i].name = name;
	for (i = 0; i < VERSIONS; i++)
		links[i] = (struct csg_link){ .policy = &policy,
			.msg = i == 0 ? &chain_msg : &small_msg,
			.record = &record };
	test_proof();
	test_chain();
	test_messages();
	test_seal();
	csg_buf_free(&small.der);
	csg_buf_free(&chain_env.der);
	csg_buf_free(&request_env.der);
	return unit_done();
}
