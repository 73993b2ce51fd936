/*
 * The ledger: what this workstation has claimed, signed and refused.
 *
 * A SQLite database, append-only: rows of "entry" are never changed, and a
 * Merkle tree commits to them.  Every call that writes is one transaction,
 * durable (synced) when it returns.  The caller holds the lock of the state
 * directory.  Failures are LOG, except CLOCK for a time before that of the
 * newest entry, and IO if memory is short.
 *
 * A request is claimed, then finished or abandoned; after it was abandoned it
 * can be claimed again.
 *
 * ledger.c handles requests, ledger_open.c opens and checks the file,
 * ledger_tree.c keeps the tree, ledger_copy.c makes and compares copies.
 */
#ifndef CSG_LEDGER_LEDGER_H
#define CSG_LEDGER_LEDGER_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/message/receipt.h"

struct csg_ledger;

/* ---- the file ---- */

/* Create a new, empty ledger.  Fails if the file exists. */
enum csg_rc csg_ledger_create(const char *path, struct csg_err *err);

/*
 * Open a ledger and check it: a regular file with csg's application id, schema
 * version and schema; the newest entries (all entries of a ledger of less than
 * some thousand) against the tree, their numbers and their times.  Damage is
 * reported; nothing is repaired or overwritten.  *out is the caller's
 * (csg_ledger_close), NULL after a failure.
 */
enum csg_rc csg_ledger_open(const char *path, bool readonly,
    struct csg_ledger **out, struct csg_err *err);
void csg_ledger_close(struct csg_ledger *l);

/* Rename the ledger at path "new" to "old"; the file that was there is kept at
 * "aside", in whatever state it is.  None of the three may be open.  Durable.
 * IO. */
enum csg_rc csg_ledger_replace(
    const char *old, const char *new, const char *aside, struct csg_err *err);

/* Check everything: SQLite's integrity check, and the whole tree recomputed
 * from the entries.  LOG names the first entry or node that does not match, or
 * the first entry whose time is before that of its predecessor. */
enum csg_rc csg_ledger_verify(struct csg_ledger *l, struct csg_err *err);

/* ---- the tree ---- */

