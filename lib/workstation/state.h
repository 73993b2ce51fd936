/*
 * The workstation's state directory: lock, ledger, trust anchor and policy
 * chains.  csg(7) FILES lists what is in it.
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
	const struct csg_chain *chain; /* in force, of chains; likewise */
};

/* Make an empty state directory (mode 0700) with an empty ledger. */
enum csg_rc csg_state_create(const char *dir, struct csg_err *err);

/* Wait for the lock that whoever uses the token must hold.  The caller closes
 * *fd, also after a failure, unless it is -1. */
enum csg_rc csg_state_lock(const char *dir, int *fd, struct csg_err *err);

/*
 * Make a state directory for a token that has its keys already, under a policy
 * that is in force elsewhere or was: with the anchor, the chain, and a ledger
 * that begins with its recovery, at time now.
 */
enum csg_rc csg_state_adopt(const char *dir, const struct csg_trust *trust,
    const struct csg_chain *chain, int64_t now, struct csg_err *err);

/*
 * Open it: wait for the lock, check ownership, open the ledger, recount the
 * policy chain that the ledger says is in force.  readonly takes no lock and
 * changes nothing.  CONFIG, LOG, ROLLBACK when the chain is not the ledger's.
 */
enum csg_rc csg_state_open(const char *dir, bool readonly,
    struct csg_state **out, struct csg_err *err);
void csg_state_close(struct csg_state *s);

/* Store the chain file of a version (before the ledger names it), or the
 * trust anchor; the same where there is a directory, but no state to open. */
enum csg_rc csg_state_put_chain_in(const char *dir, uint64_t version,
    const struct csg_buf *text, struct csg_err *err);
enum csg_rc csg_state_put_chain(const struct csg_state *s, uint64_t version,
    const struct csg_buf *text, struct csg_err *err);
enum csg_rc csg_state_put_trust(
    const struct csg_state *s, const struct csg_buf *text, struct csg_err *err);

/* The text of the chain file in force, appended; nothing before the founding. */
enum csg_rc csg_state_get_chain(
    const struct csg_state *s, struct csg_buf *out, struct csg_err *err);

/* The file where what was signed for a request is kept; appended. */
void csg_state_signed(const struct csg_state *s, const struct csg_id *request,
    struct csg_buf *out);

#endif
