/* The ledger's entries: policies, requests, rejections, refusals, keys. */
#include <stdlib.h>
#include <string.h>

#include "lib/ledger/ledger_db.h"
#include "lib/base/time.h"

enum csg_rc
csg_ledger_newest(struct csg_ledger *l, int64_t *time, struct csg_err *err)
{
	return csg_store_int(l->store,
	    "SELECT time AS n FROM entry ORDER BY seq DESC LIMIT 1", NULL, 0,
	    time, err);
}

enum csg_rc
csg_ledger_clock(struct csg_ledger *l, int64_t time, struct csg_err *err)
{
	char when[CSG_TIME_LEN], now[CSG_TIME_LEN];
	int64_t newest;
	enum csg_rc rc;

	if ((rc = csg_ledger_newest(l, &newest, err)) != CSG_OK ||
	    time >= newest)
		return rc;
	return csg_fail(err, CSG_R_CLOCK,
	    "the clock says %s, but the newest entry of the ledger is dated %s",
	    csg_time_format(time, now), csg_time_format(newest, when));
}

enum csg_rc
csg_ledger_append(
    struct csg_ledger *l, const struct csg_entry *given, struct csg_err *err)
{
	struct csg_entry e = *given;
	enum csg_rc rc;

	if ((rc = csg_store_begin_write(l->store, err)) != CSG_OK)
		return rc;
	if ((rc = csg_ledger_clock(l, e.time, err)) == CSG_OK &&
	    (rc = csg_ledger_size(l, &e.seq, err)) == CSG_OK) {
		e.seq++;
		rc = csg_ledger_insert(l, &e, err);
	}
	return csg_store_end(l->store, rc, err);
}

/* ---- policies ---- */

enum csg_rc
csg_ledger_policy(
    struct csg_ledger *l, struct csg_ledger_policy *out, struct csg_err *err)
{
	struct csg_rows *r;
	bool more;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = csg_store_ask(l->store,
		 "SELECT version, policy FROM entry "
		 "WHERE version IS NOT NULL ORDER BY version DESC LIMIT 1",
		 NULL, 0, &r, err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK && more) {
		out->version = csg_row_uint(r, "version");
		if (csg_row_id(r, "policy", &out->id) == NULL)
			rc = csg_fail(err, CSG_R_LOG,
			    "ledger: the policy's entry is damaged");
	}
	return csg_rows_end(r, rc, err);
}

/* The newest entry of the policy in force; 0 before the founding. */
static enum csg_rc
policy_entry(struct csg_ledger *l, int64_t *seq, struct csg_err *err)
{
	return csg_store_int(l->store,
	    "SELECT max(seq) AS n FROM entry WHERE version = (SELECT "
	    "max(version) FROM entry WHERE version IS NOT NULL)",
	    NULL, 0, seq, err);
}

enum csg_rc
csg_ledger_check_policy(struct csg_ledger *l, struct csg_err *err)
{
	struct csg_value v[1];
	int64_t seq, other;
	enum csg_rc rc;

	if ((rc = policy_entry(l, &seq, err)) != CSG_OK || seq == 0 ||
	    (rc = csg_ledger_check_one(l, (uint64_t)seq, err)) != CSG_OK)
		return rc;
	v[0] = csg_v_int(seq);
	/* Search back from the last entry and without an index: in a large
	 * ledger nothing checks that the index is complete. */
	if ((rc = csg_store_int(l->store,
		 "SELECT count(*) AS n FROM entry AS f, (SELECT seq, policy "
		 "FROM entry WHERE kind || '' = 'claim' AND seq > $1 "
		 "ORDER BY seq DESC LIMIT 1) AS c WHERE f.seq = $1 AND "
		 "f.kind <> 'recover' AND f.policy IS DISTINCT FROM c.policy",
		 v, 1, &other, err)) == CSG_OK &&
	    other > 0)
		rc = csg_fail(err, CSG_R_LOG,
		    "ledger: the newest claim is not under the policy in force");
	return rc;
}

