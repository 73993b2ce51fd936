/*
 * Sealing: a statement by the signing key of what was signed and why.
 */
#ifndef CSG_SIGN_SEALING_H
#define CSG_SIGN_SEALING_H

#include "lib/decide/tally.h"
#include "lib/message/seal.h"
#include "lib/verify/chain_cache.h"

/*
 * Make the seal of a tally whose verdict is yes, with the key that the policy
 * calls key_name, and append it, armoured.  artifacts are n, in the order of
 * the request.  If chains is not NULL it remembers that the seal verifies.
 * TOKEN if the key does not sign, PARSE if the seal is too large.
 */
enum csg_rc csg_seal_make(const struct csg_tally *t,
    const struct csg_signer_key *k, const char *key_name,
    const struct csg_id *evidence, struct csg_sealed *artifacts, size_t n,
    struct csg_chains *chains, struct csg_buf *armoured, struct csg_err *err);

#endif
