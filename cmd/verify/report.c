/* csg-verify: report a signature, for people and as JSON. */
#include "cmd/common/talk.h"
#include "cmd/verify/verify.h"
#include "lib/base/time.h"

/* Append the voters whose keys the newest policy revokes. */
static void
revoked_since(
    const struct verify *v, const struct csg_tally *t, struct csg_buf *out)
{
	const struct csg_revocation *r;
	size_t i;

	for (i = 0; i < t->n && v->newest != NULL; i++) {
		r = t->votes[i].cert == NULL ?
		    NULL :
		    csg_policy_revoked(
			csg_chain_policy(v->newest), &t->votes[i].cert->spki);
		if (r != NULL)
			csg_buf_printf(out, "%s%s (%s)",
			    out->len > 0 ? ", " : "",
			    t->votes[i].vote->head.author,
			    r->compromised ? "compromised" : "left");
	}
}

/* The newest policy version known: from -p, the proof, or what was seen. */
static size_t
newest_known(const struct verify *v, const struct csg_finding *f)
{
	size_t n = f->proof->chain->n;

	if (v->newest != NULL && v->newest->n > n)
		n = v->newest->n;
	return v->seen > n ? (size_t)v->seen : n;
}

/* Say so if the proof has a newer policy than -p. */
static void
tell_newer(const struct verify *v, const struct csg_finding *f)
{
	if (v->newest != NULL && v->newest->n < f->proof->chain->n)
		cmd_say(
		    "policy version %zu is newer than yours, %zu: 'csg-policy update %s' installs it",
		    f->proof->chain->n, v->newest->n, f->proof->origin);
}

void
verify_report(const struct verify *v, const struct csg_line *l)
{
	const struct csg_finding *f = &l->finding;
	const struct csg_record *r = f->proof->record;
	const struct csg_tally *t = r->tally;
	struct csg_buf who = { 0 }, gone = { 0 };
	char when[CSG_TIME_LEN], words[CSG_SHORT_LEN];

	cmd_print(
	    "valid: %s: profile %s/%s, key %s, signed %s (the workstation's clock)%s\n",
	    l->path, t->policy->name, t->profile->name, r->key->name,
	    csg_time_format(t->time, when),
	    csg_proof_is_emergency(f->proof) ? ", EMERGENCY route" : "");
	report_approvers(t, &who);
	cmd_print("  request %s by %s: %s; approved by %s\n",
	    csg_request_short(t->request, words), t->request->head.author,
	    t->request->why, csg_buf_str(&who));
	revoked_since(v, t, &gone);
	cmd_print(
	    "  policy version %llu, newest known %zu; ledger entry %llu%s%s\n",
	    (unsigned long long)t->policy->version, newest_known(v, f),
	    (unsigned long long)r->receipt->index + 1,
	    gone.len > 0 ? ", revoked since: " : "", csg_buf_str(&gone));
	if (cmd_verbose)
		report_tally(t);
	tell_newer(v, f);
	csg_buf_free(&who);
	csg_buf_free(&gone);
}

static void
report_valid_json(
    const struct verify *v, struct json *j, const struct csg_finding *f)
{
	const struct csg_record *r = f->proof->record;
	struct csg_buf gone = { 0 };
	char text[CSG_ID_TEXT];

	json_string(j, "proof", f->proof->origin);
	json_string(j, "name", r->seal->artifacts[f->artifact].name);
	json_string(j, "digest",
	    csg_id_format(&r->seal->artifacts[f->artifact].input, text));
	json_string(j, "key", r->key->name);
	json_string(j, "time", csg_time_format(r->tally->time, text));
	json_string(j, "evidence", csg_id_format(&r->digest, text));
	json_int(j, "ledger_entry", (int64_t)r->receipt->index + 1);
	json_string(j, "ledger", csg_id_format(&r->receipt->tree.log, text));
	json_int(j, "newest_policy_version", (int64_t)newest_known(v, f));
	revoked_since(v, r->tally, &gone);
	json_string(
	    j, "revoked_since", gone.len > 0 ? csg_buf_str(&gone) : NULL);
	report_tally_json(j, r->tally);
	csg_buf_free(&gone);
}

void
verify_report_json(struct verify *v, const struct csg_line *l)
{
	struct json *j = &v->json;
	struct csg_err err;

	verify_error_of(l, &err);
	json_object(j, NULL);
	json_string(j, "artifact", l->path);
	json_string(j, "signature", l->signature);
	json_bool(j, "valid", err.rc == CSG_OK);
	json_int(j, "status", err.rc);
	if (err.rc == CSG_OK)
		report_valid_json(v, j, &l->finding);
	else {
		json_string(j, "reason", csg_reason_word(err.reason));
		json_string(j, "text", err.text);
		if (l->refused != NULL)
			report_tally_json(j, l->refused);
	}
	json_end_object(j);
}

void
verify_warn_emergency(const struct csg_line *l)
{
	const struct csg_proof *p = l->finding.proof;

	if (p != NULL && csg_proof_is_emergency(p))
		cmd_warn("%s: signed by the emergency route %s", l->path,
		    p->record->seal->route);
}
