/*
 * Decide: may this be signed?  The one place where reasons have their order.
 *
 *	request, veto, strict, quorum, capacity, artifacts, ledger, rate
 *
 * The first that refuses is the answer, whoever asks: csg-sign, its -n with or
 * without a workstation, csg-policy found, csg-endorse on how a request
 * stands, and csg-verify and the readers of a ledger when they recount what
 * was signed.  The first four are arithmetic on the case; the others are
 * gates, checks that a caller brings as far as it can make them.
 */
#ifndef CSG_DECIDE_DECIDE_H
#define CSG_DECIDE_DECIDE_H

#include "lib/decide/tally.h"
#include "lib/decide/veto.h"

/* How far a decision came: what refused it, or CSG_AT_END. */
enum csg_step {
	CSG_AT_REQUEST,
	CSG_AT_VETO,
	CSG_AT_STRICT,
	CSG_AT_QUORUM, /* and the operator's act, where the case has one */
	CSG_AT_CAPACITY,
	CSG_AT_ARTIFACTS,
	CSG_AT_LEDGER,
	CSG_AT_RATE,
	CSG_AT_END
};

/* Does nothing that only the caller knows stand against a tally whose quorum is
 * there?  CSG_OK, or the reason. */
typedef enum csg_rc (*csg_gate)(
    void *arg, const struct csg_tally *t, struct csg_err *err);

/* The checks that a caller brings.  NULL: it is not known here, and left out. */
struct csg_gates {
	csg_gate capacity; /* will what is made of it be read again? */
	csg_gate artifacts; /* are they those that were requested? */
	csg_gate ledger; /* does it agree with what voters saw of it? */
	csg_gate rate; /* is the limit of signatures in a period kept? */
	void *arg; /* of all */
};

/* What was decided; free with csg_judgement_clear(). */
struct csg_judgement {
	enum csg_step step;
	struct csg_tally *tally; /* NULL at CSG_AT_REQUEST */
	struct csg_veto veto; /* found whatever the request is */
};

/*
 * Decide on a case that was verified.  gates may be NULL: all are unknown.
 * CSG_OK: signed it may be, as far as the gates can tell.  Otherwise the first
 * reason against it; out->step tells where.  out borrows case and terms, and is
 * to be cleared, whatever comes back.  IO when memory is short.
 */
enum csg_rc csg_decide(const struct csg_case *c, const struct csg_terms *terms,
    const struct csg_gates *gates, struct csg_judgement *out,
    struct csg_err *err);
void csg_judgement_clear(struct csg_judgement *j);

#endif
