/* csg-request: write a signed request for signatures. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/chain.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/places.h"
#include "cmd/common/draft.h"
#include "cmd/common/files.h"
#include "cmd/common/person.h"
#include "cmd/common/talk.h"
#include "lib/format/format.h"
#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

enum { OPT_FOUNDING = CMD_FIRST_OWN, OPT_FROM, OPT_LOCKOUT, OPT_DESTROY };

static const struct cmd_opt opts[] = {
	{ 'P', "profile", "PROFILE", "profile to sign under", NULL, false },
	{ 'm', "message", "WHY", "why it should be signed", NULL, false },
	{ OPT_FOUNDING, "founding", "DRAFT", "request the first policy", NULL,
	    false },
	{ OPT_FROM, "from", "REQUEST", "make an old request again", NULL,
	    false },
	{ OPT_DESTROY, "destroy-key", "NAME",
	    "request to destroy a retired key", NULL, false },
	{ 'C', "directory", "DIR", "base of artifact names", NULL, false },
	{ 'o', "output", "PATH", "file or directory to write to", NULL, false },
	{ 'u', "until", "TIME", "expiry: a time or a duration (3d, 12h)", NULL,
	    false },
	{ OPT_LOCKOUT, "allow-lockout", NULL,
	    "request a policy that few people could change", NULL, false },
	{ 'f', "force", NULL, "replace an existing output", NULL, false },
	{ '0', "null", NULL, "end the printed path with NUL", NULL, false },
	CMD_POLICY,
	CMD_KEY,
	CMD_COMMON,
	{ 0, NULL, NULL, NULL, NULL, false },
};

static const struct cmd_verb verbs[] = {
	{ "",
	    "-P PROFILE -m WHY [-C DIR] [-o PATH] [-u TIME] [--allow-lockout] [-f0qv]\n"
	    "\tartifact ...\n"
	    "--from REQUEST [-m WHY] [-C DIR] [-o PATH] [-u TIME] [-f0qv] [artifact ...]\n"
	    "-P policy --destroy-key NAME -m WHY [-o PATH] [-u TIME] [-f0qv]\n"
	    "--founding DRAFT -m WHY [-o PATH] [-u TIME] [-f0qv]" },
	{ NULL, NULL },
};

static const struct cmd_tool tool = { "csg-request", verbs,
	"Hash artifacts and write a signed request to have them signed.",
	opts };

/* The command line. */
struct args {
	const char *profile, *why, *founding, *from, *destroy, *base, *out,
	    *until;
	const char *policy, *trust, *key, *pin_source;
	bool force, nul, allow_lockout;
};

/* One run: the request, and what it is made from. */
struct job {
	struct csg_trust *trust;
	struct csg_chain *chain;
	struct csg_draft draft; /* at a founding */
	const struct csg_policy *policy;
	const struct csg_profile *profile;
	struct cmd_person person;
	struct csg_request req;
	struct csg_request *old; /* --from */
	bool allow_lockout;
};

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'P': a->profile = cmd_arg; break;
		case 'm': a->why = cmd_arg; break;
		case OPT_FOUNDING: a->founding = cmd_arg; break;
		case OPT_FROM: a->from = cmd_arg; break;
		case 'C': a->base = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'u': a->until = cmd_arg; break;
		case OPT_DESTROY: a->destroy = cmd_arg; break;
		case OPT_LOCKOUT: a->allow_lockout = true; break;
		case 'f': a->force = true; break;
		case '0': a->nul = true; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		case 'k': a->key = cmd_arg; break;
		case CMD_PIN_SOURCE: a->pin_source = cmd_arg; break;
		}
	if (a->founding != NULL &&
	    (a->from != NULL || a->profile != NULL || a->policy != NULL ||
		a->trust != NULL || argc > optind))
		cmd_usage(
		    "--founding takes no profile, policy, anchor or artifacts");
	if (a->profile == NULL && a->from == NULL && a->founding == NULL &&
	    (a->profile = cmd_variable("CSG_PROFILE")) == NULL)
		cmd_usage("no profile given (-P)");
	if (a->why == NULL && a->from == NULL)
		cmd_usage("no reason given (-m)");
	if (a->why != NULL &&
	    (a->why[0] == '\0' ||
		!csg_text_valid(a->why, strlen(a->why), true) ||
		strchr(a->why, '\t') != NULL))
		cmd_usage("-m: the text is empty or can't be shown safely");
	if (a->destroy != NULL &&
	    (a->founding != NULL || a->from != NULL || argc > optind))
		cmd_usage(
		    "--destroy-key requires -P policy, and takes no artifacts");
	if (argc == optind && a->from == NULL && a->founding == NULL &&
	    a->destroy == NULL)
		cmd_usage("no artifacts given");
}