enum csg_rc
csg_ledger_found(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, struct csg_err *err)
{
	const struct csg_entry e = { .kind = CSG_E_FOUND,
		.time = time,
		.policy = &p->id,
		.version = 1 };
	struct csg_ledger_policy now;
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(l, &now, err)) != CSG_OK)
		return rc;
	if (now.version != 0 || p->version != 1)
		return csg_fail(err, CSG_R_LOG,
		    "ledger: a policy has already been founded");
	return csg_ledger_append(l, &e, err);
}

/* ---- requests ---- */

#define CLAIM_COLUMNS \
	"kind, claimed, policy, evidence, profile, route, count, body, seq"

/* A copy of s; NULL if s is NULL, or if memory is short (*rc). */
static char *
copy_text(const char *s, enum csg_rc *rc, struct csg_err *err)
{
	char *copy = NULL;

	if (s != NULL && (copy = strdup(s)) == NULL)
		*rc = csg_fail_mem(err);
	return copy;
}

static enum csg_rc
read_claim(struct csg_rows *r, const struct csg_id *request,
    struct csg_claim *claim, struct csg_err *err)
{
	bool whole;
	enum csg_rc rc = CSG_OK;

	memset(claim, 0, sizeof(*claim));
	claim->request = *request;
	claim->time = csg_row_int(r, "claimed");
	whole = csg_row_id(r, "policy", &claim->policy) != NULL;
	whole &= csg_row_id(r, "evidence", &claim->evidence) != NULL;
	claim->profile = copy_text(csg_row_text(r, "profile"), &rc, err);
	claim->route = copy_text(csg_row_text(r, "route"), &rc, err);
	claim->count = (size_t)csg_row_uint(r, "count");
	claim->messages = copy_text(csg_row_text(r, "body"), &rc, err);
	whole &= claim->profile != NULL && claim->route != NULL &&
	    claim->messages != NULL;
	if (rc == CSG_OK && (rc = csg_row_ok(r, err)) == CSG_OK && !whole)
		rc = csg_fail(err, CSG_R_LOG, "ledger: a claim is damaged");
	if (rc != CSG_OK)
		csg_claim_clear(claim);
	return rc;
}

/* The progress of a request after an entry of this kind. */
static enum csg_progress
progress_of(const char *kind)
{
	if (strcmp(kind, "claim") == 0)
		return CSG_CLAIMED;
	return strcmp(kind, "finish") == 0 ? CSG_FINISHED : CSG_ABANDONED;
}

enum csg_rc
csg_ledger_find(struct csg_ledger *l, const struct csg_id *request,
    enum csg_progress *progress, struct csg_claim *claim, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request) };
	struct csg_claim found = { 0 };
	struct csg_rows *r;
	const char *kind;
	bool more = true;
	enum csg_rc rc;

	*progress = CSG_UNKNOWN;
	if ((rc = csg_store_ask(l->store,
		 "SELECT " CLAIM_COLUMNS " FROM entry WHERE request = $1 AND "
		 "kind IN ('claim', 'finish', 'abandon') ORDER BY seq",
		 v, 1, &r, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		kind = csg_row_text(r, "kind");
		if ((rc = csg_ledger_check_one(
			 l, csg_row_uint(r, "seq"), err)) != CSG_OK ||
		    (rc = csg_row_ok(r, err)) != CSG_OK)
			break;
		*progress = progress_of(kind);
		if (*progress == CSG_CLAIMED) {
			csg_claim_clear(&found);
			rc = read_claim(r, request, &found, err);
		}
	}
	rc = csg_rows_end(r, rc, err);
	if (rc == CSG_OK && claim != NULL)
		*claim = found; /* transferred */
	else
		csg_claim_clear(&found);
	return rc;
}

void
csg_claim_clear(struct csg_claim *c)
{
	free(c->profile);
	free(c->route);
	free(c->messages);
	memset(c, 0, sizeof(*c));
}

enum csg_rc
csg_ledger_claim_of(struct csg_ledger *l, const struct csg_id *request,
    uint64_t seq, struct csg_claim *claim, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request), csg_v_uint(seq) };
	struct csg_rows *r;
	bool more;
	enum csg_rc rc;

	memset(claim, 0, sizeof(*claim));
	if ((rc = csg_store_ask(l->store,
		 "SELECT " CLAIM_COLUMNS " FROM entry WHERE request = $1 AND "
		 "kind = 'claim' AND seq <= $2 ORDER BY seq DESC LIMIT 1",
		 v, 2, &r, err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK)
		rc = more ? read_claim(r, request, claim, err) :
			    csg_fail(err, CSG_R_LOG,
				"ledger: the request has no claim");
	return csg_rows_end(r, rc, err);
}

/* Claims under a profile that are later than a time and were not abandoned. */
#define SIGNATURES_SINCE \
	"FROM entry AS c WHERE kind = 'claim' AND profile = $1 AND " \
	"claimed > $2 AND NOT EXISTS (SELECT 1 FROM entry WHERE " \
	"request = c.request AND kind = 'abandon' AND seq > c.seq)"

enum csg_rc
csg_ledger_signatures(struct csg_ledger *l, const char *profile, int64_t after,
    uint64_t *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_text(profile), csg_v_int(after) };
	int64_t n;
	enum csg_rc rc;

	rc = csg_store_int(l->store,
	    "SELECT CAST(sum(count) AS bigint) AS n " SIGNATURES_SINCE, v, 2,
	    &n, err);
	*out = (uint64_t)n;
	return rc;
}

