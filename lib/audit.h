/*
 * Audit: who together could get a signature, and whose leaving would end it.
 *
 * People of a profile who are alike (the same clauses, and alike in being
 * requesters and operators) are of one kind; the search is over how many of
 * each kind, so that a hundred people are as easy as ten.  It is exact within
 * CSG_AUDIT_WORK steps and CSG_AUDIT_GROUPS groups a route; beyond that the
 * answer says that it is a bound.
 *
 * Statements, stages, cooling-off and windows don't change who is needed, and
 * are not looked at; nor are expired certificates.
 */
#ifndef CSG_AUDIT_H
#define CSG_AUDIT_H

#include "lib/policy.h"

#define CSG_AUDIT_WORK 2000000 /* vectors of counts looked at */
#define CSG_AUDIT_GROUPS 16 /* different groups in a route */
#define CSG_AUDIT_WAYS 1000 /* ways kept */

struct csg_kind_of_people {
	size_t *users;
	size_t n;
};

struct csg_audit {
	struct csg_kind_of_people *kinds;
	size_t nkinds;

	/* The smallest sets: a requester who is no approver, people for all
	 * places of a route, an operator where the profile names them, and
	 * everybody who must vote.  size 0: not found within the bounds. */
	size_t size;
	uint64_t count; /* of such sets; UINT64_MAX: that or more */
	size_t **ways; /* [nways][nkinds]: how many of each kind */
	size_t nways; /* CSG_AUDIT_WAYS at most */
	bool complete; /* all ways are there, and count is exact */
	bool *every; /* [users]: sits in every smallest set */
	bool *some; /* [users]: sits in one */

	/* The fewest people whose leaving ends it, and one such choice. */
	size_t departures; /* at least, if not exact */
	bool departures_exact;
	bool *leaving; /* [users] */
};

/* *out is the caller's. */
enum csg_rc csg_audit_make(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_audit **out, struct csg_err *err);
void csg_audit_free(struct csg_audit *a);

/* The answer in words, a few lines. */
enum csg_rc csg_audit_text(const struct csg_policy *p,
    const struct csg_profile *pr, const struct csg_audit *a,
    struct csg_buf *out, struct csg_err *err);

#endif
