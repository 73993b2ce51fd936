/*
 * Policy diff: what changes from one policy to another, in words.
 *
 * Every difference of meaning makes an entry.  Version, issued and previous,
 * which always differ, make none, nor does the order of people, groups, keys,
 * profiles and patterns.
 *
 * A change that makes signing possible for more people, with fewer people,
 * at more times or for longer, or that takes a veto from somebody, is weaker;
 * the opposite is stronger.  A change that does both makes two entries.
 */
#ifndef CSG_EXPLAIN_DIFF_H
#define CSG_EXPLAIN_DIFF_H

#include "lib/policy/policy.h"

enum csg_severity { CSG_WEAKER, CSG_STRONGER, CSG_NEUTRAL };
extern const char *const csg_severity_words[]; /* "weaker", ... */

struct csg_change {
	enum csg_severity severity;
	char *text; /* one line, fit for a terminal */
};

struct csg_changes {
	struct csg_change *v; /* weaker first, then stronger, neutral */
	size_t n;
	size_t count[3]; /* of each severity */
};

/* *out is filled on CSG_OK and freed with csg_changes_clear(). */
enum csg_rc csg_policy_diff(const struct csg_policy *old,
    const struct csg_policy *new, struct csg_changes *out, struct csg_err *err);
void csg_changes_clear(struct csg_changes *c);

#endif