enum csg_rc
csg_ledger_rate_frees_at(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t most, int64_t *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_text(profile), csg_v_int(after) };
	struct csg_rows *r;
	uint64_t left;
	bool more = true;
	enum csg_rc rc;

	*out = 0;
	if ((rc = csg_ledger_signatures(l, profile, after, &left, err)) !=
		CSG_OK ||
	    (rc = csg_store_ask(l->store,
		 "SELECT claimed, count " SIGNATURES_SINCE " ORDER BY claimed",
		 v, 2, &r, err)) != CSG_OK)
		return rc;
	while (left > most && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		*out = csg_row_int(r, "claimed");
		left -= csg_row_uint(r, "count");
	}
	return csg_rows_end(r, rc, err);
}

enum csg_rc
csg_ledger_claim(struct csg_ledger *l, const struct csg_claim *c, int64_t now,
    struct csg_err *err)
{
	const struct csg_entry e = { .kind = CSG_E_CLAIM,
		.time = now,
		.claimed = c->time,
		.request = &c->request,
		.policy = &c->policy,
		.evidence = &c->evidence,
		.profile = c->profile,
		.route = c->route,
		.count = c->count,
		.body = c->messages };
	enum csg_progress progress;
	enum csg_rc rc;

	if ((rc = csg_ledger_find(l, &c->request, &progress, NULL, err)) !=
	    CSG_OK)
		return rc;
	if (progress == CSG_CLAIMED || progress == CSG_FINISHED)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: the request is already claimed");
	return csg_ledger_append(l, &e, err);
}

/* Append the entry that ends a claimed request. */
static enum csg_rc
close_claim(
    struct csg_ledger *l, const struct csg_entry *end, struct csg_err *err)
{
	enum csg_progress progress;
	enum csg_rc rc;

	if ((rc = csg_ledger_find(l, end->request, &progress, NULL, err)) !=
	    CSG_OK)
		return rc;
	if (progress != CSG_CLAIMED)
		return csg_fail(
		    err, CSG_R_LOG, "ledger: the request is not claimed");
	return csg_ledger_append(l, end, err);
}

enum csg_rc
csg_ledger_finish(struct csg_ledger *l, const struct csg_id *request,
    int64_t time, const char *record, const struct csg_ledger_policy *policy,
    struct csg_err *err)
{
	struct csg_entry e = { .kind = CSG_E_FINISH,
		.time = time,
		.request = request,
		.body = record };
	struct csg_ledger_policy now;
	enum csg_rc rc;

	if (policy != NULL) {
		e.policy = &policy->id;
		e.version = policy->version;
		if ((rc = csg_ledger_policy(l, &now, err)) != CSG_OK)
			return rc;
		if (policy->version != now.version + 1)
			return csg_fail(err, CSG_R_LOG,
			    "ledger: policy version %llu cannot follow version %llu",
			    (unsigned long long)policy->version,
			    (unsigned long long)now.version);
	}
	return close_claim(l, &e, err);
}

