/*
 * Reading drafts: parse the text of a draft into a policy.
 *
 * The caller that reads the file limits its size to CSG_POLICY_MAX.
 */
#ifndef CSG_POLICY_DRAFT_READ_H
#define CSG_POLICY_DRAFT_READ_H

#include "lib/policy/policy.h"

/* Is it the text of a draft, rather than a policy chain, another of csg's
 * messages, or something else? */
bool csg_draft_is(const struct csg_buf *text);

/*
 * Parse a draft.  id: the SHA-256 that the text must have, or NULL for any;
 * DIGEST if the file changed after it was hashed.  Errors in the text are
 * those of csg_policy_parse().  *out is the caller's, NULL on failure.
 */
enum csg_rc csg_draft_parse(const struct csg_buf *text, const struct csg_id *id,
    struct csg_policy **out, struct csg_err *err);

#endif
