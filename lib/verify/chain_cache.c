#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/io.h"
#include "lib/decide/recount.h"
#include "lib/verify/chain_cache.h"

/* A chain up to one link: it owns that link and borrows those before it from
 * shorter chains. */
struct held {
	struct csg_chain chain; /* first: csg_chains_recount() relies on it */
	struct csg_bundle messages; /* of the last link */
	struct csg_id id; /* of all messages up to the last link */
	struct csg_err falls; /* why not valid without those left out */
};

struct csg_chains {
	const struct csg_trust *trust;
	char *const *without;
	struct csg_verified *verified;
	pthread_mutex_t lock;
	struct held **held;
	size_t n;
};

enum csg_rc
csg_chains_new(const struct csg_trust *trust, char *const *without,
    struct csg_chains **out, struct csg_err *err)
{
	struct csg_chains *cs;
	enum csg_rc rc;

	*out = NULL;
	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return csg_fail_mem(err);
	if ((rc = csg_verified_new(&cs->verified, err)) != CSG_OK) {
		free(cs);
		return rc;
	}
	if (pthread_mutex_init(&cs->lock, NULL) != 0) {
		csg_verified_free(cs->verified);
		free(cs);
		return csg_fail(
		    err, CSG_R_IO, "cannot create a lock for policy chains");
	}
	cs->trust = trust;
	cs->without = without;
	*out = cs; /* transferred */
	return CSG_OK;
}

struct csg_verified *
csg_chains_verified(struct csg_chains *cs)
{
	return cs->verified;
}

static void
held_free(struct held *h)
{
	struct csg_link *own;

	if (h == NULL)
		return;
	if (h->chain.n > 0) {
		own = &h->chain.links[h->chain.n - 1];
		csg_link_clear(own);
	}
	free(h->chain.links);
	free(h->chain.policies);
	csg_bundle_clear(&h->messages);
	free(h);
}

void
csg_chains_free(struct csg_chains *cs)
{
	size_t i;

	if (cs == NULL)
		return;
	for (i = 0; i < cs->n; i++)
		held_free(cs->held[i]);
	free(cs->held);
	csg_verified_free(cs->verified);
	(void)pthread_mutex_destroy(&cs->lock);
	free(cs);
}

/* ---- the links of a bundle ---- */

struct span {
	size_t end; /* after the link's last message */
	struct csg_id id; /* of all messages up to there */
};

/* The end of the link that begins at pos: after its seal. */
static size_t
link_end(const struct csg_bundle *b, size_t pos)
{
	while (pos < b->n && b->m[pos].env->kind != CSG_SEAL)
		pos++;
	return pos < b->n ? pos + 1 : b->n;
}

/* The id of a span: the digest of the id before it and of its messages. */
static enum csg_rc
span_id(const struct csg_bundle *b, size_t pos, size_t end,
    const struct csg_id *before, struct csg_id *out, struct csg_err *err)
{
	struct csg_buf ids = { 0 };
	struct csg_id id;
	enum csg_rc rc = CSG_OK;

	if (before != NULL)
		csg_buf_add(&ids, before->b, sizeof(before->b));
	for (; pos < end && rc == CSG_OK; pos++) {
		rc = csg_id_mem(
		    b->m[pos].env->der.data, b->m[pos].env->der.len, &id, err);
		csg_buf_add(&ids, id.b, sizeof(id.b));
	}
	if (rc == CSG_OK && (rc = csg_buf_ok(&ids, err)) == CSG_OK)
		rc = csg_id_mem(ids.data, ids.len, out, err);
	csg_buf_free(&ids);
	return rc;
}

/* Find the spans of the links; spans has room for every message. */
static enum csg_rc
find_spans(const struct csg_bundle *b, struct span *spans, size_t *n,
    struct csg_err *err)
{
	size_t pos = 0;
	enum csg_rc rc = CSG_OK;

	for (*n = 0;
	    rc == CSG_OK && pos < b->n && b->m[pos].env->kind == CSG_POLICY;
	    (*n)++) {
		spans[*n].end = link_end(b, pos);
		rc = span_id(b, pos, spans[*n].end,
		    *n > 0 ? &spans[*n - 1].id : NULL, &spans[*n].id, err);
		pos = spans[*n].end;
	}
	return rc;
}

