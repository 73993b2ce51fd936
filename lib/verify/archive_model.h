/*
 * What the files of archive.h work on.
 */
#ifndef CSG_VERIFY_ARCHIVE_MODEL_H
#define CSG_VERIFY_ARCHIVE_MODEL_H

#include <pthread.h>

#include "lib/verify/archive.h"

/* A signature in the tree, and the artifact beside it. */
struct archive_item {
	struct csg_line line;
	struct csg_hashes *hashes; /* of the artifact; NULL: the line
					 * says why not */
	struct csg_id input, output; /* of artifact and signature file */
	bool settled; /* the line is decided on */
	/* the proof that did it, or that may be the one that it lacks */
	size_t proof, nth;
	int score; /* of that; 0: there is none */
};

/* What a proof says of an artifact; of one that does not hold, a hint. */
struct archive_claim {
	char *path, *signature; /* where they should be */
	struct csg_id input, output;
	bool in_place; /* only its place finds the signature */
	struct csg_line line; /* of one in place */
};

struct archive_proof {
	const char *path;
	enum csg_reason reason; /* CSG_R_NONE: it holds */
	char *text;
	struct archive_claim *claims;
	size_t n;
	struct csg_receipt *receipt; /* of one that holds */
	bool used; /* some line rests on it, or blames it */
};

/* An item by one of its ids, or by its path. */
struct archive_id {
	struct csg_id id; /* first: csg_id_cmp() sorts these */
	size_t item;
};
struct archive_path {
	const char *path;
	size_t item;
};

struct archive {
	const struct csg_archive_in *in;
	struct csg_walk *tree;
	struct archive_item *items;
	size_t nitems;
	struct archive_proof *proofs;
	size_t nproofs;
	struct archive_id *by_input, *by_output; /* [nitems], sorted */
	struct archive_path *by_path; /* [nitems], sorted */
	pthread_mutex_t lock; /* for items' proof, nth, score, settled and
				 * line while proofs are at work */
};

/* archive_find.c */

/* The items and proofs of the tree. */
enum csg_rc csg_archive_find(struct archive *a, struct csg_err *err);
/* A job: read and hash item i. */
enum csg_rc csg_archive_hash(void *a, size_t i, struct csg_err *err);
/* Sort them, when all are hashed. */
enum csg_rc csg_archive_index(struct archive *a, struct csg_err *err);
/* The first with that id, or path, of nitems; nitems when there is none. */
size_t csg_archive_first_id(const struct archive *a,
    const struct archive_id *by, const struct csg_id *id);
size_t csg_archive_first_path(const struct archive *a, const char *path);
/* Hashes of a file of the tree, with the digests that also asks for. */
enum csg_rc csg_archive_hash_file(const struct archive *a, const char *path,
    unsigned also, struct csg_hashes *h, struct csg_err *err);
/* Text for free() that tells why not; what the line had is gone. */
enum csg_rc csg_line_set(
    struct csg_line *l, const struct csg_err *why, struct csg_err *err);
void csg_line_clear(struct csg_line *l);

/* archive_proof.c */

/* A job: read proof i, and judge what rests on it. */
enum csg_rc csg_archive_proof(void *a, size_t i, struct csg_err *err);
/* Read and recount a proof; *why tells why not.  The text goes to *text. */
enum csg_rc csg_archive_read_proof(const struct archive *a, const char *path,
    struct csg_buf *text, struct csg_proof **out, struct csg_err *why);
/* Judge an item by artifact nth of a proof, its number being proof; what was
 * decided before stays if it is better. */
enum csg_rc csg_archive_judge(struct archive *a, const struct csg_proof *p,
    size_t proof, size_t nth, struct archive_item *it, struct csg_err *err);

/* archive_rest.c */

/* Judge the items that no proof fits, by the one that comes nearest. */
enum csg_rc csg_archive_rest(struct archive *a, struct csg_err *err);

/* archive_ledger.c */

/* Compare the receipts of all proofs that hold; the newest is told of. */
enum csg_rc csg_archive_ledger(
    const struct archive *a, struct csg_archive *out, struct csg_err *err);

#endif
