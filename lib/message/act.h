/*
 * Act: an operator's signed statement that a request is to be signed now, for
 * profiles that name operators.  csg-sign makes it with the operator's own key
 * before the claim; the evidence contains its id.
 */
#ifndef CSG_MESSAGE_ACT_H
#define CSG_MESSAGE_ACT_H

#include "lib/message/request.h"

struct csg_act {
	struct csg_header head;
	struct csg_id id;
	struct csg_id request;
};

/* Read its form; *out is the caller's (csg_act_free).  TYPE, PARSE, TEXT. */
enum csg_rc csg_act_read(
    const struct csg_envelope *e, struct csg_act **out, struct csg_err *err);
void csg_act_free(struct csg_act *a);

/* Append the YAML of an act; its id is ignored. */
enum csg_rc csg_act_write(
    const struct csg_act *a, struct csg_buf *out, struct csg_err *err);

/*
 * Check that a, in envelope e, is the act of an operator of the profile, on
 * this request, made exactly at time t.  *by becomes the operator, borrowed
 * from p.  REQMISMATCH, POLICY, GROUP, SIGNATURE, OPERATOR, EXPIRED.
 */
enum csg_rc csg_act_check(const struct csg_act *a, const struct csg_envelope *e,
    const struct csg_policy *p, const struct csg_profile *pr,
    const struct csg_id *request, int64_t t, struct csg_author *by,
    struct csg_err *err);

#endif
