/* csg-verify: is it signed, who approved it, under which policy? */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/report.h"
#include "lib/io.h"
#include "lib/seen.h"
#include "lib/verify.h"
#include "lib/when.h"

enum { OPT_ANY = CMD_FIRST_OWN, OPT_EMERGENCY, OPT_OPENSSL };

static const struct cmd_opt opts[] = {
	{ 'P', "profile", "PROFILE", "profile it must be signed under", false },
	{ OPT_ANY, "any-profile", NULL, "whatever profile", false },
	{ 's', "signature", "FILE", "signature (ARTIFACT.p7s or .sig)", false },
	{ 'e', "evidence", "PATH", "proof, or directory of proofs", false },
	{ 'C', "directory", "DIR", "base of artifact names", false },
	{ OPT_EMERGENCY, "accept-emergency", NULL, "accept an emergency route",
	    false },
	{ OPT_OPENSSL, "openssl", NULL,
	    "print openssl commands that check the signatures", false },
	{ 'j', "json", NULL, "report in JSON", false }, CMD_POLICY, CMD_COMMON,
	{ 0, NULL, NULL, NULL, false }
};

static const struct cmd_tool tool = { "csg-verify",
	"-P PROFILE [-s FILE] [-e PATH] [-C DIR] [-p FILE] [-t FILE]\n\t"
	"[--accept-emergency] [--openssl] [-jqv] artifact ...\n"
	"--any-profile ... artifact ...",
	"Check signatures and the approvals behind them, offline.", opts };

struct args {
	const char *profile, *signature, *evidence, *base, *policy, *trust;
	bool any, emergency, openssl, json;
};

/* A proof file: read once, or why it could not be. */
struct proof_file {
	char *path;
	struct csg_proof *proof; /* NULL: err says why */
	struct csg_err err;
};

struct job {
	const struct args *args;
	struct csg_trust *trust;
	struct csg_chain *newest; /* -p, or NULL */
	struct proof_file *files;
	size_t n;
	char **dirs; /* searched already */
	size_t ndirs;
	struct json json;
};

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'P': a->profile = cmd_arg; break;
		case OPT_ANY: a->any = true; break;
		case 's': a->signature = cmd_arg; break;
		case 'e': a->evidence = cmd_arg; break;
		case 'C': a->base = cmd_arg; break;
		case OPT_EMERGENCY: a->emergency = true; break;
		case OPT_OPENSSL: a->openssl = true; break;
		case 'j': a->json = true; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		}
	if (!a->any && a->profile == NULL)
		a->profile = getenv("CSG_PROFILE");
	if (a->any == (a->profile != NULL))
		cmd_usage(a->any ?
			"-P or --any-profile, not both" :
			"which profile do you expect?  -P, or --any-profile");
	if (argc == optind)
		cmd_usage("no artifacts");
	if (a->signature != NULL && argc - optind != 1)
		cmd_usage("-s goes with one artifact");
	if (a->openssl && a->json)
		cmd_usage("--openssl or -j, not both");
}

/* ---- anchor, newest policy, proofs ---- */

/* The anchor must be there; a policy chain of one's own need not. */
static enum csg_rc
load_policy(struct job *j, struct csg_err *err)
{
	const char *trust, *policy, *seen = cmd_seen_dir();
	uint64_t version = 0;
	enum csg_rc rc;

	trust = cmd_default_file(j->args->trust, "CSG_TRUST", "trust.pem");
	policy =
	    cmd_default_file(j->args->policy, "CSG_POLICY", "policy.csgpolicy");
	if (trust != NULL && policy != NULL)
		return cmd_load_policy(
		    policy, trust, &j->trust, &j->newest, err);
	if (trust == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no trust anchor: give -t, "
		    "or put it at ~/.config/csg/trust.pem");
	if ((rc = csg_trust_load(trust, &j->trust, err)) == CSG_OK &&
	    seen != NULL)
		(void)csg_seen_version(seen, j->trust, &version, err);
	if (version > 0)
		cmd_note("policy version %llu was seen before; without -p its "
			 "revocations are not heard",
		    (unsigned long long)version);
	return rc;
}

static enum csg_rc
add_proof(struct job *j, const char *path, struct csg_err *err)
{
	struct proof_file *f;
	struct csg_buf text = { 0 };

	if ((f = realloc(j->files, (j->n + 1) * sizeof(*f))) == NULL)
		return csg_fail_mem(err);
	j->files = f;
	f += j->n;
	memset(f, 0, sizeof(*f));
	if ((f->path = strdup(path)) == NULL)
		return csg_fail_mem(err);
	j->n++;
	if (csg_io_read(path, CSG_MAX_FILE, &text, &f->err) == CSG_OK)
		(void)csg_proof_read(path, text.data, text.len, j->trust,
		    j->newest, false, &f->proof, &f->err);
	csg_buf_free(&text);
	return CSG_OK;
}

