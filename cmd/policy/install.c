/* csg-policy found, join, update: put a policy in force, or install it. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/policy/policy.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/files.h"
#include "cmd/common/messages.h"
#include "cmd/common/operator.h"
#include "cmd/common/places.h"
#include "cmd/common/report.h"
#include "cmd/common/talk.h"
#include "cmd/common/terminal.h"
#include "cmd/common/workstation.h"
#include "lib/base/io.h"
#include "lib/verify/seen.h"
#include "lib/workstation/config.h"
#include "lib/base/text.h"

void
policy_say_anchor(const struct csg_id *founding)
{
	char four[24];

	cmd_say("the anchor's words: %s", csg_id_proquints(founding, 4, four));
}

/* ---- found ---- */

enum csg_rc
policy_found(const struct policy_args *given, struct csg_err *err)
{
	struct policy_args args = *given, *a = &args;
	struct csg_signer *signer = NULL;
	struct csg_state *state = NULL;
	struct csg_bundle b = { 0 };
	struct csg_sign_out out = { 0 };
	struct csg_sign_in in = {
		.messages = &b,
		.base = ".",
		.replace = a->force,
		.out_dir = a->out != NULL ? a->out : ".",
	};
	struct csg_pin_source pin = { cmd_token_pin, NULL };
	struct csg_operator op = { cmd_operate, &args.op };
	enum csg_rc rc;

	if (a->n < 2)
		cmd_usage("found requires a DRAFT, its request and the votes");
	/* lock before reading: a rejection may arrive while this waits */
	if ((rc = cmd_workstation(a->config, &signer, err)) == CSG_OK &&
	    (rc = csg_state_open(signer->state, false, &state, err)) ==
		CSG_OK &&
	    (rc = cmd_read_messages(a->operand + 1, a->n - 1, &b, err)) ==
		CSG_OK) {
		pin.arg = signer;
		in.now = cmd_now();
		in.op = a->op.key != NULL ? &op : NULL;
		in.suspended = signer->suspended;
		rc = csg_found(
		    state, signer, &pin, a->operand[0], &in, &out, err);
	}
	if (out.judged.tally != NULL)
		report_uncounted(out.judged.tally);
	if (rc == CSG_OK) {
		cmd_paths(out.paths, out.npaths, false);
		policy_say_anchor(&out.judged.tally->policy->id);
		cmd_say(
		    "keep these words: everybody who joins compares theirs with yours");
	}
	csg_sign_out_clear(&out);
	csg_state_close(state);
	csg_signer_free(signer);
	csg_bundle_clear(&b);
	return rc;
}

/* ---- join ---- */

/* Find ~/.config/csg, and make it where missing. */
static enum csg_rc
make_config_dir(const char **out, struct csg_err *err)
{
	const char *dir = cmd_config_dir();
	struct csg_buf parent = { 0 };
	enum csg_rc rc;

	if (dir == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "neither HOME nor XDG_CONFIG_HOME is an absolute path");
	csg_buf_add(&parent, dir, (size_t)(strrchr(dir, '/') - dir));
	if ((rc = csg_buf_ok(&parent, err)) != CSG_OK)
		return rc;
	(void)mkdir(csg_buf_str(&parent), 0755);
	csg_buf_free(&parent);
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return csg_fail_errno(err, "%s", dir);
	*out = dir;
	return CSG_OK;
}

/* Ask the question on the terminal; only "yes" confirms it.  -y confirms
 * without asking. */
static enum csg_rc
confirm_on_tty(
    const struct policy_args *a, const char *question, struct csg_err *err)
{
	char line[16];
	FILE *tty;
	bool yes;

	if (a->yes)
		return CSG_OK;
	if ((tty = cmd_terminal()) == NULL)
		return csg_fail(err, CSG_R_IO,
		    "no terminal to ask on (-y goes on without asking)");
	(void)fprintf(
	    tty, "%s Type yes (anything else writes nothing): ", question);
	yes = cmd_terminal_line(tty, line, sizeof(line)) &&
	    strcmp(line, "yes") == 0;
	(void)fclose(tty);
	return yes ?
	    CSG_OK :
	    csg_fail(err, CSG_R_DECLINED, "not confirmed; nothing was written");
}

