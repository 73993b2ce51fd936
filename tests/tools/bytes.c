/*
 * bytes KIND TRUST CHAIN FILE...: every byte and every line of a file tampered
 * with, and every end of it cut off, in one process.
 *
 *	bytes trust TRUST CHAIN TRUST
 *	bytes chain TRUST CHAIN CHAIN
 *	bytes request TRUST CHAIN REQUEST
 *	bytes vote TRUST CHAIN VOTE REQUEST
 *	bytes record TRUST CHAIN PROOF-WITHOUT-CHAIN
 *	bytes signature TRUST CHAIN SIGNATURE PROOF ARTIFACT
 *
 * Each variation must be refused or mean what the file means: the same
 * request, the same chain.  The others are told of, and fail.  With BYTES_STEP
 * only every such byte and end is tried, for builds that are slow.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/verify/verify.h"

static const char *chain_path;
static struct csg_trust *trust;
static struct csg_chain *chain;
static struct csg_buf request; /* of a vote: its text */
static struct csg_proof *proof; /* of a signature */
static struct csg_hashes hashes;
static struct csg_buf meaning; /* what the file says, in one spelling */
static struct csg_err err;
static unsigned long tried, same, other;
static size_t step = 1;

/* An anchor is not signed.  It is the founding policy's id and a key: what
 * holds the chain has both. */
static bool
read_trust(const void *text, size_t len, struct csg_buf *out)
{
	struct csg_trust *t = NULL;
	struct csg_chain *c = NULL;
	bool ok = csg_trust_read(text, len, &t, &err) == CSG_OK &&
	    csg_chain_load(chain_path, t, &c, &err) == CSG_OK;

	if (ok) {
		csg_buf_add(out, &t->founding, sizeof(t->founding));
		csg_buf_add(out, &t->cert->spki, sizeof(t->cert->spki));
	}
	csg_chain_free(c);
	csg_trust_free(t);
	return ok;
}

static bool
read_chain(const void *text, size_t len, struct csg_buf *out)
{
	struct csg_chain *c = NULL;

	if (csg_chain_read("chain", text, len, trust, &c, &err) != CSG_OK)
		return false;
	csg_chain_armor(c, out);
	csg_chain_free(c);
	return true;
}

/* What csg-endorse does to a request: one message, form and right. */
static bool
read_request(const void *text, size_t len, struct csg_buf *out)
{
	const struct csg_policy *p = csg_chain_policy(chain);
	const struct csg_profile *profile;
	struct csg_author by;
	struct csg_bundle b = { 0 };
	struct csg_request *r = NULL;
	bool ok;

	ok = csg_bundle_add(&b, "request", text, len, &err) == CSG_OK &&
	    b.n == 1 && b.nbroken == 0 &&
	    csg_request_read(b.m[0].env, &r, &err) == CSG_OK &&
	    csg_id_equal(&r->head.policy, &p->id) &&
	    csg_message_verify(p, &r->head, b.m[0].env, &by, &err) == CSG_OK &&
	    csg_request_check(
		r, b.m[0].env, p, &by, r->head.time, &profile, &err) == CSG_OK;
	if (ok)
		csg_envelope_armor(b.m[0].env, out);
	csg_request_free(r);
	csg_bundle_clear(&b);
	return ok;
}

/* What csg-sign does to a vote: it counts with its request, or does not. */
static bool
read_vote(const void *text, size_t len, struct csg_buf *out)
{
	struct csg_bundle b = { 0 };
	struct csg_case c = { 0 };
	const struct csg_terms terms = { .policy = csg_chain_policy(chain),
		.time = (int64_t)time(NULL) };
	struct csg_tally *t = NULL;
	bool ok;

	ok = csg_bundle_add(&b, "request", request.data, request.len, &err) ==
		CSG_OK &&
	    csg_bundle_add(&b, "vote", text, len, &err) == CSG_OK && b.n == 2 &&
	    b.nbroken == 0 &&
	    csg_case_open(&b, chain->policies, chain->n, &c, &err) == CSG_OK &&
	    csg_tally_make(&c, &terms, &t, &err) == CSG_OK && t->n == 1 &&
	    t->votes[0].counted;
	if (ok)
		csg_envelope_armor(t->votes[0].msg->env, out);
	csg_tally_free(t);
	csg_case_clear(&c);
	csg_bundle_clear(&b);
	return ok;
}

/* What stands behind the chain in a proof, as csg_proof_read() goes on when
 * it has the chain. */
static bool
read_record(const void *text, size_t len, struct csg_buf *out)
{
	struct csg_bundle b = { 0 };
	struct csg_case c = { 0 };
	struct csg_record *r = NULL;
	size_t pos = 0;
	bool ok;

	ok = csg_bundle_add(&b, "record", text, len, &err) == CSG_OK &&
	    b.nbroken == 0 &&
	    csg_case_take(&b, &pos, false, &c, &err) == CSG_OK && pos == b.n &&
	    csg_case_verify(&c, chain->policies, chain->n, &err) == CSG_OK &&
	    csg_record_check(
		&c, csg_chain_policy(chain), NULL, &r, NULL, &err) == CSG_OK &&
	    csg_record_receipt(r, &c, &err) == CSG_OK;
	if (ok) {
		csg_tally_armor(r->tally, out);
		csg_envelope_armor(r->seal_env, out);
		csg_envelope_armor(r->receipt_env, out);
	}
	csg_record_free(r);
	csg_case_clear(&c);
	csg_bundle_clear(&b);
	return ok;
}

static bool
read_signature(const void *sig, size_t len, struct csg_buf *out)
{
	if (csg_verify_output(proof, 0, &hashes, sig, len, &err) != CSG_OK)
		return false;
	csg_buf_add(out, sig, len);
	return true;
}

