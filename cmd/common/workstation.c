#include <stdlib.h>
#include <string.h>

#include "cmd/common/crash.h"
#include "cmd/common/secret.h"
#include "cmd/common/workstation.h"
#include "lib/workstation/embedded.h"
#include "lib/workstation/state.h"

/* Put "NAME=value" into the environment. */
static enum csg_rc
set_variable(const char *var, struct csg_err *err)
{
	const char *eq = strchr(var, '=');
	char *name;
	int failed;

	if (eq == NULL || (name = strndup(var, (size_t)(eq - var))) == NULL)
		return csg_fail_mem(err);
	failed = setenv(name, eq + 1, 1);
	free(name);
	return failed != 0 ? csg_fail_mem(err) : CSG_OK;
}

enum csg_rc
cmd_workstation(
    const char *config, struct csg_signer **out, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	if (config == NULL)
		config = CMD_SIGNER;
	if ((rc = csg_signer_load(config, out, err)) != CSG_OK)
		return rc;
	(*out)->deadline.expired = cmd_timed_out;
	cmd_expect_crash();
	if (clearenv() != 0)
		return csg_fail_mem(err);
	for (i = 0; (*out)->env != NULL && (*out)->env[i] != NULL; i++)
		if ((rc = set_variable((*out)->env[i], err)) != CSG_OK)
			return rc;
	return CSG_OK;
}

enum csg_rc
cmd_token_pin(
    void *signer, bool pad, struct csg_secret *out, struct csg_err *err)
{
	const struct csg_signer *s = signer;

	return cmd_pin(s->pin_source, "PIN", pad, out, err);
}

enum csg_rc
cmd_open_token(
    const struct csg_signer *s, struct csg_token **t, struct csg_err *err)
{
	const struct csg_pin_source pin = { cmd_token_pin,
		(void *)(uintptr_t)s };
	int lock; /* held until the process ends */
	enum csg_rc rc;

	if ((rc = csg_state_lock(s->state, &lock, err)) == CSG_OK &&
	    (rc = csg_embedded_open(s, t, err)) == CSG_OK &&
	    (rc = csg_token_login(*t, &pin, err)) == CSG_OK)
		rc = csg_embedded_keep(s, err);
	return rc;
}