static enum csg_rc
read_joined(const struct policy_args *a, struct csg_buf *trust_text,
    struct csg_trust **trust, struct csg_chain **chain, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_io_read(
		 a->operand[0], 2 * CSG_MAX_CERT, trust_text, err)) != CSG_OK)
		return rc;
	if ((rc = csg_trust_read(
		 trust_text->data, trust_text->len, trust, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", a->operand[0]);
	return csg_chain_load(a->operand[1], *trust, chain, err);
}

/* Write both files, or none. */
static enum csg_rc
install_both(const struct policy_args *a, const struct csg_buf *trust,
    const struct csg_chain *chain, struct csg_err *err)
{
	struct csg_outputs *set = NULL;
	struct csg_buf text = { 0 };
	const char *dir = NULL;
	enum csg_rc rc;

	csg_chain_armor(chain, &text);
	if ((rc = csg_buf_ok(&text, err)) != CSG_OK ||
	    (rc = make_config_dir(&dir, err)) != CSG_OK ||
	    (rc = csg_outputs_new(dir, &set, err)) != CSG_OK ||
	    (rc = csg_outputs_add(set, "trust.pem", 0644, trust->data,
		 trust->len, err)) != CSG_OK ||
	    (rc = csg_outputs_add(set, "policy.csgpolicy", 0644, text.data,
		 text.len, err)) != CSG_OK ||
	    (rc = csg_outputs_commit(set,
		 a->force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) !=
		CSG_OK)
		goto out;
	cmd_print("%s/trust.pem\n", dir);
	cmd_print("%s/policy.csgpolicy\n", dir);
out:
	csg_outputs_free(set);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
policy_join(const struct policy_args *a, struct csg_err *err)
{
	const char *seen = cmd_seen_dir();
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if (a->n != 2)
		cmd_usage("join requires TRUST and POLICY");
	if ((rc = read_joined(a, &text, &trust, &chain, err)) != CSG_OK ||
	    (seen != NULL &&
		(rc = csg_seen_check(seen, trust, chain, err)) != CSG_OK))
		goto out;
	cmd_say("policy %s, %zu version%s", csg_chain_policy(chain)->name,
	    chain->n, chain->n == 1 ? "" : "s");
	policy_say_anchor(&trust->founding);
	cmd_say(
	    "compare these words by phone with somebody who was at the founding");
	if ((rc = confirm_on_tty(a,
		 "If their words are the same, install this policy?", err)) ==
		CSG_OK &&
	    (rc = install_both(a, &text, chain, err)) == CSG_OK && seen != NULL)
		rc = csg_seen_update(seen, trust, chain, err);
out:
	csg_chain_free(chain);
	csg_trust_free(trust);
	csg_buf_free(&text);
	return rc;
}

/* ---- update ---- */

/* The longest chain found so far, and why a file had none. */
struct search {
	const struct csg_trust *trust;
	struct csg_chain *best;
	bool several; /* a directory, whose files may be of any age */
	struct csg_err why;
};

/* Look for a chain in a file: a chain file, a proof, which begins with its
 * chain, or a mail with either. */
static enum csg_rc
search_file(struct search *s, const char *path, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	struct csg_chain *chain = NULL;
	size_t used;
	enum csg_rc rc;

	if ((rc = csg_bundle_read(&b, path, err)) != CSG_OK)
		return rc;
	if (b.n == 0 || b.m[0].env->kind != CSG_POLICY)
		(void)csg_fail(
		    &s->why, CSG_R_TYPE, "%s: contains no policy chain", path);
	else if (csg_chain_verify(&b, s->trust, &chain, &used, &s->why) ==
	    CSG_OK) {
		if (s->best == NULL || chain->n > s->best->n) {
			csg_chain_free(s->best);
			chain->bundle = b; /* transferred */
			memset(&b, 0, sizeof(b));
			s->best = chain; /* transferred */
			chain = NULL;
		}
	}
	csg_chain_free(chain);
	csg_bundle_clear(&b);
	if (s->why.rc == CSG_TROUBLE)
		*err = s->why;
	return err->rc;
}

static bool
may_hold_chain(const char *name)
{
	return csg_text_ends(name, ".csgpolicy") ||
	    csg_text_ends(name, ".csgproof");
}

static enum csg_rc
search_chain(struct search *s, const char *where, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	struct dirent *d;
	struct stat st;
	DIR *dp;
	enum csg_rc rc = CSG_OK;

	s->several = strcmp(where, "-") != 0 && stat(where, &st) == 0 &&
	    S_ISDIR(st.st_mode);
	if (!s->several)
		return search_file(s, where, err);
	if ((dp = opendir(where)) == NULL)
		return csg_fail_errno(err, "%s", where);
	while (rc == CSG_OK && (d = readdir(dp)) != NULL) {
		if (!may_hold_chain(d->d_name))
			continue;
		csg_buf_printf(&path, "%s/%s", where, d->d_name);
		if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
			rc = search_file(s, csg_buf_str(&path), err);
		csg_buf_free(&path);
	}
	(void)closedir(dp);
	if (rc == CSG_OK && s->best == NULL && s->why.rc == CSG_OK)
		rc = csg_fail(err, CSG_R_TYPE,
		    "%s: contains no *.csgpolicy or *.csgproof", where);
	return rc;
}

/* Replace the installed chain. */
static enum csg_rc
replace_chain(
    const char *path, const struct csg_chain *chain, struct csg_err *err)
{
	struct csg_buf text = { 0 }, dir = { 0 }, base = { 0 };
	enum csg_rc rc;

	csg_chain_armor(chain, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (rc = csg_io_split(path, &dir, &base, err)) == CSG_OK &&
	    (rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		 text.data, text.len, CSG_EXISTING_REPLACE, err)) == CSG_OK)
		cmd_print("%s\n", path);
	csg_buf_free(&text);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

/* Check that the chain that was found continues the installed one, or, in a
 * directory, is the beginning of it. */
static enum csg_rc
judge_found(const struct search *s, const struct csg_chain *own,
    const char *where, struct csg_err *err)
{
	enum csg_rc rc;

	if (s->best == NULL) {
		*err = s->why;
		return err->rc;
	}
	if ((rc = csg_chain_compatible(own, s->best, err)) != CSG_OK)
		return csg_err_prefix(err, "%s: ", where);
	if (s->best->n < own->n && !s->several)
		return csg_fail(err, CSG_R_ROLLBACK,
		    "%s: has version %zu, but version %zu is installed", where,
		    s->best->n, own->n);
	return CSG_OK;
}

static enum csg_rc
say_policy_changes(const struct csg_policy *old, const struct csg_policy *new,
    struct csg_err *err)
{
	struct csg_changes c = { 0 };
	enum csg_rc rc;

	if ((rc = csg_policy_diff(old, new, &c, err)) == CSG_OK && !cmd_quiet)
		report_changes(stderr, &c);
	csg_changes_clear(&c);
	return rc;
}

enum csg_rc
policy_update(const struct policy_args *a, struct csg_err *err)
{
	const char *seen = cmd_seen_dir(), *path, *anchor;
	struct csg_trust *trust = NULL;
	struct csg_chain *own = NULL;
	struct search s = { 0 };
	bool newer;
	enum csg_rc rc;

	if (a->n != 1)
		cmd_usage("update requires a file, a directory, or -");
	path = cmd_default_file(a->policy, "CSG_POLICY", "policy.csgpolicy");
	anchor = cmd_default_file(a->trust, "CSG_TRUST", "trust.pem");
	if (path == NULL || anchor == NULL) {
		rc = csg_fail(err, CSG_R_CONFIG,
		    "no policy is installed to update (csg-policy join installs one)");
		goto out;
	}
	/* not checked against what was seen: an update mends an old chain */
	if ((rc = csg_trust_load(anchor, &trust, err)) != CSG_OK ||
	    (rc = csg_chain_load(path, trust, &own, err)) != CSG_OK)
		goto out;
	s.trust = trust;
	if ((rc = search_chain(&s, a->operand[0], err)) != CSG_OK ||
	    (rc = judge_found(&s, own, a->operand[0], err)) != CSG_OK)
		goto out;
	newer = s.best->n > own->n;
	if (seen != NULL &&
	    (rc = csg_seen_check(seen, trust, newer ? s.best : own, err)) !=
		CSG_OK)
		goto out;
	if (!newer) {
		cmd_say(s.several ? "found nothing newer than version %zu" :
				    "version %zu is installed already",
		    own->n);
		goto out;
	}
	cmd_say("policy %s: update from version %zu to %zu",
	    csg_chain_policy(own)->name, own->n, s.best->n);
	if ((rc = say_policy_changes(csg_chain_policy(own),
		 csg_chain_policy(s.best), err)) == CSG_OK &&
	    (rc = confirm_on_tty(a, "Install this version?", err)) == CSG_OK &&
	    (rc = replace_chain(path, s.best, err)) == CSG_OK && seen != NULL)
		rc = csg_seen_update(seen, trust, s.best, err);
out:
	csg_chain_free(s.best);
	csg_chain_free(own);
	csg_trust_free(trust);
	return rc;
}
