/*
 * Bundle: the messages found in files, and the blocks that were none.
 */
#ifndef CSG_MESSAGE_BUNDLE_H
#define CSG_MESSAGE_BUNDLE_H

#include "lib/message/envelope.h"

#define CSG_MAX_MESSAGES 4096 /* blocks in one bundle */

struct csg_message {
	struct csg_envelope *env;
	char *origin; /* "FILE" or "FILE:LINE" */
};

struct csg_broken {
	char *origin;
	struct csg_err err;
};

/* Zero-initialise; verified may be set before anything is added. */
struct csg_bundle {
	struct csg_verified *verified; /* of its messages; borrowed, or NULL */
	struct csg_message *m;
	size_t n;
	struct csg_broken *broken;
	size_t nbroken;
};

/*
 * Append every block of a text.  A broken block goes to broken and stops
 * nothing.  TYPE when there is no block at all; IO, or PARSE when there are
 * more than CSG_MAX_MESSAGES.
 */
enum csg_rc csg_bundle_add(struct csg_bundle *b, const char *origin,
    const void *text, size_t len, struct csg_err *err);
/* The same for a text that must hold one message, and nothing broken: PARSE. */
enum csg_rc csg_bundle_add_one(struct csg_bundle *b, const char *origin,
    const char *text, struct csg_err *err);
/* The same, and with no word around it: as csg_envelope_armor() made it. */
enum csg_rc csg_bundle_add_bare(struct csg_bundle *b, const char *origin,
    const char *text, struct csg_err *err);
/* The same for a file ("-": standard input); one that holds no message, or is
 * no regular file, goes to broken as a whole. */
enum csg_rc csg_bundle_read(
    struct csg_bundle *b, const char *path, struct csg_err *err);

/* The same for a file that must hold nothing broken. */
enum csg_rc csg_bundle_read_whole(
    struct csg_bundle *b, const char *path, struct csg_err *err);

/* Exactly one message of that kind must be in the file, and nothing else: added
 * to a bundle, or as *out, which is the caller's.  TYPE. */
enum csg_rc csg_bundle_read_only(struct csg_bundle *b, const char *path,
    enum csg_kind kind, struct csg_err *err);
enum csg_rc csg_message_read(const char *path, enum csg_kind kind,
    struct csg_envelope **out, struct csg_err *err);

/* Is no block broken?  The first that is, as an error with its place. */
enum csg_rc csg_bundle_whole(const struct csg_bundle *b, struct csg_err *err);

void csg_bundle_clear(struct csg_bundle *b);

/* Is it one of csg's own files, by name? */
bool csg_bundle_is_own(const char *path);

#endif
