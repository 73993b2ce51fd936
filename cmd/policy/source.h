/*
 * The policy that a command of csg-policy works on: the one in force, or a
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
	const struct csg_policy *policy; /* borrowed from one of them */
};

/*
 * Open the policy at path: a draft, or a chain that is verified from the anchor
 * (trust, or the default one).  With path NULL it is the default chain.  The
 * caller closes *out, even after a failure.
 */
enum csg_rc policy_source_open(const char *path, const char *trust,
    struct policy_source *out, struct csg_err *err);
void policy_source_close(struct policy_source *s);

/* Find the profile that the optional PROFILE operand names (PROFILE when there
 * is none of that name); NULL without an operand: all profiles. */
enum csg_rc policy_find_profile(const struct policy_args *a,
    const struct csg_policy *p, const struct csg_profile **out,
    struct csg_err *err);

#endif
