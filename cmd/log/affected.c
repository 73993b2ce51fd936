/* csg-log affected: which signatures lose their quorum without a person, or
 * were made with a key or under a version of the policy. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/common/cmd.h"
#include "cmd/common/files.h"
#include "cmd/common/talk.h"
#include "cmd/log/log.h"
#include "lib/decide/decide.h"
#include "lib/decide/recount.h"
#include "lib/base/io.h"
#include "lib/base/time.h"

struct search {
	const struct log_args *args;
	const struct log_source *source;
	uint64_t version; /* or 0 */
	char *gone[2]; /* the person, NULL */
	/* the first version of the policy that would not have been approved
	 * without the person, and why; 0: none.  What was signed under it or a
	 * later one falls too */
	uint64_t falls;
	struct csg_err why;
	size_t found;
	bool known; /* the ledger mentions the person, key or version */
};

/* ---- without a person ---- */

/* Find the first version of the policy that falls without the person.  Version
 * 1 can't, since the anchor pins it. */
static enum csg_rc
find_fallen(struct search *s, struct csg_err *err)
{
	const struct csg_chain *c = s->source->chain;
	size_t i;
	enum csg_rc rc;

	for (i = 1; c != NULL && i < c->n && s->falls == 0; i++) {
		rc = csg_tally_without(
		    c->links[i].record->judged.tally, s->gone, &s->why);
		if (rc == CSG_TROUBLE) {
			*err = s->why;
			return rc;
		}
		if (rc != CSG_OK) {
			s->falls = i + 1;
			(void)csg_err_prefix(&s->why, "policy version %llu ",
			    (unsigned long long)s->falls);
		}
	}
	return CSG_OK;
}

/* Decide on the votes again, without the person's; *why says what is
 * missing. */
static enum csg_rc
falls_without(const struct search *s, const struct csg_entry_view *e,
    const struct csg_policy *p, struct csg_err *why, struct csg_err *err)
{
	const struct csg_terms terms = { .policy = p, .time = e->claim->time };
	struct csg_judgement judged = { 0 };
	enum csg_rc rc;

	if ((rc = csg_case_verify(e->messages, s->source->chain->policies,
		 (size_t)p->version, err)) != CSG_OK)
		return rc;
	if ((rc = csg_decide(e->messages, &terms, NULL, &judged, err)) ==
		CSG_OK &&
	    csg_tally_without(judged.tally, (char *const *)s->gone, why) ==
		CSG_TROUBLE) {
		*err = *why;
		rc = err->rc;
	}
	csg_judgement_clear(&judged);
	return rc;
}

static enum csg_rc
judge_person(struct search *s, const struct csg_entry_view *e,
    const struct csg_policy *p, struct csg_err *why, struct csg_err *err)
{
	enum csg_rc rc;

	if (p == NULL)
		return csg_fail(err, CSG_R_POLICY,
		    "entry %llu: the policy that it was signed under is unknown (see -t)",
		    (unsigned long long)e->entry->seq);
	if (csg_entry_view_concerns(e, s->args->person)) {
		s->known = true;
		if ((rc = falls_without(s, e, p, why, err)) != CSG_OK)
			return rc;
	}
	if (why->rc == CSG_OK && s->falls != 0 && p->version >= s->falls)
		*why = s->why;
	return CSG_OK;
}

/* ---- the search ---- */

/* Is the entry's signature affected?  *why says why, or is CSG_OK. */
static enum csg_rc
judge_entry(struct search *s, const struct csg_entry_view *e,
    struct csg_err *why, struct csg_err *err)
{
	const struct csg_policy *p = log_policy_of(s->source, e->claim);

	if (s->args->person != NULL)
		return judge_person(s, e, p, why, err);
	if (s->args->key != NULL) {
		if (strcmp(e->seal->head.author, s->args->key) == 0)
			(void)csg_fail(why, CSG_R_REVOKED, "signed with key %s",
			    s->args->key);
	} else if (p != NULL && p->version == s->version)
		(void)csg_fail(why, CSG_R_POLICY,
		    "signed under policy version %llu",
		    (unsigned long long)p->version);
	s->known = s->known || why->rc != CSG_OK;
	return CSG_OK;
}

