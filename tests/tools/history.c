/*
 * history: a ledger with a past of any length, for the suites.
 *
 *	history LEDGER [CHAIN] < LINES
 *
 * makes a new ledger, under the first policy of a chain, which goes with it as
 * with an export.  Its lines, in the order of their times:
 *
 *	found TIME
 *	sign TIME WAIT PROFILE ROUTE KEY REQUESTER OPERATOR COUNT ARTIFACT VOTES WHY
 *	abandon the same
 *	reject TIME PERSON COMMENT
 *	refuse TIME PROFILE REASON TEXT
 *	key TIME TEXT
 *
 * TIME is seconds since 1970, and of the entry; the request was made WAIT
 * seconds before.  VOTES is such as alice+60,bob~90,erin+3600!: who approves or
 * abstains so many seconds after the request, and blind.  A dash is nobody.
 * All messages are signed with one key that nobody knows: csg-log does not ask.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/self.h"
#include "lib/message/act.h"
#include "lib/message/bundle.h"
#include "lib/message/vote.h"
#include "lib/base/io.h"
#include "lib/ledger/ledger.h"
#include "lib/message/seal.h"
#include "lib/base/text.h"

#define FIELDS 12

static struct csg_signer_key key;
static struct csg_id policy = { { 2 } };
static struct csg_err err;

static void
die(const char *what)
{
	(void)fprintf(stderr, "history: %s %s\n", what, err.text);
	exit(1);
}

static void
must(enum csg_rc rc, const char *what)
{
	if (rc != CSG_OK)
		die(what);
}

/* Sign the YAML and append the message; its id. */
static struct csg_id
add_message(
    enum csg_kind kind, struct csg_buf *yaml, int64_t time, struct csg_buf *out)
{
	struct csg_envelope *env;
	struct csg_id id;

	must(csg_envelope_make(&key, kind, yaml, time, &env, &err), "message");
	csg_envelope_armor(env, out);
	id = env->id;
	csg_envelope_free(env);
	csg_buf_free(yaml);
	return id;
}

/* ---- requests ---- */

static char *
artifact_name(const char *name, size_t i)
{
	struct csg_buf path = { 0 }, text = { 0 };

	csg_buf_puts(&path, name);
	if (i > 0)
		csg_buf_printf(&path, ".%zu", i);
	must(csg_filename_encode(csg_buf_str(&path), &text, &err), name);
	csg_buf_free(&path);
	return (char *)text.data;
}

static struct csg_request
make_request(char **f)
{
	struct csg_request r = { .head = { f[6], atoll(f[1]) - atoll(f[2]),
				     policy },
		.profile = f[3],
		.why = f[11],
		.n = (size_t)atoll(f[8]) };
	size_t i;

	r.expires = r.head.time + 30 * 86400;
	if ((r.artifacts = calloc(r.n + 1, sizeof(*r.artifacts))) == NULL)
		die("memory");
	for (i = 0; i < r.n; i++)
		r.artifacts[i].name = artifact_name(f[9], i);
	return r;
}

static void
add_vote(const struct csg_request *r, char *text, struct csg_buf *out)
{
	const size_t who = strcspn(text, "+~");
	struct csg_endorsement v = { .head = { text, 0, policy },
		.request = r->id,
		.vote = text[who] == '+' ? CSG_APPROVE : CSG_ABSTAIN,
		.blind = strchr(text, '!') != NULL };
	struct csg_buf yaml = { 0 };

	v.head.time = r->head.time + atoll(text + who + 1);
	v.expires = r->expires;
	text[who] = '\0';
	must(csg_endorsement_write(&v, &yaml, &err), "vote");
	(void)add_message(CSG_ENDORSEMENT, &yaml, v.head.time, out);
}

static void
add_act(
    const struct csg_request *r, char *who, int64_t now, struct csg_buf *out)
{
	struct csg_act act = { .head = { who, now, policy }, .request = r->id };
	struct csg_buf yaml = { 0 };

	must(csg_act_write(&act, &yaml, &err), "act");
	(void)add_message(CSG_ACT, &yaml, now, out);
}

static void
add_seal(const struct csg_request *r, char **f, struct csg_buf *out)
{
	struct csg_seal seal = { .head = { f[5], atoll(f[1]), policy },
		.request = r->id,
		.route = f[4],
		.n = r->n };
	struct csg_buf yaml = { 0 };
	size_t i;

	if ((seal.artifacts = calloc(r->n + 1, sizeof(*seal.artifacts))) ==
	    NULL)
		die("memory");
	for (i = 0; i < r->n; i++)
		seal.artifacts[i].name = r->artifacts[i].name;
	must(csg_seal_write(&seal, &yaml, &err), "seal");
	(void)add_message(CSG_SEAL, &yaml, seal.head.time, out);
	free(seal.artifacts);
}

