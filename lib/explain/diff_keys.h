/*
 * Diff of key holders: users and their certificates, signing keys, revoked
 * keys. Only csg_policy_diff() uses this.
 */
#ifndef CSG_EXPLAIN_DIFF_KEYS_H
#define CSG_EXPLAIN_DIFF_KEYS_H

#include "lib/explain/diff_entry.h"

void csg_diff_users(struct csg_diff *d);
void csg_diff_keys(struct csg_diff *d);
void csg_diff_revoked(struct csg_diff *d);

#endif
