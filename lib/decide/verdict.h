/*
 * Verdict: the outcome of a tally, in words.
 */
#ifndef CSG_DECIDE_VERDICT_H
#define CSG_DECIDE_VERDICT_H

#include "lib/decide/tally.h"

/* CSG_OK, VETO, or QUORUM, STAGE, COOLING, WINDOW with what is missing and who
 * could provide it. */
enum csg_rc csg_tally_verdict(const struct csg_tally *t, struct csg_err *err);

/* Could the user still fill a place of that clause, by the route decided on? */
bool csg_tally_could_fill(
    const struct csg_tally *t, size_t clause, size_t user);

#endif