/* Does the file begin like a private key in PEM, of any kind? */
static bool
is_private_key(const struct csg_hashes *h)
{
	char line[sizeof(h->head) + 1] = { 0 };

	memcpy(line, h->head, h->head_len);
	line[strcspn(line, "\r\n")] = '\0';
	return strncmp(line, "-----BEGIN ", 11) == 0 &&
	    strstr(line, "PRIVATE KEY-----") != NULL;
}

/* Refuse csg's own files and private keys, which a glob may have included by
 * mistake. */
static enum csg_rc
refuse_own(const char *path, const struct csg_hashes *h, struct csg_err *err)
{
	if (csg_bundle_is_own(path))
		return csg_fail(err, CSG_R_TYPE,
		    "%s: is one of csg's own files, not an artifact", path);
	if (is_private_key(h))
		return csg_fail(err, CSG_R_TYPE,
		    "%s: is a private key, not an artifact", path);
	return CSG_OK;
}

/* Add a file that was hashed to the request, if the profile's format would sign
 * it.  draft is the parsed draft that it contains, or NULL. */
static enum csg_rc
add_artifact(struct job *j, const char *path, const char *base,
    const struct csg_hashes *h, const struct csg_draft *draft,
    struct csg_err *err)
{
	struct csg_artifact *a = &j->req.artifacts[j->req.n];
	const struct csg_target w = {
		.artifact = a,
		.hashes = h,
		.draft = draft,
		.policy = j->chain != NULL ? j->policy : NULL,
		.time = j->req.head.time,
		.allow_lockout = j->allow_lockout,
	};
	struct csg_buf name = { 0 };
	enum csg_rc rc;

	if ((rc = refuse_own(path, h, err)) != CSG_OK ||
	    (rc = cmd_artifact_name(path, base, &name, err)) != CSG_OK)
		return rc;
	a->name = (char *)name.data; /* transferred */
	a->size = h->size;
	a->sha256 = h->id;
	j->req.n++;
	if ((rc = csg_format(j->profile->format)->accept(&w, err)) != CSG_OK)
		return csg_err_prefix_file(err, path);
	return CSG_OK;
}

/* Hash all files, each once, and add them. */
static enum csg_rc
hash_artifacts(struct job *j, char **paths, size_t n, const char *base,
    struct csg_err *err)
{
	struct csg_hashes *h;
	size_t i;
	enum csg_rc rc;

	if ((h = calloc(n + 1, sizeof(*h))) == NULL)
		return csg_fail_mem(err);
	rc = csg_files_hash(AT_FDCWD, (const char *const *)paths, n, 0, h, err);
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = add_artifact(j, paths[i], base, &h[i], NULL, err);
	free(h);
	return rc;
}

/* Hash and add a draft.  The file stays open until it is parsed, so that both
 * see the same file. */
static enum csg_rc
add_draft(
    struct job *j, const char *path, const char *base, struct csg_err *err)
{
	struct csg_draft draft = CSG_DRAFT_NONE;
	struct csg_hashes h;
	enum csg_rc rc;
	int fd;

	if ((rc = csg_file_hash(AT_FDCWD, path, 0, &h, &fd, err)) != CSG_OK)
		return rc;
	if ((rc = csg_draft_read(fd, &h, &draft, err)) == CSG_OK)
		rc = add_artifact(j, path, base, &h, &draft, err);
	else
		(void)csg_err_prefix_file(err, path);
	csg_draft_clear(&draft);
	(void)close(fd);
	return rc;
}

/* Add the draft of a founding, which prepare() has read. */
static enum csg_rc
add_founding(struct job *j, const char *path, struct csg_err *err)
{
	const struct csg_hashes h = { .size = j->draft.yaml.len,
		.id = j->draft.policy->id };

	if ((j->req.artifacts = calloc(1, sizeof(*j->req.artifacts))) == NULL)
		return csg_fail_mem(err);
	return add_artifact(j, path, NULL, &h, &j->draft, err);
}

static enum csg_rc
add_artifacts(struct job *j, char **paths, size_t n, const char *base,
    struct csg_err *err)
{
	const struct csg_format *f = csg_format(j->profile->format);
	enum csg_rc rc;

