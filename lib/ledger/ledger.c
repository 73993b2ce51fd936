/* The ledger's entries: policies, requests, rejections, refusals, keys. */
#include <stdlib.h>
#include <string.h>

#include "lib/ledger/ledger_db.h"
#include "lib/base/time.h"

enum csg_rc
csg_ledger_newest(struct csg_ledger *l, int64_t *time, struct csg_err *err)
{
	return csg_db_int(l->db,
	    "SELECT time FROM entry ORDER BY seq DESC LIMIT 1", NULL, 0, time,
	    err);
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
	    "the clock says %s, but the ledger has an entry of %s",
	    csg_time_format(time, now), csg_time_format(newest, when));
}

enum csg_rc
csg_ledger_append(
    struct csg_ledger *l, const struct csg_entry *given, struct csg_err *err)
{
	struct csg_entry e = *given;
	enum csg_rc rc;

	if ((rc = csg_db_script(l->db, "BEGIN IMMEDIATE", err)) != CSG_OK)
		return rc;
	if ((rc = csg_ledger_clock(l, e.time, err)) == CSG_OK &&
	    (rc = csg_ledger_size(l, &e.seq, err)) == CSG_OK) {
		e.seq++;
		if ((rc = csg_ledger_insert(l, &e, err)) == CSG_OK)
			rc = csg_db_script(l->db, "COMMIT", err);
	}
	if (rc != CSG_OK)
		(void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* ---- policies ---- */

enum csg_rc
csg_ledger_policy(
    struct csg_ledger *l, struct csg_ledger_policy *out, struct csg_err *err)
{
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	memset(out, 0, sizeof(*out));
	if ((rc = csg_db_prepare(l->db,
		 "SELECT version, policy FROM entry "
		 "WHERE version IS NOT NULL ORDER BY version DESC LIMIT 1",
		 NULL, 0, &st, err)) != CSG_OK)
		return rc;
	if ((rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more) {
		out->version = (uint64_t)sqlite3_column_int64(st, 0);
		if (!csg_db_column_id(st, 1, &out->id))
			rc = csg_fail(
			    err, CSG_R_LOG, "ledger: policy entry damaged");
	}
	(void)sqlite3_finalize(st);
	return rc;
}

/* The newest entry of the policy in force; 0 before the founding. */
static enum csg_rc
policy_entry(struct csg_ledger *l, int64_t *seq, struct csg_err *err)
{
	return csg_db_int(l->db,
	    "SELECT max(seq) FROM entry WHERE version = (SELECT max(version) "
	    "FROM entry WHERE version IS NOT NULL)",
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
	if ((rc = csg_db_int(l->db,
		 "SELECT count(*) FROM entry AS f, (SELECT seq, policy FROM "
		 "entry WHERE +kind = 'claim' ORDER BY seq DESC LIMIT 1) AS c "
		 "WHERE f.seq = ? AND f.kind <> 'recover' AND f.seq < c.seq "
		 "AND f.policy IS NOT c.policy",
		 v, 1, &other, err)) == CSG_OK &&
	    other > 0)
		rc = csg_fail(err, CSG_R_LOG,
		    "ledger: the newest claim is not under the policy that is "
		    "in force");
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
		return csg_fail(
		    err, CSG_R_LOG, "ledger: a policy was founded already");
	return csg_ledger_append(l, &e, err);
}

/* ---- requests ---- */

#define CLAIM_COLUMNS \
	"kind, claimed, policy, evidence, profile, route, count, body, seq"

static enum csg_rc
read_claim(sqlite3_stmt *st, const struct csg_id *request,
    struct csg_claim *claim, struct csg_err *err)
{
	memset(claim, 0, sizeof(*claim));
	claim->request = *request;
	claim->time = sqlite3_column_int64(st, 1);
	claim->profile = csg_db_column_text(st, 4);
	claim->route = csg_db_column_text(st, 5);
	claim->count = (size_t)sqlite3_column_int64(st, 6);
	claim->messages = csg_db_column_text(st, 7);
	if (csg_db_column_id(st, 2, &claim->policy) &&
	    csg_db_column_id(st, 3, &claim->evidence) &&
	    claim->profile != NULL && claim->route != NULL &&
	    claim->messages != NULL)
		return CSG_OK;
	csg_claim_clear(claim);
	return csg_fail(err, CSG_R_LOG, "ledger: claim damaged");
}

/* Where a request's entry takes it. */
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
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more = true;

	*progress = CSG_UNKNOWN;
	if ((rc = csg_db_prepare(l->db,
		 "SELECT " CLAIM_COLUMNS " FROM entry WHERE request = ? AND "
		 "kind IN ('claim', 'finish', 'abandon') ORDER BY seq",
		 v, 1, &st, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK &&
	    (rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more) {
		*progress =
		    progress_of((const char *)sqlite3_column_text(st, 0));
		if ((rc = csg_ledger_check_one(l,
			 (uint64_t)sqlite3_column_int64(st, 8), err)) != CSG_OK)
			break;
		if (*progress == CSG_CLAIMED) {
			csg_claim_clear(&found);
			rc = read_claim(st, request, &found, err);
		}
	}
	(void)sqlite3_finalize(st);
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
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	memset(claim, 0, sizeof(*claim));
	if ((rc = csg_db_prepare(l->db,
		 "SELECT " CLAIM_COLUMNS " FROM entry WHERE request = ? AND "
		 "kind = 'claim' AND seq <= ? ORDER BY seq DESC LIMIT 1",
		 v, 2, &st, err)) != CSG_OK)
		return rc;
	if ((rc = csg_db_step(l->db, st, &more, err)) == CSG_OK)
		rc = more ? read_claim(st, request, claim, err) :
			    csg_fail(err, CSG_R_LOG,
				"ledger: the request was not claimed");
	(void)sqlite3_finalize(st);
	return rc;
}

/* Claims of a profile after a time that were not given up. */
#define SIGNATURES_SINCE \
	"FROM entry AS c WHERE kind = 'claim' AND profile = ? AND " \
	"claimed > ? AND NOT EXISTS (SELECT 1 FROM entry WHERE " \
	"request = c.request AND kind = 'abandon' AND seq > c.seq)"

enum csg_rc
csg_ledger_signatures(struct csg_ledger *l, const char *profile, int64_t after,
    uint64_t *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_text(profile), csg_v_int(after) };
	int64_t n;
	enum csg_rc rc;

	rc = csg_db_int(
	    l->db, "SELECT sum(count) " SIGNATURES_SINCE, v, 2, &n, err);
	*out = (uint64_t)n;
	return rc;
}

enum csg_rc
csg_ledger_rate_frees_at(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t most, int64_t *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_text(profile), csg_v_int(after) };
	sqlite3_stmt *st;
	uint64_t left;
	enum csg_rc rc;
	bool more = true;

	*out = 0;
	if ((rc = csg_ledger_signatures(l, profile, after, &left, err)) !=
		CSG_OK ||
	    (rc = csg_db_prepare(l->db,
		 "SELECT claimed, count " SIGNATURES_SINCE " ORDER BY claimed",
		 v, 2, &st, err)) != CSG_OK)
		return rc;
	while (left > most &&
	    (rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more) {
		*out = sqlite3_column_int64(st, 0);
		left -= (uint64_t)sqlite3_column_int64(st, 1);
	}
	(void)sqlite3_finalize(st);
	return rc;
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
		    err, CSG_R_LOG, "ledger: the request is claimed already");
	return csg_ledger_append(l, &e, err);
}

/* The end of a request that must be claimed. */
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
			    "ledger: policy "
			    "version %llu can't follow %llu",
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

/* ---- what was said against a request ---- */

enum csg_rc
csg_ledger_remembers(struct csg_ledger *l, const struct csg_id *request,
    const struct csg_id *vote, bool *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request), csg_v_id(vote) };
	int64_t known = 0;
	enum csg_rc rc;

	rc = csg_db_int(l->db,
	    "SELECT count(*) FROM entry WHERE request = ? AND vote = ?", v, 2,
	    &known, err);
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
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	/* times never go back: from the end, that is found soon */
	if ((rc = csg_db_prepare(l->db,
		 "SELECT body FROM entry WHERE kind = 'reject' AND body IS NOT "
		 "NULL AND seq > ifnull((SELECT seq FROM entry WHERE time <= ? "
		 "ORDER BY seq DESC LIMIT 1), 0) ORDER BY seq",
		 v, 1, &st, err)) != CSG_OK)
		return rc;
	while ((rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more)
		if ((rc = visit(arg, (const char *)sqlite3_column_text(st, 0),
			 err)) != CSG_OK)
			break;
	(void)sqlite3_finalize(st);
	return rc;
}

enum csg_rc
csg_ledger_recall(struct csg_ledger *l, const struct csg_id *request,
    struct csg_buf *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request) };
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	if ((rc = csg_db_prepare(l->db,
		 "SELECT body, seq FROM entry WHERE request = ? AND "
		 "kind = 'reject' AND body IS NOT NULL ORDER BY seq",
		 v, 1, &st, err)) != CSG_OK)
		return rc;
	while ((rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more) {
		if ((rc = csg_ledger_check_one(l,
			 (uint64_t)sqlite3_column_int64(st, 1), err)) != CSG_OK)
			break;
		csg_buf_puts(out, (const char *)sqlite3_column_text(st, 0));
	}
	(void)sqlite3_finalize(st);
	return rc != CSG_OK ? rc : csg_buf_ok(out, err);
}

/* Known already, or one too many today? */
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
	if ((rc = csg_db_int(l->db,
		 "SELECT count(*) FROM entry WHERE request = ? AND "
		 "kind = 'refuse' AND reason = ?",
		 same, 2, &known, err)) != CSG_OK ||
	    (rc = csg_db_int(l->db,
		 "SELECT count(*) FROM entry WHERE kind = 'refuse' AND "
		 "time > ?",
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

	return csg_db_execute(l->db,
	    "INSERT INTO receipt (request, message) VALUES (?, ?) "
	    "ON CONFLICT DO NOTHING",
	    v, 2, err);
}

enum csg_rc
csg_ledger_receipt(struct csg_ledger *l, const struct csg_id *request,
    struct csg_buf *out, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_id(request) };
	sqlite3_stmt *st;
	enum csg_rc rc;
	bool more;

	if ((rc = csg_db_prepare(l->db,
		 "SELECT message FROM receipt WHERE request = ?", v, 1, &st,
		 err)) != CSG_OK)
		return rc;
	if ((rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more)
		csg_buf_puts(out, (const char *)sqlite3_column_text(st, 0));
	(void)sqlite3_finalize(st);
	return rc != CSG_OK ? rc : csg_buf_ok(out, err);
}

enum csg_rc
csg_ledger_receipts(struct csg_ledger *l, uint64_t *out, struct csg_err *err)
{
	int64_t n;
	enum csg_rc rc;

	rc =
	    csg_db_int(l->db, "SELECT count(*) FROM receipt", NULL, 0, &n, err);
	*out = (uint64_t)n;
	return rc;
}

/* As csg_ledger_each() has batches; *from moves behind this one. */
static enum csg_rc
receipts_of_batch(struct csg_ledger *l, uint64_t *from, csg_receipt_visit visit,
    void *arg, struct csg_err *err)
{
	const struct csg_value v[] = { csg_v_uint(*from),
		csg_v_int(CSG_LEDGER_BATCH) };
	struct csg_id request;
	sqlite3_stmt *st;
	uint64_t seq;
	enum csg_rc rc;
	bool more = true;

	if ((rc = csg_db_prepare(l->db,
		 "SELECT r.request, r.message, e.seq FROM entry AS e JOIN "
		 "receipt AS r ON r.request = e.request WHERE "
		 "e.kind = 'finish' AND e.seq >= ? ORDER BY e.seq LIMIT ?",
		 v, 2, &st, err)) != CSG_OK)
		return rc;
	while (rc == CSG_OK &&
	    (rc = csg_db_step(l->db, st, &more, err)) == CSG_OK && more) {
		seq = (uint64_t)sqlite3_column_int64(st, 2);
		*from = seq + 1;
		if ((rc = csg_db_check_texts(st, err)) == CSG_OK &&
		    csg_db_column_id(st, 0, &request))
			rc = visit(arg, &request, seq,
			    (const char *)sqlite3_column_text(st, 1), err);
	}
	(void)sqlite3_finalize(st);
	return rc;
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