static int
is_proof(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 9 && strcmp(d->d_name + n - 9, ".csgproof") == 0;
}

/* All proofs of a directory, once. */
static enum csg_rc
add_proof_dir(struct job *j, const char *dir, struct csg_err *err)
{
	struct dirent **names;
	char **dirs;
	struct csg_buf path = { 0 };
	int i, n;
	size_t k;
	enum csg_rc rc = CSG_OK;

	for (k = 0; k < j->ndirs; k++)
		if (strcmp(j->dirs[k], dir) == 0)
			return CSG_OK;
	if ((dirs = realloc(j->dirs, (j->ndirs + 1) * sizeof(*dirs))) == NULL)
		return csg_fail_mem(err);
	j->dirs = dirs;
	if ((dirs[j->ndirs] = strdup(dir)) == NULL)
		return csg_fail_mem(err);
	j->ndirs++;
	if ((n = scandir(dir, &names, is_proof, alphasort)) < 0)
		return csg_fail_errno(err, "%s", dir);
	for (i = 0; i < n; i++) {
		csg_buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		if (rc == CSG_OK)
			rc = add_proof(j, csg_buf_str(&path), err);
		csg_buf_free(&path);
		free(names[i]);
	}
	free(names);
	return rc;
}

static enum csg_rc
find_proofs(struct job *j, const char *artifact, struct csg_err *err)
{
	const char *e = j->args->evidence;
	struct csg_buf dir = { 0 }, base = { 0 };
	struct stat st;
	enum csg_rc rc;

	if (e != NULL) {
		if (stat(e, &st) == 0 && S_ISDIR(st.st_mode))
			return add_proof_dir(j, e, err);
		return j->n == 0 ? add_proof(j, e, err) : CSG_OK;
	}
	if ((rc = csg_io_split(artifact, &dir, &base, err)) == CSG_OK)
		rc = add_proof_dir(j, csg_buf_str(&dir), err);
	if (rc == CSG_OK && j->args->base != NULL)
		rc = add_proof_dir(j, j->args->base, err);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

/* ---- one artifact ---- */

/* The signature file: -s, or the artifact's name and a format's suffix. */
static enum csg_rc
find_signature(const struct job *j, const char *artifact, struct csg_buf *path,
    struct csg_err *err)
{
	int f;

	if (j->args->signature != NULL) {
		csg_buf_puts(path, j->args->signature);
		return csg_buf_ok(path, err);
	}
	for (f = 0; f < CSG_NFORMAT; f++) {
		csg_buf_free(path);
		csg_format_output(
		    csg_format((enum csg_format_id)f), artifact, path);
		if (access(csg_buf_str(path), F_OK) == 0)
			return csg_buf_ok(path, err);
	}
	return csg_fail(err, CSG_R_IO,
	    "%s: no signature beside it (.p7s or "
	    ".sig; -s names another)",
	    artifact);
}

/* The digests that any signing key at hand would have used. */
static unsigned
algs_needed(const struct job *j)
{
	const struct csg_policy *p;
	unsigned algs = 0;
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->files[i].proof != NULL)
			algs |= 1U << j->files[i].proof->record->key->cert->alg;
	p = j->newest != NULL ? csg_chain_policy(j->newest) : NULL;
	for (i = 0; p != NULL && i < p->nkeys; i++)
		algs |= 1U << p->keys[i].cert->alg;
	return algs;
}