	if (n > CSG_MAX_ARTIFACTS)
		return csg_fail(err, CSG_R_POLICY, "more than %d artifacts",
		    CSG_MAX_ARTIFACTS);
	if (f->reads_draft && n != 1)
		return csg_fail(err, CSG_R_POLICY,
		    "profile %s requires exactly one artifact in a request",
		    j->profile->name);
	if ((j->req.artifacts = calloc(n, sizeof(*j->req.artifacts))) == NULL)
		return csg_fail_mem(err);
	rc = f->reads_draft ? add_draft(j, paths[0], base, err) :
			      hash_artifacts(j, paths, n, base, err);
	if (rc != CSG_OK)
		return rc;
	return csg_artifacts_distinct(
	    j->req.artifacts, j->req.n, f->suffix, err);
}

/* For --from without operands: add the artifacts that the old request names,
 * below the base directory. */
static enum csg_rc
add_old_artifacts(struct job *j, const char *base, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char **paths;
	size_t i, n = j->old->n;
	enum csg_rc rc = CSG_OK;

	if ((paths = calloc(n, sizeof(*paths))) == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		csg_buf_printf(&path, "%s/", base != NULL ? base : ".");
		rc = csg_filename_decode(j->old->artifacts[i].name, &path, err);
		if (rc == CSG_OK &&
		    (paths[i] = strdup(csg_buf_str(&path))) == NULL)
			rc = csg_fail_mem(err);
		csg_buf_free(&path);
	}
	if (rc == CSG_OK)
		rc = add_artifacts(j, paths, n, base != NULL ? base : ".", err);
	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return rc;
}

/* Load the policy, which at a founding is the draft, and find profile and
 * person. */
static enum csg_rc
prepare(struct job *j, const struct args *a, struct csg_err *err)
{
	const char *name = a->profile;
	enum csg_rc rc;

	if (a->founding != NULL) {
		name = "policy";
		rc = cmd_read_draft(
		    a->founding, &j->draft.yaml, &j->draft.policy, err);
		j->policy = j->draft.policy;
	} else if ((rc = cmd_load_policy(a->policy, a->trust, &j->trust,
			&j->chain, err)) == CSG_OK)
		j->policy = csg_chain_policy(j->chain);
	if (rc != CSG_OK)
		return rc;
	if (j->old != NULL && name == NULL)
		name = j->old->profile;
	if ((j->profile = csg_policy_profile(j->policy, name)) == NULL)
		return csg_fail(err, CSG_R_PROFILE,
		    "no profile '%s' in policy %s version %llu", name,
		    j->policy->name, (unsigned long long)j->policy->version);
	if ((rc = cmd_load_person(
		 a->key, a->pin_source, j->policy, &j->person, err)) != CSG_OK)
		return rc;
	if (!csg_policy_may_request(j->policy, j->profile, j->person.user))
		return csg_fail(err, CSG_R_GROUP,
		    "%s is in no group that may request signatures under profile %s",
		    j->policy->users[j->person.user].name, j->profile->name);
	return CSG_OK;
}

/* Fill in everything but the artifacts. */
static enum csg_rc
fill(struct job *j, const struct args *a, struct csg_err *err)
{
	struct csg_request *r = &j->req;
	const char *why = a->why;
	char when[CSG_TIME_LEN];
	enum csg_rc rc;

	if (why == NULL)
		why = j->old->why;
	r->head.time = cmd_now();
	r->head.policy = j->policy->id;
	r->head.author = strdup(j->policy->users[j->person.user].name);
	r->profile = strdup(j->profile->name);
	r->why = strdup(why);
	if (r->head.author == NULL || r->profile == NULL || r->why == NULL)
		return csg_fail_mem(err);
	r->expires = a->until != NULL ? cmd_until(a->until, r->head.time) :
					r->head.time + j->profile->request_life;
	if (r->expires <= r->head.time ||
	    r->expires > r->head.time + j->profile->request_life)
		return csg_fail(err, CSG_R_EXPIRED,
		    "-u: profile %s allows a time in the future, %s at most",
		    j->profile->name,
		    csg_time_format(
			r->head.time + j->profile->request_life, when));
	if ((rc = csg_cert_valid_at(
		 j->person.cert, r->head.time, r->head.author, err)) != CSG_OK)
		return rc;
	return csg_policy_in_force(j->policy, j->profile, r->head.time, err);
}

