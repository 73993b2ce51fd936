/*
 * The policy chain and trust anchor that a person works under.
 */
#ifndef CSG_CMD_COMMON_CHAIN_H
#define CSG_CMD_COMMON_CHAIN_H

#include "lib/verify/chain_cache.h"

/*
 * Trust anchor and policy chain from -t and -p or their defaults, checked
 * against what was seen before, and remembered.  CONFIG when there is none.
 * The caller frees both, also after a failure.
 */
enum csg_rc cmd_load_policy(const char *policy, const char *trust,
    struct csg_trust **t, struct csg_chain **c, struct csg_err *err);

/* As cmd_load_policy(), but of the text that was read from path; TYPE for a
 * draft. */
enum csg_rc cmd_read_policy(const char *path, const struct csg_buf *text,
    const char *trust, struct csg_trust **t, struct csg_chain **c,
    struct csg_err *err);

/* Load the policy chain at path through chains, whose anchor is t, checked
 * against what was seen before, and remembered.  *c is borrowed from them. */
enum csg_rc cmd_load_chain(const char *path, const struct csg_trust *t,
    struct csg_chains *chains, const struct csg_chain **c, struct csg_err *err);

#endif
