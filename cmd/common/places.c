/* What a person trusts: the places of policy, anchor and memory. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/common/cmd.h"
#include "lib/base/io.h"
#include "lib/verify/seen.h"

/* ---- places ---- */

const char *
cmd_keep(char *s)
{
	static char *kept[8];
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i] == NULL) {
			kept[i] = s;
			break;
		}
	return s;
}

/* "$HOME/rest"; the caller's. */
static char *
below_home(const char *xdg, const char *fallback, const char *rest)
{
	const char *home = getenv(xdg);
	struct csg_buf path = { 0 };

	if (home != NULL && home[0] == '/')
		csg_buf_printf(&path, "%s/%s", home, rest);
	else if ((home = getenv("HOME")) != NULL && home[0] == '/')
		csg_buf_printf(&path, "%s/%s/%s", home, fallback, rest);
	return (char *)path.data; /* transferred */
}

const char *
cmd_default_file(const char *value, const char *env, const char *name)
{
	struct csg_buf path = { 0 };
	char *own;

	if (value != NULL)
		return value;
	if ((value = getenv(env)) != NULL && value[0] != '\0')
		return value;
	csg_buf_printf(&path, "csg/%s", name);
	own = below_home("XDG_CONFIG_HOME", ".config", csg_buf_str(&path));
	csg_buf_free(&path);
	if (own != NULL && access(own, F_OK) == 0)
		return cmd_keep(own);
	free(own);
	csg_buf_printf(&path, "/etc/csg/%s", name);
	if (access(csg_buf_str(&path), F_OK) == 0)
		return cmd_keep((char *)path.data);
	csg_buf_free(&path);
	return NULL;
}

const char *
cmd_seen_dir(void)
{
	static char *dir;

	if (dir == NULL)
		dir = below_home("XDG_STATE_HOME", ".local/state", "csg");
	return dir;
}

/* ---- policies ---- */

/* A mail with a chain may have the policy above it. */
bool
cmd_is_draft(const struct csg_buf *text)
{
	const char *s = csg_buf_str(text);

	return strstr(s, "-----BEGIN CMS-----") == NULL &&
	    (strncmp(s, "csg: policy/", 12) == 0 ||
		strstr(s, "\ncsg: policy/") != NULL);
}

enum csg_rc
cmd_read_draft(const char *path, struct csg_buf *text, struct csg_err *err)
{
	struct csg_bundle b = { 0 };
	struct csg_err ignored = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_read(path, CSG_POLICY_MAX, text, err)) != CSG_OK ||
	    cmd_is_draft(text))
		return rc;
	if (csg_bundle_add(&b, path, text->data, text->len, &ignored) ==
		CSG_OK &&
	    b.n > 0)
		rc = csg_fail(err, CSG_R_TYPE, "%s: a %s, not a draft", path,
		    b.m[0].env->kind == CSG_POLICY ?
			"policy chain" :
			csg_kind_word(b.m[0].env->kind));
	csg_bundle_clear(&b);
	return rc;
}

static enum csg_rc
load_chain(const char *path, const struct csg_trust *t, struct csg_chain **c,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	if ((rc = csg_io_read(path, CSG_MAX_FILE, &text, err)) == CSG_OK)
		rc = cmd_is_draft(&text) ?
		    csg_fail(err, CSG_R_TYPE, "%s: a draft, not a policy chain",
			path) :
		    csg_chain_read(path, text.data, text.len, t, c, err);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
cmd_load_policy(const char *policy, const char *trust, struct csg_trust **t,
    struct csg_chain **c, struct csg_err *err)
{
	const char *seen = cmd_seen_dir();
	enum csg_rc rc;

	*t = NULL;
	*c = NULL;
	trust = cmd_default_file(trust, "CSG_TRUST", "trust.pem");
	policy = cmd_default_file(policy, "CSG_POLICY", "policy.csgpolicy");
	if (trust == NULL || policy == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "no %s: give -%c, or put it "
		    "at ~/.config/csg/%s",
		    trust == NULL ? "trust anchor" : "policy chain",
		    trust == NULL ? 't' : 'p',
		    trust == NULL ? "trust.pem" : "policy.csgpolicy");
	if ((rc = csg_trust_load(trust, t, err)) != CSG_OK ||
	    (rc = load_chain(policy, *t, c, err)) != CSG_OK || seen == NULL)
		return rc;
	if ((rc = csg_seen_check(seen, *t, *c, err)) != CSG_OK)
		return rc;
	return csg_seen_update(seen, *t, *c, err);
}
