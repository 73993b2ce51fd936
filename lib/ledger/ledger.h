/*
 * The ledger: what this workstation has claimed, signed and refused.
 *
 * A SQLite database, append-only: rows of "entry" are never changed, and a
 * Merkle tree commits to them.  Every call that writes is one transaction,
 * durable (synced) when it returns.  The caller holds the state directory's
 * lock.  Failures are LOG, but CLOCK for an entry older than the newest, and IO
 * when memory is short.
 *
 * A request's life: nothing -> claim -> finish, or claim -> abandon.
 *
 * ledger.c has the requests, ledger_open.c the file and its checks,
 * ledger_tree.c the tree, ledger_copy.c what other files take of it.
 */
#ifndef CSG_LEDGER_LEDGER_H
#define CSG_LEDGER_LEDGER_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/message/receipt.h"

struct csg_ledger;

/* ---- the file ---- */

/* Create a new, empty ledger; an existing file is an error. */
enum csg_rc csg_ledger_create(const char *path, struct csg_err *err);

/*
 * Open and check: a regular file, csg's application id, schema version and
 * schema; the newest entries (all, while there are no more than some
 * thousand) against the tree, their numbers and times.  Damage is named,
 * nothing is repaired or overwritten.
 */
enum csg_rc csg_ledger_open(const char *path, bool readonly,
    struct csg_ledger **out, struct csg_err *err);
void csg_ledger_close(struct csg_ledger *l);

/* Put the ledger at path "new" in the place of that at "old", which is kept at
 * "aside" whatever state it is in; none is open.  Durable.  IO. */
enum csg_rc csg_ledger_replace(
    const char *old, const char *new, const char *aside, struct csg_err *err);

/* All of it: SQLite's integrity check and the whole tree again from the
 * entries.  LOG names the first entry or node that does not fit, or a time
 * that goes back. */
enum csg_rc csg_ledger_verify(struct csg_ledger *l, struct csg_err *err);

/* ---- the tree ---- */

