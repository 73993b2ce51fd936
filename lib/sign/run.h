/*
 * One run of csg-sign: what sign.c, run_decide.c and run_stage.c share.  For
 * no one else; callers use sign.h.
 *
 * run_decide.c judges, run_stage.c makes and releases the files, sign.c keeps
 * the order.
 */
#ifndef CSG_SIGN_RUN_H
#define CSG_SIGN_RUN_H

#include "lib/sign/sign.h"

/* What is borrowed outlives the run. */
struct csg_run {
	struct csg_state *state;
	const struct csg_sign_in *in;
	struct csg_sign_out *out;
	const struct csg_policy *policy;
	const struct csg_format *format;
	struct csg_tally *tally; /* owned by out */
	struct csg_hashes *hashes; /* [artifacts] */
	int fd; /* the artifact, if the format reads it itself; else -1 */
	struct csg_buf staging; /* directory */
	struct csg_sealed *sealed; /* [artifacts] */
	struct csg_buf seal; /* armoured */
	struct csg_buf receipt; /* armoured; empty before the finish */
	uint64_t epoch; /* of the ledger, with this entry */
	struct csg_err veto; /* VETO if a rejection was heard */
	bool dry; /* decide and explain only: nothing is written */
};

/* ---- run_decide.c ---- */

/* The artifacts that a tally is about, hashed and compared, or the key that
 * it retires.  *fd stays open if the format wants it. */
enum csg_rc csg_run_check_subject(const struct csg_chain *chain,
    const struct csg_tally *t, const struct csg_sign_in *in,
    struct csg_hashes **hashes, int *fd, struct csg_err *err);

/*
 * Find the epoch that the ledger is in with this entry (r->epoch), and check
 * what voters have seen of it: LOG when that is not what the ledger has, when it
 * is more than a receipt can prove, or when a rebuilt ledger waits for its next
 * epoch; CLOCK when it is of later than now.
 */
enum csg_rc csg_run_check_ledger(struct csg_run *r, struct csg_err *err);

/* Record a refusal, if the request is authentic, its key is still that of a
 * user in the policy in force, and csg_request_long_expired() says no; else CSG_OK
 * and no entry. */
enum csg_rc csg_run_record_refusal(
    struct csg_run *r, const struct csg_err *why, struct csg_err *err);

/* A first run: votes given and rejections remembered, judged now. */
enum csg_rc csg_run_decide(
    struct csg_run *r, const struct csg_id *request, struct csg_err *err);

/* A run after a crash: completed as claimed, or abandoned when the policy
 * changed, somebody rejected or was suspended since, or the request expired;
 * only refused, and nothing given up, when csg_request_long_expired() says that the
 * clock may be wrong. */
enum csg_rc csg_run_decide_again(
    struct csg_run *r, const struct csg_claim *c, struct csg_err *err);

/* The messages of a claim, judged as they were then; but people who are
 * suspended by now don't count. */
enum csg_rc csg_run_judge_claimed(struct csg_run *r,
    const struct csg_claim *claim, char *const *suspended, struct csg_err *err);

/* ---- run_stage.c ---- */

/* Fail before the claim on what the release would trip over. */
enum csg_rc csg_run_probe(
    const struct csg_run *r, enum csg_existing existing, struct csg_err *err);

/* Sign everything, seal it, and keep it in the staging directory. */
enum csg_rc csg_run_stage(struct csg_run *r, const struct csg_signer_key *k,
    const struct csg_id *evidence, struct csg_err *err);

/* Nothing that was signed for a claim stays when it is abandoned, nor what a
 * killed run left of it. */
enum csg_rc csg_run_discard(struct csg_run *r, struct csg_err *err);

/* What csg-verify would say to everything staged: SELFTEST. */
enum csg_rc csg_run_check(struct csg_run *r, struct csg_err *err);

/* The same for what an earlier run left, with its receipt: SELFTEST.  The
 * artifacts are not at hand then: the outputs are compared with the seal,
 * which was made when they were.  Under whatever policy that was, since the
 * proof has its own chain. */
enum csg_rc csg_run_check_stored(struct csg_run *r, struct csg_err *err);

/* The chain with its new link, checked and stored; the ledger's word makes it
 * the one in force. */
enum csg_rc csg_run_stage_policy(
    struct csg_run *r, struct csg_ledger_policy *next, struct csg_err *err);

/* Add to a receipt the consistency proofs of all heads that voters have seen
 * of its tree. */
enum csg_rc csg_run_prove_heads(
    const struct csg_run *r, struct csg_receipt *receipt, struct csg_err *err);

/* Sign the head of the tree with the finish entry in it, and keep that in the
 * ledger. */
enum csg_rc csg_run_make_receipt(
    struct csg_run *r, struct csg_token *token, struct csg_err *err);

/* Copy everything staged to its place, all or nothing. */
enum csg_rc csg_run_release(
    struct csg_run *r, enum csg_existing existing, struct csg_err *err);

#endif
