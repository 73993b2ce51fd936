/*
 * Act: an operator's word that a request be signed now, where the profile
 * names operators.  Made by csg-sign with the operator's own key, before the
 * claim; its id stands in the evidence.
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
 * Is it the act of an operator of the profile, on this request, at time t?
 * *by is the operator.  OPERATOR, REQMISMATCH, POLICY, EXPIRED, SIGNATURE.
 */
enum csg_rc csg_act_check(const struct csg_act *a, const struct csg_envelope *e,
    const struct csg_policy *p, const struct csg_profile *pr,
    const struct csg_id *request, int64_t t, struct csg_author *by,
    struct csg_err *err);

#endif
