/*
 * What the files of archive.h work on.
 */
#ifndef CSG_VERIFY_ARCHIVE_MODEL_H
#define CSG_VERIFY_ARCHIVE_MODEL_H

#include "lib/verify/archive.h"
#include "lib/verify/match.h"

/* A signature, and the artifact that it is said to be of. */
struct archive_item {
	struct csg_line line; /* its path and signature are set */
	struct csg_id place; /* of the artifact, as in csg_claim */
	const struct csg_format *format; /* of the signature; NULL: not known */
	const struct csg_err *fault; /* borrowed, or NULL: see csg_given */
	/* the artifact is not there, and the signature, a policy chain, holds
	 * its text: the claim that says so; else NULL */
	const struct csg_claim *kept;
	/* what there is once it was judged */
	struct csg_id output; /* see csg_subject */
	bool has_output;
	size_t file; /* that decided the line, or CSG_NONE */
};

struct archive {
	const struct csg_archive_in *in;
	int dir; /* of all paths: that of the tree, or AT_FDCWD */
	struct csg_walk *tree; /* or NULL: the signatures are given */
	struct archive_item *items;
	size_t nitems, room;
	struct csg_claims *claims; /* until they are collected */
	bool *used; /* [nfiles], then: some line rests on the proof, or
		     * blames it */
	/* for judging */
	struct csg_match_in match;
	unsigned algs; /* that any key at hand signs with */
};

/* archive.c */

/* Add a signature (or NULL), and take its format from its suffix.  known_as is
 * the path of the artifact as in claims.  Strings are copied.  *out is the item
 * until another is added. */
enum csg_rc csg_archive_add(struct archive *a, const char *path,
    const char *signature, const char *known_as, struct archive_item **out,
    struct csg_err *err);

/* Read and recount the proofs; a->claims borrows the paths. */
enum csg_rc csg_archive_read(struct archive *a, const char *const *proofs,
    size_t n, struct csg_err *err);

/* Read, hash and match all items; their lines are complete then. */
enum csg_rc csg_archive_judge(struct archive *a, struct csg_err *err);

/* Hand the items' lines and the proofs over to *out, which gets room for so
 * many lines more; tell which proofs are used. */
enum csg_rc csg_archive_collect(struct archive *a, size_t more,
    struct csg_archive *out, struct csg_err *err);
void csg_archive_clear(struct archive *a);

/* A line about a path, and a signature or NULL, and why it is not valid. */
enum csg_rc csg_line_make(const char *path, const char *signature,
    const struct csg_err *why, struct csg_line *out, struct csg_err *err);
void csg_line_clear(struct csg_line *l);

#endif