/* ---- keeping ---- */

static struct held *
find_held(const struct csg_chains *cs, const struct csg_id *id)
{
	size_t i;

	for (i = 0; i < cs->n; i++)
		if (csg_id_equal(&cs->held[i]->id, id))
			return cs->held[i];
	return NULL;
}

/* Make a chain with before's links, and the messages of the next link. */
static enum csg_rc
held_new(const struct held *before, struct csg_bundle *b, size_t from,
    size_t to, struct held **out, struct csg_err *err)
{
	struct held *h;
	size_t i, n = before != NULL ? before->chain.n : 0;

	*out = h = calloc(1, sizeof(*h));
	if (h == NULL ||
	    (h->chain.links = calloc(n + 1, sizeof(*h->chain.links))) == NULL ||
	    (h->chain.policies = calloc(n + 1, sizeof(*h->chain.policies))) ==
		NULL ||
	    (h->messages.m = calloc(to - from, sizeof(*h->messages.m))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < n; i++) {
		h->chain.links[i] = before->chain.links[i];
		h->chain.policies[i] = h->chain.links[i].policy;
	}
	for (; from < to; from++) {
		h->messages.m[h->messages.n++] = b->m[from]; /* transferred */
		memset(&b->m[from], 0, sizeof(b->m[from]));
	}
	return CSG_OK;
}

/* Find whether the last link is valid without the people left out. */
static enum csg_rc
recount_link(const struct csg_chains *cs, const struct held *before,
    struct held *h, struct csg_err *err)
{
	const struct csg_link *l = &h->chain.links[h->chain.n - 1];
	enum csg_rc rc;

	if (cs->without == NULL || before == NULL)
		return CSG_OK;
	h->falls = before->falls;
	if (h->falls.rc != CSG_OK)
		return CSG_OK;
	rc = csg_tally_without(l->record->judged.tally, cs->without, &h->falls);
	if (rc == CSG_TROUBLE) {
		if (err != NULL)
			*err = h->falls;
		return rc;
	}
	if (rc != CSG_OK)
		(void)csg_err_prefix(
		    &h->falls, "policy version %zu ", h->chain.n);
	return CSG_OK;
}

/* Recount one link and keep the chain up to it. */
static enum csg_rc
hold(struct csg_chains *cs, const struct held *before, struct csg_bundle *b,
    size_t from, const struct span *span, struct held **out,
    struct csg_err *err)
{
	struct held *h = NULL, **held;
	size_t pos = 0;
	enum csg_rc rc;

	*out = NULL;
	held = realloc(cs->held, (cs->n + 1) * sizeof(struct held *));
	if (held == NULL)
		return csg_fail_mem(err);
	cs->held = held;
	if ((rc = held_new(before, b, from, span->end, &h, err)) != CSG_OK)
		goto out;
	h->id = span->id;
	h->chain.n = before != NULL ? before->chain.n : 0;
	rc = csg_chain_extend(&h->chain, &h->messages, &pos, cs->trust, err);
	if (rc != CSG_OK) {
		h->chain.n = 0; /* the last one is borrowed */
		goto out;
	}
	if ((rc = recount_link(cs, before, h, err)) != CSG_OK)
		goto out;
	cs->held[cs->n++] = *out = h; /* transferred */
	h = NULL;
out:
	held_free(h);
	return rc;
}

/* The longest chain of the spans that is kept; *k becomes its length. */
static struct held *
find_longest(
    const struct csg_chains *cs, const struct span *spans, size_t n, size_t *k)
{
	struct held *h = NULL;

	for (*k = n; *k > 0; (*k)--)
		if ((h = find_held(cs, &spans[*k - 1].id)) != NULL)
			break;
	return h;
}

/* Free the first n messages of b: the kept chain has its own. */
static void
drop_messages(struct csg_bundle *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		csg_envelope_free(b->m[i].env);
		free(b->m[i].origin);
		memset(&b->m[i], 0, sizeof(b->m[i]));
	}
}

