/*
 * The embedded token: SoftHSM with its store in the workstation's directory,
 * as csg-token init makes it.
 *
 * SoftHSM rewrites token.object in place at each login.  If the process is
 * killed or the disk is full at that moment, the file is left empty or cut,
 * and the token with all its keys is gone.  So a copy is kept in the state
 * directory, renewed whenever a login has shown that the file is good.
 *
 * The caller holds the state's lock.
 */
#ifndef CSG_EMBEDDED_H
#define CSG_EMBEDDED_H

#include "lib/signer.h"
#include "lib/token.h"

/* csg_token_open() on the signer's token; an embedded one whose token.object
 * was cut, or that is not found, gets its copy back first. */
enum csg_rc csg_embedded_open(
    const struct csg_signer *s, struct csg_token **out, struct csg_err *err);

/* After a login: renew the copy.  Does nothing for any other token. */
enum csg_rc csg_embedded_keep(const struct csg_signer *s, struct csg_err *err);

#endif