static void
sign(struct csg_ledger *l, char **f)
{
	struct csg_request r = make_request(f);
	struct csg_buf yaml = { 0 }, claim = { 0 }, seal = { 0 };
	struct csg_claim c = { .policy = policy,
		.time = atoll(f[1]),
		.profile = f[3],
		.route = f[4],
		.count = r.n };
	char *vote, *rest = NULL;

	must(csg_request_write(&r, &yaml, &err), "request");
	c.request = r.id = add_message(CSG_REQUEST, &yaml, r.head.time, &claim);
	for (vote = strtok_r(f[10], ",", &rest); vote != NULL;
	    vote = strtok_r(NULL, ",", &rest))
		if (vote[0] != '-')
			add_vote(&r, vote, &claim);
	if (f[7][0] != '-')
		add_act(&r, f[7], c.time, &claim);
	c.messages = (char *)claim.data;
	must(csg_ledger_claim(l, &c, c.time, &err), "claim");
	if (f[0][0] == 'a')
		must(csg_ledger_abandon(l, &r.id, c.time, f[11], &err), "end");
	else {
		add_seal(&r, f, &seal);
		must(csg_ledger_finish(
			 l, &r.id, c.time, csg_buf_str(&seal), NULL, &err),
		    "end");
	}
	while (r.n-- > 0)
		free(r.artifacts[r.n].name);
	free(r.artifacts);
	csg_buf_free(&claim);
	csg_buf_free(&seal);
}

/* ---- the others ---- */

/* An id that nothing else has. */
static struct csg_id
fresh_id(void)
{
	static uint64_t n;
	struct csg_id id;

	n++;
	must(csg_id_mem(&n, sizeof(n), &id, &err), "id");
	return id;
}

static void
reject(struct csg_ledger *l, char **f)
{
	struct csg_endorsement v = { .head = { f[2], atoll(f[1]), policy },
		.request = fresh_id(),
		.vote = CSG_REJECT,
		.expires = atoll(f[1]) + 3600,
		.comment = f[3] };
	struct csg_buf yaml = { 0 }, text = { 0 };

	must(csg_endorsement_write(&v, &yaml, &err), "rejection");
	v.id = add_message(CSG_ENDORSEMENT, &yaml, v.head.time, &text);
	must(csg_ledger_remember(
		 l, &v.request, &v.id, v.head.time, csg_buf_str(&text), &err),
	    "rejection");
	csg_buf_free(&text);
}

static void
refuse(struct csg_ledger *l, char **f)
{
	struct csg_err why = { 0 };
	struct csg_id id = fresh_id();

	for (why.reason = CSG_R_NONE + 1; why.reason < CSG_R_COUNT - 1;
	    why.reason++)
		if (strcmp(csg_reason_word(why.reason), f[3]) == 0)
			break;
	(void)snprintf(why.text, sizeof(why.text), "%s", f[4]);
	must(csg_ledger_refuse(
		 l, &id, f[2][0] != '-' ? f[2] : NULL, atoll(f[1]), &why, &err),
	    "refusal");
}

static void
play(struct csg_ledger *l, char **f)
{
	const struct csg_ledger_policy first = { 1, policy };

	if (strcmp(f[0], "sign") == 0 || strcmp(f[0], "abandon") == 0)
		sign(l, f);
	else if (strcmp(f[0], "found") == 0)
		must(csg_ledger_found(l, atoll(f[1]), &first, &err), "found");
	else if (strcmp(f[0], "reject") == 0)
		reject(l, f);
	else if (strcmp(f[0], "refuse") == 0)
		refuse(l, f);
	else if (strcmp(f[0], "key") == 0)
		must(csg_ledger_key(l, atoll(f[1]), f[2], &err), "key");
	else
		die(f[0]);
}

/* ---- the whole ---- */

/* Words, the last with what is left of the line. */
static void
split(char *line, char *f[FIELDS])
{
	static char none[] = "";
	static const struct {
		const char *verb;
		int n;
	} verbs[] = { { "found", 2 }, { "reject", 4 }, { "refuse", 5 },
		{ "key", 3 } };
	int i, n = FIELDS;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < 4; i++)
		if (strncmp(line, verbs[i].verb, strlen(verbs[i].verb)) == 0)
			n = verbs[i].n;
	for (i = 0; i < FIELDS; i++)
		f[i] = none;
	for (i = 0; i < n && line != NULL; i++)
		f[i] = i + 1 < n ? strsep(&line, " ") : line;
}

static void
put_chain(struct csg_ledger *l, const char *path)
{
	struct csg_bundle b = { 0 };
	struct csg_buf text = { 0 };

	must(csg_io_read(path, CSG_MAX_FILE, &text, &err), "chain");
	must(csg_bundle_add(&b, path, text.data, text.len, &err), "chain");
	if (b.n == 0 || b.m[0].env->kind != CSG_POLICY)
		die("no chain");
	policy = b.m[0].env->id;
	must(csg_ledger_put_note(l, "chain", csg_buf_str(&text), &err), "note");
	csg_bundle_clear(&b);
	csg_buf_free(&text);
}

int
main(int argc, char *argv[])
{
	struct csg_cert *cert;
	EVP_PKEY *pkey = NULL;
	struct csg_ledger *l;
	char *line = NULL, *f[FIELDS];
	size_t cap = 0;

	if (argc < 2 || (pkey = EVP_EC_gen("P-256")) == NULL)
		die("LEDGER [CHAIN]");
	must(unit_cert_make(pkey, false, "/CN=history", CSG_USE_PERSON, 0,
		 INT64_C(4102444800), &cert, &err),
	    "certificate");
	key = csg_pkey_signer(cert, pkey, false);
	must(csg_ledger_create(argv[1], &err), "ledger");
	must(csg_ledger_open(argv[1], false, &l, &err), "ledger");
	if (argc > 2)
		put_chain(l, argv[2]);
	while (getline(&line, &cap, stdin) > 0) {
		split(line, f);
		play(l, f);
	}
	free(line);
	csg_ledger_close(l);
	csg_cert_free(cert);
	EVP_PKEY_free(pkey);
	return 0;
}
