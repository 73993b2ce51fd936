/*
 * Chain cache: the policy chains of a process, each link recounted once.
 *
 * A policy and the proofs made under it begin with the same bytes, and reading
 * a policy takes longer than reading the rest of a proof.  A valid link is kept
 * under the digest of its messages and shared.  Several threads may use one
 * cache.
 */
#ifndef CSG_VERIFY_CHAIN_CACHE_H
#define CSG_VERIFY_CHAIN_CACHE_H

#include "lib/verify/chain.h"

struct csg_chains;

/*
 * Make an empty cache.  without: names (NULL-terminated) of people to leave
 * out, or NULL; see csg_chains_recount().  trust and without are borrowed.
 * *out is the caller's (csg_chains_free).  IO.
 */
enum csg_rc csg_chains_new(const struct csg_trust *trust, char *const *without,
    struct csg_chains **out, struct csg_err *err);
void csg_chains_free(struct csg_chains *cs);

/* The signature checks that were made under these chains, for use by further
 * bundles; lives as long as cs. */
struct csg_verified *csg_chains_verified(struct csg_chains *cs);

/*
 * As csg_chain_verify(), but *out is borrowed and lives as long as cs.  On
 * CSG_OK the first *used messages of b are zeroed: cs has taken them, or they
 * were freed because cs has them already.
 */
enum csg_rc csg_chains_verify(struct csg_chains *cs, struct csg_bundle *b,
    const struct csg_chain **out, size_t *used, struct csg_err *err);

/* As csg_chain_read() and csg_chain_load(); *out is borrowed and lives as long
 * as cs. */
enum csg_rc csg_chains_read(struct csg_chains *cs, const char *origin,
    const void *text, size_t len, const struct csg_chain **out,
    struct csg_err *err);
enum csg_rc csg_chains_load(struct csg_chains *cs, const char *path,
    const struct csg_chain **out, struct csg_err *err);

/*
 * Check that the signature of tally t would be valid without the people who
 * are left out: recount the tally (csg_tally_without), and require that the
 * versions of its chain c from 2 on are valid without them too; the anchor pins
 * version 1.  c must come from cs.  REVOKED.
 */
enum csg_rc csg_chains_recount(const struct csg_chains *cs,
    const struct csg_chain *c, struct csg_tally *t, struct csg_err *err);

/* Do not call the following four while other threads use cs. */

/* The first of the people left out who is not a user of any policy read so far;
 * NULL if there is none. */
const char *csg_chains_stranger(const struct csg_chains *cs);

/* The digest algorithms (bits 1 << enum csg_alg) with which the keys of all
 * policies read so far sign. */
unsigned csg_chains_algs(const struct csg_chains *cs);

/* The longest chain read so far, or NULL. */
const struct csg_chain *csg_chains_longest(const struct csg_chains *cs);

/* Check that each chain read so far is the beginning of the longest.
 * POLICYSIG: there are two different policies with the same version. */
enum csg_rc csg_chains_agree(const struct csg_chains *cs, struct csg_err *err);

#endif