static enum csg_rc
hash_artifact(
    const char *path, unsigned algs, struct csg_hashes *h, struct csg_err *err)
{
	enum csg_rc rc;
	int fd;

	if ((fd = csg_io_open(path, err)) == -1)
		return err->rc;
	if ((rc = csg_hash_fd(fd, algs, h, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	(void)close(fd);
	return rc;
}

/* Is it at least signed, in whatever format, by a key of the newest policy?
 * For the message. */
static void
name_signer(const struct job *j, const struct csg_hashes *h,
    const struct csg_buf *sig, struct csg_err *err)
{
	static const struct csg_format *const formats[] = { &csg_fmt_cms,
		&csg_fmt_raw };
	const struct csg_policy *p;
	struct csg_work w = { .hashes = h, .fd = -1 };
	struct csg_err ignored = { 0 };
	size_t i, f;

	if (j->newest == NULL || err->reason != CSG_R_UNENDORSED)
		return;
	p = csg_chain_policy(j->newest);
	for (i = 0; i < p->nkeys; i++)
		for (f = 0; f < 2; f++)
			if (formats[f]->verify(&w, &p->keys[i], sig->data,
				sig->len, &ignored) == CSG_OK) {
				(void)csg_fail(err, CSG_R_UNENDORSED,
				    "signed by key %s, but not endorsed: no "
				    "proof speaks of it",
				    p->keys[i].name);
				return;
			}
}

/* A proof that could not be read may be the one that was needed. */
static void
blame_proofs(const struct job *j, struct csg_err *err)
{
	size_t i;

	for (i = 0; i < j->n; i++) {
		if (j->files[i].proof != NULL)
			continue;
		if (err->reason == CSG_R_UNENDORSED &&
		    (j->n == 1 || j->args->evidence != NULL)) {
			*err = j->files[i].err;
			(void)csg_err_prefix(
			    err, "proof %s: ", j->files[i].path);
			return;
		}
		cmd_say("proof %s does not hold: %s: %s", j->files[i].path,
		    csg_reason_word(j->files[i].err.reason),
		    j->files[i].err.text);
	}
}

/* What the caller expects, beyond a valid signature. */
static enum csg_rc
check_expected(
    const struct job *j, const struct csg_finding *f, struct csg_err *err)
{
	const struct csg_tally *t = f->proof->record->tally;
	const struct csg_revocation *r;

	if (!j->args->any && strcmp(t->profile->name, j->args->profile) != 0)
		return csg_fail(err, CSG_R_PROFILE,
		    "signed under profile %s, not %s", t->profile->name,
		    j->args->profile);
	if (csg_proof_is_emergency(f->proof) && !j->args->emergency)
		return csg_fail(err, CSG_R_PROFILE,
		    "signed by the emergency "
		    "route %s (--accept-emergency accepts it)",
		    f->proof->record->seal->route);
	if (j->newest != NULL &&
	    (r = csg_policy_revoked(csg_chain_policy(j->newest),
		 &f->proof->record->key->cert->spki)) != NULL &&
	    r->compromised && t->time >= r->since)
		return csg_fail(err, CSG_R_REVOKED,
		    "signing key %s was compromised",
		    f->proof->record->key->name);
	return CSG_OK;
}

/*
 * A proof tells of policies and of the ledger, too: an older policy is refused
 * from now on, and votes carry the newest head of the ledger.
 */
static void
remember(const struct job *j, const struct csg_proof *p)
{
	const char *seen = cmd_seen_dir();
	struct csg_err e = { 0 };

	if (seen == NULL)
		return;
	if (csg_seen_update(seen, j->trust, p->chain, &e) != CSG_OK)
		cmd_note("can't remember policy version %zu: %s", p->chain->n,
		    e.text);
	csg_err_clear(&e);
	if (csg_seen_keep_head(seen, j->trust, p->record->receipt,
		p->record->receipt_env, &e) == CSG_OK)
		return;
	if (e.reason == CSG_R_LOG)
		cmd_warn("%s does not agree with what was seen before: %s: "
			 "tell the auditors",
		    p->origin, e.text);
	else
		cmd_note("can't remember the head of the ledger: %s", e.text);
}

static enum csg_rc
verify(struct job *j, const char *artifact, struct csg_finding *f,
    struct csg_buf *sig_path, struct csg_err *err)
{
	struct csg_proof **proofs = NULL;
	struct csg_buf name = { 0 }, sig = { 0 };
	struct csg_hashes h;
	size_t i, n = 0;
	enum csg_rc rc;

	if ((rc = find_proofs(j, artifact, err)) != CSG_OK ||
	    (rc = hash_artifact(artifact, algs_needed(j), &h, err)) != CSG_OK ||
	    (rc = find_signature(j, artifact, sig_path, err)) != CSG_OK ||
	    (rc = csg_io_read(
		 csg_buf_str(sig_path), CSG_MAX_FILE, &sig, err)) != CSG_OK ||
	    (rc = cmd_artifact_name(artifact, j->args->base, &name, err)) !=
		CSG_OK)
		goto out;
	if ((proofs = calloc(j->n + 1, sizeof(*proofs))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	for (i = 0; i < j->n; i++)
		if (j->files[i].proof != NULL)
			proofs[n++] = j->files[i].proof;
	if ((rc = csg_verify_find(proofs, n, csg_buf_str(&name), &h, sig.data,
		 sig.len, f, err)) != CSG_OK) {
		name_signer(j, &h, &sig, err);
		blame_proofs(j, err); /* the better reason, so the last */
		rc = err->rc;
	} else if ((rc = check_expected(j, f, err)) == CSG_OK)
		remember(j, f->proof);
	if (rc != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", artifact);
out:
	free(proofs);
	csg_buf_free(&name);
	csg_buf_free(&sig);
	return rc;
}

/* ---- reports ---- */

/* People among the counted whose keys are revoked by now. */
static void
revoked_since(
    const struct job *j, const struct csg_tally *t, struct csg_buf *out)
{
	const struct csg_revocation *r;
	size_t i;

	for (i = 0; i < t->n && j->newest != NULL; i++) {
		r = t->votes[i].cert == NULL ?
		    NULL :
		    csg_policy_revoked(
			csg_chain_policy(j->newest), &t->votes[i].cert->spki);
		if (r != NULL)
			csg_buf_printf(out, "%s%s (%s)",
			    out->len > 0 ? ", " : "",
			    t->votes[i].vote->head.author,
			    r->compromised ? "compromised" : "left");
	}
}

static void
report(const struct job *j, const char *artifact, const struct csg_finding *f)
{
	const struct csg_record *r = f->proof->record;
	const struct csg_tally *t = r->tally;
	struct csg_buf who = { 0 }, gone = { 0 };
	char when[CSG_TIME_LEN], words[CSG_SHORT_LEN];

	cmd_print("valid: %s: profile %s/%s, key %s, signed %s (the "
		  "workstation's clock)%s\n",
	    artifact, t->policy->name, t->profile->name, r->key->name,
	    csg_time_format(t->time, when),
	    csg_proof_is_emergency(f->proof) ? ", EMERGENCY route" : "");
	report_approvers(t, &who);
	cmd_print("  request %s by %s: %s; approved by %s\n",
	    csg_request_short(t->request, words), t->request->head.author,
	    t->request->why, csg_buf_str(&who));
	revoked_since(j, t, &gone);
	cmd_print("  policy version %llu, newest known %zu; ledger entry "
		  "%llu%s%s\n",
	    (unsigned long long)t->policy->version,
	    j->newest != NULL ? j->newest->n : f->proof->chain->n,
	    (unsigned long long)r->receipt->index + 1,
	    gone.len > 0 ? ", revoked since: " : "", csg_buf_str(&gone));
	if (cmd_verbose)
		report_tally(t);
	csg_buf_free(&who);
	csg_buf_free(&gone);
}

static void
report_json(struct job *j, const char *artifact, const struct csg_finding *f,
    const struct csg_err *err)
{
	const struct csg_record *r;
	struct csg_buf gone = { 0 };
	char text[CSG_ID_TEXT];

	json_object(&j->json, NULL);
	json_string(&j->json, "artifact", artifact);
	json_bool(&j->json, "valid", err->rc == CSG_OK);
	json_int(&j->json, "status", err->rc);
	if (err->rc != CSG_OK) {
		json_string(&j->json, "reason", csg_reason_word(err->reason));
		json_string(&j->json, "text", err->text);
	} else {
		r = f->proof->record;
		json_string(
		    &j->json, "name", r->seal->artifacts[f->artifact].name);
		json_string(&j->json, "digest",
		    csg_id_format(
			&r->seal->artifacts[f->artifact].input, text));
		json_string(&j->json, "key", r->key->name);
		json_string(
		    &j->json, "time", csg_time_format(r->tally->time, text));
		json_string(
		    &j->json, "evidence", csg_id_format(&r->digest, text));
		json_int(
		    &j->json, "ledger_entry", (int64_t)r->receipt->index + 1);
		json_string(&j->json, "ledger",
		    csg_id_format(&r->receipt->tree.log, text));
		json_int(&j->json, "newest_policy_version",
		    (int64_t)(j->newest != NULL ? j->newest->n :
						  f->proof->chain->n));
		revoked_since(j, r->tally, &gone);
		json_string(&j->json, "revoked_since",
		    gone.len > 0 ? csg_buf_str(&gone) : NULL);
		report_tally_json(&j->json, r->tally);
	}
	json_end_object(&j->json);
	csg_buf_free(&gone);
}

/* ---- --openssl ---- */

static void
print_file(const char *name, const char *text)
{
	(void)printf("cat > %s <<'END'\n%sEND\n", name, text);
}

/* A shell word. */
static void
print_quoted(const char *s)
{
	(void)putchar('\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			(void)fputs("'\\''", stdout);
		else
			(void)putchar(*s);
	(void)putchar('\'');
}

static void
print_raw_command(
    const struct csg_key *key, const char *artifact, const char *sig)
{
	(void)printf("openssl x509 -in csg-key.pem -noout -pubkey > "
		     "csg-key.pub\nopenssl dgst -%s -verify csg-key.pub ",
	    csg_alg_name(key->cert->alg));
	if (key->pss)
		(void)printf("-sigopt rsa_padding_mode:pss -sigopt "
			     "rsa_pss_saltlen:digest ");
	(void)fputs("-signature ", stdout);
	print_quoted(sig);
	(void)putchar(' ');
	print_quoted(artifact);
	(void)putchar('\n');
}

static void
print_openssl(
    const struct csg_finding *f, const char *artifact, const char *sig)
{
	const struct csg_record *r = f->proof->record;
	const struct csg_link *last;
	struct csg_buf key = { 0 }, signer = { 0 }, msg = { 0 };
	struct csg_err err = { 0 };
	size_t n = f->proof->chain->n;
	const struct csg_policy *judge;

	last = &f->proof->chain->links[n - 1];
	judge = n > 1 ? f->proof->chain->links[n - 2].policy : last->policy;
	(void)csg_cert_write(r->key->cert, &key, &err);
	(void)csg_cert_write(
	    judge->keys[judge->policy_key].cert, &signer, &err);
	csg_envelope_armor(last->msg->env, &msg);
	(void)printf(
	    "# This checks the signing key's and the policy key's "
	    "signatures.\n# It proves no quorum: only csg-verify recounts "
	    "the approvals.\n");
	print_file("csg-key.pem", csg_buf_str(&key));
	print_file("csg-policy-key.pem", csg_buf_str(&signer));
	print_file("csg-policy.cms", csg_buf_str(&msg));
	(void)printf(
	    "openssl cms -verify -binary -inform PEM -in "
	    "csg-policy.cms -nointern -certfile csg-policy-key.pem -CAfile "
	    "csg-policy-key.pem -partial_chain -purpose any -out "
	    "csg-policy.yaml\n");
	if (r->tally->profile->format == CSG_FORMAT_CMS) {
		(void)fputs(
		    "openssl cms -verify -binary -inform DER -in ", stdout);
		print_quoted(sig);
		(void)fputs(" -content ", stdout);
		print_quoted(artifact);
		(void)printf(" -nointern -certfile csg-key.pem -CAfile "
			     "csg-key.pem -partial_chain -purpose any -out "
			     "/dev/null\n");
	} else if (r->tally->profile->format == CSG_FORMAT_RAW)
		print_raw_command(r->key, artifact, sig);
	csg_buf_free(&key);
	csg_buf_free(&signer);
	csg_buf_free(&msg);
}

/* ---- all of them ---- */

static void
check_one(struct job *j, const char *artifact, struct csg_err *worst)
{
	struct csg_finding f = { NULL, 0 };
	struct csg_buf sig = { 0 };
	struct csg_err err = { 0 };

	(void)verify(j, artifact, &f, &sig, &err);
	if (j->args->json)
		report_json(j, artifact, &f, &err);
	else if (err.rc == CSG_OK && j->args->openssl)
		print_openssl(&f, artifact, csg_buf_str(&sig));
	else if (err.rc == CSG_OK && !cmd_quiet)
		report(j, artifact, &f);
	csg_buf_free(&sig);
	if (err.rc == CSG_OK)
		return;
	if (worst->rc != CSG_OK &&
	    csg_rc_worst(worst->rc, err.rc) == worst->rc) {
		cmd_complain(&err);
		return;
	}
	cmd_complain(worst);
	*worst = err;
}

static void
job_clear(struct job *j)
{
	size_t i;

	for (i = 0; i < j->n; i++) {
		free(j->files[i].path);
		csg_proof_free(j->files[i].proof);
	}
	for (i = 0; i < j->ndirs; i++)
		free(j->dirs[i]);
	free(j->files);
	free(j->dirs);
	csg_chain_free(j->newest);
	csg_trust_free(j->trust);
}

int
main(int argc, char *argv[])
{
	struct args a = { 0 };
	struct job j = { .args = &a };
	struct csg_err err = { 0 };
	int i;

	cmd_init(&tool);
	parse_args(argc, argv, &a);
	if (load_policy(&j, &err) == CSG_OK) {
		if (a.json)
			json_array(&j.json, NULL);
		for (i = optind; i < argc; i++)
			check_one(&j, argv[i], &err);
		if (a.json)
			json_end_array(&j.json);
	}
	job_clear(&j);
	return cmd_exit(&err);
}
