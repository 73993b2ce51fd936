/*
 * The policy that a command of csg-policy is about: the one in force, or a
 * draft.
 */
#ifndef CSG_CMD_POLICY_SOURCE_H
#define CSG_CMD_POLICY_SOURCE_H

#include "cmd/policy/policy.h"
#include "lib/verify/chain.h"

struct policy_source {
	struct csg_trust *trust;
	struct csg_chain *chain; /* NULL for a draft */
	struct csg_policy *draft; /* NULL for a chain */
	const struct csg_policy *policy; /* of either */
};

/* path NULL: the default chain; a file in YAML is a draft, any other a chain
 * under the anchor (trust, or the default one).  *out is closed in any case. */
enum csg_rc policy_source_open(const char *path, const char *trust,
    struct policy_source *out, struct csg_err *err);
void policy_source_close(struct policy_source *s);

/* The optional PROFILE operand; NULL: all profiles. */
enum csg_rc policy_find_profile(const struct policy_args *a,
    const struct csg_policy *p, const struct csg_profile **out,
    struct csg_err *err);

#endif
