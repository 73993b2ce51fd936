/*
 * Drafts: small edits to a policy's YAML that keep its comments and order.
 *
 * Each call takes the text of a draft and replaces it with the edited one.
 * The draft must be YAML of csg's profile with the usual top-level mappings;
 * it need not be a sound policy yet.  Errors carry LINE:COLUMN.
 */
#ifndef CSG_POLICY_DRAFT_H
#define CSG_POLICY_DRAFT_H

#include "lib/crypto/cert.h"

/* *out: does the draft have a user of that name?  PARSE. */
enum csg_rc csg_draft_has_user(const struct csg_buf *text, const char *name,
    bool *out, struct csg_err *err);

/*
 * Add a person with one certificate to groups, creating groups that do not
 * exist.  An existing user gets one more certificate, unless that certificate
 * is present already; DUPKEY if another certificate with the same key is.
 * cert NULL: the user must exist.  Side effects (a new group, a certificate
 * that was present) are appended to notes, a line each.  PARSE, DUPKEY.
 */
enum csg_rc csg_draft_add_user(struct csg_buf *text, const char *name,
    const struct csg_cert *cert, char *const *groups, size_t ngroups,
    struct csg_buf *notes, struct csg_err *err);
/* Remove a person from these groups or, if ngroups is 0, from all groups and
 * from users.  A group that becomes empty is removed, unless a profile names
 * it or groups is written on one line.  PARSE. */
enum csg_rc csg_draft_remove_user(struct csg_buf *text, const char *name,
    char *const *groups, size_t ngroups, struct csg_buf *notes,
    struct csg_err *err);

/* Add or remove a key.  pss: with "padding: pss".  PARSE. */
enum csg_rc csg_draft_add_key(struct csg_buf *text, const char *name,
    const struct csg_cert *cert, bool pss, struct csg_err *err);
enum csg_rc csg_draft_remove_key(
    struct csg_buf *text, const char *name, struct csg_err *err);

/* Replace the value of a top-level key, which must exist.  PARSE. */
enum csg_rc csg_draft_set(struct csg_buf *text, const char *key,
    const char *value, struct csg_err *err);

#endif
