/* csg-policy: make, edit, check, found and show policies. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/report.h"
#include "lib/draft.h"
#include "lib/io.h"
#include "lib/sign.h"
#include "lib/text.h"
#include "lib/when.h"

#define YEAR (INT64_C(365) * 86400)
#define MAX_GROUPS 64

static const struct cmd_opt opts[] = { { 'g', "groups", "GROUP,...",
					   "user: the groups", false },
	{ 'c', "config", "FILE", "found: signer configuration", false },
	{ 'o', "output", "PATH", "new: draft; found: directory", false },
	{ 'f', "force", NULL, "replace existing outputs", false },
	{ 'j', "json", NULL, "show: as JSON, with ids", false }, CMD_POLICY,
	CMD_COMMON, { 0, NULL, NULL, NULL, false } };

static const struct cmd_tool tool = { "csg-policy",
	"new [TEMPLATE] -o DRAFT [-p FILE] [-t FILE] [-f]\n"
	"user add DRAFT [-g GROUP,...] [NAME=]CERT ...\n"
	"user remove DRAFT [-g GROUP,...] NAME ...\n"
	"key add DRAFT [NAME=]CERT ...\n"
	"key remove DRAFT NAME ...\n"
	"check DRAFT ...\n"
	"show [-j] [-p FILE] [-t FILE]\n"
	"found [-c FILE] [-o DIR] [-f] DRAFT message ...",
	"Make, edit, check, found and show policies.", opts };

struct args {
	const char *config, *out, *policy, *trust;
	char *groups[MAX_GROUPS];
	size_t ngroups;
	bool force, json;
	char **operand;
	int n;
};

static void
parse_groups(struct args *a, const char *list)
{
	static char copy[4096]; /* the names stay in it */
	char *name, *save = NULL;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", list) >= sizeof(copy))
		cmd_usage("-g: too long");
	for (name = strtok_r(copy, ",", &save); name != NULL;
	     name = strtok_r(NULL, ",", &save)) {
		if (a->ngroups == MAX_GROUPS || !csg_name_valid(name))
			cmd_usage(
			    "-g: '%s' is no group name, or one too many", name);
		a->groups[a->ngroups++] = name;
	}
}

static void
parse_args(int argc, char *argv[], struct args *a)
{
	int ch;

	while ((ch = cmd_getopt(argc, argv)) != -1)
		switch (ch) {
		case 'g': parse_groups(a, cmd_arg); break;
		case 'c': a->config = cmd_arg; break;
		case 'o': a->out = cmd_arg; break;
		case 'f': a->force = true; break;
		case 'j': a->json = true; break;
		case 'p': a->policy = cmd_arg; break;
		case 't': a->trust = cmd_arg; break;
		}
	a->operand = argv + optind;
	a->n = argc - optind;
}

/* ---- new ---- */

/* "acme" of "dir/acme-1.yaml", or NULL. */
static char *
name_of_draft(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name;
	size_t n;

	base = base != NULL ? base + 1 : path;
	n = strcspn(base, ".");
	while (n > 0 && strchr("0123456789", base[n - 1]) != NULL)
		n--;
	if (n < 2 || base[n - 1] != '-' ||
	    (name = strndup(base, n - 1)) == NULL)
		return NULL;
	if (csg_name_valid(name))
		return name;
	free(name);
	return NULL;
}

/* An example policy's text, by name or path. */
static enum csg_rc
read_template(const char *name, struct csg_buf *text, struct csg_err *err)
{
	struct csg_buf path = { 0 };
	enum csg_rc rc;

	if (strchr(name, '/') != NULL || strchr(name, '.') != NULL)
		return csg_io_read(name, CSG_POLICY_MAX, text, err);
	csg_buf_printf(&path, "%s/%s.yaml", CSG_DATADIR, name);
	if ((rc = csg_io_read(csg_buf_str(&path), CSG_POLICY_MAX, text, err)) !=
	    CSG_OK)
		rc = csg_fail(
		    err, CSG_R_IO, "no template '%s' in %s", name, CSG_DATADIR);
	csg_buf_free(&path);
	return rc;
}