enum csg_rc
csg_ledger_abandon(struct csg_ledger *l, const struct csg_id *request,
    int64_t time, const char *why, struct csg_err *err)
{
	const struct csg_entry e = { .kind = CSG_E_ABANDON,
		.time = time,
		.request = request,
		.body = why };

	return close_claim(l, &e, err);
}

/* ---- rejections and refusals ---- */

enum csg_rc
csg_ledger_remembers(struct csg_ledger *l, const struct csg_id *request,
    const struct csg_id *vote, bool *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request), csg_v_id(vote) };
	int64_t known = 0;
	enum csg_rc rc;

	rc = csg_store_int(l->store,
	    "SELECT count(*) AS n FROM entry WHERE request = $1 AND vote = $2",
	    v, 2, &known, err);
	*out = known > 0;
	return rc;
}

enum csg_rc
csg_ledger_remember(struct csg_ledger *l, const struct csg_id *request,
    const struct csg_id *vote, int64_t time, const char *armoured,
    struct csg_err *err)
{
	const struct csg_entry e = { .kind = CSG_E_REJECT,
		.time = time,
		.request = request,
		.vote = vote,
		.body = armoured };
	bool known;
	enum csg_rc rc;

	if ((rc = csg_ledger_remembers(l, request, vote, &known, err)) !=
		CSG_OK ||
	    known)
		return rc;
	return csg_ledger_append(l, &e, err);
}

enum csg_rc
csg_ledger_each_rejection(struct csg_ledger *l, int64_t after,
    csg_rejection_visit visit, void *arg, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_int(after) };
	struct csg_rows *r;
	const char *body;
	bool more = true;
	enum csg_rc rc;

	/* times never decrease, so a search from the end is short */
	if ((rc = csg_store_ask(l->store,
		 "SELECT body FROM entry WHERE kind = 'reject' AND body IS NOT "
		 "NULL AND seq > coalesce((SELECT seq FROM entry WHERE "
		 "time <= $1 ORDER BY seq DESC LIMIT 1), 0) ORDER BY seq",
		 v, 1, &r, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		body = csg_row_text(r, "body");
		if ((rc = csg_row_ok(r, err)) == CSG_OK)
			rc = visit(arg, body, err);
	}
	return csg_rows_end(r, rc, err);
}

enum csg_rc
csg_ledger_recall(struct csg_ledger *l, const struct csg_id *request,
    struct csg_buf *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request) };
	struct csg_rows *r;
	const char *body;
	bool more = true;
	enum csg_rc rc;

	if ((rc = csg_store_ask(l->store,
		 "SELECT body, seq FROM entry WHERE request = $1 AND "
		 "kind = 'reject' AND body IS NOT NULL ORDER BY seq",
		 v, 1, &r, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		body = csg_row_text(r, "body");
		if ((rc = csg_ledger_check_one(
			 l, csg_row_uint(r, "seq"), err)) == CSG_OK &&
		    (rc = csg_row_ok(r, err)) == CSG_OK)
			csg_buf_puts(out, body);
	}
	if ((rc = csg_rows_end(r, rc, err)) != CSG_OK)
		return rc;
	return csg_buf_ok(out, err);
}

/* Is the refusal already recorded, or has the day's limit been reached? */
static enum csg_rc
is_superfluous(struct csg_ledger *l, const struct csg_entry *e, bool *out,
    struct csg_err *err)
{
	const struct csg_value same[] = { csg_v_id(e->request),
		csg_v_text(e->reason) };
	const struct csg_value day[] = { csg_v_int(e->time - CSG_DAY_SECONDS) };
	int64_t known, today;
	enum csg_rc rc;

	*out = true;
	if ((rc = csg_store_int(l->store,
		 "SELECT count(*) AS n FROM entry WHERE request = $1 AND "
		 "kind = 'refuse' AND reason = $2",
		 same, 2, &known, err)) != CSG_OK ||
	    (rc = csg_store_int(l->store,
		 "SELECT count(*) AS n FROM entry WHERE kind = 'refuse' AND "
		 "time > $1",
		 day, 1, &today, err)) != CSG_OK)
		return rc;
	*out = known > 0 || today >= CSG_REFUSALS;
	return CSG_OK;
}

enum csg_rc
csg_ledger_refuse(struct csg_ledger *l, const struct csg_id *request,
    const char *profile, int64_t time, const struct csg_err *why,
    struct csg_err *err)
{
	const struct csg_entry e = { .kind = CSG_E_REFUSE,
		.time = time,
		.request = request,
		.profile = profile,
		.reason = csg_reason_word(why->reason),
		.body = why->text };
	bool superfluous;
	enum csg_rc rc;

	if ((rc = is_superfluous(l, &e, &superfluous, err)) != CSG_OK ||
	    superfluous)
		return rc;
	return csg_ledger_append(l, &e, err);
}

enum csg_rc
csg_ledger_key(
    struct csg_ledger *l, int64_t time, const char *what, struct csg_err *err)
{
	const struct csg_entry e = {
		.kind = CSG_E_KEY, .time = time, .body = what
	};

	return csg_ledger_append(l, &e, err);
}

/* ---- receipts ---- */

enum csg_rc
csg_ledger_keep_receipt(struct csg_ledger *l, const struct csg_id *request,
    const char *armoured, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request),
		csg_v_text(armoured) };

	return csg_store_execute(l->store,
	    "INSERT INTO receipt (request, message) VALUES ($1, $2) "
	    "ON CONFLICT DO NOTHING",
	    v, 2, err);
}

