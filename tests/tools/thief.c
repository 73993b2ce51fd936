/*
 * thief: what somebody with the PIN can make.
 *
 *	thief MODULE PIN TRUST CHAIN LATER ARTIFACT REQUEST VOTE...
 *	thief MODULE PIN TRUST CHAIN receipt YAML
 *
 * The first makes, LATER seconds from now, signature, seal and evidence
 * exactly as csg-sign's, but without asking whether the votes are enough, or
 * are votes at all.  Writes ARTIFACT.p7s (or .sig) and thief.csgproof, or for
 * a policy thief.csgpolicy.  The ledger's receipt is not there: it would take
 * the ledger, too, and csg-verify looks for it last.  The second signs a
 * receipt's words with the ledger's key and prints the message.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "lib/verify/chain.h"
#include "lib/sign/sealing.h"
#include "lib/sign/sign.h"
#include "lib/base/time.h"

static struct csg_err err;

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "thief: %s: %s\n", what, err.text);
	exit(2);
}

static void
too_late(const char *what)
{
	(void)what;
	_exit(2);
}

static void
log_in(const char *module, const char *pin, struct csg_token **t)
{
	static const struct csg_deadline deadline = { CSG_DEADLINE_SECONDS,
		too_late };
	struct csg_secret s = { OPENSSL_secure_zalloc(strlen(pin) + 1),
		strlen(pin) };
	const struct csg_pin_source source = csg_pin_known(&s);

	must(s.s != NULL, "memory");
	memcpy(s.s, pin, s.len);
	must(csg_token_open(module, "pkcs11:token=csg", &deadline, t, &err) ==
		    CSG_OK &&
		csg_token_login(*t, &source, &err) == CSG_OK,
	    "token");
	csg_secret_free(&s);
}

/* Of whatever votes came along. */
static void
evidence_of(const struct csg_tally *t, const struct csg_bundle *b,
    const char *route, struct csg_id *digest)
{
	struct csg_evidence e = { .policy = t->policy->id,
		.request = t->request->id,
		.time = t->time,
		.route = route };
	struct csg_buf text = { 0 };
	size_t i;

	e.votes = calloc(b->n + 1, sizeof(*e.votes));
	must(e.votes != NULL, "memory");
	for (i = 1; i < b->n; i++)
		e.votes[e.nvotes++] = b->m[i].env->id;
	must(csg_evidence_text(&e, &text, digest, &err) == CSG_OK, "evidence");
	csg_buf_free(&text);
	free(e.votes);
}

static void
sign_artifact(const struct csg_tally *t, const struct csg_signer_key *k,
    const char *path, const struct csg_id *evidence, struct csg_sealed *sealed,
    struct csg_buf *made)
{
	char attr[CSG_EVIDENCE_ATTR];
	struct csg_draft draft = CSG_DRAFT_NONE;
	struct csg_hashes h;
	struct csg_target w = { .artifact = &t->request->artifacts[0],
		.hashes = &h,
		.draft = &draft,
		.policy = t->policy,
		.time = t->time,
		.evidence = csg_evidence_attr(t->request, evidence, attr) };

	int fd;

	must(csg_file_hash(AT_FDCWD, path, 1U << k->cert->alg, &h, &fd, &err) ==
		CSG_OK,
	    path);
	if (csg_format(t->profile->format)->reads_draft)
		must(csg_draft_read(fd, &h, &draft, &err) == CSG_OK, path);
	must(csg_format(t->profile->format)->sign(&w, k, made, &err) == CSG_OK,
	    "signature");
	(void)close(fd);
	csg_draft_clear(&draft);
	*sealed =
	    (struct csg_sealed){ .name = w.artifact->name, .input = h.id };
	must(csg_id_mem(made->data, made->len, &sealed->output, &err) == CSG_OK,
	    "digest");
}

static void
save(const char *name, const struct csg_buf *b)
{
	must(csg_io_write(".", name, 0644, b->data, b->len,
		 CSG_EXISTING_REPLACE, &err) == CSG_OK,
	    name);
}