/* Write the request to a file again, for csg-request --from. */
static enum csg_rc
write_request_again(
    const struct search *s, const struct csg_entry_view *e, struct csg_err *err)
{
	struct csg_buf text = { 0 }, name = { 0 };
	char words[CSG_SHORT_LEN];
	enum csg_rc rc;

	csg_envelope_armor(e->messages->msg->env, &text);
	csg_buf_printf(
	    &name, "%s.csgreq", csg_request_short(e->request, words));
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (rc = csg_buf_ok(&name, err)) == CSG_OK)
		rc = cmd_write(s->args->out, csg_buf_str(&name), &text,
		    s->args->force, false, err);
	csg_buf_free(&text);
	csg_buf_free(&name);
	return rc;
}

static void
report_affected(const struct search *s, const struct csg_entry_view *e,
    const struct csg_err *why)
{
	struct csg_entry entry = *e->entry;
	struct csg_entry_view falls = *e;
	char words[CSG_SHORT_LEN];
	size_t i;

	if (s->args->json) {
		entry.reason = csg_reason_word(why->reason);
		falls.entry = &entry;
		log_entry_json(s->source, &falls);
		return;
	}
	cmd_print("%s  %s  %s: %s:", csg_request_short(e->request, words),
	    e->claim->profile, csg_reason_word(why->reason), why->text);
	for (i = 0; i < e->request->n; i++)
		cmd_print(" %s", e->request->artifacts[i].name);
	cmd_print("\n");
}

static enum csg_rc
visit_signed(void *arg, const struct csg_entry_view *e, struct csg_err *err)
{
	struct search *s = arg;
	struct csg_err why = { 0 };
	enum csg_rc rc;

	if (e->seal == NULL)
		return CSG_OK;
	if ((rc = judge_entry(s, e, &why, err)) != CSG_OK || why.rc == CSG_OK ||
	    e->claim->time < s->args->since || e->claim->time > s->args->until)
		return rc;
	s->found++;
	if (s->args->out != NULL)
		return write_request_again(s, e, err);
	report_affected(s, e, &why);
	return CSG_OK;
}

static enum csg_rc
check_out_dir(const char *dir, struct csg_err *err)
{
	struct stat st;

	if (dir == NULL)
		return CSG_OK;
	if (stat(dir, &st) == -1)
		return csg_fail_errno(err, "%s", dir);
	return S_ISDIR(st.st_mode) ?
	    CSG_OK :
	    csg_fail(err, CSG_R_IO, "%s: not a directory", dir);
}

/* Does a policy have what is searched for? */
static bool
is_in_policy(const struct search *s, const struct csg_policy *p)
{
	size_t i;

	if (s->args->person != NULL)
		return csg_policy_user(p, s->args->person) != CSG_NONE;
	if (s->args->key == NULL)
		return p->version == s->version;
	for (i = 0; i < p->nkeys; i++)
		if (strcmp(p->keys[i].name, s->args->key) == 0)
			return true;
	return false;
}

/* "None is affected" must not be the answer to a name that is misspelt. */
static enum csg_rc
check_known(const struct search *s, struct csg_err *err)
{
	const struct csg_chain *c = s->source->chain;
	const char *what = s->args->person != NULL ? "person" :
	    s->args->key != NULL		   ? "key" :
						     "policy version";
	bool known = s->known;
	size_t i;

	for (i = 0; c != NULL && i < c->n && !known; i++)
		known = is_in_policy(s, c->policies[i]);
	return known ?
	    CSG_OK :
	    csg_fail(err, CSG_R_POLICY,
		"no signature in the ledger and no policy mentions %s %s", what,
		s->args->person != NULL	 ? s->args->person :
		    s->args->key != NULL ? s->args->key :
					   s->args->version);
}

enum csg_rc
log_affected(const struct log_args *a, struct csg_err *err)
{
	struct log_source source = { 0 };
	struct search s = { .args = a, .source = &source };
	enum csg_rc rc;

	if ((a->person != NULL) + (a->key != NULL) + (a->version != NULL) !=
		1 ||
	    a->n != 0)
		cmd_usage(
		    "affected requires exactly one of --person, --key and --policy-version");
	if (a->version != NULL)
		s.version = log_number(a->version, "a policy version");
	s.gone[0] = (char *)(uintptr_t)a->person;
	if ((rc = check_out_dir(a->out, err)) == CSG_OK &&
	    (rc = log_open(a, &source, err)) == CSG_OK &&
	    (a->person == NULL || (rc = find_fallen(&s, err)) == CSG_OK) &&
	    (rc = csg_reader_each(
		 source.ledger, 1, 0, visit_signed, &s, err)) == CSG_OK &&
	    (rc = check_known(&s, err)) == CSG_OK)
		cmd_say("%zu signed request%s affected", s.found,
		    s.found == 1 ? " is" : "s are");
	log_close(&source);
	return rc;
}
