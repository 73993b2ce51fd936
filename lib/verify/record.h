/*
 * Record: a request, its votes and the seal that concluded it, recounted.
 *
 * Every proof ends with a record; each link of a policy chain has one.
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
	struct csg_receipt *receipt; /* set by csg_record_receipt(), or NULL */
	const struct csg_envelope *receipt_env; /* borrowed */
};

/*
 * Check everything that can be checked without the artifacts: csg_decide() on
 * the case at the seal's time accepts it, with all votes as evidence, by the
 * route that the seal names; there is an operator's act, if the profile
 * requires one; the seal is signed by the key of the request's profile, belongs
 * to this request and policy, and lists the request's artifacts.  The case was
 * made by csg_case_take() and verified, and must outlive the record.  newest is
 * a later policy of the same chain, or NULL.  *out is the caller's
 * (csg_record_free).
 *
 * SIGNATURE, UNENDORSED (evidence or artifacts do not match, or csg-sign would
 * have reported QUORUM), VETO, REVOKED, and the reasons of csg_tally_make().
 * On failure *refused, unless refused is NULL, becomes the decision if it got
 * as far as a tally: the caller's (csg_judgement_clear), borrowing the case.
 */
enum csg_rc csg_record_check(const struct csg_case *c,
    const struct csg_policy *policy, const struct csg_policy *newest,
    struct csg_record **out, struct csg_judgement *refused,
    struct csg_err *err);
void csg_record_free(struct csg_record *r);

/*
 * Check that the signature is in the ledger: check the case's receipt against
 * the record, which keeps it, and against the heads of the ledger that voters
 * had seen.  LOG if it is wrong or missing.
 */
enum csg_rc csg_record_receipt(
    struct csg_record *r, const struct csg_case *c, struct csg_err *err);

#endif
