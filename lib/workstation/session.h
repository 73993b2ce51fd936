/*
 * Session: the workstation's token opened, and logged in to, for one run.
 *
 * The caller holds the state's lock.
 */
#ifndef CSG_WORKSTATION_SESSION_H
#define CSG_WORKSTATION_SESSION_H

#include "lib/policy/policy.h"
#include "lib/token/token.h"
#include "lib/workstation/config.h"

/*
 * Open the token (csg_embedded_open), log in, and find the private key of the
 * policy's key for signing.  To be called after everything that can be decided
 * without the token: the PIN may be asked for.  *token is the caller's to
 * close; k is borrowed from it.  The reasons of csg_token_login()
 * and csg_token_signing_key(); *token is NULL then.
 */
enum csg_rc csg_session_login(const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_key *key,
    struct csg_token **token, struct csg_signer_key *k, struct csg_err *err);

#endif
