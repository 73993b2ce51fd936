/* csg-policy new: make the first draft from a template, or the next one from
 * the policy in force. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/chain.h"
#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/draft.h"
#include "cmd/common/files.h"
#include "cmd/common/talk.h"
#include "cmd/policy/policy.h"
#include "lib/policy/draft.h"
#include "lib/policy/draft_read.h"
#include "lib/base/io.h"
#include "lib/base/text.h"
#include "lib/base/time.h"

#define YEAR (365 * CSG_DAY_SECONDS)
#define DRAFT "policy.yaml" /* the file name if -o is a directory */

/* The policy is named after its draft: "acme" after "acme-1.yaml" and after
 * "acme.yaml".  The caller frees the name; NULL: out of memory. */
static char *
name_of_draft(const char *base)
{
	size_t n = strlen(base), k;
	char *name;

	if (csg_text_ends(base, ".yaml"))
		n -= strlen(".yaml");
	for (k = n; k > 0 && strchr("0123456789", base[k - 1]) != NULL; k--)
		;
	if (k < n && k > 0 && base[k - 1] == '-')
		n = k - 1;
	if ((name = strndup(base, n)) != NULL && !csg_name_valid(name))
		cmd_usage(
		    "-o: the policy is named after its draft, and '%s' gives no valid name (letters, digits, '.', '_', '-', beginning with a letter or digit, at most 64)",
		    base);
	return name;
}

/* ---- templates ---- */

static int
is_template(const struct dirent *d)
{
	return csg_text_ends(d->d_name, ".yaml");
}

/* Fail because there is no such template; the message lists those there are. */
static enum csg_rc
name_templates(const char *name, struct csg_err *err)
{
	struct csg_buf names = { 0 };
	struct dirent **v = NULL;
	int i, n = scandir(CSG_DATADIR, &v, is_template, alphasort);

	if (n == -1)
		return csg_fail_errno(
		    err, "no template '%s': %s", name, CSG_DATADIR);
	for (i = 0; i < n; i++) {
		csg_buf_printf(&names, "%s%.*s", i > 0 ? ", " : "",
		    (int)strlen(v[i]->d_name) - 5, v[i]->d_name);
		free(v[i]);
	}
	free(v);
	(void)csg_fail(err, CSG_R_IO, "no template '%s' in %s (available: %s)",
	    name, CSG_DATADIR, n > 0 ? csg_buf_str(&names) : "none");
	csg_buf_free(&names);
	return err->rc;
}

/* Read a template by name or path; *path is set to where it is. */
static enum csg_rc
read_template(const char *name, struct csg_buf *path, struct csg_buf *text,
    struct csg_err *err)
{
	bool is_path = strchr(name, '/') != NULL || strchr(name, '.') != NULL;
	enum csg_rc rc;

	if (is_path)
		csg_buf_puts(path, name);
	else
		csg_buf_printf(path, "%s/%s.yaml", CSG_DATADIR, name);
	if ((rc = csg_buf_ok(path, err)) != CSG_OK)
		return rc;
	if (!is_path && access(csg_buf_str(path), F_OK) == -1)
		return name_templates(name, err);
	if ((rc = cmd_read_draft(csg_buf_str(path), text, NULL, err)) ==
		CSG_OK &&
	    !csg_draft_is(text))
		rc = csg_fail(err, CSG_R_TYPE,
		    "%s: is not a policy: it has no line 'csg: policy/1'",
		    csg_buf_str(path));
	return rc;
}

/* ---- versions ---- */

/* Set version, previous, issued and expires. */
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

/* Make the version after the one in force. */
static enum csg_rc
next_version(
    const struct policy_args *a, struct csg_buf *text, struct csg_err *err)
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
		if ((rc = set_dates(text, p->version + 1,
			 csg_id_format(&p->id, id), err)) == CSG_OK)
			cmd_say("policy %s version %llu", p->name,
			    (unsigned long long)p->version + 1);
	}
	csg_chain_free(chain);
	csg_trust_free(trust);
	return rc;
}

/* Make version 1 from a template. */
static enum csg_rc
first_version(
    const struct policy_args *a, struct csg_buf *text, struct csg_err *err)
{
	struct csg_buf path = { 0 }, dir = { 0 }, base = { 0 };
	char *name = NULL;
	enum csg_rc rc;

	if ((rc = cmd_output(a->out, DRAFT, &dir, &base, err)) != CSG_OK)
		goto out;
	if ((name = name_of_draft(csg_buf_str(&base))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	if ((rc = read_template(a->operand[0], &path, text, err)) != CSG_OK)
		goto out;
	if ((rc = set_dates(text, 1, "none", err)) != CSG_OK ||
	    (rc = csg_draft_set(text, "name", name, err)) != CSG_OK)
		(void)csg_err_prefix_file(err, csg_buf_str(&path));
	else
		cmd_say("policy %s version 1", name);
out:
	free(name);
	csg_buf_free(&path);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	return rc;
}

enum csg_rc
policy_new(const struct policy_args *a, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if (a->out == NULL || a->n > 1)
		cmd_usage(
		    "new requires -o DRAFT, and takes at most one TEMPLATE");
	rc = a->n == 0 ? next_version(a, &text, err) :
			 first_version(a, &text, err);
	if (rc == CSG_OK)
		rc = cmd_write(a->out, DRAFT, &text, a->force, false, err);
	csg_buf_free(&text);
	return rc;
}