/* version, previous, issued, expires. */
static enum csg_rc
set_dates(struct csg_buf *text, uint64_t version, const char *previous,
    struct csg_err *err)
{
	char number[24], when[CSG_TIME_LEN];
	int64_t now = cmd_now();
	enum csg_rc rc;

	(void)snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)version);
	if ((rc = csg_draft_set(text, "version", number, err)) != CSG_OK ||
	    (rc = csg_draft_set(text, "previous", previous, err)) != CSG_OK ||
	    (rc = csg_draft_set(
		 text, "issued", csg_time_format(now, when), err)) != CSG_OK)
		return rc;
	return csg_draft_set(
	    text, "expires", csg_time_format(now + YEAR, when), err);
}

/* The version after the one in force. */
static enum csg_rc
next_version(const struct args *a, struct csg_buf *text, struct csg_err *err)
{
	const struct csg_envelope *env;
	const struct csg_policy *p;
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = cmd_load_policy(a->policy, a->trust, &trust, &chain, err)) ==
	    CSG_OK) {
		p = csg_chain_policy(chain);
		env = chain->links[chain->n - 1].msg->env;
		csg_buf_add(text, env->content, env->len);
		rc = set_dates(
		    text, p->version + 1, csg_id_format(&p->id, id), err);
	}
	csg_chain_free(chain);
	csg_trust_free(trust);
	return rc;
}

static enum csg_rc
do_new(const struct args *a, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	char *name;
	enum csg_rc rc;

	if (a->out == NULL || a->n > 1)
		cmd_usage("new takes one TEMPLATE at most, and -o DRAFT");
	if (a->n == 0)
		rc = next_version(a, &text, err);
	else if ((rc = read_template(a->operand[0], &text, err)) == CSG_OK &&
	    (rc = set_dates(&text, 1, "none", err)) == CSG_OK &&
	    (name = name_of_draft(a->out)) != NULL) {
		rc = csg_draft_set(&text, "name", name, err);
		free(name);
	}
	if (rc == CSG_OK)
		rc = cmd_write(
		    a->out, "policy.yaml", &text, a->force, false, err);
	csg_buf_free(&text);
	return rc;
}

/* ---- edits ---- */

/* "NAME=FILE" or FILE; the name is the certificate's CN then. */
static enum csg_rc
read_named_cert(const char *operand, struct csg_buf *name,
    struct csg_cert **cert, struct csg_err *err)
{
	const char *eq = strchr(operand, '='), *path = operand;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*cert = NULL;
	if (eq != NULL && strchr(operand, '/') != NULL &&
	    strchr(operand, '/') < eq)
		eq = NULL;
	if (eq != NULL)
		path = eq + 1;
	if ((rc = csg_io_read(path, CSG_MAX_CERT, &text, err)) == CSG_OK &&
	    (rc = csg_cert_read(csg_buf_str(&text), text.len, cert, err)) !=
		CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	csg_buf_free(&text);
	if (rc != CSG_OK)
		return rc;
	if (eq != NULL)
		csg_buf_add(name, operand, (size_t)(eq - operand));
	else if ((rc = csg_cert_cn(*cert, name, err)) != CSG_OK)
		return rc;
	if (!csg_name_valid(csg_buf_str(name)))
		return csg_fail(err, CSG_R_PARSE,
		    "%s: its CN '%s' is no name "
		    "for a policy: give NAME=%s",
		    path, csg_buf_str(name), path);
	return csg_buf_ok(name, err);
}

/* Is it a self-signed certificate made with RSA-PSS? */
static bool
is_pss(const struct csg_cert *c)
{
	return X509_get_signature_nid(c->x509) == NID_rsassaPss &&
	    X509_verify(c->x509, c->pkey) == 1;
}

enum edit { USER_ADD, USER_REMOVE, KEY_ADD, KEY_REMOVE };

static enum csg_rc
edit_one(const struct args *a, enum edit what, const char *operand,
    struct csg_buf *text, struct csg_err *err)
{
	struct csg_cert *cert = NULL;
	struct csg_buf name = { 0 };
	enum csg_rc rc = CSG_OK;