/* Where a file is read in a moment, more is tried. */
static const struct kind {
	const char *word;
	bool (*reader)(const void *text, size_t len, struct csg_buf *out);
	bool every_way;
	int argc;
} kinds[] = { { "trust", read_trust, true, 5 },
	{ "chain", read_chain, false, 5 }, { "request", read_request, true, 5 },
	{ "vote", read_vote, true, 6 }, { "record", read_record, false, 5 },
	{ "signature", read_signature, true, 7 }, { NULL, NULL, false, 0 } };
static const struct kind *kind;

static void
judge(const struct csg_buf *b, const char *what, size_t at)
{
	struct csg_buf out = { 0 };

	tried++;
	if (kind->reader(b->data, b->len, &out)) {
		if (out.len == meaning.len &&
		    memcmp(out.data, meaning.data, out.len) == 0)
			same++;
		else {
			other++;
			printf("%s at %zu is another message\n", what, at);
		}
	}
	csg_buf_free(&out);
}

/* Attack 23: each byte becomes another of base64 and, where time allows, each
 * character that blocks and lines are made of, and has a bit turned. */
static void
tamper_bytes(struct csg_buf *b)
{
	unsigned char old;
	const char *c;
	size_t i;

	for (i = 0; i < b->len; i += step) {
		old = b->data[i];
		b->data[i] = old == 'A' ? 'B' : 'A';
		judge(b, "another letter", i);
		for (c = kind->every_way ? "/+= \n\r\t-.>" : ""; *c != '\0';
		    c++) {
			b->data[i] = (unsigned char)*c;
			if (old != (unsigned char)*c)
				judge(b, "a changed character", i);
		}
		b->data[i] = old ^ (unsigned char)(1 << i % 8);
		if (kind->every_way)
			judge(b, "a turned bit", i);
		b->data[i] = old;
	}
}

static void
cut(const struct csg_buf *b)
{
	struct csg_buf part = *b;

	for (part.len = 0; part.len < b->len; part.len += step)
		judge(&part, "an end cut off", part.len);
}

/* Attack 9: a line lost, doubled, swapped with the next, quoted. */
static void
tamper_line(const char *text, const char *line, const char *next)
{
	const char *after = strchr(next, '\n');
	const size_t at = (size_t)(line - text), len = (size_t)(next - line);
	struct csg_buf b = { 0 };

	csg_buf_printf(&b, "%.*s%s", (int)at, text, next);
	judge(&b, "a lost line", at);
	csg_buf_free(&b);
	csg_buf_printf(&b, "%.*s%s", (int)(next - text), text, line);
	judge(&b, "a doubled line", at);
	csg_buf_free(&b);
	csg_buf_printf(&b, "%.*s> %s", (int)at, text, line);
	judge(&b, "a quoted line", at);
	csg_buf_free(&b);
	if (after == NULL)
		return;
	csg_buf_printf(&b, "%.*s%.*s%.*s%s", (int)at, text,
	    (int)(after + 1 - next), next, (int)len, line, after + 1);
	judge(&b, "a swapped line", at);
	csg_buf_free(&b);
}

static void
tamper_lines(const struct csg_buf *b)
{
	const char *text = (const char *)b->data, *line, *next;

	if (strlen(text) != b->len) /* no text */
		return;
	for (line = text; (next = strchr(line, '\n')) != NULL; line = next + 1)
		tamper_line(text, line, next + 1);
}

static bool
read_file(const char *path, struct csg_buf *out)
{
	return csg_io_read(path, CSG_MAX_FILE, out, &err) == CSG_OK;
}

/* What the artifact of a signature was. */
static bool
load_proof(const char *path, const char *artifact)
{
	const struct csg_proof_in in = { .trust = trust };
	struct csg_buf text = { 0 };
	int fd = csg_io_open(artifact, &err);
	bool ok = fd != -1 && read_file(path, &text) &&
	    csg_hash_fd(fd, 7, &hashes, &err) == CSG_OK &&
	    csg_proof_read("proof", text.data, text.len, &in, &proof, &err) ==
		CSG_OK;

	if (fd != -1)
		(void)close(fd);
	csg_buf_free(&text);
	return ok;
}

static bool
load(char *argv[], struct csg_buf *file)
{
	bool ok;

	chain_path = argv[3];
	ok = csg_trust_load(argv[2], &trust, &err) == CSG_OK &&
	    csg_chain_load(argv[3], trust, &chain, &err) == CSG_OK &&
	    read_file(argv[4], file) &&
	    (kind->argc != 6 || read_file(argv[5], &request)) &&
	    (kind->argc != 7 || load_proof(argv[5], argv[6])) &&
	    kind->reader(file->data, file->len, &meaning);
	if (!ok)
		(void)fprintf(stderr, "bytes: %s\n", err.text);
	return ok;
}

int
main(int argc, char *argv[])
{
	struct csg_buf file = { 0 };
	const char *every;

	for (kind = kinds; kind->word != NULL &&
	    (argc < 2 || strcmp(kind->word, argv[1]) != 0);
	    kind++)
		;
	if (argc != kind->argc || !load(argv, &file))
		return 2;
	if ((every = getenv("BYTES_STEP")) != NULL)
		step = strtoul(every, NULL, 10);
	tamper_bytes(&file);
	cut(&file);
	tamper_lines(&file);
	printf("%lu tried, %lu the same, %lu another\n", tried, same, other);
	csg_buf_free(&file);
	csg_buf_free(&meaning);
	csg_buf_free(&request);
	csg_proof_free(proof);
	csg_chain_free(chain);
	csg_trust_free(trust);
	return other != 0;
}
