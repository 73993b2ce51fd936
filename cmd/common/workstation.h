/*
 * The workstation: its configuration, environment, PIN and token.
 */
#ifndef CSG_CMD_COMMON_WORKSTATION_H
#define CSG_CMD_COMMON_WORKSTATION_H

#include "lib/token/token.h"
#include "lib/workstation/config.h"

/* The configuration when -c does not say. */
#define CMD_SIGNER "/etc/csg/signer.yaml"

/* Load it, expect crashes (cmd_expect_crash), and leave nothing in the
 * environment but what it says.  config NULL: CMD_SIGNER. */
enum csg_rc cmd_workstation(
    const char *config, struct csg_signer **out, struct csg_err *err);
/* A csg_pin_source's get: the PIN as pin-source of signer.yaml says. */
enum csg_rc cmd_token_pin(
    void *signer, bool pad, struct csg_secret *out, struct csg_err *err);
/* Take the state directory's lock, which is held until the process ends, open
 * the token, and log in. */
enum csg_rc cmd_open_token(
    const struct csg_signer *s, struct csg_token **t, struct csg_err *err);

#endif
