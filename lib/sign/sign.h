/*
 * Sign: decide on a request and, only if the quorum is there, use the token.
 *
 * The order is the point (csg(7) "ORDER"): the lock; state, messages and
 * clock, all of them verified; the decision; the operator's act; a durable
 * claim; only then the token; every output checked the way csg-verify does; a
 * durable finish, and its receipt; the release.
 */
#ifndef CSG_SIGN_SIGN_H
#define CSG_SIGN_SIGN_H

#include "lib/decide/decide.h"
#include "lib/format/format.h"
#include "lib/base/io.h"
#include "lib/workstation/session.h"
#include "lib/workstation/state.h"

/*
 * How to have the operator sign the act; called at most once, after the
 * decision and before the claim.  The act goes to *out as its one message.
 */
struct csg_operator {
	enum csg_rc (*act)(void *arg, const struct csg_tally *t,
	    struct csg_bundle *out, struct csg_err *err);
	void *arg;
};

struct csg_sign_in {
	const struct csg_bundle *messages; /* request and votes */
	const char *base; /* directory of artifacts */
	const char *out_dir; /* where outputs go */
	int64_t now;
	bool strict; /* see csg_terms */
	bool replace; /* existing outputs */
	bool allow_lockout; /* of a new policy */
	const struct csg_operator *op; /* or NULL */
	char *const *suspended; /* names, NULL-terminated, or NULL */
};

/* What the run did, for the report; free with csg_sign_out_clear(). */
struct csg_sign_out {
	struct csg_judgement judged; /* its tally: NULL when not reached */
	struct csg_case given; /* the messages of the run, and what is
				 * remembered of rejections */
	struct csg_bundle remembered; /* rejections of the ledger */
	struct csg_case claimed; /* after a crash or a finish: those that
				 * were claimed */
	struct csg_bundle claim; /* of the ledger, for claimed */
	struct csg_bundle act; /* the operator's, that the tally refers to */
	struct csg_draft draft; /* at a founding: the policy of the tally */
	bool replayed; /* was signed before */
	char **paths; /* written, below out_dir */
	size_t npaths;
};
void csg_sign_out_clear(struct csg_sign_out *o);

/*
 * Decide only: at time now under the chain's policy, artifacts below base
 * compared; what only a workstation knows (ledger, rate) is left out.
 */
enum csg_rc csg_sign_decide(const struct csg_chain *chain,
    const struct csg_sign_in *in, struct csg_sign_out *out,
    struct csg_err *err);

/*
 * Decide with all that the workstation knows, rejections, earlier runs and
 * limits among it; nothing is written, and s may be read only.  Outputs and
 * operators are not looked at.
 */
enum csg_rc csg_sign_explain(struct csg_state *s, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err);

/* Decide and sign on the workstation.  out is filled as far as it got. */
enum csg_rc csg_sign_run(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_sign_in *in,
    struct csg_sign_out *out, struct csg_err *err);

/*
 * Found the policy: the draft becomes version 1 if its own quorum approved
 * it.  Once for a workstation (REPLAY).  Writes NAME-1.csgpolicy and
 * trust.pem below in->out_dir; in->base is not used.
 */
enum csg_rc csg_found(struct csg_state *s, const struct csg_signer *signer,
    const struct csg_pin_source *pin, const char *draft,
    const struct csg_sign_in *in, struct csg_sign_out *out,
    struct csg_err *err);

#endif