/* A proof, or the chain with its new link. */
static void
prove(const struct csg_chain *c, const struct csg_buf *link,
    const struct csg_bundle *b, const struct csg_buf *seal)
{
	struct csg_buf text = { 0 };
	size_t i;

	csg_chain_armor(c, &text);
	if (link != NULL)
		csg_armor_write(&text, link->data, link->len);
	for (i = 0; i < b->n; i++)
		csg_envelope_armor(b->m[i].env, &text);
	csg_buf_add(&text, seal->data, seal->len);
	save(link != NULL ? "thief.csgpolicy" : "thief.csgproof", &text);
	csg_buf_free(&text);
}

/* As of the time that the words say. */
static void
sign_receipt(
    const struct csg_policy *p, struct csg_token *token, const char *path)
{
	const struct csg_key *key = &p->keys[p->ledger_key];
	struct csg_signer_key k;
	struct csg_envelope *env = NULL;
	struct csg_buf yaml = { 0 }, text = { 0 };
	const char *s;
	char when[CSG_TIME_LEN] = "";
	int64_t t;

	must(csg_io_read(path, CSG_MAX_FILE, &yaml, &err) == CSG_OK, path);
	must((s = strstr(csg_buf_str(&yaml), "\ntime: ")) != NULL, path);
	memcpy(when, s + strlen("\ntime: "), CSG_TIME_LEN - 1);
	must(csg_time_parse(when, &t, &err) == CSG_OK, when);
	must(csg_token_signing_key(
		 token, key->uri, key->cert, key->pss, &k, &err) == CSG_OK &&
		csg_envelope_make(&k, CSG_RECEIPT, &yaml, t, &env, &err) ==
		    CSG_OK,
	    "receipt");
	csg_envelope_armor(env, &text);
	(void)fputs(csg_buf_str(&text), stdout);
	csg_envelope_free(env);
	csg_buf_free(&text);
	csg_buf_free(&yaml);
}

static void
load_policy(char *argv[], struct csg_trust **trust, struct csg_chain **chain)
{
	must(csg_trust_load(argv[3], trust, &err) == CSG_OK &&
		csg_chain_load(argv[4], *trust, chain, &err) == CSG_OK,
	    "policy");
}

int
main(int argc, char *argv[])
{
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	struct csg_token *token = NULL;
	struct csg_bundle b = { 0 };
	struct csg_tally t = { 0 };
	struct csg_request *request;
	struct csg_signer_key k;
	struct csg_sealed sealed;
	struct csg_buf seal = { 0 }, made = { 0 }, name = { 0 };
	struct csg_id evidence;
	const struct csg_key *key;
	int i;

	must(argc >= 7, "usage");
	load_policy(argv, &trust, &chain);
	log_in(argv[1], argv[2], &token);
	if (strcmp(argv[5], "receipt") == 0) {
		sign_receipt(csg_chain_policy(chain), token, argv[6]);
		goto out;
	}
	must(argc >= 8, "usage");
	for (i = 7; i < argc; i++)
		must(csg_bundle_read_whole(&b, argv[i], &err) == CSG_OK,
		    argv[i]);
	t.policy = csg_chain_policy(chain);
	t.time = (int64_t)time(NULL) + atoi(argv[5]);
	must(csg_request_read(b.m[0].env, &request, &err) == CSG_OK, "request");
	t.request = request;
	t.profile = csg_policy_profile(t.policy, t.request->profile);
	must(t.profile != NULL, "profile");
	key = &t.policy->keys[t.profile->key];
	must(csg_token_signing_key(
		 token, key->uri, key->cert, key->pss, &k, &err) == CSG_OK,
	    "key");
	evidence_of(&t, &b, csg_tally_route(&t), &evidence);
	sign_artifact(&t, &k, argv[6], &evidence, &sealed, &made);
	must(csg_seal_make(&t, &k, key->name, &evidence, &sealed, 1, NULL,
		 &seal, &err) == CSG_OK,
	    "seal");
	csg_format_output(csg_format(t.profile->format), argv[6], &name);
	if (t.profile->format == CSG_FORMAT_POLICY)
		prove(chain, &made, &b, &seal);
	else {
		save(csg_buf_str(&name), &made);
		prove(chain, NULL, &b, &seal);
	}
	csg_buf_free(&made);
	csg_buf_free(&name);
	csg_buf_free(&seal);
	csg_request_free(request);
	csg_bundle_clear(&b);
out:
	csg_token_close(token);
	csg_chain_free(chain);
	csg_trust_free(trust);
	return 0;
}
