#include <stdlib.h>
#include <string.h>

#include "lib/ledger/reader.h"

/* An entry being read, and the messages parsed from it. */
struct reading {
	struct csg_ledger *l;
	csg_reader_visit visit;
	void *arg;
	struct csg_entry_view e;
	struct csg_claim claim;
	struct csg_bundle bundle, sealed;
	struct csg_case messages;
	const struct csg_endorsement **votes;
	struct csg_act *act;
	struct csg_seal *seal;
	struct csg_endorsement *rejection;
};

static void
reading_clear(struct reading *r)
{
	free((void *)r->votes);
	csg_act_free(r->act);
	csg_seal_free(r->seal);
	csg_endorsement_free(r->rejection);
	csg_case_clear(&r->messages);
	csg_bundle_clear(&r->bundle);
	csg_bundle_clear(&r->sealed);
	csg_claim_clear(&r->claim);
	r->votes = NULL;
	r->act = NULL;
	r->seal = NULL;
	r->rejection = NULL;
	memset(&r->e, 0, sizeof(r->e));
}

/* Read a body that is one message. */
static enum csg_rc
read_one(const char *body, struct csg_bundle *b, struct csg_err *err)
{
	if (body == NULL)
		return csg_fail(err, CSG_R_LOG, "the body is missing");
	return csg_bundle_add_one(b, "body", body, err);
}

/* List the votes of the claim; one that cannot be read is an error, since only
 * readable votes are claimed. */
static enum csg_rc
list_votes(struct reading *r, struct csg_err *err)
{
	const struct csg_case *c = &r->messages;
	size_t i;

	if ((r->votes = calloc(c->n + 1, sizeof(*r->votes))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < c->n; i++) {
		if (c->votes[i].vote == NULL) {
			*err = c->votes[i].why;
			return err->rc;
		}
		r->votes[i] = c->votes[i].vote;
	}
	r->e.votes = r->votes;
	r->e.nvotes = c->n;
	return CSG_OK;
}

/* Read the claim that the entry belongs to, and its messages. */
static enum csg_rc
read_claim(struct reading *r, const struct csg_entry *e, struct csg_err *err)
{
	size_t pos = 0;
	enum csg_rc rc;

	if (e->request == NULL)
		return csg_fail(err, CSG_R_LOG, "it names no request");
	if ((rc = csg_ledger_claim_of(
		 r->l, e->request, e->seq, &r->claim, err)) != CSG_OK)
		return rc;
	if ((rc = csg_bundle_add(&r->bundle, "claim", r->claim.messages,
		 strlen(r->claim.messages), err)) != CSG_OK ||
	    (rc = csg_case_take(&r->bundle, &pos, true, &r->messages, err)) !=
		CSG_OK ||
	    (rc = list_votes(r, err)) != CSG_OK ||
	    (r->messages.act != NULL &&
		(rc = csg_act_read(r->messages.act->env, &r->act, err)) !=
		    CSG_OK))
		return rc;
	r->e.claim = &r->claim;
	r->e.messages = &r->messages;
	r->e.request = r->messages.request;
	r->e.act = r->act;
	return CSG_OK;
}

static enum csg_rc
read_bodies(struct reading *r, const struct csg_entry *e, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;

	switch (e->kind) {
	case CSG_E_CLAIM:
	case CSG_E_ABANDON: return read_claim(r, e, err);
	case CSG_E_FINISH:
		if ((rc = read_claim(r, e, err)) == CSG_OK &&
		    (rc = read_one(e->body, &r->sealed, err)) == CSG_OK)
			rc = csg_seal_read(r->sealed.m[0].env, &r->seal, err);
		r->e.seal = r->seal;
		return rc;
	case CSG_E_REJECT:
		if ((rc = read_one(e->body, &r->sealed, err)) == CSG_OK)
			rc = csg_endorsement_read(
			    r->sealed.m[0].env, &r->rejection, err);
		r->e.rejection = r->rejection;
		return rc;
	case CSG_E_FOUND:
	case CSG_E_KEY:
	case CSG_E_REFUSE:
	case CSG_E_RECOVER: break;
	}
	return CSG_OK;
}

static enum csg_rc
read_entry(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	struct reading *r = arg;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	r->e.entry = e;
	r->e.text = text;
	if (read_bodies(r, e, &why) == CSG_OK)
		rc = r->visit(r->arg, &r->e, err);
	else
		rc = csg_fail(err, CSG_R_LOG, "ledger: entry %llu: %s",
		    (unsigned long long)e->seq, why.text);
	reading_clear(r);
	return rc;
}

enum csg_rc
csg_reader_each(struct csg_ledger *l, uint64_t from, uint64_t upto,
    csg_reader_visit visit, void *arg, struct csg_err *err)
{
	struct reading r = { .l = l, .visit = visit, .arg = arg };

	return csg_ledger_each(l, from, upto, read_entry, &r, err);
}

bool
csg_entry_view_concerns(const struct csg_entry_view *e, const char *person)
{
	size_t i;

	if (e->rejection != NULL)
		return strcmp(e->rejection->head.author, person) == 0;
	if (e->request == NULL)
		return false;
	if (strcmp(e->request->head.author, person) == 0 ||
	    (e->act != NULL && strcmp(e->act->head.author, person) == 0))
		return true;
	for (i = 0; i < e->nvotes; i++)
		if (strcmp(e->votes[i]->head.author, person) == 0)
			return true;
	return false;
}
