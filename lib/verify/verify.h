/*
 * Verify: does this signature over this artifact rest on this proof?
 *
 * csg-verify uses this for the files that it is given.  csg-sign, which has
 * verified the signatures that it made, uses csg_verify_sealed() to check
 * everything staged before release.
 */
#ifndef CSG_VERIFY_VERIFY_H
#define CSG_VERIFY_VERIFY_H

#include "lib/format/format.h"
#include "lib/verify/proof.h"

/*
 * Verify artifact i of the proof's record, given the file's hashes and sig, the
 * len bytes of its output file.  DIGEST if the artifact is not the one that was
 * sealed; SIGNATURE if the signature does not verify; UNENDORSED if it does but
 * is not the one that was sealed; or as csg_format.verify.
 */
enum csg_rc csg_verify_output(const struct csg_proof *proof, size_t i,
    const struct csg_hashes *hashes, const void *sig, size_t len,
    struct csg_err *err);

/*
 * Do the same without verifying the signature, which the maker of sig has done:
 * check that it is the one that was sealed for artifact i.  DIGEST, UNENDORSED.
 */
enum csg_rc csg_verify_sealed(const struct csg_proof *proof, size_t i,
    const struct csg_hashes *hashes, const void *sig, size_t len,
    struct csg_err *err);

/* The proof that a valid signature rests on. */
struct csg_finding {
	const struct csg_proof *proof; /* borrowed */
	size_t artifact; /* index into its record's artifacts */
};

/* What a caller expects beyond a valid signature. */
struct csg_expected {
	const char *profile; /* NULL: any */
	bool emergency; /* accept an emergency route */
	const struct csg_chain *newest; /* or NULL */
};

/*
 * Check that the proof is as expected.  PROFILE; REVOKED if newest calls the
 * signing key compromised, or if the proof would not be valid without the
 * people who were left out of the recount.
 */
enum csg_rc csg_verify_expected(const struct csg_proof *p,
    const struct csg_expected *expected, struct csg_err *err);

/* Find the key of the policy that made sig (len bytes) in format cms or raw,
 * with any evidence; NULL if none did. */
const struct csg_key *csg_verify_signer(const struct csg_policy *p,
    const struct csg_hashes *hashes, const void *sig, size_t len);

/* Was it approved by an emergency route, in the seal or as recounted now? */
bool csg_proof_is_emergency(const struct csg_proof *p);

#endif
