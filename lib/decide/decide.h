/*
 * Decide: may this be signed?  The only place where reasons have an order.
 *
 *	request, veto, strict, quorum, capacity, artifacts, ledger, rate
 *
 * The first that refuses is the answer, for all callers: csg-sign, its -n with
 * or without a workstation, csg-policy found, csg-endorse reporting the state
 * of a request, and csg-verify and the readers of a ledger when they recount
 * what was signed.  The first four are arithmetic on the case; the others are
 * gates: checks that a caller provides if it can make them.
 */
#ifndef CSG_DECIDE_DECIDE_H
#define CSG_DECIDE_DECIDE_H

#include "lib/decide/tally.h"
#include "lib/decide/veto.h"

/* How far a decision got: the step that refused, or CSG_AT_END. */
enum csg_step {
	CSG_AT_REQUEST,
	CSG_AT_VETO,
	CSG_AT_STRICT,
	CSG_AT_QUORUM, /* and the operator's act, if the case has one */
	CSG_AT_CAPACITY,
	CSG_AT_ARTIFACTS,
	CSG_AT_LEDGER,
	CSG_AT_RATE,
	CSG_AT_END
};

/* Check something that only the caller knows, for a tally whose quorum is met.
 * CSG_OK, or the reason against it. */
typedef enum csg_rc (*csg_gate)(
    void *arg, const struct csg_tally *t, struct csg_err *err);

/* The checks that a caller provides.  NULL: not known here, so left out. */
struct csg_gates {
	csg_gate capacity; /* can the proof or chain made of it be read? */
	csg_gate artifacts; /* are they the ones that were requested? */
	csg_gate ledger; /* does it agree with the heads that voters saw? */
	csg_gate rate; /* is the limit of signatures per period kept? */
	void *arg; /* for all gates */
};

/* The result of a decision; free it with csg_judgement_clear(). */
struct csg_judgement {
	enum csg_step step;
	struct csg_tally *tally; /* NULL at CSG_AT_REQUEST */
	struct csg_veto veto; /* found even if the request is refused */
};

/*
 * Decide on a case that was verified.  gates NULL: leave out all gates.
 * CSG_OK: it may be signed, as far as the gates were checked.  Otherwise the
 * first reason against it; out->step is the step that refused.  out borrows c
 * and terms; clear it even after a failure.  IO if out of memory.
 */
enum csg_rc csg_decide(const struct csg_case *c, const struct csg_terms *terms,
    const struct csg_gates *gates, struct csg_judgement *out,
    struct csg_err *err);
void csg_judgement_clear(struct csg_judgement *j);

#endif
