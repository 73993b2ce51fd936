/*
 * Archive: every signature and every proof in a tree of released files.
 *
 * A file with a signature beside it is one line of the result; so is what a
 * proof speaks of and is not there, a signature whose artifact is gone, a
 * proof that does not hold and a directory that can't be read.  Proofs serve
 * the whole tree: content decides what belongs together, not places, save
 * where only the place can tell that something was changed or is missing.
 */
#ifndef CSG_VERIFY_ARCHIVE_H
#define CSG_VERIFY_ARCHIVE_H

#include "lib/base/parallel.h"
#include "lib/base/walk.h"
#include "lib/verify/verify.h"

struct csg_line {
	char *path; /* below the directory: of the artifact, or of
				 * whatever else is at fault */
	char *signature; /* of the artifact; or NULL */
	enum csg_reason reason; /* CSG_R_NONE: valid */
	char *text; /* why it is not */
	char *rendered; /* what render() made of a valid one */
};

struct csg_archive {
	struct csg_line *lines; /* in the order of the bytes of path, and
				 * of signature */
	size_t n;
	const char *
	    *unsigned_files; /* files that nothing says are signed, csg's
				 * own aside */
	size_t nunsigned;
	const char **unused_proofs; /* proofs that hold, and no line needs */
	size_t nunused;
	struct csg_err ledger; /* OK, or LOG: two proofs that can't be of
				 * one ledger */
	const char *newest; /* proof with its newest head, or NULL */
	size_t others; /* links, devices and such, left alone */
	struct csg_walk *tree; /* where these names are */
};

struct csg_archive_in {
	const char *dir;
	const struct csg_trust *trust;
	struct csg_chains *chains; /* what is left out there counts */
	struct csg_expected expected;
	struct csg_parallel *jobs; /* its total is set here */
	/* What the caller makes of a valid line, for free(); NULL for
	 * nothing.  Several threads may be in it. */
	char *(*render)(void *arg, const struct csg_line *line,
	    const struct csg_finding *f);
	void *arg;
};

/* CSG_OK: all was looked at, and the lines say what was found.  Else nothing
 * could be: IO. */
enum csg_rc csg_archive_check(const struct csg_archive_in *in,
    struct csg_archive **out, struct csg_err *err);
void csg_archive_free(struct csg_archive *a);

#endif