/* How many entries there are. */
enum csg_rc csg_ledger_size(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* The root of the first n entries. */
enum csg_rc csg_ledger_root(
    struct csg_ledger *l, uint64_t n, struct csg_id *out, struct csg_err *err);

/* The name of the log: the leaf hash of its first entry. */
enum csg_rc csg_ledger_name(
    struct csg_ledger *l, struct csg_id *out, struct csg_err *err);

/* The leaf hash of entry number index + 1. */
enum csg_rc csg_ledger_leaf(struct csg_ledger *l, uint64_t index,
    struct csg_id *out, struct csg_err *err);

/* The head of the tree over all entries, of which there are some. */
enum csg_rc csg_ledger_head(struct csg_ledger *l, uint64_t epoch,
    struct csg_tree_head *out, struct csg_err *err);

/*
 * Has this ledger, which is in that epoch now, had this head?  LOG when not:
 * one of the two was rolled back or forked.  Heads of earlier epochs are not
 * compared.
 */
enum csg_rc csg_ledger_includes_head(struct csg_ledger *l, uint64_t epoch,
    const struct csg_tree_head *seen, struct csg_err *err);

/* Do the consistency proofs of a receipt lead from the roots that this ledger
 * had at these sizes?  Those of more entries than it has are not looked at.
 * LOG when not. */
enum csg_rc csg_ledger_holds_earlier(
    struct csg_ledger *l, const struct csg_receipt *r, struct csg_err *err);

/* The finish entry of a request, its place, and the way to today's head: fills
 * those members of *out, which the caller clears. */
enum csg_rc csg_ledger_prove(struct csg_ledger *l, const struct csg_id *request,
    uint64_t epoch, struct csg_receipt *out, struct csg_err *err);

/* Add to *out, whose tree is set, the proof that its first size entries are its
 * beginning; nothing if that is all of it.  LOG if it never had that size, or
 * the receipt has no room. */
enum csg_rc csg_ledger_prove_earlier(struct csg_ledger *l, uint64_t size,
    struct csg_receipt *out, struct csg_err *err);

/*
 * One entry; its strings and ids live until the callback returns.  text is
 * what the tree commits to.
 */
typedef enum csg_rc (*csg_ledger_visit)(void *arg, const struct csg_entry *e,
    const char *text, struct csg_err *err);

/* The entries "from" to "upto" (0: all that follow), in order, until visit
 * fails. */
enum csg_rc csg_ledger_each(struct csg_ledger *l, uint64_t from, uint64_t upto,
    csg_ledger_visit visit, void *arg, struct csg_err *err);

/* Time of the newest entry, 0 when there is none. */
enum csg_rc csg_ledger_newest(
    struct csg_ledger *l, int64_t *time, struct csg_err *err);

/* CLOCK if the time is before that of the newest entry. */
enum csg_rc csg_ledger_clock(
    struct csg_ledger *l, int64_t time, struct csg_err *err);

/* ---- policies ---- */

/* The policy in force: the highest that was ever recorded; version 0: none. */
struct csg_ledger_policy {
	uint64_t version;
	struct csg_id id;
};
enum csg_rc csg_ledger_policy(
    struct csg_ledger *l, struct csg_ledger_policy *out, struct csg_err *err);
/*
 * Could an edit of old rows, which nobody looks at in a large ledger, have
 * brought an older policy back into force?  The newest claim must be of the one
 * in force, unless that came into force later, or with a recovery.  LOG.
 */
enum csg_rc csg_ledger_check_policy(struct csg_ledger *l, struct csg_err *err);
/* Record a founding (version 1, only when there is none yet). */
enum csg_rc csg_ledger_found(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, struct csg_err *err);

/* ---- requests ---- */

enum csg_progress { CSG_UNKNOWN, CSG_CLAIMED, CSG_FINISHED, CSG_ABANDONED };

/* A claim: everything that makes a signature reproducible after a crash. */
struct csg_claim {
	struct csg_id request, policy, evidence;
	int64_t time; /* T */
	char *profile;
	char *route;
	size_t count; /* artifacts */
	char *messages; /* armoured request, counted votes, act */
};
void csg_claim_clear(struct csg_claim *c);

/* Where a request stands; *claim is filled from CSG_CLAIMED on, if not NULL. */
enum csg_rc csg_ledger_find(struct csg_ledger *l, const struct csg_id *request,
    enum csg_progress *progress, struct csg_claim *claim, struct csg_err *err);

/* The claim of a request that an entry stands for: the last up to its number.
 * LOG when there is none. */
enum csg_rc csg_ledger_claim_of(struct csg_ledger *l,
    const struct csg_id *request, uint64_t seq, struct csg_claim *claim,
    struct csg_err *err);

/* Signatures claimed under a profile after a time, and not abandoned. */
enum csg_rc csg_ledger_signatures(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t *out, struct csg_err *err);

/* When no more than "most" of these signatures lie in the period: the time of the
 * last claim that must have passed out of it; 0 if that is so now. */
enum csg_rc csg_ledger_rate_frees_at(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t most, int64_t *out, struct csg_err *err);

/* Append a claim, at time now.  An earlier claim of the request must be
 * abandoned. */
enum csg_rc csg_ledger_claim(struct csg_ledger *l,
    const struct csg_claim *claim, int64_t now, struct csg_err *err);

/*
 * Append the end of a claimed request.  record: the seal, whose digests tell
 * what was signed.  policy, when not NULL, is the new policy in force from now
 * on (version must be the highest + 1), in the same transaction.
 */
enum csg_rc csg_ledger_finish(struct csg_ledger *l,
    const struct csg_id *request, int64_t time, const char *record,
    const struct csg_ledger_policy *policy, struct csg_err *err);
enum csg_rc csg_ledger_abandon(struct csg_ledger *l,
    const struct csg_id *request, int64_t time, const char *why,
    struct csg_err *err);

/* Remember a valid rejection (armoured) for good; known ones are no error. */
enum csg_rc csg_ledger_remember(struct csg_ledger *l,
    const struct csg_id *request, const struct csg_id *vote, int64_t time,
    const char *armoured, struct csg_err *err);
/* Is it remembered? */
enum csg_rc csg_ledger_remembers(struct csg_ledger *l,
    const struct csg_id *request, const struct csg_id *vote, bool *out,
    struct csg_err *err);
/* The rejections (armoured) that were remembered after a time, until visit
 * fails. */
typedef enum csg_rc (*csg_rejection_visit)(
    void *arg, const char *armoured, struct csg_err *err);
enum csg_rc csg_ledger_each_rejection(struct csg_ledger *l, int64_t after,
    csg_rejection_visit visit, void *arg, struct csg_err *err);
/* All remembered rejections of a request, armoured, appended to *out. */
enum csg_rc csg_ledger_recall(struct csg_ledger *l,
    const struct csg_id *request, struct csg_buf *out, struct csg_err *err);

/*
 * Record that an authentic request was refused: once for a request and
 * reason, and CSG_REFUSALS times in a day at the most, so that nobody can fill
 * the disk.  profile may be NULL.
 */
#define CSG_REFUSALS 256
enum csg_rc csg_ledger_refuse(struct csg_ledger *l,
    const struct csg_id *request, const char *profile, int64_t time,
    const struct csg_err *why, struct csg_err *err);

/* Record what happened to a token key: "made boot p256 sha256:...". */
enum csg_rc csg_ledger_key(
    struct csg_ledger *l, int64_t time, const char *what, struct csg_err *err);

/* ---- receipts ---- */

/* Keep the receipt of a finished request (armoured); an earlier one stays. */
enum csg_rc csg_ledger_keep_receipt(struct csg_ledger *l,
    const struct csg_id *request, const char *armoured, struct csg_err *err);
/* The receipt of a request, appended to *out; nothing if there is none. */
enum csg_rc csg_ledger_receipt(struct csg_ledger *l,
    const struct csg_id *request, struct csg_buf *out, struct csg_err *err);

/* How many receipts are kept. */
enum csg_rc csg_ledger_receipts(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* All receipts kept, in the order of the finish entries, whose number is seq. */
typedef enum csg_rc (*csg_receipt_visit)(void *arg,
    const struct csg_id *request, uint64_t seq, const char *armoured,
    struct csg_err *err);
enum csg_rc csg_ledger_each_receipt(struct csg_ledger *l,
    csg_receipt_visit visit, void *arg, struct csg_err *err);

/* ---- copies and recoveries ---- */

/*
 * Append to a copy what it lacks of a ledger, of which it must be the
 * beginning (LOG else): entries up to number "upto" (0: all), in one
 * transaction.
 */
enum csg_rc csg_ledger_extend(struct csg_ledger *copy, struct csg_ledger *l,
    uint64_t upto, struct csg_err *err);

/* Copy all receipts that the copy lacks. */
enum csg_rc csg_ledger_copy_receipts(
    struct csg_ledger *copy, struct csg_ledger *l, struct csg_err *err);

/*
 * Do two ledgers tell one history?  *same is how many entries they have in
 * common from the first on; it is one history if that is all of the shorter.
 */
enum csg_rc csg_ledger_compare(struct csg_ledger *a, struct csg_ledger *b,
    uint64_t *same, struct csg_err *err);

/* Record that the ledger was rebuilt when it was in that epoch, under that
 * policy; text says from what. */
enum csg_rc csg_ledger_recover(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, uint64_t epoch, const char *text,
    struct csg_err *err);

/* The epoch that the last recovery ended: only a policy with a later one may
 * be signed.  0: never recovered. */
enum csg_rc csg_ledger_ended_epoch(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* LOG where a recovery ended that epoch: a policy with a later one is needed. */
enum csg_rc csg_ledger_check_epoch(
    struct csg_ledger *l, uint64_t epoch, struct csg_err *err);

/* A text that goes with a copy, such as the policy chain; NULL when missing,
 * else the caller's. */
enum csg_rc csg_ledger_put_note(struct csg_ledger *l, const char *name,
    const char *text, struct csg_err *err);
enum csg_rc csg_ledger_get_note(
    struct csg_ledger *l, const char *name, char **out, struct csg_err *err);

#endif
