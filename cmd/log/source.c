/* csg-log: open the ledger and its policies, and filter entries. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common/places.h"
#include "cmd/common/workstation.h"
#include "cmd/log/log.h"

/* ---- the ledger and its policies ---- */

/* Open the workstation's own ledger, anchor and policy chain. */
static enum csg_rc
open_state(const struct log_args *a, bool locked, struct log_source *s,
    struct csg_err *err)
{
	const char *config = a->config != NULL ? a->config : CMD_SIGNER;
	enum csg_rc rc;

	rc = locked ? cmd_workstation(config, &s->signer, err) :
		      csg_signer_load(config, &s->signer, err);
	if (rc != CSG_OK ||
	    (rc = csg_state_open(s->signer->state, !locked, &s->state, err)) !=
		CSG_OK)
		return rc;
	s->ledger = s->state->ledger;
	s->trust = s->state->trust;
	s->chain = s->state->chain;
	return CSG_OK;
}

/* Verify the chain in an export from the reader's own anchor. */
static enum csg_rc
read_chain(const struct log_args *a, struct log_source *s, struct csg_err *err)
{
	const char *anchor;
	char *text = NULL;
	enum csg_rc rc;

	anchor = cmd_default_file(a->trust, "CSG_TRUST", "trust.pem");
	if (anchor == NULL)
		return CSG_OK;
	if ((rc = csg_trust_load(anchor, &s->trust, err)) != CSG_OK ||
	    (rc = csg_ledger_get_note(s->ledger, "chain", &text, err)) !=
		CSG_OK ||
	    text == NULL)
		return rc;
	if ((rc = csg_chain_read(a->from, text, strlen(text), s->trust,
		 &s->own_chain, err)) != CSG_OK &&
	    rc != CSG_TROUBLE && a->trust == NULL) {
		/* the default anchor is not for this ledger */
		csg_err_clear(err);
		csg_trust_free(s->trust);
		s->trust = NULL;
		rc = CSG_OK;
	}
	s->chain = s->own_chain;
	free(text);
	return rc;
}

enum csg_rc
log_open(const struct log_args *a, struct log_source *s, struct csg_err *err)
{
	enum csg_rc rc;

	memset(s, 0, sizeof(*s));
	if (a->from == NULL)
		rc = open_state(a, false, s, err);
	else if ((rc = csg_ledger_open(a->from, true, &s->ledger, err)) ==
	    CSG_OK)
		rc = read_chain(a, s, err);
	if (rc != CSG_OK)
		log_close(s);
	return rc;
}

enum csg_rc
log_open_locked(
    const struct log_args *a, struct log_source *s, struct csg_err *err)
{
	enum csg_rc rc;

	memset(s, 0, sizeof(*s));
	if ((rc = open_state(a, true, s, err)) != CSG_OK)
		log_close(s);
	return rc;
}

void
log_close(struct log_source *s)
{
	if (s->state == NULL) {
		csg_ledger_close(s->ledger);
		csg_chain_free(s->own_chain);
		csg_trust_free(s->trust);
	}
	csg_state_close(s->state);
	csg_signer_free(s->signer);
	memset(s, 0, sizeof(*s));
}

/* ---- filters ---- */

/* Does the request have an artifact of this name, or with this SHA-256
 * ("sha256:...")? */
static bool
has_artifact(const struct csg_request *r, const char *artifact)
{
	struct csg_id id;
	bool by_id;
	size_t i;

	if (r == NULL)
		return false;
	by_id = csg_id_parse(artifact, &id, NULL) == CSG_OK;
	for (i = 0; i < r->n; i++)
		if (by_id ? csg_id_equal(&r->artifacts[i].sha256, &id) :
			    strcmp(r->artifacts[i].name, artifact) == 0)
			return true;
	return false;
}

static bool
is_word(const char *wanted, const char *is)
{
	return wanted == NULL || (is != NULL && strcmp(wanted, is) == 0);
}

bool
log_is_filtered(const struct log_args *a)
{
	return a->profile != NULL || a->kind != NULL || a->key != NULL ||
	    a->person != NULL || a->artifact != NULL || a->route != NULL ||
	    a->since != 0 || a->until != INT64_MAX;
}

bool
log_is_wanted(const struct log_args *a, const struct csg_entry_view *e)
{
	const struct csg_claim *c = e->claim;

	return e->entry->time >= a->since && e->entry->time <= a->until &&
	    is_word(a->kind, csg_entry_words[e->entry->kind]) &&
	    is_word(a->profile, c != NULL ? c->profile : e->entry->profile) &&
	    is_word(a->route, c != NULL ? c->route : NULL) &&
	    is_word(a->key, e->seal != NULL ? e->seal->head.author : NULL) &&
	    (a->person == NULL || csg_entry_view_concerns(e, a->person)) &&
	    (a->artifact == NULL || has_artifact(e->request, a->artifact));
}

/* ---- policies ---- */

const struct csg_policy *
log_policy_of(const struct log_source *s, const struct csg_claim *c)
{
	return s->chain == NULL ? NULL :
				  csg_chain_policy_by_id(s->chain, &c->policy);
}

enum log_emergency
log_emergency(const struct log_source *s, const struct csg_claim *c)
{
	const struct csg_policy *p = log_policy_of(s, c);
	const struct csg_profile *pr;
	size_t i;

	if (p == NULL || (pr = csg_policy_profile(p, c->profile)) == NULL)
		return LOG_UNKNOWN;
	for (i = 0; i < pr->nroutes; i++)
		if (strcmp(pr->routes[i].name, c->route) == 0)
			return pr->routes[i].emergency ? LOG_EMERGENCY :
							 LOG_ORDINARY;
	return LOG_UNKNOWN;
}
