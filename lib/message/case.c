#include <stdlib.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/message/case.h"

void
csg_case_clear(struct csg_case *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		csg_endorsement_free(c->votes[i].vote);
	free(c->votes);
	csg_request_free(c->request);
	memset(c, 0, sizeof(*c));
}

void
csg_case_drop_policies(struct csg_case *c)
{
	c->policies = NULL;
	c->npolicies = 0;
}

/* Pass on trouble as an error, since running out of memory must not lose a
 * rejection.  A message that is bad is only recorded as such. */
static enum csg_rc
only_trouble(const struct csg_err *why, struct csg_err *err)
{
	if (why->rc != CSG_TROUBLE)
		return CSG_OK;
	if (err != NULL)
		*err = *why;
	return why->rc;
}

/* ---- verifying ---- */

/* The policy with that id, no newer than version upto (0: any version). */
static const struct csg_policy *
find_policy(const struct csg_case *c, const struct csg_id *id, uint64_t upto)
{
	size_t i;

	for (i = 0; i < c->npolicies; i++)
		if (csg_id_equal(&c->policies[i]->id, id) &&
		    (upto == 0 || c->policies[i]->version <= upto))
			return c->policies[i];
	return NULL;
}

/* Is the head signed by the ledger key of the vote's policy or an older one,
 * and no newer than the vote? */
static enum csg_rc
check_witness(const struct csg_case *c, const struct csg_policy *p,
    const struct csg_endorsement *v, const struct csg_witness *w,
    struct csg_err *err)
{
	const struct csg_receipt *r = w->receipt;

	if ((p = find_policy(c, &r->head.policy, p->version)) == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "receipt: made under a policy that is unknown, or newer than that of the vote");
	if (r->head.time > v->head.time + CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_LOG, "it is newer than the vote");
	return csg_receipt_signed(r, w->env, p, err);
}

/*
 * A vote may contain heads of the ledger that its author has seen.  If one is
 * not valid, an approval or abstention is void; a rejection stands.
 */
static enum csg_rc
check_witnesses(const struct csg_case *c, const struct csg_policy *p,
    const struct csg_endorsement *v, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	for (i = 0; i < v->nseen && v->vote != CSG_REJECT; i++)
		if ((rc = check_witness(c, p, v, &v->seen[i], err)) != CSG_OK)
			return csg_err_prefix(err,
			    "the head of the ledger that %s saw: ",
			    v->head.author);
	return CSG_OK;
}

static enum csg_rc
verify_vote(
    const struct csg_case *c, struct csg_candidate *v, struct csg_err *err)
{
	const struct csg_policy *p;
	enum csg_rc rc;

	v->by = (struct csg_author){ CSG_NONE, NULL };
	if (v->vote == NULL ||
	    !csg_id_equal(&v->vote->request, &c->request->id))
		return CSG_OK;
	v->why = (struct csg_err){ 0 };
	if ((p = find_policy(c, &v->vote->head.policy, 0)) == NULL) {
		(void)csg_fail(&v->why, CSG_R_POLICY,
		    "%s voted under a policy that is not known here",
		    v->vote->head.author);
		return CSG_OK;
	}
	if (csg_message_verify(
		p, &v->vote->head, v->msg->env, &v->by, &v->why) != CSG_OK)
		return only_trouble(&v->why, err);
	rc = check_witnesses(c, p, v->vote, &v->why);
	/* LOG: an invalid head of the ledger only voids the vote */
	return rc == CSG_OK || v->why.reason == CSG_R_LOG ?
	    CSG_OK :
	    only_trouble(&v->why, err);
}

static enum csg_rc
verify_request(struct csg_case *c, struct csg_err *err)
{
	c->by = (struct csg_author){ CSG_NONE, NULL };
	c->why = (struct csg_err){ 0 };
	c->policy = find_policy(c, &c->request->head.policy, 0);
	if (c->policy == NULL) {
		(void)csg_fail(&c->why, CSG_R_POLICY,
		    "request was made under a policy that is not known here");
		return CSG_OK;
	}
	if (csg_message_verify(c->policy, &c->request->head, c->msg->env,
		&c->by, &c->why) != CSG_OK)
		return only_trouble(&c->why, err);
	return CSG_OK;
}

enum csg_rc
csg_case_verify(struct csg_case *c, const struct csg_policy *const *policies,
    size_t n, struct csg_err *err)
{
	enum csg_rc rc;
	size_t i;

	c->policies = policies;
	c->npolicies = n;
	rc = verify_request(c, err);
	for (i = 0; i < c->n && rc == CSG_OK; i++)
		rc = verify_vote(c, &c->votes[i], err);
	return rc;
}

/* ---- reading ---- */

/* Read a message into the next place; there is room for it. */
static enum csg_rc
read_candidate(
    struct csg_case *c, const struct csg_message *m, struct csg_err *err)
{
	struct csg_candidate *v = &c->votes[c->n];

	*v = (struct csg_candidate){ .msg = m, .by = { CSG_NONE, NULL } };
	c->n++;
	if (m->env->kind != CSG_ENDORSEMENT)
		(void)csg_fail(&v->why, CSG_R_TYPE, "%s is not a vote",
		    csg_kind_one(m->env->kind));
	else if (csg_endorsement_read(m->env, &v->vote, &v->why) != CSG_OK)
		return only_trouble(&v->why, err);
	return CSG_OK;
}

