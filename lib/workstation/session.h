/*
 * Session: the workstation's token, open and logged in, for one run.
 *
 * The caller holds the lock of the state directory.
 */
#ifndef CSG_WORKSTATION_SESSION_H
#define CSG_WORKSTATION_SESSION_H

#include "lib/policy/policy.h"
#include "lib/token/token.h"
#include "lib/workstation/config.h"

/*
 * Open the token (csg_embedded_open), log in, and find the private key for the
 * policy's key.  Call it after everything that can be decided without the token,
 * because a person may be asked for the PIN.  *token is the caller's to close,
 * and k borrows from it; *token is NULL after a failure.  Reasons are those of
 * csg_token_login() and csg_token_signing_key().
 */
enum csg_rc csg_session_login(const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_key *key,
    struct csg_token **token, struct csg_signer_key *k, struct csg_err *err);

#endif
