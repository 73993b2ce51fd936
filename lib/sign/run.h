/*
 * One run of csg-sign: what the files of this room share.  For no one else;
 * callers use sign.h.
 *
 * run_decide.c decides, with run_heads.c checking the heads of the ledger and
 * rejections.c recalling rejections; run_stage.c makes the outputs, with the
 * seal by sealing.c; staging.c keeps them in one file and release.c releases
 * them; sign.c keeps the order, found.c that of the founding.
 */
#ifndef CSG_SIGN_RUN_H
#define CSG_SIGN_RUN_H

#include "lib/sign/sign.h"
#include "lib/sign/staging.h"
#include "lib/verify/proof.h"

/* Borrowed pointers must outlive the run. */
struct csg_run {
	struct csg_state *state; /* NULL: no workstation */
	const struct csg_chain *chain; /* in force; NULL at the founding */
	const struct csg_sign_in *in;
	struct csg_sign_out *out;
	const struct csg_policy *policy; /* the policy that decides */
	bool founding; /* policy is the draft */
	const struct csg_format *format;
	const struct csg_tally *tally; /* out->judged.tally */
	struct csg_opened artifacts;
	struct csg_draft draft; /* the draft, if the artifact is a policy */
	struct csg_buf staging; /* path of the staging file */
	/* ended or opened; outputs are numbered as the artifacts, the last is
	 * the proof */
	struct csg_staging *staged;
	struct csg_sealed *sealed; /* [artifacts] */
	struct csg_buf seal; /* armoured */
	struct csg_buf receipt; /* armoured; empty before the finish */
	/* the staged proof after it was checked, or NULL */
	struct csg_proof *proof;
	uint64_t epoch; /* epoch of the ledger when this entry is appended */
	bool dry; /* decide and explain only: nothing is written */
};
#define CSG_RUN_NONE { .artifacts = CSG_OPENED_NONE }

/* ---- run.c ---- */

void csg_run_clear(struct csg_run *r);

/* Artifact i, which is open, as a work item for the format drivers; it borrows
 * from r and evidence. */
void csg_run_target(const struct csg_run *r, size_t i, const char *evidence,
    struct csg_target *w);

/* If (and only if) the profile has operators: get the operator's act on what
 * was decided.  OPERATOR, SUSPENDED. */
enum csg_rc csg_run_operate(struct csg_run *r, struct csg_err *err);

/* Remember that the message in der, just made by k, verifies, so that checks
 * under these chains need not verify it again when it is read back. */
enum csg_rc csg_run_remember(struct csg_chains *chains,
    const struct csg_signer_key *k, const struct csg_buf *der,
    struct csg_err *err);

/* Add a path to the report. */
enum csg_rc csg_sign_out_add(struct csg_sign_out *o, const char *dir,
    const char *name, struct csg_err *err);

/* ---- run_heads.c ---- */

/*
 * Find the epoch that the ledger is in with this entry (r->epoch), and check
 * the heads of the ledger that voters saw.  LOG if the ledger never had one, if
 * they are more than a receipt can prove, or if a rebuilt ledger still needs
 * its next epoch; CLOCK if one is later than now.
 */
enum csg_rc csg_run_check_heads(struct csg_run *r, struct csg_err *err);

/* Add to a receipt the consistency proofs from all heads of the same epoch that
 * voters saw. */
enum csg_rc csg_run_prove_heads(
    const struct csg_run *r, struct csg_receipt *receipt, struct csg_err *err);

/* ---- run_decide.c ---- */

/* Open the case of the run (r->out->given), verified under the chain. */
enum csg_rc csg_run_open_case(struct csg_run *r, struct csg_err *err);

/* Decide a request that was not claimed yet, on the given votes and the
 * recorded rejections. */
enum csg_rc csg_run_decide(struct csg_run *r, struct csg_err *err);

/* Decide a request that was claimed by a run that did not finish.  It is
 * completed as claimed, or abandoned if since then the policy changed, somebody
 * rejected it or was suspended, or it expired.  If csg_request_long_expired()
 * says that the clock may be wrong, it is refused but not abandoned. */
enum csg_rc csg_run_decide_again(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err);

/* Decide on the messages of a finished claim, at the time of that claim. */
enum csg_rc csg_run_decide_finished(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err);

/* Record a refusal, if the request is authentic, its key still belongs to a
 * user of the policy in force, and csg_request_long_expired() is false;
 * otherwise CSG_OK and no entry. */
enum csg_rc csg_run_record_refusal(
    struct csg_run *r, const struct csg_err *why, struct csg_err *err);

/* ---- release.c ---- */

/* Before the claim: fail on anything that would make the release fail. */
enum csg_rc csg_run_probe(
    const struct csg_run *r, enum csg_existing existing, struct csg_err *err);

/* Release all staged outputs, all or nothing; the proof gets its receipt.
 * DIGEST if the bytes are not those that were checked. */
enum csg_rc csg_run_release(
    struct csg_run *r, enum csg_existing existing, struct csg_err *err);

/* ---- run_stage.c ---- */

/* Sign everything, seal it, and write it to the staging file, which is durable
 * when this returns CSG_OK. */
enum csg_rc csg_run_stage(struct csg_run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err);

/*
 * Check everything staged as csg-verify would: SELFTEST.  Signatures made by
 * this process were verified when they were made; here it is enough that they
 * are the sealed ones.
 */
enum csg_rc csg_run_check_staged(struct csg_run *r, struct csg_err *err);

/* Check the receipt as csg-verify would: it completes the proof that
 * csg_run_check_staged() read back.  Nothing else has changed since.
 * SELFTEST. */
enum csg_rc csg_run_check_receipt(struct csg_run *r, struct csg_err *err);

/* Check what an earlier run staged, with its receipt: SELFTEST.  The artifacts
 * are not available, so the outputs are compared with the seal, which was made
 * when they were.  The policy of that run may be an older one: the proof has
 * its own chain. */
enum csg_rc csg_run_check_stored(struct csg_run *r, struct csg_err *err);

/* Check the chain with its new link and store it.  It is in force when the
 * ledger names it. */
enum csg_rc csg_run_stage_policy(
    struct csg_run *r, struct csg_ledger_policy *next, struct csg_err *err);

/* Sign the head of the tree that includes the finish entry (r->receipt). */
enum csg_rc csg_run_make_receipt(
    struct csg_run *r, struct csg_token *token, struct csg_err *err);

/* Store the receipt in the ledger for good; it must have been checked. */
enum csg_rc csg_run_keep_receipt(struct csg_run *r, struct csg_err *err);

#endif
