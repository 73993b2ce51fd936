/*
 * Verify: does this signature over this artifact rest on this proof?
 *
 * csg-verify asks it of what it is given, and csg-sign, which has verified the
 * signatures that it made, the rest of it of everything that it has staged,
 * before it lets it out.
 */
#ifndef CSG_VERIFY_VERIFY_H
#define CSG_VERIFY_VERIFY_H

#include "lib/format/format.h"
#include "lib/verify/proof.h"

/*
 * Artifact number i of the proof's record, its hashes as found and the bytes
 * of its output file.  DIGEST when the artifact is not the one that was
 * sealed; SIGNATURE when the signature is not good; UNENDORSED when it is good,
 * but not the one that was sealed.
 */
enum csg_rc csg_verify_output(const struct csg_proof *proof, size_t i,
    const struct csg_hashes *hashes, const void *sig, size_t len,
    struct csg_err *err);

/*
 * The same but for the signature itself, which whoever made sig has verified:
 * it is the one that was sealed for artifact i.  DIGEST, UNENDORSED.
 */
enum csg_rc csg_verify_sealed(const struct csg_proof *proof, size_t i,
    const struct csg_hashes *hashes, const void *sig, size_t len,
    struct csg_err *err);

/* The proof that a valid signature rests on. */
struct csg_finding {
	const struct csg_proof *proof; /* borrowed */
	size_t artifact; /* number in its record */
};

/* What a caller expects beyond a signature that holds. */
struct csg_expected {
	const char *profile; /* NULL: any */
	bool emergency; /* an emergency route will do */
	const struct csg_chain *newest; /* or NULL */
};

/*
 * Is the proof what is expected?  PROFILE; REVOKED when newest calls the
 * signing key compromised, or when it would not hold without the people whom
 * the proof was recounted without.
 */
enum csg_rc csg_verify_expected(const struct csg_proof *p,
    const struct csg_expected *expected, struct csg_err *err);

/* Which key of the policy signed this, in whatever format and on whatever
 * evidence?  NULL: none. */
const struct csg_key *csg_verify_signer(const struct csg_policy *p,
    const struct csg_hashes *hashes, const void *sig, size_t len);

/* Did an emergency route carry it, then or as recounted now? */
bool csg_proof_is_emergency(const struct csg_proof *p);

#endif
