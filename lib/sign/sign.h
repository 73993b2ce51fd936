/*
 * Sign: decide on a request and, only if its quorum is complete, use the token.
 *
 * The order matters (csg(7) "ORDER"): the lock; state, messages and clock, all
 * verified; the decision; the operator's act; a durable claim; only then the
 * token; every output checked the way csg-verify does; a durable finish, and
 * its receipt; the release.
 */
#ifndef CSG_SIGN_SIGN_H
#define CSG_SIGN_SIGN_H

#include "lib/decide/decide.h"
#include "lib/format/format.h"
#include "lib/base/io.h"
#include "lib/workstation/session.h"
#include "lib/workstation/state.h"

/*
 * How to get the operator's act; called at most once, after the decision and
 * before the claim.  *out gets the act as its only message.
 */
struct csg_operator {
	enum csg_rc (*act)(void *arg, const struct csg_tally *t,
	    struct csg_bundle *out, struct csg_err *err);
	void *arg;
};

struct csg_sign_in {
	const struct csg_bundle *messages; /* request and votes */
	const char *base; /* directory of artifacts */
	const char *out_dir; /* directory for outputs */
	int64_t now;
	bool strict; /* see csg_terms */
	bool replace; /* existing outputs */
	bool allow_lockout; /* of a new policy */
	const struct csg_operator *op; /* or NULL */
	char *const *suspended; /* names of people, NULL-terminated, or NULL */
};

/* What the run did, for the report; free with csg_sign_out_clear(). */
struct csg_sign_out {
	struct csg_judgement judged; /* its tally is NULL if not reached */
	/* the messages of the run, and recorded rejections */
	struct csg_case given;
	struct csg_bundle remembered; /* rejections from the ledger */
	/* after a crash or a finish: the claimed messages */
	struct csg_case claimed;
	struct csg_bundle claim; /* from the ledger; claimed refers to it */
	/* the operator's act, which the tally refers to */
	struct csg_bundle act;
	/* at a founding: the policy that the tally refers to */
	struct csg_draft draft;
	bool replayed; /* the request was signed before */
	char **paths; /* paths written, below out_dir */
	size_t npaths;
};
void csg_sign_out_clear(struct csg_sign_out *o);

/*
 * Decide only: at time now, under the newest policy of the chain, comparing the
 * artifacts below base.  What only a workstation knows (ledger, rate) is left
 * out.
 */
enum csg_rc csg_sign_decide(const struct csg_chain *chain,
    const struct csg_sign_in *in, struct csg_sign_out *out,
    struct csg_err *err);

/*
 * Decide with everything that the workstation knows, including recorded
 * rejections, earlier runs and limits.  Nothing is written, and s can be
 * read-only.  Outputs and operators are not checked.
 */
enum csg_rc csg_sign_explain(struct csg_state *s, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err);

/* Decide and sign on the workstation.  After a failure, out is filled as far as
 * the run got. */
enum csg_rc csg_sign_run(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err);

/*
 * Found the policy: the draft becomes version 1 if its own quorum approved it.
 * Possible once for a workstation (REPLAY).  Writes NAME-1.csgpolicy and
 * trust.pem below in->out_dir; in->base is not used.
 */
enum csg_rc csg_found(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const char *draft,
    const struct csg_sign_in *in, struct csg_sign_out *out,
    struct csg_err *err);

#endif
