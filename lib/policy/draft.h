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

/* Is there such a person? */
enum csg_rc csg_draft_has_user(const struct csg_buf *text, const char *name,
    bool *out, struct csg_err *err);

/*
 * Add a person with one certificate to groups (made where missing).  A person
 * who is there already gets the certificate as one more, unless it is there
 * too; DUPKEY if another one of its key is.  cert NULL: the person must be
 * there.  What was done beside what was asked for goes to notes, a line each.
 */
enum csg_rc csg_draft_add_user(struct csg_buf *text, const char *name,
    const struct csg_cert *cert, char *const *groups, size_t ngroups,
    struct csg_buf *notes, struct csg_err *err);
/* Take a person out of these groups; without any, out of all groups and out
 * of users.  A group that has nobody left goes, unless a profile names it. */
enum csg_rc csg_draft_remove_user(struct csg_buf *text, const char *name,
    char *const *groups, size_t ngroups, struct csg_buf *notes,
    struct csg_err *err);

/* Add or remove a key.  pss: with "padding: pss". */
enum csg_rc csg_draft_add_key(struct csg_buf *text, const char *name,
    const struct csg_cert *cert, bool pss, struct csg_err *err);
enum csg_rc csg_draft_remove_key(
    struct csg_buf *text, const char *name, struct csg_err *err);

/* Replace the value of a top-level key. */
enum csg_rc csg_draft_set(struct csg_buf *text, const char *key,
    const char *value, struct csg_err *err);

#endif
