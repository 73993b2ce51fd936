/*
 * Comparing policies: what policydiff.c and profilediff.c share.  For no one
 * else; callers use csg_policy_diff().
 */
#ifndef CSG_EXPLAIN_DIFF_PROFILE_H
#define CSG_EXPLAIN_DIFF_PROFILE_H

#include "lib/explain/diff.h"

struct csg_diff {
	const struct csg_policy *old, *new;
	struct csg_changes *out;
	struct csg_buf s; /* the entry that is being written */
	bool failed; /* out of memory */
};

/* The entry is complete. */
void csg_diff_end(struct csg_diff *d, enum csg_severity severity);

/* A whole entry. */
void csg_diff_say(struct csg_diff *d, enum csg_severity severity,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "alice, bob and carol", all of them; the set is of p's users. */
void csg_diff_people(
    struct csg_diff *d, const struct csg_policy *p, const bool *set);

/* Weaker if so, else stronger. */
enum csg_severity csg_diff_side(bool weaker);

/* The profile of that name in both. */
void csg_diff_profile(struct csg_diff *d, const struct csg_profile *a,
    const struct csg_profile *b);

/* "1 of qa (alice and bob) and 2 of security (erin and frank), ..." */
void csg_diff_route(struct csg_diff *d, const struct csg_policy *p,
    const struct csg_profile *pr, size_t r);

/* Is the group in the list, or in a clause of the profile? */
bool csg_diff_lists(const struct csg_policy *p, const struct csg_groups *list,
    const char *group);
bool csg_diff_asks(const struct csg_policy *p, const struct csg_profile *pr,
    const char *group);

#endif
