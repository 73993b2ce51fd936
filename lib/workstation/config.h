/*
 * signer.yaml: a workstation's configuration.
 */
#ifndef CSG_WORKSTATION_CONFIG_H
#define CSG_WORKSTATION_CONFIG_H

#include "lib/base/buf.h"
#include "lib/token/deadline.h"

struct csg_signer {
	char *module; /* absolute path of the PKCS#11 module */
	char *token; /* RFC 7512 URI that one token matches */
	char *pin_source; /* "file:/abs/path", "prompt", "fd:N" */
	char *state; /* absolute path of the state directory */
	char *mirror; /* absolute path of a copy of the ledger, or NULL */
	char **env; /* "NAME=value", NULL-terminated */
	char **suspended; /* names of people, NULL-terminated */
	/* For the token's module; the hook is the caller's to set before the
	 * token is opened. */
	struct csg_deadline deadline;
};

/*
 * Read and check a signer.yaml: it, the module and the state directory must
 * be owned by root or the effective user and writable by no one else.
 * CONFIG for whatever is missing, malformed or wrong.
 */
enum csg_rc csg_signer_load(
    const char *path, struct csg_signer **out, struct csg_err *err);
void csg_signer_free(struct csg_signer *s);

/* The text of a signer.yaml with these values. */
enum csg_rc csg_signer_write(
    const struct csg_signer *s, struct csg_buf *out, struct csg_err *err);

#endif