	if (what == USER_ADD || what == KEY_ADD)
		rc = read_named_cert(operand, &name, &cert, err);
	if (rc == CSG_OK && what == USER_ADD)
		rc = csg_draft_add_user(
		    text, csg_buf_str(&name), cert, a->groups, a->ngroups, err);
	else if (rc == CSG_OK && what == KEY_ADD)
		rc = csg_draft_add_key(
		    text, csg_buf_str(&name), cert, is_pss(cert), err);
	else if (what == USER_REMOVE)
		rc = csg_draft_remove_user(
		    text, operand, a->groups, a->ngroups, err);
	else if (what == KEY_REMOVE)
		rc = csg_draft_remove_key(text, operand, err);
	csg_cert_free(cert);
	csg_buf_free(&name);
	return rc;
}

static enum csg_rc
edit(const struct args *a, enum edit what, struct csg_err *err)
{
	const char *draft;
	struct csg_buf text = { 0 }, dir = { 0 }, base = { 0 };
	char when[CSG_TIME_LEN];
	enum csg_rc rc;
	int i;

	if (a->n < 2)
		cmd_usage("a DRAFT and what to add or remove");
	draft = a->operand[0];
	if ((rc = csg_io_read(draft, CSG_POLICY_MAX, &text, err)) != CSG_OK ||
	    (rc = csg_io_split(draft, &dir, &base, err)) != CSG_OK)
		goto out;
	for (i = 1; i < a->n && rc == CSG_OK; i++)
		rc = edit_one(a, what, a->operand[i], &text, err);
	if (rc == CSG_OK)
		rc = csg_draft_set(
		    &text, "issued", csg_time_format(cmd_now(), when), err);
	if (rc == CSG_MALFORMED && what != USER_ADD && what != KEY_ADD)
		(void)csg_err_prefix(err, "%s:", draft);
	if (rc == CSG_OK)
		rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		    text.data, text.len, CSG_EXISTING_REPLACE, err);
out:
	csg_buf_free(&text);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

static enum csg_rc
do_user_or_key(const struct args *given, bool user, struct csg_err *err)
{
	struct args a = *given;
	const char *verb = a.n > 0 ? a.operand[0] : "";

	a.operand++;
	a.n--;
	if (strcmp(verb, "add") == 0)
		return edit(&a, user ? USER_ADD : KEY_ADD, err);
	if (strcmp(verb, "remove") == 0)
		return edit(&a, user ? USER_REMOVE : KEY_REMOVE, err);
	cmd_usage("%s add or %s remove", user ? "user" : "key",
	    user ? "user" : "key");
}

static enum csg_rc
do_user(const struct args *a, struct csg_err *err)
{
	return do_user_or_key(a, true, err);
}

static enum csg_rc
do_key(const struct args *a, struct csg_err *err)
{
	return do_user_or_key(a, false, err);
}

/* ---- check, show ---- */

static enum csg_rc
check_one(const char *path, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	struct csg_policy *p = NULL;
	char id[CSG_ID_TEXT];
	enum csg_rc rc;

	if ((rc = csg_io_read(path, CSG_POLICY_MAX, &text, err)) == CSG_OK &&
	    (rc = csg_policy_parse(csg_buf_str(&text), text.len, &p, err)) !=
		CSG_OK)
		(void)csg_err_prefix(err, "%s:", path);
	if (rc == CSG_OK)
		cmd_say("%s: policy %s version %llu is sound, %s", path,
		    p->name, (unsigned long long)p->version,
		    csg_id_format(&p->id, id));
	csg_policy_free(p);
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
do_check(const struct args *a, struct csg_err *err)
{
	struct csg_err worst = { 0 }, one;
	int i;

	if (a->n == 0)
		cmd_usage("check needs a DRAFT");
	for (i = 0; i < a->n; i++) {
		memset(&one, 0, sizeof(one));
		if (check_one(a->operand[i], &one) == CSG_OK)
			continue;
		if (worst.rc != CSG_OK)
			cmd_complain(&worst);
		worst = one;
	}
	*err = worst;
	return err->rc;
}

static void
show_json(const struct csg_chain *c)
{
	const struct csg_policy *p = csg_chain_policy(c);
	struct json j = { 0 };
	char text[CSG_ID_TEXT];
	size_t i;

	json_object(&j, NULL);
	json_string(&j, "name", p->name);
	json_int(&j, "version", (int64_t)p->version);
	json_string(&j, "id", csg_id_format(&p->id, text));
	json_string(&j, "issued", csg_time_format(p->issued, text));
	json_string(&j, "expires", csg_time_format(p->expires, text));
	json_array(&j, "versions");
	for (i = 0; i < c->n; i++)
		json_string(
		    &j, NULL, csg_id_format(&c->links[i].policy->id, text));
	json_end_array(&j);
	json_array(&j, "users");
	for (i = 0; i < p->nusers; i++)
		json_string(&j, NULL, p->users[i].name);
	json_end_array(&j);
	json_object(&j, "keys");
	for (i = 0; i < p->nkeys; i++)
		json_string(&j, p->keys[i].name,
		    csg_id_format(&p->keys[i].cert->spki, text));
	json_end_object(&j);
	json_array(&j, "profiles");
	for (i = 0; i < p->nprofiles; i++)
		json_string(&j, NULL, p->profiles[i].name);
	json_end_array(&j);
	json_end_object(&j);
}

static enum csg_rc
do_show(const struct args *a, struct csg_err *err)
{
	struct csg_trust *trust = NULL;
	struct csg_chain *chain = NULL;
	const struct csg_envelope *env;
	enum csg_rc rc;

	if (a->n != 0)
		cmd_usage("show takes -p and -t, no operands");
	if ((rc = cmd_load_policy(a->policy, a->trust, &trust, &chain, err)) ==
	    CSG_OK) {
		env = chain->links[chain->n - 1].msg->env;
		if (a->json)
			show_json(chain);
		else
			(void)fwrite(env->content, 1, env->len, stdout);
	}
	csg_chain_free(chain);
	csg_trust_free(trust);
	return rc;
}

/* ---- found ---- */

static enum csg_rc
do_found(const struct args *a, struct csg_err *err)
{
	struct csg_signer *signer = NULL;
	struct csg_state *state = NULL;
	struct csg_bundle b = { 0 };
	struct csg_sign_out out = { 0 };
	struct csg_sign_in in = { .messages = &b,
		.base = ".",
		.replace = a->force,
		.out_dir = a->out != NULL ? a->out : "." };
	struct csg_pin_source pin = { cmd_token_pin, NULL };
	enum csg_rc rc;

	if (a->n < 2)
		cmd_usage("found needs a DRAFT, its request and the votes");
	if ((rc = cmd_read_messages(a->operand + 1, a->n - 1, &b, err)) ==
		CSG_OK &&
	    (rc = cmd_workstation(a->config, &signer, err)) == CSG_OK &&
	    (rc = csg_state_open(signer->state, false, &state, err)) ==
		CSG_OK) {
		pin.arg = signer;
		in.now = cmd_now();
		rc = csg_found(
		    state, signer, &pin, a->operand[0], &in, &out, err);
	}
	if (out.tally != NULL)
		report_uncounted(out.tally);
	if (rc == CSG_OK)
		cmd_paths(out.paths, out.npaths, false);
	csg_sign_out_clear(&out);
	csg_state_close(state);
	csg_signer_free(signer);
	csg_bundle_clear(&b);
	return rc;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *verb;
		enum csg_rc (*run)(const struct args *, struct csg_err *);
	} verbs[] = { { "new", do_new }, { "user", do_user }, { "key", do_key },
		{ "check", do_check }, { "show", do_show },
		{ "found", do_found } };
	struct args a = { 0 };
	struct csg_err err = { 0 };
	const char *verb;
	size_t i;

	cmd_init(&tool);
	verb = cmd_verb(&argc, &argv);
	parse_args(argc, argv, &a);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verb != NULL && strcmp(verb, verbs[i].verb) == 0) {
			(void)verbs[i].run(&a, &err);
			return cmd_exit(&err);
		}
	cmd_usage(verb != NULL ? "no such command: %s" : "no command%s",
	    verb != NULL ? verb : "");
}