enum csg_rc
csg_ledger_receipt(struct csg_ledger *l, const struct csg_id *request,
    struct csg_buf *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request) };
	struct csg_rows *r;
	const char *message = NULL;
	bool more;
	enum csg_rc rc;

	if ((rc = csg_store_ask(l->store,
		 "SELECT message FROM receipt WHERE request = $1", v, 1, &r,
		 err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK && more)
		message = csg_row_text(r, "message");
	if (rc == CSG_OK && (rc = csg_row_ok(r, err)) == CSG_OK &&
	    message != NULL)
		csg_buf_puts(out, message);
	if ((rc = csg_rows_end(r, rc, err)) != CSG_OK)
		return rc;
	return csg_buf_ok(out, err);
}

enum csg_rc
csg_ledger_receipts(struct csg_ledger *l, uint64_t *out, struct csg_err *err)
{
	int64_t n;
	enum csg_rc rc;

	rc = csg_store_int(
	    l->store, "SELECT count(*) AS n FROM receipt", NULL, 0, &n, err);
	*out = (uint64_t)n;
	return rc;
}

/* One batch, as in csg_ledger_each(); *from is set to the number after the last
 * entry read. */
static enum csg_rc
receipts_of_batch(struct csg_ledger *l, uint64_t *from, csg_receipt_visit visit,
    void *arg, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_uint(*from),
		csg_v_int(CSG_LEDGER_BATCH) };
	const struct csg_id *request;
	struct csg_id id;
	struct csg_rows *r;
	const char *message;
	uint64_t seq;
	bool more = true;
	enum csg_rc rc;

	if ((rc = csg_store_ask(l->store,
		 "SELECT r.request AS request, r.message AS message, "
		 "e.seq AS seq FROM entry AS e JOIN receipt AS r ON "
		 "r.request = e.request WHERE e.kind = 'finish' AND "
		 "e.seq >= $1 ORDER BY e.seq LIMIT $2",
		 v, 2, &r, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK && (rc = csg_rows_next(r, &more, err)) == CSG_OK &&
	    more) {
		request = csg_row_id(r, "request", &id);
		message = csg_row_text(r, "message");
		seq = csg_row_uint(r, "seq");
		*from = seq + 1;
		if ((rc = csg_row_ok(r, err)) != CSG_OK)
			break;
		rc = request != NULL && message != NULL ?
		    visit(arg, request, seq, message, err) :
		    csg_fail(err, CSG_R_LOG, "ledger: a receipt is damaged");
	}
	return csg_rows_end(r, rc, err);
}

enum csg_rc
csg_ledger_each_receipt(struct csg_ledger *l, csg_receipt_visit visit,
    void *arg, struct csg_err *err)
{
	uint64_t from = 1, last;
	enum csg_rc rc;

	do {
		last = from;
		rc = receipts_of_batch(l, &from, visit, arg, err);
	} while (rc == CSG_OK && from != last);
	return rc;
}
