/*
 * The workstation: its configuration, environment, PIN and token.
 */
#ifndef CSG_CMD_COMMON_WORKSTATION_H
#define CSG_CMD_COMMON_WORKSTATION_H

#include "lib/token/token.h"
#include "lib/workstation/config.h"

/* The default of -c. */
#define CMD_SIGNER "/etc/csg/signer.yaml"

/* Load the configuration (NULL: CMD_SIGNER), expect crashes of the module
 * (cmd_expect_crash), and replace the environment by the variables that it
 * lists.  The caller frees *out (csg_signer_free), even after a failure. */
enum csg_rc cmd_workstation(
    const char *config, struct csg_signer **out, struct csg_err *err);
/* The get function of a csg_pin_source; signer is a struct csg_signer.  Reads
 * the token's PIN from its pin-source. */
enum csg_rc cmd_token_pin(
    void *signer, bool pad, struct csg_secret *out, struct csg_err *err);
/* Lock the state directory until the process ends, open the token, log in, and
 * renew the copy of an embedded token (csg_embedded_keep).  The caller closes
 * *t. */
enum csg_rc cmd_open_token(
    const struct csg_signer *s, struct csg_token **t, struct csg_err *err);

#endif
