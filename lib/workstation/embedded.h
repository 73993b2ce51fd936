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
#ifndef CSG_WORKSTATION_EMBEDDED_H
#define CSG_WORKSTATION_EMBEDDED_H

#include "lib/workstation/config.h"
#include "lib/codec/tar.h"
#include "lib/token/token.h"

/* csg_token_open() on the signer's token; an embedded one whose token.object
 * was cut, or that is not found, gets its copy back first. */
enum csg_rc csg_embedded_open(
    const struct csg_signer *s, struct csg_token **out, struct csg_err *err);

/* After a login: renew the copy.  Does nothing for any other token. */
enum csg_rc csg_embedded_keep(const struct csg_signer *s, struct csg_err *err);

/* Append the store's path, if there is an embedded token. */
bool csg_embedded_store(const struct csg_signer *s, struct csg_buf *out);

/*
 * Add all files of the store, as "tokens/TOKEN/FILE", sorted.  No token may be
 * open.  CONFIG when there is no embedded token, TYPE for what is no regular
 * file, has a name that SoftHSM does not give, or is too much (32 MiB).
 */
enum csg_rc csg_embedded_collect(
    const struct csg_signer *s, struct csg_files *out, struct csg_err *err);

/* Write such files below dir, where there is no "tokens" yet: all, or none.
 * PARSE for any other name. */
enum csg_rc csg_embedded_write(
    const struct csg_files *files, const char *dir, struct csg_err *err);

#endif
