/*
 * One run of csg-sign: what the files of this room share.  For no one else;
 * callers use sign.h.
 *
 * run_decide.c decides, asking run_heads.c about the ledger and rejections.c
 * for what it remembers; run_stage.c makes the files, with the seal of
 * sealing.c; staging.c keeps them in one file and release.c lets them out; sign.c
 * keeps the order, and found.c that of the founding.
 */
#ifndef CSG_SIGN_RUN_H
#define CSG_SIGN_RUN_H

#include "lib/sign/sign.h"
#include "lib/sign/staging.h"
#include "lib/verify/proof.h"

/* What is borrowed outlives the run. */
struct csg_run {
	struct csg_state *state; /* NULL: no workstation is at hand */
	const struct csg_chain *chain; /* in force, or NULL at the founding */
	const struct csg_sign_in *in;
	struct csg_sign_out *out;
	const struct csg_policy *policy; /* that judges */
	bool founding; /* policy is the draft */
	const struct csg_format *format;
	const struct csg_tally *tally; /* out->judged.tally */
	struct csg_opened artifacts;
	struct csg_draft draft; /* the artifact of format policy */
	struct csg_buf staging; /* path of what is staged */
	struct csg_staging *staged; /* whole; outputs are numbered as the
				 * artifacts are, and the last is the proof */
	struct csg_sealed *sealed; /* [artifacts] */
	struct csg_buf seal; /* armoured */
	struct csg_buf receipt; /* armoured; empty before the finish */
	struct csg_proof *proof; /* as staged, once it was checked; or NULL */
	uint64_t epoch; /* of the ledger, with this entry */
	bool dry; /* decide and explain only: nothing is written */
};
#define CSG_RUN_NONE \
	{ \
		.artifacts = CSG_OPENED_NONE \
	}

/* ---- run.c ---- */

void csg_run_clear(struct csg_run *r);

/* Artifact i, once it was opened, as drivers take it. */
void csg_run_target(const struct csg_run *r, size_t i, const char *evidence,
    struct csg_target *w);

/* Have the operator act on what was decided, where its profile wants that
 * (and only there).  OPERATOR, SUSPENDED. */
enum csg_rc csg_run_operate(struct csg_run *r, struct csg_err *err);

/* der is a message that k has just made, which has verified it: checks under
 * these chains need not do so again when it is read back. */
enum csg_rc csg_run_remember(struct csg_chains *chains,
    const struct csg_signer_key *k, const struct csg_buf *der,
    struct csg_err *err);

/* Add a path to the report. */
enum csg_rc csg_sign_out_add(struct csg_sign_out *o, const char *dir,
    const char *name, struct csg_err *err);

/* ---- run_heads.c ---- */

/*
 * Find the epoch that the ledger is in with this entry (r->epoch), and check
 * what voters have seen of it: LOG when that is not what the ledger has, when it
 * is more than a receipt can prove, or when a rebuilt ledger waits for its next
 * epoch; CLOCK when it is of later than now.
 */
enum csg_rc csg_run_check_heads(struct csg_run *r, struct csg_err *err);

/* Add to a receipt the consistency proofs of all heads that voters have seen
 * of its tree. */
enum csg_rc csg_run_prove_heads(
    const struct csg_run *r, struct csg_receipt *receipt, struct csg_err *err);

/* ---- run_decide.c ---- */

/* Open the case of the run (r->out->given), verified under the chain. */
enum csg_rc csg_run_open_case(struct csg_run *r, struct csg_err *err);

/* A first run: votes given and rejections remembered, decided now. */
enum csg_rc csg_run_decide(struct csg_run *r, struct csg_err *err);

/* A run after a crash: completed as claimed, or abandoned when the policy
 * changed, somebody rejected or was suspended since, or the request expired;
 * only refused, and nothing given up, when csg_request_long_expired() says that
 * the clock may be wrong. */
enum csg_rc csg_run_decide_again(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err);

/* The messages of a claim that was finished, decided as they were then. */
enum csg_rc csg_run_decide_finished(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err);

/* Record a refusal, if the request is authentic, its key is still that of a
 * user in the policy in force, and csg_request_long_expired() says no; else
 * CSG_OK and no entry. */
enum csg_rc csg_run_record_refusal(
    struct csg_run *r, const struct csg_err *why, struct csg_err *err);

/* ---- release.c ---- */

/* Fail before the claim on what the release would trip over. */
enum csg_rc csg_run_probe(
    const struct csg_run *r, enum csg_existing existing, struct csg_err *err);

/* Copy everything staged to its place, all or nothing; the proof with its
 * receipt.  DIGEST when it is not what was checked. */
enum csg_rc csg_run_release(
    struct csg_run *r, enum csg_existing existing, struct csg_err *err);

/* ---- run_stage.c ---- */

/* Sign everything, seal it, and keep it in the staging file, which is on the
 * disk then. */
enum csg_rc csg_run_stage(struct csg_run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err);

/*
 * What csg-verify would say to everything staged: SELFTEST.  Signatures that
 * this process has made, it has verified then: that they are the sealed ones
 * is enough.
 */
enum csg_rc csg_run_check_staged(struct csg_run *r, struct csg_err *err);

/* What csg-verify would say to the receipt, which ends the proof that csg_run_check_staged() read
 * back: nothing else has changed since. */
enum csg_rc csg_run_check_receipt(struct csg_run *r, struct csg_err *err);

/* What an earlier run left, with its receipt: SELFTEST.  The artifacts are not
 * at hand then: the outputs are compared with the seal, which was made when
 * they were.  Under whatever policy that was, since the proof has its own
 * chain. */
enum csg_rc csg_run_check_stored(struct csg_run *r, struct csg_err *err);

/* The chain with its new link, checked and stored; the ledger's word makes it
 * the one in force. */
enum csg_rc csg_run_stage_policy(
    struct csg_run *r, struct csg_ledger_policy *next, struct csg_err *err);

/* Sign the head of the tree with the finish entry in it. */
enum csg_rc csg_run_make_receipt(
    struct csg_run *r, struct csg_token *token, struct csg_err *err);

/* Keep the receipt in the ledger, for good: once it has been checked. */
enum csg_rc csg_run_keep_receipt(struct csg_run *r, struct csg_err *err);

#endif
