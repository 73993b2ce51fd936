/*
 * The state directory of the workstation: lock, ledger, trust anchor and policy
 * chains.  csg(7) FILES lists its contents.
 */
#ifndef CSG_WORKSTATION_STATE_H
#define CSG_WORKSTATION_STATE_H

#include "lib/verify/chain_cache.h"
#include "lib/ledger/ledger.h"

struct csg_state {
	char *dir;
	int lock; /* fd, or -1 */
	struct csg_ledger *ledger;
	struct csg_trust *trust; /* NULL before the founding */
	struct csg_chains *chains; /* NULL before the founding */
	/* in force; belongs to chains; NULL before the founding */
	const struct csg_chain *chain;
};

/* Create a state directory (mode 0700) with an empty ledger. */
enum csg_rc csg_state_create(const char *dir, struct csg_err *err);

/* Wait for the lock, which every user of the token must hold.  The caller
 * closes *fd, even after a failure, unless it is -1. */
enum csg_rc csg_state_lock(const char *dir, int *fd, struct csg_err *err);

/*
 * Create a state directory for a token that already has its keys, under a
 * policy that is or was in force elsewhere: with the anchor, the chain, and a
 * ledger whose first entry is its recovery, at time now.
 */
enum csg_rc csg_state_adopt(const char *dir, const struct csg_trust *trust,
    const struct csg_chain *chain, int64_t now, struct csg_err *err);

/*
 * Open a state directory: wait for the lock, check ownership, open the ledger,
 * verify the policy chain that the ledger says is in force.  With readonly no
 * lock is taken and nothing is changed.  CONFIG; LOG; ROLLBACK if the chain is
 * not the ledger's.  *out is the caller's (csg_state_close), NULL after a
 * failure.
 */
enum csg_rc csg_state_open(const char *dir, bool readonly,
    struct csg_state **out, struct csg_err *err);
void csg_state_close(struct csg_state *s);

/* Store the chain file of a version (before the ledger names it) or the trust
 * anchor.  The first one needs only the directory, no open state. */
enum csg_rc csg_state_put_chain_in(const char *dir, uint64_t version,
    const struct csg_buf *text, struct csg_err *err);
enum csg_rc csg_state_put_chain(const struct csg_state *s, uint64_t version,
    const struct csg_buf *text, struct csg_err *err);
enum csg_rc csg_state_put_trust(
    const struct csg_state *s, const struct csg_buf *text, struct csg_err *err);

/* Append the text of the chain file in force; nothing before the founding. */
enum csg_rc csg_state_get_chain(
    const struct csg_state *s, struct csg_buf *out, struct csg_err *err);

/* Append the path of the file that keeps what was signed for a request. */
void csg_state_signed(const struct csg_state *s, const struct csg_id *request,
    struct csg_buf *out);

#endif
