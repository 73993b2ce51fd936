/*
 * Coalitions: which people together get a signature under a profile, and whose
 * departure ends that ("csg-policy audit").
 *
 * A set of people suffices if one of them may ask for signatures, distinct
 * others fill all places of a route, everybody votes where all must, and any
 * of them may run csg-sign.  Statements, stages, cooling-off and windows
 * change when a signature is made, not who is needed, and are left out.  A
 * departure changes no policy: where all must vote, the vote of whoever left
 * is missing.
 *
 * People are of one kind if they are in the same of the profile's groups:
 * requesters, operators, and those of every clause.  A form says how many of
 * each kind a set has; sets are counted by forms.
 *
 * Pure: same arguments, same answer.  Counting and departures can take very
 * long; beyond CSG_COALITION_WORK steps for each, the answer says that it is
 * not exact.
 */
#ifndef CSG_EXPLAIN_COALITION_H
#define CSG_EXPLAIN_COALITION_H

#include "lib/base/buf.h"
#include "lib/policy/policy.h"

#define CSG_COALITION_WORK UINT64_C(20000000) /* about half a second */
#define CSG_COALITION_FORMS 1000 /* forms kept, at most */
#define CSG_COALITION_SETS 20 /* sets kept by name: all, if no more */

struct csg_coalition_kind {
	size_t *users; /* indices in the policy */
	size_t n; /* >= 1 */
	bool may_ask, may_run; /* requesters, operators */
	bool some; /* each of them is in a smallest set */
	bool every; /* each of them is in every smallest set */
	bool vital; /* nobody gets a signature once one of them left */
	size_t others; /* keys of others that a thief of one key of
			* the kind still needs, at least */
};

struct csg_coalition_route {
	size_t size; /* of its smallest sets; 0: none suffices */
	bool lone; /* an emergency route for which the requester and
		    * one other person suffice */
};

struct csg_coalitions {
	struct csg_coalition_kind *kinds; /* people in none have no part */
	size_t nkinds;
	struct csg_coalition_route *routes; /* parallel to the profile's */
	size_t nroutes;

	size_t size; /* people in a smallest set; 0: none suffices.
		      * Always exact */
	uint64_t count; /* smallest sets */
	bool count_exact; /* else: at least so many */
	size_t *forms; /* [nforms * nkinds]: how many of each kind */
	size_t nforms;
	bool forms_all; /* else: there are more */
	size_t *sets; /* [nsets * size]: indices of users */
	size_t nsets; /* count, or 0: not all are named */
	bool kinds_exact; /* some, every, vital and others are; else the
			   * first three may be missing, others too low */
	bool every; /* somebody is in every smallest set */

	size_t departures; /* fewest, until nobody can get a signature */
	bool departures_exact; /* else: at least so many */
	size_t *leave; /* people whose leaving does it, as users; not
			* the fewest unless exact */
	size_t nleave;
};

/*
 * The coalitions of one profile of the policy.  *out must be freed with csg_coalitions_free(); on
 * failure (out of memory) it is NULL.
 */
enum csg_rc csg_coalitions_find(const struct csg_policy *p,
    const struct csg_profile *pr, struct csg_coalitions **out,
    struct csg_err *err);
void csg_coalitions_free(struct csg_coalitions *a);

/* Append the answer in words, in lines of at most 80 columns unless two names
 * are longer; p and pr are those that *a was found for. */
void csg_coalitions_text(const struct csg_coalitions *a,
    const struct csg_policy *p, const struct csg_profile *pr,
    struct csg_buf *out);

#endif
