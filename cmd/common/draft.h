/*
 * Policy drafts in files.
 */
#ifndef CSG_CMD_COMMON_DRAFT_H
#define CSG_CMD_COMMON_DRAFT_H

#include "lib/policy/policy.h"

/*
 * Read a draft: its text, and the policy in it, parsed once.  With p NULL only
 * the text is read, which need not be a valid policy yet.  TYPE for a policy
 * chain or another of csg's messages.  The caller frees both, even after a
 * failure.
 */
enum csg_rc cmd_read_draft(const char *path, struct csg_buf *text,
    struct csg_policy **p, struct csg_err *err);

#endif
