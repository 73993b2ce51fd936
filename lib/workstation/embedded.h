/*
 * The embedded token: SoftHSM with its store in the workstation's directory, as
 * csg-token init makes it.
 *
 * SoftHSM rewrites token.object in place at each login.  If the process is
 * killed or the disk is full at that moment, the file is left empty or
 * truncated, and the token with all its keys is lost.  So a copy is kept in the
 * state directory, renewed whenever a login has shown that the file is good.
 *
 * The caller holds the lock of the state directory.
 */
#ifndef CSG_WORKSTATION_EMBEDDED_H
#define CSG_WORKSTATION_EMBEDDED_H

#include "lib/workstation/config.h"
#include "lib/codec/tar.h"
#include "lib/token/token.h"

/* csg_token_open() for the signer's token.  If the embedded token's
 * token.object was truncated, or the token is not found, the copy is restored
 * first. */
enum csg_rc csg_embedded_open(
    const struct csg_signer *s, struct csg_token **out, struct csg_err *err);

/* After a login: renew the copy.  Does nothing if the token is not embedded. */
enum csg_rc csg_embedded_keep(const struct csg_signer *s, struct csg_err *err);

/* Append the path of the store; true if there is an embedded token. */
bool csg_embedded_store(const struct csg_signer *s, struct csg_buf *out);

/*
 * Add all files of the store, as "tokens/TOKEN/FILE", sorted.  No token may be
 * open.  CONFIG if there is no embedded token; TYPE for an entry that is not a
 * regular file or has a name that SoftHSM does not use, or if the store is
 * larger than 32 MiB.
 */
enum csg_rc csg_embedded_collect(
    const struct csg_signer *s, struct csg_files *out, struct csg_err *err);

/* Write these files below dir, which has no "tokens" yet: all, or none.  PARSE
 * for any other name. */
enum csg_rc csg_embedded_write(
    const struct csg_files *files, const char *dir, struct csg_err *err);

#endif