static enum csg_rc
write_request(struct job *j, const struct args *a, struct csg_err *err)
{
	const struct csg_signer_key k = cmd_person_signer(&j->person);
	struct csg_buf yaml = { 0 }, text = { 0 };
	struct csg_envelope *env = NULL;
	struct csg_request *again = NULL; /* read back, as others will */
	const struct csg_profile *profile;
	const struct csg_author by = { j->person.user, j->person.cert };
	char words[CSG_SHORT_LEN], file[40], four[24];
	enum csg_rc rc;

	if ((rc = csg_request_write(&j->req, &yaml, err)) != CSG_OK ||
	    (rc = csg_envelope_make(&k, CSG_REQUEST, &yaml, j->req.head.time,
		 &env, err)) != CSG_OK)
		goto out;
	if ((rc = csg_request_read(env, &again, err)) != CSG_OK ||
	    (rc = csg_request_check(again, env, j->policy, &by,
		 j->req.head.time, &profile, err)) != CSG_OK)
		goto out;
	j->req.id = env->id;
	(void)snprintf(
	    file, sizeof(file), "%s.csgreq", csg_request_short(&j->req, words));
	csg_envelope_armor(env, &text);
	if ((rc = csg_buf_ok(&text, err)) != CSG_OK ||
	    (rc = cmd_write(a->out, file, &text, a->force, a->nul, err)) !=
		CSG_OK)
		goto out;
	if (j->req.destroy != NULL)
		cmd_say("request %s for profile %s, to destroy key %s", words,
		    j->req.profile, j->req.destroy);
	else
		cmd_say("request %s for profile %s, %zu artifact%s", words,
		    j->req.profile, j->req.n, j->req.n == 1 ? "" : "s");
	cmd_note("by phone: %s", csg_id_proquints(&j->req.id, 4, four));
out:
	csg_request_free(again);
	csg_envelope_free(env);
	csg_buf_free(&yaml);
	csg_buf_free(&text);
	return rc;
}

/* Request the destruction of a key that was retired: an earlier policy has it,
 * the one in force does not. */
static enum csg_rc
add_key(struct job *j, const char *name, struct csg_err *err)
{
	const struct csg_key *key;

	if ((key = csg_chain_retired(j->chain, name, NULL, err)) == NULL)
		return err->rc;
	j->req.destroy_key = key->cert->spki;
	if ((j->req.destroy = strdup(name)) == NULL)
		return csg_fail_mem(err);
	return CSG_OK;
}

/* Check that the old request was signed by its author. */
static enum csg_rc
check_old(
    const struct job *j, const struct csg_envelope *env, struct csg_err *err)
{
	const struct csg_policy *p = NULL;
	struct csg_author by;

	if (j->chain != NULL)
		p = csg_chain_policy_by_id(j->chain, &j->old->head.policy);
	if (p == NULL)
		return csg_fail(err, CSG_R_POLICY,
		    "was made under a policy that is not in this chain");
	return csg_message_verify(p, &j->old->head, env, &by, err);
}

static enum csg_rc
run(struct job *j, const struct args *a, char **paths, size_t n,
    struct csg_err *err)
{
	const char *destroy = a->destroy;
	struct csg_envelope *env = NULL;
	enum csg_rc rc;

	j->allow_lockout = a->allow_lockout;
	if (a->from != NULL) {
		if ((rc = csg_message_read(a->from, CSG_REQUEST, &env, err)) ==
		    CSG_OK)
			rc = csg_request_read(env, &j->old, err);
		if (rc != CSG_OK) {
			csg_envelope_free(env);
			return rc;
		}
	}
	rc = prepare(j, a, err);
	if (rc == CSG_OK && j->old != NULL &&
	    (rc = check_old(j, env, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", a->from);
	csg_envelope_free(env);
	if (rc != CSG_OK || (rc = fill(j, a, err)) != CSG_OK)
		return rc;
	if (j->old != NULL && n == 0)
		destroy = j->old->destroy;
	if (a->founding != NULL)
		rc = add_founding(j, a->founding, err);
	else if (destroy != NULL)
		rc = add_key(j, destroy, err);
	else if (n > 0)
		rc = add_artifacts(j, paths, n, a->base, err);
	else
		rc = add_old_artifacts(j, a->base, err);
	return rc != CSG_OK ? rc : write_request(j, a, err);
}

int
main(int argc, char *argv[])
{
	struct args a = { 0 };
	struct job j = { 0 };
	struct csg_err err = { 0 };
	size_t i;

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	(void)run(&j, &a, argv + optind, (size_t)(argc - optind), &err);
	for (i = 0; i < j.req.n; i++)
		free(j.req.artifacts[i].name);
	free(j.req.artifacts);
	free(j.req.profile);
	free(j.req.why);
	free(j.req.destroy);
	free(j.req.head.author);
	csg_request_free(j.old);
	cmd_person_clear(&j.person);
	csg_draft_clear(&j.draft);
	csg_chain_free(j.chain);
	csg_trust_free(j.trust);
	return cmd_exit(&err);
}
