/* csg-token adopt: make a workstation for a token that has its keys already. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "cmd/common/talk.h"
#include "cmd/common/workstation.h"
#include "cmd/token/token.h"
#include "lib/workstation/state.h"

struct adoption {
	const struct token_args *args;
	struct csg_trust *trust;
	struct csg_chain *chain;
	char *dir; /* absolute */
	int fd; /* of dir */
	bool made_dir, made_signer, made_state;
};

/* Open the workstation's directory, which exists after a restore, or make
 * it. */
static enum csg_rc
enter_dir(struct adoption *x, struct csg_err *err)
{
	const char *given = x->args->dir;

	x->made_dir = mkdir(given, 0700) == 0;
	if (!x->made_dir && errno != EEXIST)
		return csg_fail_errno(err, "%s", given);
	if ((x->dir = realpath(given, NULL)) == NULL ||
	    (x->fd = open(x->dir,
		 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return csg_fail_errno(err, "%s", given);
	if (faccessat(x->fd, "state", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return csg_fail(err, CSG_R_CONFIG,
		    "%s/state exists: this directory is a workstation already",
		    x->dir);
	return CSG_OK;
}

/* Keep the signer.yaml of a restore, or write one for the given module. */
static enum csg_rc
write_configuration(struct adoption *x, struct csg_err *err)
{
	const struct token_args *a = x->args;
	const char *label = a->label != NULL ? a->label : "csg";
	struct csg_signer *s = NULL;
	struct csg_buf token = { 0 };
	char *module = NULL;
	enum csg_rc rc;

	if (faccessat(x->fd, "signer.yaml", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return CSG_OK;
	if (a->module == NULL)
		return csg_fail(err, CSG_R_CONFIG,
		    "%s has no signer.yaml: give --module", x->dir);
	csg_buf_printf(&token, "pkcs11:token=%s", label);
	if ((rc = csg_buf_ok(&token, err)) == CSG_OK &&
	    (rc = token_module(a->module, &module, err)) == CSG_OK &&
	    (rc = token_signer(x->dir, module, csg_buf_str(&token),
		 getenv("SOFTHSM2_CONF"), false, &s, err)) == CSG_OK) {
		if (a->nsources > 0) {
			free(s->pin_source);
			s->pin_source = strdup(a->sources[0]);
		}
		x->made_signer = true;
		rc = s->pin_source == NULL ? csg_fail_mem(err) :
					     token_write_signer(s, x->dir, err);
	}
	csg_signer_free(s);
	csg_buf_free(&token);
	free(module);
	return rc;
}

/* Check that the token has the policy and the ledger key, without which no
 * policy could ever follow.  Other keys that are missing or bad are only
 * reported. */
static enum csg_rc
check_policy_keys(
    const struct adoption *x, struct csg_token *t, struct csg_err *err)
{
	const struct csg_policy *p = csg_chain_policy(x->chain);
	struct csg_signer_key unused;
	struct csg_err why;
	size_t i;

	for (i = 0; i < p->nkeys; i++) {
		memset(&why, 0, sizeof(why));
		if (csg_token_signing_key(t, p->keys[i].uri, p->keys[i].cert,
			p->keys[i].pss, &unused, &why) == CSG_OK)
			continue;
		if (i == p->policy_key || i == p->ledger_key) {
			*err = why;
			return csg_err_prefix(err, "key %s: ", p->keys[i].name);
		}
		cmd_warn("key %s: %s: %s", p->keys[i].name,
		    csg_reason_word(why.reason), why.text);
	}
	return CSG_OK;
}

static enum csg_rc
check_token(const struct adoption *x, struct csg_err *err)
{
	struct csg_buf config = { 0 };
	struct csg_signer *s = NULL;
	struct csg_token *t = NULL;
	enum csg_rc rc;

	csg_buf_printf(&config, "%s/signer.yaml", x->dir);
	if ((rc = csg_buf_ok(&config, err)) == CSG_OK &&
	    (rc = cmd_workstation(csg_buf_str(&config), &s, err)) == CSG_OK &&
	    (rc = cmd_open_token(s, &t, err)) == CSG_OK)
		rc = check_policy_keys(x, t, err);
	csg_token_close(t);
	csg_signer_free(s);
	csg_buf_free(&config);
	return rc;
}

static enum csg_rc
adopt(struct adoption *x, struct csg_err *err)
{
	struct csg_buf state = { 0 };
	enum csg_rc rc;

	csg_buf_printf(&state, "%s/state", x->dir);
	x->made_state = true;
	if ((rc = csg_buf_ok(&state, err)) == CSG_OK &&
	    (rc = csg_state_adopt(csg_buf_str(&state), x->trust, x->chain,
		 cmd_now(), err)) == CSG_OK)
		rc = check_token(x, err);
	csg_buf_free(&state);
	return rc;
}

/* Remove everything that was made before the failure. */
static void
remove_made(const struct adoption *x)
{
	if (x->made_state)
		token_remove(x->fd, "state");
	if (x->made_signer)
		token_remove(x->fd, "signer.yaml");
	if (x->made_dir)
		(void)rmdir(x->dir);
}

enum csg_rc
token_adopt(const struct token_args *a, struct csg_err *err)
{
	struct adoption x = { .args = a, .fd = -1 };
	enum csg_rc rc;

	if (a->dir == NULL || a->trust == NULL || a->policy == NULL)
		cmd_usage("adopt requires -d DIR, -t TRUST and -p POLICY");
	if (a->nsources > 1)
		cmd_usage("adopt takes only one --pin-source, for the token");
	if ((rc = csg_trust_load(a->trust, &x.trust, err)) == CSG_OK &&
	    (rc = csg_chain_load(a->policy, x.trust, &x.chain, err)) ==
		CSG_OK &&
	    (rc = enter_dir(&x, err)) == CSG_OK &&
	    (rc = write_configuration(&x, err)) == CSG_OK &&
	    (rc = adopt(&x, err)) == CSG_OK) {
		cmd_print("%s/signer.yaml\n", x.dir);
		cmd_say(
		    "nothing can be signed here until csg-log recover has rebuilt the ledger and a policy with 'epoch: %llu' is approved (csg-log(1) RECOVERY)",
		    (unsigned long long)csg_chain_policy(x.chain)->epoch + 1);
	} else if (x.fd != -1)
		remove_made(&x);
	if (x.fd != -1)
		(void)close(x.fd);
	free(x.dir);
	csg_chain_free(x.chain);
	csg_trust_free(x.trust);
	return rc;
}
