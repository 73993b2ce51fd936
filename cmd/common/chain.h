/*
 * The policy chain and trust anchor that a person works under.
 */
#ifndef CSG_CMD_COMMON_CHAIN_H
#define CSG_CMD_COMMON_CHAIN_H

#include "lib/verify/chain_cache.h"

/*
 * Load the trust anchor and the policy chain from -t and -p or their defaults
 * (NULL), verify the chain from the anchor, check it against what was seen
 * before (lib/verify/seen.h; ROLLBACK), and remember it.  CONFIG when there is
 * no anchor or no chain.  The caller frees both, even after a failure.
 */
enum csg_rc cmd_load_policy(const char *policy, const char *trust,
    struct csg_trust **t, struct csg_chain **c, struct csg_err *err);

/* Like cmd_load_policy(), for a chain whose text was already read from path,
 * which is only for messages.  TYPE for a draft. */
enum csg_rc cmd_read_policy(const char *path, const struct csg_buf *text,
    const char *trust, struct csg_trust **t, struct csg_chain **c,
    struct csg_err *err);

/* Load the policy chain at path through chains, whose anchor is t, check it
 * against what was seen before, and remember it.  *c is borrowed from chains.
 * TYPE for a draft. */
enum csg_rc cmd_load_chain(const char *path, const struct csg_trust *t,
    struct csg_chains *chains, const struct csg_chain **c, struct csg_err *err);

#endif
