/*
 * Archive: signatures with their artifacts and proofs, each signature checked
 * against all proofs.
 *
 * A single artifact is an archive of one: csg_archive_given() takes the files
 * that the caller names, csg_archive_walk() everything signed below a
 * directory.  Files are matched by content (match.h); their paths count only
 * where nothing else shows that something was changed or is missing.
 */
#ifndef CSG_VERIFY_ARCHIVE_H
#define CSG_VERIFY_ARCHIVE_H

#include "lib/base/parallel.h"
#include "lib/base/walk.h"
#include "lib/verify/claims.h"
#include "lib/verify/verify.h"

struct csg_line {
	char *path; /* of the artifact, or of another file at fault */
	char *signature; /* of the artifact; or NULL */
	enum csg_reason reason; /* CSG_R_NONE: valid */
	char *text; /* why it is not valid, without the path; or NULL */
	struct csg_finding finding; /* if valid */
	/* the decision on the proof that is to blame, if it got as far as a
	 * tally; borrowed, or NULL */
	const struct csg_tally *refused;
};

struct csg_archive {
	struct csg_claims *claims; /* the proofs; the lines borrow from them */
	struct csg_line *lines;
	size_t n;
	struct csg_line *broken; /* proofs that are not valid and that no line
				  * blames; after a walk, they are in lines */
	size_t nbroken;
	/* The rest is set by a walk only. */
	const char **unsigned_files; /* files that no line names, except csg's
				      * own */
	size_t nunsigned;
	const char **unused_proofs; /* valid ones that no line rests on */
	size_t nunused;
	struct csg_err ledger; /* OK, or LOG: two proofs whose receipts cannot
				* come from one ledger */
	const struct csg_proof *newest; /* with the newest head, or NULL */
	struct csg_walk *tree; /* owns the names */
};

/* What all signatures are checked against; all borrowed. */
struct csg_archive_in {
	const struct csg_trust *trust;
	struct csg_chains *chains; /* and the people whom they leave out */
	struct csg_expected expected;
	struct csg_parallel *jobs; /* its total is set by the check */
};

/* A signature that the caller names; all borrowed. */
struct csg_given {
	const char *artifact, *signature; /* paths; signature can be NULL if
					   * there is a fault */
	const char *name; /* of the artifact in seals, encoded; likewise */
	const struct csg_err *fault; /* why it cannot be checked even if the
				      * artifact can be read; or NULL */
};

/*
 * Check n signatures against the proof files named.  If there is only one
 * proof file and it is not valid, it is blamed for every signature that it
 * should have covered.  lines[i] is about given[i].
 *
 * CSG_OK: the lines say what was found, and *out is the caller's
 * (csg_archive_free); *out borrows the paths of the proofs and in->chains.  IO
 * if out of memory.
 */
enum csg_rc csg_archive_given(const struct csg_archive_in *in,
    const struct csg_given *given, size_t n, const char *const *proofs,
    size_t nproofs, struct csg_archive **out, struct csg_err *err);

/*
 * Check every signature below dir against every proof there.  Paths are
 * relative to dir; lines are in the byte order of path, then of signature.
 * There is a line for each file with a signature beside it; for each file that
 * a proof lists and that is missing; for each signature whose artifact is
 * missing; for each proof that is not valid, unless another line blames it;
 * and for each directory that cannot be read.
 *
 * Returns as csg_archive_given() does; IO also if dir cannot be read.
 */
enum csg_rc csg_archive_walk(const struct csg_archive_in *in, const char *dir,
    struct csg_archive **out, struct csg_err *err);

void csg_archive_free(struct csg_archive *a);

#endif
