/*
 * Entries of a policy diff: the sentence being built, and comparisons needed by
 * several parts.  Only the diff_* files use this; callers use
 * csg_policy_diff().
 */
#ifndef CSG_EXPLAIN_DIFF_ENTRY_H
#define CSG_EXPLAIN_DIFF_ENTRY_H

#include "lib/explain/diff.h"

struct csg_diff {
	const struct csg_policy *old, *new;
	struct csg_changes *out;
	struct csg_buf s; /* the entry being written */
	bool failed; /* out of memory */
};

/* ---- entries ---- */

/* Add the text of d->s to the list as an entry, and empty d->s. */
void csg_diff_end(struct csg_diff *d, enum csg_severity severity);

/* Append a sentence to d->s and end the entry with it. */
void csg_diff_say(struct csg_diff *d, enum csg_severity severity,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* CSG_WEAKER if weaker, else CSG_STRONGER. */
enum csg_severity csg_diff_side(bool weaker);

/* Append "alice, bob and carol", naming all of them; the set is indexed by p's
 * users. */
void csg_diff_people(
    struct csg_diff *d, const struct csg_policy *p, const bool *set);

/* Append "1 of qa (alice and bob) and 2 of security (erin and frank), ..." */
void csg_diff_add_route(struct csg_diff *d, const struct csg_policy *p,
    const struct csg_profile *pr, size_t r);

/* ---- what is compared ---- */

/* Are both NULL, or equal strings? */
bool csg_diff_same(const char *a, const char *b);

/* Is the group in the list?  Is it in a clause of the profile? */
bool csg_diff_in_list(const struct csg_policy *p, const struct csg_groups *list,
    const char *group);
bool csg_diff_in_rule(const struct csg_policy *p, const struct csg_profile *pr,
    const char *group);

/* A profile in both policies, and possibly a route of it. */
struct csg_diff_pair {
	struct csg_diff *d;
	const struct csg_profile *a, *b; /* old, new */
	size_t ra, rb; /* indices of the route: in a, in b */
	char name[160]; /* "firmware" or "firmware, route hotfix" */
};

/* Does the user have a certain part in a profile, or in a route of it? */
typedef bool csg_diff_has_part(const struct csg_policy *p,
    const struct csg_profile *pr, size_t route, size_t user);

/*
 * Make an entry for the people who have the part in only one of the policies:
 * in the new one if gained, else in the old one.  what ends the sentence ("can
 * veto").  Returns their number; 0 makes no entry.
 */
size_t csg_diff_part(const struct csg_diff_pair *x, csg_diff_has_part *has,
    bool gained, const char *what, enum csg_severity severity);

/* Make an entry for a duration in seconds, unless both are equal. */
void csg_diff_duration(const struct csg_diff_pair *x, const char *what,
    int64_t a, int64_t b, bool longer_is_weaker);

#endif
