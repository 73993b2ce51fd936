/*
 * Phrases: parts of a policy as parts of a sentence, used by explain.h and
 * diff.h.
 *
 * All functions append to a buffer.  The text has no line breaks, and foreign
 * text is escaped by csg_text_escape().
 */
#ifndef CSG_EXPLAIN_PHRASE_H
#define CSG_EXPLAIN_PHRASE_H

#include "lib/policy/policy.h"

#define CSG_PHRASE_NAMES 8 /* more people are counted instead of named */

/* The separator before element i of n: "", ", ", or " and " ("and" is the
 * word). */
void csg_phrase_join(struct csg_buf *b, size_t i, size_t n, const char *word);

/* 'text' */
void csg_phrase_quote(struct csg_buf *b, const char *s);

/* "64 MiB" if that is exact; "1 byte" */
void csg_phrase_bytes(struct csg_buf *b, uint64_t n);

/* "Monday to Friday, 08:00 to 18:00 UTC"; "at any time" */
void csg_phrase_window(struct csg_buf *b, const struct csg_window *w);

/* "Three people" or "14 people"; lower: "three people" */
void csg_phrase_count(struct csg_buf *b, size_t n, bool lower);

/* "alice, bob and carol"; "23 people" */
void csg_phrase_people(
    struct csg_buf *b, const struct csg_policy *p, const bool *set);

/* "qa (alice and bob)"; "the 23 of developers" */
void csg_phrase_group(struct csg_buf *b, const struct csg_policy *p, size_t g);

/* Several groups; word: "and", "or" */
void csg_phrase_groups(struct csg_buf *b, const struct csg_policy *p,
    const struct csg_groups *groups, const char *word);

/* "2 of security (erin and frank), stating 'tested'" */
void csg_phrase_clause(struct csg_buf *b, const struct csg_policy *p,
    const struct csg_clause *clause, size_t group);

/* "key NAME (p256, sha256:...)" */
void csg_phrase_key(struct csg_buf *b, const struct csg_key *k);

/* "CMS signatures (ARTIFACT.p7s)" */
const char *csg_phrase_format(enum csg_format_id format);

/* The number of places in the rule, which is the number of approvals needed. */
size_t csg_phrase_places(const struct csg_rule *q);

/* Does the rule have clauses of different stages? */
bool csg_phrase_staged(const struct csg_rule *q);

#endif