/* The number of entries. */
enum csg_rc csg_ledger_size(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* The root of the tree over the first n entries. */
enum csg_rc csg_ledger_root(
    struct csg_ledger *l, uint64_t n, struct csg_id *out, struct csg_err *err);

/* The name of the log: the leaf hash of its first entry. */
enum csg_rc csg_ledger_name(
    struct csg_ledger *l, struct csg_id *out, struct csg_err *err);

/* The leaf hash of entry number index + 1. */
enum csg_rc csg_ledger_leaf(struct csg_ledger *l, uint64_t index,
    struct csg_id *out, struct csg_err *err);

/* The head of the tree over all entries; there must be at least one. */
enum csg_rc csg_ledger_head(struct csg_ledger *l, uint64_t epoch,
    struct csg_tree_head *out, struct csg_err *err);

/*
 * Check that this ledger, which is in the given epoch, has had this head.  LOG
 * if not: this ledger or the one that the head comes from was rolled back or
 * forked.  Heads of earlier epochs are not compared.
 */
enum csg_rc csg_ledger_includes_head(struct csg_ledger *l, uint64_t epoch,
    const struct csg_tree_head *seen, struct csg_err *err);

/* Check the consistency proofs of a receipt against the roots that this ledger
 * had at those sizes.  Proofs from sizes larger than the ledger are ignored.
 * LOG if one does not verify. */
enum csg_rc csg_ledger_holds_earlier(
    struct csg_ledger *l, const struct csg_receipt *r, struct csg_err *err);

/* Prove that a request is finished: sets the entry, its index, the head of
 * today's tree and the inclusion proof in *out, which the caller has cleared
 * and frees.  LOG if the request is not finished. */
enum csg_rc csg_ledger_prove(struct csg_ledger *l, const struct csg_id *request,
    uint64_t epoch, struct csg_receipt *out, struct csg_err *err);

/* Add to *out, whose tree is set, the consistency proof from the first size
 * entries to that tree; nothing if size is the size of the tree.  LOG if the
 * tree never had that size or the receipt has no room. */
enum csg_rc csg_ledger_prove_earlier(struct csg_ledger *l, uint64_t size,
    struct csg_receipt *out, struct csg_err *err);

/*
 * Called for one entry; its strings and ids live until the callback returns.
 * text is the text that the tree commits to.
 */
typedef enum csg_rc (*csg_ledger_visit)(void *arg, const struct csg_entry *e,
    const char *text, struct csg_err *err);

/* Visit the entries "from" to "upto" (0: to the last), in order, until visit
 * fails. */
enum csg_rc csg_ledger_each(struct csg_ledger *l, uint64_t from, uint64_t upto,
    csg_ledger_visit visit, void *arg, struct csg_err *err);

/* The time of the newest entry; 0 if there is none. */
enum csg_rc csg_ledger_newest(
    struct csg_ledger *l, int64_t *time, struct csg_err *err);

/* CLOCK if the time is before that of the newest entry. */
enum csg_rc csg_ledger_clock(
    struct csg_ledger *l, int64_t time, struct csg_err *err);

/* ---- policies ---- */

/* The policy in force: the highest version ever recorded; version 0 if there is
 * none. */
struct csg_ledger_policy {
	uint64_t version;
	struct csg_id id;
};
enum csg_rc csg_ledger_policy(
    struct csg_ledger *l, struct csg_ledger_policy *out, struct csg_err *err);
/*
 * Detect an edit of old rows (which are not checked when a large ledger is
 * opened) that brings an older policy back into force: the newest claim must be
 * under the policy in force, unless that policy came into force after the claim
 * or by a recovery.  LOG.
 */
enum csg_rc csg_ledger_check_policy(struct csg_ledger *l, struct csg_err *err);
/* Record a founding (version 1, only if there is no policy yet). */
enum csg_rc csg_ledger_found(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, struct csg_err *err);

/* ---- requests ---- */

enum csg_progress { CSG_UNKNOWN, CSG_CLAIMED, CSG_FINISHED, CSG_ABANDONED };

/* A claim: everything needed to reproduce a signature after a crash. */
struct csg_claim {
	struct csg_id request, policy, evidence;
	int64_t time; /* T */
	char *profile;
	char *route;
	size_t count; /* artifacts */
	char *messages; /* armoured: request, counted votes, act */
};
void csg_claim_clear(struct csg_claim *c);

/* The progress of a request.  *claim, if not NULL, is the caller's to clear; it
 * holds the last claim unless the request is CSG_UNKNOWN. */
enum csg_rc csg_ledger_find(struct csg_ledger *l, const struct csg_id *request,
    enum csg_progress *progress, struct csg_claim *claim, struct csg_err *err);

/* The claim that an entry of a request belongs to: the request's last claim up
 * to entry number seq.  LOG if there is none.  *claim is the caller's to
 * clear. */
enum csg_rc csg_ledger_claim_of(struct csg_ledger *l,
    const struct csg_id *request, uint64_t seq, struct csg_claim *claim,
    struct csg_err *err);

/* The number of signatures claimed under a profile later than "after" and not
 * abandoned. */
enum csg_rc csg_ledger_signatures(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t *out, struct csg_err *err);

/* Of the signatures claimed under a profile later than "after": the time of the
 * last claim that must leave the period for no more than "most" to remain; 0 if
 * there are no more than that now. */
enum csg_rc csg_ledger_rate_frees_at(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t most, int64_t *out, struct csg_err *err);

/* Append a claim, at time now.  An earlier claim of the request must have been
 * abandoned. */
enum csg_rc csg_ledger_claim(struct csg_ledger *l,
    const struct csg_claim *claim, int64_t now, struct csg_err *err);

/*
 * Append the end of a claimed request.  record is the seal, whose digests say
 * what was signed.  policy, if not NULL, is in force from now on (its version
 * must be the highest + 1), in the same transaction.
 */
enum csg_rc csg_ledger_finish(struct csg_ledger *l,
    const struct csg_id *request, int64_t time, const char *record,
    const struct csg_ledger_policy *policy, struct csg_err *err);
enum csg_rc csg_ledger_abandon(struct csg_ledger *l,
    const struct csg_id *request, int64_t time, const char *why,
    struct csg_err *err);

/* Record a valid rejection (armoured) for good; no error if it is already
 * recorded. */
enum csg_rc csg_ledger_remember(struct csg_ledger *l,
    const struct csg_id *request, const struct csg_id *vote, int64_t time,
    const char *armoured, struct csg_err *err);
/* Is the rejection recorded? */
enum csg_rc csg_ledger_remembers(struct csg_ledger *l,
    const struct csg_id *request, const struct csg_id *vote, bool *out,
    struct csg_err *err);
/* Visit the rejections (armoured) recorded later than "after", until visit
 * fails. */
typedef enum csg_rc (*csg_rejection_visit)(
    void *arg, const char *armoured, struct csg_err *err);
enum csg_rc csg_ledger_each_rejection(struct csg_ledger *l, int64_t after,
    csg_rejection_visit visit, void *arg, struct csg_err *err);
/* Append all recorded rejections of a request, armoured, to *out. */
enum csg_rc csg_ledger_recall(struct csg_ledger *l,
    const struct csg_id *request, struct csg_buf *out, struct csg_err *err);

/*
 * Record that an authentic request was refused: once for each request and
 * reason, and at most CSG_REFUSALS times a day, so that nobody can fill the
 * disk.  profile may be NULL.
 */
#define CSG_REFUSALS 256
enum csg_rc csg_ledger_refuse(struct csg_ledger *l,
    const struct csg_id *request, const char *profile, int64_t time,
    const struct csg_err *why, struct csg_err *err);

/* Record what was done with a token key: "made boot p256 sha256:...". */
enum csg_rc csg_ledger_key(
    struct csg_ledger *l, int64_t time, const char *what, struct csg_err *err);

/* ---- receipts ---- */

/* Store the receipt of a finished request (armoured); an existing one is not
 * replaced. */
enum csg_rc csg_ledger_keep_receipt(struct csg_ledger *l,
    const struct csg_id *request, const char *armoured, struct csg_err *err);
/* Append the receipt of a request to *out; nothing if there is none. */
enum csg_rc csg_ledger_receipt(struct csg_ledger *l,
    const struct csg_id *request, struct csg_buf *out, struct csg_err *err);

/* The number of receipts stored. */
enum csg_rc csg_ledger_receipts(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* Visit all receipts, in the order of their finish entries, whose number is
 * seq, until visit fails. */
typedef enum csg_rc (*csg_receipt_visit)(void *arg,
    const struct csg_id *request, uint64_t seq, const char *armoured,
    struct csg_err *err);
enum csg_rc csg_ledger_each_receipt(struct csg_ledger *l,
    csg_receipt_visit visit, void *arg, struct csg_err *err);

/* ---- copies and recoveries ---- */

/*
 * Append to a copy the entries that it lacks, up to number "upto" (0: all), in
 * one transaction.  The copy must be the beginning of the ledger (LOG).
 */
enum csg_rc csg_ledger_extend(struct csg_ledger *copy, struct csg_ledger *l,
    uint64_t upto, struct csg_err *err);

/* Copy all receipts that the copy lacks. */
enum csg_rc csg_ledger_copy_receipts(
    struct csg_ledger *copy, struct csg_ledger *l, struct csg_err *err);

/*
 * Compare the histories of two ledgers: *same is the number of entries that
 * they have in common from the first on.  It is one history if that is the size
 * of the shorter ledger.
 */
enum csg_rc csg_ledger_compare(struct csg_ledger *a, struct csg_ledger *b,
    uint64_t *same, struct csg_err *err);

/* Record that the ledger was rebuilt while in that epoch, under that policy;
 * text names the sources. */
enum csg_rc csg_ledger_recover(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, uint64_t epoch, const char *text,
    struct csg_err *err);

/* The epoch that the last recovery ended: only a policy with a later epoch
 * allows signing.  0 if the ledger was never recovered. */
enum csg_rc csg_ledger_ended_epoch(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* LOG if a recovery ended that epoch: a policy with a later epoch is needed. */
enum csg_rc csg_ledger_check_epoch(
    struct csg_ledger *l, uint64_t epoch, struct csg_err *err);

/* A text stored with a copy, such as the policy chain.  *out is the caller's,
 * NULL if there is no such note. */
enum csg_rc csg_ledger_put_note(struct csg_ledger *l, const char *name,
    const char *text, struct csg_err *err);
enum csg_rc csg_ledger_get_note(
    struct csg_ledger *l, const char *name, char **out, struct csg_err *err);

#endif
