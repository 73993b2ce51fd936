/*
 * Record: a request, its votes and the seal that closed it, recounted.
 *
 * Proofs end with one; each link of a policy chain has one.
 */
#ifndef CSG_VERIFY_RECORD_H
#define CSG_VERIFY_RECORD_H

#include "lib/message/receipt.h"
#include "lib/message/seal.h"
#include "lib/decide/decide.h"

struct csg_record {
	struct csg_judgement judged; /* at the seal's time */
	const struct csg_tally *tally; /* of judged */
	struct csg_seal *seal;
	const struct csg_envelope *seal_env; /* borrowed */
	const struct csg_key *key; /* signing key, of the policy */
	struct csg_buf evidence; /* the text */
	struct csg_id digest; /* its SHA-256 */
	struct csg_receipt *receipt; /* NULL where none came along */
	const struct csg_envelope *receipt_env; /* borrowed */
};

/*
 * Check everything that can be checked without the artifacts: csg_decide() on
 * the case at the seal's time says yes, with all votes as evidence, by the
 * route that the seal names; an operator acted, where the profile wants that;
 * the seal is signed by the key of the request's profile, belongs to this
 * request and policy, and lists the request's artifacts.  The case was made
 * by csg_case_take() and verified, and must outlive the record.  newest is a
 * later policy of the same chain, or NULL.
 *
 * SIGNATURE, UNENDORSED (evidence or artifacts don't fit), VETO, REVOKED,
 * UNENDORSED again where csg-sign would have said QUORUM, and the reasons of
 * csg_tally_make().  Then *refused, unless NULL, is what was decided if it came
 * to that: the caller's (csg_judgement_clear), and borrows the case.
 */
enum csg_rc csg_record_check(const struct csg_case *c,
    const struct csg_policy *policy, const struct csg_policy *newest,
    struct csg_record **out, struct csg_judgement *refused,
    struct csg_err *err);
void csg_record_free(struct csg_record *r);

/*
 * Is the signature in the ledger?  Checks the case's receipt against the
 * record, which takes it, and against what the voters had seen of the ledger.
 * LOG when it is wrong, or missing.
 */
enum csg_rc csg_record_receipt(
    struct csg_record *r, const struct csg_case *c, struct csg_err *err);

#endif
