/*
 * Passphrases and PINs.
 */
#ifndef CSG_CMD_COMMON_SECRET_H
#define CSG_CMD_COMMON_SECRET_H

#include "lib/base/err.h"
#include "lib/base/secret.h"

/*
 * A secret from a source: prompt (on /dev/tty, without echo), fd:N or
 * file:PATH (own, mode 0600); NULL is prompt.  what is for the prompt.  PIN.
 */
enum csg_rc cmd_secret(const char *source, const char *what,
    struct csg_secret *out, struct csg_err *err);
/* A token's PIN, as a csg_pin_source gets it: from the source, but typed at the
 * token's own pad (*out stays empty) if it has one and the source is prompt. */
enum csg_rc cmd_pin(const char *source, const char *what, bool pad,
    struct csg_secret *out, struct csg_err *err);
/* A new passphrase, of min characters at least; asked for twice. */
enum csg_rc cmd_new_secret(const char *source, const char *what, size_t min,
    struct csg_secret *out, struct csg_err *err);

#endif