enum csg_rc
csg_chains_verify(struct csg_chains *cs, struct csg_bundle *b,
    const struct csg_chain **out, size_t *used, struct csg_err *err)
{
	struct span *spans;
	struct held *h = NULL;
	size_t n, k;
	enum csg_rc rc;

	*out = NULL;
	*used = 0;
	if ((spans = calloc(b->n + 1, sizeof(*spans))) == NULL)
		return csg_fail_mem(err);
	if ((rc = find_spans(b, spans, &n, err)) == CSG_OK && n == 0)
		rc = csg_fail(err, CSG_R_TYPE, "no policy chain");
	if (rc != CSG_OK)
		goto out;
	/* a second thread with the same new link waits and finds it kept */
	(void)pthread_mutex_lock(&cs->lock);
	for (h = find_longest(cs, spans, n, &k); k < n && rc == CSG_OK; k++)
		rc = hold(
		    cs, h, b, k > 0 ? spans[k - 1].end : 0, &spans[k], &h, err);
	(void)pthread_mutex_unlock(&cs->lock);
	if (rc == CSG_OK) {
		*out = &h->chain;
		*used = spans[n - 1].end;
		drop_messages(b, *used);
	}
out:
	free(spans);
	return rc;
}

enum csg_rc
csg_chains_read(struct csg_chains *cs, const char *origin, const void *text,
    size_t len, const struct csg_chain **out, struct csg_err *err)
{
	struct csg_bundle b = { .verified = cs->verified };
	size_t used;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_chain_messages(origin, text, len, &b, err)) == CSG_OK &&
	    (rc = csg_chains_verify(cs, &b, out, &used, err)) == CSG_OK &&
	    (rc = csg_chain_ends(&b, used, err)) != CSG_OK)
		*out = NULL;
	csg_bundle_clear(&b);
	return rc;
}

enum csg_rc
csg_chains_load(struct csg_chains *cs, const char *path,
    const struct csg_chain **out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK)
		rc = csg_chains_read(cs, path, text.data, text.len, out, err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_chains_recount(const struct csg_chains *cs, const struct csg_chain *c,
    struct csg_tally *t, struct csg_err *err)
{
	const struct held *h = (const struct held *)c;
	enum csg_rc rc;

	if (cs->without == NULL)
		return CSG_OK;
	if ((rc = csg_tally_without(t, cs->without, err)) != CSG_OK ||
	    h->falls.rc == CSG_OK)
		return rc;
	if (err != NULL)
		*err = h->falls;
	return h->falls.rc;
}

static bool
knows(const struct csg_chain *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (csg_policy_user(c->links[i].policy, name) != CSG_NONE)
			return true;
	return false;
}

const char *
csg_chains_stranger(const struct csg_chains *cs)
{
	char *const *name = cs->without;
	size_t i;

	for (; name != NULL && *name != NULL; name++) {
		for (i = 0; i < cs->n; i++)
			if (knows(&cs->held[i]->chain, *name))
				break;
		if (i == cs->n)
			return *name;
	}
	return NULL;
}

unsigned
csg_chains_algs(const struct csg_chains *cs)
{
	const struct csg_policy *p;
	unsigned algs = 0;
	size_t i, k;

	/* older versions are kept as chains of their own */
	for (i = 0; i < cs->n; i++) {
		p = csg_chain_policy(&cs->held[i]->chain);
		for (k = 0; k < p->nkeys; k++)
			algs |= 1U << p->keys[k].cert->alg;
	}
	return algs;
}

const struct csg_chain *
csg_chains_longest(const struct csg_chains *cs)
{
	const struct held *h, *longest = NULL;
	size_t i;

	for (i = 0; i < cs->n; i++) {
		h = cs->held[i];
		if (longest == NULL || h->chain.n > longest->chain.n ||
		    (h->chain.n == longest->chain.n &&
			csg_id_cmp(&h->id, &longest->id) < 0))
			longest = h;
	}
	return longest != NULL ? &longest->chain : NULL;
}

enum csg_rc
csg_chains_agree(const struct csg_chains *cs, struct csg_err *err)
{
	const struct csg_chain *longest = csg_chains_longest(cs);
	struct csg_err first = { 0 }, e = { 0 };
	size_t i;

	for (i = 0; i < cs->n; i++)
		if (csg_chain_compatible(&cs->held[i]->chain, longest, &e) !=
			CSG_OK &&
		    (first.rc == CSG_OK || strcmp(e.text, first.text) < 0))
			first = e;
	if (first.rc != CSG_OK && err != NULL)
		*err = first;
	return first.rc;
}