static enum csg_rc
make_room(struct csg_case *c, size_t more, struct csg_err *err)
{
	struct csg_candidate *all;

	all = realloc(c->votes, (c->n + more + 1) * sizeof(*all));
	if (all == NULL)
		return csg_fail_mem(err);
	c->votes = all;
	return CSG_OK;
}

static enum csg_rc
read_request(struct csg_case *c, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_request_read(c->msg->env, &c->request, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", c->msg->origin);
	c->by = (struct csg_author){ CSG_NONE, NULL };
	return CSG_OK;
}

/* Report why there is no request: most likely, its block is broken. */
static enum csg_rc
no_request(const struct csg_bundle *b, struct csg_err *err)
{
	if (b->nbroken == 0)
		return csg_fail(
		    err, CSG_R_TYPE, "no request among the messages");
	return csg_bundle_whole(b, err);
}

static enum csg_rc
find_request(
    const struct csg_bundle *b, struct csg_case *c, struct csg_err *err)
{
	const struct csg_message *m;
	size_t i;

	for (i = 0; i < b->n; i++) {
		m = &b->m[i];
		if (m->env->kind != CSG_REQUEST)
			continue;
		if (c->msg == NULL)
			c->msg = m;
		else if (!csg_id_equal(&c->msg->env->id, &m->env->id))
			return csg_fail(err, CSG_R_REQMISMATCH,
			    "two different requests: %s and %s (one request at a time)",
			    c->msg->origin, m->origin);
	}
	return c->msg != NULL ? CSG_OK : no_request(b, err);
}

enum csg_rc
csg_case_open(const struct csg_bundle *b,
    const struct csg_policy *const *policies, size_t n, struct csg_case *out,
    struct csg_err *err)
{
	enum csg_rc rc;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->bundle = b;
	if ((rc = find_request(b, out, err)) != CSG_OK ||
	    (rc = read_request(out, err)) != CSG_OK ||
	    (rc = make_room(out, b->n, err)) != CSG_OK)
		return rc;
	for (i = 0; i < b->n && rc == CSG_OK; i++)
		if (b->m[i].env->kind != CSG_REQUEST)
			rc = read_candidate(out, &b->m[i], err);
	return rc != CSG_OK ? rc : csg_case_verify(out, policies, n, err);
}

enum csg_rc
csg_case_add_own(struct csg_case *c, const struct csg_message *m,
    const struct csg_author *by, struct csg_err *err)
{
	struct csg_candidate *v;
	enum csg_rc rc;

	if ((rc = make_room(c, 1, err)) != CSG_OK ||
	    (rc = read_candidate(c, m, err)) != CSG_OK)
		return rc;
	v = &c->votes[c->n - 1];
	if (v->vote == NULL) {
		if (err != NULL)
			*err = v->why;
		return v->why.rc;
	}
	v->by = *by;
	return CSG_OK;
}

enum csg_rc
csg_case_add(
    struct csg_case *c, const struct csg_bundle *b, struct csg_err *err)
{
	enum csg_rc rc;
	size_t i;

	if ((rc = make_room(c, b->n, err)) != CSG_OK)
		return rc;
	for (i = 0; i < b->n && rc == CSG_OK; i++)
		if ((rc = read_candidate(c, &b->m[i], err)) == CSG_OK)
			rc = verify_vote(c, &c->votes[c->n - 1], err);
	return rc;
}

/* The message at *pos, which moves on, if it is of that kind; else NULL. */
static const struct csg_message *
next_of(const struct csg_bundle *b, size_t *pos, enum csg_kind kind)
{
	if (*pos >= b->n || b->m[*pos].env->kind != kind)
		return NULL;
	return &b->m[(*pos)++];
}

/* The number of consecutive votes from pos on. */
static size_t
count_votes(const struct csg_bundle *b, size_t pos)
{
	size_t n = 0;

	while (pos + n < b->n && b->m[pos + n].env->kind == CSG_ENDORSEMENT)
		n++;
	return n;
}

static enum csg_rc
misplaced(const struct csg_bundle *b, size_t pos, const char *what,
    struct csg_err *err)
{
	return csg_fail(err, CSG_R_PARSE, "%s: a %s was expected here",
	    pos < b->n ? b->m[pos].origin : "end of messages", what);
}

enum csg_rc
csg_case_take(const struct csg_bundle *b, size_t *pos, bool unsealed,
    struct csg_case *out, struct csg_err *err)
{
	const struct csg_message *m;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((out->msg = next_of(b, pos, CSG_REQUEST)) == NULL)
		return misplaced(b, *pos, "request", err);
	if ((rc = read_request(out, err)) != CSG_OK ||
	    (rc = make_room(out, count_votes(b, *pos), err)) != CSG_OK)
		return rc;
	while ((m = next_of(b, pos, CSG_ENDORSEMENT)) != NULL)
		if ((rc = read_candidate(out, m, err)) != CSG_OK)
			return rc;
	out->act = next_of(b, pos, CSG_ACT);
	if (!unsealed && (out->seal = next_of(b, pos, CSG_SEAL)) == NULL)
		return misplaced(b, *pos, "seal", err);
	if (!unsealed)
		out->receipt = next_of(b, pos, CSG_RECEIPT);
	return CSG_OK;
}
