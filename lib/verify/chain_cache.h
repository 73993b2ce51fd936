/*
 * Chain cache: the policy chains of a process, each link recounted once.
 *
 * A policy and the proofs made under it begin with the same bytes, and a
 * policy takes longer to read than all the rest of a proof.  A link that held
 * is kept by the digest of its messages, and shared.  Several threads may use
 * one cache.
 */
#ifndef CSG_VERIFY_CHAIN_CACHE_H
#define CSG_VERIFY_CHAIN_CACHE_H

#include "lib/verify/chain.h"

struct csg_chains;

/*
 * without: names (NULL-terminated) of people to be left out, or NULL; see
 * csg_chains_recount().  Both are borrowed.
 */
enum csg_rc csg_chains_new(const struct csg_trust *trust, char *const *without,
    struct csg_chains **out, struct csg_err *err);
void csg_chains_free(struct csg_chains *cs);

/* The checks that were made of messages under these chains, for the bundles
 * that bring more; lives as long as cs. */
struct csg_verified *csg_chains_verified(struct csg_chains *cs);

/*
 * As csg_chain_verify(), but *out is borrowed and lives as long as cs.  On
 * CSG_OK the first *used messages of b are gone: taken, or freed where cs has
 * them already.
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
 * Would the tally's signature be there without the people who are left out?
 * Recounts the tally (csg_tally_without), and hears what was found of its
 * chain: versions from 2 on must hold without them, too, while the first one
 * is what the anchor pins.  REVOKED.
 */
enum csg_rc csg_chains_recount(const struct csg_chains *cs,
    const struct csg_chain *c, struct csg_tally *t, struct csg_err *err);

/* The following four are not for while other threads are at work. */

/* The first of the people left out whom no policy met so far knows; NULL when
 * all are known. */
const char *csg_chains_stranger(const struct csg_chains *cs);

/* The digest algorithms (bits 1 << enum csg_alg) that the keys of all policies
 * met so far sign with. */
unsigned csg_chains_algs(const struct csg_chains *cs);

/* The longest one met so far, or NULL. */
const struct csg_chain *csg_chains_longest(const struct csg_chains *cs);

/* Is each one met so far the beginning of the longest?  POLICYSIG: some
 * version was approved twice, and not the same. */
enum csg_rc csg_chains_agree(const struct csg_chains *cs, struct csg_err *err);

#endif
