/*
 * Passphrases and PINs.
 */
#ifndef CSG_CMD_COMMON_SECRET_H
#define CSG_CMD_COMMON_SECRET_H

#include "lib/base/err.h"
#include "lib/base/secret.h"

/*
 * Read a secret, one line of 1 to 1023 bytes, from a source: "prompt" (on
 * /dev/tty, without echo), "fd:N" or "file:PATH" (owned by root or the user,
 * mode 0600); NULL is "prompt".  what names the secret in the prompt and in
 * messages.  PIN when it can't be read; CONFIG for a file that others could
 * read.  The caller frees *out (csg_secret_free).
 */
enum csg_rc cmd_secret(const char *source, const char *what,
    struct csg_secret *out, struct csg_err *err);
/* A token's PIN, as a csg_pin_source gets it: from the source, but typed at the
 * token's own pad (*out stays empty) if it has one and the source is prompt. */
enum csg_rc cmd_pin(const char *source, const char *what, bool pad,
    struct csg_secret *out, struct csg_err *err);
/* Read a new passphrase, of at least min characters of UTF-8 (PIN); at the
 * prompt it is asked for twice. */
enum csg_rc cmd_new_secret(const char *source, const char *what, size_t min,
    struct csg_secret *out, struct csg_err *err);

#endif
