/*
 * Match: which proof belongs to an artifact, and is its signature valid?
 *
 * A valid signature rests on a valid proof that sealed exactly this artifact
 * and this signature.  If there is none, the claim with the highest score is
 * assumed to be the one that was meant, and shows what is wrong:
 *
 *	score		the proof is	its claim has
 *	FIT		valid		this artifact and this signature
 *	OUTPUT+PLACE	valid		this signature and this place
 *	OUTPUT		valid		this signature
 *	BROKEN_FIT	not valid	this artifact and this signature
 *	INPUT+PLACE	valid		this artifact and this place
 *	INPUT		valid		this artifact
 *	PLACE		valid		this place
 *	BROKEN_OUTPUT	not valid	this signature
 *	BROKEN		not valid	this artifact, or this place
 *
 * Of several claims with the highest score, the first in the order of the
 * proofs counts; but of those with FIT, the first that makes the signature
 * valid.  So a changed artifact is reported as such if a valid proof shows it,
 * and an invalid proof is blamed where it was needed.  A claim for a signature
 * of a format other than the one at hand is not matched by its artifact alone
 * or its place.
 */
#ifndef CSG_VERIFY_MATCH_H
#define CSG_VERIFY_MATCH_H

#include "lib/verify/claims.h"
#include "lib/verify/verify.h"

/* An artifact and a signature, as found; all borrowed. */
struct csg_subject {
	const struct csg_hashes *hashes; /* of the artifact */
	const struct csg_buf *sig; /* the signature file */
	/* of the signature: csg_format.output_id of the file */
	struct csg_id output;
	struct csg_id place; /* of the artifact, as in csg_claim */
	const struct csg_format *format; /* of the signature; NULL: any */
};

/* What subjects are matched with; all borrowed. */
struct csg_match_in {
	const struct csg_claims *claims;
	const struct csg_expected *expected;
	/* with the keys to try, to report who signed without endorsement; or
	 * NULL */
	const struct csg_policy *policy;
	/* If there is only one proof and it is not valid, it is blamed even if
	 * none of its claims matches. */
	bool only_one;
};

struct csg_match {
	/* index of the proof file that decided: the signature rests on it, or
	 * it shows what is wrong; or CSG_NONE */
	size_t file;
	/* index into its seal's artifacts, if the proof is valid */
	size_t artifact;
	/* CSG_OK: the signature is valid.  Else why it is not: as from
	 * csg_verify_output(), csg_verify_expected() or csg_proof_read(),
	 * or UNENDORSED. */
	struct csg_err why;
};

/* Find the proof of a subject and judge it.  Several threads may do so with
 * the same claims. */
void csg_match(const struct csg_match_in *in, const struct csg_subject *s,
    struct csg_match *out);

/* Find the claim with the highest score, and the first of those; NULL if none
 * matches.  Of s->hashes only id is used. */
const struct csg_claim *csg_match_nearest(
    const struct csg_claims *c, const struct csg_subject *s);

#endif
