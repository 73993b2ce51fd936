#include <string.h>

#include "lib/base/time.h"
#include "lib/sign/rejections.h"

/* The number of rejections by a person. */
struct count {
	const char *author;
	size_t n;
};

/* Count one rejection.  A body that is not a rejection is not counted; if that
 * cannot be determined, it is an error. */
static enum csg_rc
count_one(void *arg, const char *armoured, struct csg_err *err)
{
	struct count *of = arg;
	struct csg_bundle b = { 0 };
	struct csg_endorsement *v = NULL;
	struct csg_err why = { 0 };
	enum csg_rc rc = CSG_OK;

	if (csg_bundle_add(&b, "ledger", armoured, strlen(armoured), &why) ==
		CSG_OK &&
	    b.n == 1 && csg_endorsement_read(b.m[0].env, &v, &why) == CSG_OK)
		of->n += strcmp(v->head.author, of->author) == 0;
	if (why.rc == CSG_TROUBLE) {
		if (err != NULL)
			*err = why;
		rc = why.rc;
	}
	csg_endorsement_free(v);
	csg_bundle_clear(&b);
	return rc;
}

/* Is the rejection already recorded, or has its author reached the day's
 * limit? */
static enum csg_rc
is_superfluous(struct csg_ledger *l, const struct csg_endorsement *v,
    int64_t now, bool *out, struct csg_err *err)
{
	struct count today = { .author = v->head.author };
	enum csg_rc rc;

	if ((rc = csg_ledger_remembers(l, &v->request, &v->id, out, err)) !=
		CSG_OK ||
	    *out)
		return rc;
	rc = csg_ledger_each_rejection(
	    l, now - CSG_DAY_SECONDS, count_one, &today, err);
	*out = today.n >= CSG_REJECTIONS;
	return rc;
}

static enum csg_rc
keep_one(struct csg_ledger *l, const struct csg_candidate *c, int64_t now,
    struct csg_err *err)
{
	const struct csg_endorsement *v = c->vote;
	struct csg_buf text = { 0 };
	bool superfluous;
	enum csg_rc rc;

	if ((rc = is_superfluous(l, v, now, &superfluous, err)) != CSG_OK ||
	    superfluous)
		return rc;
	csg_envelope_armor(c->msg->env, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_ledger_remember(
		    l, &v->request, &v->id, now, csg_buf_str(&text), err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_rejections_keep(struct csg_ledger *l, const struct csg_case *c,
    const struct csg_veto *veto, int64_t now, struct csg_err *err)
{
	enum csg_rc rc = CSG_OK;
	size_t i;

	if (c->by.cert == NULL ||
	    csg_request_long_expired(c->request, c->policy, now))
		return CSG_OK;
	for (i = 0; i < veto->n && rc == CSG_OK; i++)
		rc = keep_one(l, &c->votes[veto->found[i].vote], now, err);
	return rc;
}

enum csg_rc
csg_rejections_load(struct csg_ledger *l, const struct csg_id *request,
    struct csg_bundle *out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	rc = csg_ledger_recall(l, request, &text, err);
	if (rc == CSG_OK && text.len > 0)
		rc = csg_bundle_add(out, "ledger", text.data, text.len, err);
	csg_buf_free(&text);
	return rc;
}
