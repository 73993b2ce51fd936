/*
 * Policy diff: the changes from one policy to another, as text.
 *
 * Every difference in meaning makes an entry.  Version, issued and previous,
 * which always differ, make none; nor does the order of people, groups, keys,
 * profiles and patterns.
 *
 * A change is weaker if it makes signing possible for more people, with fewer
 * people, at more times or for longer, or if it takes away a veto; the opposite
 * is stronger.  A change that does both makes two entries.
 */
#ifndef CSG_EXPLAIN_DIFF_H
#define CSG_EXPLAIN_DIFF_H

#include "lib/policy/policy.h"

enum csg_severity { CSG_WEAKER, CSG_STRONGER, CSG_NEUTRAL };
extern const char *const csg_severity_words[]; /* "weaker", ... */

struct csg_change {
	enum csg_severity severity;
	char *text; /* one line, safe to print on a terminal */
};

struct csg_changes {
	struct csg_change *v; /* weaker first, then stronger, neutral */
	size_t n;
	size_t count[3]; /* number of each severity */
};

/* Compare two policies.  *out is filled in if CSG_OK is returned, and freed
 * with csg_changes_clear().  IO if memory is short. */
enum csg_rc csg_policy_diff(const struct csg_policy *old,
    const struct csg_policy *new, struct csg_changes *out, struct csg_err *err);
void csg_changes_clear(struct csg_changes *c);

#endif
