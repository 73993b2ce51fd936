/*
 * Entries of a policy diff: the sentence in work, and what is compared in more
 * than one part of it.  Only the diff_* files use this; callers use
 * csg_policy_diff().
 */
#ifndef CSG_EXPLAIN_DIFF_ENTRY_H
#define CSG_EXPLAIN_DIFF_ENTRY_H

#include "lib/explain/diff.h"

struct csg_diff {
	const struct csg_policy *old, *new;
	struct csg_changes *out;
	struct csg_buf s; /* the entry that is being written */
	bool failed; /* out of memory */
};

/* ---- entries ---- */

/* Add what d->s holds to the list; d->s is empty then. */
void csg_diff_end(struct csg_diff *d, enum csg_severity severity);

/* Append a sentence to d->s and end the entry with it. */
void csg_diff_say(struct csg_diff *d, enum csg_severity severity,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* CSG_WEAKER if so, else CSG_STRONGER. */
enum csg_severity csg_diff_side(bool weaker);

/* Append "alice, bob and carol", all of them; the set is of p's users. */
void csg_diff_people(
    struct csg_diff *d, const struct csg_policy *p, const bool *set);

/* Append "1 of qa (alice and bob) and 2 of security (erin and frank), ..." */
void csg_diff_add_route(struct csg_diff *d, const struct csg_policy *p,
    const struct csg_profile *pr, size_t r);

/* ---- what is compared ---- */

/* Are both NULL, or equal strings? */
bool csg_diff_same(const char *a, const char *b);

/* Is the group in the list?  In a clause of the profile? */
bool csg_diff_in_list(const struct csg_policy *p, const struct csg_groups *list,
    const char *group);
bool csg_diff_in_rule(const struct csg_policy *p, const struct csg_profile *pr,
    const char *group);

/* A profile of both policies, and perhaps a route of it. */
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
 * An entry for those who have the part in one policy and not in the other:
 * gained, in the new one; else in the old one.  what ends the sentence ("can
 * veto").  Returns how many there are; none makes no entry.
 */
size_t csg_diff_part(const struct csg_diff_pair *x, csg_diff_has_part *has,
    bool gained, const char *what, enum csg_severity severity);

/* An entry for a duration in seconds, unless both are equal. */
void csg_diff_duration(const struct csg_diff_pair *x, const char *what,
    int64_t a, int64_t b, bool longer_is_weaker);

#endif
