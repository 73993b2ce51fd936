/*
 * The ledger: what this workstation has claimed, signed and refused.
 *
 * A SQLite database, append-only: rows of "entry" are never changed.  Every
 * call that writes is one transaction, durable (synced) when it returns.
 * The caller holds the state directory's lock.  All failures are LOG.
 *
 * A request's life: nothing -> claim -> finish, or claim -> abandon.
 */
#ifndef CSG_LEDGER_H
#define CSG_LEDGER_H

#include "lib/buf.h"
#include "lib/digest.h"
#include "lib/receipt.h"

struct csg_ledger;

/* Create a new, empty ledger; an existing file is an error. */
enum csg_rc csg_ledger_create(const char *path, struct csg_err *err);

/*
 * Open and check: a regular file, SQLite's integrity check, csg's
 * application id and schema version, entries numbered without a gap.
 * Damage is named, nothing is repaired or overwritten.
 */
enum csg_rc csg_ledger_open(const char *path, bool readonly,
    struct csg_ledger **out, struct csg_err *err);
void csg_ledger_close(struct csg_ledger *l);

/* How many entries there are. */
enum csg_rc csg_ledger_size(
    struct csg_ledger *l, uint64_t *out, struct csg_err *err);

/* The head of the tree over all entries, of which there are some. */
enum csg_rc csg_ledger_head(
    struct csg_ledger *l, struct csg_tree_head *out, struct csg_err *err);

/* The finish entry of a request, its place, and the way to today's head: fills
 * those members of *out, which the caller clears. */
enum csg_rc csg_ledger_prove(struct csg_ledger *l, const struct csg_id *request,
    struct csg_receipt *out, struct csg_err *err);

/*
 * One entry; its strings and ids live until the callback returns.  text is
 * what the tree commits to.
 */
typedef enum csg_rc (*csg_ledger_visit)(void *arg, const struct csg_entry *e,
    const char *text, struct csg_err *err);

/* All entries from seq "from" on, in order, until visit fails. */
enum csg_rc csg_ledger_each(struct csg_ledger *l, uint64_t from,
    csg_ledger_visit visit, void *arg, struct csg_err *err);

/* The whole tree again from the entries: LOG names the first entry or node
 * that does not fit, or a time that goes back. */
enum csg_rc csg_ledger_verify(struct csg_ledger *l, struct csg_err *err);

/* Time of the newest entry, 0 when there is none. */
enum csg_rc csg_ledger_newest(
    struct csg_ledger *l, int64_t *time, struct csg_err *err);

/* The policy in force: the highest that was ever recorded; version 0: none. */
struct csg_ledger_policy {
	uint64_t version;
	struct csg_id id;
};
enum csg_rc csg_ledger_policy(
    struct csg_ledger *l, struct csg_ledger_policy *out, struct csg_err *err);
/* Record a founding (version 1, only when there is none yet). */
enum csg_rc csg_ledger_found(struct csg_ledger *l, int64_t time,
    const struct csg_ledger_policy *p, struct csg_err *err);

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

/* Signatures claimed under a profile after a time, and not abandoned. */
enum csg_rc csg_ledger_signatures(struct csg_ledger *l, const char *profile,
    int64_t after, uint64_t *out, struct csg_err *err);

/* Append a claim.  An earlier claim of the request must be abandoned. */
enum csg_rc csg_ledger_claim(
    struct csg_ledger *l, const struct csg_claim *claim, struct csg_err *err);

/*
 * Append the end of a claimed request.  record: the seal's YAML, whose
 * digests tell what was signed.  policy, when not NULL, is the new policy in
 * force from now on (version must be the highest + 1), in the same
 * transaction.
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
/* All remembered rejections of a request, armoured, appended to *out. */
enum csg_rc csg_ledger_recall(struct csg_ledger *l,
    const struct csg_id *request, struct csg_buf *out, struct csg_err *err);

#endif
