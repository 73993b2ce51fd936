/*
 * Match: whose proof is this artifact's, and what is to be said of it?
 *
 * A signature rests on a proof that holds and has sealed this very artifact
 * and this very signature.  Where there is none, one claim is taken to be the
 * one that was meant, and tells what is wrong:
 *
 *	score		the proof	its claim has
 *	FIT		holds		this artifact and this signature
 *	OUTPUT+PLACE	holds		this signature, and is of this place
 *	OUTPUT		holds		this signature
 *	BROKEN_FIT	does not	this artifact and this signature
 *	INPUT+PLACE	holds		this artifact, and is of this place
 *	INPUT		holds		this artifact
 *	PLACE		holds		this place
 *	BROKEN_OUTPUT	does not	this signature
 *	BROKEN		does not	this artifact, or this place
 *
 * The highest counts, and of several the first in the order of the proofs; but
 * of those that fit the first that makes the signature valid.  So a change of
 * an artifact is named while a proof that holds can tell it, and a proof that
 * does not hold is blamed where it was needed.  A claim for a signature of
 * another format than the one at hand has no artifact and no place here.
 */
#ifndef CSG_VERIFY_MATCH_H
#define CSG_VERIFY_MATCH_H

#include "lib/verify/claims.h"
#include "lib/verify/verify.h"

/* An artifact and a signature, as found; all borrowed. */
struct csg_subject {
	const struct csg_hashes *hashes; /* of the artifact */
	const struct csg_buf *sig; /* the signature file */
	/* what was made for the artifact: csg_format.output_id of the file */
	struct csg_id output;
	struct csg_id place; /* of the artifact, as in csg_claim */
	const struct csg_format *format; /* of the signature; NULL: any */
};

/* What subjects are matched with; all borrowed. */
struct csg_match_in {
	const struct csg_claims *claims;
	const struct csg_expected *expected;
	/* whose keys are known, to say who signed what nobody endorsed; or
	 * NULL */
	const struct csg_policy *policy;
	/* A proof that is the only one is the one meant, even if it does not
	 * hold and has no claim that comes near. */
	bool only_one;
};

struct csg_match {
	/* number of the proof file that decided: the signature rests on it,
	 * or it tells what is wrong; CSG_NONE */
	size_t file;
	/* the artifact of its record, if the signature rests on it */
	size_t artifact;
	/* CSG_OK: the signature is valid.  Else why it is not, as
	 * csg_verify_output(), csg_verify_expected() or csg_proof_read() say,
	 * or UNENDORSED. */
	struct csg_err why;
};

/* Find the proof of a subject and judge it.  Several threads may do so with
 * the same claims. */
void csg_match(const struct csg_match_in *in, const struct csg_subject *s,
    struct csg_match *out);

/* Just the claim with the highest score and the first of those; NULL when none
 * comes near.  Only the digest of s->hashes is looked at. */
const struct csg_claim *csg_match_nearest(
    const struct csg_claims *c, const struct csg_subject *s);

#endif
