#include <stdlib.h>
#include <string.h>

#include "lib/workstation/capacity.h"

/* Sizes that are estimated: the DER around a message's YAML; and the messages
 * made later (the operator's act, the receipt), armoured. */
#define AROUND (64 * 1024)
#define LATER (1024 * 1024)
#define LATER_MESSAGES 2

/* The YAML of the seal, without its digests. */
static enum csg_rc
expect_seal(
    const struct csg_tally *t, struct csg_buf *yaml, struct csg_err *err)
{
	const struct csg_request *req = t->request;
	struct csg_seal seal = {
		.head = { .time = t->time,
		    .policy = t->policy->id,
		    .author = t->policy->keys[t->profile->key].name },
		.request = req->id,
		.route = (char *)(uintptr_t)csg_tally_route(t),
		.n = req->n
	};
	size_t i;
	enum csg_rc rc;

	if ((seal.artifacts = calloc(req->n + 1, sizeof(*seal.artifacts))) ==
	    NULL)
		return csg_fail_mem(err);
	for (i = 0; i < req->n; i++)
		seal.artifacts[i].name = req->artifacts[i].name;
	rc = csg_seal_write(&seal, yaml, err);
	free(seal.artifacts);
	return rc;
}

static enum csg_rc
add_seal(const struct csg_tally *t, struct csg_buf *text, struct csg_err *err)
{
	struct csg_buf yaml = { 0 };
	enum csg_rc rc;

	if ((rc = expect_seal(t, &yaml, err)) == CSG_OK &&
	    yaml.len > csg_kind_max(CSG_SEAL) - AROUND)
		rc = csg_fail(err, CSG_R_LIMIT,
		    "the seal would be larger than %zu bytes: request fewer artifacts at once",
		    csg_kind_max(CSG_SEAL));
	if (rc == CSG_OK)
		csg_armor_write(text, yaml.data, yaml.len);
	csg_buf_free(&yaml);
	return rc != CSG_OK ? rc : csg_buf_ok(text, err);
}

/* The number of blocks in an armoured text. */
static size_t
count_blocks(const struct csg_buf *text)
{
	static const char begin[] = "-----BEGIN";
	const char *s = csg_buf_str(text);
	size_t n = 0;

	while ((s = strstr(s, begin)) != NULL) {
		s += sizeof(begin) - 1;
		n++;
	}
	return n;
}

/* If the request makes a new policy: check the size of the chain with the new
 * version.  Its link has the policy where the proof has a receipt. */
static enum csg_rc
check_chain(
    const struct csg_tally *t, size_t len, size_t n, struct csg_err *err)
{
	if (!csg_tally_makes_policy(t))
		return CSG_OK;
	/* in base64 */
	len += (size_t)t->request->artifacts[0].size / 2 * 3 + AROUND;
	if (len <= CSG_MAX_CHAIN && n <= CSG_MAX_CHAIN_MESSAGES)
		return CSG_OK;
	return csg_fail(err, CSG_R_LIMIT,
	    "the policy chain would have about %zu bytes and %zu messages; at most %d and %d leave room for what is signed under it",
	    len, n, CSG_MAX_CHAIN, CSG_MAX_CHAIN_MESSAGES);
}

enum csg_rc
csg_capacity_check(const struct csg_chain *chain, const struct csg_tally *t,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	size_t len, n;
	enum csg_rc rc;

	csg_chain_armor(chain, &text);
	csg_tally_armor(t, &text);
	rc = add_seal(t, &text, err);
	len = text.len + LATER;
	n = count_blocks(&text) + LATER_MESSAGES;
	csg_buf_free(&text);
	if (rc != CSG_OK || (rc = check_chain(t, len, n, err)) != CSG_OK)
		return rc;
	if (len <= CSG_MAX_FILE && n <= CSG_MAX_MESSAGES)
		return CSG_OK;
	return csg_fail(err, CSG_R_LIMIT,
	    "the proof would have about %zu bytes and %zu messages, more than the %d and %d that can be read back",
	    len, n, CSG_MAX_FILE, CSG_MAX_MESSAGES);
}
