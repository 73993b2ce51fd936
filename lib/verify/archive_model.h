/*
 * Archive model: the data that archive.c and archive_walk.c share.
 */
#ifndef CSG_VERIFY_ARCHIVE_MODEL_H
#define CSG_VERIFY_ARCHIVE_MODEL_H

#include "lib/verify/archive.h"
#include "lib/verify/match.h"

/* A signature, and the artifact that it is supposed to cover. */
struct archive_item {
	struct csg_line line; /* its path and signature are set */
	struct csg_id place; /* of the artifact, as in csg_claim */
	const struct csg_format *format; /* of the signature; NULL: not known */
	const struct csg_err *fault; /* borrowed, or NULL: see csg_given */
	/* the claim for an artifact that is missing but whose text is in the
	 * signature, a policy chain; else NULL */
	const struct csg_claim *kept;
	/* set when the item is judged */
	struct csg_id output; /* see csg_subject */
	bool has_output;
	size_t file; /* proof file that decided the line, or CSG_NONE */
};

struct archive {
	const struct csg_archive_in *in;
	int dir; /* all paths are relative to it: of the tree, or AT_FDCWD */
	struct csg_walk *tree; /* or NULL: the signatures are given */
	struct archive_item *items;
	size_t nitems, room;
	struct csg_claims *claims; /* owned until collected */
	bool *used; /* [nfiles], set when collected: a line rests on the proof
		     * or blames it */
	/* for judging */
	struct csg_match_in match;
	unsigned algs; /* digest algorithms of all known keys */
};

/* archive.c */

/* Add an artifact's path and its signature (or NULL), whose suffix determines
 * the format.  known_as is the path of the artifact as in claims.  Strings are
 * copied.  *out is valid until another item is added. */
enum csg_rc csg_archive_add(struct archive *a, const char *path,
    const char *signature, const char *known_as, struct archive_item **out,
    struct csg_err *err);

/* Read and recount the proofs; a->claims borrows the paths. */
enum csg_rc csg_archive_read(struct archive *a, const char *const *proofs,
    size_t n, struct csg_err *err);

/* Read, hash and match all items, which completes their lines. */
enum csg_rc csg_archive_judge(struct archive *a, struct csg_err *err);

/* Move the items' lines and the proofs to *out, with room for more additional
 * lines; sets a->used. */
enum csg_rc csg_archive_collect(struct archive *a, size_t more,
    struct csg_archive *out, struct csg_err *err);
void csg_archive_clear(struct archive *a);

/* Make a line about a path, with a signature or NULL, and why it is not valid.
 * Strings are copied. */
enum csg_rc csg_line_make(const char *path, const char *signature,
    const struct csg_err *why, struct csg_line *out, struct csg_err *err);
void csg_line_clear(struct csg_line *l);

#endif
