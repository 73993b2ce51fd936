/*
 * Bundle: the messages found in files, and the blocks that are not messages.
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

/* Zero-initialise; verified can be set before anything is added. */
struct csg_bundle {
	struct csg_verified *verified; /* for its messages; borrowed, or NULL */
	struct csg_message *m;
	size_t n;
	struct csg_broken *broken;
	size_t nbroken;
};

/*
 * Append every block of a text of len bytes; origin names it in messages.  A
 * broken block is added to broken, and reading goes on.  TYPE if there is no
 * block at all, PARSE if there are more than CSG_MAX_MESSAGES, IO.
 */
enum csg_rc csg_bundle_add(struct csg_bundle *b, const char *origin,
    const void *text, size_t len, struct csg_err *err);
/* Do the same with a text that must hold exactly one message and no broken
 * block: else PARSE. */
enum csg_rc csg_bundle_add_one(struct csg_bundle *b, const char *origin,
    const char *text, struct csg_err *err);
/* Do the same, but the text must be just what csg_envelope_armor() makes. */
enum csg_rc csg_bundle_add_bare(struct csg_bundle *b, const char *origin,
    const char *text, struct csg_err *err);
/* Append every block of a file ("-": standard input).  A file that holds no
 * message or is not a regular file is added to broken as a whole. */
enum csg_rc csg_bundle_read(
    struct csg_bundle *b, const char *path, struct csg_err *err);

/* Do the same with a file, which must not hold a broken block. */
enum csg_rc csg_bundle_read_whole(
    struct csg_bundle *b, const char *path, struct csg_err *err);

/* Read a file that must hold exactly one message, of that kind: into a bundle,
 * or as *out, which is the caller's (csg_envelope_free).  TYPE, or as
 * csg_bundle_read_whole(). */
enum csg_rc csg_bundle_read_only(struct csg_bundle *b, const char *path,
    enum csg_kind kind, struct csg_err *err);
enum csg_rc csg_message_read(const char *path, enum csg_kind kind,
    struct csg_envelope **out, struct csg_err *err);

/* Check that no block is broken; the first that is becomes the error. */
enum csg_rc csg_bundle_whole(const struct csg_bundle *b, struct csg_err *err);

void csg_bundle_clear(struct csg_bundle *b);

/* Is it one of csg's own files, judging by its name? */
bool csg_bundle_is_own(const char *path);

#endif
