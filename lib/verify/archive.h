/*
 * Archive: signatures, the artifacts and the proofs beside them, all checked
 * against all.
 *
 * One artifact is an archive of one: csg_archive_given() takes what the caller
 * names, csg_archive_walk() all that is signed below a directory.  What belongs
 * together is decided by content (match.h); places count only where they alone
 * can tell that something was changed or is missing.
 */
#ifndef CSG_VERIFY_ARCHIVE_H
#define CSG_VERIFY_ARCHIVE_H

#include "lib/base/parallel.h"
#include "lib/base/walk.h"
#include "lib/verify/claims.h"
#include "lib/verify/verify.h"

struct csg_line {
	char *path; /* of the artifact, or of whatever else is at fault */
	char *signature; /* of the artifact; or NULL */
	enum csg_reason reason; /* CSG_R_NONE: valid */
	char *text; /* why it is not, without the path; or NULL */
	struct csg_finding finding; /* of a valid one */
	/* what the proof that is to blame came to, where the quorum was not
	 * there; borrowed, or NULL */
	const struct csg_tally *refused;
};

struct csg_archive {
	struct csg_claims *claims; /* the proofs; the lines borrow from them */
	struct csg_line *lines;
	size_t n;
	struct csg_line *broken; /* proofs that do not hold, if no line blames
				  * them; of a walk they are among the lines */
	size_t nbroken;
	/* The rest is known after a walk. */
	const char **unsigned_files; /* files that no line names, csg's own
				      * left out */
	size_t nunsigned;
	const char **unused_proofs; /* that hold, and no line rests on */
	size_t nunused;
	struct csg_err ledger; /* OK, or LOG: two proofs whose receipts can't
				* come from one ledger */
	const struct csg_proof *newest; /* with the newest head, or NULL */
	struct csg_walk *tree; /* where these names are */
};

/* What everything is checked against; all borrowed. */
struct csg_archive_in {
	const struct csg_trust *trust;
	struct csg_chains *chains; /* whom they leave out is left out */
	struct csg_expected expected;
	struct csg_parallel *jobs; /* its total is set by the check */
};

/* A signature as the caller names it; all borrowed. */
struct csg_given {
	const char *artifact, *signature; /* paths; signature may be NULL with
					   * a fault */
	const char *name; /* of the artifact in seals, encoded; likewise */
	const struct csg_err *fault; /* why it can't be checked, if the artifact
				      * can be read; or NULL */
};

/*
 * Check n signatures against the proof files named, which together are all
 * there are: if that is a single one, it is to blame for every signature that
 * it should have covered.  lines[i] is about given[i].
 *
 * CSG_OK: the lines say what was found, and *out is the caller's
 * (csg_archive_free); *out borrows the paths of the proofs, and chains.  IO
 * when memory is short.
 */
enum csg_rc csg_archive_given(const struct csg_archive_in *in,
    const struct csg_given *given, size_t n, const char *const *proofs,
    size_t nproofs, struct csg_archive **out, struct csg_err *err);

/*
 * Check every signature below dir against every proof there.  Paths are below
 * dir; lines are in the order of the bytes of path, then of signature.  A line
 * each have: a file with a signature beside it; what a proof lists and is not
 * there; a signature whose artifact is missing; a proof that does not hold,
 * unless another line blames it; a directory that can't be read.
 *
 * As csg_archive_given(); IO also when dir can't be read.
 */
enum csg_rc csg_archive_walk(const struct csg_archive_in *in, const char *dir,
    struct csg_archive **out, struct csg_err *err);

void csg_archive_free(struct csg_archive *a);

#endif
