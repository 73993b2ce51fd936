/*
 * signer.yaml: the configuration of a workstation.
 */
#ifndef CSG_WORKSTATION_CONFIG_H
#define CSG_WORKSTATION_CONFIG_H

#include "lib/base/buf.h"
#include "lib/token/deadline.h"

struct csg_signer {
	char *module; /* absolute path of the PKCS#11 module */
	char *token; /* RFC 7512 URI that matches exactly one token */
	char *pin_source; /* "file:/abs/path", "prompt", "fd:N" */
	char *state; /* absolute path of the state directory */
	char *mirror; /* absolute path of the mirror, or NULL */
	char **env; /* "NAME=value", NULL-terminated */
	char **suspended; /* names of people, NULL-terminated */
	/* for the PKCS#11 module; the caller sets its hook before the token is
	 * opened */
	struct csg_deadline deadline;
};

/*
 * Read and check a signer.yaml: the file, the module and the state directory
 * must be owned by root or the effective user and writable by no one else.
 * CONFIG for anything missing, malformed or wrong.  *out is the caller's.
 */
enum csg_rc csg_signer_load(
    const char *path, struct csg_signer **out, struct csg_err *err);
void csg_signer_free(struct csg_signer *s);

/* Append the text of a signer.yaml with these values to *out. */
enum csg_rc csg_signer_write(
    const struct csg_signer *s, struct csg_buf *out, struct csg_err *err);

#endif
